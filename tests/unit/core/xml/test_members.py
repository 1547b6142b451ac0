"""What an archive may not be, and what a member may not be."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from exchanges.core.xml.archive import Limits
from tests.unit.core.xml.responses import joined, person, read, tarred, zipped

SMALL = Limits(members=50, member_bytes=100_000, total_bytes=1_000_000, ratio=20, free_bytes=200_000)
GOOD = person()
ZEROS = b" " * 90_000


def refused(path: Path, limits: Limits = SMALL) -> tuple[str, str]:
    """Code and text of the refusal of the whole archive, of which nothing is kept."""
    out, tables, _ = read(path, limits)
    assert out.whole is not None and (out.members, out.read, out.refused, tables) == (0, 0, [], {})
    assert len(out.sha256) == 64 and out.size == path.stat().st_size
    row, = out.findings("schema")
    assert row["severity"] == "blocker" and row["action"]
    return out.whole.code, out.whole.text


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_bomb_is_refused(pack, tmp_path: Path) -> None:
    code, text = refused(pack(tmp_path / "a", [GOOD, *[ZEROS] * 9]))
    assert code == "ARC-02" and "20 keer" in text
    # The same messages are no bomb as long as they are few, or where such text is expected.
    assert read(pack(tmp_path / "b", [GOOD, ZEROS]), SMALL)[0].read == 1
    assert read(pack(tmp_path / "c", [GOOD, *[ZEROS] * 9]), Limits(ratio=100_000))[0].read == 1


@pytest.mark.parametrize("pack", [zipped, tarred, joined])
def test_more_than_fits_is_refused(pack, tmp_path: Path) -> None:
    code, text = refused(pack(tmp_path / "a", [GOOD] * 51))
    assert code == "ARC-02" and "meer dan 50 berichten" in text
    large = person().replace(b"<ClientSuwi>", ZEROS + b"<ClientSuwi>")
    code, text = refused(pack(tmp_path / "b", [large] * 12), Limits(total_bytes=1_048_576, ratio=1_000_000))
    assert code == "ARC-02" and "groter dan 1 MiB" in text


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_member_that_is_too_large_is_set_apart(pack, tmp_path: Path) -> None:
    out, tables, aside = read(pack(tmp_path / "a", [GOOD, b" " * 100_001, GOOD]), SMALL)
    assert (out.members, out.read, out.whole) == (3, 2, None) and aside == {}
    assert [(one.number, one.sha256, one.faults[0].code) for one in out.refused] == [(2, "", "ARC-04")]
    assert tables["client"]["_bericht"].to_pylist() == [1, 3]


def test_a_file_of_many_without_an_end_is_refused(tmp_path: Path) -> None:
    assert refused(joined(tmp_path / "a", [GOOD, b"<u:Iets>" * 400_000]))[0] in ("ARC-02", "ARC-03")
    assert refused(joined(tmp_path / "b", [b"x" * 3_000_000]), Limits(member_bytes=100_000))[0] == "ARC-03"


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_damaged_archive_gives_nothing(pack, tmp_path: Path) -> None:
    whole = pack(tmp_path / "a", [GOOD] * 20).read_bytes()
    for cut in (len(whole) // 2, len(whole) - 30, len(whole) - 9):
        path = tmp_path / f"cut-{cut}"
        path.write_bytes(whole[:cut])
        assert refused(path)[0] == "ARC-01"


def test_a_tar_without_its_end_may_lack_something(tmp_path: Path) -> None:
    plain = tarred(tmp_path / "a", [GOOD] * 3, packed=False).read_bytes()
    (tmp_path / "b").write_bytes(gzip.compress(plain[: 3 * (512 + 512)]))
    assert refused(tmp_path / "b")[0] == "ARC-01"
    (tmp_path / "c").write_bytes(plain + b"\0" * 512 + b"meer")
    assert refused(tmp_path / "c")[0] == "ARC-01"


@pytest.mark.parametrize("pack", [zipped, tarred, joined])
def test_an_empty_archive_is_no_delivery(pack, tmp_path: Path) -> None:
    assert refused(pack(tmp_path / "a", []))[0] == "ARC-01"


def test_a_damaged_member_is_set_apart(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", [GOOD] * 3, method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(GOOD, data.index(GOOD) + 1) + 200] ^= 1
    path.write_bytes(data)
    out, _, _ = read(path)
    assert [(one.number, one.faults[0].code) for one in out.refused] == [(2, "ARC-05")] and out.read == 2


def test_a_member_says_nothing_false_of_its_size(tmp_path: Path) -> None:
    """The total is known from the directory; so a member that unpacks to more is damaged, and is not unpacked."""
    path = zipped(tmp_path / "a.zip", [GOOD, b" " * 50_000])
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    out, _, _ = read(path)
    assert [(one.number, one.faults[0].code) for one in out.refused] == [(2, "ARC-05")] and out.read == 1


def test_an_encrypted_or_oddly_packed_member_is_set_apart(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", [GOOD, GOOD])
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    out, _, _ = read(path)
    assert [(one.number, one.faults[0].code) for one in out.refused] == [(2, "ARC-05")]
    other = read(zipped(tmp_path / "b.zip", [GOOD], method=zipfile.ZIP_LZMA))[0]
    assert [(one.number, one.faults[0].code) for one in other.refused] == [(1, "ARC-05")]


def test_only_plain_files_are_members(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, kind, target in (("map", tarfile.DIRTYPE, ""), ("../../weg", tarfile.SYMTYPE, "/etc/passwd"),
                                   ("apparaat", tarfile.CHRTYPE, "")):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
        for name in ("../" * 5 + "boven.xml", "lang" * 60 + ".xml"):
            info = tarfile.TarInfo(name)
            info.size = len(GOOD)
            archive.addfile(info, io.BytesIO(GOOD))
    (tmp_path / "a.tar").write_bytes(plain.getvalue())
    out, tables, _ = read(tmp_path / "a.tar")
    assert [(one.number, one.faults[0].code) for one in out.refused] == [(1, "ARC-05"), (2, "ARC-05")]
    assert (out.members, out.read) == (4, 2) and tables["client"]["_bericht"].to_pylist() == [3, 4]
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.tar"], "nothing is unpacked to disk"


def test_a_tar_with_names_of_the_posix_kind(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("antwoord-é-" + "lang" * 60)
        info.size = len(GOOD)
        archive.addfile(info, io.BytesIO(GOOD))
        big = tarfile.TarInfo("groot")
        big.size, big.pax_headers = len(GOOD), {"comment": "x"}
        archive.addfile(big, io.BytesIO(GOOD))
    (tmp_path / "a").write_bytes(plain.getvalue())
    assert read(tmp_path / "a")[0].read == 2
    # A size that is told beside the header would make the rest be read as something else.
    (tmp_path / "b").write_bytes(plain.getvalue().replace(b"comment=x", b"size=1234"))
    assert refused(tmp_path / "b")[0] == "ARC-01"


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = [zipped(tmp_path / "i.zip", [GOOD]).read_bytes(), tarred(tmp_path / "i.tgz", [GOOD]).read_bytes()]
    out, _, _ = read(zipped(tmp_path / "a.zip", [GOOD, *inner], method=zipfile.ZIP_STORED))
    assert out.read == 1 and [one.faults[0].code for one in out.refused] == ["XML-03", "XML-03"]


def test_directories_of_a_zip_are_no_members(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("map/", b"")
        archive.writestr("map/een.xml", GOOD)
    out, tables, _ = read(tmp_path / "a.zip")
    assert (out.members, out.read) == (1, 1) and tables["client"]["_naam"].to_pylist() == ["map/een.xml"]


def test_the_directory_of_a_zip_is_bounded_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "a.zip", [GOOD] * 40, name="x" * 60_000 + "{}.xml")
    monkeypatch.setattr(zipfile, "ZipFile", None)  # so it cannot have been
    assert refused(path, Limits(members=45))[0] == "ARC-02"


def test_members_in_one_file_may_have_declarations_and_space(tmp_path: Path) -> None:
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n' + GOOD + b"\n\n"
    wrong = declared.replace(b"Client", b"Klant")
    out, tables, _ = read(joined(tmp_path / "a.xml", [declared, GOOD, wrong, GOOD, b" \n"]))
    assert (out.members, out.read) == (4, 3) and [one.number for one in out.refused] == [3]
    assert tables["client"]["_bericht"].to_pylist() == [1, 2, 4]
    out, _, _ = read(joined(tmp_path / "b.xml", [GOOD, b"rest"]))
    assert (out.members, out.read) == (2, 1)
    out, _, _ = read(joined(tmp_path / "c.xml", [b"<a/>"]))
    assert (out.members, out.read, out.refused[0].faults[0].code) == (1, 0, "XSD-WORTEL")
