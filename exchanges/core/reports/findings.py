"""From findings by the hundred thousand to what fits in a report: one row per kind, with a few examples.

A kind is a code at a severity and an element. All on columns; the only loop is over kinds, of which there are no
more than rules times elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.reports.codec import encode
from exchanges.core.reports.parts import EXAMPLES_PER_FINDING, WORK_LINES, Example, FindingKind, WorkLine

_KIND = ["severity", "code", "path"]
_WORDS = ["text", "action", "source"]
_SEVERITIES = {"blocker": 0, "error": 1, "warning": 2, "info": 3}


def finding_kinds(findings: pa.Table, scopes: Mapping[str, str] = MappingProxyType({})) -> list[dict[str, Any]]:
    """The ``findings`` of a report document, worst and most frequent first; order of the rows does not matter.

    ``findings`` has at least the columns of :data:`exchanges.core.findings.FINDINGS`. ``rejected`` counts the records
    with a finding of severity error, unless the kind is about the delivery. ``scopes`` gives the scope by code; without
    it a kind that names records is about records. Examples are the first records in the file.
    """
    columns = {name: findings[name] for name in ("record", "line")}
    columns |= {name: findings[name].cast(pa.string()).fill_null("") for name in (*_KIND, *_WORDS)}
    table = pa.table(columns)
    totals = _sorted(
        table.group_by(_KIND).aggregate([("record", "count_distinct"), ("record", "count"), ("code", "count")]), _KIND)
    words = _sorted(table.group_by(_KIND + _WORDS).aggregate([("code", "count")]), [*_KIND, "-code_count", *_WORDS])
    records = table.filter(pc.is_valid(table["record"]))
    examples = _sorted(records.group_by([*_KIND, "record", "line"]).aggregate([]), [*_KIND, "line", "record"])
    first_words, first_example = _starts(words), _starts(examples)

    kinds = []
    for total in totals.to_pylist():
        key = tuple(total[name] for name in _KIND)
        start, variants = first_words[key]
        said = words.slice(start, 1).to_pylist()[0]
        begin, length = first_example.get(key, (0, 0))
        shown = examples.slice(begin, min(length, EXAMPLES_PER_FINDING)).to_pylist()
        scope = scopes.get(total["code"], "record" if total["record_count"] else "delivery")
        kinds.append(FindingKind(
            code=total["code"], severity=total["severity"], scope="record" if scope == "record" else "delivery",
            text=said["text"], action=said["action"], source=said["source"], element=total["path"],
            count=total["code_count"],
            rejected=total["record_count_distinct"] if (total["severity"], scope) == ("error", "record") else 0,
            examples=tuple(Example(row["record"], row["line"]) for row in shown), variants=variants,
        ))
    kinds.sort(key=lambda kind: (_SEVERITIES[kind.severity], -kind.count, kind.code, kind.element))
    return [encode(kind) for kind in kinds]


def work_list(findings: pa.Table) -> dict[str, Any]:
    """``work`` and ``work_total`` of a report document: what an answer says of records, one by one."""
    own = findings.filter(pc.is_valid(findings["record"]))
    texts = {name: own[name].cast(pa.string()).fill_null("") for name in ("record", "code", "text", "source")}
    every = _sorted(pa.table({**texts, "line": own["line"]}), ["line", "record", "code", "text", "source"])
    lines = [encode(WorkLine(**row)) for row in every.slice(0, WORK_LINES).to_pylist()]
    return {"work": lines, "work_total": own.num_rows}


def _sorted(table: pa.Table, names: list[str]) -> pa.Table:
    return table.sort_by([(n.removeprefix("-"), "descending" if n.startswith("-") else "ascending") for n in names])


def _starts(table: pa.Table) -> dict[tuple[str, ...], tuple[int, int]]:
    """Per kind: its first row in a table sorted by kind, and how many rows it has.

    By runs of equal kinds: the groups of ``group_by`` come in no order one may count on.
    """
    if not table.num_rows:
        return {}
    # A unit separator: no code, severity or path has one.
    kind = pc.binary_join_element_wise(*(table[name] for name in _KIND), "\x1f").combine_chunks().dictionary_encode()
    number = kind.indices.to_numpy()
    starts = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    ends = np.r_[starts[1:], len(number)]
    keys = kind.dictionary.take(pa.array(number[starts])).to_pylist()
    return {tuple(key.split("\x1f")): (int(a), int(b - a)) for key, a, b in zip(keys, starts, ends, strict=True)}
