"""The canonical source model: ``TABLES`` by name, in reading order."""

from __future__ import annotations

from exchanges.administration.model import inkomen, koppelvlak, loon, persoon, reintegratie, vrijlating
from exchanges.administration.model.document import render
from exchanges.administration.model.table import Mark, Table

TABLES: dict[str, Table] = {
    table.name: table
    for theme in (persoon, inkomen, loon, reintegratie, vrijlating, koppelvlak)
    for table in theme.TABLES
}


def document() -> str:
    """The model as Markdown (``docs/administration.md``)."""
    return render(TABLES)


__all__ = ["TABLES", "Mark", "Table", "document"]
