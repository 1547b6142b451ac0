"""What the simulated Belastingdienst makes of a declaration, phase by phase, and what it remembers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.data import data_dir
from exchanges.simulators.belastingdienst import Office
from exchanges.simulators.belastingdienst_check import _exists, _four_weeks
from exchanges.simulators.belastingdienst_status import status_name
from exchanges.simulators.faults import PhaseFaults
from tests.unit.simulators.declarations import LH_NR, PEOPLE, Correction, Declaration, Ikv, hand_over, totals

FOUR = [Ikv(person, wage=177_728 + person) for person in range(4)]
JANUARY, FEBRUARY = Declaration("ID-1", "2026-01", FOUR), Declaration("ID-2", "2026-02", FOUR)
HIGHER = [replace(FOUR[0], wage=200_000, tax=50_000, zvw=12_200), *FOUR[1:]]


class Desk:
    """An office with a folder, and what it said."""

    def __init__(self, root: Path) -> None:
        self.root, self.lines, self.sent = root, [], 0
        self.office = Office(root)

    def again(self, today: Callable[[], date] | None = None, **faults: int | bool) -> None:
        """Another office on the same root, as after a restart."""
        self.office.close()
        self.office = Office(self.root, faults=PhaseFaults(**faults), status=self.lines.append, today=today,
                             wait=lambda _: None)

    def hand(self, declaration: Declaration | bytes, name: str = "") -> str:
        self.sent += 1
        name = name or f"loonaangifte-{self.sent}.xml"
        data = declaration if isinstance(declaration, bytes) else declaration.xml()
        hand_over(self.office.inbox, data, name)
        self.office.answer_all()
        return name

    def said(self, name: str, phase: int = 2) -> dict[str, str]:
        path = self.office.outbox / status_name(name, phase)
        if not path.exists():
            return {}
        root = etree.parse(path).getroot()
        schema = data_dir("schemas") / "DigipoortStatus" / "v0001" / "status.xsd"
        etree.XMLSchema(etree.parse(schema)).assertValid(root)
        return {child.tag: child.text or "" for child in root.find("Kop")}

    def remarks(self, name: str, phase: int = 2) -> list[tuple[str, int, str]]:
        root = etree.parse(self.office.outbox / status_name(name, phase)).getroot()
        return [(one.findtext("Burgerservicenr"), int(one.findtext("NumIV")), one.findtext("Code"))
                for one in root.iter("Melding")]

    def verdict(self, declaration: Declaration | bytes, name: str = "") -> tuple[str, str]:
        """Status and reason of the last phase there is."""
        name = self.hand(declaration, name)
        found = next(said for phase in (2, 1, 0) if (said := self.said(name, phase)))
        return found["Status"], found.get("Reden", "")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path / "bd")
    one.again()
    yield one
    one.office.close()
    told = "\n".join(one.lines) + "\n".join(path.name for path in one.root.rglob("*"))
    assert not re.search(r"(?<![0-9a-f])[0-9]{9}(?![0-9a-f])", told)


def test_every_phase_says_yes_in_turn_about_this_file(desk: Desk) -> None:
    name = desk.hand(JANUARY)
    said = [desk.said(name, phase) for phase in range(3)]
    assert [one["Status"] for one in said] == ["akkoord"] * 3 and [one["Fase"] for one in said] == list("012")
    assert len({one["Aanleverkenmerk"] for one in said}) == len({one["Sha256"] for one in said}) == 1
    assert [one.get("IdBer") for one in said] == [None, "ID-1", "ID-1"]
    assert desk.said(name, 3) == {}


def test_a_nil_declaration_and_another_year_are_fine(desk: Desk) -> None:
    assert desk.verdict(Declaration("ID-0", "2026-01"))[0] == "akkoord"
    assert desk.verdict(Declaration("ID-22", "2022-03", FOUR))[0] == "akkoord"


def test_a_year_without_a_schema_is_refused_at_validation(desk: Desk) -> None:
    status, reason = desk.verdict(JANUARY.xml().replace(b"Loonaangifte/2026/01", b"Loonaangifte/2031/01"))
    assert status == "afgekeurd" and "belastingjaar" in reason


@pytest.mark.parametrize("data", [
    b"geen xml", JANUARY.xml()[:-40], b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    JANUARY.xml().replace(b"<SrtIV>43<", b"<SrtIV>44<"), JANUARY.xml().replace(b"<LnSV>0.00</LnSV>", b"", 1),
])
def test_what_does_not_fit_the_schema_is_class_x(desk: Desk, data: bytes) -> None:
    name = desk.hand(data)
    assert desk.said(name, 0)["Status"] == "akkoord"
    assert (desk.said(name, 1)["Status"], desk.said(name, 1)["Foutklasse"]) == ("afgekeurd", "X")
    assert desk.said(name, 2) == {}


def test_a_wrong_checksum_is_a_transport_error_and_nothing_is_kept(desk: Desk) -> None:
    path = hand_over(desk.office.inbox, JANUARY.xml(), "a.xml")
    path.with_name("a.xml.sha256").write_text("0" * 64 + "  a.xml\n")
    desk.office.answer_all()
    assert (desk.said("a.xml", 0)["Foutklasse"], desk.said("a.xml", 1)) == ("T", {})
    assert list(desk.office.inbox.iterdir()) == []
    assert desk.verdict(JANUARY, "a.xml")[0] == "akkoord"  # the same bytes and message id, once more


def wrong(**changes: object) -> Declaration:
    return JANUARY.but(**changes)


REFUSED = {
    "period pair": (wrong(tijdvak=("2026-01-01", "2026-02-28")), "0015"),
    "loonheffingennummer": (wrong(lh_nr="001000276L01"), "0014"),
    "double key": (wrong(ikvs=[*FOUR, FOUR[0]], state=FOUR), "0036"),
    "total a euro too low": (wrong(alter={"TotLnLbPh": totals(FOUR)["TotLnLbPh"] - 1}), "0001: TotLnLbPh"),
    "total two euros too high": (wrong(alter={"TotLnLbPh": totals(FOUR)["TotLnLbPh"] + 2}), "0001: TotLnLbPh"),
    "total of what is not there": (wrong(alter={"TotLnSV": 5}), "0001: TotLnSV"),
    "to pay": (wrong(alter={"TotTeBet": 1}), "2315"),
    "in all": (wrong(alter={"TotGen": 1}), "0011"),
    "nothing to add to": (wrong(kind="AanvullendeAangifte"), "03"),
    "correction of nothing": (FEBRUARY.but(corrections=[Correction("2026-01", FOUR, 0)]), "04"),
    "nobody": (wrong(ikvs=[Ikv(0, without=("SofiNr", "PersNr"))]), "2287"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_hold_together_is_refused_as_a_whole(desk: Desk, case: str) -> None:
    declaration, code = REFUSED[case]
    name = desk.hand(declaration)
    said = desk.said(name)
    assert (said["Status"], said["Foutklasse"]) == ("afgekeurd", "C") and f"BD-C-{code}" in said["Reden"]
    assert len(said["Reden"].split("; ")) == 1, "nothing else is wrong with it"
    # Nothing of it was kept: it can be mended under a new message id.
    assert desk.verdict(JANUARY.but(id_ber="ID-9"))[0] == "akkoord"


def test_rounding_up_is_below_a_euro(desk: Desk) -> None:
    assert desk.verdict(wrong(alter={"TotLnLbPh": totals(FOUR)["TotLnLbPh"] + 1}))[0] == "akkoord"


def test_a_message_id_is_used_once_also_by_what_was_refused(desk: Desk) -> None:
    assert desk.verdict(wrong(alter={"TotGen": 1}))[0] == "afgekeurd"
    assert "BD-C-01" in desk.verdict(JANUARY)[1]
    assert desk.verdict(JANUARY.but(id_ber="ID-9"))[0] == "akkoord"


@pytest.mark.parametrize(("ikv", "code"), [
    (Ikv(0, bsn="999900001"), "0045"), (Ikv(0, without=("SignNm",)), "0046"), (Ikv(0, without=("Gebdat",)), "0047"),
    (Ikv(0, without=("Adres",)), "0050"), (Ikv(0, end="2026-02-01"), "0040"),
])
def test_what_is_wrong_in_a_person_alone_is_accepted_with_remarks(desk: Desk, ikv: Ikv, code: str) -> None:
    name = desk.hand(JANUARY.but(ikvs=[*FOUR[1:], ikv]))
    assert (desk.said(name)["Status"], desk.said(name)["Foutklasse"]) == ("akkoord_met_meldingen", "W")
    assert desk.remarks(name) == [(*ikv.key, f"BD-W-{code}")]


# --- corrections


def corrected(state: list[Ikv], saldo: int, **more: object) -> Declaration:
    return FEBRUARY.but(corrections=[Correction("2026-01", state, saldo, **more)])  # type: ignore[arg-type]


DELTA = totals(HIGHER)["TotTeBet"] - totals(FOUR)["TotTeBet"]


def test_a_correction_is_measured_against_what_was_received(desk: Desk) -> None:
    """Control total CT-4: a correction that came with an earlier declaration counts as the last."""
    assert desk.verdict(JANUARY)[0] == "akkoord"
    assert "BD-C-06" in desk.verdict(corrected(HIGHER, DELTA + 1, sent=HIGHER[:1]).but(id_ber="A"))[1]
    assert desk.verdict(corrected(HIGHER, DELTA, sent=HIGHER[:1]))[0] == "akkoord"
    march = Declaration("ID-3", "2026-03", FOUR, [Correction("2026-01", FOUR, -DELTA, sent=FOUR[:1])])
    assert "BD-C-06" in desk.verdict(march.but(id_ber="B", corrections=[Correction("2026-01", FOUR, 0)]))[1]
    assert desk.verdict(march)[0] == "akkoord"


def test_the_totals_of_a_correction_are_those_of_the_whole_tijdvak(desk: Desk) -> None:
    desk.hand(JANUARY)
    # The one that was left out still counts.
    assert "BD-C-0001" in desk.verdict(corrected(HIGHER[:1], totals(HIGHER[:1])["TotTeBet"]
                                                 - totals(FOUR)["TotTeBet"]))[1]
    more = [*FOUR, Ikv(7)]
    saldo = totals(more)["TotTeBet"] - totals(FOUR)["TotTeBet"]
    assert desk.verdict(corrected(more, saldo, sent=more[4:]).but(id_ber="ID-3"))[0] == "akkoord"


def test_a_withdrawal_takes_off_what_was_received_and_nothing_else(desk: Desk) -> None:
    desk.hand(JANUARY)
    left, saldo = FOUR[1:], totals(FOUR[1:])["TotTeBet"] - totals(FOUR)["TotTeBet"]
    gone = [FOUR[0].key]
    assert "BD-C-05" in desk.verdict(corrected(FOUR, 0, sent=(), withdrawn=[(PEOPLE[9], 1)]).but(id_ber="A"))[1]
    assert desk.verdict(corrected(left, saldo, sent=(), withdrawn=gone))[0] == "akkoord"
    march = Declaration("ID-3", "2026-03", FOUR, [Correction("2026-01", left, 0, (), gone)])
    assert "BD-C-05" in desk.verdict(march)[1], "it is not there any more"


@pytest.mark.parametrize(("corrections", "code"), [
    ([Correction("2026-01", FOUR, 0), Correction("2026-01", FOUR, 0)], "0018"),
    ([Correction("2026-02", FOUR, 0)], "0019"),
])
def test_every_tijdvak_once_and_before_the_declared_one(desk: Desk, corrections: list[Correction], code: str) -> None:
    desk.hand(JANUARY)
    assert f"BD-C-{code}" in desk.verdict(FEBRUARY.but(corrections=corrections))[1]


def test_saldi_belong_to_corrections(desk: Desk) -> None:
    desk.hand(JANUARY)
    assert "BD-C-0020" in desk.verdict(FEBRUARY.but(saldi=[Correction("2026-01", (), 5)]))[1]
    assert "BD-C-0020" in desk.verdict(corrected(FOUR, 0).but(id_ber="A", saldi=()))[1]


def test_a_losse_correctie_has_corrections_only(desk: Desk) -> None:
    desk.hand(Declaration("ID-22", "2022-11", FOUR))
    loose = Declaration("ID-23", "2022-12", corrections=[Correction("2022-11", HIGHER, 0, HIGHER[:1])], kind="")
    assert desk.verdict(loose)[0] == "akkoord"
    again = Declaration("ID-24", "2022-12", corrections=[Correction("2022-10", HIGHER, 0)], kind="")
    assert "BD-C-04" in desk.verdict(again)[1]


def test_a_supplement_changes_what_was_declared(desk: Desk) -> None:
    desk.hand(JANUARY)
    supplement = Declaration("ID-3", "2026-01", HIGHER[:1], kind="AanvullendeAangifte", state=HIGHER)
    assert desk.verdict(supplement)[0] == "akkoord"
    assert desk.verdict(corrected(FOUR, -DELTA, sent=FOUR[:1]))[0] == "akkoord"


def test_a_new_full_declaration_takes_the_place_of_the_former(desk: Desk) -> None:
    desk.hand(JANUARY)
    assert desk.verdict(JANUARY.but(id_ber="ID-1B", ikvs=HIGHER[:2]))[0] == "akkoord"
    saldo = totals(FOUR)["TotTeBet"] - totals(HIGHER[:2])["TotTeBet"]
    assert desk.verdict(corrected(FOUR, saldo))[0] == "akkoord"


def test_with_the_former_declaration_its_corrections_go_too(desk: Desk) -> None:
    desk.hand(JANUARY)
    assert desk.verdict(corrected(HIGHER, DELTA))[0] == "akkoord"
    assert desk.verdict(corrected(HIGHER, DELTA).but(id_ber="ID-2B"))[0] == "akkoord"
    third = Declaration("ID-3", "2026-03", FOUR, [Correction("2026-01", FOUR, -DELTA)])
    assert desk.verdict(third)[0] == "akkoord"


def test_after_the_term_a_declaration_is_not_replaced(desk: Desk) -> None:
    desk.again(today=lambda: date(2026, 3, 1))
    assert desk.verdict(JANUARY)[0] == "akkoord", "late, and still the first"
    assert "BD-C-02" in desk.verdict(JANUARY.but(id_ber="B"))[1]
    desk.again(today=lambda: date(2026, 2, 28))
    assert desk.verdict(JANUARY.but(id_ber="C"))[0] == "akkoord"


def test_loonheffingennummers_have_nothing_to_do_with_each_other(desk: Desk) -> None:
    desk.hand(JANUARY)
    other = corrected(FOUR, 0).but(lh_nr=LH_NR.replace("L01", "L02"))
    assert "BD-C-04" in desk.verdict(other)[1]


def test_all_is_remembered_across_a_restart_and_no_bsn_is(desk: Desk) -> None:
    name = desk.hand(JANUARY)
    before = (desk.office.outbox / status_name(name, 2)).read_bytes()
    desk.again()
    desk.office.answer_all()
    assert (desk.office.outbox / status_name(name, 2)).read_bytes() == before
    assert any("al eerder ontvangen" in line for line in desk.lines)
    assert "BD-C-01" in desk.verdict(JANUARY.but(month="2026-02"))[1]
    assert desk.verdict(corrected(HIGHER, DELTA, sent=HIGHER[:1]))[0] == "akkoord"
    kept = (desk.root / ".belastingdienst" / "register.sqlite").read_bytes()
    assert not any(bsn.encode() in kept for bsn in PEOPLE)


# --- switches


def test_refusals_on_request(desk: Desk) -> None:
    desk.again(refuse_schema=True)
    assert desk.verdict(JANUARY) == ("afgekeurd", "BD-X-99: geweigerd bij de validatie")
    desk.again(refuse_consistency=True)
    assert "BD-C-99" in desk.verdict(JANUARY.but(id_ber="B"))[1]


def test_remarks_and_a_later_comparison_on_request(desk: Desk) -> None:
    desk.again(report_count=2, compare_count=1)
    name = desk.hand(JANUARY)
    assert desk.remarks(name) == [(*ikv.key, "BD-W-9001") for ikv in FOUR[:2]]
    assert desk.said(name, 3)["Status"] == "akkoord_met_meldingen" and len(desk.remarks(name, 3)) == 1


def test_transport_errors_on_request_then_the_same_file(desk: Desk) -> None:
    desk.again(transport_errors=2)
    first = [(desk.verdict(JANUARY, "a.xml"), desk.said("a.xml", 0)["Aanleverkenmerk"]) for _ in range(3)]
    assert [verdict[0] for verdict, _ in first] == ["afgekeurd", "afgekeurd", "akkoord"]
    assert len({reference for _, reference in first}) == 3


def test_a_late_answer_says_so_first(desk: Desk) -> None:
    name = "laat.xml"
    seen: list[str] = []
    desk.again(late_seconds=60)
    desk.office._wait = lambda _: seen.append(desk.said(name)["Status"])
    assert desk.verdict(JANUARY, name)[0] == "akkoord" and seen == ["in_behandeling"]


def test_an_answer_twice_is_one_answer(desk: Desk) -> None:
    desk.again(answer_twice=True)
    assert desk.verdict(JANUARY)[0] == "akkoord"
    assert len(list(desk.office.outbox.glob("*.xml"))) == 3


def test_the_answer_of_another_message_then_the_right_one(desk: Desk) -> None:
    desk.again(wrong_answer=True)
    name = desk.hand(JANUARY)
    assert desk.said(name)["IdBer"] == "ander-bericht"
    desk.again()
    desk.office.answer_all()
    assert (desk.said(name)["IdBer"], desk.said(name)["Status"]) == ("ID-1", "akkoord")


# --- tijdvakken


def test_the_tijdvakken_there_are() -> None:
    for begin, end in [("2026-02-01", "2026-02-28"), ("2024-02-01", "2024-02-29"), ("2026-01-01", "2026-12-31"),
                       ("2026-07-01", "2026-12-31"), ("2026-01-01", "2026-01-25")]:
        assert _exists((date.fromisoformat(begin), date.fromisoformat(end)))
    for begin, end in [("2026-02-01", "2026-03-31"), ("2026-02-02", "2026-02-28"), ("2025-12-01", "2026-01-31"),
                       ("2026-04-01", "2026-09-30"), ("2026-01-01", "2026-01-28")]:
        assert not _exists((date.fromisoformat(begin), date.fromisoformat(end)))


@pytest.mark.parametrize("year", [2022, 2026])
def test_the_four_weeks_are_those_of_the_schema(year: int) -> None:
    """The schema lists the first and last days of all tijdvakken, without their pairs."""
    path = next((data_dir("schemas") / "Loonaangifte").glob(f"{year}*/*.xsd"))
    q = "{http://www.w3.org/2001/XMLSchema}"
    for place, name in enumerate(("DatAanvTv", "DatEindTv")):
        days = {one.get("value") for one in etree.parse(path).find(f".//{q}simpleType[@name='{name}']")
                .iter(f"{q}enumeration")}
        assert {str(pair[place]) for pair in _four_weeks(year)} <= days
