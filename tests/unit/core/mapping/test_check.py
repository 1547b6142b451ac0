"""``sluis mappings check``: the mappings of the repository fit, and whatever does not fit is told with its row."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from exchanges.core.data import data_dir
from exchanges.core.errors import MappingError
from exchanges.core.mapping.check import MappingCheck, _fits, check_mapping
from exchanges.core.mapping.table import read_mapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.model import Facets

FOLDERS = sorted(path.parent for path in data_dir("mappings").glob("*/*/mapping.csv"))
CLIENT = "gsd:GSDReintegratieInfoResponse/ClientSuwi"
PROVISION = f"{CLIENT}/AtlRelatie/ReIntegratievoorziening"
IKV = "u:UWVPersoonsIkvInfoResponse/ClientSuwi/Inkomstenverhouding"


def checked(folder: Path) -> MappingCheck:
    mapping = read_mapping(folder)
    entry = next(e for e in Catalogue.load().entries if (e.message, e.version) == (mapping.message, mapping.version))
    return check_mapping(mapping, entry)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_the_mappings_of_the_repository_fit_their_schemas(folder):
    found = checked(folder)
    assert found.problems == [] and found.rows == len(list(read_mapping(folder).nodes()))


def test_what_is_not_filled_is_listed():
    unmapped = checked(data_dir("mappings") / "GSDDossierReintegratie" / "v0200").unmapped
    assert {"GSDReintegratieInfoResponse/ClientSuwi/Bron", "GSDReintegratieInfoResponse/FWI"} <= set(unmapped)
    # Of what is left out only the top is told, not all that is in it.
    assert not [path for path in unmapped if path.startswith("GSDReintegratieInfoResponse/ClientSuwi/Bron/")]


@pytest.fixture
def broken(tmp_path):
    """``broken(old, new)``: the problems of the GSD mapping in which one piece of text is another."""

    def change(old: str, new: str) -> list[str]:
        folder = tmp_path / "GSDDossierReintegratie" / "v0200"
        shutil.copytree(data_dir("mappings") / "GSDDossierReintegratie" / "v0200", folder)
        rows = (folder / "mapping.csv").read_text(encoding="utf-8")
        head = (folder / "message.toml").read_text(encoding="utf-8")
        assert (rows + head).count(old) >= 1
        (folder / "mapping.csv").write_text(rows.replace(old, new), encoding="utf-8")
        (folder / "message.toml").write_text(head.replace(old, new), encoding="utf-8")
        return checked(folder).problems

    return change


def line(path: str, *cells: str) -> str:
    return ";".join((path, *cells))


OMS = line(f"{PROVISION}/OmsRv", "waarde", "omschrijving")
SEX = line(f"{CLIENT}/Geslacht", "waarde", "geslacht")


@pytest.mark.parametrize(("old", "new", "told"), [
    (f"{PROVISION}/OmsRv;", f"{PROVISION}/Omschrijving;", "kent dit pad niet"),
    ('"http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"', '"urn:anders"', "naamruimte klopt niet"),
    (f"{CLIENT}/Voornamen;", f"{CLIENT}/gsd:Voornamen;", "naamruimte klopt niet"),
    (f"{OMS};tekst(100);0..1", f"{OMS};tekst(100);1..1", "herhaling 1..1, het schema zegt 0..1"),
    (f"{PROVISION};lijst;voorziening;;0..n", f"{PROVISION};lijst;voorziening;;0..1", "het schema zegt 0..n"),
    (f"{OMS};tekst(100)", f"{OMS};tekst(101)", "kap af met tekst(100)"),
    (f"{OMS};tekst(100)", f"{OMS};tekst", "kap af met tekst(100)"),
    (f"{SEX};code", f"{SEX};percentage5", "schrijft tekst die het schema weigert"),
    (f"{SEX};code", f"{SEX};datum", "schrijft tekst die het schema weigert"),
    (f"{PROVISION}/DatBRv;waarde;datum_begin;datum", f"{PROVISION}/DatBRv;waarde;datum_begin;getal", "weigert"),
    (f"{CLIENT}/Burgerservicenr;waarde;bsn;bsn", f"{CLIENT}/Burgerservicenr;waarde;bsn;bedrag", "weigert"),
])  # fmt: skip
def test_what_does_not_fit_is_told(broken, old, new, told):
    problems = broken(old, new)
    assert [problem for problem in problems if told in problem], problems
    assert all("\n" not in problem for problem in problems)


LOON = data_dir("mappings") / "Loonaangifte" / "2026v2.0"


@pytest.mark.parametrize(("element", "good", "wrong"), [
    ("Gebdat", "isodag", "datum"), ("Gebdat", "isodag", "dag"), ("Gebdat", "isodag", "getal"),
    ("DatTdAanm", "tijdstip", "bsn"), ("NumIV", "geheel", "jn"),
    ("HuisNr", "geheel", "bedrag"), ("HuisNr", "geheel", "dag"),
])
def test_a_format_of_another_built_in_type_is_told(tmp_path, element, good, wrong):
    """That 20240131 is no xs:date is in no facet: the type itself says how it is written."""
    folder = tmp_path / "Loonaangifte" / "2026v2.0"
    shutil.copytree(LOON, folder)
    rows = (folder / "mapping.csv").read_text(encoding="utf-8")
    row = next(one for one in rows.splitlines() if f":{element};waarde;" in one)
    assert f";{good};" in row
    (folder / "mapping.csv").write_text(rows.replace(row, row.replace(f";{good};", f";{wrong};")), encoding="utf-8")
    (problem,) = checked(folder).problems
    assert f"{element}: opmaak {wrong} schrijft tekst die het schema weigert" in problem


@pytest.mark.parametrize(("facets", "good", "wrong"), [
    (Facets(length=2), "12", "1"), (Facets(max_length=2), "12", "123"), (Facets(min_length=2), "12", "1"),
    (Facets(enumeration=("J", "N")), "J", "j"), (Facets(max_inclusive="12"), "12", "13"),
    (Facets(total_digits=2), "0.12", "123"), (Facets(patterns=("[0-9]+", "1.*")), "12", "21"),
], ids=lambda one: "/".join(one.kinds()) if isinstance(one, Facets) else one)  # fmt: skip
def test_every_facet_counts(facets, good, wrong):
    assert _fits(good, facets) and not _fits(wrong, facets)


def without(rows: str, path: str) -> str:
    return next(row + "\n" for row in rows.splitlines() if row.startswith(f"{path};"))


def test_a_mandatory_element_that_is_missing_is_told(broken):
    rows = (data_dir("mappings") / "GSDDossierReintegratie" / "v0200" / "mapping.csv").read_text(encoding="utf-8")
    problems = broken(without(rows, f"{PROVISION}/DatBRv"), "")
    assert problems == [f"{PROVISION.replace('gsd:', '')}/DatBRv: verplicht in het schema, ontbreekt in de mapping."]


def test_another_order_is_told(broken):
    rows = (data_dir("mappings") / "GSDDossierReintegratie" / "v0200" / "mapping.csv").read_text(encoding="utf-8")
    first, second = (without(rows, f"{CLIENT}/{name}") for name in ("Voornamen", "Voorletters"))
    problems = broken(first + second, second + first)
    assert len(problems) == 1 and "staan niet in de volgorde van het schema" in problems[0]


def test_a_row_is_named_by_its_place_in_the_file(broken):
    rows = (data_dir("mappings") / "GSDDossierReintegratie" / "v0200" / "mapping.csv").read_text(encoding="utf-8")
    number = next(at for at, row in enumerate(rows.splitlines(), 1) if row.startswith(f"{PROVISION}/OmsRv;"))
    (problem,) = broken(f"{OMS};tekst(100)", f"{OMS};tekst(101)")
    assert problem.startswith(f"regel {number}, {PROVISION}/OmsRv: ")


@pytest.mark.parametrize(("old", "new", "told"), [
    (f"{OMS};tekst(100)", f"{OMS};proza", "opmaak 'proza' bestaat niet"),
    (f"{OMS};tekst(100);0..1", f"{OMS};tekst(100);vaak", "herhaling 'vaak'"),
    (f"{PROVISION}/OmsRv;waarde", f"{PROVISION}/OmsRv;proza", "soort een van"),
    ("[tables.voorziening]", "[tables.voorzieningen]", "verschillen"),
    (f"{OMS};tekst(100)", f"{PROVISION}/OmsRv;waarde;;tekst(100)", "soort waarde vraagt een kolom"),
    (f"{SEX};code;0..1;Geslacht;1 man, 2 vrouw, 9 onbekend;spec dkd-gsd 5;secondary", SEX, "kolommen moeten"),
    ("spec dkd-gsd 3;verified", "spec dkd-gsd 3;veriefied", "zekerheid 'veriefied' moet een van"),
    ('certainty = "verified"', 'certainty = "zeker"', "zekerheid 'zeker' in message.toml"),
    ('record = "client"', "", "in message.toml ontbreekt record"),
    ('title = ', 'titel = ', "in message.toml ontbreekt tables.client.title"),
    ('version = "v0200"', 'version = "v0300"', "message.toml is van GSDDossierReintegratie v0300"),
    ("[tables.voorziening]", "[tables.voorziening", "message.toml is geen goede TOML"),
    ("[tables.voorziening]", "[tables]\nvoorziening = 1\n[meer]", "tables.voorziening in message.toml moet"),
    ("[namespaces]", "namespaces = 'gsd'\n[meer]", "namespaces in message.toml moet een tabel zijn"),
])  # fmt: skip
def test_what_does_not_compile_is_refused_at_once(broken, old, new, told):
    with pytest.raises(MappingError, match=told):
        broken(old, new)


@pytest.mark.parametrize("name", ["mapping.csv", "message.toml"])
def test_a_spreadsheet_program_may_have_saved_it(tmp_path, name):
    folder = tmp_path / "GSDDossierReintegratie" / "v0200"
    shutil.copytree(data_dir("mappings") / "GSDDossierReintegratie" / "v0200", folder)
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8-sig")
    assert checked(folder).problems == []
    (folder / name).write_bytes(text.encode() + "# één\n".encode("cp1252"))
    with pytest.raises(MappingError, match=f"{name} is geen UTF-8; bewaar het als UTF-8"):
        read_mapping(folder)


def test_an_element_of_any_content_may_be_a_group_that_is_there_or_not(tmp_path):
    folder = tmp_path / "UWVDossierInkomstenGSD" / "v0200"
    shutil.copytree(data_dir("mappings") / "UWVDossierInkomstenGSD" / "v0200", folder)
    nothing, opgave = "u:UWVPersoonsIkvInfoResponse/f:NietsGevonden", f"{IKV}/Inkomstenopgave/DatEIko"
    assert f"{nothing};groep;niets_gevonden" in (folder / "mapping.csv").read_text(encoding="utf-8")
    assert checked(folder).problems == []
    # Not one with a value: that would be lost.
    rows = (folder / "mapping.csv").read_text(encoding="utf-8")
    (folder / "mapping.csv").write_text(
        rows.replace(f"{opgave};waarde;eind;datum", f"{opgave};groep;eind;"), encoding="utf-8")
    assert [problem for problem in checked(folder).problems if "soort groep past niet" in problem]
