"""The columns of the list against spec ib-signalen 6.4, and what is known of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from exchanges.core.errors import MappingError
from exchanges.core.period import Period
from exchanges.ib_oib import list_layout
from exchanges.ib_oib.list_judge import schemas
from exchanges.ib_oib.list_layout import OF_FILE, layout

OCTOBER = Period(2026, 10)


def words(text: str) -> list[str]:
    return text.split()


# Rows of 6.4 marked v: name and meaning are known.
KNOWN = words("""naam_administratieveEenheid code_soort_inkomstenverhouding datum_aanvang_inkomstenverhouding
datum_einde_inkomstenverhouding datum_begin_inkomstenperiode datum_einde_inkomstenperiode datum_aanvang_inkomstenopgave
datum_einde_inkomstenopgave code_loontijdvak code_loonbelastingtabel loonheffingskorting_toegepast loon_sv
loon_lbph_totaal loon_lbph_normaal loon_lbph_bijzonder inhouding_lbph_totaal inhouding_lbph_normaal
inhouding_lbph_bijzonder inhouding_zvw_premie_totaal inhouding_zvw_premie_normaal inhouding_zvw_premie_bijzonder
inhouding_wgawhk_premie_totaal inhouding_wgawhk_premie_normaal inhouding_wgawhk_premie_bijzonder waarde_gebruik_auto
vakantietoeslag opgb_recht_vakantietoeslag jgk anw_tegemoetkoming netto_inkomen_totaal netto_inkomen_normaal
netto_inkomen_bijzonder berekening_volledig""")
OURS = words("""gemeentecode rapportagemaand bsn dossiernummer tag loonheffingennummer volgnummer_ikv
aantal_verloonde_uren extra_periode_salaris opgb_recht_eps vt_toeslag vorige_waarde_hash verschil_netto""")
REQUIRED = {"gemeentecode", "rapportagemaand", "bsn", "tag", "loonheffingennummer", "berekening_volledig"}


def test_the_columns_are_those_of_the_spec():
    fields = layout(OCTOBER).fields
    assert {one.column for one in fields} == {*KNOWN, *OURS} and len(fields) == len(KNOWN) + len(OURS)
    assert {one.column for one in fields if one.name_certainty == "verified"} == set(KNOWN)
    assert {one.name for one in fields if one.required} == REQUIRED


def test_no_column_is_shown_as_the_format_of_ib():
    assert layout(OCTOBER).certainty == "assumed" and {one.certainty for one in layout(OCTOBER).fields} == {"assumed"}


def test_the_tags_are_those_of_the_spec():
    one = layout(OCTOBER)
    assert set(one.labels) == {"Loon-in-natura", "Bereken-VT-en-EPS"}
    assert set(one.classes) == {
        "NIEUWE_INKOMSTENVERHOUDING", "BEEINDIGDE_INKOMSTENVERHOUDING", "INGETROKKEN_INKOMSTENVERHOUDING",
        "NIEUWE_LOONPERIODE", "GECORRIGEERDE_LOONPERIODE", "VERVALLEN_LOONPERIODE", "EERSTE_LEVERING"}


def test_exactly_one_version_holds_in_every_month():
    assert [layout(Period(year, month)).version for year in range(2022, 2031) for month in range(1, 13)]
    with pytest.raises(MappingError, match="gelden 0 versies"):
        layout(Period(2021, 12))


def test_what_is_not_content_is_a_column_of_the_table():
    names = schemas(layout(OCTOBER))["regel_oib"].names
    assert set(OF_FILE) <= set(names) and len(names) == len(set(names))


def test_a_declaration_may_read_it():
    heavy = "duckdb", "pyarrow", "numpy", "lxml"
    code = f"import sys, exchanges.ib_oib.list_layout; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


HEAD = "veld;kolom;ook;type;voorkomen;naam_zekerheid;zekerheid;bron;toelichting\n"
LABELS = "label;soort;omschrijving;zekerheid;bron\nA;klasse;a;assumed;x\n"
LAYOUT = ('version = "v9"\ncertainty = "assumed"\nvalid_from = 2022-01-01\n[notaties]\nbedrag = ["komma"]\n'
          'datum = ["jjjjmmdd"]\nmaand = ["jjjjmm"]\njn = ["J/N"]\nlijst = [","]\n')
ROW = "bsn;bsn;;bsn;1..1;assumed;assumed;x;\n"
WRONG = {
    "type": (HEAD + ROW.replace(";bsn;1", ";getal8;1"), LABELS, LAYOUT, "regel 2: type"),
    "voorkomen": (HEAD + ROW.replace("1..1", "1..2"), LABELS, LAYOUT, "regel 2: type of voorkomen"),
    "dubbel": (HEAD + ROW + ROW.replace("bsn;bsn;;", "ander;ander;BSN;"), LABELS, LAYOUT, "twee keer"),
    "label": (HEAD + ROW, LABELS.replace("klasse", "soort"), LAYOUT, "labels.csv, regel 2"),
    "notatie": (HEAD + ROW, LABELS, LAYOUT.replace('jn = ["J/N"]\n', ""), "notaties"),
    "ontbreekt": (None, LABELS, LAYOUT, "velden.csv ontbreekt"),
}


@pytest.mark.parametrize(("fields", "labels", "head", "text"), WRONG.values(), ids=list(WRONG))
def test_a_mapping_that_is_wrong_says_where(tmp_path, monkeypatch, fields, labels, head, text):
    where = tmp_path / "IBOIB" / "v9"
    where.mkdir(parents=True)
    for name, content in (("velden.csv", fields), ("labels.csv", labels), ("layout.toml", head)):
        if content is not None:
            (where / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(list_layout, "data_dir", lambda name: tmp_path)
    monkeypatch.setattr(list_layout, "layouts", list_layout.layouts.__wrapped__)
    with pytest.raises(MappingError, match=text):
        layout(OCTOBER)
