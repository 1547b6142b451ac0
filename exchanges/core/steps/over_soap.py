"""A delivery over SOAP: its records told one by one, and what the partner said of each made into its report.

To the steps it is a channel as any other (:class:`exchanges.core.transport.Channel`): the file is handed over once, and
the answer is fetched. What the partner's answers say stands, signed, in the artefact ``antwoorden`` of ``deliver``.
"""

from __future__ import annotations

import hashlib
import pkgutil
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree

from exchanges.core.data import data_dir
from exchanges.core.declare import Call
from exchanges.core.errors import BusinessError, KetensluisError, TransportError, UsageError
from exchanges.core.reports.dutch import count, number
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.settings import SoapSettings
from exchanges.core.soap.client import Patience, SoapClient
from exchanges.core.soap.errors import Refused, Unanswered
from exchanges.core.soap.expiry import EXPIRES
from exchanges.core.soap.kept import Kept
from exchanges.core.soap.records import records
from exchanges.core.soap.telling import Message, Tally, tell_each
from exchanges.core.soap.told import Judged, Told, message_id
from exchanges.core.steps.answer import Sent as WasSent
from exchanges.core.steps.answer import answer_name
from exchanges.core.steps.context import Context
from exchanges.core.steps.soap_report import write_report
from exchanges.core.transport.channel import Naming, Outgoing, Progress, Sent

ANSWERS = "antwoorden"
_SCHEMA = pa.schema([
    ("kenmerk", pa.string()), ("bevestigd", pa.bool_()), ("code", pa.string()), ("tekst", pa.string()),
    ("moment", pa.timestamp("ms", tz="UTC")), ("handtekening", pa.string()), ("antwoord", pa.binary()),
])  # fmt: skip
_SLICE = 2048


