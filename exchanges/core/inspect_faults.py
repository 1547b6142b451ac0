"""What the schema refuses in a file as findings; of its first records in the words of the second validator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import KetensluisError
from exchanges.core.inspect_findings import SLIM
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.xml.columns import NONE, Faults
from exchanges.core.xml.constants import CODE as VAST

EXPLAINED = 20
# The second validator takes more than the square of what is wrong: a record with more tags, or more attributes, than
# any that is meant well has its refusals in the words of the first.
_MOST_TAGS = 2_000
_MOST_ATTRIBUTES = 200
_ACTION = "Herstel het bericht en lever het opnieuw."
Words = dict[tuple[int, str], str]


def names(faults: Faults, keys: pa.ChunkedArray, key: bytes) -> pa.Array:
    """The pseudonym of the record of each fault, null where it is of none; ``keys`` are those of all records."""
    known = (faults.record != NONE) & (faults.record < len(keys))
    return pseudonyms(pc.cast(keys.take(pa.array(faults.record, mask=~known)), pa.string()), key)


def fault_findings(
    path: Path, faults: Faults, named: pa.Array, entry: SchemaEntry, root: str, mapping: MessageMapping | None
) -> pa.Table:
    """Slim findings, one for each fault of ``path``; ``named`` has the pseudonym of the record of each, or nothing."""
    if not len(faults):
        return SLIM.empty_table()
    codes, texts, paths = zip(*faults.kinds, strict=True)
    place, text = _numbered(paths)[faults.kind], _numbered(texts)[faults.kind]
    said = list(dict.fromkeys(texts))
    _say(text, said, faults, paths, _in_words(path, faults, entry, root, mapping))
    sources = [f"mapping {entry.name}" if code == VAST else f"schema {entry.name}" for code in codes]
    line = pa.array(faults.line, mask=faults.line == NONE)
    columns = {
        "code": _once(faults.kind, codes),
        "severity": _once(np.zeros_like(text), ["error"]),
        "table": pa.nulls(len(faults), SLIM.field("table").type),
        "record": named if len(named) else pa.nulls(len(faults), pa.string()),
        "path": _once(place, list(dict.fromkeys(paths))),
        "line": line,
        "text": _once(text, said),
        "action": _once(np.zeros_like(text), [_ACTION]),
        "source": _once(faults.kind, sources),
    }
    # One wrong value breaks length and pattern at once; said once is enough.
    told = pa.table({"of": faults.record, "path": place, "line": line, "text": text, "row": np.arange(len(faults))})
    first = told.group_by(["of", "path", "line", "text"], use_threads=False).aggregate([("row", "min")])
    return pa.table(columns, schema=SLIM).take(first["row_min"])


def _numbered(values: Sequence[str]) -> np.ndarray:
    """The number of each value among the distinct ones."""
    number = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return np.array([number[value] for value in values], np.int64)


def _once(number: np.ndarray, values: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(number, pa.int32()), pa.array(values, pa.string()))


def _say(text: np.ndarray, said: list[str], faults: Faults, paths: Sequence[str], words: Words) -> None:
    """Puts the ``words`` in place of the texts of the schema."""
    number: dict[str, int] = {}
    for row in np.flatnonzero(np.isin(faults.record, [record for record, _ in words])).tolist():
        told = words.get((int(faults.record[row]), paths[faults.kind[row]]))
        if told is not None:
            if told not in number:
                number[told] = len(said)
                said.append(told)
            text[row] = number[told]


def _in_words(path: Path, faults: Faults, entry: SchemaEntry, root: str, mapping: MessageMapping | None) -> Words:
    """What is said of an element (its record and path) in the first records that the schema refuses."""
    from exchanges.core.schemas.explain import explain

    of_schema = np.array([code.startswith("XSD") for code, _, _ in faults.kinds])[faults.kind]
    wanted = np.unique(faults.record[of_schema & (faults.record != NONE)])[:EXPLAINED].tolist()
    if mapping is None or not wanted:
        return {}
    record = mapping.list_node(mapping.record)
    prefix, _, local = record.tag.rpartition(":")
    tag = f"{{{mapping.namespaces[prefix]}}}{local}" if prefix else local
    inner = Catalogue.load().by_root(mapping.namespaces[prefix], local) if prefix else None
    schema, inner_root = (inner, local) if inner else (entry, root)
    words: Words = {}
    number = 0
    try:
        with path.open("rb") as file:
            for _, element in etree.iterparse(file, tag=tag, resolve_entities=False, no_network=True, load_dtd=False):
                if number in wanted:
                    data = etree.tostring(element, with_tail=False)
                    above = record.path.rpartition("/")[0]
                    for told in explain(data, schema, inner_root) if _is_plain(data) else ():
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


def _is_plain(data: bytes) -> bool:
    return data.count(b"<") <= _MOST_TAGS and data.count(b"=") <= _MOST_ATTRIBUTES
