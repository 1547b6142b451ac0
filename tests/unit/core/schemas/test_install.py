"""Only the package the catalogue names is installed, whole or not at all; a hostile zip writes nothing."""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from exchanges.core.errors import CatalogueError, InputRefused, UsageError
from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.install import Installed, install, official_dir
from exchanges.core.schemas.listing import list_schemas
from exchanges.core.schemas.treehash import hash_of, tree_hash

XSD = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="R"/></xs:schema>'
FILES = {"Diensten/a.xsd": XSD, "Diensten/Impl/b.wsdl": b"<w/>", "Basis/c.xsd": XSD + b" "}
PACKAGE = "Bericht-v1-b02"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "schemas"
    folder.mkdir()
    (folder / "r.xsd").write_bytes(XSD)
    (folder / "catalogue.toml").write_text(
        f'[[schema]]\nmessage = "Bericht"\nversion = "v1"\nnamespace = ""\nvalid_from = 2020-01-01\n'
        f'certainty = "verified"\ndate_certainty = "assumed"\nsource = "test"\n'
        f'[schema.official]\npackage = "{PACKAGE}"\npublisher = "Uitgever"\n'
        f'sha256 = "{hash_of(list(FILES.items()))}"\n'
        f'[[schema.root]]\nname = "R"\nxsd = "r.xsd"\nofficial = "Diensten/a.xsd"\n'
    )
    return Catalogue.load(folder)


def folder_of(where: Path, files: dict[str, bytes] = FILES) -> Path:
    for name, content in files.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(content)
    return where


def zip_of(where: Path, files: dict[str, bytes] = FILES, top: str = "") -> Path:
    with zipfile.ZipFile(where, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(top + name, content)
    return where


def contents(where: Path) -> dict[str, bytes]:
    return {path.relative_to(where).as_posix(): path.read_bytes() for path in where.rglob("*") if path.is_file()}


def refused(package: Path, home: Path, catalogue: Catalogue, said: str, kind: type[Exception] = InputRefused) -> None:
    before = contents(home.parent)
    with pytest.raises(kind, match=said) as caught:
        install(package, home, catalogue)
    assert "\n" not in str(caught.value)
    assert contents(home.parent) == before and not home.exists()


@pytest.mark.parametrize("top", ["", "Bericht-v1-b02/", "iets anders/"])
def test_a_zip_or_a_folder_gives_the_same(tmp_path: Path, catalogue: Catalogue, top: str) -> None:
    extra = {"leesmij.docx": b"PK", "Diensten/notitie.txt": b"x"}
    by_zip = install(zip_of(tmp_path / "p.zip", FILES | extra, top), tmp_path / "z", catalogue)
    by_folder = install(folder_of(tmp_path / "p", FILES | extra), tmp_path / "f", catalogue)
    for done in (by_zip, by_folder):
        assert contents(done.path) == FILES
        assert tree_hash(done.path) == done.sha256
        assert (done.message, done.version, done.files, done.already) == ("Bericht", "v1", 3, False)
    assert by_zip.path == official_dir(tmp_path / "z") / PACKAGE


@pytest.mark.parametrize("shape", ["file", "folder", "zip", "two folders around it"])
def test_a_package_of_one_file_may_come_in_any_shape(tmp_path: Path, catalogue: Catalogue, shape: str) -> None:
    one = {"Bericht.xsd": XSD}
    text = (catalogue.folder / "catalogue.toml").read_text()
    other = folder_of(tmp_path / "andere", {"r.xsd": XSD})
    (other / "catalogue.toml").write_text(text.replace(hash_of(list(FILES.items())), hash_of(list(one.items()))))
    package = {
        "file": lambda: folder_of(tmp_path / "los", one) / "Bericht.xsd",
        "folder": lambda: folder_of(tmp_path / "map", one),
        "zip": lambda: zip_of(tmp_path / "p.zip", one),
        "two folders around it": lambda: zip_of(tmp_path / "p.zip", one, "uitgave/specificaties/"),
    }[shape]()
    done = install(package, tmp_path / "home", Catalogue.load(other))
    assert contents(done.path) == one and done.files == 1


def test_a_single_file_that_is_too_large_is_refused(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchanges.core.schemas.package.MOST_BYTES", 10)
    refused(folder_of(tmp_path / "los", {"a.xsd": XSD}) / "a.xsd", tmp_path / "home", catalogue, "te groot")


def test_a_home_where_nothing_can_be_written_is_told(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "thuis").write_text("geen map")
    said = "official kan niet worden geschreven: een deel van het pad is geen map"
    with pytest.raises(UsageError, match=said):
        install(folder_of(tmp_path / "pakket"), tmp_path / "thuis", catalogue)


def test_the_note_says_where_it_came_from(tmp_path: Path, catalogue: Catalogue) -> None:
    done = install(zip_of(tmp_path / "download.zip"), tmp_path / "home", catalogue)
    note = json.loads(done.provenance.read_text())
    assert note["package"] == PACKAGE and note["publisher"] == "Uitgever" and note["source"] == "download.zip"
    assert len(note["source_sha256"]) == 64 and note["sha256"] == done.sha256
    assert [item["path"] for item in note["files"]] == sorted(FILES)
    assert str(tmp_path) not in done.provenance.read_text()


def test_installing_again_changes_nothing(tmp_path: Path, catalogue: Catalogue) -> None:
    first = install(folder_of(tmp_path / "p"), tmp_path / "home", catalogue)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "home").rglob("*")}
    again = install(zip_of(tmp_path / "p.zip"), tmp_path / "home", catalogue)
    assert again == Installed(**{**vars(first), "already": True})
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "home").rglob("*")} == before


