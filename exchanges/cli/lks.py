"""``sluis lks``: what is to be done with the signals of loonkostensubsidie, and how they stand."""

from __future__ import annotations

from datetime import datetime, timedelta

import typer

from exchanges.cli.served import must_be_served
from exchanges.cli.show import JSON, emit

app = typer.Typer(no_args_is_help=True, help="Signalen loonkostensubsidie: taken met een datum, en de stand.")
GEMEENTE = typer.Option(..., help="Gemeentecode.")


@app.command(help="Taken die nog niet zijn afgehandeld: wat te laat is, en wat eraan komt.")
def taken(
    gemeente: str = GEMEENTE,
    op: datetime = typer.Option(None, formats=["%Y-%m-%d"], help="Kijk op deze dag; leeg: vandaag."),
    binnen: int = typer.Option(28, min=0, help="Ook wat binnen zoveel dagen moet."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when a task is past its date."""
    from exchanges.core.access.log import SIGNALS
    from exchanges.core.access.look import look
    from exchanges.core.handling.steps import LABELS
    from exchanges.core.purpose.registry import HOME_TIME
    from exchanges.core.reports.dutch import count, day, number
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings
    from exchanges.core.store.opening import open_store
    from exchanges.ib_lks.agenda import EXCHANGE, open_tasks

    look(SIGNALS, exchange=EXCHANGE, gemeente=gemeente)
    settings, today = Settings(), (op or datetime.now(HOME_TIME)).date()
    found = open_tasks(open_ledger(settings), open_store(settings), gemeente, today + timedelta(days=binnen))
    if not found:
        must_be_served(gemeente)
    late = [task for task in found if task.due < today]
    for task in found:
        if as_json:
            emit({"task": task.number, "signal": task.signal, "name": task.name, "week": task.week, "due": task.due,
                  "state": str(task.state), "late": task in late})  # fmt: skip
        else:
            mark = "te laat" if task in late else ""
            line = f"{day(task.due):<20} {task.name:<24} {task.number:<36} {LABELS[task.state]:<14} {mark}"
            typer.echo(line.rstrip())
    if not as_json:
        typer.echo(f"{count(len(found), 'taak', 'taken')} open, {number(len(late))} te laat.")
    raise typer.Exit(1 if late else 0)


@app.command(help="Per maand: hoeveel signalen, hoe laat, en wat er nog terug te vorderen is.")
def stand(gemeente: str = GEMEENTE, as_json: bool = JSON) -> None:
    from exchanges.core.reports.dutch import number
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.run import open_ledger
    from exchanges.core.steps.received import accepted
    from exchanges.ib_lks.agenda import EXCHANGE
    from exchanges.ib_lks.layout import kinds as known_kinds

    ledger, titles = open_ledger(), known_kinds()
    deliveries = accepted(ledger, EXCHANGE, gemeente)
    if not deliveries:
        must_be_served(gemeente)
        if not as_json:
            typer.echo("Er zijn nog geen signalen ontvangen.")
    for delivery in deliveries:
        row = ledger.step_result(delivery.id, "reconcile")
        if row is None:
            continue
        kinds, controls = dict(row.details["new"]), {one["code"]: one for one in row.details["proofs"]}
        if as_json:
            emit({"delivery": delivery.id, "period": str(delivery.period), "new": kinds,
                  "controls": {code: {"left": one["left"], "right": one["right"], "holds": one["holds"],
                                      "remark": one["remark"]} for code, one in controls.items()}})  # fmt: skip
            continue
        told = ", ".join(f"{number(many)} {titles.get(kind, kind)}" for kind, many in sorted(kinds.items()))
        typer.echo(f"{month(delivery.period)}: {told or 'geen nieuwe signalen'}")
        for one in controls.values():
            if one["remark"]:
                typer.echo(f"  {one['code']} {one['text']}: {one['remark']}")
