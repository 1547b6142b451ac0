"""The proof of an addition: nothing goes along that it is not for, and every record that was refused is accounted for.

Held against the findings and receipts in the books, by pseudonym and by Arrow: nothing of how the selection was made.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.bsn import pseudonyms
from exchanges.core.reports.dutch import count
from exchanges.core.supersede.adding import ARTEFACT, addition, refused_records
from exchanges.core.supersede.family import mapping_for, members, readback

if TYPE_CHECKING:
    from exchanges.core.steps.context import Context

MEASURE = "eerder_afgewezen"


def stray(context: Context, record: Path) -> str:
    """What to say when the finished file (``record``: its record table as read back) has records that the addition is
    not for; empty when it has none, and for what is no addition."""
    correction = addition(context)
    if correction is None:
        return ""
    names = pseudonyms(_keys(record, context.record_key), context.settings.pseudonymise_with())
    if correction.scope == "afgewezen":
        told = _named(context, correction.corrects, ("receipt", "map"))
        extra = pc.invert(pc.is_in(names, value_set=told))
    else:
        extra = pc.is_in(names, value_set=_accepted(context))
    many = pc.sum(extra).as_py() or 0
    words = context.flow.message.record
    return f"de aanvulling heeft {count(many, *words)} waar zij niet voor is" if many else ""


def before_sending(context: Context, record: Path) -> list[Balance]:
    """Of the records that were refused: in the file, still wrong, no longer in the selection."""
    if addition(context) is None:
        return []
    asked = _asked(context)
    chosen = context.files("select", "selectie")[context.mapping.record]
    selected = _keys(chosen, context.record_key)
    wrong = selected.take(pq.read_table(context.file("map", "verworpen"))["row"].combine_chunks())
    sent = _among(asked, _keys(record, context.record_key))
    return [
        Balance(MEASURE, "aantal", len(asked), sent, rejected=_among(asked, wrong),
                excluded=len(asked) - _among(asked, selected))
    ]  # fmt: skip


def after_answer(context: Context, sent: pa.Array, refused: pa.Array) -> list[Balance]:
    """Of those in the file of an addition: accepted, or refused again. ``sent`` and ``refused`` are record keys."""
    asked = _asked(context)
    accepted = sent.filter(pc.invert(pc.is_in(sent, value_set=refused)))
    return [Balance(MEASURE, "aantal", _among(asked, sent), _among(asked, accepted), rejected=_among(asked, refused))]


def _asked(context: Context) -> pa.Array:
    asked: pa.Array = refused_records(context.file("select", ARTEFACT))["sleutel"].combine_chunks()
    return asked


def _among(asked: pa.Array, keys: pa.Array) -> int:
    return int(pc.sum(pc.is_in(asked, value_set=keys)).as_py() or 0)


def _keys(path: Path, key: str) -> pa.Array:
    keys: pa.Array = pq.read_table(path, columns=[key])[0].cast(pa.string()).combine_chunks()
    return keys


def _named(context: Context, id: str, steps: tuple[str, ...]) -> pa.Array:
    """The pseudonyms of the records with an error in these steps of a delivery."""
    found = context.ledger.findings(id)
    mask = pc.and_(pc.is_in(found["step"], value_set=pa.array(steps)), pc.equal(found["severity"], "error"))
    named: pa.Array = found["record"].filter(mask).drop_null().combine_chunks()
    return named


def _accepted(context: Context) -> pa.Array:
    """The pseudonyms of what the partner accepted in the deliveries of the period that stand."""
    delivery, key = context.delivery, context.settings.pseudonymise_with()
    accepted = [pa.array([], pa.string())]
    for one in members(context.ledger, context.exchange, delivery.gemeente, delivery.period, before=delivery.sequence,
                       method=delivery.method):  # fmt: skip
        if not one.took:
            continue
        if one.whole:
            accepted = accepted[:1]
        if not one.withdrawn:
            mapping = mapping_for(one.flow, one.delivery)
            table = readback(context.ledger, context.store, one.delivery)[mapping.record]
            names = pseudonyms(_keys(table, mapping.tables[mapping.record].key[0]), key)
            accepted.append(names.filter(pc.invert(pc.is_in(names, value_set=_named(context, one.delivery.id,
                                                                                    ("receipt",))))))  # fmt: skip
    return pa.concat_arrays(accepted)
