"""``sluis refeed``: what was refused or set apart, repaired and fed again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from exchanges.cli.correct import additional, list_refused
from exchanges.cli.delivery import summary, tell
from exchanges.cli.person import NAME, person
from exchanges.cli.served import must_be_served
from exchanges.cli.show import JSON, busy, emit

if TYPE_CHECKING:
    from exchanges.core.receive.refeed import Opened


def refeed(
    levering: str = typer.Argument(None, help="Levering die weigerde, bijvoorbeeld ib_samenloop/0153/2026-10/0001."),
    waiting: bool = typer.Option(False, "--list", help="Wat er wacht op herstel; van deze levering, of van alle."),
    file: Path = typer.Option(None, help="Het herstelde bestand. Zonder: opnieuw proberen wat er ligt."),
    export: Path = typer.Option(
        None, help="Schrijf wat wacht naar deze map, om te herstellen; alleen in <home>/herstel/<gemeente>."
    ),
    name: str = NAME,
    reason: str = typer.Option("", help="Waarom, bijvoorbeeld het nummer van de melding bij de partner."),
    exchange: str = typer.Option(None, help="Bij --list: alleen deze uitwisseling."),
    gemeente: str = typer.Option(None, help="Bij --list: alleen deze gemeente."),
    as_json: bool = JSON,
) -> None:
    """A repair is a delivery of its own, with the next number: what it adds is counted against what waited. Of a
    delivery that was sent it is an addition (``sluis correct add``). Leave with 0 when it went through, else as
    ``sluis run``; with ``--list`` 1 when something waits."""
    from exchanges.core.errors import UsageError

    if levering is not None and _was_sent(levering):
        _only_inbound(file, export)
        if waiting:
            raise typer.Exit(list_refused(levering, as_json))
        raise typer.Exit(additional(levering, reason, name, False, False, as_json))
    if waiting:
        if levering is not None and (exchange is not None or gemeente is not None):
            raise UsageError("Geef bij --list een levering, of --exchange en --gemeente; niet allebei.")
        raise typer.Exit(_list(levering, exchange, gemeente, as_json))
    if levering is None:
        raise UsageError("Geef een levering, of --list voor wat er wacht.")
    if export is not None:
        _export(levering, export, name, as_json)
        return
    raise typer.Exit(_feed(levering, file, name, reason, as_json))


def _was_sent(id: str) -> bool:
    from exchanges.core.registry import exchange as exchange_by_id

    return exchange_by_id(id.partition("/")[0]).direction == "out"


def _only_inbound(file: Path | None, export: Path | None) -> None:
    from exchanges.core.errors import UsageError

    if file is not None or export is not None:
        raise UsageError("Deze levering is verzonden: herstel de administratie, dan gaat mee wat is hersteld, zonder"
                         " --file of --export.")  # fmt: skip


def _list(levering: str | None, exchange: str | None, gemeente: str | None, as_json: bool) -> int:
    from datetime import UTC, datetime

    from exchanges.core.receive.waiting import families, family
    from exchanges.core.registry import exchange as exchange_by_id
    from exchanges.core.reports.dutch import count
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.run import open_ledger

    if exchange is not None:
        exchange_by_id(exchange)
    now, ledger = datetime.now(UTC), open_ledger()
    if levering is None:
        found = list(families(ledger, exchange, gemeente))
        if not found and gemeente is not None:
            must_be_served(gemeente)
    else:
        # Whichever of it was asked for: a repair is of the delivery that refused.
        own = family(ledger, levering)
        found = [own] if own is not None and own.waits else []
    for one in found:
        days = (now - one.since).days if one.since else None
        if as_json:
            emit({
                "delivery": one.root.id, "exchange": one.root.exchange, "gemeente": one.root.gemeente,
                "period": str(one.root.period), "rows": one.rows, "reason": one.reason, "days": days,
                "tried": [fed.delivery for fed in one.fed], "file": one.file_name,
            })  # fmt: skip
            continue
        what = "heel bestand" if one.rows is None else count(one.rows, "regel", "regels")
        age = "" if days is None else f", {count(days, 'dag', 'dagen')} geleden ontvangen"
        typer.echo(f"{one.root.id}  {month(one.root.period)}  {what}{age}\n  {one.reason}")
    if not as_json:
        waits = count(len(found), "levering wacht", "leveringen wachten")
        typer.echo(f"{waits} op herstel." if found else "Er wacht niets op herstel.")
    return 1 if found else 0


def _export(id: str, folder: Path, name: str, as_json: bool) -> None:
    from exchanges.core.access.log import EXPORT
    from exchanges.core.access.look import look
    from exchanges.core.access.roles import require
    from exchanges.core.repair import write_out
    from exchanges.core.reports.dutch import count

    require("refeed --export")
    look(EXPORT, delivery=id, result="uitgeschreven")
    path, rows = write_out(id, folder, actor=person(name))
    if as_json:
        emit({"file": str(path), "rows": rows or None})
    else:
        typer.echo(f"{path}: {count(rows, 'regel', 'regels') if rows else 'heel bestand'}")
        typer.echo("Er staan persoonsgegevens in. Haal het bestand weg als het herstel is ingevoerd.")


def _feed(id: str, file: Path | None, name: str, reason: str, as_json: bool) -> int:
    from exchanges.core.chain import TITLES
    from exchanges.core.errors import KetensluisError
    from exchanges.core.guard import guarded
    from exchanges.core.repair import refeed as feed

    opened: list[Opened] = []
    error: KetensluisError | None = None
    with busy(as_json) as say:
        try:
            with guarded(id):
                feed(id, file, actor=person(name), reason=reason, on_step=lambda step: say(TITLES[step]),
                     on_open=opened.append)  # fmt: skip
        except KetensluisError as raised:
            if not opened:
                raise
            error = raised
    if not as_json and error is None and not opened[0].fresh:
        typer.echo("Dit herstel was al ingevoerd.")
    tell(summary(opened[0].delivery), error, as_json)
    return error.exit_code if error else 0
