"""Every business rule of spec dkd-gsd section 8: what it must find, and what lies just beside it and is fine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from exchanges.core.sql import connect
from exchanges.dkd_reintegratie.rules import RULES
from tests.unit.dkd_reintegratie.judged import BSN, NEWER, OLDER, OTHER, Tables, add_code_lists, clean, judge

Change = Callable[[Tables], Any]


def set_(table: str, **values: Any) -> Change:
    """Other values in the first row."""
    return lambda tables: tables[table][0].update(values)


def add(table: str, **values: Any) -> Change:
    """A second row, as the first but for ``values``."""
    return lambda tables: tables[table].append({**tables[table][0], **values})


def drop(table: str) -> Change:
    return lambda tables: tables[table].clear()


def no_srg(change: Change) -> Change:
    """Without an SRG delivery, which would tell of the same change."""
    return both(drop("bron.srg_voorziening"), change)


def both(*changes: Change) -> Change:
    return lambda tables: [change(tables) for change in changes]


def lks(**values: Any) -> Change:
    return no_srg(set_("voorziening", **values))


# The second record, for what may be only once in a file.
second = both(
    add("client", bsn=OTHER),
    add("bron.verwijsindex", bsn=OTHER),
    add("voorziening", registratienummer="RV-2", _root=1, _parent=1),
    add("atl_relatie", _root=1),
)

HITS: list[tuple[str, str, Change]] = [
    ("LKS-PRC-01", "leeg", lks(loonwaarde=None)),
    ("LKS-PRC-02", "nul", lks(loonwaarde=0)),
    ("LKS-PRC-03", "100 %", lks(loonwaarde=10000)),
    ("LKS-PRC-03", "999,99 %", lks(loonwaarde=99999)),
    ("LKS-PRC-04", "-0,01 %", lks(loonwaarde=-1)),
    ("LKS-PRC-05", "0,01 %", lks(loonwaarde=1)),
    ("LKS-PRC-05", "29,99 %", lks(loonwaarde=2999)),
    ("LKS-GRP-01", "type 10 zonder subsidie", lks(lks=False, loonwaarde=None)),
    ("LKS-GRP-01", "type 11 zonder subsidie", lks(type="11", lks=False, loonwaarde=None)),
    ("LKS-GRP-01", "type 12 zonder subsidie", lks(type="12", lks=False, loonwaarde=None)),
    ("LKS-GRP-02", "subsidie bij jobcoach", lks(type="30")),
    ("LKS-GRP-02", "subsidie zonder type", lks(type=None)),
    ("LKS-OVL-01", "open einde", no_srg(add("voorziening", registratienummer="RV-2", loonwaarde=5000))),
    ("LKS-OVL-01", "een dag samen", both(lks(datum_einde=20260630), add(
        "voorziening", registratienummer="RV-2", loonwaarde=5000, datum_begin=20260630, datum_einde=None))),
    ("BSN-01", "elfproef", both(set_("client", bsn="123456789"), set_("bron.verwijsindex", bsn="123456789"))),
    ("BSN-01", "nullen", both(set_("client", bsn="000000000"), set_("bron.verwijsindex", bsn="000000000"))),
    ("BSN-02", "acht cijfers", both(set_("client", bsn="99999000"), set_("bron.verwijsindex", bsn="99999000"))),
    ("BSN-02", "Arabisch-Indisch", both(set_("client", bsn="٩٩٩٩٩٠٠٠٧"), set_("bron.verwijsindex", bsn="٩٩٩٩٩٠٠٠٧"))),
    ("BSN-02", "spatie", both(set_("client", bsn=" 99990007"), set_("bron.verwijsindex", bsn=" 99990007"))),
    ("BSN-02", "leeg", both(set_("client", bsn=None), lks(
        lks=False, type="30", loonwaarde=None), drop("bron.verwijsindex"))),
    ("BSN-DUP", "zelfde BSN", both(add("client"), no_srg(lambda tables: None))),
    ("DAT-01", "31 februari", lks(datum_begin=20240231)),
    ("DAT-01", "maand 13", lks(datum_begin=20241301)),
    ("DAT-01", "29 februari in een gewoon jaar", lks(datum_einde=20270229)),
    ("DAT-01", "geboren op 31 april", set_("client", geboortedatum=19810431)),
    ("DAT-02", "begin zonder dag", lks(datum_begin=20250600)),
    ("DAT-02", "begin zonder maand", lks(datum_begin=20250000)),
    ("DAT-02", "begin onbekend", lks(datum_begin=0)),
    ("DAT-03", "einde een dag voor begin", lks(datum_einde=20250531)),
    ("DAT-03", "einde zonder dag in een eerdere maand", lks(datum_einde=20250500)),
    ("DAT-03", "einde in een eerder jaar", lks(datum_einde=20240000)),
    ("DAT-04", "einde 367 dagen na de periode", lks(datum_einde=20271102)),
    ("DAT-04", "geboren na de periode", set_("client", geboortedatum=20261101)),
    ("CD-01", "type XX", lks(type="XX", lks=False, loonwaarde=None)),
    ("CD-01", "type van twee spaties", lks(type="  ", lks=False, loonwaarde=None)),
    ("CD-01", "doel 3", set_("atl_relatie", doel="3")),
    ("CD-01", "arbeidsvermogen 99", set_("atl_relatie", arbeidsvermogen="99")),
    ("CD-02", "geslacht 3", set_("client", geslacht="3")),
    ("RV-KEY-01", "geen nummer", lks(registratienummer=None)),
    ("RV-KEY-01", "leeg nummer", lks(registratienummer="")),
    ("RV-KEY-01", "nummer van spaties", lks(registratienummer="  ")),
    ("RV-KEY-01", "nummer bij een ander", no_srg(both(second, lambda tables: tables["voorziening"][1].update(
        registratienummer="RV-1")))),
    ("RV-EMP-01", "leeg traject", both(
        add("atl_relatie", arbeidsvermogen=None, doel=None), lambda tables: None)),
    ("BRN-01", "andere gemeente", set_("atl_relatie", bron_partij="0193")),
    ("BRN-01", "geen gemeente", set_("atl_relatie", bron_partij=None)),
    ("DKD-SET-01", "andere methode", set_("bron.koppelvlak_instelling", methode="webservice")),
    ("DKD-SET-01", "oude url", set_(
        "bron.koppelvlak_instelling", url="https://voorbeeld.invalid/GSDDossierPersoon-v0500")),
    ("DKD-SET-02", "oude versie", set_("bron.koppelvlak_instelling", berichtversie="v0100")),
    ("DKD-LEV-01", "nooit ontvangen", set_("bron.levering_monitor", ontvangen_op=None, verwacht_op=date(2026, 10, 31))),
    ("DKD-LEV-02", "te traag", set_("bron.bevraging", duur_ms=5001)),
    ("DKD-LEV-02", "geen antwoord", set_("bron.bevraging", uitkomst=None, bsn_antwoord=None)),
    ("DKD-VWI-01", "index ouder", set_("bron.voorziening", gewijzigd_op=NEWER + timedelta(milliseconds=1))),
    ("DKD-VWI-01", "traject later gewijzigd", set_("bron.traject", gewijzigd_op=NEWER + timedelta(milliseconds=1))),
    ("DKD-VWI-01", "loonwaarde later gewijzigd", set_(
        "bron.loonkostensubsidie", gewijzigd_op=NEWER + timedelta(milliseconds=1))),
    ("DKD-VWI-02", "niet in de index", drop("bron.verwijsindex")),
    ("DKD-VWI-02", "index zegt nee", set_("bron.verwijsindex", ind_dkd=False)),
    ("DKD-VWI-02", "index van een ander cluster", set_("bron.verwijsindex", cluster="01")),
    ("DKD-VWI-03", "index zonder gegevens", add("bron.verwijsindex", bsn=OTHER)),
    ("DKD-LEV-03", "46 dagen oud", set_("bron.levering_monitor", ontvangen_op=date(2026, 9, 15))),
    ("DKD-REC-01", "techniek", set_("bron.bevraging", uitkomst="TECHNICAL_ERROR", bsn_antwoord=None)),
    ("DKD-REC-01", "fout gemeld", set_("bron.bevraging", uitkomst="BUSINESS_ERROR", bsn_antwoord=None)),
    ("DKD-REC-01", "fout over wie niet in de index staat", set_(
        "bron.bevraging", bsn_vraag=OTHER, uitkomst="TECHNICAL_ERROR", bsn_antwoord=None)),
    ("DKD-REC-01", "niets gevonden", set_("bron.bevraging", uitkomst="NOT_FOUND", bsn_antwoord=None)),
    ("BSN-03", "antwoord over een ander", set_("bron.bevraging", bsn_antwoord=OTHER)),
    ("SRG-DKD-01", "ander type", set_("bron.srg_voorziening", type="11")),
    ("SRG-DKD-01", "andere begindatum", set_("bron.srg_voorziening", datum_begin=20250602)),
    ("SRG-DKD-01", "einddatum erbij", set_("bron.srg_voorziening", datum_einde=20261231)),
    ("SRG-DKD-01", "andere loonwaarde", set_("bron.srg_voorziening", loonwaarde=63)),
    ("SRG-DKD-01", "loonwaarde ontbreekt", set_("bron.srg_voorziening", loonwaarde=None)),
]  # fmt: skip

NEAR_MISSES: list[tuple[str, str, Change]] = [
    ("LKS-PRC-01", "geen subsidie, geen loonwaarde", lks(type="30", lks=False, loonwaarde=None)),
    ("LKS-PRC-02", "0,01 % bij geen subsidie", lks(type="30", lks=False, loonwaarde=0)),
    ("LKS-PRC-03", "99,99 %", lks(loonwaarde=9999)),
    ("LKS-PRC-04", "negatief bij geen subsidie", lks(type="30", lks=False, loonwaarde=-1)),
    ("LKS-PRC-05", "30,00 %", lks(loonwaarde=3000)),
    ("LKS-GRP-01", "type 11 met subsidie", lks(type="11")),
    ("LKS-GRP-02", "type 12 met subsidie", lks(type="12")),
    ("LKS-OVL-01", "aansluitend", both(lks(datum_einde=20260629), add(
        "voorziening", registratienummer="RV-2", loonwaarde=5000, datum_begin=20260630, datum_einde=None))),
    ("LKS-OVL-01", "samen, zelfde loonwaarde", no_srg(add("voorziening", registratienummer="RV-2"))),
    ("LKS-OVL-01", "andere persoon", no_srg(both(second, lambda tables: tables["voorziening"][1].update(
        loonwaarde=5000)))),
    ("BSN-01", "ander geldig BSN", both(set_("client", bsn=OTHER), set_("bron.verwijsindex", bsn=OTHER),
        drop("bron.srg_voorziening"))),
    ("BSN-DUP", "twee personen", no_srg(second)),
    ("BSN-DUP", "zelfde BSN in een ander bestand", no_srg(add("client", _file=1))),
    ("DAT-01", "29 februari in een schrikkeljaar", lks(datum_begin=20240229)),
    ("DAT-01", "geboortejaar alleen", set_("client", geboortedatum=19850000)),
    ("DAT-01", "geboortedatum onbekend", set_("client", geboortedatum=0)),
    ("DAT-01", "geboortedag zonder jaar", set_("client", geboortedatum=229)),
    ("DAT-02", "einde zonder dag", lks(datum_einde=20261200)),
    ("DAT-03", "einde op de begindag", lks(datum_einde=20250601)),
    ("DAT-03", "einde zonder dag in het beginjaar", lks(datum_einde=20250000)),
    ("DAT-03", "einde zonder dag in de beginmaand", lks(datum_einde=20250600)),
    ("DAT-03", "einde onbekend", lks(datum_einde=0)),
    ("DAT-03", "einde zonder jaar", lks(datum_einde=229)),
    ("DAT-04", "einde 366 dagen na de periode", lks(datum_einde=20271101)),
    ("DAT-04", "geboren op de laatste dag", set_("client", geboortedatum=20261031)),
    ("CD-01", "geen type", lks(type=None, lks=False, loonwaarde=None)),
    ("CD-01", "geen doel", set_("atl_relatie", doel=None)),
    ("CD-01", "elk arbeidsvermogen", set_("atl_relatie", arbeidsvermogen="40")),
    ("CD-02", "geslacht onbekend", set_("client", geslacht="9")),
    ("CD-02", "geen geslacht", set_("client", geslacht=None)),
    ("RV-KEY-01", "zelfde nummer in een ander bestand", no_srg(both(second,
        lambda tables: tables["voorziening"][1].update(
        registratienummer="RV-1", _file=1)))),
    ("RV-EMP-01", "alleen een voorziening", set_("atl_relatie", arbeidsvermogen=None, doel=None)),
    ("RV-EMP-01", "alleen een doel", add("atl_relatie", arbeidsvermogen=None)),
    ("DKD-SET-01", "geen url", set_("bron.koppelvlak_instelling", url=None)),
    ("DKD-SET-01", "ander cluster", set_("bron.koppelvlak_instelling", cluster="01", methode="webservice")),
    ("DKD-SET-01", "andere gemeente", set_("bron.koppelvlak_instelling", gemeentecode="0344", methode="webservice")),
    ("DKD-SET-02", "ander cluster", set_("bron.koppelvlak_instelling", cluster="01", berichtversie="v0400")),
    ("DKD-LEV-01", "nog niet aan de beurt", set_("bron.levering_monitor", ontvangen_op=None, verwacht_op=date(2026,
        11, 1))),
    ("DKD-LEV-02", "net op tijd", set_("bron.bevraging", duur_ms=5000)),
    ("DKD-LEV-02", "ander cluster", set_("bron.bevraging", cluster="01", duur_ms=60000)),
    ("DKD-VWI-01", "zelfde moment", set_("bron.voorziening", gewijzigd_op=NEWER)),
    ("DKD-VWI-01", "traject van een ander", set_(
        "bron.traject", persoon_id="P2", gewijzigd_op=NEWER + timedelta(days=1))),
    ("DKD-VWI-01", "ander cluster", both(add("bron.verwijsindex", cluster="01",
        gewijzigd_op=OLDER - timedelta(days=1)))),
    ("DKD-VWI-02", "geen subsidie", both(lks(type="30", lks=False, loonwaarde=None), drop("bron.verwijsindex"))),
    ("DKD-VWI-03", "index zegt nee", add("bron.verwijsindex", bsn=OTHER, ind_dkd=False)),
    ("DKD-VWI-03", "andere gemeente", add("bron.verwijsindex", bsn=OTHER, gemeentecode="0344")),
    ("DKD-LEV-03", "45 dagen oud", set_("bron.levering_monitor", ontvangen_op=date(2026, 9, 16))),
    ("DKD-LEV-03", "daarna een nieuwere", both(set_("bron.levering_monitor", ontvangen_op=date(2026, 8, 1)), add(
        "bron.levering_monitor", ontvangen_op=date(2026, 11, 5)))),
    ("DKD-LEV-03", "ander cluster", add("bron.levering_monitor", cluster="01", ontvangen_op=date(2026, 1, 5))),
    ("DKD-REC-01", "gegevens met een fout erbij", set_("bron.bevraging", uitkomst="DATA_WITH_ERROR")),
    ("DKD-REC-01", "techniek van een ander cluster", set_("bron.bevraging", cluster="01", uitkomst="TECHNICAL_ERROR")),
    ("DKD-REC-01", "niet in de index", set_("bron.bevraging", bsn_vraag=OTHER, uitkomst="NOT_FOUND",
        bsn_antwoord=None)),
    ("BSN-03", "geen antwoord", set_("bron.bevraging", uitkomst="NOT_FOUND", bsn_vraag=OTHER, bsn_antwoord=None)),
    ("BRN-01", "andere vestiging", set_("atl_relatie", bron_vestiging="0001")),
    ("SRG-DKD-01", "decimalen vallen weg", set_("voorziening", loonwaarde=6299)),
    ("SRG-DKD-01", "andere maand", set_("bron.srg_voorziening", periode="2026-09", type="11")),
    ("SRG-DKD-01", "ander nummer", set_("bron.srg_voorziening", registratienummer="RV-9", type="11")),
    ("SRG-DKD-01", "nergens een loonwaarde", both(
        set_("voorziening", type="30", lks=False, loonwaarde=None), set_("bron.srg_voorziening", type="30",
            loonwaarde=None))),
]  # fmt: skip


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    con = connect(tmp_path_factory.mktemp("duckdb"))
    add_code_lists(con)
    yield con
    con.close()


def found(con: Any, change: Change | None = None) -> set[str]:
    tables = clean()
    if change:
        change(tables)
    outcome = judge(con, RULES, tables)
    return {outcome.rules[number].code for number in outcome.hits["rule"].to_pylist()}


def test_a_clean_record_breaks_no_rule(con):
    assert found(con) == set()


@pytest.mark.parametrize(("code", "what", "change"), HITS, ids=[f"{code}: {what}" for code, what, _ in HITS])
def test_it_is_found_and_nothing_else(con, code, what, change):
    assert found(con, change) == {code}


@pytest.mark.parametrize(
    ("code", "what", "change"), NEAR_MISSES, ids=[f"{code}: {what}" for code, what, _ in NEAR_MISSES]
)
def test_what_lies_beside_it_is_fine(con, code, what, change):
    assert found(con, change) == set()


def test_every_rule_has_a_hit_and_a_near_miss():
    codes = {rule.code for rule in RULES}
    assert {code for code, _, _ in HITS} == codes
    assert codes - {code for code, _, _ in NEAR_MISSES} == {"BSN-02"}  # beside it lie BSN-01 and a good number


def test_types_11_and_12_only_warn(con):
    tables = clean()
    lks(type="12", lks=False, loonwaarde=None)(tables)
    outcome = judge(con, RULES, tables)
    assert outcome.findings(b"k")["severity"].to_pylist() == ["warning"]
    assert outcome.rejected().to_pylist() == []


def test_an_unknown_sex_warns_because_its_list_is_not_complete(con):
    tables = clean()
    tables["client"][0]["geslacht"] = "7"
    assert judge(con, RULES, tables).findings(b"k")["severity"].to_pylist() == ["warning"]


def test_findings_hold_a_pseudonym_and_never_the_number(con):
    tables = clean()
    add("bron.verwijsindex", bsn=OTHER)(tables)
    lks(loonwaarde=0)(tables)
    rows = judge(con, RULES, tables).findings(b"k").to_pylist()
    assert {row["code"] for row in rows} == {"DKD-VWI-03", "LKS-PRC-02"}
    assert all(row["record"].startswith("p:") for row in rows)
    assert BSN not in str(rows) and OTHER not in str(rows)


def test_without_their_source_rules_are_reported_as_not_assessed(con):
    outcome = judge(con, RULES, clean(), sources=["persoon", "voorziening"])
    codes = {rule.code for rule in outcome.not_assessed}
    assert codes == {rule.code for rule in RULES if rule.needs}
    assert "DKD-REC-01" in codes and outcome.hits.num_rows == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.code} {rule.table}")
def test_a_rule_says_what_is_wrong_what_to_do_and_where_it_comes_from(rule):
    assert rule.text.endswith((".", "!")) and rule.action.endswith(".") and rule.source
    assert rule.scope == "delivery" or rule.element.startswith("GSDReintegratieInfoResponse/ClientSuwi")
    assert rule.severity != "blocker" or rule.scope == "delivery"
