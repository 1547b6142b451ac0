"""What the schema refuses, found in the columns before there is a file: against libxml2 on the file itself."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.mapping.table import load_mapping
from exchanges.core.period import Period
from exchanges.core.rules.engine import evaluate
from exchanges.core.rules.facets import facet_rules, suspect
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.sql import connect

PERIOD = Period(2026, 10)
BASE = {
    "client": {"bsn": "999990007", "voornamen": "Anna", "voorletters": "A", "voorvoegsel": "van", "achternaam": "Berg",
               "geslacht": "2", "geboortedatum": 19850612},
    "atl_relatie": {"arbeidsvermogen": "10", "doel": "1", "bron_kolom": "03", "bron_partij": "0153",
        "bron_vestiging": "0000"},
    "voorziening": {"registratienummer": "RV-1", "datum_begin": 20250601, "datum_einde": None, "type": "10",
                    "omschrijving": "Werk", "lks": True, "loonwaarde": 6250},
}  # fmt: skip


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """A function: the codes and elements of the facets that ``values`` of one table break."""
    mapping = load_mapping("GSDDossierReintegratie", "v0200")
    rules = facet_rules(mapping, Catalogue.load().entry("GSDDossierReintegratie", PERIOD))
    con = connect(tmp_path_factory.mktemp("duckdb"))

    def judged(table: str, **values: object) -> set[tuple[str, str]]:
        for name, row in BASE.items():
            whole = {**row, **(values if name == table else {}), "_row": 0, "_root": 0, "_line": None, "_file": 0}
            con.register(f"r_{name}", pa.Table.from_pylist([whole]))
            odd = suspect(mapping, name)
            con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT *, {odd} AS _verdacht FROM r_{name}")
        own = [rule for rule in rules if rule.table == table]
        outcome = evaluate(con, own, {}, record="client", key="bsn", sources=())
        found = outcome.findings(b"k").to_pylist()
        return {(row["code"], row["path"].rpartition("/")[2]) for row in found}

    yield judged
    con.close()


def test_a_clean_record_fits(judge):
    assert {table: judge(table) for table in BASE} == {table: set() for table in BASE}


@pytest.mark.parametrize(("table", "values", "found"), [
    ("client", {"voornamen": "Anna 2"}, {("XSD-WAARDE", "Voornamen")}),
    ("client", {"voornamen": "Anna ٢"}, {("XSD-WAARDE", "Voornamen")}),
    ("client", {"voornamen": "x" * 200}, set()),
    ("client", {"voornamen": "x" * 201}, {("TXT-01", "Voornamen")}),  # the mapping cuts, and says so
    ("client", {"voornamen": "An\x07na"}, {("TXT-02", "Voornamen")}),
    ("voorziening", {"omschrijving": "é" * 100}, set()),
    ("voorziening", {"omschrijving": "é" * 101}, {("TXT-01", "OmsRv")}),
    ("voorziening", {"omschrijving": "a\tb\nc\rd"}, set()),
    ("client", {"voorletters": "A.B."}, {("XSD-WAARDE", "Voorletters")}),
    ("client", {"voorletters": "."}, set()),
    ("client", {"voorletters": "É"}, {("XSD-WAARDE", "Voorletters")}),
    ("client", {"voorletters": ""}, {("XSD-WAARDE", "Voorletters")}),
    ("client", {"voorletters": "ABCDEFG"}, {("XSD-WAARDE", "Voorletters")}),
    ("client", {"geslacht": "M"}, {("XSD-WAARDE", "Geslacht")}),
    ("client", {"geslacht": "12"}, {("XSD-WAARDE", "Geslacht")}),
    ("client", {"geslacht": None}, set()),
    ("client", {"bsn": None}, {("XSD-VERPLICHT", "Burgerservicenr")}),
    ("atl_relatie", {"doel": "12"}, {("XSD-WAARDE", "CdDoelRv")}),
    ("atl_relatie", {"doel": None}, set()),  # the group is not there
    ("atl_relatie", {"bron_partij": "153"}, {("XSD-WAARDE", "CdPartijSuwi")}),
    ("atl_relatie", {"bron_partij": "01a3"}, {("XSD-WAARDE", "CdPartijSuwi")}),
    ("voorziening", {"registratienummer": "x" * 15}, set()),
    ("voorziening", {"registratienummer": "x" * 16}, {("XSD-WAARDE", "RegistratienrRvGsd")}),
    ("voorziening", {"registratienummer": "é" * 15}, set()),
    ("voorziening", {"registratienummer": "RV\x01"}, {("XSD-WAARDE", "RegistratienrRvGsd")}),
    ("voorziening", {"registratienummer": "RV\ufffe"}, {("XSD-WAARDE", "RegistratienrRvGsd")}),
    ("voorziening", {"registratienummer": "RV\t1"}, set()),
    ("voorziening", {"type": "1"}, {("XSD-WAARDE", "CdTypeRvGsd")}),
    ("voorziening", {"datum_begin": None}, {("XSD-VERPLICHT", "DatBRv")}),
    ("voorziening", {"datum_einde": None}, set()),
])  # fmt: skip
def test_what_the_schema_refuses_is_told_of_the_element(judge, table, values, found):
    assert judge(table, **values) == found


@given(
    value=st.text(st.sampled_from("AZaz09.- é٢\n"), max_size=17),
    column=st.sampled_from(["voorletters", "geslacht", "registratienummer", "type"]),
)
def test_the_same_verdict_as_libxml2(judge, value, column):
    """One value in an otherwise valid message."""
    from lxml import etree

    tag = {
        "voorletters": "Voorletters",
        "geslacht": "Geslacht",
        "registratienummer": "RegistratienrRvGsd",
        "type": "CdTypeRvGsd",
    }
    table = "client" if column in BASE["client"] else "voorziening"
    schema = Catalogue.load().entry("GSDDossierReintegratie", PERIOD).compile("GSDReintegratieInfoResponse")
    message = etree.fromstring(
        '<g:GSDReintegratieInfoResponse xmlns:g="http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"><ClientSuwi>'
        "<Burgerservicenr>999990007</Burgerservicenr><Voorletters>A</Voorletters><Geslacht>2</Geslacht><AtlRelatie>"
        "<ReIntegratievoorziening><RegistratienrRvGsd>R</RegistratienrRvGsd><DatBRv>20250101</DatBRv>"
        "<CdTypeRvGsd>10</CdTypeRvGsd></ReIntegratievoorziening>"
        "<Bron><CdKolomSuwi>3</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi></Bron>"
        "</AtlRelatie></ClientSuwi></g:GSDReintegratieInfoResponse>"
    )
    message.find(f".//{tag[column]}").text = value
    assert (judge(table, **{column: value}) == set()) == schema.validate(message)
