"""receipt: fetch the partner's answer, or answers in phases, and close the delivery with it.

What an answer looks like is declared (:class:`exchanges.core.declare.Receipt`). The step keeps nothing between two
attempts: it reads the phases from the first on, every time, and waits at the first that is not there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.balance import Balance
from exchanges.core.bsn import pseudonyms
from exchanges.core.declare import Phase, Receipt
from exchanges.core.errors import PartnerSilent
from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.steps.again import offer_again
from exchanges.core.steps.answer import Answer, Sent, fetch_answer, joined, refused
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.deliver import DONE, RESENT, channel
from exchanges.core.store.privacy import without_bsn
from exchanges.core.supersede.adding import addition
from exchanges.core.supersede.closing import after_answer

PHASE = "receipt.phase"
# In the partner's own words: what may be a BSN, also as people write it.
_NUMBERS = r"[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}"


def receipt(context: Context) -> Result:
    """Artefact ``verslag``, and ``antwoord/<phase>`` for phases before it. Each must be about the file that was sent,
    and with a line per record account for each of them.

    Raises PartnerSilent when an answer is not there yet, InputRefused (original in quarantine) when it is not what was
    agreed, TransportError when the partner keeps saying that nothing came in.
    """
    sent = Sent(context)
    phases: list[Phase | None] = [one for one in sent.receipt.phases if not one.later] or [None]
    passed: list[Answer] = []
    with channel(context) as partner:
        for phase in phases:
            last = phase is phases[-1]
            answer = fetch_answer(sent, partner, phase, last)
            if answer is None or answer.verdict == "busy":
                raise PartnerSilent(_silence(context, sent, phase, busy=answer is not None))
            _same_thread(context, passed, answer)
            passed.append(answer)
            if answer.verdict == "rejected" and answer.trouble.resend:
                raise offer_again(sent, partner, phases, answer)
            _tell(context, answer)
            if last or answer.verdict == "rejected":
                break
    return _result(context, sent, passed)


def later(context: Context) -> Result:
    """What the partner says after it accepted the delivery (phases that are ``later``): findings, under artefacts
    ``antwoord/<phase>``. It changes nothing about the delivery. Raises PartnerSilent when there is nothing (yet)."""
    sent = Sent(context)
    files, found = {}, []
    with channel(context) as partner:
        for phase in sent.receipt.phases:
            answer = fetch_answer(sent, partner, phase, last=False) if phase.later else None
            if answer is not None and answer.verdict != "busy":
                files[f"antwoord/{phase.id}"] = Made(answer.path, "application/xml", answer.lines.num_rows)
                found.append(_findings(sent, answer, answer.lines, "warning"))
                _tell(context, answer)
    if not files:
        raise PartnerSilent(f"Geen nagekomen antwoord voor {sent.details['file_name']}.")
    findings = pa.concat_tables(found)
    return Result(files=files, details={"answers": sorted(files), "remarks": findings.num_rows}, findings=findings)


def _result(context: Context, sent: Sent, passed: list[Answer]) -> Result:
    answer = passed[-1]
    sort, records = sent.receipt.lines, len(sent.keys)
    turned_down = _turned_down(sent.receipt, answer)
    rejected = len(joined(turned_down, answer.key).unique())
    reasons = _reasons(turned_down)
    if answer.verdict == "rejected":
        rejected = records
        text = without_bsn(answer.reason or "bestand afgekeurd")
        reasons = [{"code": answer.trouble.code, "text": text, "count": records}]
        found = _findings(sent, answer, answer.lines if sort.about != "all" else answer.lines.slice(0, 0), "error")
    elif sort.about == "remarks":
        found = _findings(sent, answer, answer.lines, "warning")
    else:
        found = pa.concat_tables([
            _findings(sent, answer, turned_down, "error"),
            _line_findings(sent, answer, _remarked(sent.receipt, answer), "warning",
                           "Het record is geaccepteerd. Ga na wat de partner bedoelt."),
        ])  # fmt: skip
    files = {"verslag": Made(answer.path, "application/xml", answer.lines.num_rows)}
    for earlier in passed[:-1]:
        assert earlier.phase is not None
        files[f"antwoord/{earlier.phase.id}"] = Made(earlier.path, "application/xml", earlier.lines.num_rows)
    details = {
        "state": answer.verdict,
        "accepted": records - rejected,
        "rejected": rejected,
        "reasons": reasons,
        "message": sent.entry.message,
        "version": sent.entry.version,
        "certainty": sent.entry.certainty,
    }
    if answer.phase is not None:
        details |= {"phase": answer.phase.id, "remarks": found.num_rows}
    refused_names = sent.names(answer.key) if answer.verdict == "rejected" else joined(turned_down, answer.key)
    return Result(
        balances=[
            Balance(context.mapping.record, "aantal", records, records - rejected, rejected=rejected),
            *_per(sent, answer, refused_names),
            *(after_answer(context, *_by_key(sent, answer, refused_names)) if addition(context) else ()),
        ],
        files=files,
        details=details,
        findings=found,
    )


def _by_key(sent: Sent, answer: Answer, refused_names: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The record keys of what was sent, and of what was refused of it."""
    key = sent.context.record_key
    table = sent.rows((key, *answer.key))
    keys = table[key].cast(pa.string()).combine_chunks()
    return keys, keys.filter(pc.is_in(joined(table, answer.key), value_set=refused_names))


