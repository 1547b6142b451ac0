"""What receiving is, said in frozen declarations. Standard library only; no behaviour.

An exchange of direction ``in`` has flows of this kind. A file is collected, held against what came before, read into
tables, compared with what is known, reconciled and published as lists: ``collect -> check -> read -> compare ->
reconcile -> publish``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchanges.core.declare import Certainty, Rule


@dataclass(frozen=True)
class About:
    """What was sent before, that the received records are about: the read-backs of the accepted deliveries of
    ``exchange``, as ``<schema>.<table>`` with ``_volgorde`` and ``_tijdvak`` (see ``Selection.received``), of the
    ``months`` up to and including the period. ``geweigerd.record`` (``sleutel``) has the records that the partner
    refused in the last of them.

    Where the last of them only says of whom there is something, and the partner asks for the rest (``Flow.service``),
    its rows are what is answered since. ``<schema>.levering_van`` has a row per delivery: ``_volgorde``, ``_tijdvak``,
    ``antwoordt`` (the partner asks), and ``bekend``: whether the tables have what was said."""

    exchange: str
    message: str
    months: int = 12
    schema: Literal["gestuurd", "verzonden"] = "gestuurd"


@dataclass(frozen=True)
class Successive:
    """The file holds all that the partner knows of a population, every time, and is compared with the one before it.

    ``comparison`` is ``module:name`` of an :class:`exchanges.core.compare.declare.Comparison`; its levels are tables of
    the reader, and ``asked`` is the one with a row per person (:data:`exchanges.core.compare.snapshot.ASKED`).
    ``listing`` is ``module:name`` of a function from a context to SQL that gives the record table: a row for every item
    that is told now, from ``gevonden.<level>`` (what changed), ``gevonden.<level>_eerste`` (told for the first time of
    a person) and ``stand.<level>`` (what holds now). Of a row with a ``reden`` people are told only how many there are.
    ``bridges`` are the codes of the controls that rows and amounts follow from the delivery before.
    """

    comparison: str
    listing: str
    asked: str = "gevraagd"
    bridges: tuple[str, str] = ("VGL-RIJEN", "VGL-BEDRAG")


@dataclass(frozen=True)
class Work:
    """A table that follows from the new records, made before the rules look: ``werk.<name>``.

    ``sql`` reads what a rule may, the tables of the reader, and those made before it; ``without`` is used instead when
    one of ``needs`` is not there (``gestuurd``, ``bron``, ``bron.<table>``). ``kept``: with the delivery, as
    ``nieuw/<name>``; of a table with ``rij`` only the rows of records that go on. One with the name of a sheet tells
    more of the records on it, a row for each.
    """

    name: str
    sql: str
    needs: tuple[str, ...] = ()
    without: str = ""
    kept: bool = True


@dataclass(frozen=True)
class Intake:
    """One way of receiving.

    ``layout`` is what people call the file, ``certainty`` that of its layout. ``file_name`` is a regular expression of
    names in the partner's directory, with ``{gemeente}``, ``{periode}`` (2026-10) and ``{jaarmaand}`` (202610) filled
    in; of files that match, each is a delivery, in the order of their names. ``max_mb``: larger is refused before it
    is fetched.

    ``reader`` is ``module:name`` of a function from :class:`exchanges.core.receive.arrival.Arrival` to
    :class:`exchanges.core.receive.arrival.Read`: tables of which ``record`` has one row per record, with, in ``apart``,
    tables of the same shape for records that must be kept apart. ``rij`` numbers the records of the file, in every
    table; ``regel`` is the line. ``key`` is the column with the number by which the partner knows a record, and never
    another: of a record that came before nothing is done again; the same number with other content is set apart.
    Where the partner has no numbers, ``key`` is a hash of what is said, and ``thing`` the column with what it is said
    of: then what was told of a thing last is known, and what was told of it before that is told again.
    ``of_file`` are columns that say something of the file and nothing of the record.
    ``kind`` is the column of the record table that says which sort it is, ``person`` the one with the BSN.

    ``rules`` are over the tables that were read; an error sets the record apart. They may look in ``gestuurd.<table>``
    (with ``needs=("gestuurd",)``), ``eerder.<table>``, what was published before, and ``bron.<table>``, the tables
    ``sources`` of the administration as they are now. ``work`` are tables made for them on the way. ``words`` are what
    people call one record and several. ``lists`` is ``module:name`` of a function giving the lists that people work
    from (a :class:`exchanges.core.lists.declare.SignalList`), with a sheet for every kind; ``notes`` of one from a
    context to lines on their cover, as counts by which its numbers add up. ``register`` is
    ``module:name`` of a function that books what was published as work for people, from a context and the new tables
    to counts; done again it changes nothing. ``proofs`` is ``module:name`` of a function from a context and a
    connection to :class:`exchanges.core.receive.proofs.Proof`, what must be equal besides the balances; the connection
    has ``nieuw.<table>`` and what the rules have. ``successive`` where the records have no number of the partner's.
    ``collector`` is ``module:name`` of a function from a context and a folder to a
    :class:`exchanges.core.receive.arrival.Gathered`: for who asks, and finds no file ready.
    ``breaches`` are the codes of findings that say that data may be in the wrong hands: each opens an incident.
    ``aside``: of records for which this condition holds (on ``r``, the record) people are told only how many there are.
    ``keep`` is ``module:name`` of a function giving, by kind, for how many months a record without consequence is kept
    after it was handled; other kinds have the terms of all exchanges (``mappings/parameters/bewaren.csv``).
    """

    layout: str
    file_name: str
    reader: str
    record: str
    key: str
    kind: str
    lists: str
    notes: str = ""
    register: str = ""
    thing: str = ""
    aside: str = ""
    apart: tuple[str, ...] = ()
    of_file: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    about: tuple[About, ...] = ()
    sources: tuple[str, ...] = ()
    optional_sources: tuple[str, ...] = ()
    work: tuple[Work, ...] = ()
    proofs: str = ""
    successive: Successive | None = None
    collector: str = ""
    keep: str = ""
    person: str = "bsn"
    breaches: tuple[str, ...] = ()
    words: tuple[str, str] = ("signaal", "signalen")
    certainty: Certainty = "verified"
    max_mb: int = 1024

    @property
    def records(self) -> tuple[str, ...]:
        """The tables that together hold the records."""
        return (self.record, *self.apart)

    @property
    def counted(self) -> tuple[str, ...]:
        """The tables that the reader makes of which the rows are what the file has."""
        return (self.successive.asked,) if self.successive else self.records
