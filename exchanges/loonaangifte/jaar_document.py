"""From what was found to the document of the annual statement, with a sentence for everything that does not close."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.findings import findings_table
from exchanges.core.ledger import Delivery, state_label
from exchanges.core.reports import dutch
from exchanges.core.reports.findings import finding_kinds
from exchanges.core.source import Snapshot
from exchanges.core.steps.accounted import commit
from exchanges.core.steps.context import Context
from exchanges.loonaangifte.jaar_bank import BankSide, Payment
from exchanges.loonaangifte.jaar_collectief import Collective, Settled
from exchanges.loonaangifte.jaar_gws import GwsSide
from exchanges.loonaangifte.jaar_lijnen import LINES, Count, Deviation, Line
from exchanges.loonaangifte.jaar_model import SCHEMA


@dataclass(frozen=True)
class Facts:
    """Everything the document is made of."""

    context: Context
    year: int
    lines: list[Line]
    counts: list[Count]
    deviating: tuple[int, int]  # relations, amounts
    deviations: list[Deviation]
    computed: dict[str, int]
    jaaropgaven: Path
    without: int
    clients: int
    collective: Collective
    due: list[Payment]
    bank: BankSide | None
    gws: GwsSide | None
    snapshot: Snapshot
    deliveries: list[Delivery]
    waiting: list[str]


def document(of: Facts) -> dict[str, Any]:
    """The document of :class:`.jaar_model.YearReport`."""
    why = reasons(of)
    context = of.context
    closes = "De aangiften met hun correcties, de jaaropgaven en de betalingen zijn tot op de cent gelijk."
    text = closes if not why else f"Er zijn verschillen op {dutch.count(len(why), 'punt', 'punten')}."
    return {
        "schema": SCHEMA,
        "closes": not why,
        "text": text,
        "reasons": why,
        "statement": {
            "exchange": context.exchange.id,
            "title": context.exchange.title,
            "gemeente": context.delivery.gemeente,
            "gemeente_naam": context.gemeente.naam,
            "year": of.year,
            "partner": context.exchange.partner,
        },
        "lines": [
            {**asdict(line), "title": LINES[line.line], "difference": line.difference, "closes": line.closes}
            for line in of.lines
        ],
        "counts": [asdict(count) for count in of.counts],
        "deviating": of.deviating[0],
        "deviating_amounts": of.deviating[1],
        "deviations": _deviations(of),
        "computed": of.computed,
        "jaaropgaven": {
            "count": pq.read_metadata(of.jaaropgaven).num_rows, "clients": of.clients, "none": of.without,
            "sha256": _digest(of.jaaropgaven),
        },
        "collective": _collective(of.collective, of.due),
        "bank": None if of.bank is None else _bank(of.bank),
        "gws": None if of.gws is None else _gws(of, of.gws),
        "assumptions": _assumptions(of),
        "provenance": _provenance(of),
    }  # fmt: skip


def reasons(of: Facts) -> list[str]:
    """What does not close, a sentence each; empty when all does."""
    out = []
    for name, title in LINES.items():
        wrong = [line for line in of.lines if line.line == name and line.month and not line.closes]
        (whole,) = (line for line in of.lines if line.line == name and not line.month)
        if wrong or not whole.closes:
            where = f"in {listed([line.month for line in wrong])}" if wrong else "over het jaar"
            who = dutch.count(whole.relations, "inkomstenverhouding wijkt", "inkomstenverhoudingen wijken")
            cents = sum(line.difference for line in wrong) or whole.difference
            out.append(f"{title} sluit niet {where}: {who} af, verschil {dutch.amount(cents)} euro.")
    absent = [month.month for month in of.collective.months if month.declared is None]
    if absent:
        out.append(f"Over {listed(absent)} is geen aangifte geaccepteerd.")
    differ = [count.month for count in of.counts if count.differ]
    if differ:
        out.append(f"De inkomstenverhoudingen zelf zijn niet aan alle kanten dezelfde in {listed(differ)}.")
    return out + _of_collective(of.collective) + _of_others(of)


def _of_collective(of: Collective) -> list[str]:
    out = []
    if wrong := [month.month for month in of.months if not month.closes and month.declared is not None]:
        out.append(f"Het totaal generaal of het totaal te betalen is niet de som van zijn delen in {listed(wrong)}.")
    if wrong := sorted({one.month for one in of.corrections if not one.closes}):
        out.append(f"Een saldo is niet het verschil met wat eerder was ontvangen, over {listed(wrong)}.")
    if wrong := sorted({one.month for one in of.rounding if not one.closes}):
        where = listed(wrong)
        out.append(f"Een collectief totaal is niet de afgeronde som van zijn inkomstenverhoudingen in {where}.")
    if of.asked + of.separate != of.due:
        gap = dutch.number(of.asked + of.separate - of.due)
        out.append(f"Alles wat is gevraagd, is niet wat verschuldigd is: verschil {gap} euro.")
    return out


def _of_others(of: Facts) -> list[str]:
    out = []
    if of.bank is not None and not of.bank.closes:
        months = [str(line["tijdvak"]) for line in of.bank.lines if line["verschil_cent"]]
        where = f" in {listed(months)}" if months else ""
        out.append(f"De afschriften van de bank sluiten niet aan op de aangiften{where}.")
    if of.gws is not None and not of.gws.closes:
        if of.gws.refused:
            answers = dutch.count(of.gws.refused, "antwoord", "antwoorden")
            out.append(f"Van GWS {'is' if of.gws.refused == 1 else 'zijn'} {answers} niet te lezen.")
        if of.gws.years and of.gws.years.different:
            out.append(f"GWS heeft {dutch.count(of.gws.years.different, 'andere jaaropgave', 'andere jaaropgaven')}.")
        if of.gws.months and of.gws.months.different:
            months_ = dutch.count(of.gws.months.different, "keer een andere betaling", "keer een andere betaling")
            out.append(f"GWS heeft {months_} in een maand.")
        if of.gws.years is None and of.gws.months is None and not of.gws.refused:
            why = ("de administratie geeft geen componenten van betalingen" if of.gws.without_components
                   else "geen enkel antwoord had gegevens")
            out.append(f"Met GWS is niets vergeleken: {why}.")
    return out


def listed(months: Sequence[str]) -> str:
    """``maart 2026``, ``maart, juni en juli 2026``, ``alle maanden van 2026``; months of one year, in order."""
    names = [dutch.period(month) for month in months]
    if len(names) == 12:
        return f"alle maanden van {months[0][:4]}"
    first = [name.partition(" ")[0] for name in names[:-1]]
    return f"{', '.join(first)} en {names[-1]}" if first else names[-1]


def _deviations(of: Facts) -> list[dict[str, Any]]:
    named = _pseudonyms(of.context, [one.key.rpartition("/")[0] or one.key for one in of.deviations])
    return [
        {"month": one.month, "record": who, "line": one.line, "received": one.received,
         "jaaropgaven": one.jaaropgaven, "payments": one.payments}
        for one, who in zip(of.deviations, named, strict=True)
    ]  # fmt: skip


def _pseudonyms(context: Context, keys: list[str]) -> list[str]:
    named: list[str] = pseudonyms(pa.array(keys, pa.string()), context.settings.pseudonymise_with()).to_pylist()
    return named


def _collective(of: Collective, due: Sequence[Payment]) -> dict[str, Any]:
    pay = {one.month: one for one in due}
    return {
        "asked": of.asked,
        "separate": of.separate,
        "due": of.due,
        "closes": of.closes,
        "months": [_month(month, pay.get(month.month)) for month in of.months],
        "corrected_in": [_corrected_in(by, of) for by in dict.fromkeys(one.by for one in of.corrections)],
        "corrections": [
            {"by": one.by, "month": one.month, "relations": one.relations, "withdrawn": one.withdrawn,
             "saldo": one.saldo, "difference": one.difference, "closes": one.closes}
            for one in of.corrections
        ],
        "rounding": [
            {"month": one.month, "total": one.total, "euros": one.euros, "cents": one.cents,
             "rounding": one.rounding, "closes": one.closes}
            for one in of.rounding
        ],
    }  # fmt: skip


def _corrected_in(by: str, of: Collective) -> dict[str, Any]:
    mine = [one for one in of.corrections if one.by == by]
    return {
        "by": by, "months": len(mine), "relations": sum(one.relations for one in mine),
        "withdrawn": sum(one.withdrawn for one in mine), "saldo": sum(one.saldo for one in mine),
    }  # fmt: skip


def _month(month: Settled, pay: Payment | None) -> dict[str, Any]:
    return {
        "month": month.month, "declared": month.declared, "saldi": month.saldi, "general": month.general,
        "due": month.due, "corrections": month.corrections, "replaced": month.replaced,
        "kenmerk": pay.kenmerk if pay else "", "until": pay.until.isoformat() if pay and pay.until else "",
        "closes": month.closes,
    }  # fmt: skip


def _bank(of: BankSide) -> dict[str, Any]:
    return {
        "files": of.files, "statements": of.statements, "refused": of.refused, "closes": of.closes,
        "lines": bank_lines(of), "findings": finding_kinds(findings_table(of.findings)),
    }  # fmt: skip


def bank_lines(of: BankSide) -> list[dict[str, Any]]:
    return [
        {"month": line["tijdvak"] or "", "kenmerk": line["kenmerk"] or "", "expected": line["verwacht_cent"],
         "paid": line["betaald_cent"], "difference": line["verschil_cent"], "debits": line["afschrijvingen"],
         "last": line["laatste"].isoformat() if line["laatste"] else "",
         "until": line["uiterlijk"].isoformat() if line["uiterlijk"] else "", "outcome": line["uitkomst"]}
        for line in of.lines
    ]  # fmt: skip


def _gws(of: Facts, gws: GwsSide) -> dict[str, Any]:
    named = _pseudonyms(of.context, [one.key for one in gws.differences])
    return {
        "read": gws.read, "empty": gws.empty, "refused": gws.refused, "closes": gws.closes,
        "years": None if gws.years is None else asdict(gws.years),
        "months": None if gws.months is None else asdict(gws.months),
        "without_components": gws.without_components,
        "differences": [
            {"record": who, "month": one.month, "regeling": one.regeling, "amount": one.amount, "ours": one.ours,
             "theirs": one.theirs, "action": one.action}
            for one, who in zip(gws.differences, named, strict=True)
        ],
        "findings": finding_kinds(findings_table(gws.findings)),
    }  # fmt: skip


def _assumptions(of: Facts) -> list[dict[str, str]]:
    place = f"mappings/parameters/{of.context.exchange.id}.csv"
    out = [
        {"what": row.remark, "where": place, "remark": f"Gebruikt: {row.name} = {row.value}. Bron: {row.source}."}
        for row in of.context.parameter_rows.values() if row.certainty == "assumed"
    ]  # fmt: skip
    out.append({
        "what": "Een nieuwe volledige aangifte vervangt de vorige met de correcties die daarin stonden",
        "where": "exchanges/loonaangifte/work.py", "remark": "Zo leest Ketensluis de regels; niet officieel bevestigd.",
    })  # fmt: skip
    if of.gws is not None:
        out.append({
            "what": "Wat in de bedragen van GWS is begrepen", "where": "exchanges/loonaangifte/jaar_gws.py",
            "remark": "Uitbetaald is netto min aflossing, per maand waar de betaling bij hoort; wat ontbreekt, telt "
                      "als nul. De betekenis van de bedragen is niet openbaar.",
        })  # fmt: skip
    return out


def _provenance(of: Facts) -> dict[str, Any]:
    inputs = [table.told for table in of.snapshot.tables.values()]
    deliveries = []
    for one in of.deliveries:
        row = of.context.ledger.step_result(one.id, "build")
        sent = str(row.details.get("sha256", "")) if row else ""
        deliveries.append({"id": one.id, "method": one.method, "sha256": sent, "state": state_label(one.state)})
    code = {"version": version("ketensluis"), "commit": commit()}
    run = hashlib.sha256(repr((of.context.delivery.id, inputs, deliveries, code)).encode()).hexdigest()
    return {"inputs": inputs, "deliveries": deliveries, "waiting": of.waiting, "code": code, "run": run[:16]}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
