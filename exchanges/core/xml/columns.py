"""Faults as columns: of a file with hundreds of thousands only their numbers are held, what they say once each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
# Code, text and path.
Kind = tuple[str, str, str]
NONE = -1


@dataclass(frozen=True, slots=True)
class Fault:
    """One refusal: ``record`` counts the records of the file from 0, null outside the records."""

    code: str
    text: str
    path: str
    line: int | None
    record: int | None = None


class Faults(Sequence[Fault]):
    """``kind`` numbers the ``kinds``; ``line`` and ``record`` are NONE where a fault has none. Read one by one they are
    :class:`Fault`, and equal to a list of these."""

    def __init__(self, kinds: Sequence[Kind], kind: Numbers, line: Numbers, record: Numbers) -> None:
        self.kinds, self.kind, self.line, self.record = kinds, kind, line, record

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> Faults:
        kinds: dict[Kind, int] = {}
        rows = [
            (
                kinds.setdefault((fault.code, fault.text, fault.path), len(kinds)),
                NONE if fault.line is None else fault.line,
                NONE if fault.record is None else fault.record,
            )
            for fault in faults
        ]
        columns = np.array(rows, np.int64).reshape(-1, 3)
        return cls(list(kinds), columns[:, 0], columns[:, 1], columns[:, 2])

    def take(self, rows: Any) -> Faults:
        """Those of ``rows``, numbers or a slice."""
        return Faults(self.kinds, self.kind[rows], self.line[rows], self.record[rows])

    def __len__(self) -> int:
        return len(self.kind)

    @overload
    def __getitem__(self, place: int) -> Fault: ...
    @overload
    def __getitem__(self, place: slice) -> Faults: ...
    def __getitem__(self, place: int | slice) -> Fault | Faults:
        if isinstance(place, slice):
            return self.take(place)
        line, record = int(self.line[place]), int(self.record[place])
        code, text, path = self.kinds[self.kind[place]]
        return Fault(code, text, path, None if line == NONE else line, None if record == NONE else record)

    def __iter__(self) -> Iterator[Fault]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(Fault.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))


def together(parts: Iterable[Sequence[Fault]]) -> Faults:
    """All of ``parts``, in that order, each kind once."""
    columns = [part if isinstance(part, Faults) else Faults.of(part) for part in parts]
    kinds: dict[Kind, int] = {}
    numbers = [
        np.array([kinds.setdefault(kind, len(kinds)) for kind in part.kinds], np.int64)[part.kind] for part in columns
    ]
    empty = np.empty(0, np.int64)
    return Faults(
        list(kinds),
        np.concatenate([empty, *numbers]),
        np.concatenate([empty, *(part.line for part in columns)]),
        np.concatenate([empty, *(part.record for part in columns)]),
    )
