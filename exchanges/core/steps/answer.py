"""Reading one answer of a partner: is it about what was sent, does it add up, what does it say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.declare import AnswerLines, Phase, Receipt, Trouble
from exchanges.core.errors import InputRefused
from exchanges.core.findings import finding
from exchanges.core.mapping.table import load_mapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.steps.context import Context
from exchanges.core.tables import Cursor
from exchanges.core.transport import Channel
from exchanges.core.xml.guard import guard
from exchanges.core.xml.readback import MemorySink
from exchanges.core.xml.stream import Target, check_file

MAX_BYTES = 1024**3
Verdict = Literal["accepted", "partly_accepted", "rejected", "busy"]


@dataclass(frozen=True)
class Answer:
    """An answer that is in order. ``lines`` has the columns ``key``, ``status``, ``code`` and ``text``."""

    path: Path
    phase: Phase | None
    head: Mapping[str, Any]
    key: tuple[str, ...]
    lines: pa.Table
    verdict: Verdict
    trouble: Trouble
    reason: str | None


class Sent:
    """What the answer must be about: the file that left, as it was read back."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.receipt: Receipt = context.exchange.receipt
        self.details = context.done("deliver").details
        self._envelope = context.done("check").details.get("envelope", {})

    @cached_property
    def keys(self) -> pa.ChunkedArray:
        return Cursor(self._tables[self.context.mapping.record]).column(self.context.record_key)

    def value(self, name: str) -> Any:
        """What an echo must equal."""
        _, head, column = name.rpartition("kop.")
        return self._envelope.get(column) if head else self.details[name]

    def names(self, key: tuple[str, ...]) -> pa.Array:
        """Every record a line may be about, its key columns joined."""
        return pa.concat_arrays([pa.array([], pa.string()), *(joined(table, key) for table in self._chosen(key))])

    def lines(self, key: tuple[str, ...], asked: pa.Array) -> pa.Array:
        """On which line of the file the records with these ``names`` stand."""
        found = [table["_line"].combine_chunks() for table in self._chosen((*key, "_line"))]
        return pa.concat_arrays([pa.array([], pa.int64()), *found]).take(pc.index_in(asked, value_set=self.names(key)))

    def rows(self, columns: tuple[str, ...]) -> pa.Table:
        """These columns of every record that was sent."""
        return pq.read_table(self._tables[self.context.mapping.record], columns=list(dict.fromkeys(columns)))

    def _chosen(self, columns: tuple[str, ...]) -> list[pa.Table]:
        chosen = self.receipt.lines.tables or (self.context.mapping.record,)
        return [pq.read_table(self._tables[name], columns=list(columns)) for name in chosen if name in self._tables]

    @cached_property
    def _tables(self) -> dict[str, Path]:
        return self.context.files("check", "teruglezing")

    @cached_property
    def entry(self) -> SchemaEntry:
        """The schema of the answer."""
        return Catalogue.load().entry(self.receipt.message, self.context.delivery.period)


def joined(table: pa.Table, columns: tuple[str, ...]) -> pa.Array:
    """The key columns as one text, null where one of them is."""
    texts = [pc.cast(table[name].combine_chunks(), pa.string()) for name in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "/")


def answer_name(receipt: Receipt, file_name: str, phase: Phase | None) -> str:
    """The file the answer comes in."""
    return receipt.file_name.format(stem=file_name.removesuffix(".xml"), fase=phase.id if phase else "")


def fetch_answer(sent: Sent, partner: Channel, phase: Phase | None, last: bool) -> Answer | None:
    """The answer of ``phase``, None when it is not there. Raises InputRefused, the original in quarantine, when it is
    not what was agreed. ``last``: it is the one that may accept."""
    context, receipt = sent.context, sent.receipt
    path = context.work / f"antwoord{phase.id if phase else ''}.xml"
    name = answer_name(receipt, str(sent.details["file_name"]), phase)
    if partner.fetch(context.partner.uitgaand, name, path, MAX_BYTES) is None:
        return None
    entry = sent.entry
    mapping = load_mapping(entry.message, entry.version)
    sink = MemorySink()
    problems = guard(path)
    if not problems:
        checked = check_file(path, Target(entry.name, lambda: entry.compile(mapping.root.local), mapping), sink)
        problems = [
            finding(f.code, "error", f.text, path=f.path, line=f.line, source=f"schema {entry.name}")
            for f in checked.faults
        ]
    if problems:
        raise refused(context, path, f"verslag past niet in schema {entry.name}: {problems[0]['text']}")
    head = checked.scalar
    # A file with an envelope alone has no piece with records in it.
    lines = sink.tables.get(mapping.record)
    key = receipt.lines.key or mapping.tables[mapping.record].key[:1]
    lines = _plain(lines, receipt.lines, key) if lines is not None else _no_lines(key)
    verdict = _verdict(receipt, head)
    wrong = _other_file(sent, head, phase, verdict, last)
    if verdict is None:
        wrong.append("de bestandsstatus is onbekend")
    elif verdict == "partly_accepted" and not last:
        wrong.append("deze fase kan niet deels akkoord zijn")
    elif verdict != "busy":
        wrong += _disagreements(sent, head, lines, key, verdict)
    if wrong or verdict is None:
        raise refused(context, path, "; ".join(wrong))
    return Answer(path, phase, head, key, lines, verdict, _trouble(receipt, head), head.get(receipt.reason))


