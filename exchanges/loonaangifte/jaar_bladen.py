"""The annual statement as sheets of a workbook: a sheet for each table of the page, with numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from exchanges.core.reports import dutch
from exchanges.core.reports.page import opening
from exchanges.core.reports.parts import FindingKind
from exchanges.core.reports.severity import severity
from exchanges.core.reports.sheet import Quantity, Sheet, Value, quantity_or_none
from exchanges.core.reports.sheets_proof import assumed, taken_in
from exchanges.loonaangifte.jaar_delen import BankPart, CollectivePart, GwsPart, LinePart
from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import AMOUNTS, OUTCOMES, SHORT, headline

_SIDES = ("Belastingdienst", "Jaaropgaven", "Betalingen")
_SIDE = (20, 20, 20)
_KINDS = ("Code", "Ernst", "Keer", "Wat", "Wat te doen")
_KIND = (22, 16, 10, 70, 60)


def sheets(report: YearReport, digest: str) -> list[Sheet]:
    """All sheets that the statement has something for, in the order of the page. ``digest`` is its hash."""
    made = [*_year(report), *_collective(report.collective), *_bank(report.bank), *_gws(report.gws, report)]
    return [_first(report, digest), *(one for one in (*made, *_background(report)) if one.rows or one.empty)]


def _first(report: YearReport, digest: str) -> Sheet:
    d, c, o, k = report.statement, report.collective, report.jaaropgaven, report.computed
    rows: tuple[tuple[Value, ...], ...] = (
        ("Conclusie", headline(report)),
        ("Uitleg", report.text),
        *(("Wat niet sluit", reason) for reason in report.reasons),
        ("Bank", "niet geleverd" if report.bank is None else "sluit" if report.bank.closes else "sluit niet"),
        ("GWS", "niet geleverd" if report.gws is None else report.gws.label),
        ("Jaaropgaven", Quantity(o.count)),
        ("Klanten met een jaaropgave", Quantity(o.clients)),
        ("Klanten en regelingen zonder betaling", Quantity(o.none)),
        ("Gevraagd in de aangiften", Quantity(c.asked, "euro")),
        ("Gevraagd na losse correcties", Quantity(c.separate, "euro")),
        ("Verschuldigd over de maanden", Quantity(c.due, "euro")),
        ("Keer een maand gecorrigeerd", Quantity(len(c.corrections))),
        ("Inkomstenverhoudingen die afwijken", Quantity(report.deviating)),
        ("Bedragen die afwijken", Quantity(report.deviating_amounts)),
        ("Gebruteerde inkomstenverhoudingen", Quantity(k.gebruteerd)),
        ("Loonheffing daarvan", Quantity(k.gebruteerd_heffing, "cent")),
        ("Over december herrekend", Quantity(k.herrekend)),
        ("Daardoor erbij", Quantity(k.herrekend_bij, "cent")),
        ("Daardoor eraf", Quantity(k.herrekend_af, "cent")),
        ("Jaar", str(d.year)),
        ("Gemeente", f"{d.gemeente_naam} ({d.gemeente})"),
        ("Uitwisseling", d.title),
        ("Ontvanger", opening(d.partner)),
        ("Programma", f"Ketensluis {report.provenance.code.version}"),
        ("Versie van het programma", report.provenance.code.commit),
        ("Uitgevoerd als", report.provenance.run),
        ("sha256 van de jaaropgaven", o.sha256),
        ("sha256 van dit verslag", digest),
    )
    return Sheet("Verslag", ("Onderdeel", "Waarde"), (44, 90), rows)


def _year(report: YearReport) -> Iterator[Sheet]:
    yield Sheet(
        "Het jaar",
        ("Lijn", *_SIDES, "Waarvan berekend", "Verschil", "Sluit"),
        (44, *_SIDE, 20, 16, 10),
        tuple((opening(one.title), *_sides(one), one.closes) for one in report.year_lines),
    )
    yield Sheet(
        "Per maand",
        ("Lijn", "Maand", *_SIDES, "Waarvan berekend", "Verschil", "Wijken af", "Sluit"),
        (44, 20, *_SIDE, 20, 16, 14, 10),
        tuple(
            (opening(one.title), dutch.period(one.month), *_sides(one), Quantity(one.relations), one.closes)
            for whole in report.year_lines
            for one in report.lines
            if one.line == whole.line and one.month
        ),
    )
    yield Sheet(
        "Inkomstenverhoudingen",
        ("Maand", "Belastingdienst", "Jaaropgaven", "Met betaling", "Niet dezelfde"),
        (20, 18, 18, 18, 18),
        tuple(
            (dutch.period(one.month), *map(Quantity, (one.received, one.jaaropgaven, one.payments, one.differ)))
            for one in report.counts
        ),
    )
    yield Sheet(
        "Wie afwijkt",
        ("Persoon", "Maand", "Lijn", *_SIDES),
        (30, 20, 30, *_SIDE),
        tuple(
            (
                one.record,
                dutch.period(one.month),
                SHORT[one.line],
                *(quantity_or_none(side, "cent") for side in (one.received, one.jaaropgaven, one.payments)),
            )
            for one in report.deviations
        ),
        "" if report.deviating else "Elke inkomstenverhouding is in elke maand aan alle kanten gelijk, tot op de cent.",
    )


def _sides(line: LinePart) -> Iterable[Value]:
    cents = (line.received, line.jaaropgaven, line.payments, line.computed, line.difference)
    return [Quantity(value, "cent") for value in cents]


def _collective(c: CollectivePart) -> Iterator[Sheet]:
    months: list[tuple[Value, ...]] = [
        (
            dutch.period(one.month),
            quantity_or_none(one.declared, "euro"),
            None if one.declared is None else Quantity(one.saldi, "euro"),
            quantity_or_none(one.general, "euro"),
            one.kenmerk,
            _day(one.until),
            Quantity(one.corrections),
            Quantity(one.replaced),
            quantity_or_none(one.due, "euro"),
            one.closes,
        )
        for one in c.months
    ]
    if c.separate:
        separate = Quantity(c.separate, "euro")
        months.append(("Losse correcties", None, separate, separate, "", None, None, None, None, None))
    whole = Quantity(c.asked + c.separate, "euro"), Quantity(c.due, "euro")
    months.append(("Het jaar", None, None, whole[0], "", None, None, None, whole[1], c.asked + c.separate == c.due))
    yield Sheet(
        "Afdracht per maand",
        (
            "Maand",
            "Totaal te betalen",
            "Saldo's",
            "Totaal generaal",
            "Betalingskenmerk",
            "Uiterste dag",
            "Keer gecorrigeerd",
            "Keer vervangen",
            "Nu verschuldigd",
            "Klopt",
        ),
        (20, 18, 14, 18, 20, 22, 18, 16, 18, 10),
        tuple(months),
    )
    yield Sheet(
        "Correcties per aangifte",
        ("In de aangifte van", "Maanden", "Opnieuw gemeld", "Ingetrokken", "Saldo"),
        (24, 12, 16, 16, 16),
        tuple(
            (_by(one.by), *map(Quantity, (one.months, one.relations, one.withdrawn)), Quantity(one.saldo, "euro"))
            for one in c.corrected_in
        ),
        "Er is niets gecorrigeerd.",
    )
    yield Sheet(
        "Correcties per maand",
        ("Over", "In de aangifte van", "Opnieuw gemeld", "Ingetrokken", "Saldo", "Hoort te zijn", "Klopt"),
        (20, 24, 16, 16, 16, 16, 10),
        tuple(
            (
                dutch.period(one.month),
                _by(one.by),
                Quantity(one.relations),
                Quantity(one.withdrawn),
                Quantity(one.saldo, "euro"),
                Quantity(one.difference, "euro"),
                one.closes,
            )
            for one in c.corrections
        ),
    )
    yield Sheet(
        "Afronding",
        ("Maand", "Totaal", "Hele euro's", "In centen opgeteld", "Weggelaten", "Klopt"),
        (20, 30, 16, 20, 14, 10),
        tuple(
            (
                dutch.period(one.month),
                one.total,
                Quantity(one.euros, "euro"),
                Quantity(one.cents, "cent"),
                Quantity(one.rounding, "cent"),
                one.closes,
            )
            for one in c.rounding
        ),
        "Er is niets ontvangen, dus er is niets afgerond.",
    )


def _bank(bank: BankPart | None) -> Iterator[Sheet]:
    if bank is None:
        why = "Er zijn geen rekeningafschriften geleverd. Of elke aangifte is betaald, is niet nagezien."
        yield Sheet("Bank", ("Uitkomst",), (80,), (), why)
        return
    yield Sheet(
        "Bank",
        ("Maand", "Betalingskenmerk", "Gevraagd", "Betaald", "Verschil", "Boekingen", "Laatste betaling", "Uitkomst"),
        (20, 20, 18, 18, 16, 12, 22, 30),
        tuple(
            (
                dutch.period(one.month) if one.month else "geen aangifte",
                one.kenmerk or "geen",
                quantity_or_none(one.expected, "cent"),
                Quantity(one.paid, "cent"),
                quantity_or_none(one.difference, "cent"),
                Quantity(one.debits),
                _day(one.last),
                f"{OUTCOMES[one.outcome]}, uiterlijk {dutch.day(one.until)}" if one.outcome == "nog_te_betalen"
                else OUTCOMES[one.outcome],
            )
            for one in bank.lines
        ),
    )
    yield _read("Bank, gelezen", (("Bestanden", bank.files), ("Afschriften", bank.statements),
                                  ("Geweigerde bestanden", bank.refused)))  # fmt: skip
    yield _kinds("Bank, opgevallen", bank.findings)


def _gws(gws: GwsPart | None, report: YearReport) -> Iterator[Sheet]:
    if gws is None:
        why = "Er zijn geen antwoorden van GWS geleverd. De jaaropgaven zijn niet met een andere bron vergeleken."
        yield Sheet("GWS", ("Uitkomst",), (80,), (), why)
        return
    compared = (
        ("Jaaropgaven per klant en regeling, in hele euro's", gws.years),
        ("Betalingen per klant en maand, tot op de cent", gws.months),
    )
    yield Sheet(
        "GWS",
        ("Wat", "Bij ons", "In GWS", "Gelijk", "Verschilt", "Klopt"),
        (54, 14, 14, 14, 14, 10),
        tuple(
            (name, None, None, None, None, "niet geleverd")
            if one is None
            else (name, *map(Quantity, (one.ours, one.theirs, one.equal, one.different)), not one.different)
            for name, one in compared
        ),
    )
    yield _read("GWS, gelezen", (("Antwoorden", gws.read), ("Leeg", gws.empty), ("Geweigerd", gws.refused)))
    yield Sheet(
        "Verschillen met GWS",
        ("Persoon", "Over", "Regeling", "Bedrag", "Eenheid", "Bij ons", "In GWS", "Wat te doen"),
        (30, 20, 24, 40, 12, 16, 16, 60),
        tuple(
            (
                one.record,
                dutch.period(one.month) if one.month else str(report.statement.year),
                one.regeling,
                opening(AMOUNTS[one.amount]),
                "euro" if one.month else "hele euro's",
                *(quantity_or_none(side, "cent" if one.month else "euro") for side in (one.ours, one.theirs)),
                one.action,
            )
            for one in gws.differences
        ),
    )
    yield _kinds("GWS, opgevallen", gws.findings)


def _read(title: str, rows: Iterable[tuple[str, int]]) -> Sheet:
    return Sheet(title, ("Gelezen", "Aantal"), (30, 14), tuple((name, Quantity(count)) for name, count in rows))


def _kinds(title: str, findings: Iterable[FindingKind]) -> Sheet:
    rows = tuple((one.code, severity(one).title, Quantity(one.count), one.text, one.action) for one in findings)
    return Sheet(title, _KINDS, _KIND, rows)


def _background(report: YearReport) -> Iterator[Sheet]:
    p = report.provenance
    yield assumed(((a.what, a.remark, a.where) for a in report.assumptions), "Dit verslag berust niet op aannames.")
    yield taken_in(p.inputs)
    yield Sheet(
        "Leveringen",
        ("Levering", "Soort", "Stand", "sha256 van het bericht"),
        (44, 20, 24, 70),
        (
            *((one.id, opening(one.method.replace("_", " ")), opening(one.state), one.sha256) for one in p.deliveries),
            *((id, "", "Verstuurd en nog niet beantwoord; telt niet mee", "") for id in p.waiting),
        ),
        "Er is over dit jaar niets geaccepteerd.",
    )


def _by(by: str) -> str:
    return "losse correctie" if by == "los" else dutch.period(by)


def _day(iso: str) -> date | None:
    return date.fromisoformat(iso) if iso else None
