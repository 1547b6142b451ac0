"""What is handed out for repair: criminal-justice data in it are for who may see those (spec ib-signalen SEC-21)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from pyrage import x25519

from exchanges.cli.app import main
from exchanges.core.errors import UsageError
from exchanges.core.lists.closed import codes_of_name, may_hold
from exchanges.core.lists.seal import unseal
from exchanges.core.repair import write_out
from exchanges.core.store.opening import open_store
from tests.signals import town

BSNS = ("999990019", "999990020", "999990032")
FIRST = "ib_samenloop/0153/2026-10/0001"


def damaged(path: Path) -> str:
    """The second record gets a day that does not exist; gives the header."""
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[2].split(";")
    lines[2] = ";".join("20269999" if place == 9 else cell for place, cell in enumerate(cells))
    path.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8", newline="")
    return lines[0]


def opens(path: Path, key: x25519.Identity, out: Path) -> bytes:
    """What is in the one file that ``path`` seals."""
    unseal(path, str(key), out)
    with zipfile.ZipFile(out) as opened:
        [inside] = opened.namelist()
        return opened.read(inside)


@pytest.mark.parametrize("whole", [False, True])
def test_what_may_be_of_criminal_justice_is_not_sealed_for_everybody(tmp_path: Path, whole: bool) -> None:
    """SEC-21: a row that could not be read is on no list, and must not come out by the way of its repair."""
    common, apart = x25519.Identity.generate(), x25519.Identity.generate()
    keys = f'sleutel = "{common.to_public()}"'
    for number, kind in enumerate(("DET", "VRT")):
        for name, given in (("een", keys), ("twee", f'{keys}\nsleutel_beperkt = "{apart.to_public()}"')):
            here = town(tmp_path / f"{kind}{name}", BSNS, given)
            path = here.put("2026-10", here.month("2026-10", 4, kinds=(kind,)))
            header = damaged(path)
            if whole:
                path.write_bytes(path.read_bytes().replace(b";0153;", b";0363;"))
            here.receive()
            own = here.chain.home / "herstel" / "0153"
            if kind == "DET" and name == "een":
                with pytest.raises(UsageError, match=r"Zet sleutel_beperkt onder \[gemeente.0153.lijsten\]"):
                    write_out(FIRST, own, actor="J", settings=here.chain.settings)
                assert not list(own.glob("*"))
                continue
            out, rows = write_out(FIRST, own, actor="J", settings=here.chain.settings)
            text = opens(out, apart if kind == "DET" else common, tmp_path / f"{number}{name}.zip")
            assert rows == (0 if whole else 1) and kind.encode() in text and header.encode() in text


def test_a_file_in_quarantine_has_its_own_name_and_the_key_that_fits_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    common, apart = x25519.Identity.generate(), x25519.Identity.generate()
    here = town(tmp_path / "huis", BSNS, f'sleutel = "{common.to_public()}"\nsleutel_beperkt = "{apart.to_public()}"')
    path = here.put("2026-10", here.month("2026-10", 4, kinds=("DET",)))
    path.write_bytes(path.read_bytes().replace(b";0153;", b";0363;"))
    here.receive()
    [kept] = open_store(here.chain.settings).quarantined("0153")
    assert kept.name == path.name
    monkeypatch.setenv("KETENSLUIS_HOME", str(here.chain.home))
    monkeypatch.setattr("sys.argv", ["sluis", "quarantine", "open", kept.sha256, "--gemeente", "0153"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0, capsys.readouterr().err
    [out] = (here.chain.home / "herstel" / "0153").iterdir()
    assert opens(out, apart, tmp_path / "open.zip") == path.read_bytes()


@pytest.mark.parametrize(("name", "data", "held"), [
    ("RM_SIGNALEN_0153_2026-10_09.csv", b"a;DET;b", True),
    ("RM_SIGNALEN_0153_2026-10_09.csv", b"a;DETAIL;DET begin;b", False),
    ("RM_SIGNALEN_0153_2026-10_09.herstel0002.xml", b"<S>VVV</S>", True),
    ("RM_SIGNALEN_0153_2026-10_09.csv", b"PK\3\4\0ingepakt", True),
    ("RM_SIGNALEN_0153_2026-10_09.csv", "DET".encode("utf-16"), True),
    ("OIB_ANTWOORDEN_0153_2026-10_1.zip", b"PK\3\4\0;DET;", False), (None, b"a;DET;b", True),
    ("persoon.csv", b"1;VVV;2", False),
])  # fmt: skip
def test_what_may_hold_criminal_justice_data_is_seen(tmp_path: Path, name: str | None, data: bytes, held: bool) -> None:
    (tmp_path / "b").write_bytes(data)
    assert may_hold(tmp_path / "b", codes_of_name(name, "0153")) is held
    (tmp_path / "b").write_bytes(b"x" * ((1 << 20) - 4) + b"\n" + data)  # over the border of what is read at once
    assert may_hold(tmp_path / "b", codes_of_name(name, "0153")) is held
