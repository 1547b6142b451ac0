"""``sluis quarantine``: the files that were refused, and one of them as it came."""

from __future__ import annotations

import typer

from exchanges.cli.served import must_be_served
from exchanges.cli.show import JSON, emit

app = typer.Typer(no_args_is_help=True, help="Quarantaine: geweigerde bestanden, en waarom.")
GEMEENTE = typer.Option(..., help="Gemeentecode.")
_LONGEST = 200  # bytes of a name; a disk takes 255, and what seals it adds an ending


@app.command("list", help="Wat er ligt, met de reden.")
def listed(gemeente: str = GEMEENTE, as_json: bool = JSON) -> None:
    from exchanges.core.purpose.registry import HOME_TIME
    from exchanges.core.reports.dutch import count, day
    from exchanges.core.settings import Settings
    from exchanges.core.store.opening import open_store

    found = open_store(Settings()).quarantined(gemeente)
    if not found:
        must_be_served(gemeente)
        if not as_json:
            typer.echo("Er ligt niets in quarantaine.")
    for one in found:
        if as_json:
            emit({"sha256": one.sha256, "name": one.name, "bytes": one.size, "reason": one.reason, "since": one.moment})
        else:
            name = one.name or "(naam weggelaten)"
            since = day(one.moment.astimezone(HOME_TIME).date())
            typer.echo(f"{one.sha256[:12]}  {since}  {name}, {count(one.size, 'byte', 'bytes')}\n  {one.reason}")


@app.command("open", help="Een geweigerd bestand neerleggen zoals het kwam, in <home>/herstel/<gemeente>.")
def opened(
    sha256: str = typer.Argument(help="De sha256 uit de lijst, of het begin ervan."),
    gemeente: str = GEMEENTE,
    as_json: bool = JSON,
) -> None:
    """Sealed where the municipality has a key for lists; in production never otherwise. What may hold criminal-justice
    data is sealed for who may see those (SEC-21)."""
    import shutil

    from exchanges.core.access.log import EXPORT
    from exchanges.core.access.look import look
    from exchanges.core.errors import UsageError
    from exchanges.core.lists.closed import codes_of_name, key_for
    from exchanges.core.lists.handing import handed, require_key
    from exchanges.core.repair import FOLDER
    from exchanges.core.settings import Settings
    from exchanges.core.store.opening import open_store
    from exchanges.core.workfolder import work_folder

    settings = Settings()
    own = settings.municipalities().gemeente.get(gemeente)
    if own is None:
        raise UsageError(f"Gemeente {gemeente} staat niet in de instellingen.")
    require_key(own.lijsten.sleutel, settings.production, gemeente)
    store = open_store(settings)
    found = [one for one in store.quarantined(gemeente) if sha256 and one.sha256.startswith(sha256)]
    if len(found) != 1:
        many = "geen bestand" if not found else "meer dan een bestand"
        raise UsageError(f"In quarantaine is {many} met deze sha256; zie sluis quarantine list.")
    look(EXPORT, gemeente=gemeente, result="uit quarantaine", settings=settings)
    with work_folder(settings.work(), gemeente) as work:
        name = found[0].name or ""
        path = work / (name if 0 < len(name.encode()) <= _LONGEST else found[0].sha256)
        with store.open_quarantined(gemeente, found[0].sha256) as source, path.open("xb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
        recipient = key_for(path, codes_of_name(found[0].name, gemeente), own.lijsten, gemeente)
        [out] = handed([path], settings.root / FOLDER / gemeente, recipient)
    if as_json:
        emit({"file": out})
    else:
        typer.echo(f"{out}\nEr staan persoonsgegevens in. Haal het bestand weg als het herstel is ingevoerd.")
