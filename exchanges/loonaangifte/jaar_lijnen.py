"""Three sides of a month laid side by side, relation by relation: the lines of the annual statement.

A side is an Arrow table: ``sleutel`` (one text per relation, the same on every side) and the amounts of LINES in
cents; the administration also has what it computed itself, see COMPUTED. Nothing here knows where a side came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

LINES = {
    "loon": "Loon voor de loonheffing",
    "loonheffing": "Ingehouden loonheffing",
    "bijdrage_zvw": "Ingehouden bijdrage Zvw",
    "werkgeversheffing_zvw": "Werkgeversheffing Zvw",
    "netto": "Netto betaald (loon min loonheffing en ingehouden bijdrage)",
    "alimentatie": "Alimentatie, in de uitkering begrepen",
    "alimentatie_rechtstreeks": "Alimentatie, rechtstreeks betaald",
}
# Of these the payments have a part only: the rest is grossed up, or the recalculation at the end of the year.
COMPUTED = ("loon", "loonheffing", "bijdrage_zvw", "werkgeversheffing_zvw")
AT_A_TIME = 100_000  # relations laid side by side
RECEIVED, JAAROPGAVEN, PAYMENTS = SIDES = ("ontvangen", "jaaropgaven", "betalingen")

_CENTS = [(name, pa.int64()) for name in LINES]
SIDE = pa.schema([("sleutel", pa.string()), *_CENTS])
ADMINISTERED = pa.schema([*SIDE, *((f"berekend_{name}", pa.int64()) for name in COMPUTED)])


@dataclass(frozen=True)
class Line:
    """A line in one month, or over the year (``month`` empty). Cents; ``payments`` has ``computed`` in it, what no
    payment says. ``relations`` differ somewhere, also where their differences make nothing together."""

    line: str
    month: str
    received: int
    jaaropgaven: int
    payments: int
    computed: int
    relations: int

    @property
    def difference(self) -> int:
        """The largest of the three less the smallest: nothing only when all are the same."""
        three = self.received, self.jaaropgaven, self.payments
        return max(three) - min(three)

    @property
    def closes(self) -> bool:
        return self.difference == 0 and self.relations == 0


@dataclass(frozen=True)
class Count:
    """How many relations each side has; ``differ`` are on one side and not on the other. A payment need not be there
    for a relation that stood open; a relation must be there for a payment."""

    month: str
    received: int
    jaaropgaven: int
    payments: int
    differ: int


@dataclass(frozen=True)
class Deviation:
    """One relation on one line, in cents; null where a side does not have the relation. ``key`` is personal."""

    month: str
    key: str
    line: str
    received: int | None
    jaaropgaven: int | None
    payments: int | None


class Ledger:
    """Takes the months of a year one by one; keeps sums, who deviates on which line, and of what deviates the first
    ``most`` amounts of every month and line."""

    def __init__(self, con: duckdb.DuckDBPyConnection, most: int = 100) -> None:
        self._con, self._most = con, most
        con.execute(
            "CREATE TEMP TABLE afwijking (maand VARCHAR, sleutel VARCHAR, lijn VARCHAR, ontvangen BIGINT,"
            " jaaropgaven BIGINT, betalingen BIGINT); CREATE TEMP TABLE wijkt_af (lijn VARCHAR, sleutel VARCHAR)"
        )
        self._months: list[Line] = []
        self.counts: list[Count] = []

    def add(self, month: str, sides: Mapping[str, pa.Table]) -> None:
        """``sides`` by the names of SIDES: SIDE, ADMINISTERED and SIDE."""
        for name, table in sides.items():
            self._con.register(f"zijde_{name}", table)
        sums = {name: self._sums(name) for name in SIDES}
        differ = dict.fromkeys(LINES, 0)
        counts = [0, 0, 0, 0]
        parts = 1 + max(table.num_rows for table in sides.values()) // AT_A_TIME
        for part in range(parts):
            here = f"WHERE hash(sleutel) % {parts} = {part}"
            self._con.execute(f"CREATE OR REPLACE TEMP TABLE naast AS {_SIDE_BY_SIDE.format(here=here)}")
            for line in LINES:
                differ[line] += self._deviating(month, line)
            (row,) = self._con.execute(_COUNTS).fetchall()
            counts = [total + (found or 0) for total, found in zip(counts, row, strict=True)]
        for line in LINES:
            computed = sums[JAAROPGAVEN].get(f"berekend_{line}", 0)
            self._months.append(Line(
                line, month, sums[RECEIVED][line], sums[JAAROPGAVEN][line], sums[PAYMENTS][line] + computed, computed,
                differ[line],
            ))  # fmt: skip
        self.counts.append(Count(month, *counts))
        for name in sides:
            self._con.unregister(f"zijde_{name}")

    @property
    def lines(self) -> list[Line]:
        """By line: every month, then the year."""
        of_year = dict(self._con.execute("SELECT lijn, count(*) FROM wijkt_af GROUP BY lijn").fetchall())
        out: list[Line] = []
        for name in LINES:
            months = [line for line in self._months if line.line == name]
            sums = [sum(getattr(line, side) for line in months)
                    for side in ("received", "jaaropgaven", "payments", "computed")]  # fmt: skip
            out += [*months, Line(name, "", *sums, of_year.get(name, 0))]
        return out

    @property
    def deviating(self) -> tuple[int, int]:
        """Relations that deviate anywhere, and the amounts in which they do."""
        ((relations,),) = self._con.execute("SELECT count(DISTINCT sleutel) FROM wijkt_af").fetchall()
        return int(relations), sum(line.relations for line in self._months)

    def deviations(self) -> list[Deviation]:
        """The first ``most`` of all amounts, in a fixed order."""
        order = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(LINES))
        rows = self._con.execute(
            f"SELECT maand, sleutel, lijn, ontvangen, jaaropgaven, betalingen FROM afwijking"
            f" ORDER BY maand, sleutel, CASE lijn {order} END LIMIT {self._most}"
        ).fetchall()
        return [Deviation(*row) for row in rows]

    def _deviating(self, month: str, line: str) -> int:
        """Keep who deviates on ``line`` in ``naast``; how many."""
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE nieuw AS {_unlike(line)}")
        ((count,),) = self._con.execute("SELECT count(*) FROM nieuw").fetchall()
        if count:
            self._con.execute(
                f"INSERT INTO afwijking SELECT '{month}', sleutel, '{line}', o, j, b FROM nieuw"
                f" ORDER BY sleutel LIMIT {self._most}"
            )
            known = f"SELECT sleutel FROM wijkt_af WHERE lijn = '{line}'"
            self._con.execute(
                f"INSERT INTO wijkt_af SELECT '{line}', sleutel FROM nieuw ANTI JOIN ({known}) USING (sleutel)"
            )
        return int(count)

    def _sums(self, side: str) -> dict[str, int]:
        names = [*LINES, *(f"berekend_{name}" for name in COMPUTED if side == JAAROPGAVEN)]
        summed = ", ".join(f"CAST(coalesce(sum({name}), 0) AS BIGINT)" for name in names)
        (row,) = self._con.execute(f"SELECT {summed} FROM zijde_{side}").fetchall()
        return dict(zip(names, row, strict=True))


# What a relation has twice on one side counts twice.
_SIDE_BY_SIDE = """
SELECT sleutel, coalesce(o.aantal, 0) AS o_aantal, coalesce(j.aantal, 0) AS j_aantal,
       coalesce(b.aantal, 0) AS b_aantal, {chosen}
