"""What the head of a file says of its records, against the records that are in it.

A file with one record less is valid by its schema, and so is every record that is left; only its head knows. ``aantal``
counts the records, ``controlegetal`` is the sha256 over their keys, sorted, joined by newlines (the build step writes
both).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.findings import finding
from exchanges.core.mapping.plan import scalar_leaves
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.reports.dutch import count, number

AT_ONCE = 65_536  # keys


def head_findings(mapping: MessageMapping, head: Mapping[str, Any], keys: pa.ChunkedArray) -> list[dict[str, Any]]:
    """``head`` are the values of the envelope as they were read, ``keys`` those of all records of the file. What the
    head does not have is not judged."""
    told, there = head.get("aantal"), len(keys)
    if isinstance(told, int) and told != there:
        said = f"De kop noemt {count(told, 'record', 'records')}, het bestand heeft er {number(there)}."
        return [_finding(mapping, "aantal", "KOP-AANTAL", said)]
    total = head.get("controlegetal")
    if isinstance(total, str) and total.lower() != control_total(keys):
        said = "Het controlegetal in de kop is niet dat van de records in het bestand."
        return [_finding(mapping, "controlegetal", "KOP-GETAL", said)]
    return []


def control_total(keys: pa.ChunkedArray) -> str:
    """The sha256 over ``keys``, sorted, joined by newlines; hexadecimal."""
    ordered = pc.cast(keys, pa.string()).drop_null()
    if len(ordered) > 1 and not pc.all(pc.less_equal(ordered[:-1], ordered[1:])).as_py():
        ordered = ordered.take(pc.sort_indices(ordered))
    digest = hashlib.sha256()
    for start in range(0, len(ordered), AT_ONCE):
        part = ordered.slice(start, AT_ONCE).combine_chunks()
        joined = pc.binary_join(pa.ListArray.from_arrays([0, len(part)], part), "\n")[0].as_py()
        digest.update((("\n" if start else "") + joined).encode())
    return digest.hexdigest()


def _finding(mapping: MessageMapping, column: str, code: str, text: str) -> dict[str, Any]:
    path = next((leaf.node.path for leaf in scalar_leaves(mapping) if leaf.node.column == column), "")
    return finding(
        code, "error", text, path="/".join(step.rpartition(":")[2] for step in path.split("/")),
        action="Maak of haal het bestand opnieuw: er is iets uitgevallen, bijgekomen of verwisseld.",
        source=f"mapping {mapping.message} {mapping.version}",
    )  # fmt: skip
