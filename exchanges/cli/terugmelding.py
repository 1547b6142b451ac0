"""``sluis signals terugmelding``: doubt about a value of a register, told to who keeps it. Values come over standard
input or from a file, so that they stand in no process list and no shell history."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import typer

from exchanges.cli.person import DOOR, person
from exchanges.cli.served import must_be_served
from exchanges.cli.show import JSON, emit

app = typer.Typer(no_args_is_help=True, help="Terugmelden aan een register: gerede twijfel over een waarde.")
GEMEENTE = typer.Option(..., help="Gemeentecode.")
RESTRICTED = typer.Option(False, "--strafrecht", help="Ook strafrechtelijke gegevens, voor wie die mag inzien.")


@app.command(help="Een terugmelding noteren. Waarde en motivering komen van de standaardinvoer of uit een bestand.")
def add(
    nummer: str = typer.Argument(help="Signaalnummer."),
    gemeente: str = GEMEENTE,
    register: str = typer.Option(..., help="Bijvoorbeeld BRP, BRI, BRV of HR."),
    veld: str = typer.Option(..., help="Welk gegeven, bijvoorbeeld woonadres."),
    door: str = DOOR,
    bestand: Path = typer.Option(
        None, help="De eerste regel is de waarde in het register, de rest de motivering. Zonder: standaardinvoer."
    ),
    as_json: bool = JSON,
) -> None:
    """Whoever types gets asked; the state of the signal stays."""
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings
    from exchanges.core.store.opening import open_store
    from exchanges.ib_samenloop.terugmelding import add as note

    old_value, motivation = _values(bestand)
    settings = Settings()
    sha256, fresh = note(
        open_ledger(settings), open_store(settings), settings.pseudonymise_with(), gemeente, nummer,
        register=register, field=veld, old_value=old_value, motivation=motivation, actor=person(door),
        moment=datetime.now(UTC),
    )  # fmt: skip
    if as_json:
        emit({"signal": nummer, "register": register, "field": veld, "document": sha256, "new": fresh})
    else:
        typer.echo(f"{nummer}: terugmelding aan {register} {'genoteerd' if fresh else 'was al genoteerd'}")


@app.command("list", help="Terugmeldingen die nog niet zijn verzonden.")
def listed(gemeente: str = GEMEENTE, strafrecht: bool = RESTRICTED, as_json: bool = JSON) -> None:
    """Leave with 1 when one waits. No values: persons are pseudonyms."""
    from exchanges.core.access.log import SIGNALS
    from exchanges.core.access.look import look
    from exchanges.core.reports.dutch import count, day, number
    from exchanges.core.run import open_ledger
    from exchanges.ib_samenloop.exchange import EXCHANGE
    from exchanges.ib_samenloop.terugmelding import here, waiting

    look(SIGNALS, exchange=EXCHANGE.id, gemeente=gemeente, restricted=strafrecht)
    now = datetime.now(UTC)
    found = waiting(open_ledger(), gemeente, restricted=strafrecht)
    if not found:
        must_be_served(gemeente)
    for one in found:
        days = (now - one.since).days
        if as_json:
            emit({"signal": one.number, "kind": one.kind, "register": one.register, "field": one.field,
                  "person": one.person, "since": one.since.isoformat(), "days": days, "actor": one.actor})  # fmt: skip
        else:
            typer.echo(f"{one.number}  {one.register} {one.field}  {one.person}  {day(here(one.since))}"
                       f" ({count(days, 'dag', 'dagen')}), {one.actor}")  # fmt: skip
    if not as_json:
        typer.echo(f"{number(len(found))} nog niet verzonden." if found else "Er wacht geen terugmelding.")
    raise typer.Exit(1 if found else 0)


@app.command(help="Een verzegeld bestand maken van wat wacht, voor wie het contact met de registers heeft.")
def send(
    gemeente: str = GEMEENTE,
    door: str = DOOR,
    register: str = typer.Option(None, help="Alleen dit register."),
    as_json: bool = JSON,
) -> None:
    """Also what is about criminal-justice data, in a file of its own, where there is a key for it."""
    from exchanges.core.ledger.signals import SignalBook
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings
    from exchanges.core.store.opening import open_store
    from exchanges.ib_samenloop.terugmelding import must_be_known, waiting
    from exchanges.ib_samenloop.terugmelding_file import send as pass_on

    settings = Settings()
    if register is not None:
        must_be_known(register)
    ledger = open_ledger(settings)
    with ledger.alone(f"terugmelding/{gemeente}"):
        open_ = [one for one in waiting(ledger, gemeente, restricted=True) if register in (None, one.register)]
        if not open_:
            must_be_served(gemeente)
        done = pass_on(settings, open_store(settings), SignalBook(ledger.database), gemeente, open_, actor=person(door),
                       moment=datetime.now(UTC))  # fmt: skip
    if as_json:
        emit({"sent": done.sent, "held": done.held, "files": [str(path) for path in done.files]})
        return
    typer.echo(f"{count(done.sent, 'terugmelding', 'terugmeldingen')} verzonden")
    for path in done.files:
        typer.echo(f"  {path}")
    if done.held:
        typer.echo(f"  {number(done.held)} aangehouden: geen sleutel voor strafrechtelijke gegevens")


def _values(path: Path | None) -> tuple[str, str]:
    """(the value that is doubted, why)."""
    from exchanges.core.errors import UsageError

    if path is None and sys.stdin.isatty():
        import getpass

        return getpass.getpass("Waarde in het register (wordt niet getoond): "), typer.prompt("Motivering")
    try:
        text = sys.stdin.read() if path is None else path.read_text(encoding="utf-8")
        text.encode()  # of standard input what is no UTF-8 comes through, and cannot be kept
    except (OSError, UnicodeError):
        raise UsageError("De waarde en de motivering zijn niet te lezen als tekst (UTF-8); controleer het bestand of"
                         " de invoer.") from None  # fmt: skip
    value, _, motivation = text.removeprefix("\ufeff").partition("\n")
    return value.strip(), motivation.strip()