def _per(sent: Sent, answer: Answer, refused_names: pa.Array) -> list[Balance]:
    """The same balance for every value of the column that is declared."""
    column = sent.receipt.lines.per
    if not column:
        return []
    table = sent.rows((column, *answer.key))
    back = pc.is_in(joined(table, answer.key), value_set=refused_names)
    counted = pa.table({"waarde": table[column].cast(pa.string()).combine_chunks(), "terug": back.cast(pa.int64())})
    lines = counted.group_by("waarde").aggregate([([], "count_all"), ("terug", "sum")]).sort_by("waarde")
    return [
        Balance(f"{column} {row['waarde']}", "aantal", row["count_all"], row["count_all"] - row["terug_sum"],
                rejected=row["terug_sum"])
        for row in lines.to_pylist()
    ]  # fmt: skip


# --- between two answers


def _silence(context: Context, sent: Sent, phase: Phase | None, *, busy: bool) -> str:
    file_name, known = sent.details["file_name"], sent.receipt.silence
    what = f"antwoord {phase.title}" if phase is not None else "verwerkingsverslag"
    text = (
        f"De partner is nog bezig met {file_name} ({what})"
        if busy
        else f"Nog geen {what} voor {file_name}; probeer het later opnieuw"
    )
    since = _since(context)
    late = since and (datetime.now(UTC) - since).total_seconds() > sent.receipt.answer_within_seconds
    return f"{text}. {known.code}: {known.text}. {known.action}" if known and late else f"{text}."


def _since(context: Context) -> datetime | None:
    """From when the answer is waited for: the last time that the file was sent."""
    events = context.ledger.events(context.delivery.id)
    again = [one.moment for one in events if (one.action, one.result) == (DONE, RESENT)]
    return max(again, default=None) or context.done("deliver").finished


def _same_thread(context: Context, passed: list[Answer], answer: Answer) -> None:
    column = context.exchange.receipt.thread
    if column and passed and passed[0].head[column] != answer.head[column]:
        raise refused(context, answer.path, "het antwoord hoort bij een andere aanlevering dan de vorige fase")


def _tell(context: Context, answer: Answer) -> None:
    """A phase that was passed is in the events, once."""
    if answer.phase is None:
        return
    said = (answer.phase.title, str(answer.head[context.exchange.receipt.status]))
    events = context.ledger.events(context.delivery.id)
    if not any(event.action == PHASE and (event.object, event.result) == said for event in events):
        context.ledger.event(context.delivery.id, context.exchange.partner, PHASE, *said)


# --- what it says about records


def _turned_down(receipt: Receipt, answer: Answer) -> pa.Table:
    """The lines on records that were refused."""
    match receipt.lines.about:
        case "all":
            return answer.lines.filter(pc.equal(answer.lines["status"], receipt.lines.refused))
        case "refused":
            return answer.lines
        case _:
            return answer.lines.slice(0, 0)


def _remarked(receipt: Receipt, answer: Answer) -> pa.Table:
    """The lines on records that were accepted, and of which the partner says something all the same."""
    if receipt.lines.about != "all":
        return answer.lines.slice(0, 0)
    said = pc.not_equal(pc.fill_null(answer.lines["code"], ""), "")
    return answer.lines.filter(pc.and_(pc.equal(answer.lines["status"], receipt.lines.accepted), said))


def _reasons(refused: pa.Table) -> list[dict[str, Any]]:
    if not refused.num_rows:
        return []
    grouped = (
        refused.group_by(["code", "text"])
        .aggregate([([], "count_all")])
        .sort_by([("count_all", "descending"), ("code", "ascending")])
    )
    return [
        {"code": without_bsn(code or "zonder code"), "text": without_bsn(text or "geen omschrijving"), "count": count}
        for code, text, count in zip(
            *(grouped[name].to_pylist() for name in ("code", "text", "count_all")), strict=True
        )
    ]


def _findings(sent: Sent, answer: Answer, lines: pa.Table, severity: str) -> pa.Table:
    """On the file as a whole when it is refused or remarked upon, and one per line, with the place in the file."""
    whole = answer.verdict == "rejected" or (severity == "warning" and lines.num_rows > 0)
    trouble, source = answer.trouble, _source(answer)
    about_file = []
    if whole:
        given = answer.reason or ("zonder reden" if answer.verdict == "rejected" else "")
        text = f"{trouble.text}{': ' if given else ''}{without_bsn(given)}."
        about_file = [finding(trouble.code, severity, text, action=trouble.action, source=source)]
    action = trouble.action if whole else "Herstel het record en lever het opnieuw."
    return pa.concat_tables([findings_table(about_file), _line_findings(sent, answer, lines, severity, action)])


def _line_findings(sent: Sent, answer: Answer, lines: pa.Table, severity: str, action: str) -> pa.Table:
    """One per line, with the place in the file."""
    rows, context = lines.num_rows, sent.context
    if not rows:
        return findings_table([])

    def same(text: str) -> pa.Array:
        return pa.array([text] * rows, pa.string())

    columns = {
        "code": _told(lines["code"], "zonder code"),
        "severity": same(severity),
        "table": same(context.mapping.record),
        "record": pseudonyms(lines.column(0), context.settings.pseudonymise_with()),
        "path": same(""),
        "line": sent.lines(answer.key, joined(lines, answer.key)),
        "text": _told(lines["text"], "Door de partner afgewezen."),
        "action": same(action),
        "source": same(_source(answer)),
    }
    return pa.Table.from_arrays([columns[name] for name in FINDINGS.names], schema=FINDINGS)


def _source(answer: Answer) -> str:
    return answer.phase.title if answer.phase else "verwerkingsverslag"


def _told(words: pa.ChunkedArray, otherwise: str) -> pa.ChunkedArray:
    return pc.replace_substring_regex(pc.fill_null(words, otherwise), _NUMBERS, "[bsn]")
