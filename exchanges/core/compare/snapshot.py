"""What goes into a comparison and what comes out of it: sets of Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

ANSWERED: Final = "beantwoord"
EMPTY: Final = "niets_gevonden"  # a valid answer: of this person there is nothing
NOT_ASKED: Final = "niet_bevraagd"  # an error came back: nothing is known, so nothing is concluded
ANSWERS: Final = (ANSWERED, EMPTY, NOT_ASKED)

ASKED = pa.schema(
    [
        pa.field("bsn", pa.string(), nullable=False),
        pa.field("antwoord", pa.string(), nullable=False),
        # The window that was delivered, both days in it; null where the answer says nothing of it: no bound.
        pa.field("venster_begin", pa.date32()),
        pa.field("venster_eind", pa.date32()),
    ]
)
# What was told of an item, and when: ``sleutel`` is a hash of its level and key (32 hex digits of sha256), ``inhoud``
# that of what holds of it since (``vervallen``: nothing). A hash of a BSN can be found by trying them all, so this is
# kept as the snapshots themselves are.
LEDGER = pa.schema([(name, pa.string()) for name in ("sleutel", "inhoud", "niveau", "klasse", "periode")])


@dataclass(frozen=True)
class Snapshot:
    """``asked``: one row per person (``ASKED``, the person under the name the declaration gives it). ``levels``: per
    level its files, with the columns of the declaration; others may stand beside them."""

    asked: tuple[Path, ...]
    levels: Mapping[str, tuple[Path, ...]]


@dataclass(frozen=True)
class ClassCount:
    """Of one class on one level: items found, of those listed now and told before, and per amount of ``Level.sums``
    what the class adds to its sum, in cents (withdrawn: negative)."""

    level: str
    name: str
    found: int
    listed: int
    told: int
    sums: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LevelCount:
    """Rows of one level. Each adds up: ``current = compared + first + outside``, and likewise ``previous`` with
    ``kept`` (persons without an answer now) and ``left`` (persons who are not asked for any more). Of ``compared``
    now, ``same`` did not change. ``doubled``: rows set apart because their key is not unique, ``doubled_now`` those of
    the current snapshot; ``contradicted``: current rows of persons of whom there should be none; ``empty``: rows that
    are none (``Level.filled``)."""

    level: str
    current: int
    compared: int
    same: int
    first: int
    outside: int
    previous: int
    previous_compared: int
    previous_outside: int
    kept: int
    left: int
    doubled: int
    doubled_now: int
    contradicted: int
    empty: int


@dataclass(frozen=True)
class Line:
    """``current = previous - cut + new + corrected - gone`` of a measure (``rijen``, or an amount in cents) of a
    level, over the whole delivery. ``cut``: of previous rows that the window of now leaves out. ``open_per``: how many
    lines per ``Comparison.per`` do not close; they are in ``Compared.balances``."""

    level: str
    measure: str
    previous: int
    cut: int
    new: int
    corrected: int
    gone: int
    current: int
    open_per: int

    @property
    def closed(self) -> bool:
        return (
            self.current == self.previous - self.cut + self.new + self.corrected - self.gone and not self.open_per
        )


@dataclass(frozen=True)
class People:
    """Persons: ``asked = answered + empty + not_asked``; ``asked = compared + first + not_asked``. ``left``: known
    before and not asked for any more."""

    asked: int
    answered: int
    empty: int
    not_asked: int
    compared: int
    first: int
    left: int


@dataclass(frozen=True)
class Compared:
    """``items`` and ``first``: per level a file of what is listed now, by key. ``ledger``: rows to add to the ledger.
    ``following``: the snapshot that the next delivery is compared with; it names files of ``current`` where these hold
    unchanged. ``balances``: ``Line`` per ``Comparison.per``. ``findings``: rows of ``core.findings``."""

    items: Mapping[str, Path]
    first: Mapping[str, Path]
    ledger: Path
    following: Snapshot
    balances: Path
    findings: Path
    people: People
    classes: tuple[ClassCount, ...]
    levels: tuple[LevelCount, ...]
    lines: tuple[Line, ...]

    @property
    def closed(self) -> bool:
        return all(line.closed for line in self.lines)
