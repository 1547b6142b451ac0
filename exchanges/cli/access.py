"""``sluis access``: who looked at personal data, and who may."""

from __future__ import annotations

from pathlib import Path

import typer

from exchanges.cli.show import JSON, emit

app = typer.Typer(no_args_is_help=True, help="Toegang: wie keek naar persoonsgegevens, en wie mag wat.")


@app.callback()
def access() -> None:
    """A group of commands."""


@app.command(help="Per maand en gemeente: wie keek hoe vaak waarnaar. Namen van inzage alleen met --detail.")
def overview(
    period: str = typer.Option(..., help="Maand, jjjj-mm."),
    gemeente: str = typer.Option(None, help="Alleen deze gemeente; nodig bij --detail."),
    detail: bool = typer.Option(False, "--detail", help="Elke inzage apart; dat wordt zelf ook vastgelegd."),
    reason: str = typer.Option("", help="Bij --detail: waarom dit wordt gevraagd."),
    as_json: bool = JSON,
) -> None:
    from exchanges.core.access import overview as made
    from exchanges.core.access.log import OVERVIEW
    from exchanges.core.access.look import look
    from exchanges.core.errors import UsageError
    from exchanges.core.period import Period
    from exchanges.core.purpose.registry import HOME_TIME
    from exchanges.core.reports.dutch import count, day, number
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.run import open_ledger

    asked = Period.parse(period)
    database = open_ledger().database
    if detail:
        if gemeente is None or not reason.strip():
            raise UsageError("Elke inzage apart vraagt om een gemeente en een reden; geef --gemeente en --reason.")
        look(OVERVIEW, gemeente=gemeente, reason=reason)
        for event in made.detail(database, asked, gemeente):
            said = made.plain(event)
            if as_json:
                emit(said)
            else:
                more = "  ".join(str(said[name]) for name in ("persoon", "reden") if name in said)
                at = event.moment.astimezone(HOME_TIME)
                what = f"{event.actor}  {event.action}  {event.object}  {event.result}  {more}"
                typer.echo(f"{day(at.date())} {at:%H:%M:%S}  {what}".rstrip())
        return
    found = made.overview(database, asked, gemeente)
    for one in found:
        if as_json:
            emit({"gemeente": one.gemeente, "actor": one.actor, "action": one.action, "exchange": one.exchange,
                  "times": one.times})  # fmt: skip
        else:
            what = f"{one.gemeente or '-':<6} {one.actor:<16} {one.action:<24} {one.exchange:<20}"
            typer.echo(f"{what} {number(one.times):>6}")
    if not as_json:
        typer.echo(f"{month(asked)}: {count(sum(one.times for one in found), 'keer', 'keer')} ingezien.")


@app.command(help="Welke rol mag wat, en wie heeft welke rol.")
def matrix(as_json: bool = JSON) -> None:
    from exchanges.core.access.roles import ROLES, configured
    from exchanges.core.access.roles import matrix as acts
    from exchanges.core.settings import Settings

    known = configured(Settings())
    people = dict(known.rollen) if known else {}
    if as_json:
        for act in acts():
            emit({"act": act.id, "title": act.title, "commands": list(act.commands), "allowed": sorted(act.allowed)})
        emit({"accounts": people})
        return
    typer.echo(f"{'':<12}" + "".join(f"{role:<12}" for role in ROLES))
    for act in acts():
        cells = "".join(f"{'ja' if role in act.allowed else '-':<12}" for role in ROLES)
        typer.echo(f"{act.id:<12}{cells}{act.title}")
    for account, role in sorted(people.items()):
        typer.echo(f"{account}: {role}")
    if not people:
        typer.echo("Er zijn geen rollen ingesteld: elk account op deze computer mag alles.")


