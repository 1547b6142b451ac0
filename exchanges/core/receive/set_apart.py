"""The rows of a file that were set apart, as they stand in it: for a person to repair, or to be tried once more.

Every row of the file is in the books with the line it begins on, read or not. So where a row ends follows from where
the next begins, and the file need not be parsed again: what could not be read then could not be read now.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.intake import Intake
from exchanges.core.ledger import Ledger, StepRow
from exchanges.core.lists.seal import private
from exchanges.core.receive.waiting import FILE, Family
from exchanges.core.store import Store

Ints = NDArray[np.int64]
STAYED = ("botst", "afgewezen")
WENT_ON = ("nieuw", "bekend", "buiten")
_BLOCK = 1 << 24
_BETWEEN_CELLS = r"[;,|\t\r\n\"']+"


def write_waiting(family: Family, intake: Intake, ledger: Ledger, store: Store, out: Path) -> int:
    """Write what waits to the new file ``out``, in the layout of the original: all of a refused file, or the column
    names with the rows that were set apart and are not settled. Gives how many rows (0: a whole file).

    Raises UsageError when that cannot be (no CSV, or records without a number), BusinessError when the original has
    been destroyed because its term had passed.
    """
    gemeente = family.root.gemeente
    if family.base is None:
        with (
            store.open(gemeente, _held(family, ledger.step_result(family.root.id, "collect"))) as source,
            open(out, "xb", opener=private) as sink,
        ):
            shutil.copyfileobj(source, sink)
        return 0
    if not family.file_name.lower().endswith(".csv") or intake.successive:
        raise UsageError(
            f"Van {family.file_name} zijn losse regels niet uit te schrijven; herstel het hele bestand en geef het met"
            " --file. Wat al bekend is, verandert daardoor niet."
        )
    rows = {row.step: row for row in ledger.steps(family.base.id)}
    original = store.local(gemeente, _held(family, rows["collect"]))
    starts, lines = _places(rows, intake, store, gemeente)
    offsets = _offsets(original)
    texts = _texts(original, offsets, starts, lines)
    left = _unsettled(texts, _settled_numbers(family, ledger, store))
    with original.open("rb") as source, open(out, "xb", opener=private) as sink:
        sink.writelines(_ended(text) for text in [source.read(int(offsets[1])), *left])
    return len(left)


def _held(family: Family, row: StepRow | None) -> str:
    """The original in the store. Raises BusinessError when it is not there any more."""
    artefact = row.artefacts.get(FILE) if row else None
    if artefact is None:
        raise BusinessError(
            f"Het originele bestand van {family.root.id} is vernietigd omdat de bewaartermijn voorbij is; vraag het"
            " opnieuw aan de partner."
        )
    return artefact.sha256


def _places(rows: dict[str, StepRow], intake: Intake, store: Store, gemeente: str) -> tuple[Ints, Ints]:
    """(the lines on which every row of the file begins, those of the rows that were set apart), sorted."""

    def table(step: str, role: str, columns: list[str]) -> pa.Table:
        return pq.read_table(store.local(gemeente, rows[step].artefacts[role].sha256), columns=columns)

    read = pa.concat_tables(table("read", f"gelezen/{name}", ["rij", "regel"]) for name in intake.records)
    nothing = pa.array([], pa.int64())
    unread = table("read", "apart", ["regel"])["regel"] if "apart" in rows["read"].artefacts else nothing
    marks = table("compare", "klasse/merk", ["rij", "klasse"])
    stayed = marks["rij"].filter(pc.is_in(marks["klasse"], value_set=pa.array(STAYED)))
    apart = read["regel"].filter(pc.is_in(read["rij"], value_set=stayed.combine_chunks()))
    unread_lines = unread.to_numpy()
    return (np.union1d(read["regel"].to_numpy(), unread_lines),
            np.unique(np.concatenate([apart.to_numpy(), unread_lines])))


def _offsets(path: Path) -> Ints:
    """Where each line begins, in bytes from the start of the file; and, last, where the file ends."""
    found = [np.zeros(1, np.int64)]
    place = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.append(np.flatnonzero(np.frombuffer(block, np.uint8) == 10) + place + 1)
            place += len(block)
    ends = np.concatenate(found)
    return ends if ends[-1] == place else np.append(ends, place)


def _texts(path: Path, offsets: Ints, starts: Ints, lines: Ints) -> list[bytes]:
    """The rows that begin on ``lines``, each to where the next row begins."""
    following = np.searchsorted(starts, lines, side="right")
    until = np.append(starts, len(offsets))[following] - 1
    out = []
    with path.open("rb") as file:
        for begin, end in zip(offsets[lines - 1].tolist(), offsets[until].tolist(), strict=True):
            file.seek(begin)
            out.append(file.read(end - begin))
    return out


def _settled_numbers(family: Family, ledger: Ledger, store: Store) -> pa.Array:
    """The numbers of the records that repairs brought in."""
    found = [pa.array([], pa.string())]
    for id in family.published:
        row = ledger.step_result(id, "compare")
        if family.base is not None and id != family.base.id and row is not None and "klasse/merk" in row.artefacts:
            marks = pq.read_table(store.local(family.root.gemeente, row.artefacts["klasse/merk"].sha256))
            went = marks["nummer"].filter(pc.is_in(marks["klasse"], value_set=pa.array(WENT_ON)))
            found.append(pc.cast(went, pa.string()).combine_chunks())
    return pa.concat_arrays(found).drop_null()


def _unsettled(texts: list[bytes], numbers: pa.Array) -> list[bytes]:
    """Without the rows that have a cell with one of the numbers."""
    if not len(numbers):
        return texts
    cells = pc.split_pattern_regex(pa.array([text.decode("latin-1") for text in texts], pa.string()), _BETWEEN_CELLS)
    named = pc.is_in(pc.utf8_trim_whitespace(pc.list_flatten(cells)), value_set=numbers)
    gone = set(pc.list_parent_indices(cells).filter(named).to_pylist())
    return [text for place, text in enumerate(texts) if place not in gone]


def _ended(text: bytes) -> bytes:
    """One row and its end of line; blank lines that followed it are no part of it."""
    return text.rstrip(b"\r\n") + b"\r\n"
