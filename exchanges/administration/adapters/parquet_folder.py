"""A folder of Parquet: copied as it is when the schema fits, rewritten only when a type is merely spelled otherwise."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.administration.adapters.parquet_lengths import too_much
from exchanges.administration.adapters.problems import Problems
from exchanges.administration.adapters.reading import Adapter
from exchanges.administration.adapters.typed_file import TypedFile
from exchanges.administration.door import Door
from exchanges.administration.model import Table
from exchanges.core.errors import SourceError
from exchanges.core.source import SnapshotTable

_BLOCK = 1 << 20
_BATCH = 65_536
# Bytes; of 1,000,000 persons it is 200 kB. Everything that reads the file takes its footer in whole, at many times the
# memory: thousands of row groups, columns or notes are no delivery.
_LARGEST_FOOTER = 4 << 20


class ParquetFolder(Adapter):
    def present(self, names: list[str]) -> set[str]:
        folder = self.config.folder
        if not folder.is_dir():
            raise SourceError(f"{self.whose}: map {folder} bestaat niet; controleer de locatie in de instellingen.")
        return {name for name in names if (folder / f"{name}.parquet").is_file()}

    def how_to_add(self, name: str) -> str:
        return f"zet {name}.parquet in {self.config.folder}"

    def read_all(self, tables: list[Table], workdir: Path, door: Door, problems: Problems) -> list[SnapshotTable]:
        """Two at a time: copying, hashing and reading let go of the interpreter. Problems stay in order of table."""

        def read(table: Table, own: Problems) -> SnapshotTable:
            return self.read_one(table, workdir, door, own)

        found = [Problems() for _ in tables]
        with ThreadPoolExecutor(2, "bron") as pool:
            made = list(pool.map(read, tables, found))
        problems.extend(found)
        return made

    def read(self, table: Table, target: Path, door: Door, problems: Problems) -> SnapshotTable:
        origin = self.config.folder / f"{table.name}.parquet"
        # Copied first and read afterwards: what is checked is what is used, whatever happens to the original.
        digest = _copy(origin, target)
        try:
            if _footer_size(target) > _LARGEST_FOOTER:
                raise self.fail(table, f"heeft een inhoudsopgave (footer) van meer dan {_LARGEST_FOOTER >> 20} MB; "
                                       "maak de uitvoer opnieuw, met meer rijen per blok (row group).")
            with pq.ParquetFile(target) as file:
                schema = file.schema_arrow
                self.check_columns(table, schema.names)
                other = [field.name for field in table.schema if not _same(schema.field(field.name).type, field.type)]
                for name in other:
                    self._check_castable(table, schema.field(name), table.schema.field(name))
                texts = [name for name in table.schema.names if _is_text(schema.field(name).type)]
                if (what := too_much(target, file.metadata, texts)) is not None:
                    raise self.fail(table, f"{what}; maak de uitvoer opnieuw.")
                blank = {name for name in texts if _has_blanks(file, name)}
                self._look(table, file, door, problems, blank)
                rows = file.metadata.num_rows
                fits = not other and not blank and schema.names == table.schema.names
            if not fits:
                self._rewrite(table, target, blank)
        except pa.ArrowInvalid:
            raise self.fail(table, f"is geen goed Parquet-bestand ({origin.name}); maak de uitvoer opnieuw.") from None
        except OSError:
            raise self.fail(table, f"is niet te lezen ({origin.name}); maak de uitvoer opnieuw.") from None
        return SnapshotTable(table.name, target, rows, digest, str(origin))

    def _check_castable(self, table: Table, found: pa.Field, wanted: pa.Field) -> None:
        """The same kind of value in another width or encoding is fine, and so is a column of nothing, which has no type
        of its own; anything else is another schema."""
        families = (_is_text, pa.types.is_integer, pa.types.is_boolean, pa.types.is_date, _is_moment)
        if not pa.types.is_null(found.type) and not any(kind(found.type) and kind(wanted.type) for kind in families):
            raise self.fail(table, f"kolom {wanted.name} heeft type {found.type}, verwacht {wanted.type}; "
                                   "pas de uitvoer aan.")

    def _look(self, table: Table, file: pq.ParquetFile, door: Door, problems: Problems, blank: set[str]) -> None:
        """The door, and required values that are missing; only the columns that need it are read."""
        required = [field.name for field in table.schema
                    if not field.nullable and (field.name in blank or _may_be_null(file, field.name))]
        names = list(dict.fromkeys([*door.columns(table), *required]))
        if not names:
            return
        row = 1
        for batch in file.iter_batches(batch_size=_BATCH, columns=names, use_threads=False):
            door.look(table, batch)
            for name in required:
                column = batch.column(name)
                if name in blank:
                    column = _without_blanks(column)
                if column.null_count:
                    empty = column.is_null().to_numpy(zero_copy_only=False)
                    problems.add_missing(table.name, name, empty, np.arange(row, row + len(column)))
            row += batch.num_rows

    def _rewrite(self, table: Table, target: Path, blank: set[str]) -> None:
        """Same values under the canonical types and order; an empty text is unknown, as in the other adapters."""
        before = target.with_suffix(".bron")
        target.rename(before)
        try:
            with pq.ParquetFile(before) as file, TypedFile(table, target) as typed:
                for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
                    # The model counts in milliseconds; what comes finer is cut off, as by the other adapters.
                    columns = [batch.column(field.name).cast(field.type, safe=not pa.types.is_timestamp(field.type))
                               for field in table.schema]
                    typed.write([_without_blanks(column) if field.name in blank else column
                                 for field, column in zip(table.schema, columns, strict=True)])
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            # The text of the exception may quote a value.
            raise self.fail(table, "heeft waarden die niet passen in de types van het bronmodel; zie "
                                   "docs/administration.md.") from None
        finally:
            before.unlink(missing_ok=True)


def _copy(origin: Path, target: Path) -> str:
    """Copy and hash in one pass."""
    digest = hashlib.sha256()
    with origin.open("rb") as source, target.open("wb") as copy:
        while block := source.read(_BLOCK):
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()


def _footer_size(path: Path) -> int:
    """As the last eight bytes say; 0 when they are not those of a Parquet file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 8))
        said, mark = file.read(4), file.read(4)
    return min(int.from_bytes(said, "little"), size) if mark == b"PAR1" else 0


