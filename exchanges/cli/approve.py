"""``sluis approve``: what waits for a second person, what it is, and agreeing or refusing."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from exchanges.cli.person import ACTOR, person
from exchanges.cli.served import must_be_served
from exchanges.cli.show import JSON, emit

if TYPE_CHECKING:
    from exchanges.core.approve.desk import Asked

app = typer.Typer(no_args_is_help=True, help="Akkoord door een tweede persoon, voordat een levering naar buiten gaat.")

DELIVERY = typer.Argument(help="Levering, bijvoorbeeld dkd_reintegratie/0153/2026-10/0001.")
REASON = typer.Option(..., help="Waarom. Blijft bij de levering bewaard; zonder persoonsgegevens.")
SHA256 = typer.Option(..., help="De sha256 van het bestand dat u zag, minstens de eerste 12 tekens.")
AFTER_ALL = typer.Option(False, "--alsnog", help="Ook als er al anders is besloten.")
SUMMARY = typer.Option("", help="Het kenmerk van de samenvatting die u zag, minstens de eerste 12 tekens.")


@app.command("list", help="Wat wacht op akkoord.")
def waiting(
    exchange: str = typer.Option(None, help="Alleen deze uitwisseling."),
    gemeente: str = typer.Option(None, help="Alleen deze gemeente."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when something waits."""
    from exchanges.core.approve import desk
    from exchanges.core.registry import exchange as exchange_by_id
    from exchanges.core.reports.dutch import count

    if exchange is not None:
        exchange_by_id(exchange)
    found = desk.waiting(exchange, gemeente)
    if not found and gemeente is not None:
        must_be_served(gemeente)
    for one in found:
        if as_json:
            emit(_plain(one))
        else:
            typer.echo(f"{one.delivery.id}  {_since(one)}")
            for reason in one.summary["reasons"]:
                typer.echo(f"  {reason['text']}")
    if not as_json:
        waits = count(len(found), "levering wacht", "leveringen wachten")
        typer.echo(f"{waits} op akkoord." if found else "Er wacht niets op akkoord.")
    raise typer.Exit(1 if found else 0)


@app.command("show", help="De samenvatting van de aansluiting, zoals zij is voorgelegd.")
def show(levering: str = DELIVERY, as_json: bool = JSON) -> None:
    """As it was booked when approval was asked, with the commands to decide."""
    from exchanges.core.approve import desk
    from exchanges.core.approve.summary import GIVEN, lines

    asked = desk.look(levering)
    if as_json:
        emit(_plain(asked))
        return
    typer.echo(f"{asked.summary['title']}\n{levering}: {_stands(asked)}")
    for heading, told in lines(asked.summary, asked.shown.sha256):
        if told:
            typer.echo(f"\n{heading}")
            for line in told:
                typer.echo(f"  {line}")
    if asked.starters:
        rest = "; een ander moet akkoord geven" if asked.since is not None else ""
        typer.echo(f"\nGestart door {', '.join(asked.starters)}{rest}.")
    if asked.since is not None:
        seen = f"--sha256 {asked.shown.sha256[:GIVEN]} --summary {asked.shown.summary[:GIVEN]}"
        for word, title in (("give", "Akkoord"), ("refuse", "Weigeren")):
            typer.echo(f"{title + ':':<10}sluis approve {word} {levering} {seen} --reason '…'")


@app.command("give", help="Akkoord geven, als een ander dan wie startte. Daarna verzendt sluis run wat is goedgekeurd.")
def give(
    levering: str = DELIVERY, sha256: str = SHA256, reason: str = REASON, summary: str = SUMMARY, actor: str = ACTOR,
    after_all: bool = AFTER_ALL, as_json: bool = JSON,
) -> None:  # fmt: skip
    """The errors are those of :func:`exchanges.core.approve.desk.give`, and UsageError for what is no sha256."""
    from exchanges.core.approve import desk

    _must_be_seen(levering, sha256, summary)
    desk.give(levering, actor=person(actor), reason=reason, sha256=sha256, summary=summary, after_all=after_all)
    _decided(levering, f"akkoord. Verzenden: {_command(levering)}", as_json)


@app.command("refuse", help="Weigeren: de levering wordt niet verzonden.")
def refuse(
    levering: str = DELIVERY, sha256: str = SHA256, reason: str = REASON, summary: str = SUMMARY, actor: str = ACTOR,
    after_all: bool = AFTER_ALL, as_json: bool = JSON,
) -> None:  # fmt: skip
    """The errors are those of :func:`exchanges.core.approve.desk.refuse`, and UsageError for what is no sha256."""
    from exchanges.core.approve import desk

    _must_be_seen(levering, sha256, summary)
    desk.refuse(levering, actor=person(actor), reason=reason, sha256=sha256, summary=summary, after_all=after_all)
    _decided(levering, "geweigerd; er wordt niets verzonden", as_json)


def _must_be_seen(levering: str, sha256: str, summary: str) -> None:
    """That they can be digests of something; whether they are of what waits is a decision that may be declined."""
    from exchanges.core.approve.summary import LEAST
    from exchanges.core.errors import UsageError

    for option, given in {"--sha256": sha256, **({"--summary": summary} if summary.strip() else {})}.items():
        if not re.fullmatch(f"[0-9a-f]{{{LEAST},64}}", given.strip().lower()):
            raise UsageError(
                f"Waarde van {option} is niet goed: geef minstens de eerste {LEAST} tekens, alleen cijfers en a tot en"
                f" met f, zoals sluis approve show {levering} ze toont."
            )


def _decided(levering: str, told: str, as_json: bool) -> None:
    from exchanges.core.approve import desk

    if as_json:
        emit(_plain(desk.look(levering)))
    else:
        typer.echo(f"{levering}: {told}")


def _command(levering: str) -> str:
    """What goes on with it."""
    from exchanges.core.registry import exchange as exchange_by_id
    from exchanges.core.run import open_ledger

    found = open_ledger().delivery(levering)
    method = f" --methode {found.method}" if len(exchange_by_id(found.exchange).flows) > 1 else ""
    return f"sluis run {found.exchange} --periode {found.period} --gemeente {found.gemeente}{method}"


def _plain(asked: Asked) -> dict[str, Any]:
    last = asked.decision
    return {
        "delivery": asked.delivery.id,
        "state": str(asked.delivery.state),
        "state_text": _label(asked),
        "standing": asked.standing,
        "since": asked.since,
        **asked.shown.as_dict(),
        "shown": asked.summary,
        "started_by": list(asked.starters),
        "decision": last and {
            "given": last.given, "actor": last.actor, "moment": last.moment, "reason": last.reason,
            **last.shown.as_dict(),
        },
    }  # fmt: skip


def _stands(asked: Asked) -> str:
    last = asked.decision
    if asked.since is None and last is not None:
        return f"{'akkoord' if last.given else 'geweigerd'} door {last.actor} op {_when(last.moment)}: {last.reason}"
    return _since(asked)


def _since(asked: Asked) -> str:
    since = f" sinds {_when(asked.since)}" if asked.since else ""
    return f"{_label(asked)}{since}"


def _label(asked: Asked) -> str:
    from exchanges.core.registry import exchange as exchange_by_id
    from exchanges.core.run import open_ledger
    from exchanges.core.supersede.since import stand_label

    return stand_label(open_ledger(), exchange_by_id(asked.delivery.exchange), asked.delivery)


def _when(moment: datetime) -> str:
    from exchanges.core.reports.dutch import day

    here = moment.astimezone(ZoneInfo("Europe/Amsterdam"))
    return f"{day(here.date())} {here:%H:%M}"
