"""The received side: what the Belastingdienst has of a year, from the read-backs of what it accepted and nothing else.

Messages are applied in the order they were accepted (spec loonaangifte C-11): the last whole declaration of a month,
then every later correction, by person and number of the relation. A whole declaration that was followed by another one
of its month gave way, with the corrections that came in it (C-1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from exchanges.loonaangifte.jaar_lijnen import LINES, SIDE

if TYPE_CHECKING:
    import duckdb

TOTALS = ("tot_ln_lb_ph", "ing_lb_ph", "ing_bijdr_zvw", "tot_wgh_zvw")


@dataclass
class Correction:
    """A corrected month in a message: its new totals (whole euros), ``saldo`` as the message says it, and where in the
    read-back it is."""

    month: str
    row: int
    totals: dict[str, int]
    due: int
    saldo: int | None
    relations: int = 0
    withdrawn: int = 0


@dataclass
class Message:
    """One accepted message. ``month`` is null for a separate correction; ``replaced``: it gave way to a later one.
    ``number`` is the loonheffingennummer."""

    order: int
    month: str | None
    totals: dict[str, int]
    due: int | None
    total_general: int | None
    number: str = ""
    replaced: bool = False
    corrections: list[Correction] = field(default_factory=list)


def messages(con: duckdb.DuckDBPyConnection) -> list[Message]:
    """All messages in ``ontvangen``, in order; some dozens of rows, however many persons there are."""
    heads = _rows(con, f"SELECT _volgorde, {_HEAD} FROM ontvangen.aangifte")
    found = {row["_volgorde"]: _message(row) for row in heads}
    last: dict[str, int] = {}
    for order in sorted(found):
        if (month := found[order].month) is not None:
            last[month] = order
    for message in found.values():
        message.replaced = message.month is not None and last[message.month] != message.order
    saldi = {
        (row["_volgorde"], row["maand"]): row["saldo"]
        for row in _rows(con, f"SELECT _volgorde, {_MONTH} AS maand, saldo FROM ontvangen.saldo")
    }
    for row in _rows(con, _CORRECTIONS):
        found[row["_volgorde"]].corrections.append(Correction(
            row["maand"], row["_rij"], {name: row[name] for name in TOTALS}, row["tot_te_bet"],
            saldi.pop((row["_volgorde"], row["maand"]), None), row["gemeld"], row["ingetrokken"],
        ))  # fmt: skip
    for (order, month), saldo in saldi.items():  # a saldo without a correction: nothing was corrected, money was asked
        found[order].corrections.append(Correction(month, -1, dict.fromkeys(TOTALS, 0), 0, saldo))
    return [found[order] for order in sorted(found)]


def of_month(con: duckdb.DuckDBPyConnection, said: list[Message], month: str) -> pa.Table:
    """SIDE: the last received state of that month; no rows when it was never declared."""
    whole = [message.order for message in said if message.month == month and not message.replaced]
    if not whole:
        return SIDE.empty_table()
    base = whole[-1]
    parts = [f"SELECT _volgorde, 1 AS stelt, {_RELATION} FROM ontvangen.ikv WHERE _volgorde = {base}"]
    for message in said:
        for part in message.corrections:
            if part.month == month and part.row >= 0 and message.order > base and not message.replaced:
                here = f"_volgorde = {message.order} AND _boven = {part.row}"
                parts.append(f"SELECT _volgorde, 1, {_RELATION} FROM ontvangen.correctie_ikv WHERE {here}")
                parts.append(f"SELECT _volgorde, 0, {_WITHDRAWN} FROM ontvangen.intrekking WHERE {here}")
    # Of a key the last message counts; within a message a new report goes before a withdrawal.
    found: pa.Table = con.sql(
        f"SELECT * EXCLUDE (_volgorde, stelt) FROM (SELECT * FROM ({' UNION ALL '.join(parts)})"
        f" QUALIFY rank() OVER (PARTITION BY sleutel ORDER BY _volgorde DESC, stelt DESC) = 1) WHERE stelt = 1"
    ).to_arrow_table()
    return found.cast(SIDE)


_MONTH = "strftime(dat_aanv_tv, '%Y-%m')"
_HEAD = f"{_MONTH} AS maand, {', '.join(TOTALS)}, tot_te_bet, tot_gen, lh_nr"
_CORRECTIONS = f"""
SELECT c._volgorde, c._rij, {_MONTH} AS maand, {", ".join(TOTALS)}, tot_te_bet,
       coalesce(g.aantal, 0) AS gemeld, coalesce(i.aantal, 0) AS ingetrokken
FROM ontvangen.correctie c
LEFT JOIN (SELECT _volgorde, _boven, count(*) AS aantal FROM ontvangen.correctie_ikv GROUP BY ALL) g
       ON g._volgorde = c._volgorde AND g._boven = c._rij
LEFT JOIN (SELECT _volgorde, _boven, count(*) AS aantal FROM ontvangen.intrekking GROUP BY ALL) i
       ON i._volgorde = c._volgorde AND i._boven = c._rij
ORDER BY c._volgorde, c._rij
"""
_KEY = "coalesce(bsn, pers_nr) || '/' || num_iv"
_AMOUNTS = {
    "loon": "ln_lb_ph", "loonheffing": "ing_lb_ph", "bijdrage_zvw": "bijdr_zvw", "werkgeversheffing_zvw": "wgh_zvw",
    "netto": "ln_lb_ph - ing_lb_ph - bijdr_zvw", "alimentatie": "coalesce(bedr_al_in_wwb, 0)",
    "alimentatie_rechtstreeks": "coalesce(bedr_rcht_al, 0)",
}  # fmt: skip
_RELATION = ", ".join([f"{_KEY} AS sleutel", *(f"{_AMOUNTS[name]} AS {name}" for name in LINES)])
_WITHDRAWN = ", ".join([f"{_KEY} AS sleutel", *(f"CAST(0 AS BIGINT) AS {name}" for name in LINES)])


def _message(row: dict[str, Any]) -> Message:
    return Message(row["_volgorde"], row["maand"], {name: row[name] for name in TOTALS}, row["tot_te_bet"],
                   row["tot_gen"], row["lh_nr"] or "")  # fmt: skip


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.sql(sql).to_arrow_table().to_pylist()
    return rows