def test_an_install_cut_off_before_its_note_is_finished(tmp_path: Path, catalogue: Catalogue) -> None:
    first = install(folder_of(tmp_path / "p"), tmp_path / "home", catalogue)
    first.provenance.unlink()
    assert not install(tmp_path / "p", tmp_path / "home", catalogue).already
    assert first.provenance.is_file()


def test_a_changed_copy_is_reported_not_repaired(tmp_path: Path, catalogue: Catalogue) -> None:
    done = install(folder_of(tmp_path / "p"), tmp_path / "home", catalogue)
    (done.path / "Diensten/a.xsd").write_bytes(XSD + b"\n")
    with pytest.raises(CatalogueError, match="is gewijzigd; verwijder haar"):
        install(tmp_path / "p", tmp_path / "home", catalogue)
    (row,) = list_schemas(tmp_path / "home", catalogue)
    assert row["installed"] == "changed"


def test_listing_says_what_is_installed(tmp_path: Path, catalogue: Catalogue) -> None:
    assert [row["installed"] for row in list_schemas(None, catalogue)] == ["none"]
    assert [row["installed"] for row in list_schemas(tmp_path / "home", catalogue)] == ["no"]
    install(folder_of(tmp_path / "p"), tmp_path / "home", catalogue)
    assert [row["installed"] for row in list_schemas(tmp_path / "home", catalogue)] == ["yes"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_byte_more_is_another_package(tmp_path: Path, catalogue: Catalogue, name: str) -> None:
    altered = FILES | {name: FILES[name] + b" "}
    for package in (zip_of(tmp_path / "p.zip", altered), folder_of(tmp_path / "p", altered)):
        refused(package, tmp_path / "home", catalogue, f"sha256 wijkt af.*{PACKAGE}", CatalogueError)


def test_a_missing_or_extra_schema_is_another_package(tmp_path: Path, catalogue: Catalogue) -> None:
    less = {name: content for name, content in FILES.items() if name != "Basis/c.xsd"}
    refused(zip_of(tmp_path / "l.zip", less), tmp_path / "home", catalogue, "sha256 wijkt af", CatalogueError)
    more = FILES | {"d.XSD": XSD}
    refused(zip_of(tmp_path / "m.zip", more), tmp_path / "home", catalogue, "sha256 wijkt af", CatalogueError)


HOSTILE_NAMES = ["../buiten.xsd", "/etc/buiten.xsd", "Diensten/../../buiten.xsd", "C:\\buiten.xsd", "C:/buiten.xsd",
                 "..\\buiten.xsd", "Diensten//a2.xsd", "./a.xsd", "a\x07.xsd", "/".join("d" * 30) + "/a.xsd"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_leaves_the_package_is_refused(tmp_path: Path, catalogue: Catalogue, name: str) -> None:
    package = zip_of(tmp_path / "p.zip", FILES | {name: XSD})
    refused(package, tmp_path / "home", catalogue, "bestandsnaam")


@pytest.mark.parametrize("name", ["../buiten.txt", "/abs.docx"])
def test_also_when_it_is_not_a_schema(tmp_path: Path, catalogue: Catalogue, name: str) -> None:
    refused(zip_of(tmp_path / "p.zip", FILES | {name: b"x"}), tmp_path / "home", catalogue, "bestandsnaam")


def test_a_link_in_a_zip_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    package = zip_of(tmp_path / "p.zip")
    with zipfile.ZipFile(package, "a") as archive:
        link = zipfile.ZipInfo("Diensten/l.xsd")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/hostname")
    refused(package, tmp_path / "home", catalogue, "verwijzing")


def test_a_link_in_a_folder_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = folder_of(tmp_path / "p")
    (folder / "l.xsd").symlink_to(tmp_path / "schemas/r.xsd")
    refused(folder, tmp_path / "home", catalogue, "verwijzing")


def test_a_linked_folder_is_not_followed(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = folder_of(tmp_path / "p")
    (folder / "boven").symlink_to(tmp_path, target_is_directory=True)
    assert install(folder, tmp_path / "home", catalogue).files == 3


def test_the_same_name_twice_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    package = zip_of(tmp_path / "p.zip")
    with zipfile.ZipFile(package, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("Diensten/a.xsd", b"<other/>")
    refused(package, tmp_path / "home", catalogue, "meer dan eens")


def test_a_bomb_is_refused_while_it_unpacks(tmp_path: Path, catalogue: Catalogue) -> None:
    package = zip_of(tmp_path / "p.zip", FILES | {"bom.xsd": b" " * 30_000_000})
    assert package.stat().st_size < 100_000
    refused(package, tmp_path / "home", catalogue, "te groot")


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    package = zip_of(tmp_path / "p.zip", {"bom.xsd": b" " * 30_000_000})
    raw = bytearray(package.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", raw, raw.index(mark) + offset, 100)
    package.write_bytes(bytes(raw))
    refused(package, tmp_path / "home", catalogue, "te groot|geen leesbaar")


def test_many_files_are_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    package = zip_of(tmp_path / "p.zip", {f"{number}.xsd": b"" for number in range(5_001)})
    refused(package, tmp_path / "home", catalogue, "te groot")


def test_a_password_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    package = zip_of(tmp_path / "p.zip")
    raw = bytearray(package.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    package.write_bytes(bytes(raw))
    refused(package, tmp_path / "home", catalogue, "wachtwoord")


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_damaged_zip_is_refused(tmp_path: Path, catalogue: Catalogue, cut: int) -> None:
    package = zip_of(tmp_path / "p.zip")
    package.write_bytes(package.read_bytes()[:-cut])
    refused(package, tmp_path / "home", catalogue, "geen leesbaar zip")


def test_a_flipped_byte_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    package = zip_of(tmp_path / "p.zip")
    raw = bytearray(package.read_bytes())
    raw[raw.index(b"a.xsd") + 10] ^= 0xFF
    package.write_bytes(bytes(raw))
    refused(package, tmp_path / "home", catalogue, "geen leesbaar zip")


def test_what_is_no_package_is_said(tmp_path: Path, catalogue: Catalogue) -> None:
    refused(tmp_path / "weg.zip", tmp_path / "home", catalogue, "bestaat niet", UsageError)
    refused(zip_of(tmp_path / "leeg.zip", {"a.txt": b"x"}), tmp_path / "home", catalogue, "geen schema's")
    (tmp_path / "tekst.zip").write_text("geen zip")
    refused(tmp_path / "tekst.zip", tmp_path / "home", catalogue, "geen leesbaar zip")
    (tmp_path / "p").mkdir()
    refused(tmp_path / "p", tmp_path / "home", catalogue, "geen schema's")
