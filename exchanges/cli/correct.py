"""``sluis correct``: a delivery replaced, added to or taken back; and what stands of a period."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from exchanges.cli.ask import bsn_from_input
from exchanges.cli.delivery import summary, tell
from exchanges.cli.person import ACTOR, person
from exchanges.cli.show import JSON, busy, emit

if TYPE_CHECKING:
    from exchanges.core.correct import Opened

app = typer.Typer(no_args_is_help=True, help="Een levering vervangen, aanvullen of intrekken; wat geldt er nu.")
DELIVERY = typer.Argument(help="Levering, bijvoorbeeld dkd_reintegratie/0153/2026-10/0001.")
REASON = typer.Option("", "--reason", help="Waarom; staat in het verslag. Geen persoonsgegevens.")
_COLUMNS = (
    ("records", "geleverd"), ("in_force", "geldt"), ("refused", "afgewezen"), ("withdrawn", "ingetrokken"),
    ("gone", "vervallen"), ("superseded", "vervangen"), ("waiting", "wacht"), ("repaired", "hersteld"),
)  # fmt: skip


@app.command("replace", help="Vervanging: alles van de periode opnieuw, in plaats van deze levering.")
def replace(levering: str = DELIVERY, reason: str = REASON, actor: str = ACTOR, as_json: bool = JSON) -> None:
    from exchanges.core.correct import replace as correct

    raise typer.Exit(_run(levering, as_json, lambda **said: correct(levering, actor=person(actor), reason=reason,
                                                                    **said)))  # fmt: skip


@app.command("add", help="Aanvulling: alleen wat is afgewezen en hersteld.")
def add(
    levering: str = DELIVERY,
    reason: str = REASON,
    actor: str = ACTOR,
    everything: bool = typer.Option(False, help="Alles wat nog niet bij de partner geldt, ook wie nieuw is."),
    unchanged: bool = typer.Option(
        False, help="Ook wat niet is gewijzigd sinds de partner het afwees: de oorzaak lag bij de partner."
    ),
    as_json: bool = JSON,
) -> None:
    raise typer.Exit(additional(levering, reason, actor, everything, unchanged, as_json))


def additional(levering: str, reason: str, actor: str, everything: bool, unchanged: bool, as_json: bool) -> int:
    """Run the addition; gives the exit code."""
    from exchanges.core.correct import add as correct

    asked = {"actor": person(actor), "reason": reason, "everything": everything, "unchanged": unchanged}
    return _run(levering, as_json, lambda **said: correct(levering, **asked, **said))


@app.command("withdraw", help="Intrekking, in overleg met de partner; heeft gevolg als een ander haar bevestigt.")
def withdraw(levering: str = DELIVERY, reason: str = REASON, actor: str = ACTOR, as_json: bool = JSON) -> None:
    from exchanges.core.correct import withdraw as correct

    row, known = correct(levering, actor=person(actor), reason=reason)
    if as_json:
        emit({"delivery": levering, "proposed_by": row.actor, "confirmed_by": row.confirmed_by})
        return
    if row.confirmed is not None:
        typer.echo(f"{levering}: ingetrokken, bevestigd door {row.confirmed_by}")
        return
    typer.echo(f"{levering}: intrekking voorgesteld door {row.actor}; nog zonder gevolg")
    typer.echo(f"  {known.text}{' Dit is aangenomen.' if known.certainty == 'assumed' else ''}")
    typer.echo(f"  Een ander bevestigt: sluis correct confirm {levering}")


@app.command("confirm", help="Bevestigen dat een levering is ingetrokken; door een ander dan wie het voorstelde.")
def confirm(levering: str = DELIVERY, actor: str = ACTOR, as_json: bool = JSON) -> None:
    from exchanges.core.correct import confirm as correct

    row = correct(levering, actor=person(actor))
    if as_json:
        emit({"delivery": levering, "proposed_by": row.actor, "confirmed_by": row.confirmed_by})
    else:
        typer.echo(f"{levering}: ingetrokken. Er geldt niets meer van; lever zo nodig opnieuw met sluis run --nieuw.")


@app.command("refused", help="Wat is afgewezen van een levering, waarom, en waarmee het is hersteld.")
def refused(levering: str = DELIVERY, as_json: bool = JSON) -> None:
    """Leave with 1 when something is still to be repaired."""
    raise typer.Exit(list_refused(levering, as_json))


def list_refused(levering: str, as_json: bool) -> int:
    import pyarrow.compute as pc

    from exchanges.core.access.log import REFUSED
    from exchanges.core.access.look import look
    from exchanges.core.reports.dutch import number
    from exchanges.core.standing import refused as ask

    look(REFUSED, delivery=levering)
    found = ask(levering)
    for row in found.to_pylist():
        if as_json:
            emit(row)
            continue
        done = f"  hersteld in {row['repaired_by']}" if row["repaired_by"] else ""
        # The words of a partner may end without a full stop.
        said = f"{row['text'].rstrip('. ')}. {row['action']}".rstrip()
        typer.echo(f"{row['record']}  {row['code']} ({row['by']}): {said}{done}")
    records = pc.count_distinct(found["record"]).as_py()
    open_ = pc.count_distinct(found.filter(pc.is_null(found["repaired_by"]))["record"]).as_py()
    if not as_json:
        typer.echo(f"{number(records)} afgewezen, waarvan {number(records - open_)} hersteld.")
    return 1 if open_ else 0


@app.command("standing", help="Wat geldt nu van een periode, per levering; met --person van een persoon.")
def standing(
    exchange: str = typer.Option("dkd_reintegratie", help="Uitwisseling."),
    gemeente: str = typer.Option(..., help="Gemeentecode."),
    period: str = typer.Option(..., help="Maand, jjjj-mm."),
    of: bool = typer.Option(False, "--person", help="Van één persoon; het BSN komt van de standaardinvoer."),
    actor: str = ACTOR,
    as_json: bool = JSON,
) -> None:
    from exchanges.core import standing as look

    if of:
        key = bsn_from_input("sluis correct standing --gemeente 0153 --period 2026-10 --person < bestand")
        _person(look.of_person(exchange, gemeente, period, key, actor=person(actor)), as_json)
        return
    found = look.standing(exchange, gemeente, period)
    if as_json:
        emit(found)
        return
    from exchanges.core.reports.dutch import number

    lines = [(f"{one['delivery']} {one['kind']}", one) for one in found["deliveries"]]
    lines.append(("de periode", found["total"]))
    width = max(len(name) for name, _ in lines)
    typer.echo(" " * width + "".join(f"{title:>13}" for _, title in _COLUMNS))
    for name, counts in lines:
        typer.echo(name.ljust(width) + "".join(f"{number(counts[key]):>13}" for key, _ in _COLUMNS))


def _person(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit(found)
        return
    stands = f"geldt door levering {found['in_force']}" if found["in_force"] else "geldt niet bij de partner"
    typer.echo(f"Persoon {found['person']}: {stands}" if found["chain"] else "In geen levering van deze periode.")
    for step in found["chain"]:
        said = ", afgewezen door de partner" if step["refused"] else ""
        typer.echo(f"  {step['delivery']} ({step['kind']}, {step['state']}{said}): {step['fate']}")


def _run(levering: str, as_json: bool, correct: Callable[..., Opened]) -> int:
    from exchanges.core.chain import TITLES
    from exchanges.core.errors import KetensluisError
    from exchanges.core.guard import guarded

    opened: list[Opened] = []
    error: KetensluisError | None = None
    with busy(as_json) as say:
        try:
            with guarded(levering):
                correct(on_step=lambda step: say(TITLES[step]), on_open=opened.append)
        except KetensluisError as raised:
            if not opened:
                raise
            error = raised
    known = opened[0].known
    if not as_json:
        typer.echo(f"{known.text}{' Dit is aangenomen.' if known.certainty == 'assumed' else ''}")
    tell(summary(opened[0].delivery), error, as_json)
    return error.exit_code if error else 0
