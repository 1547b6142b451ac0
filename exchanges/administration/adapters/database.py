"""Any SQL database through SQLAlchemy: one query per table, streamed to Parquet.

The mapping file is TOML; ``:gemeente`` in a query is the code of the municipality:

    [query]
    persoon = "SELECT ... FROM klant WHERE gemeente = :gemeente ORDER BY persoon_id"
    traject = "..."

All queries of a snapshot run in one read-only transaction, so that tables belong together (REPEATABLE READ where the
database has it). The sha256 of a table is that of the exported rows: with ORDER BY, same rows give the same hash.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import exc

from exchanges.administration.adapters.database_values import Misfit, to_column
from exchanges.administration.adapters.lengths import Lengths
from exchanges.administration.adapters.problems import Problems
from exchanges.administration.adapters.reading import Adapter
from exchanges.administration.adapters.text_values import Notation
from exchanges.administration.adapters.typed_file import TypedFile
from exchanges.administration.door import Door
from exchanges.administration.model import TABLES, Table
from exchanges.core.disk import reason
from exchanges.core.errors import SourceError, TechnicalError, UsageError
from exchanges.core.source import SnapshotTable

_READS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_ROWS = 10_000
# A driver gives whole rows: the first few tell whether a query gives documents where a name is meant.
_FIRST_ROWS, _MOST_ROWS = 20, 1000
_ISOLATION = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mssql": "SNAPSHOT"}


class Database(Adapter):
    """Raises UsageError on making when the mapping file or the URL is wrong; TechnicalError (a retry may help) when
    the database cannot be reached."""

    _connection: sa.Connection

    def present(self, names: list[str]) -> set[str]:
        return set(self._queries()) & set(names)

    def how_to_add(self, name: str) -> str:
        return f"zet een query {name} in {Path(str(self.config.mapping)).name}"

    def _queries(self) -> dict[str, str]:
        path = Path(str(self.config.mapping)).expanduser()
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8")).get("query", {})
        except FileNotFoundError:
            raise UsageError(f"{self.whose}: mapping {path} bestaat niet.") from None
        except OSError as error:
            raise UsageError(f"{self.whose}: mapping {path} is niet te lezen: {reason(error)}.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise UsageError(f"{self.whose}: mapping {path} is geen goede TOML.") from None
        if not isinstance(found, dict):
            raise UsageError(f"{self.whose}: query in {path.name} moet een tabel zijn: [query], met per regel een naam "
                             "en een query.")
        for name, query in found.items():
            if name not in TABLES:
                raise UsageError(f"{self.whose}: tabel {name} in {path.name} staat niet in het bronmodel.")
            if not isinstance(query, str) or not _READS.match(query):
                raise UsageError(f"{self.whose}: query {name} in {path.name} moet met SELECT of WITH beginnen.")
        return found

    def read_all(self, tables: list[Table], workdir: Path, door: Door, problems: Problems) -> list[SnapshotTable]:
        engine = self._engine()
        options: dict[str, object] = {"stream_results": True, "max_row_buffer": _MOST_ROWS}
        if engine.dialect.name in _ISOLATION:
            options["isolation_level"] = _ISOLATION[engine.dialect.name]
        if engine.dialect.name == "postgresql":
            options["postgresql_readonly"] = True
        try:
            with engine.connect() as connection:
                self._connection = connection.execution_options(**options)
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = ON")
                    connection.exec_driver_sql("BEGIN")     # the driver itself begins at the first write only
                return super().read_all(tables, workdir, door, problems)
        except exc.OperationalError:
            # The text of the driver may hold the address or a value.
            raise TechnicalError(f"{self.whose}: database {engine.dialect.name} is niet bereikbaar; "
                                 "controleer adres, gebruiker en netwerk.") from None
        finally:
            engine.dispose()

    def _engine(self) -> sa.Engine:
        try:
            url = sa.make_url(self.config.url)
            if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
                # SQLite would make an empty one.
                raise SourceError(f"{self.whose}: database {url.database} bestaat niet; controleer de locatie.")
            timeout = {"connect_timeout": 20} if url.get_backend_name() == "postgresql" else {}
            return sa.create_engine(url, connect_args=timeout)
        except (exc.NoSuchModuleError, ImportError):
            raise UsageError(f"{self.whose}: het stuurprogramma voor deze database is niet geïnstalleerd.") from None
        except (exc.ArgumentError, ValueError):     # a port that is no number
            raise UsageError(f"{self.whose}: de locatie is geen goede SQLAlchemy-URL.") from None

    def read(self, table: Table, target: Path, door: Door, problems: Problems) -> SnapshotTable:
        query = sa.text(self._queries()[table.name])
        given = {"gemeente": self.config.gemeente} if "gemeente" in query.compile().params else {}
        try:
            result = self._connection.execute(query, given)
            names = list(map(str.lower, result.keys()))
            self.check_columns(table, names)
            notation = Notation()
            with TypedFile(table, target) as typed:
                for values in _columns(result, names, table):
                    self._write(table, values, notation, typed, door, problems)
        except exc.DBAPIError as error:
            # SQLite calls a wrong query an operational error; elsewhere that is a connection gone.
            if isinstance(error, exc.OperationalError) and self._connection.dialect.name != "sqlite":
                raise
            state = getattr(error.orig, "sqlstate", None) or type(error.orig).__name__
            raise self.fail(table, f"kan niet worden gelezen: de query geeft fout {state}; probeer de query in de "
                                   "database zelf.") from None
        except exc.StatementError:
            raise self.fail(table, "kan niet worden gelezen: de query gebruikt een onbekende parameter; "
                                   "alleen :gemeente bestaat.") from None
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        origin = f"query {table.name} ({Path(str(self.config.mapping)).name})"
        return SnapshotTable(table.name, target, typed.rows, digest, origin)

    def _write(self, table: Table, values: dict[str, list[object]], notation: Notation, typed: TypedFile,
               door: Door, problems: Problems) -> None:
        columns = []
        for field in table.schema:
            try:
                column = to_column(values[field.name], field, notation)
            except Misfit as error:
                raise self.fail(table, f"kolom {field.name} {error}") from None
            if not field.nullable and column.null_count:
                empty = column.is_null().to_numpy(zero_copy_only=False)
                problems.add_missing(table.name, field.name, empty, typed.rows + 1 + np.arange(len(column)))
            columns.append(column)
        door.look(table, pa.Table.from_arrays(columns, names=table.schema.names))
        typed.write(columns)


def _columns(result: sa.CursorResult[tuple[object, ...]], names: list[str],
             table: Table) -> Iterator[dict[str, list[object]]]:
    """The rows as columns, _ROWS at a time. Raises TooLong."""
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    lengths, size = Lengths(), _FIRST_ROWS
    columns: dict[str, list[object]] = {name: [] for name in names}
    gathered = 0
    while rows := result.fetchmany(min(size, _ROWS - gathered)):
        piece = dict(zip(names, zip(*rows, strict=True), strict=True))
        lengths.add({name: sum(len(value) for value in piece[name] if isinstance(value, str)) for name in texts},
                    len(rows))
        for name, values in piece.items():
            columns[name].extend(values)
        gathered += len(rows)
        size = min(2 * size, _MOST_ROWS)
        if gathered == _ROWS:
            yield columns
            columns, gathered = {name: [] for name in names}, 0
    if gathered:
        yield columns
