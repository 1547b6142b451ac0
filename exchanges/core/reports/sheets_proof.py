"""What an auditor goes by: what was compared, what changed, who agreed, what the partner said, on what it rests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from exchanges.core.reports.approval import ApprovalPart
from exchanges.core.reports.conclusion import no_answer
from exchanges.core.reports.model import Report
from exchanges.core.reports.page import opening
from exchanges.core.reports.parts import InputPart, PurposePart
from exchanges.core.reports.sheet import CERTAINTIES, Quantity, Sheet, Value, quantity_or_none


def proof(report: Report) -> Iterator[Sheet]:
    b = report.proof
    if b is None:
        yield Sheet(
            "Bewijs",
            ("Onderdeel", "Waarde"),
            (44, 70),
            (),
            "Er is geen bestand gemaakt, dus er is niets terug te lezen.",
        )
        return
    yield Sheet(
        "Bewijs",
        ("Onderdeel", "Waarde"),
        (44, 70),
        (
            (f"Vergeleken {report.delivery.many}", Quantity(b.records)),
            ("Vergeleken velden", Quantity(b.fields_compared)),
            ("Ontbreekt in het bestand", Quantity(b.missing)),
            ("Te veel in het bestand", Quantity(b.extra)),
            ("Anders dan de selectie", Quantity(b.changed)),
            ("Bestand gelijk aan selectie", b.equal),
            ("sha256 gecontroleerd en teruggelezen", b.sha256_checked or "niet aanwezig"),
            ("sha256 verstuurd", b.sha256_sent or "niet aanwezig"),
            ("sha256 bij de partner aangekomen", b.sha256_remote or "niet aanwezig"),
        ),
    )
    yield Sheet(
        "Bewijs per veld",
        ("Tabel", "Veld", "Verschillen"),
        (30, 40, 14),
        tuple((f.table, f.field, Quantity(f.changed)) for f in b.fields),
    )
    yield Sheet(
        "Bewijs met de bron",
        ("Tabel", "Rijen die anders zijn"),
        (30, 24),
        tuple((t.table, Quantity(t.rows)) for t in b.unlike_source),
    )


def difference(report: Report) -> Iterator[Sheet]:
    before = report.difference.previous
    if before is None:
        why = (
            "er is geen eerdere levering die is geaccepteerd"
            if report.provenance.output
            else "er is geen bestand gemaakt"
        )
        yield Sheet("Verschil met vorige", ("Wat",), (60,), (), f"Niet vergeleken: {why}.")
        return
    yield Sheet(
        "Verschil met vorige",
        ("Wat", "Nieuw", "Vervallen", "Gewijzigd", "Hetzelfde", "Vergeleken met"),
        (36, 14, 14, 14, 14, 44),
        tuple(
            (opening(t.title), Quantity(t.new), Quantity(t.gone), Quantity(t.changed), Quantity(t.same), before)
            for t in report.difference.tables
        ),
        f"Vergeleken met {before}; geen tabellen vergeleken.",
    )
    yield Sheet(
        "Verschil per veld",
        ("Tabel", "Veld", "Gewijzigd"),
        (30, 40, 14),
        tuple((f.table, f.field, Quantity(f.count)) for f in report.difference.fields),
    )


def approval(a: ApprovalPart) -> Iterator[Sheet]:
    yield Sheet(
        "Akkoord",
        ("Onderdeel", "Waarde"),
        (44, 90),
        (
            ("Uitkomst", a.text),
            ("Een getal mag anders zijn", a.limit),
            ("Vergeleken met", a.compared_with or "er is geen vorige levering"),
            ("sha256 van het bestand", a.sha256),
            ("sha256 van de samenvatting", a.summary),
            *((f"Akkoord nodig: {reason.code}", opening(reason.text)) for reason in a.required),
            *((f"Bekeken en in orde: {reason.code}", opening(reason.text)) for reason in a.passed),
        ),
    )
    yield Sheet(
        "Akkoord, wie en wanneer",
        ("Datum", "Tijd", "Wat", "Wie", "Waarom", "Gezien", "sha256 van bestand", "sha256 van samenvatting"),
        (20, 8, 30, 24, 40, 60, 70, 70),
        tuple(
            (
                date.fromisoformat(act.day),
                act.time,
                act.title,
                act.actor,
                act.reason,
                "\n".join(act.shown),
                act.sha256,
                act.summary,
            )
            for act in a.history
        ),
    )


def answer(report: Report) -> Iterator[Sheet]:
    r = report.receipt
    if r is None or not r.answered:
        yield Sheet("Antwoord van de partner", ("Uitkomst",), (80,), (), no_answer(report))
        return
    layout = "aanname" if r.assumed else "openbaar"
    yield Sheet(
        "Antwoord van de partner",
        ("Onderdeel", "Reden", "Aantal"),
        (30, 80, 14),
        (
            ("Uitkomst", opening(r.status), None),
            ("Opbouw van het antwoord", layout, None),
            ("Geaccepteerd", "", Quantity(r.accepted)),
            ("Afgewezen", "", Quantity(r.rejected)),
            *((reason.code, reason.text, Quantity(reason.count)) for reason in r.reasons),
            ("Meldingen per record", "", Quantity(r.work_total)),
            ("Waarvan in de werklijst", "", Quantity(len(r.work))),
        ),
    )
    yield Sheet(
        "Werklijst",
        ("Persoon", "Regel", "Code", "Melding", "Uit"),
        (30, 10, 16, 70, 24),
        tuple((w.record, quantity_or_none(w.line, "aantal"), w.code, w.text, w.source) for w in r.work),
    )


def background(report: Report) -> Iterator[Sheet]:
    p = report.provenance
    yield assumed(((a.what, a.remark, a.where) for a in report.assumptions), "Deze levering berust niet op aannames.")
    made: list[tuple[Value, ...]] = [
        ("Programma", f"Ketensluis {p.code.version}"),
        ("Versie van het programma", p.code.commit),
        ("Uitgevoerd als", p.run),
    ]
    if p.output:
        made += [
            ("Bestand", p.output.name),
            ("sha256 van het bestand", p.output.sha256),
            ("Bytes", Quantity(p.output.bytes)),
            (opening(report.delivery.many), Quantity(p.output.records)),
        ]
    yield Sheet("Herkomst", ("Onderdeel", "Waarde"), (36, 90), (*_purpose(p.purpose), *made))
    yield taken_in(p.inputs)
    yield Sheet(
        "Versies",
        ("Soort", "Bericht", "Versie", "Geldig vanaf", "Geldig tot en met", "Zekerheid", "sha256"),
        (12, 36, 12, 22, 22, 16, 70),
        tuple(
            (kind, v.message, v.version, _day(v.valid_from), _day(v.valid_to), CERTAINTIES[v.certainty], v.sha256)
            for kind, parts in (("Schema", p.schema), ("Mapping", p.mapping))
            for v in parts
        ),
    )


def assumed(parts: Iterable[tuple[str, str, str]], empty: str) -> Sheet:
    """Of each assumption what it is, why, and where it is recorded; numbered as on the page."""
    return Sheet(
        "Aannames",
        ("Nr", "Wat", "Toelichting", "Vastgelegd in"),
        (6, 50, 70, 50),
        tuple(
            (Quantity(nr), opening(what), opening(remark), where)
            for nr, (what, remark, where) in enumerate(parts, start=1)
        ),
        empty,
    )


def taken_in(inputs: Iterable[InputPart]) -> Sheet:
    """The tables as they were read."""
    return Sheet(
        "Ingelezen",
        ("Tabel", "Rijen", "Bron", "Vorm", "sha256 van de bron"),
        (30, 12, 50, 40, 70),
        tuple((i.table, Quantity(i.rows), i.origin, i.dialect or "", i.sha256) for i in inputs),
    )


def _purpose(found: PurposePart | None) -> Iterable[tuple[Value, ...]]:
    if found is None:
        return ()
    return (
        ("Doel", found.goal),
        ("Grondslag", found.legal_basis),
        ("Gegevenssoorten", "; ".join(found.kinds)),
        ("Bewaartermijnen", "; ".join(found.terms)),
        ("Verwerkingsactiviteit", found.activity),
        ("Zekerheid van de verwerkingsactiviteit", CERTAINTIES[found.certainty]),
    )


def _day(iso: str) -> date | None:
    return date.fromisoformat(iso) if iso else None