FROM (SELECT sleutel, count(*) AS aantal, {sums} FROM zijde_ontvangen {{here}} GROUP BY sleutel) o
FULL JOIN (SELECT sleutel, count(*) AS aantal, {sums}, {computed_sums} FROM zijde_jaaropgaven {{here}}
           GROUP BY sleutel) j USING (sleutel)
FULL JOIN (SELECT sleutel, count(*) AS aantal, {sums} FROM zijde_betalingen {{here}} GROUP BY sleutel) b USING (sleutel)
""".format(
    chosen=", ".join(
        [f"{side[0]}.{name} AS {side[0]}_{name}" for side in (RECEIVED, JAAROPGAVEN) for name in LINES]
        + [f"b.{name} + coalesce(j.berekend_{name}, 0) AS b_{name}" if name in COMPUTED else f"b.{name} AS b_{name}"
           for name in LINES]
        + [f"j.berekend_{name} AS r_{name}" for name in COMPUTED]
    ),
    sums=", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in LINES),
    computed_sums=", ".join(f"CAST(sum(berekend_{name}) AS BIGINT) AS berekend_{name}" for name in COMPUTED),
)  # fmt: skip


def _unlike(line: str) -> str:
    # Without a payment there may be something computed all the same, such as a recalculation over December.
    paid = f"coalesce(b_{line}, r_{line}, 0)" if line in COMPUTED else f"coalesce(b_{line}, 0)"
    return (
        f"SELECT sleutel, o_{line} AS o, j_{line} AS j, b_{line} AS b FROM naast"
        f" WHERE coalesce(o_{line}, 0) <> coalesce(j_{line}, 0) OR coalesce(j_{line}, 0) <> {paid}"
    )


_COUNTS = """
SELECT CAST(sum(o_aantal) AS BIGINT), CAST(sum(j_aantal) AS BIGINT), CAST(sum(b_aantal) AS BIGINT),
       count(*) FILTER (o_aantal <> j_aantal OR b_aantal > j_aantal)
FROM naast
"""
