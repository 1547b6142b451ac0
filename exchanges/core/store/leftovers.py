"""What a killed process left in the store: writes that were never finished.

Nobody can tell whether another machine is still busy with one, so they go by age.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from exchanges.core.store.address import file_system
from exchanges.core.store.artefact import unfinished_folder
from exchanges.core.store.failures import storage_failures

# No write takes this long; no clock of two machines differs as much.
AGE = timedelta(days=1)


def sweep_unfinished(url: str, gemeente: str, age: timedelta = AGE) -> int:
    """Take away the unfinished writes of the gemeente that are older than ``age``; gives how many. ``url`` as for
    :class:`exchanges.core.store.store.Store`. Raises TechnicalError."""
    filesystem, root = file_system(url)
    folder, gone = f"{root}/{unfinished_folder(gemeente)}", 0
    with storage_failures("de opslag opruimen"):
        if not filesystem.isdir(folder):
            return 0
        for address in filesystem.ls(folder, detail=False):
            with suppress(FileNotFoundError):  # finished, or taken away by another, since it was listed
                modified = filesystem.modified(address)
                if datetime.now(UTC) - modified.replace(tzinfo=modified.tzinfo or UTC) > age:
                    filesystem.rm_file(address)
                    gone += 1
    return gone
