"""Checking any files: which message, does the schema accept it, do the rules.

A thousand small files go through one process: schemas and mappings are compiled once, and the rules are evaluated
over many files at a time.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.bsn import pseudonyms
from exchanges.core.dated import code_lists, parameters
from exchanges.core.declare import Flow, Rule
from exchanges.core.errors import KetensluisError
from exchanges.core.findings import finding
from exchanges.core.mapping.plan import scalar_table
from exchanges.core.mapping.table import MessageMapping, load_mapping, mapping_folder
from exchanges.core.period import Period
from exchanges.core.registry import exchanges as installed
from exchanges.core.rules.engine import evaluate
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.sql import SCHEMAS, Parameter, add_codes, parquet, period_parameters, session
from exchanges.core.tables import Cursor
from exchanges.core.xml.constants import CODE as VAST
from exchanges.core.xml.guard import guard
from exchanges.core.xml.readback import MemorySink, ParquetSink
from exchanges.core.xml.stream import Checked, Target, check_file, root_tag

SMALL = 4 * 1024 * 1024
BATCH = 400
EXPLAINED = 20
_WORD = re.compile(r"[a-z_]+")
_PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)")
# Tables that are there when a delivery is made, and not beside a file.
_ELSEWHERE = re.compile(rf"\b(?:{'|'.join(SCHEMAS)})\.")
_COLUMN = re.compile(r"\br\.([a-z_][a-z0-9_]*)")
_LATEST = Period(9999, 12)


@dataclass
class Inspected:
    """One file: what ``sluis check`` says of it. ``mapping`` and ``tables`` only while the rules are to come; ``names``
    are the pseudonyms of the records that the schema refuses, by their number."""

    path: Path
    message: str | None = None
    checked: Checked = field(default_factory=Checked)
    schema_valid: bool = False
    findings: list[dict[str, Any]] = field(default_factory=list)
    mapping: MessageMapping | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.schema_valid and not any(f["severity"] in ("error", "blocker") for f in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": str(self.path),
            "message": self.message,
            "schema_valid": self.schema_valid,
            "verdict": "accepted" if self.accepted else "rejected",
            "records": self.checked.records,
            "sha256": self.checked.sha256,
            "findings": [
                {name: f[name] for name in ("code", "severity", "path", "line", "text", "record", "action")}
                for f in self.findings
            ],
        }


def inspect_files(
    paths: Iterable[Path], key: bytes, *, gemeente: str | None = None, period: Period | None = None
) -> Iterator[Inspected]:
    """Every file, in order. ``key`` makes the pseudonyms. ``gemeente`` and ``period`` are taken from the envelope where
    it has them; rules that need one that is not known are left out."""
    batch: list[Inspected] = []
    for path in paths:
        found = _inspect(path, key, gemeente, period)
        if (
            found.mapping
            and batch
            and (
                batch[0].mapping is not found.mapping
                or _scope(batch[0], gemeente, period) != _scope(found, gemeente, period)
            )
        ):
            yield from _judged(batch, key, gemeente, period)
            batch = []
        batch.append(found)
        if len(batch) >= BATCH or (not found.mapping and len(batch) == 1) or _by_itself(found):
            yield from _judged(batch, key, gemeente, period)
            batch = []
    yield from _judged(batch, key, gemeente, period)


def _by_itself(found: Inspected) -> bool:
    """Where a message has totals over its records, those of several files cannot be asked at a time."""
    flow = _flow_of(found.mapping)[1] if found.mapping else None
    return flow is not None and flow.whole


def _inspect(path: Path, key: bytes, gemeente: str | None, period: Period | None) -> Inspected:
    out = Inspected(path)
    try:
        out.findings = guard(path)
    except OSError as error:
        said = "Het bestand bestaat niet." if isinstance(error, FileNotFoundError) else "Het bestand is niet te lezen."
        out.findings = [finding("XML-00", "error", said, action="Controleer de naam en de rechten.")]
    if out.findings:
        return _hashed(out)
    tag = root_tag(path)
    if tag is None:
        out.findings = [
            finding(
                "XML-01",
                "error",
                "Het bestand is geen goed gevormde XML.",
                action="Lever het bestand opnieuw.",
                source="XML 1.0",
                line=1,
            )
        ]
        return _hashed(out)
    namespace, _, root = tag.rpartition("}")
    entry = Catalogue.load().by_root(namespace.lstrip("{"), root)
    if entry is None:
        out.findings = [_unknown(namespace.lstrip("{"), root)]
        return _hashed(out)
    out.message = f"{entry.name} {root}"
    mapping = _mapping(entry, root)
    target = Target(f"{entry.name} {root}", lambda: entry.compile(root), mapping)
    if path.stat().st_size <= SMALL or mapping is None:
        sink = MemorySink()
        out.checked = check_file(path, target, sink)
        out.tables, out.mapping = sink.tables, mapping
        if mapping is not None and out.tables:
            out.names = _names(out.checked.wrong, out.tables[mapping.record][_key_of(mapping)], key)
    else:
        _large(out, target, key, gemeente, period)
    out.schema_valid = out.checked.schema_valid
    out.findings += _faults(out, entry, root, mapping)
    out.findings.sort(key=_place)
    if not out.tables or not (out.checked.records or (mapping and mapping.envelope_tables)):
        out.mapping = None
    return out


def _hashed(out: Inspected) -> Inspected:
    import hashlib

    if out.path.is_file():
        with out.path.open("rb") as file:
            out.checked.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return out


def _unknown(namespace: str, root: str) -> dict[str, Any]:
    for known in Catalogue.load().unsupported:
        if known.namespace == namespace:
            return finding(
                "XSD-VERSIE",
                "error",
                f"Bericht {known.name} wordt niet ondersteund: {known.reason}.",
                action="Lever de nieuwste berichtversie.",
                source=known.source,
                line=1,
            )
    return finding(
        "XSD-WORTEL",
        "error",
        "Dit bericht is niet bekend: wortel, naamruimte of versie staat niet in de catalogus.",
        action="Controleer naamruimte en versie, of installeer het schema.",
        source="schemacatalogus",
        line=1,
    )


def _mapping(entry: SchemaEntry, root: str) -> MessageMapping | None:
    if not (mapping_folder(entry.message, entry.version) / "mapping.csv").exists():
        return None
    mapping = load_mapping(entry.message, entry.version)
    return mapping if mapping.root.local == root else None


def _key_of(mapping: MessageMapping) -> str:
    return mapping.tables[mapping.record].key[0]


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["line"] or 0, row["code"], row["path"]


def _names(faults: Sequence[Any], keys: Any, key: bytes) -> dict[int, str]:
    """The pseudonym of each record with a fault; ``keys`` are those of all records."""
    wanted = sorted({f.record for f in faults if f.record is not None and f.record < len(keys)})
    texts = pc.cast(keys.take(pa.array(wanted, pa.int64())), pa.string())
    return dict(zip(wanted, pseudonyms(texts, key).to_pylist(), strict=True))


def _faults(out: Inspected, entry: SchemaEntry, root: str, mapping: MessageMapping | None) -> list[dict[str, Any]]:
    """What is wrong as findings; refusals of the first records in the words of the second validator."""
    faults = out.checked.wrong
    if not faults:
        return []
    words = _in_words(out.path, entry, root, mapping, faults)
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    for f in faults:
        text = words.get((f.record, f.path), f.text)
        # One wrong value breaks length and pattern at once; said once is enough.
        told.setdefault(
            (f.record, f.path, f.line, text),
            finding(
                f.code,
                "error",
                text,
                path=f.path,
                line=f.line,
                record=out.names.get(f.record) if f.record is not None else None,
                action="Herstel het bericht en lever het opnieuw.",
                source=f"{'mapping' if f.code == VAST else 'schema'} {entry.name}",
            ),
        )
    return list(told.values())


def _in_words(
    path: Path, entry: SchemaEntry, root: str, mapping: MessageMapping | None, faults: Sequence[Any]
) -> dict[Any, str]:
    from exchanges.core.schemas.explain import explain

    wanted = sorted({f.record for f in faults if f.record is not None and f.code.startswith("XSD")})[:EXPLAINED]
    if mapping is None or not wanted:
        return {}
    record = mapping.list_node(mapping.record)
    prefix, _, local = record.tag.rpartition(":")
    tag = f"{{{mapping.namespaces[prefix]}}}{local}" if prefix else local
    inner = Catalogue.load().by_root(mapping.namespaces[prefix], local) if prefix else None
    schema, inner_root = (inner, local) if inner else (entry, root)
    words: dict[Any, str] = {}
    number = 0
    try:
        with path.open("rb") as file:
            for _, element in etree.iterparse(file, tag=tag, resolve_entities=False, no_network=True, load_dtd=False):
                if number in wanted:
                    above = record.path.rpartition("/")[0]
                    for told in explain(etree.tostring(element, with_tail=False), schema, inner_root):
                        steps = f"{above}/{told.path}".strip("/").split("/")
                        words.setdefault((number, "/".join(step.rpartition(":")[2] for step in steps)), told.reason)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
                number += 1
                if number > wanted[-1]:
                    break
    except (etree.XMLSyntaxError, KetensluisError):
        return words
    return words


def _large(out: Inspected, target: Target, key: bytes, gemeente: str | None, period: Period | None) -> None:
    """A file too large for memory: read back to disk, judged on its own."""
    from exchanges.core.steps.check import readback_schemas

    assert target.mapping is not None
    with tempfile.TemporaryDirectory(prefix="sluis-") as folder:
        work = Path(folder)
        schemas = {name: one for name, one in readback_schemas(target.mapping).items() if name != target.mapping.scalar}
        sink = ParquetSink(work / "teruglezing", schemas)
        out.checked = check_file(out.path, target, sink)
        sink.close()
        views = {name: parquet(path, "_row") for name, path in sink.paths.items()}
        keys = Cursor(sink.paths[target.mapping.record]).column(_key_of(target.mapping))
        out.names = _names(out.checked.wrong, keys, key)
        if out.checked.records:
            out.mapping = target.mapping
            out.findings += _rule_findings([out], views, work, key, gemeente, period)[0]
            out.mapping = None


def _judged(batch: list[Inspected], key: bytes, gemeente: str | None, period: Period | None) -> Iterator[Inspected]:
    """The rules over the files of ``batch`` that have tables, in one go."""
    todo = [found for found in batch if found.mapping and found.tables]
    if todo:
        with tempfile.TemporaryDirectory(prefix="sluis-") as folder:
            for found, findings in zip(
                todo, _rule_findings(todo, _merged(todo), Path(folder), key, gemeente, period), strict=True
            ):
                found.findings = sorted([*found.findings, *findings], key=_place)
                found.tables, found.mapping = {}, None
    yield from batch


def _merged(batch: list[Inspected]) -> dict[str, pa.Table]:
    """The tables of many files as one set: rows renumbered, ``_file`` says whose they are."""
    mapping = batch[0].mapping
    assert mapping is not None
    out: dict[str, pa.Table] = {}
    sizes = {name: np.array([found.tables[name].num_rows for found in batch]) for name in batch[0].tables}
    starts = {name: np.concatenate([[0], np.cumsum(rows)[:-1]]) for name, rows in sizes.items()}
    for name in sizes:
        parts = []
        for number, found in enumerate(batch):
            table = found.tables[name]
            parent = mapping.tables[name].parent
            if name != mapping.record and parent is not None:
                for column, of in (("_parent", parent), ("_root", mapping.record)):
                    if column not in table.column_names:
                        continue
                    moved = pa.array(table[column].to_numpy() + starts[of][number])
                    table = table.set_column(table.schema.get_field_index(column), column, moved)
            parts.append(table.append_column("_file", pa.array(np.full(table.num_rows, number, np.int32))))
        whole = pa.concat_tables(parts)
        out[name] = whole.append_column("_row", pa.array(np.arange(whole.num_rows)))
    return out


def _rule_findings(
    batch: list[Inspected], tables: dict[str, Any], work: Path, key: bytes, gemeente: str | None, period: Period | None
) -> list[list[dict[str, Any]]]:
    mapping = batch[0].mapping
    assert mapping is not None
    exchange, rules = rules_for(mapping)
    known = _parameters(batch[0], exchange, gemeente, period)
    usable = [r for r in rules if set(_PARAMETER.findall(r.broken)) <= set(known)]
    if mapping.scalar is not None and any(mapping.scalar in (r.table, *_WORD.findall(r.broken)) for r in usable):
        tables = {**tables, mapping.scalar: _scalars(batch, mapping)}
    with session(work, rows=0) as con:
        add_codes(con, code_lists(_period_of(batch[0], period) or _LATEST))
        for name, item in tables.items():
            if isinstance(item, str):
                root = "_row AS _root, " if name == mapping.record else ""
                con.execute(f"CREATE VIEW {name} AS SELECT *, {root} 0 AS _file FROM {item}")
            else:
                # A table, for what is registered is not seen by the cursors on which the rules are asked.
                con.register(f"arrow_{name}", item)
                root = _root(mapping, name, item.column_names)
                con.execute(f"CREATE TABLE {name} AS SELECT {root} t.* FROM arrow_{name} t")
                con.unregister(f"arrow_{name}")
        # What was selected beside the message, to judge it by, is not in the file.
        columns = {table: set(con.table(table).columns) for table in {rule.table for rule in usable}}
        usable = [rule for rule in usable if set(_COLUMN.findall(rule.broken)) <= columns[rule.table]]
        outcome = evaluate(
            con, usable, known, record=mapping.record, key=_key_of(mapping), sources=[],
            loose=set(tables) - set(mapping.record_tables),
        )  # fmt: skip
    files = {name: item["_file"].to_numpy() for name, item in tables.items() if not isinstance(item, str)}
    out: list[list[dict[str, Any]]] = [[] for _ in batch]
    for found, hit in zip(outcome.findings(key).to_pylist(), outcome.hits.to_pylist(), strict=True):
        # Outside the records the row itself says whose it is.
        table, row = (found["table"], hit["row"]) if hit["root"] is None else (mapping.record, hit["root"])
        out[int(files[table][row]) if table in files else 0].append(found)
    return out


def _scalars(batch: list[Inspected], mapping: MessageMapping) -> pa.Table:
    """The envelope rows of the files, as a table like the others."""
    parts = [scalar_table(mapping, found.checked.scalar) for found in batch]
    files = np.repeat(np.arange(len(batch), dtype=np.int32), [part.num_rows for part in parts])
    whole = pa.concat_tables(parts).append_column("_file", pa.array(files))
    return whole.append_column("_row", pa.array(np.arange(len(files)))).append_column(
        "_line", pa.nulls(len(files), pa.int64())
    )


def _root(mapping: MessageMapping, name: str, columns: Sequence[str]) -> str:
    """SQL of the row at the top of the tree of a table, as a delivery has it; what hangs in a record has it already."""
    parent = mapping.tables[name].parent
    if "_root" in columns:
        return ""
    if name == mapping.record or parent is None or parent == mapping.scalar:
        return "t._row AS _root,"
    return f"(SELECT p._root FROM {parent} p WHERE p._row = t._parent) AS _root,"


def rules_for(mapping: MessageMapping) -> tuple[str, list[Rule]]:
    """The exchange that sends these tables, and its rules on a message alone: those that look in the administration,
    or in what the partner has, cannot be asked of a file. None: no rules."""
    exchange, flow = _flow_of(mapping)
    alone = [rule for rule in flow.rules if rule.scope == "record" and not rule.needs] if flow else []
    return exchange, [rule for rule in alone if not _ELSEWHERE.search(rule.broken)]


def _flow_of(mapping: MessageMapping) -> tuple[str, Flow | None]:
    for exchange in installed().values():
        for flow in exchange.flows.values():
            if isinstance(flow, Flow):
                tables = {table.name for table in flow.selection.tables}
                if tables - {mapping.scalar} == set(mapping.tables) - {mapping.scalar}:
                    return exchange.id, flow
    return "", None


def _period_of(found: Inspected, period: Period | None) -> Period | None:
    text = found.checked.scalar.get("periode")
    try:
        return Period.parse(text) if isinstance(text, str) else period
    except KetensluisError:
        return period


def _scope(found: Inspected, gemeente: str | None, period: Period | None) -> tuple[Any, Any]:
    return found.checked.scalar.get("gemeente") or gemeente, _period_of(found, period)


def _parameters(found: Inspected, exchange: str, gemeente: str | None, period: Period | None) -> dict[str, Parameter]:
    of, when = _scope(found, gemeente, period)
    known: dict[str, Parameter] = {name: row.value for name, row in parameters(exchange, when or _LATEST).items()}
    own = period_parameters(of or "", when or _LATEST)
    if not of:
        own.pop("gemeente")
    return {**known, **(own if when else {name: own[name] for name in ("gemeente",) if name in own})}