def _same(found: pa.DataType, wanted: pa.DataType) -> bool:
    return bool(found.equals(wanted))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_moment(kind: pa.DataType) -> bool:
    """A moment must say that it is one: without a time zone it is somebody's local time."""
    return pa.types.is_timestamp(kind) and kind.tz is not None


def _has_blanks(file: pq.ParquetFile, name: str) -> bool:
    """Whether a text of the column is empty: by the statistics in the footer (nothing comes before an empty text), and
    by its values where there are none."""
    place = file.schema_arrow.names.index(name)
    for group in range(file.metadata.num_row_groups):
        part = file.metadata.row_group(group).column(place)
        statistics = part.statistics
        if statistics is not None and statistics.has_min_max:
            with suppress(UnicodeDecodeError):  # a text that is none is not an empty one; who reads it will tell
                if statistics.min in ("", b""):
                    return True
        elif statistics is None or not statistics.has_null_count or statistics.null_count < part.num_values:
            column = file.read_row_group(group, columns=[name], use_threads=False).column(0)
            if _is_text(column.type) and pc.any(pc.equal(column.cast(pa.string()), "")).as_py():
                return True
    return False


def _without_blanks(column: pa.Array) -> pa.Array:
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _may_be_null(file: pq.ParquetFile, name: str) -> bool:
    """Whether the column may hold nulls, by declaration and by the statistics in the footer."""
    field = file.schema_arrow.field(name)
    if not field.nullable:
        return False
    place = file.schema_arrow.names.index(name)
    for group in range(file.metadata.num_row_groups):
        statistics = file.metadata.row_group(group).column(place).statistics
        if statistics is None or not statistics.has_null_count or statistics.null_count:
            return True
    return False
