"""``sluis signals``: what became of the signals of a municipality, and who works on one."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from exchanges.cli.show import JSON, emit

app = typer.Typer(no_args_is_help=True, help="Samenloopsignalen: stand en afhandeling.")
GEMEENTE = typer.Option(..., help="Gemeentecode.")
RESTRICTED = typer.Option(False, "--strafrecht", help="Ook strafrechtelijke gegevens, voor wie die mag inzien.")


@app.command(help="Ontvangen, toegewezen en afgehandeld per maand en soort, en wat te lang wacht.")
def status(gemeente: str = GEMEENTE, strafrecht: bool = RESTRICTED, as_json: bool = JSON) -> None:
    """Leave with 1 when a signal waits longer than the parameter says (R-SIG 3)."""
    from exchanges.core.dated import parameters
    from exchanges.core.ledger.signals import SignalBook
    from exchanges.core.period import Period
    from exchanges.core.reports.dutch import number
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.run import open_ledger
    from exchanges.ib_samenloop.handling import EXCHANGE
    from exchanges.ib_samenloop.kinds import kinds
    from exchanges.ib_samenloop.statistics import counts, waiting

    now = datetime.now(UTC)
    book = SignalBook(open_ledger().database)
    days = int(parameters(EXCHANGE, Period(now.year, now.month))["wacht_dagen"].value)
    found = counts(book, gemeente, restricted=strafrecht)
    late = waiting(book, gemeente, now, days, restricted=strafrecht)
    if as_json:
        for one in found:
            emit({"month": one.month, "kind": one.kind, "received": one.received, "assigned": one.assigned,
                  "handled": one.handled})  # fmt: skip
        for wait in late:
            emit({"waiting": wait.number, "kind": wait.kind, "days": wait.days})
    else:
        for one in found:
            typer.echo(
                f"{month(Period.parse(one.month)):<16} {kinds()[one.kind].title:<40} {number(one.received):>7}"
                f" ontvangen {number(one.assigned):>7} toegewezen {number(one.handled):>7} afgehandeld"
            )
        if late:
            typer.echo(f"{number(len(late))} wachten langer dan {days} dagen; het langst {number(late[0].days)} dagen.")
    raise typer.Exit(1 if late else 0)


@app.command(help="Een signaal een stap verder brengen: toegewezen, in_onderzoek of afgehandeld.")
def move(
    nummer: str = typer.Argument(help="Signaalnummer."),
    naar: str = typer.Argument(help="toegewezen, in_onderzoek of afgehandeld."),
    gemeente: str = GEMEENTE,
    door: str = typer.Option(..., help="Wie het doet."),
    uitkomst: str = typer.Option(
        None, help="Bij afgehandeld: bekend, geen_gevolg, gewijzigd, beeindigd, teruggevorderd, onterecht_signaal."
    ),
    besluit: str = typer.Option(None, help="Bij afgehandeld: kenmerk van het besluit."),
    as_json: bool = JSON,
) -> None:
    """A person's act, with name and time in the books. It changes no payment."""
    from exchanges.core.errors import UsageError
    from exchanges.core.ledger.signals import SignalBook
    from exchanges.core.run import open_ledger
    from exchanges.ib_samenloop.handling import LABELS, Handling, Outcome, State

    if naar not in set(State) or (uitkomst is not None and uitkomst not in set(Outcome)):
        wrong = naar if naar not in set(State) else uitkomst
        raise UsageError(f"{wrong!r} bestaat niet; zie sluis signals move --help.")
    mark = Handling(SignalBook(open_ledger().database), gemeente).move(
        nummer, State(naar), actor=door, moment=datetime.now(UTC), decision=besluit,
        outcome=Outcome(uitkomst) if uitkomst else None,
    )  # fmt: skip
    if as_json:
        emit({"signal": nummer, "state": str(mark.state), "outcome": mark.outcome and str(mark.outcome)})
    else:
        typer.echo(f"{nummer}: {LABELS[mark.state]}")
