"""The chain as a file: one event a line, then the anchors; for who must verify it without the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from exchanges.core.evidence.anchors import read
from exchanges.core.evidence.reading import ANCHOR, HEADER, lines
from exchanges.core.ledger import Ledger
from exchanges.core.store.failures import storage_failures
from exchanges.core.store.whole import require_folder, whole_file

_TELL = 50_000


def export(ledger: Ledger, out: Path, folders: Iterable[Path], told: Callable[[int], None] = lambda count: None) -> int:
    """Write all events as they are at this moment, and the anchors; how many events. The file is for its owner alone:
    it names who did what. Nothing is left of a file that could not be finished. Raises TechnicalError, UsageError
    where no file can be."""
    require_folder(out)
    anchors = {one.number: one for folder in folders for one in read(folder)[0]}
    count = 0
    with storage_failures("de keten uitvoeren"), whole_file(out) as file, ledger.database.read() as connection:
        file.write(HEADER.encode())
        for line in lines(connection):
            file.write(line.encode())
            count += 1
            if not count % _TELL:
                told(count)
        for number in sorted(anchors):
            file.write(f"{ANCHOR}{anchors[number].text.rstrip()}}}\n".encode())
    return count
