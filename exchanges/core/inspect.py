"""Checking any files: which message, does the schema accept it, do the rules.

A thousand small files go through one process: schemas and mappings are compiled once, and the rules are evaluated
over many files at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from exchanges.core.arrow import give_back  # first: keeps pandas out
from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.head import head_findings
from exchanges.core.inspect_asides import aside_findings
from exchanges.core.inspect_faults import fault_findings, names
from exchanges.core.inspect_findings import in_order, together
from exchanges.core.inspect_rules import flow_of_message, merged, rule_findings, scope_of
from exchanges.core.inspected import Inspected
from exchanges.core.mapping.table import MessageMapping, load_mapping, mapping_folder
from exchanges.core.period import Period
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.sql import parquet
from exchanges.core.tables import Cursor
from exchanges.core.xml.guard import guard
from exchanges.core.xml.readback import MemorySink, ParquetSink
from exchanges.core.xml.stream import Target, check_file, root_tag

SMALL = 4 * 1024 * 1024
BATCH = 400
# The tables of a batch are in memory at a time: so many small files, or few that are just not large.
BATCH_BYTES = 8 * 1024 * 1024


def inspect_files(
    paths: Iterable[Path], key: bytes, *, gemeente: str | None = None, period: Period | None = None
) -> Iterator[Inspected]:
    """Every file, in order. ``key`` makes the pseudonyms. ``gemeente`` and ``period`` are taken from the envelope where
    it has them; rules that need one that is not known are left out."""
    batch: list[Inspected] = []
    held = 0
    for path in paths:
        found = _inspect(path, key, gemeente, period)
        if (
            found.mapping
            and batch
            and (
                batch[0].mapping is not found.mapping
                or scope_of(batch[0], gemeente, period) != scope_of(found, gemeente, period)
            )
        ):
            yield from _judged(batch, key, gemeente, period)
            batch, held = [], 0
        batch.append(found)
        held += found.checked.size if found.tables else 0
        full = len(batch) >= BATCH or held >= BATCH_BYTES
        if full or (not found.mapping and len(batch) == 1) or _by_itself(found):
            yield from _judged(batch, key, gemeente, period)
            batch, held = [], 0
    yield from _judged(batch, key, gemeente, period)


def _by_itself(found: Inspected) -> bool:
    """Where a message has totals over its records, those of several files cannot be asked at a time."""
    flow = flow_of_message(found.mapping)[1] if found.mapping else None
    return flow is not None and flow.whole


def _inspect(path: Path, key: bytes, gemeente: str | None, period: Period | None) -> Inspected:
    out = Inspected(path)
    try:
        out.findings = findings_table(guard(path))
    except OSError as error:
        out.findings = findings_table([_unread(error)])
    if out.findings.num_rows:
        return _hashed(out)
    tag = root_tag(path)
    if tag is None:
        said, action = "Het bestand is geen goed gevormde XML.", "Lever het bestand opnieuw."
        out.findings = findings_table([finding("XML-01", "error", said, action=action, source="XML 1.0", line=1)])
        return _hashed(out)
    namespace, _, root = tag.rpartition("}")
    entry = Catalogue.load().by_root(namespace.lstrip("{"), root)
    if entry is None:
        out.findings = findings_table([_unknown(namespace.lstrip("{"), root)])
        return _hashed(out)
    out.message = f"{entry.name} {root}"
    mapping = _mapping(entry, root)
    target = Target(f"{entry.name} {root}", lambda: entry.compile(root), mapping, entry.xsd_of(root))
    if path.stat().st_size <= SMALL or mapping is None:
        sink = MemorySink()
        out.checked = check_file(path, target, sink)
        out.tables, out.mapping = sink.tables, mapping
        if mapping is not None and out.tables:
            keys = out.tables[mapping.record][_key_of(mapping)]
            out.names = names(out.checked.wrong, keys, key)
            out.findings = _head(out, mapping, keys)
            if _about_nobody(mapping, keys):
                out.mapping = None
    else:
        _large(out, target, key, gemeente, period)
    out.schema_valid = out.checked.schema_valid
    if mapping is None and out.schema_valid and out.checked.size <= SMALL:
        out.findings = aside_findings(entry.message, root, path, key)
    out.findings = in_order(
        together([out.findings, fault_findings(path, out.checked.wrong, out.names, entry, root, mapping)])
    )
    if not out.tables or not (out.checked.records or (mapping and mapping.envelope_tables)):
        out.mapping = None
    return out


def _hashed(out: Inspected) -> Inspected:
    import hashlib

    if out.path.is_file():
        with out.path.open("rb") as file:
            out.checked.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return out


def _unread(error: OSError) -> dict[str, Any]:
    if isinstance(error, IsADirectoryError):
        return finding("XML-00", "error", "Dit is een map, geen bestand.", action="Noem de bestanden die erin staan.")
    said = "Het bestand bestaat niet." if isinstance(error, FileNotFoundError) else "Het bestand is niet te lezen."
    return finding("XML-00", "error", said, action="Controleer de naam en de rechten.")


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


def _head(out: Inspected, mapping: MessageMapping, keys: pa.ChunkedArray) -> pa.Table:
    """Not where the schema refuses what is around the records, or a record that is not one: who knows then which
    records there are."""
    if any(fault.record is None or fault.record >= len(keys) for fault in out.checked.faults):
        return FINDINGS.empty_table()
    return findings_table(head_findings(mapping, out.checked.scalar, keys))


def _about_nobody(mapping: MessageMapping, keys: pa.ChunkedArray) -> bool:
    """A message of its own without a person: nothing found, or an error told. Whether that may be, the schema says."""
    return mapping.scalar is None and keys.null_count == len(keys)


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
        give_back()
        views = {name: parquet(path, "_row") for name, path in sink.paths.items()}
        keys = Cursor(sink.paths[target.mapping.record]).column(_key_of(target.mapping))
        out.names = names(out.checked.wrong, keys, key)
        out.findings = _head(out, target.mapping, keys)
        if out.checked.records and not _about_nobody(target.mapping, keys):
            out.mapping = target.mapping
            of_rules = rule_findings([out], views, work, key, gemeente, period)[0]
            give_back()
            out.findings = together([out.findings, of_rules])
            out.mapping = None


def _judged(batch: list[Inspected], key: bytes, gemeente: str | None, period: Period | None) -> Iterator[Inspected]:
    """The rules over the files of ``batch`` that have tables, in one go."""
    todo = [found for found in batch if found.mapping and found.tables]
    if todo:
        with tempfile.TemporaryDirectory(prefix="sluis-") as folder:
            for found, findings in zip(
                todo, rule_findings(todo, merged(todo), Path(folder), key, gemeente, period), strict=True
            ):
                found.findings = in_order(together([found.findings, findings]))
                found.tables, found.mapping = {}, None
    yield from batch