class SoapChannel:
    """``with SoapChannel(context) as partner``. See ``Channel``; ``directory`` means nothing here."""

    def __init__(self, context: Context, *, patience: Patience | None = None) -> None:
        self._context, self._patience = context, patience
        self._kept = context.settings.root / "verzending" / context.delivery.id.replace("/", "-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        return None

    def deliver(self, local: Outgoing, directory: str, name: str, sha256: str, progress: Progress | None = None,
                naming: Naming | None = None) -> Sent:
        """Every record that has no answer yet is told. ``Sent.answers`` has them all, in the order of the file.

        Raises TransportError while a record is without an answer, also when the partner turns out not to be trusted
        half-way: what was told stays told, and the same file goes on when it is tried again. Refused when nothing has
        left at all."""
        context, soap, call = self._context, soap_settings(self._context), _call(self._context)
        size = _require_same_bytes(local, sha256)
        many = int(context.done("build").details["records"])
        entry = Catalogue.load().entry(call.message, context.delivery.period)
        wsdl = data_dir("schemas") / call.message / entry.version / "dienst.wsdl"
        judge = _judge(call, entry.compile(call.answer))
        halt, tally = threading.Event(), Tally()
        waits = self._patience or Patience(soap.pogingen, sleep=lambda seconds: _pause(halt, seconds))
        safe = context.store.safe(context.delivery.gemeente, "verzending")
        with Kept(self._kept / "antwoorden.sqlite", safe) as kept, SoapClient(
            soap, wsdl, call.operation, production=context.settings.production, patience=waits
        ) as client:
            try:
                tell_each(client, self._messages(local, sha256), judge, kept, soap.gelijktijdig, halt, tally)
            except KetensluisError as error:
                raise _halfway(error, tally, many) from None
            _require_all(tally, many, client.where)
            answers = self._write(kept, sha256, many)
            for text in client.warnings:
                context.ledger.event_once(context.delivery.id, "ketensluis", EXPIRES, client.where, text)
            return Sent(f"{client.where} {call.operation}", size, sha256, client.server, "SOAP 1.1",
                        already=not tally.told, answers=answers)  # fmt: skip

    def fetch(self, directory: str, name: str, to: Path, max_bytes: int,
              progress: Progress | None = None) -> Path | None:
        """The report on what was sent, made of the answers; None when that is not what ``name`` asks."""
        sent = WasSent(self._context)
        if name != answer_name(sent.receipt, str(sent.details["file_name"]), None):
            return None
        path = self._context.file("deliver", ANSWERS)
        write_report(sent, pq.read_table(path, columns=["bevestigd", "code", "tekst"]), to)
        shutil.rmtree(self._kept, ignore_errors=True)
        return to

    def listdir(self, directory: str) -> list[str]:
        sent = WasSent(self._context)
        return [answer_name(sent.receipt, str(sent.details["file_name"]), None)]

    def _messages(self, local: Outgoing, sha256: str) -> Iterator[Message]:
        return ((self._id(sha256, place), one) for place, one in enumerate(records(local, self._context.mapping)))

    def _id(self, sha256: str, place: int) -> str:
        return message_id(self._context.settings.pseudonymise_with(), self._context.delivery.id, sha256, place)

    def _write(self, kept: Kept, sha256: str, many: int) -> Path:
        path = self._context.work / "antwoorden.parquet"
        with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
            for start in range(0, many, _SLICE):
                rows = [self._row(kept, sha256, place) for place in range(start, min(start + _SLICE, many))]
                writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
        return path

    def _row(self, kept: Kept, sha256: str, place: int) -> dict[str, Any]:
        id = self._id(sha256, place)
        data = kept.get(id)
        assert data is not None  # _require_all
        told = Told.unpack(data)
        return {
            "kenmerk": id, "bevestigd": told.judged.accepted, "code": told.judged.code or None,
            "tekst": told.judged.text or None, "moment": datetime.fromisoformat(told.moment),
            "handtekening": told.confirms, "antwoord": told.message,
        }  # fmt: skip


def soap_settings(context: Context) -> SoapSettings:
    """How the partner is reached, as this municipality. Raises UsageError when the settings do not say."""
    found, name = context.partner.soap, context.exchange.partner
    if found is None:
        raise UsageError(f"In de instellingen ontbreekt [partner.{name}.soap]; daar staat hoe SOAP gaat.")
    own = context.gemeente.soap
    return found.model_copy(update=own.model_dump()) if own else found


def _call(context: Context) -> Call:
    if context.flow.call is None:
        raise UsageError(
            f"Methode {context.delivery.method} van {context.exchange.id} gaat niet over SOAP; kies een ander kanaal, "
            f"in [gemeente.{context.delivery.gemeente}] kanaal of bij de partner."
        )
    return context.flow.call


def _judge(call: Call, schema: etree.XMLSchema) -> Any:
    judged = pkgutil.resolve_name(call.judge)

    def judge(payload: bytes) -> Judged:
        element = etree.fromstring(payload)
        if not schema.validate(element):
            raise Refused("schema", "Een bevestiging van de partner past niet in het schema; zij is niet gebruikt.")
        return judged(element)  # type: ignore[no-any-return]

    return judge


def _require_same_bytes(local: Outgoing, sha256: str) -> int:
    with local.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:  # type: ignore[arg-type]
            raise BusinessError(f"{local} is veranderd na de controle: de hash klopt niet; er is niets geleverd.")
        return file.tell()


def _pause(halt: threading.Event, seconds: float) -> None:
    if halt.wait(seconds):
        raise Unanswered("Er wordt niets meer verzonden.")


def _halfway(error: KetensluisError, tally: Tally, many: int) -> KetensluisError:
    # Only of a server that was refused before anything was said is it certain that nothing has left.
    nothing = isinstance(error, Refused) and error.what in ("server", "tls") and not tally.told + tally.before
    if nothing or isinstance(error, UsageError):
        return error
    done = tally.before + tally.told
    return TransportError(
        f"{error} Van {count(many, 'bericht', 'berichten')} zijn er {number(done)} beantwoord; dezelfde levering gaat"
        " daar verder als zij opnieuw wordt gestart."
    )


def _require_all(tally: Tally, many: int, where: str) -> None:
    done = tally.before + tally.told
    if done + tally.silent != many:
        raise BusinessError(f"Het bestand heeft {number(done + tally.silent)} berichten, gebouwd waren er "
                            f"{number(many)}; er is niet verder verzonden.")  # fmt: skip
    if tally.silent:
        raise Unanswered(
            f"{where} gaf op {number(tally.silent)} van {count(many, 'bericht', 'berichten')} geen antwoord. Start "
            "dezelfde levering opnieuw: wat zonder antwoord bleef gaat met hetzelfde kenmerk."
        )