def refused(context: Context, path: Path, reason: str) -> InputRefused:
    """Puts the original away and gives what to raise."""
    context.store.quarantine(context.delivery.gemeente, path, reason)
    return InputRefused(
        f"Verwerkingsverslag van {context.delivery.id} geweigerd: {reason.rstrip('.')}. Het origineel staat in"
        " quarantaine; vraag de partner om een nieuw verslag."
    )


def _no_lines(key: tuple[str, ...]) -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in (*key, "status", "code", "text")})


def _plain(lines: pa.Table, said: AnswerLines, key: tuple[str, ...]) -> pa.Table:
    """The lines under names of our own; without a status every line is about a record that is refused, or remarked."""
    status = lines[said.status] if said.about == "all" else pa.nulls(lines.num_rows, pa.string())
    columns = {name: lines[name] for name in key}
    return pa.table({**columns, "status": status, "code": lines[said.code], "text": lines[said.text]})


def _verdict(receipt: Receipt, head: Mapping[str, Any]) -> Verdict | None:
    words: dict[Verdict, tuple[str, ...]] = {
        "accepted": receipt.accepted,
        "partly_accepted": receipt.partly_accepted,
        "rejected": receipt.rejected,
        "busy": receipt.busy,
    }
    return next((verdict for verdict, own in words.items() if head[receipt.status] in own), None)


def _trouble(receipt: Receipt, head: Mapping[str, Any]) -> Trouble:
    word = head.get(receipt.kind) if receipt.kind else None
    return next((trouble for trouble in receipt.troubles if trouble.word and trouble.word == word), receipt.troubles[0])


def _other_file(sent: Sent, head: Mapping[str, Any], phase: Phase | None, verdict: str | None, last: bool) -> list[str]:
    """Where the answer is not about the file that was sent, or not of this phase."""
    receipt = sent.receipt
    closes = last and verdict in ("accepted", "partly_accepted")
    wrong = []
    for column, what in receipt.echoes:
        if head[column] != sent.value(what) and (head[column] is not None or closes):
            wrong.append("het verslag gaat over een ander bestand")
            break
    if phase is not None and str(head[receipt.phase]) != phase.id:
        wrong.append("het antwoord is van een andere fase")
    return wrong


def _disagreements(
    sent: Sent, head: Mapping[str, Any], lines: pa.Table, key: tuple[str, ...], verdict: Verdict
) -> list[str]:
    """Where the answer does not add up, or has lines about what was not sent."""
    said, counts = sent.receipt.lines, sent.receipt.counts
    if verdict == "rejected" and said.about == "all":
        return []
    wrong = []
    answered = joined(lines, key)
    distinct = len(answered.unique())
    status = lines["status"]
    turned_down = (
        (pc.sum(pc.equal(status, said.refused)).as_py() or 0)
        if said.about == "all"
        else distinct * (said.about == "refused")
    )
    if counts is not None and verdict != "rejected":
        offered, accepted, rejected = (head[name] for name in counts)
        if offered != len(sent.keys) or accepted + rejected != offered:
            wrong.append("de aantallen in de kop sluiten niet")
        if turned_down != rejected or (said.about == "all" and lines.num_rows != offered):
            wrong.append("de regels en de aantallen in de kop verschillen")
    if said.about == "all":
        known = pc.cast(sent.keys, pa.string())
        if distinct != lines.num_rows or not pc.all(pc.is_in(known, value_set=answered)).as_py():
            wrong.append("de regels gaan niet over precies de verzonden personen")
        if not pc.all(pc.is_in(status, value_set=pa.array([said.accepted, said.refused]))).as_py():
            wrong.append("een regel heeft een onbekende status")
    elif lines.num_rows and not pc.all(pc.is_in(answered, value_set=sent.names(key))).as_py():
        wrong.append("een regel gaat over een record dat niet is verzonden")
    if said.about == "refused" and verdict != "rejected" and bool(turned_down) != (verdict == "partly_accepted"):
        wrong.append("de bestandsstatus en de regels verschillen")
    return wrong
