"""reconcile: every record of the file is accounted for, per kind; and is this month like other months."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.findings import finding, findings_table
from exchanges.core.receive.compare import together
from exchanges.core.receive.earlier import Earlier
from exchanges.core.receive.proofs import Proof, broken
from exchanges.core.receive.refeed import fed, settle
from exchanges.core.receive.strangers import refuse, strangers
from exchanges.core.receive.successive import TOLD
from exchanges.core.receive.surroundings import add_earlier, add_surroundings
from exchanges.core.receive.waiting import REPAIR
from exchanges.core.reports.dutch import number
from exchanges.core.sql import parquet, session
from exchanges.core.steps.context import Context, Result

MONTHS = 12
ENOUGH = 3


def reconcile(context: Context) -> Result:
    """One balance per kind, and the proofs that the exchange declares. What was read and what is new are counted from
    the files, by another library than the one that compared them; what stays behind by the class it was given.

    A file of whose persons too many are nobody of ours stops here, and is an incident. A kind that came in far more or
    far fewer than is usual is told: a changed layout shows here first.
    """
    intake = context.intake
    new = context.files("compare", "nieuw")
    goes = per_kind(context, new)
    if intake.successive:
        lines = _told(context, goes)
    else:
        lines = _came(context, goes)
    came = {line.measure: line.into for line in lines}
    repair = fed(context)
    repaired, did, told = settle(context, sum(goes.values())) if repair else ([], {}, [])
    proofs = [Proof(**{k: v for k, v in one.items() if k != "holds"})
              for one in context.done("compare").details.get("proofs", [])] + _proofs(context, new)
    collected, checked = context.done("collect"), context.done("check")
    many = strangers(context)
    foreign, leak = refuse(context, many) if many and many.too_many else (None, "")
    sound = collected.artefacts["bestand"].sha256 == checked.details["sha256"]
    changed = "" if sound else "Het ingelezen bestand is niet het bestand dat is ontvangen."
    return Result(
        balances=lines + repaired,
        details={
            "kinds": came, "new": goes, "sha256": checked.details["sha256"],
            "proofs": [proof.as_dict() for proof in proofs], REPAIR: did,
        },
        findings=findings_table([*told, *([foreign] if foreign else []), *([] if did else unusual(context, came))]),
        blocked=" ".join(part for part in (changed, leak, broken(proofs)) if part),
    )  # fmt: skip


def _came(context: Context, goes: dict[str, int]) -> list[Balance]:
    """Per kind, from the file to what is new."""
    read = context.files("read", "gelezen")
    came = per_kind(context, read)
    stays = _left_behind(context, read, context.files("compare", "klasse")["merk"])
    return [
        Balance(
            kind, "aantal", came.get(kind, 0), goes.get(kind, 0),
            rejected=stays.get((kind, "botst"), 0) + stays.get((kind, "afgewezen"), 0),
            excluded=stays.get((kind, "buiten"), 0), duplicate=stays.get((kind, "bekend"), 0),
        )
        for kind in sorted(came.keys() | goes.keys())
    ]  # fmt: skip


def _told(context: Context, goes: dict[str, int]) -> list[Balance]:
    """Per kind, from what the books say was told in this period to the list (R-OIB 2)."""
    kind, period = context.intake.kind, str(context.delivery.period)
    shown = context.files("compare", "nieuw")[context.intake.record]
    apart = context.files("compare", "apart")[context.intake.record]
    books = [*Earlier(context).tables("compare", TOLD, "gemeld"), context.files("compare", TOLD)["gemeld"]]
    rows = " UNION ALL ".join(f"SELECT sleutel, klasse, periode FROM {parquet(path)}" for path in books)
    listed = f"SELECT sleutel FROM {parquet(shown)} UNION ALL SELECT sleutel FROM {parquet(apart)}"
    with session(context.work, context.settings.memory_mb, rows=pq.read_metadata(shown).num_rows) as con:
        booked = con.execute(
            f"SELECT klasse, count(DISTINCT sleutel) FROM ({rows}) WHERE periode = '{period}'"
            f" AND sleutel IN ({listed}) GROUP BY klasse"
        ).fetchall()
        held = con.execute(f"SELECT {kind}, count(*) FROM {parquet(apart)} GROUP BY 1").fetchall()
    into, aside = dict(booked), dict(held)
    return [
        Balance(name, "aantal", into.get(name, 0), goes.get(name, 0), excluded=aside.get(name, 0))
        for name in sorted(into.keys() | goes.keys() | aside.keys())
    ]


def _proofs(context: Context, new: dict[str, Path]) -> list[Proof]:
    """What the exchange proves itself."""
    intake = context.intake
    if not intake.proofs:
        return []
    rows = sum(pq.read_metadata(new[name]).num_rows for name in intake.records)
    with session(context.work, context.settings.memory_mb, rows=rows) as con:
        add_surroundings(con, context, context.files("compare", "bron"))
        for name, path in new.items():
            con.execute(f"CREATE VIEW nieuw.{name} AS FROM {parquet(path)}")
        add_earlier(con, context, Earlier(context), f"nieuw.{intake.record}")
        proofs: list[Proof] = pkgutil.resolve_name(intake.proofs)(context, con)
    return proofs


def per_kind(context: Context, tables: dict[str, Path]) -> dict[str, int]:
    """Records of the file in ``tables``, by kind."""
    kind = context.intake.kind
    rows = pa.concat_tables([pq.read_table(tables[name], columns=[kind]) for name in context.intake.records])
    counts = rows.group_by(kind).aggregate([([], "count_all")])
    return dict(zip(counts[kind].cast(pa.string()).to_pylist(), counts["count_all"].to_pylist(), strict=True))


def _left_behind(context: Context, tables: dict[str, Path], marks: Path) -> dict[tuple[str, str], int]:
    records = pq.read_metadata(marks).num_rows
    with session(context.work, context.settings.memory_mb, rows=records) as con:
        rows = con.execute(
            f"SELECT r.{context.intake.kind}::VARCHAR, m.klasse, count(*) FROM ({together(tables, context.intake)}) r"
            f" JOIN {parquet(marks)} m USING (rij) WHERE m.klasse <> 'nieuw' GROUP BY ALL"
        ).fetchall()
    return {(kind, label): count for kind, label, count in rows}


def unusual(context: Context, came: dict[str, int]) -> list[dict[str, object]]:
    """Findings, a kind each (``came``: records per kind): against the median of at most twelve months before. A few
    repaired rows are no month."""
    before: list[dict[str, Any]] = [
        dict(details["kinds"])  # type: ignore[call-overload]
        for one, details in Earlier(context).details("reconcile")
        if context.delivery.period.shift(-MONTHS) <= one.period < context.delivery.period and not details.get(REPAIR)
    ]
    if len(before) < ENOUGH:
        return []
    allowed = int(context.parameters.get("afwijking_perc", 50))  # type: ignore[arg-type]
    found = []
    for kind in sorted(set(came) | {name for month in before for name in month}):
        usual, now = int(median(month.get(kind, 0) for month in before)), came.get(kind, 0)
        if abs(now - usual) * 100 > allowed * max(usual, 1) and abs(now - usual) > ENOUGH:
            text = f"Van soort {kind} kwamen er {number(now)}; gewoon is {number(usual)} per maand."
            action = "Ga na of de indeling van het bestand is veranderd."
            found.append(finding("IN-AANTAL", "warning", text, action=action, source="aansluiting"))
    return found
