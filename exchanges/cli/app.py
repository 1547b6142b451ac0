"""The commands, each in a module of its own; what is heavy is imported when a command runs."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from exchanges.cli import (
    access,
    approve,
    bench,
    bundle,
    calendar,
    check,
    correct,
    data,
    delivery,
    demo,
    keys,
    ledger,
    lists,
    lks,
    loonaangifte,
    mappings,
    purposes,
    quarantine,
    refeed,
    retention,
    schemas,
    serve,
    settlement,
    signals,
    simulate,
    where,
    why,
)
from exchanges.cli.complaints import in_dutch
from exchanges.cli.guard import guard
from exchanges.cli.help import speak_dutch
from exchanges.core.errors import KetensluisError
from exchanges.core.guard import guarded, unheard

app = typer.Typer(
    name="sluis",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ketensluis: gegevens uitwisselen met de keten van werk en inkomen, en bewijzen dat het klopt.",
)
app.command("run", help="Een levering maken, controleren, verzenden en verantwoorden.")(delivery.run)
app.command("resend", help="Hetzelfde bestand opnieuw aanbieden als het niet is aangekomen.")(delivery.resend)
app.command("refeed", help="Wat geweigerd of apart gezet is, hersteld opnieuw invoeren.")(refeed.refeed)
app.command("report", help="Het aansluitverslag van een levering (opnieuw) maken.")(delivery.report)
app.command("bundle", help="Alles over een maand van een gemeente in een bestand, voor de accountant.")(bundle.bundle)
app.command("check", help="Bestanden controleren: schema en regels.")(check.check)
app.command("calendar", help="Wat moet wanneer verzonden zijn, wat is te laat, wie zwijgt.")(calendar.calendar)
app.command("verrekening", help="Voorstel: wat met inkomen verrekend had moeten worden, met de berekening.")(
    settlement.settlement
)
app.command("unseal", help="Een verzegelde signaallijst openen.")(lists.unseal)
app.command("why", help="Waarom zit deze persoon niet in deze levering? Het BSN komt van de standaardinvoer.")(why.why)
app.command("where", help="In welke leveringen komt deze persoon voor? Het BSN komt van de standaardinvoer.")(
    where.where
)
app.add_typer(approve.app, name="approve")
app.add_typer(correct.app, name="correct")
app.add_typer(schemas.app, name="schemas")
app.add_typer(mappings.app, name="mappings")
app.add_typer(loonaangifte.app, name="loonaangifte")
app.add_typer(signals.app, name="signals")
app.add_typer(retention.app, name="retention")
app.add_typer(keys.app, name="keys")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(purposes.app, name="purposes")
app.add_typer(ledger.app, name="ledger")
app.add_typer(access.app, name="access")
app.add_typer(lks.app, name="lks")
app.command("demo-data", help="Een synthetische gemeente maken.")(data.demo_data)
app.command("serve", help="Vragen van een partner over SOAP beantwoorden (methode webservice).")(serve.serve)
app.command("simulate", help="Een ketenpartner nabootsen op deze computer.")(simulate.simulate)
app.command("demo", help="Alles een keer laten zien: gemeente, partner, levering, verslag.")(demo.demo)
app.command("bench", help="De keten meten naast xmllint.")(bench.bench)
COMMANDS = tuple(guard(app))
speak_dutch()


def main() -> None:
    """Run, and turn errors into one line and an exit code. A fault of the program tells its place, not its content."""
    sys.unraisablehook = unheard
    try:
        with guarded("opdracht afgebroken"):
            _log_where_asked()
            code = _call()
    except KetensluisError as error:
        _complain(f"sluis: {error}")
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)


def _log_where_asked() -> None:
    from exchanges.core.settings import Settings

    settings = Settings()
    if settings.log:
        from exchanges.core.logs import write

        write(settings.log, settings.log_level)


def _call() -> int:
    """Typer's own complaints are usage errors."""
    try:
        ended = app(prog_name="sluis", standalone_mode=False)
    except TyperException as error:
        said = error.format_message()
        # A group without a command shows its help, which is no complaint; of some complaints the command is not known.
        given = getattr(getattr(error, "ctx", None), "command_path", "sluis")
        _complain(said if said.startswith("Gebruik: ") else in_dutch(said, given))
        return int(getattr(error, "exit_code", 2))
    except typer.Abort:
        return 130
    return ended if isinstance(ended, int) else 0


def _complain(text: str) -> None:
    """A complaint repeats what was typed, and somebody may type a BSN where it does not belong."""
    from exchanges.core.store.privacy import without_bsn

    typer.echo(without_bsn(text), err=True)
