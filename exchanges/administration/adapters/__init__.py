"""Adapters: any source becomes a frozen snapshot of typed Parquet files.

``open_source(SourceConfig(...))``, or the fields of the config by name, gives an ``exchanges.core.source.Source``.
"""

from __future__ import annotations

from exchanges.administration.adapters.config import SourceConfig
from exchanges.core.source import Source


def open_source(config: SourceConfig | None = None, /, **fields: object) -> Source:
    """The adapter for ``config``; ``fields`` make one (kind, location, gemeente, mapping, production).

    Raises UsageError when the kind does not exist or a database has no mapping file. Nothing is read yet.
    """
    settings = config or SourceConfig(**fields)  # type: ignore[arg-type]
    # Imported late: a folder of Parquet needs no SQLAlchemy.
    if settings.kind == "parquet":
        from exchanges.administration.adapters.parquet_folder import ParquetFolder

        return ParquetFolder(settings)
    if settings.kind == "csv":
        from exchanges.administration.adapters.csv_folder import CsvFolder

        return CsvFolder(settings)
    from exchanges.administration.adapters.database import Database

    return Database(settings)


__all__ = ["SourceConfig", "open_source"]
