"""The other half of the webservice method: the municipality is asked about one person, and answers itself
(GSDReintegratieInfo of GSDDossierReintegratie; dkd-gsd.md, sections 1 to 3).

It answers from what the newest index was made of: the frozen source of that delivery, by the same selection, rules and
mapping as the verzamelbestand. So who stands in the index with data has an answer with data, and the answer is what a
file would have held. ASSUMED: that an answer may be as old as the index; and that of a person who is rejected by our
own rules it is said that there is a fault, and not that nothing was found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.bsn import Bsn
from exchanges.core.declare import Flow
from exchanges.core.errors import UsageError
from exchanges.core.ledger import GONE, Delivery, DeliveryState, Ledger
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.mapping.table import load_mapping
from exchanges.core.mapping.writer import Writer
from exchanges.core.period import Period
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.run import open_ledger, step_context
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.settings import Settings
from exchanges.core.soap.answering import Said
from exchanges.core.steps.answers import answers as answers_of
from exchanges.core.steps.build import accepted
from exchanges.core.steps.context import Context

EXCHANGE, INDEX = "dkd_reintegratie", "webservice"
MESSAGE, ROOT = "GSDDossierReintegratie", "GSDReintegratieInfoResponse"
FOUND, NOTHING, WITHHELD = "gegevens gegeven", "niets gevonden", "niet in orde, niet gegeven"
_FWI = "http://bkwi.nl/SuwiML/FWI/v0205"
_FAULT = ("KS-NIET-IN-ORDE", "De gegevens van deze persoon zijn niet in orde en worden daarom nu niet verstrekt.")


@dataclass(frozen=True)
class Dossiers:
    """The answers of one municipality. ``bsns`` and ``answers`` run together; ``withheld`` our rules reject."""

    delivery: str
    period: Period
    bsns: pa.Array
    answers: pa.Array
    withheld: pa.Array
    namespace: str
    gemeente: str
    key: bytes
    ledger: Ledger

    def answer(self, question: Any) -> Said:
        bsn = question.findtext("Burgerservicenr")
        try:
            person = Bsn(bsn).pseudonym(self.key)
        except ValueError:  # the schema lets it pass; nobody has it
            return Said(self._wrapped("<f:NietsGevonden/>"), "geen geldig BSN", NOTHING)
        if (place := pc.index(self.bsns, bsn).as_py()) >= 0:
            return Said(self.answers[place].as_py().encode(), person, FOUND)
        if pc.index(self.withheld, bsn).as_py() >= 0:
            code, text = _FAULT
            told = (
                f"<f:FWI><Fout><Code>{code}</Code><Tekst>{text}</Tekst><Bron><DN>CN=gemeente {escape(self.gemeente)}"
                "</DN></Bron></Fout></f:FWI>"
            )
            return Said(self._wrapped(told), person, WITHHELD)
        return Said(self._wrapped("<f:NietsGevonden/>"), person, NOTHING)

    def current(self) -> bool:
        newest = _newest(self.ledger, self.gemeente)
        return newest is not None and newest.id == self.delivery

    def _wrapped(self, inside: str) -> bytes:
        return f'<g:{ROOT} xmlns:g="{self.namespace}" xmlns:f="{_FWI}">{inside}</g:{ROOT}>'.encode()


def open_dossiers(settings: Settings, gemeente: str) -> Dossiers:
    """Raises UsageError when no index was delivered yet, or by a version that did not freeze all that is needed."""
    ledger = open_ledger(settings)
    newest = _newest(ledger, gemeente)
    if newest is None:
        raise UsageError(
            f"Gemeente {gemeente} heeft nog geen verwijsindex geleverd (methode {INDEX}); er is niets om uit te "
            "antwoorden."
        )
    # By the flow of the file: its selection, its rules and its mapping, on the source of the index.
    with step_context(settings, replace(newest, method=_answered_by())) as context:
        tables, rejected = answers_of(context)
        entry = Catalogue.load().entry(MESSAGE, newest.period)
        bsns, answers = _written(context, tables, rejected, Writer(load_mapping(MESSAGE, entry.version)))
        record = pq.read_table(tables[context.mapping.record], columns=[context.record_key])[0]
        return Dossiers(
            newest.id, newest.period, bsns, answers, record.combine_chunks().take(rejected),
            entry.namespace, gemeente, settings.pseudonymise_with(), ledger,
        )  # fmt: skip


def _answered_by() -> str:
    flow = exchange_by_id(EXCHANGE).flows[INDEX]
    assert isinstance(flow, Flow) and flow.service is not None
    return flow.service.answers


def _newest(ledger: Ledger, gemeente: str) -> Delivery | None:
    """The last index that the partner has: not turned down as a whole, and not taken back."""
    back = CorrectionBook(ledger.database).withdrawn(EXCHANGE, gemeente)
    sent = [
        one for one in ledger.deliveries(EXCHANGE, gemeente)
        if one.method == INDEX and one.state in GONE - {DeliveryState.rejected} and one.id not in back
    ]  # fmt: skip
    return max(sent, key=lambda one: (one.period, one.sequence), default=None)


def _written(
    context: Context, tables: dict[str, Path], rejected: pa.Array, writer: Writer
) -> tuple[pa.Array, pa.Array]:
    """BSN and XML of who is accepted."""
    record, mapping = context.mapping.record, context.mapping
    parts = accepted(context, {name: tables[name] for name in mapping.record_tables}, rejected.to_numpy())
    bsns, answers = [pa.array([], pa.string())], [pa.array([], pa.string())]
    for part in parts:
        bsns.append(part[record][context.record_key].combine_chunks().cast(pa.string()))
        answers.append(writer.fragments(part))
    return pa.concat_arrays(bsns), pa.concat_arrays(answers)
