"""Many small messages from one archive, to tables.

Each member is held against the schema and read by the mapping, some hundreds at a time as one document
(:mod:`exchanges.core.xml.bundle`), two of those at a time on two threads. Where a bundle is not right it is halved,
until the members that are not right stand by themselves: these are refused, each with its faults, and the others are
read. Memory holds a few bundles, whatever the size of the archive.

The tables are those of the mapping, without ``_line``; the table of the record has two columns more: ``_bericht``, the
number of the member (from 1), and ``_naam``, its name in the archive. That name may hold a BSN; it goes nowhere else.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from lxml import etree

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.errors import BalanceError
from exchanges.core.findings import finding
from exchanges.core.mapping.plan import table_plans
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.xml.bundle import Opening, body_of, compile_bundle, document_of, opened
from exchanges.core.xml.faults import Fault, doctype_fault, root_fault, schema_faults, syntax_fault
from exchanges.core.xml.guard import guard_head
from exchanges.core.xml.members import ArchiveRefused, Limits, Member, MemberRefused, members
from exchanges.core.xml.numbers import RowNumbers
from exchanges.core.xml.split import MOST_TAGS, PIECE_RECORDS, parser
from exchanges.core.xml.stream import THREADS, Sink
from exchanges.core.xml.target import Target, Tools

__all__ = ["ArchiveRead", "Limits", "Refused", "archive_schemas", "read_archive"]

# Of one member as many faults are told, of all together no more than the first, and one for each.
_FAULTS_EACH, _FAULTS_ALL = 20, 100_000
# Every column of every table costs the same for a bundle of any size: of one mebibyte a fifth more in all.
BUNDLE_BYTES = 2 * 1024 * 1024
# Parts that go to the sink at once.
_TOGETHER = 8


@dataclass(frozen=True)
class Refused:
    """A member that is not read; ``size`` is unpacked, ``sha256`` that of its content (empty: it could not be read)."""

    number: int
    size: int
    sha256: str
    faults: tuple[Fault, ...]


@dataclass
class ArchiveRead:
    """What came of an archive. ``whole``: it was refused as such, and then nothing of it is read."""

    sha256: str = ""
    size: int = 0
    members: int = 0
    read: int = 0
    refused: list[Refused] = field(default_factory=list)
    whole: Fault | None = None

    def findings(self, source: str) -> list[dict[str, object]]:
        """One row per fault; a member is named by its number. ``source`` is the schema and version."""
        if self.whole is not None:
            return [finding(self.whole.code, "blocker", self.whole.text, action="Lever het bestand opnieuw.",
                            source="spec transport 15")]
        return [
            finding(fault.code, "error", f"Bericht {one.number}: {fault.text}", path=fault.path, line=fault.line,
                    action="Herstel het bericht en lever het opnieuw.", source=source)
            for one in self.refused for fault in one.faults
        ]  # fmt: skip


@dataclass(frozen=True)
class _Loaded:
    member: Member
    data: bytes


@dataclass(frozen=True)
class _Good:
    """The tables of members that follow each other."""

    members: list[Member]
    tables: dict[str, pa.Table]


@dataclass(frozen=True)
class _Wrong:
    member: Member
    data: bytes | None
    faults: Sequence[Fault]


def archive_schemas(mapping: MessageMapping) -> dict[str, pa.Schema]:
    """The columns of each table that :func:`read_archive` gives."""
    out = {}
    for plan in table_plans(mapping):
        fields = [one for one in plan.full_schema if one.name != "_line"]
        if plan.name == mapping.record:
            fields += [pa.field("_bericht", pa.int64()), pa.field("_naam", pa.string())]
        out[plan.name] = pa.schema(fields)
    return out


def read_archive(
    path: Path,
    entry: SchemaEntry,
    mapping: MessageMapping,
    sink: Sink,
    *,
    limits: Limits | None = None,
    skip: str = "",
    aside: Callable[[int, bytes], None] | None = None,
) -> ArchiveRead:
    """Read the messages in ``path`` (zip, tar, tar.gz, or one file of many); the root is the record of ``mapping``.

    ``sink`` gets the tables in the order of the archive; ``aside`` the number and the content of each member that is
    refused, as it was. A member by the name ``skip`` is no message: it is passed over. Whatever is wrong with the
    archive or with a member is in the outcome, and nothing is raised for it. Of an archive that is refused
    as a whole the sink keeps nothing.
    Raises BalanceError when members are not read and refused together: a fault of the program.
    """
    limits = limits or Limits()
    out = ArchiveRead(size=path.stat().st_size)
    local = mapping.root.local
    namespace, xsd = entry.namespace, entry.xsd_of(local)
    alone = Target(f"{entry.name} {local} {xsd}", lambda: entry.compile(local), mapping)
    bundle = Target(f"{entry.name} {local} {xsd} bundel", lambda: compile_bundle(xsd, namespace, local), mapping)
    with path.open("rb") as file:
        out.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        found = _batches(one for one in members(file, out.size, local, limits) if not skip or one.name != skip)
        try:
            _collect(out, _parts(found, lambda batch: _read_batch(alone, bundle, batch)), mapping, sink, aside)
        except ArchiveRefused as refused:
            sink.restart()
            return ArchiveRead(out.sha256, out.size, whole=refused.fault)
    if out.members != out.read + len(out.refused):
        raise BalanceError(
            f"Van {out.members} berichten zijn er {out.read} gelezen en {len(out.refused)} geweigerd; dat sluit niet. "
            "Geef dit door aan de beheerder van Ketensluis."
        )
    return out


def _collect(
    out: ArchiveRead,
    parts: Iterator[_Good | _Wrong],
    mapping: MessageMapping,
    sink: Sink,
    aside: Callable[[int, bytes], None] | None,
) -> None:
    """Fills ``out`` and ``sink``. Raises ArchiveRefused, also when there is nothing in it."""
    numbers, told = RowNumbers(mapping), 0
    kept: list[dict[str, pa.Table]] = []
    for part in parts:
        if isinstance(part, _Good):
            out.members += len(part.members)
            kept.append(_named(numbers.shift(part.tables), mapping.record, part.members))
            if len(kept) == _TOGETHER:
                sink.add(_compact(kept))
                kept = []
            continue
        out.members += 1
        most = _FAULTS_EACH if told < _FAULTS_ALL else 1
        told += min(most, len(part.faults))
        digest = hashlib.sha256(part.data).hexdigest() if part.data is not None else ""
        out.refused.append(Refused(part.member.number, part.member.size, digest, tuple(part.faults[:most])))
        if aside is not None and part.data is not None:
            aside(part.member.number, part.data)
    if kept:
        sink.add(_compact(kept))
    if not out.members:
        raise ArchiveRefused("ARC-01", "Het archief is leeg.")
    out.read = numbers.records


def _batches(found: Iterable[Member]) -> Iterator[list[Member]]:
    batch: list[Member] = []
    size = 0
    for member in found:
        if batch and (size + member.size > BUNDLE_BYTES or len(batch) == PIECE_RECORDS):
            yield batch
            batch, size = [], 0
        batch.append(member)
        size += member.size
    if batch:
        yield batch


def _parts(
    batches: Iterator[list[Member]], work: Callable[[list[Member]], list[_Good | _Wrong]]
) -> Iterator[_Good | _Wrong]:
    waiting: deque[Future[list[_Good | _Wrong]]] = deque()
    with ThreadPoolExecutor(THREADS, "archive") as pool:
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            if len(waiting) > 2 * THREADS:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _read_batch(alone: Target, bundle: Target, batch: Sequence[Member]) -> list[_Good | _Wrong]:
    out: list[_Good | _Wrong] = []
    run: list[_Loaded] = []
    for member in batch:
        try:
            run.append(_Loaded(member, member.read()))
        except MemberRefused as refused:
            out += _read(alone, bundle, run)
            run = []
            out.append(_Wrong(member, None, [refused.fault]))
    return out + _read(alone, bundle, run)


def _read(alone: Target, bundle: Target, run: Sequence[_Loaded]) -> list[_Good | _Wrong]:
    """Together when that can be; else in halves, and at last each by itself."""
    if not run:
        return []
    opening = Opening.of(run[0].data)
    body = body_of(opening, [one.data for one in run]) if opening else None
    if opening is not None and body is not None and _passes(bundle, document_of(opening, body)):
        return _tables(alone, bundle, opening, run, body)
    if len(run) == 1:
        return [_by_itself(alone, run[0])]
    half = len(run) // 2
    return _read(alone, bundle, run[:half]) + _read(alone, bundle, run[half:])


def _tables(
    alone: Target, bundle: Target, opening: Opening, run: Sequence[_Loaded], body: bytes
) -> list[_Good | _Wrong]:
    """Of members that are valid together, hence each: only those that are written in an unusual way go by
    themselves."""
    fast = Tools.of(bundle).tokens(dict(opening.namespaces))
    tables = fast.read(opened(body), 0) if fast else None
    if tables is not None:
        return [_Good([one.member for one in run], tables)]
    if len(run) == 1 or fast is None:
        return [_by_itself(alone, one) for one in run]
    out: list[_Good | _Wrong] = []
    half = len(run) // 2
    for part in (run[:half], run[half:]):
        own = Opening.of(part[0].data)
        inner = body_of(own, [one.data for one in part]) if own else None
        assert own is not None and inner is not None
        out += _tables(alone, bundle, own, part, inner)
    return out


def _passes(bundle: Target, document: bytes) -> bool:
    try:
        return Tools.of(bundle).passes(document)
    except etree.XMLSyntaxError:
        return False


def _by_itself(alone: Target, one: _Loaded) -> _Good | _Wrong:
    data = one.data
    if not data:
        return _Wrong(one.member, data, [Fault("XML-00", "Het bericht is leeg.", "", None)])
    if found := guard_head(data[:4096]):
        return _Wrong(one.member, data, [Fault(str(row["code"]), str(row["text"]), "", None) for row in found])
    if data.count(b"<") > MOST_TAGS:
        too_many = Fault("ARC-04", "Dit bericht heeft meer elementen dan er worden gelezen.", "", None)
        return _Wrong(one.member, data, [too_many])
    try:
        document = etree.fromstring(data, parser())
    except etree.XMLSyntaxError as error:
        return _Wrong(one.member, data, [syntax_fault(error)])
    if document.getroottree().docinfo.doctype:
        return _Wrong(one.member, data, [doctype_fault()])
    if document.tag != alone.path[0]:  # the schema may know it: another element than that of the message
        return _Wrong(one.member, data, [root_fault(document.sourceline)])
    tools = Tools.of(alone)
    assert tools.reader is not None and tools.constants is not None
    if not tools.schema.validate(document):
        return _Wrong(one.member, data, schema_faults(tools.schema.error_log, document, alone.local_path))
    if deviations := tools.constants.faults(document):
        return _Wrong(one.member, data, deviations)
    return _Good([one.member], tools.reader.read(document, quotes=True))


def _compact(parts: list[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """The columns of a bundle all look into one buffer of its texts; copied, a few short rows do not keep all of it."""
    return {name: pa.concat_tables([part[name] for part in parts]).combine_chunks() for name in parts[0]}


def _named(tables: dict[str, pa.Table], record: str, found: Sequence[Member]) -> dict[str, pa.Table]:
    out: dict[str, Any] = {name: table.drop_columns(["_line"]) for name, table in tables.items()}
    out[record] = (
        out[record]
        .append_column("_bericht", pa.array([one.number for one in found], pa.int64()))
        .append_column("_naam", pa.array([one.name for one in found], pa.string()))
    )
    return out
