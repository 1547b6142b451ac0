"""``sluis signals``: what became of the signals of a municipality, and who works on one."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from exchanges.cli import terugmelding
from exchanges.cli.person import DOOR, person
from exchanges.cli.served import must_be_served
from exchanges.cli.show import JSON, emit

app = typer.Typer(no_args_is_help=True, help="Signalen van het Inlichtingenbureau: stand en afhandeling.")
GEMEENTE = typer.Option(..., help="Gemeentecode.")
app.add_typer(terugmelding.app, name="terugmelding")
EXCHANGE = typer.Option("ib_samenloop", "--uitwisseling", help="Van welke uitwisseling: ib_samenloop of ib_lks.")
RESTRICTED = typer.Option(False, "--strafrecht", help="Ook strafrechtelijke gegevens, voor wie die mag inzien.")


@app.command(help="Ontvangen, toegewezen en afgehandeld per maand en soort, en wat te lang wacht.")
def status(
    gemeente: str = GEMEENTE, uitwisseling: str = EXCHANGE, strafrecht: bool = RESTRICTED, as_json: bool = JSON
) -> None:
    """Leave with 1 when a signal waits longer than the parameter says (R-SIG 3). What follows from signals, such as
    tasks, has dates of its own and does not wait."""
    from exchanges.core.access.log import SIGNALS
    from exchanges.core.access.look import look
    from exchanges.core.dated import parameters
    from exchanges.core.handling.counts import counts, waiting
    from exchanges.core.ledger.signals import SignalBook
    from exchanges.core.period import Period
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.run import open_ledger

    titles, own = _kinds(uitwisseling)
    look(SIGNALS, exchange=uitwisseling, gemeente=gemeente, restricted=strafrecht)
    now = datetime.now(UTC)
    book = SignalBook(open_ledger().database)
    days = int(parameters(uitwisseling, Period(now.year, now.month))["wacht_dagen"].value)
    found = counts(book, uitwisseling, gemeente, restricted=strafrecht)
    late = waiting(book, uitwisseling, gemeente, now, days, restricted=strafrecht, without=set(titles) - own)
    if not found:
        must_be_served(gemeente)
    if as_json:
        for one in found:
            emit({"month": one.month, "kind": one.kind, "received": one.received, "assigned": one.assigned,
                  "handled": one.handled})  # fmt: skip
        for wait in late:
            emit({"waiting": wait.number, "kind": wait.kind, "days": wait.days})
    else:
        if not found:
            typer.echo("Er zijn nog geen signalen ontvangen.")
        for one in found:
            typer.echo(
                f"{month(Period.parse(one.month)):<16} {titles.get(one.kind, one.kind):<40} {number(one.received):>7}"
                f" ontvangen {number(one.assigned):>7} toegewezen {number(one.handled):>7} afgehandeld"
            )
        if late:
            many, longest = count(len(late), "signaal wacht", "signalen wachten"), count(late[0].days, "dag", "dagen")
            typer.echo(f"{many} langer dan {count(days, 'dag', 'dagen')}; het langst {longest}.")
    raise typer.Exit(1 if late else 0)


@app.command(help="Een signaal een stap verder brengen: toegewezen, in_onderzoek of afgehandeld.")
def move(
    nummer: str = typer.Argument(help="Signaalnummer."),
    naar: str = typer.Argument(help="toegewezen, in_onderzoek of afgehandeld."),
    gemeente: str = GEMEENTE,
    uitwisseling: str = EXCHANGE,
    door: str = DOOR,
    uitkomst: str = typer.Option(
        None, help="Bij afgehandeld: bekend, geen_gevolg, gewijzigd, beeindigd, teruggevorderd, onterecht_signaal."
    ),
    besluit: str = typer.Option(None, help="Bij afgehandeld: kenmerk van het besluit."),
    as_json: bool = JSON,
) -> None:
    """A person's act, with name and time in the books. It changes no payment."""
    from exchanges.core.errors import UsageError
    from exchanges.core.handling.steps import LABELS, Handling, Outcome, State
    from exchanges.core.ledger.signals import SignalBook
    from exchanges.core.run import open_ledger

    for what, given, known in (("Stap", naar, list(State)[1:]), ("Uitkomst", uitkomst, list(Outcome))):
        if given is not None and given not in known:
            raise UsageError(f"{what} {given!r} bestaat niet; kies uit {', '.join(known)}.")
    _kinds(uitwisseling)
    mark = Handling(SignalBook(open_ledger().database), uitwisseling, gemeente).move(
        nummer, State(naar), actor=person(door), moment=datetime.now(UTC), decision=besluit,
        outcome=Outcome(uitkomst) if uitkomst else None,
    )  # fmt: skip
    if as_json:
        emit({"signal": nummer, "state": str(mark.state), "outcome": mark.outcome and str(mark.outcome)})
    else:
        typer.echo(f"{nummer}: {LABELS[mark.state]}")


def _kinds(id: str) -> tuple[dict[str, str], set[str]]:
    """(title by kind, the kinds that are signals). Raises UsageError for an exchange that has no signals."""
    import pkgutil

    from exchanges.core.errors import UsageError
    from exchanges.core.intake import Intake
    from exchanges.core.lists.declare import SignalList
    from exchanges.core.registry import exchange

    flows = [flow for flow in exchange(id).flows.values() if isinstance(flow, Intake) and flow.register]
    if not flows:
        raise UsageError(f"Uitwisseling {id} heeft geen signalen om te behandelen.")
    listed: SignalList = pkgutil.resolve_name(flows[0].lists)()
    titles = {kind: sheet.title for sheet in listed.sheets for kind in sheet.kinds or (sheet.id,)}
    own = {kind for sheet in listed.sheets if not sheet.extra for kind in sheet.kinds or (sheet.id,)}
    return titles, own
