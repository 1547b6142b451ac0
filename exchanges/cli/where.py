"""``sluis where``: in which deliveries a person occurs. The BSN comes from standard input, never from the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from exchanges.cli.ask import bsn_from_input
from exchanges.cli.show import JSON, busy, emit

if TYPE_CHECKING:
    from exchanges.core.where.delivery import Traced
    from exchanges.core.where.find import Answer


RESTRICTED = typer.Option(False, "--strafrecht", help="Ook strafrechtelijke gegevens, voor wie die mag inzien.")


def where(
    gemeente: str = typer.Option(..., help="Gemeentecode."),
    reason: str = typer.Option(..., help="Waarom dit wordt gevraagd; het komt in het register."),
    strafrecht: bool = RESTRICTED,
    as_json: bool = JSON,
) -> None:
    """Leave with 0, also when nothing is found; with 1 when something cannot be read."""
    from exchanges.core.access.who import actor
    from exchanges.core.where.find import where as find

    key = bsn_from_input("sluis where --gemeente 0153 --reason '…' < bestand")
    with busy(as_json) as say:
        found = find(gemeente, key, actor=actor(), reason=reason, restricted=strafrecht, on_delivery=say)
    if as_json:
        emit(_plain(found))
    else:
        _tell(found, strafrecht)
    raise typer.Exit(1 if any(one.unreadable for one in found.traced) else 0)


def _plain(found: Answer) -> dict[str, Any]:
    return {
        "person": found.person, "gemeente": found.gemeente, "searched": found.deliveries, "tables": found.tables,
        "deliveries": [_delivery(one) for one in found.traced],
        "signals": [
            {"exchange": one.exchange, "number": one.number, "kind": one.kind, "period": one.period, "state": one.state}
            for one in found.signals
        ],
    }  # fmt: skip


def _delivery(one: Traced) -> dict[str, Any]:
    said = one.delivery
    return {
        "delivery": said.id, "exchange": said.exchange, "period": str(said.period), "sequence": said.sequence,
        "method": said.method, "state": str(said.state), "stand": one.stand, "found": one.found, "outcome": one.outcome,
        "since": [{"what": x.what, "by": x.by, "moment": x.moment, "text": x.text} for x in one.since],
        "places": [{"stage": p.stage, "step": p.step, "table": p.table, "rows": p.rows} for p in one.places],
        "excluded": [{"code": x.code, "table": x.table, "rows": x.rows, "text": x.text} for x in one.left_out],
        "findings": [{"step": f.step, "code": f.code, "severity": f.severity, "text": f.text} for f in one.findings],
        "destroyed": [{"step": g.step, "table": g.role, "rule": g.rule, "day": g.day.date()} for g in one.gone],
        "unreadable": one.unreadable,
    }  # fmt: skip


def _tell(found: Answer, restricted: bool) -> None:
    from exchanges.core.handling.steps import LABELS, State
    from exchanges.core.ledger import step_label
    from exchanges.core.reports.dutch import count, day, number
    from exchanges.core.reports.dutch import period as month

    typer.echo(
        f"Persoon {found.person}, gemeente {found.gemeente}: in {number(len(found.found))} van"
        f" {count(found.deliveries, 'levering', 'leveringen')}"
    )
    for one in found.traced:
        typer.echo(f"\n{one.delivery.id}  {one.delivery.method}  {one.stand}")
        stages = dict.fromkeys(place.stage for place in one.places)
        for stage in stages:
            tables = ", ".join(f"{place.table} {number(place.rows)}" for place in one.places if place.stage == stage)
            typer.echo(f"  {stage}: {tables}")
        for left in one.left_out:
            typer.echo(f"  buiten selectie, {left.code} ({left.table}, {number(left.rows)}): {left.text}")
        for said in one.findings:
            typer.echo(f"  bevinding {said.code} bij {step_label(said.step).lower()}: {said.text}")
        if one.outcome:
            typer.echo(f"  uitkomst: {', '.join(one.outcome)}")
        for later in one.since:
            typer.echo(f"  daarna: {later.text}")
        for rule, many, last in _destroyed(one):
            typer.echo(f"  vernietigd, {rule}: {count(many, 'tabel', 'tabellen')}, {day(last)}; daarin is niet gezocht")
        for text in one.unreadable:
            typer.echo(f"  niet te lezen: {text}")
    for signal in found.signals:
        state = LABELS[State(signal.state)] if signal.state in set(State) else signal.state
        typer.echo(f"\nsignaal {signal.number}  {signal.exchange}  {signal.kind}  {month(signal.period)}  {state}")
    if not restricted:
        typer.echo("\nStrafrechtelijke gegevens zijn niet meegenomen; --strafrecht is voor wie die mag inzien.")


def _destroyed(one: Traced) -> list[tuple[str, int, Any]]:
    """Per rule how many tables of the delivery went, and when the last did."""
    rules = dict.fromkeys(gone.rule for gone in one.gone)
    return [(rule, len(days), max(days)) for rule in rules
            for days in [[gone.day.date() for gone in one.gone if gone.rule == rule]]]  # fmt: skip
