"""What waits to be fed again: files that were refused, and rows that were set apart while the others went on.

A file that was refused, and everything that was fed for it since, is one family. Its rows are counted where it was
first read through: the delivery itself, or the first repair of it that was published.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepRow
from exchanges.core.ledger.refeeds import Refeed, RefeedBook
from exchanges.core.registry import exchanges
from exchanges.core.reports.dutch import number

FILE = "bestand"
REPAIR = "herstel"  # in the details of reconcile: what a repair did to the rows that waited
# What was refused and not repaired yet; of an open one the file did not come in.
_STOPPED = frozenset({DeliveryState.blocked, DeliveryState.failed})
_CAUSES = (("unreadable", "niet te lezen"), ("clash", "zelfde nummer met andere inhoud"), ("rejected", "afgewezen"))


@dataclass(frozen=True)
class Family:
    """``root`` is the delivery that refused, ``base`` the one in which the rows were read (None: not yet), ``fed`` the
    repairs in order. ``causes`` count the rows that the base set apart, ``settled`` those that are published or known
    by now."""

    root: Delivery
    base: Delivery | None
    fed: tuple[Refeed, ...]
    published: tuple[str, ...]
    causes: dict[str, int]
    settled: int
    since: datetime | None
    file_name: str
    original: str

    @property
    def apart(self) -> int:
        return sum(self.causes.values())

    @property
    def rows(self) -> int | None:
        """How many rows wait; None when it is the whole file."""
        return None if self.base is None else self.apart - self.settled

    @property
    def waits(self) -> bool:
        return self.rows is None or self.rows > 0

    @property
    def reason(self) -> str:
        """Why, in words; of rows what they were, and how many of them do not wait any more."""
        if self.base is None:
            return self.root.reason
        causes = ", ".join(f"{number(self.causes[name])} {text}" for name, text in _CAUSES if self.causes[name])
        return causes + (f"; daarvan {number(self.settled)} hersteld of al bekend" if self.settled else "")


def family(ledger: Ledger, id: str) -> Family | None:
    """The family of a delivery, whichever of it ``id`` is; None when nothing was ever refused or set apart in it.

    Raises UsageError for a delivery that does not exist.
    """
    book = RefeedBook(ledger.database)
    mine = book.of(id)
    root, steps = ledger.progress(mine.repairs if mine else id)
    return _family(ledger, root, steps, book.repairing(root.id))


def families(ledger: Ledger, exchange: str | None = None, gemeente: str | None = None) -> Iterator[Family]:
    """Everything that waits, by exchange, gemeente, period and number."""
    fed: dict[str, list[Refeed]] = {}
    every = RefeedBook(ledger.database).all()
    for one in every.values():
        fed.setdefault(one.repairs, []).append(one)
    incoming = {id for id, declared in exchanges().items() if declared.direction == "in"}
    for delivery in ledger.deliveries(exchange, gemeente):
        if delivery.exchange not in incoming or delivery.id in every:
            continue
        _, steps = ledger.progress(delivery.id)
        found = _family(ledger, delivery, steps, sorted(fed.get(delivery.id, ()), key=lambda one: one.delivery))
        if found is not None and found.waits:
            yield found


def _family(ledger: Ledger, root: Delivery, steps: dict[str, StepRow], fed: Collection[Refeed]) -> Family | None:
    collected = steps.get("collect")
    if collected is None or not collected.done or "sha256" not in collected.details:
        return None
    members = [(one, *ledger.progress(one.delivery)) for one in fed]
    through = [(root, steps)] if root.state is DeliveryState.published else []
    through += [(delivery, rows) for _, delivery, rows in members if delivery.state is DeliveryState.published]
    if not through and root.state not in _STOPPED:
        return None
    base, rows = through[0] if through else (None, steps)
    causes = _causes(rows) if base else {}
    if base and base.id == root.id and not sum(causes.values()):
        return None
    settled = sum(_settled(done) for _, done in through[1:])
    published = tuple(delivery.id for delivery, _ in through)
    read = rows["collect"]
    return Family(root, base, tuple(fed), published, causes, settled, read.finished,
                  str(read.details["file_name"]), str(read.details["sha256"]))


def _causes(steps: dict[str, StepRow]) -> dict[str, int]:
    read, compared = steps["read"].details, steps["compare"].details
    return {"unreadable": int(read["rejected"]), "clash": int(compared["clash"]), "rejected": int(compared["rejected"])}


def _settled(steps: dict[str, StepRow]) -> int:
    did = steps["reconcile"].details.get(REPAIR, {}) if "reconcile" in steps else {}
    return sum(int(did.get(name, 0)) for name in ("new", "known", "aside"))
