"""What is in a message: what is selected, which rules and totals hold, and how amounts become one another.

SQL is DuckDB SQL. A selection reads the tables of the administration by name; a rule reads the tables of the message by
name (see :class:`Rule`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["blocker", "error", "warning", "info"]
Unit = Literal["aantal", "cent", "euro", "procent"]
Certainty = Literal["verified", "secondary", "assumed"]


@dataclass(frozen=True)
class SelectionRule:
    """A reason to leave a row of the administration out.

    ``keep`` is a boolean SQL expression over ``bron.<table>`` (alias ``r``). Rules of other tables than the
    population are tried first; what they keep is ``gekozen.<table>``. Rows for which ``keep`` is not true are
    excluded under ``code``. For parameters such as ``$gemeente`` see :mod:`exchanges.core.sql`.
    """

    code: str
    table: str
    keep: str
    text: str
    source: str
    certainty: Certainty = "verified"


@dataclass(frozen=True)
class SelectTable:
    """One table of the message, selected from the administration.

    ``sql`` reads ``gekozen.*`` and ``bron.*`` and gives the columns the mapping names, plus ``_id`` of the row
    and, for a child table, ``_up`` = ``_id`` of its parent's row. ``order`` makes it deterministic inside one
    parent (the record table is ordered by it as a whole). ``origin`` is the source table whose technical key
    ``_id`` is: one source row, one message row; ``_bronrij`` of that row, where given, spares a lookup by key.
    ``unchanged`` are the columns that must equal the source column of that name there; the reconciliation compares
    them by a path of its own.

    ``elsewhere`` are columns that come from other rows than that of ``origin``, each with the SQL of what it must be:
    over ``bron.*``, technical key of the origin as ``id`` and the value as ``waarde``, no row where it must be null.
    It shares nothing with ``sql``; the reconciliation compares the two row by row.

    Tables that hang in the envelope are selected like the others, and so is its one row (the mapping's scalar table).
    They may be derived: without ``origin`` there is no source row to hold them against, and totals must.
    """

    name: str
    sql: str
    order: str
    origin: str = ""
    parent: str | None = None
    unchanged: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Selection:
    """Which rows of the administration make up a delivery.

    ``population`` is the source table whose rows are the records (one row, one record), ``idents`` the
    technical key of each source table that is selected by row. ``tables[0]`` is the record table.
    ``changed`` is the column that says when a source row last changed.
    ``work`` are tables made on the way, name and SQL, in order: ``werk.<name>``, over ``gekozen.*`` and ``bron.*``.
    With ``received`` also over ``ontvangen.<table>``: what the partner received before, per table of the mapping of
    that message the read-back of every accepted delivery of this exchange and municipality, with ``_volgorde`` (their
    order, from 1), ``_tijdvak`` (period of the delivery), ``_rij`` (row number) and for child tables ``_boven`` (that
    of the parent's row). ``received`` names messages.
    Source tables in ``idents`` that are no ``origin`` are summed up in the message; their rows are balanced too.
    ``person`` is SQL over ``bron.*`` for the technical keys of the population rows of the person with key ``?``, where
    the population does not carry that key itself; ``key`` the column it has in the tables of the message, where that
    is not the record's own. ``persons`` is the same per other table, for rows that need not hang under the population.
    """

    sources: tuple[str, ...]
    population: str
    idents: tuple[tuple[str, str], ...]
    rules: tuple[SelectionRule, ...]
    tables: tuple[SelectTable, ...]
    optional_sources: tuple[str, ...] = ()
    changed: str = "gewijzigd_op"
    work: tuple[tuple[str, str], ...] = ()
    received: tuple[str, ...] = ()
    person: str = ""
    persons: tuple[tuple[str, str], ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Rule:
    """A business rule over the columns of one table.

    ``broken`` is a boolean SQL expression over ``table`` (alias ``r``), true where the rule is broken.
    ``table`` is a table of the message, or of the source when written ``bron.<table>``; with ``Selection.received``
    it may look in ``ontvangen.<table>`` as well, and in ``geweigerd.record`` (``sleutel``): what of these records the
    partner refused in the delivery before. Windows over the whole file must partition by ``r._file``.
    ``scope="record"``: severity ``error`` rejects the record, ``warning`` and ``info`` only tell.
    ``scope="delivery"``: about the surroundings; it rejects no record and only ``blocker`` stops.
    ``needs`` are optional source tables without which the rule is reported as not assessed.
    ``key`` is an SQL expression for the record key when the table has no records of its own.
    ``element`` is the path in the message.
    """

    code: str
    severity: Severity
    table: str
    element: str
    broken: str
    text: str
    action: str
    source: str
    scope: Literal["record", "delivery"] = "record"
    needs: tuple[str, ...] = ()
    key: str = ""
    certainty: Certainty = "verified"


@dataclass(frozen=True)
class Total:
    """A control total, computed twice by independent paths.

    On the message side: Arrow over the read-back of the file (``column`` of ``table``, less the columns ``minus``; no
    column counts rows, ``filled`` those in which the column has a value);
    ``where`` (a column and the values that count) narrows the rows.
    On the source side: ``source`` is an SQL aggregate over the rows of ``rows`` (a FROM clause, straight on
    ``bron.*``), for the keys read back from the file: ``verzonden.sleutel`` (keys) and ``verzonden.record`` (``id``,
    the technical keys of the rows of the population they were selected from). It shares nothing with the selection.

    ``per`` (a column and the code list of its values) makes it as many totals as the list has codes in the period:
    ``$code`` in ``source`` is the code, and on the message side the column must have it.
    """

    id: str
    title: str
    unit: Unit
    table: str
    rows: str
    source: str = "count(*)"
    column: str | None = None
    where: tuple[str, tuple[str, ...]] | None = None
    minus: tuple[str, ...] = ()
    filled: bool = False
    per: tuple[str, str] | None = None


@dataclass(frozen=True)
class Rung:
    """A line of a money ladder: how one amount becomes the next, from the payments to what is owed, in cents.

    ``begin`` starts a ladder, ``plus`` and ``min`` go on or off, ``stand`` must be what the lines before it come to.
    ``rest`` has no ``sql``: it is what stays over before the next ``stand`` (a rounding), from ``least`` to ``most``.
    ``sql`` gives one amount; it reads ``bron.*`` (the administration) and ``bericht.*`` (the finished file, read back).
    A ladder of which a line does not fit stops the delivery.
    """

    kind: Literal["begin", "plus", "min", "rest", "stand"]
    title: str
    sql: str = ""
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Message:
    """A message in the schema catalogue and its mapping.

    ``name`` is looked up in ``schemas/catalogue.toml`` and ``mappings/<name>/<version>/``; the version is chosen
    by the period of the delivery. ``file_name`` is a template over gemeente, periode, volgnr, moment. ``record`` is
    what people call one record, and several.
    """

    name: str
    file_name: str
    certainty: Certainty = "verified"
    record: tuple[str, str] = ("persoon", "personen")
