"""What came before: the published deliveries of the same exchange and municipality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exchanges.core.ledger import Delivery, StepRow
from exchanges.core.ledger.refeeds import RefeedBook
from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted

FILE = "bestand"


@dataclass(frozen=True)
class Collected:
    """A file that was collected for another delivery."""

    delivery: Delivery
    name: str
    sha256: str


class Earlier:
    """Looked up once per step."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def published(self) -> list[Delivery]:
        """In the order in which they were published, without this delivery."""
        context = self._context
        had = accepted(context.ledger, context.exchange.id, context.delivery.gemeente)
        return [one for one in had if one.id != context.delivery.id]

    @cached_property
    def files(self) -> list[Collected]:
        return [
            Collected(one, str(row.details["file_name"]), str(row.details["sha256"]))
            for one, row in self.steps("collect")
        ]

    @cached_property
    def repaired(self) -> dict[str, Delivery]:
        """By sha256 the files that were refused as a whole, with the delivery in which they were repaired."""
        published = {one.id: one for one in self.published}
        return {
            one.original: published[id]
            for id, one in RefeedBook(self._context.ledger.database).all().items()
            if one.whole and id in published
        }

    def tables(self, step: str, prefix: str, name: str) -> list[Path]:
        """The artefacts ``<prefix>/<name>`` of that step of every published delivery."""
        role = f"{prefix}/{name}"
        return [
            self._context.store.local(one.gemeente, row.artefacts[role].sha256)
            for one, row in self.steps(step)
            if role in row.artefacts
        ]

    def details(self, step: str) -> list[tuple[Delivery, dict[str, object]]]:
        return [(one, dict(row.details)) for one, row in self.steps(step)]

    def steps(self, step: str) -> Iterator[tuple[Delivery, StepRow]]:
        """That step of every published delivery, in order."""
        for one in self.published:
            row = self._context.ledger.step_result(one.id, step)
            if row is not None and row.done:
                yield one, row
