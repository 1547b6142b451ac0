"""publish: the new records as lists for the municipality, and a proof that they are all in them."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.errors import Blocked
from exchanges.core.findings import finding, findings_table
from exchanges.core.lists.cover import Cover
from exchanges.core.lists.declare import Sheet, SignalList
from exchanges.core.lists.handing import placed
from exchanges.core.receive.compare import together
from exchanges.core.receive.earlier import Earlier
from exchanges.core.reports.dutch import count
from exchanges.core.sql import execute, parquet, session
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.deliver import channel_of
from exchanges.core.store.hashing import hash_file

if TYPE_CHECKING:
    import duckdb

    from exchanges.core.lists.seal import Seal

PUT = "lijst neergezet"
_HELD = "Er zijn strafrechtelijke gegevens, maar geen sleutel voor wie die mag inzien. Zij staan in geen enkele lijst."
_MEDIA = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def publish(context: Context) -> Result:
    """Artefacts ``lijst/<file>``, also laid under ``<home>/lijsten`` and put where the municipality wants them.

    Made again, with the same content, the files that are there stay: sealing is never twice the same, and what was put
    somewhere must not be put there again under the same name with other bytes.
    """
    # What writes workbooks and seals is loaded by who publishes, not by every command.
    from exchanges.core.lists.publish import MANIFEST
    from exchanges.core.lists.publish import publish as make

    intake, delivery = context.intake, context.delivery
    new = context.files("compare", "nieuw")
    listed: SignalList = pkgutil.resolve_name(intake.lists)()
    records = sum(pq.read_metadata(new[name]).num_rows for name in intake.records)
    _require_still_new(context, new)
    with session(context.work, context.settings.memory_mb, rows=records) as con:
        tables = sheet_tables(con, context, listed, new)
    counts = _expected(listed, context.done("reconcile").details["new"], new)
    cover = Cover(
        delivery.exchange, delivery.gemeente, context.gemeente.naam, delivery.period, delivery.sequence, counts,
        pkgutil.resolve_name(intake.notes)(context) if intake.notes else (),
    )  # fmt: skip
    made = make(
        listed, tables, cover, context.work / "lijsten", _seal(context),
        pseudonym_key=context.settings.pseudonymise_with(),
    )  # fmt: skip
    folder = context.settings.root / "lijsten" / delivery.gemeente
    folder.mkdir(parents=True, exist_ok=True)
    files = [path for manifest in made.manifests for path in settle(manifest, folder)]
    _put(context, files)
    booked = pkgutil.resolve_name(intake.register)(context, new) if intake.register else {}
    signals = {sheet.id for sheet in listed.sheets if not sheet.extra}
    shown = sum(count for id, count in made.rows.items() if id in signals)
    held = sum(count for id, count in made.withheld.items() if id in signals)
    said = []
    if held:
        action = "Stel een sleutel in (sleutel_beperkt bij lijsten van de gemeente) en voer de levering opnieuw uit."
        said.append(finding("IN-AANGEHOUDEN", "warning", _HELD, action=action, source="ontvangst"))
    return Result(
        findings=findings_table(said),
        balances=[Balance(intake.record, "aantal", records, shown, held=held)],
        files={f"lijst/{path.name}": Made(path, _media_type(path)) for path in files},
        details={
            "sealed": made.sealed,
            "booked": booked,
            "content": list(made.content),
            "rows": dict(made.rows),
            "withheld": dict(made.withheld),
            "files": [
                [path.name, hash_file(path)[0], _rows_in(path, made.rows, listed)]
                for path in files
                if not path.name.endswith(MANIFEST)
            ],
        },
    )


def _require_still_new(context: Context, new: Mapping[str, Path]) -> None:
    """Two deliveries may run at the same time, and the same records may be in both. Raises Blocked when another one
    published some of these since they were compared: nobody is to get them twice."""
    intake, earlier = context.intake, Earlier(context)
    compared = context.done("compare").details
    # Of a thing the same may be told again; and a file that is compared with the one before it has no numbers.
    if intake.successive or intake.thing or compared.get("before") == len(earlier.published):
        return
    own = pa.concat_tables(pq.read_table(new[name], columns=[intake.key]) for name in intake.records)[intake.key]
    for path in earlier.tables("compare", "klasse", "merk"):
        marks = pq.read_table(path, columns=["nummer", "klasse"])
        told = marks["nummer"].filter(pc.equal(marks["klasse"], "nieuw"))
        if twice := pc.sum(pc.is_in(own, value_set=told.combine_chunks())).as_py():
            verb = "is" if twice == 1 else "zijn"
            raise Blocked(
                f"{count(twice, *intake.words)} uit dit bestand {verb} intussen door een andere levering gepubliceerd;"
                " er is nu niets gepubliceerd. Verwerk het bestand opnieuw in een nieuwe levering (sluis run --nieuw)."
            )


def _expected(listed: SignalList, new: Mapping[str, int], tables: Mapping[str, Path]) -> dict[str, int]:
    """Per sheet, by the reconciliation; of what is no signal, by the table itself. Raises Blocked for a kind that no
    sheet is for: it would not be seen."""
    ordinary = [sheet for sheet in listed.sheets if not sheet.extra]
    known = {kind: sheet.id for sheet in ordinary for kind in sheet.kinds or (sheet.id,)}
    strange = sorted(set(new) - set(known))
    if strange:
        raise Blocked(f"Van soort {', '.join(strange)} is er geen blad in de lijst; er is niets gepubliceerd.")
    counts = {sheet.id: pq.read_metadata(tables[sheet.id]).num_rows if sheet.extra else 0 for sheet in listed.sheets}
    for kind, many in new.items():
        counts[known[kind]] += many
    return counts


def _seal(context: Context) -> Seal | None:
    from exchanges.core.lists.seal import Seal

    keys = context.gemeente.lijsten
    return Seal(keys.sleutel, keys.sleutel_beperkt or None) if keys.sleutel else None


def settle(manifest: Path, folder: Path) -> list[Path]:
    """Put the files of a manifest in the folder, unless files with the same content are there. They last: the books are
    going to say that they are there."""
    said = json.loads(manifest.read_text(encoding="utf-8"))
    names = [one["naam"] for one in said["bestanden"]]
    before = folder / manifest.name
    if not before.exists() or taken(manifest, folder) or not _whole(before):
        for name in (*names, manifest.name):
            placed(manifest.with_name(name), folder / name)
    return [*(folder / name for name in names), before]


def taken(manifest: Path, folder: Path) -> bool:
    """Whether the names of this manifest are in the folder those of something else."""
    before = folder / manifest.name
    return before.exists() and _content(before) != _content(manifest)


def _content(manifest: Path) -> Any:
    said = json.loads(manifest.read_text(encoding="utf-8"))
    return said.get("inhoud", said["bestanden"])


def _whole(manifest: Path) -> bool:
    """Whether the files that are beside it are those it tells of."""
    said = json.loads(manifest.read_text(encoding="utf-8"))
    files = [(manifest.with_name(one["naam"]), one["sha256"]) for one in said["bestanden"]]
    return all(path.exists() and hash_file(path)[0] == sha256 for path, sha256 in files)


def _put(context: Context, files: Sequence[Path]) -> None:
    place = context.gemeente.lijsten.kanaal
    if place is None:
        return
    with channel_of(place) as channel:
        for path in files:
            sha256, size = hash_file(path)
            sent = channel.deliver(path, place.inkomend, path.name, sha256)
            context.ledger.event_once(
                context.delivery.id, "ketensluis", PUT, path.name, "al aanwezig" if sent.already else "verzonden",
                {"sha256": sha256, "size": size, "host_key": sent.host_key},
            )  # fmt: skip


def _rows_in(path: Path, rows: Mapping[str, int], listed: SignalList) -> int:
    """Records in a file of the lists; a file of one sheet is named after it."""
    from exchanges.core.lists.publish import APART

    alone = next((id for id in rows if path.stem.endswith(f"_{id}")), None)
    if alone is not None:
        return rows[alone]
    apart, extra = APART in path.name, {sheet.id for sheet in listed.sheets if sheet.extra}
    return sum(count for id, count in rows.items() if (id in listed.restricted) == apart and id not in extra)


def _media_type(path: Path) -> str:
    return _MEDIA.get(path.suffix, "application/octet-stream")


def sheet_tables(
    con: duckdb.DuckDBPyConnection, context: Context, listed: SignalList, new: dict[str, Path]
) -> dict[str, Path]:
    """Per sheet its rows: the record, and what the table named after the sheet says of it."""
    out = context.work / "bladen"
    out.mkdir()
    made = {}
    for sheet in listed.sheets:
        made[sheet.id] = out / f"{sheet.id}.parquet"
        execute(con, f"COPY ({_rows(context, sheet, new)}) TO '{made[sheet.id]}' (FORMAT parquet)")
    return made


def _rows(context: Context, sheet: Sheet, new: dict[str, Path]) -> str:
    intake = context.intake
    if sheet.extra:
        return f"SELECT *{_in_words(new[sheet.id])} FROM {parquet(new[sheet.id])}"
    kinds = ", ".join("'" + kind.replace("'", "''") + "'" for kind in sheet.kinds or (sheet.id,))
    more, join = "", ""
    if sheet.id in new:
        more = f", k.* EXCLUDE (rij, regel, {intake.key}){_in_words(new[sheet.id])}"
        join = f" JOIN {parquet(new[sheet.id])} k ON k.rij = r.rij"
    return (
        f"SELECT r.*{_in_words(new[intake.record])}{more} FROM ({together(new, intake)}) r{join}"
        f" WHERE r.{intake.kind} IN ({kinds})"
    )


def _in_words(path: Path) -> str:
    """SQL after ``*``: several values in one cell are read as a list with commas."""
    several = [field.name for field in pq.read_schema(path) if pa.types.is_list(field.type)]
    parts = ", ".join(f"array_to_string({name}, ', ') AS {name}" for name in several)
    return f" REPLACE ({parts})" if parts else ""
