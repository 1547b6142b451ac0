"""Columns as text in the form that is hashed, made by the database: of a million rows that saves us minutes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from exchanges.core.ledger.tables import Utc


class utc_text(FunctionElement[str]):
    """A moment as ``form.moment_text`` writes it."""

    name = "utc_text"
    type = sa.String()
    inherit_cache = True


class json_text(FunctionElement[str]):
    """JSON as it is stored: on SQLite the very characters, nothing for what is no JSON; empty is ``null``."""

    name = "json_text"
    type = sa.String()
    inherit_cache = True


def columns_of(table: sa.Table, names: tuple[str, ...]) -> list[sa.ColumnElement[Any]]:
    """Columns with moments as text."""
    return [utc_text(table.c[name]).label(name) if isinstance(table.c[name].type, Utc) else table.c[name]
            for name in names]


@compiles(utc_text, "sqlite")
def _utc_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"(replace({_inner(element, compiler, more)}, ' ', 'T') || 'Z')"


@compiles(utc_text, "postgresql")
def _utc_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"""to_char({_inner(element, compiler, more)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@compiles(json_text, "sqlite")
def _json_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    inner = _inner(element, compiler, more)
    return f"CASE WHEN {inner} IS NULL THEN 'null' WHEN json_valid({inner}) THEN {inner} ELSE '' END"


@compiles(json_text, "postgresql")
def _json_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"coalesce(CAST({_inner(element, compiler, more)} AS text), 'null')"


def _inner(element: Any, compiler: Any, more: Any) -> str:
    text: str = compiler.process(element.clauses, **more)
    return text
