"""The report on a delivery over SOAP: the answers per message, written as the report that comes with a file.

So there is one way to read what a partner made of a delivery, whatever carried it. What is ours in it are the words;
the signed answers themselves are kept beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.errors import BusinessError
from exchanges.core.mapping.plan import scalar_schema
from exchanges.core.mapping.table import load_mapping
from exchanges.core.mapping.writer import Writer, write_file
from exchanges.core.steps.answer import Sent

_LONGEST_CODE, _LONGEST_TEXT = 20, 1000


def write_report(sent: Sent, answers: pa.Table, path: Path) -> None:
    """``answers`` has a row per record in the order of the file: ``bevestigd``, ``code``, ``tekst``. Raises
    BusinessError when there are more or fewer of them than records that were sent."""
    if answers.num_rows != len(sent.keys):
        raise BusinessError(
            f"Levering {sent.context.delivery.id} heeft {len(sent.keys)} berichten en {answers.num_rows} antwoorden."
        )
    receipt, words = sent.receipt, sent.receipt.lines
    mapping = load_mapping(sent.entry.message, sent.entry.version)
    accepted = answers["bevestigd"].combine_chunks()
    yes = pc.sum(accepted.cast(pa.int64())).as_py() or 0
    head: dict[str, Any] = dict.fromkeys(scalar_schema(mapping).names)
    head |= {column: sent.value(what) for column, what in receipt.echoes}
    head[receipt.status] = (receipt.accepted if yes == answers.num_rows else receipt.partly_accepted)[0]
    if receipt.counts is not None:
        head |= dict(zip(receipt.counts, (answers.num_rows, yes, answers.num_rows - yes), strict=True))
    lines = pa.table({
        mapping.tables[mapping.record].key[0]: sent.keys,
        words.status: pc.if_else(accepted, words.accepted, words.refused),
        words.code: pc.utf8_slice_codeunits(answers["code"], 0, _LONGEST_CODE),
        words.text: pc.utf8_slice_codeunits(answers["tekst"], 0, _LONGEST_TEXT),
    })  # fmt: skip
    scalar = pa.Table.from_pylist([head], scalar_schema(mapping))
    with path.open("wb") as out:
        write_file(Writer(mapping), scalar, iter([{mapping.record: lines}]), out)
