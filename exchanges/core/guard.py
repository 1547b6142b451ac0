"""What a task may say when it fails: nothing that could be a personal datum.

Airflow writes the text of an exception and of everything it was chained to into the task log, unmasked
(spec airflow3, trap 6). Errors of our own tree hold no personal data by agreement; the text of any other
exception may quote a value (``Could not convert '…'``), so only its type and place are told.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchanges.core.disk import no_room
from exchanges.core.errors import KetensluisError, TechnicalError

_PACKAGE = Path(__file__).resolve().parents[1]
_log = logging.getLogger(__name__)


class UnexpectedError(KetensluisError):
    """A fault in the program: doing it again gives the same."""


def place_of(error: BaseException) -> str:
    """File and line of ours that an error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).resolve().is_relative_to(_PACKAGE)]
    if not ours:
        return "buiten Ketensluis"
    frame = ours[-1]
    return f"{Path(frame.filename).resolve().relative_to(_PACKAGE.parent)}, regel {frame.lineno}"


def _technical(error: Exception) -> bool:
    """Whether the surroundings failed (disk, network, a locked or unreachable database) and may have recovered."""
    if isinstance(error, sqlite3.OperationalError | OSError):
        return True
    # By name: importing SQLAlchemy here would cost every DAG parse.
    return any(kind.__module__.startswith("sqlalchemy") and kind.__name__ == "OperationalError"
               for kind in type(error).__mro__)


def _out_of_memory(error: Exception) -> bool:
    """By name: DuckDB is imported late."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException"


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Let errors of our tree pass without the chain behind them; turn any other into one that quotes nothing.

    Raises TechnicalError for a failure of the surroundings, UnexpectedError for a fault of the program.
    """
    try:
        yield
    except KetensluisError as error:
        raise error from None
    except Exception as error:
        if (reason := no_room(error)) is not None:
            raise TechnicalError(f"{what}: {reason} ({place_of(error)}).") from None
        if _out_of_memory(error):
            raise UnexpectedError(f"{what}: het werkgeheugen is op ({place_of(error)}). Verhoog KETENSLUIS_MEMORY_MB, "
                                  "of zoek in de bron naar buitensporig lange waarden.") from None
        text = (f"{what}: {type(error).__name__} in {place_of(error)}. De melding zelf staat hier niet, want zij kan "
                "persoonsgegevens bevatten.")
        if _technical(error):
            raise TechnicalError(f"{text} Probeer het later opnieuw.") from None
        raise UnexpectedError(f"{text} Geef dit door aan de beheerder van Ketensluis.") from None


def unheard(failed: sys.UnraisableHookArgs) -> None:
    """What fails while an object is cleared away, as a file that cannot be closed on a full disk: Python would show all
    of it beside the one line that tells what went wrong, and its text may quote a value."""
    kind = failed.exc_type.__name__ if failed.exc_type else "fout"
    _log.debug("opruimen: %s in %s", kind, place_of(failed.exc_value) if failed.exc_value else "onbekend")
