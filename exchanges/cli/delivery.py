"""``sluis run`` and ``sluis report``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from exchanges.cli.person import ACTOR, person
from exchanges.cli.show import JSON, busy, emit
from exchanges.core.chain import STEPS, TITLES

if TYPE_CHECKING:
    from exchanges.core.ledger import Delivery


def run(
    exchange: str = typer.Argument(help="Uitwisseling, bijvoorbeeld dkd_reintegratie."),
    periode: str = typer.Option(..., help="Maand, jjjj-mm."),
    gemeente: list[str] = typer.Option([], help="Gemeentecode; meer mag. Zonder: alle uit de instellingen."),
    tot: str = typer.Option(None, help="Stop na deze stap, bijvoorbeeld reconcile (dan wordt niets verzonden)."),
    nieuw: bool = typer.Option(False, help="Een nieuwe levering als de vorige is afgerond."),
    methode: str = typer.Option(
        None, help="Methode, bijvoorbeeld losse_correctie. Zonder: die uit de instellingen, of de gewone."
    ),
    wacht: float = typer.Option(60.0, help="Seconden wachten op het antwoord van de partner."),
    opnieuw: bool = typer.Option(
        False, help="Het bestand opnieuw maken, ook als er akkoord op is. Wordt het anders, dan vervalt dat akkoord."
    ),
    actor: str = ACTOR,
    as_json: bool = JSON,
) -> None:
    """Leave with 0 when every delivery went through or there was nothing to send, else with the code of the worst that
    happened: 1 stopped, refused or waiting for approval, 2 used wrongly, 3 no partner or no answer yet."""
    from exchanges.core import run as runner
    from exchanges.core.afterwards import afterwards
    from exchanges.core.correct import require_new
    from exchanges.core.errors import KetensluisError, UsageError
    from exchanges.core.guard import guarded
    from exchanges.core.period import Period
    from exchanges.core.registry import exchange as exchange_by_id
    from exchanges.core.steps.context import flow_of

    known_exchange = exchange_by_id(exchange)
    steps = STEPS[known_exchange.direction]
    # A step of the other direction never comes, and everything would be sent.
    if tot is not None and tot not in steps:
        raise UsageError(f"Stap {tot!r} heeft {exchange} niet; kies uit {', '.join(steps)}.")
    if methode is not None:
        flow_of(known_exchange, methode)
    Period.parse(periode)
    known = runner.gemeenten(exchange)
    unknown = [code for code in gemeente if code not in known]
    if unknown or not known:
        raise UsageError(
            f"Uitwisseling {exchange} is in de instellingen niet ingericht voor gemeente {', '.join(unknown)}."
            if unknown
            else f"Uitwisseling {exchange} is in de instellingen voor geen enkele gemeente ingericht."
        )
    worst = 0
    for code in gemeente or known:
        error: KetensluisError | None = None
        try:
            if nieuw:
                require_new(exchange, code, periode, methode)
            delivery = runner.open_run(exchange, code, periode, method=methode, new=nieuw, actor=person(actor))
        except KetensluisError as raised:
            typer.echo(f"sluis: {raised}", err=True)
            worst = max(worst, raised.exit_code)
            continue
        with busy(as_json) as say:
            try:
                # Also a fault of the program in one municipality leaves the others untouched.
                with guarded(delivery):
                    runner.run_delivery(
                        delivery, until=tot, wait=wacht, again=opnieuw,
                        on_step=lambda step, of=delivery: say(f"{of}: {TITLES[step]}"),
                    )  # fmt: skip
            except KetensluisError as raised:
                error, worst = raised, max(worst, raised.exit_code)
        for complaint in afterwards(exchange, only=delivery).complaints:
            typer.echo(f"sluis: {complaint}", err=True)
            worst = max(worst, 1)
        found = summary(delivery)
        # What the partner refused as a whole did not go through, however well it was sent.
        worst = max(worst, 1 if found["state"] == "rejected" else 0)
        tell(found, error, as_json)
    raise typer.Exit(worst)


def resend(
    levering: str = typer.Argument(help="Levering, bijvoorbeeld dkd_reintegratie/0153/2026-10/0001."),
    as_json: bool = JSON,
) -> None:
    """The same bytes once more, under the same name: for what did not come in, when the partner says so too often or
    says nothing. For something new there is ``sluis correct``."""
    from exchanges.core import run as runner

    sent = runner.resend(levering)
    if as_json:
        emit({"delivery": levering, "sent": sent})
    else:
        typer.echo(f"{levering}: {'opnieuw verzonden' if sent else 'staat nog bij de partner; niets verzonden'}")


def report(
    levering: str = typer.Argument(help="Levering, bijvoorbeeld dkd_reintegratie/0153/2026-10/0001."),
    as_json: bool = JSON,
) -> None:
    """Make the report again; with --json its whole content."""
    import json

    from exchanges.core import run as runner
    from exchanges.core.access.log import REPORT
    from exchanges.core.access.look import look

    look(REPORT, delivery=levering)
    made = runner.run_step(levering, "report")
    if as_json:
        emit(json.loads(Path(made["json"]).read_text(encoding="utf-8")))
    else:
        for form in ("html", "pdf", "xlsx", "json"):
            if form in made:
                typer.echo(made[form])
        typer.echo(f"sha256 van het verslag: {made['hash']}")


def _received(details: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    collected, read, compared = (details.get(step, {}) for step in ("collect", "read", "compare"))
    published = details.get("publish", {}).get("files", [])
    return {
        "read": read.get("records"),
        "unreadable": read.get("rejected"),
        "new": compared.get("new"),
        "known": compared.get("known"),
        "set_apart": compared.get("clash", 0) + compared.get("rejected", 0) if compared else None,
        "withheld": sum(details.get("publish", {}).get("withheld", {}).values()) or None,
        "waiting": collected.get("waiting") or None,
        "file": collected.get("file_name"),
        "sha256": collected.get("sha256"),
        "lists": [str(folder / name) for name, _, _ in published if name.endswith((".age", ".xlsx"))],
    }


def summary(delivery: str) -> dict[str, Any]:
    """Where a delivery stands, in counts and paths."""
    from exchanges.core import run as runner
    from exchanges.core.settings import Settings

    ledger = runner.open_ledger()
    found = ledger.delivery(delivery)
    details = {row.step: row.details for row in ledger.steps(delivery)}
    if "collect" in details:
        return {**_received(details, Settings().root / "lijsten" / found.gemeente), **_about(found, details)}
    receipt = details.get("receipt", {})
    return {
        **_about(found, details),
        "records": details.get("build", {}).get("records"),
        "rejected": details.get("map", {}).get("rejected"),
        "accepted": receipt.get("accepted"),
        "rejected_by_partner": receipt.get("rejected"),
        "file": details.get("build", {}).get("file_name"),
        "sha256": details.get("build", {}).get("sha256"),
    }


def _about(found: Delivery, details: Mapping[str, Any]) -> dict[str, Any]:
    from exchanges.core.approve.account import part
    from exchanges.core.registry import exchange
    from exchanges.core.run import open_ledger
    from exchanges.core.supersede.since import stand_label

    ledger, declared = open_ledger(), exchange(found.exchange)
    zone = declared.calendar.timezone
    approval = part(ledger.step_result(found.id, "approve"), ledger.events(found.id), zone)
    report = details.get("report", {})
    return {
        "delivery": found.id,
        "method": found.method,
        "state": str(found.state),
        "state_text": stand_label(ledger, declared, found),
        "reason": found.reason,
        "approval": approval["text"] if approval else None,
        "report": report.get("html"),
        "report_json": report.get("json"),
        "report_hash": report.get("hash"),
    }


def tell(found: dict[str, Any], error: Exception | None, as_json: bool) -> None:
    """A delivery in a few lines, or as one JSON object."""
    from exchanges.core.reports.dutch import number

    if as_json:
        emit({**found, "error": str(error) if error else None})
        return
    typer.echo(f"{found['delivery']}: {found['state_text']}")
    for name, label in (
        ("records", "in het bestand"),
        ("rejected", "afgewezen door eigen regels"),
        ("accepted", "geaccepteerd door de partner"),
        ("rejected_by_partner", "afgewezen door de partner"),
        ("read", "ingelezen"),
        ("unreadable", "niet te lezen"),
        ("new", "nieuw"),
        ("known", "al bekend"),
        ("set_apart", "apart gezet"),
        ("withheld", "aangehouden: geen sleutel voor strafrechtelijke gegevens"),
        ("waiting", "bestanden stonden er bij het ophalen nog meer over deze maand; haal ze op met --nieuw"),
    ):
        if found.get(name) is not None:
            typer.echo(f"  {number(found[name]):>10} {label}")
    if found.get("approval") and not error:
        typer.echo(f"  {found['approval']}")
    if error:
        typer.echo(f"  {error}")
    for name in found.get("lists", []):
        typer.echo(f"  lijst: {name}")
    if found["report"]:
        typer.echo(f"  verslag: {found['report']}")
