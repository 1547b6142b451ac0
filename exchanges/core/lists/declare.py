"""What a list of signals is, said in frozen declarations. Standard library only; no behaviour.

One sheet per kind of signal, one row per signal. What of a layout is assumed is said per column (``certainty``), and
the cover repeats it in words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from exchanges.core.declare import Certainty

Kind = Literal["tekst", "code", "bsn", "datum", "deeldatum", "bedrag", "getal", "jaar", "procent", "janee"]

COVER_TITLE = "Voorblad"
NO_ROLE = "de rol die strafrechtelijke gegevens mag inzien (aanname: nog niet aangewezen)"
NO_TERM = "een eigen termijn voor strafrechtelijke gegevens (aanname: nog niet vastgesteld)"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}", re.ASCII)
_TITLE = re.compile(r"[^\[\]:*?/\\'\x00-\x1f]{1,26}")  # 31 in a workbook, with room for " (99)"


@dataclass(frozen=True)
class Column:
    """A column of the table, and how people see it.

    ============ ============================== =========================== =================== =====================
    kind         Arrow type                     XLSX                        CSV                 JSON
    ============ ============================== =========================== =================== =====================
    tekst, code  string                         text, leading zeros kept    text                string
    bsn          string                         text, or a pseudonym        the same            the same
    datum        date32                         date, ``d mmmm jjjj``       ``jjjj-mm-dd``      ``jjjj-mm-dd``
    deeldatum    integer jjjjmmdd, parts may    whole: date; else text      ``jjjj-mm-dd``,     integer jjjjmmdd
                 be 0 (unknown)                                             ``jjjj-mm``, jjjj
    bedrag       integer, eurocents             number ``#.##0,00``         ``1234,56``         integer, eurocents
    getal        integer                        number                      digits              integer
    jaar         integer                        number, no points           digits              integer
    procent      integer, hundredths of percent number ``0,00%``            ``62,50``           integer, hundredths
    janee        bool                           Ja, Nee                     Ja, Nee             true, false
    ============ ============================== =========================== =================== =====================

    ``name`` is that in the table and in JSON, ``heading`` what people read, ``width`` in characters.
    """

    name: str
    heading: str
    kind: Kind = "tekst"
    width: int = 18
    certainty: Certainty = "verified"


@dataclass(frozen=True)
class Sheet:
    """The signals of one kind. ``id`` names the table, and the CSV file; ``title`` is what stands on the tab.

    ``sort`` names columns; the others follow, so that the order never depends on that of the table. ``kinds`` are the
    values of the column ``SignalList.kind`` that belong here; none: the id itself. ``extra``: its rows are no signals
    but follow from them (tasks, amounts); they have a table of their own and do not count as signals.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    sort: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    extra: bool = False

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not _NAME.fullmatch(self.id):
            raise ValueError(f"sheet {self.id!r}: an id is a letter, then letters, digits and underscores, at most 31")
        if not _TITLE.fullmatch(self.title) or self.title != self.title.strip() or self.title == COVER_TITLE:
            raise ValueError(f"sheet {self.id}: a title has 1 to 26 characters, without []:*?/\\'; not the cover's")
        if not names or len(set(names)) < len(names):
            raise ValueError(f"sheet {self.id}: every column once, and at least one")
        if set(self.sort) - set(names):
            raise ValueError(f"sheet {self.id}: sort names a column that is not there")


@dataclass(frozen=True)
class SignalList:
    """The lists of one exchange.

    ``restricted`` names the sheets with criminal-justice data (spec ib-signalen SEC-21): they go in a file of their
    own, for ``restricted_role``, kept for ``restricted_retention``, and never in the common one. ``kind`` is then
    needed: the column, in the table of every sheet, that says what a row is; a row that does not belong on its sheet
    stops everything. ``urn`` names the layout of the JSON file.
    """

    title: str
    sheets: tuple[Sheet, ...]
    restricted: tuple[str, ...] = ()
    kind: str = ""
    retention: str = ""
    restricted_role: str = NO_ROLE
    restricted_retention: str = NO_TERM
    urn: str = "urn:ketensluis:signaallijst:v0001"

    def __post_init__(self) -> None:
        ids, titles = [sheet.id for sheet in self.sheets], [sheet.title.casefold() for sheet in self.sheets]
        if not ids or len({i.casefold() for i in ids}) < len(ids) or len(set(titles)) < len(titles):
            raise ValueError(f"list {self.title!r}: every sheet once, by id and by title, and at least one")
        if set(self.restricted) - set(ids):
            raise ValueError(f"list {self.title!r}: restricted names a sheet that is not there")
        if self.restricted and not self.kind:
            raise ValueError(f"list {self.title!r}: with restricted sheets, name the column with the kind of a row")

    @property
    def common(self) -> tuple[Sheet, ...]:
        """The sheets of the file for everyone who works with signals."""
        return tuple(sheet for sheet in self.sheets if sheet.id not in self.restricted)

    @property
    def apart(self) -> tuple[Sheet, ...]:
        """The sheets of the restricted file."""
        return tuple(sheet for sheet in self.sheets if sheet.id in self.restricted)