@app.command(help="Wie welke rol heeft, wanneer dat is beoordeeld en wanneer dat weer moet.")
def review(
    done: bool = typer.Option(False, "--done", help="Vastleggen dat alle rollen zijn beoordeeld en zo blijven."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when a review is due."""
    from datetime import datetime

    from exchanges.core.access.review import reviewed, rights
    from exchanges.core.access.roles import configured
    from exchanges.core.access.who import actor
    from exchanges.core.errors import UsageError
    from exchanges.core.purpose.registry import HOME_TIME
    from exchanges.core.reports.dutch import day
    from exchanges.core.run import open_ledger, require_ledger
    from exchanges.core.settings import Settings

    known = configured(Settings())
    if known is None or not known.rollen:
        raise UsageError("Er zijn geen rollen ingesteld; zet ze bij [rollen] in de instellingen.")
    if not done:
        require_ledger()
    ledger, today = open_ledger(), datetime.now(HOME_TIME).date()
    if done:
        reviewed(ledger, known.rollen, actor())
    found = rights(ledger, known.rollen)
    owner = known.toegang.eigenaar
    for one in found:
        if as_json:
            emit({"account": one.account, "role": one.role, "privileged": one.privileged, "reviewed": one.reviewed,
                  "by": one.owner or None, "until": one.until, "late": one.late(today), "owner": owner})  # fmt: skip
            continue
        when = f"beoordeeld {day(one.reviewed)} door {one.owner}" if one.reviewed else "nog niet beoordeeld"
        typer.echo(f"{one.account:<20} {one.role:<12} {when}{'; moet nu' if one.late(today) else ''}")
    if not as_json:
        typer.echo(f"{day(today)}, eigenaar: {owner or 'niet ingesteld'}")
    raise typer.Exit(1 if any(one.late(today) for one in found) else 0)


@app.command(help="Mogelijke datalekken, met het moment waarop zij gemeld moeten zijn; en afsluiten met een besluit.")
def incidents(
    levering: str = typer.Option(None, "--close", help="Sluit het incident van deze levering."),
    code: str = typer.Option(None, help="Bij --close: de code van het incident."),
    besluit: str = typer.Option("", "--decision", help="Bij --close: gemeld, of waarom dat niet hoefde."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when one is open."""
    from datetime import UTC, datetime

    from exchanges.core import incident
    from exchanges.core.access.who import actor
    from exchanges.core.errors import UsageError
    from exchanges.core.purpose.registry import HOME_TIME
    from exchanges.core.reports.dutch import day
    from exchanges.core.run import open_ledger

    ledger, now = open_ledger(), datetime.now(UTC)
    if levering is not None:
        if code is None:
            raise UsageError("Geef bij --close ook de code van het incident: --code.")
        incident.close_incident(ledger, levering, code, actor(), besluit)
    found = incident.incidents(ledger)
    for one in found:
        until = one.until.astimezone(HOME_TIME)
        if as_json:
            emit({"delivery": one.delivery, "code": one.code, "opened": one.opened, "until": until,
                  "closed": one.closed, "by": one.by, "decision": one.decision, "late": one.late(now)})  # fmt: skip
        elif one.closed:
            typer.echo(f"{one.delivery}  {one.code}  gesloten door {one.by}: {one.decision}")
        else:
            late = "; te laat" if one.late(now) else ""
            typer.echo(f"{one.delivery}  {one.code}  open, melden voor {day(until.date())} {until:%H:%M}{late}")
    if not as_json and not found:
        typer.echo("Er zijn geen incidenten.")
    raise typer.Exit(1 if any(one.closed is None for one in found) else 0)


@app.command("pack", help="De jaarlijkse verantwoording: rollen, beoordelingen, incidenten, inzage en het register.")
def packed(
    year: int = typer.Option(..., min=2000, max=2099, help="Kalenderjaar."),
    out: Path = typer.Option(..., help="Zipbestand dat wordt gemaakt."),
    as_json: bool = JSON,
) -> None:
    from exchanges.core.access.pack import pack

    made = pack(year, out)
    if as_json:
        emit({"file": str(out), "parts": made})
    else:
        typer.echo(f"{out}\n" + "\n".join(f"  {sha256}  {name}" for name, sha256 in made.items()))
