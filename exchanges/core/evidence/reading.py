"""Events as rows with the hash they should have, from the database or from an export; in order, a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from exchanges.core.errors import UsageError
from exchanges.core.ledger.form import FORM, canonical, event_hash, parts
from exchanges.core.ledger.tables import event
from exchanges.core.ledger.texts import json_text, utc_text
from exchanges.core.store.failures import storage_failures

HEADER = canonical({"soort": "keten van gebeurtenissen", "vorm": FORM}) + "\n"
ANCHOR = '{"anker":'
_BATCH = 10_000
_NO_TEXT = "Could not decode to UTF-8"  # so SQLite begins
_LONGEST = 64 * 1024 * 1024  # bytes of a line; nothing that was exported comes near


class Row(NamedTuple):
    """``found`` is the hash that the content has, ``hash`` the one that was written down; ``details`` is JSON. A line
    that is no event has place 0."""

    place: int
    previous: str
    hash: str
    found: str
    delivery: str | None
    action: str
    details: str


def of_database(connection: sa.Connection, after: int = 0) -> Iterator[Row]:
    """From the place after ``after``."""
    for row, details, head, tail in _events(connection, after):
        yield Row(row.place, row.previous, row.hash, event_hash(head, tail), row.delivery, row.action, details)


def lines(connection: sa.Connection) -> Iterator[str]:
    """The lines of an export."""
    for row, _, head, tail in _events(connection, 0):
        yield f'{head}"hash":"{row.hash}",{tail}\n'


def of_file(path: Path, anchors: Callable[[str], None]) -> Iterator[Row]:
    """The events of an export; each anchor in it goes to ``anchors`` as a line. Raises UsageError for a file that is no
    export, TechnicalError when it cannot be read."""
    with storage_failures("een uitvoer van de keten lezen"), path.open(encoding="utf-8", errors="surrogateescape",
                                                                       newline="\n") as file:
        if file.readline(len(HEADER) + 1) != HEADER:
            raise UsageError(f"Bestand {path.name} is geen uitvoer van de keten; maak er een met sluis ledger export.")
        while line := file.readline(_LONGEST):
            if line.startswith(ANCHOR):
                anchors(line)
            else:
                yield _of_line(line)


def _events(connection: sa.Connection, after: int) -> Iterator[tuple[Any, str, str, str]]:
    """The row, its details as text, and the two halves of ``parts``."""
    c = event.c
    query = sa.select(
        c.place, c.previous, c.hash, c.delivery, c.actor, c.action, c.object, c.result, c.origin,
        utc_text(c.moment).label("moment"), json_text(c.details).label("details"), json_text(c.booked).label("booked"),
    ).where(c.place > after).order_by(c.place)
    # SQLite has the characters that were written; PostgreSQL has JSON in a form of its own.
    known = connection.dialect.name == "sqlite"
    at = after
    try:
        with connection.execute(query.execution_options(yield_per=_BATCH)) as result:
            for batch in result.partitions():
                for row in batch:
                    details = row.details if known else canonical(json.loads(row.details))
                    booked = row.booked if known else canonical(json.loads(row.booked))
                    at = row.place
                    yield row, details, *_halves(row, details, booked)
    except sa.exc.OperationalError as error:
        if not str(error.orig).startswith(_NO_TEXT):
            raise
        with _read_anyhow(connection):
            yield from _events(connection, at)


def _halves(row: Any, details: str, booked: str) -> tuple[str, str]:
    try:
        return parts(
            place=row.place, previous=row.previous, delivery=row.delivery, moment=row.moment, actor=row.actor,
            origin=row.origin, action=row.action, object=row.object, result=row.result, details=details, booked=booked,
        )
    except TypeError:  # bytes where a text was: SQLite takes them
        return "", ""


@contextmanager
def _read_anyhow(connection: sa.Connection) -> Iterator[None]:
    """SQLite takes bytes that are no text, and by itself gives none of the row back then."""
    driver: Any = connection.connection.driver_connection
    driver.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    try:
        yield
    finally:
        driver.text_factory = str


def _of_line(line: str) -> Row:
    """Letter for letter what an export writes, or it is not what was exported."""
    try:
        values = json.loads(line)
        written, details, booked = values.pop("hash"), canonical(values.pop("details")), canonical(values.pop("booked"))
        head, tail = parts(**values, booked=booked, details=details)
        found = event_hash(head, tail) if line == f'{head}"hash":"{written}",{tail}\n' else ""
        return Row(values["place"] + 0, values["previous"], written, found, values["delivery"], values["action"],
                   details)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Row(0, "", "", "", None, "", "{}")
