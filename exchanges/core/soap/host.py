"""A municipality that is asked: its desk, its answers and its address put together (``sluis serve``)."""

from __future__ import annotations

import pkgutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from exchanges.core.data import data_dir
from exchanges.core.declare import Flow, Service
from exchanges.core.errors import KetensluisError, UsageError
from exchanges.core.purpose.guard import require_giving, require_purpose
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.run import open_ledger
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.settings import ServiceSettings, Settings
from exchanges.core.soap.answering import Answerer, Handled, Reply
from exchanges.core.soap.asked import memory_for
from exchanges.core.soap.desk import Desk, book
from exchanges.core.soap.serving import SoapService

LOOK_SECONDS = 60.0  # how long a new delivery may be answered from the one before

Say = Callable[[str], None]


@contextmanager
def hosted(exchange_id: str, gemeente: str, settings: Settings, status: Say = lambda text: None) -> \
        Iterator[SoapService]:
    """Answers the questions about one exchange for one municipality until the end of the block.

    Raises UsageError: the exchange is asked nothing, the settings do not say how, there is nothing to answer from."""
    counter = _Counter(exchange_id, gemeente, settings, status)
    with SoapService(counter.settings, counter.reply, status=status) as listening:
        counter.renew = listening.renew
        yield listening


def service_of(exchange_id: str) -> Service:
    """Raises UsageError when the exchange is asked nothing."""
    flows = [flow for flow in exchange_by_id(exchange_id).flows.values() if isinstance(flow, Flow)]
    found = next((flow.service for flow in flows if flow.service), None)
    if found is None:
        raise UsageError(f"{exchange_id} wordt niet bevraagd; er is niets om te beantwoorden.")
    return found


class _Counter:
    """Opens the desk, and opens it anew when there is a newer delivery; reads certificates and lists again when their
    files have changed. What cannot be renewed stays as it was, and is told."""

    def __init__(self, exchange_id: str, gemeente: str, settings: Settings, status: Say) -> None:
        self._exchange, self._service = exchange_by_id(exchange_id), service_of(exchange_id)
        self.settings, self._settings = _settings(exchange_id, gemeente, settings), settings
        self._gemeente, self._status = gemeente, status
        self._ledger = open_ledger(settings)
        self.renew: Callable[[], None] = lambda: None
        asked = settings.root / "gevraagd" / exchange_id / gemeente
        self._memory = memory_for(asked, timedelta(seconds=self.settings.klok))
        self._lock, self._looked, self._files = threading.Lock(), time.monotonic(), _stamps(self.settings)
        self._desk = self._open()
        self._answerer = self._answers(self._desk)
        self._tell_desk()

    def reply(self, data: bytes) -> Reply:
        with self._lock:
            if time.monotonic() - self._looked > LOOK_SECONDS:
                self._look()
            answerer = self._answerer
        return answerer.reply(data)

    def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            desk, files = self._desk if self._desk.current() else self._open(), _stamps(self.settings)
            newer, changed = desk is not self._desk, files != self._files
            if changed:
                self.renew()
            if newer or changed:
                # All of it or nothing: a desk is never asked by the schemas of the one before it.
                self._answerer, self._desk, self._files = self._answers(desk), desk, files
        except KetensluisError as error:
            self._status(f"Niet vernieuwd: {error}")
            return
        if newer:
            self._tell_desk()
        if changed:
            self._status("Certificaten en intrekkingslijsten opnieuw gelezen.")

    def _tell_desk(self) -> None:
        self._status(f"Antwoorden uit levering {self._desk.delivery}.")

    def _open(self) -> Desk:
        desk: Desk = pkgutil.resolve_name(self._service.desk)(self._settings, self._gemeente)
        purpose = require_purpose(self._settings, self._ledger, self._exchange.id, self._gemeente)
        require_giving(purpose, self._ledger, desk.delivery, self._exchange.partner, self._service.message)
        return desk

    def _answers(self, desk: Desk) -> Answerer:
        service = self._service
        entry = Catalogue.load().entry(service.message, desk.period)
        return Answerer(
            self.settings, data_dir("schemas") / service.message / entry.version / "dienst.wsdl", service.operation,
            (entry.compile(service.question), entry.compile(service.answer)),
            desk.answer, lambda handled: self._book(desk, handled), self._memory,
            production=self._settings.production,
        )  # fmt: skip

    def _book(self, desk: Desk, handled: Handled) -> None:
        """Of the delivery that was answered from, also when there is a newer one by now."""
        book(self._ledger, desk.delivery, handled)
        self._status(f"vraag {handled.outcome}" + (f": {handled.refused}" if handled.refused else ""))


def _stamps(own: ServiceSettings) -> list[tuple[int, int]]:
    """By which a file that was changed is known: time and size."""
    paths = [value for value in own.model_dump().values() if isinstance(value, Path)]
    found = [path.stat() if path.exists() else None for path in paths]
    return [(one.st_mtime_ns, one.st_size) if one else (0, 0) for one in found]


def _settings(exchange_id: str, gemeente: str, settings: Settings) -> ServiceSettings:
    known = settings.municipalities().gemeente.get(gemeente)
    if known is None:
        raise UsageError(f"Gemeente {gemeente} staat niet in de instellingen.")
    if exchange_id not in known.dienst:
        raise UsageError(f"In de instellingen ontbreekt [gemeente.{gemeente}.dienst.{exchange_id}]; daar staat waar de "
                         "dienst luistert en met welke certificaten.")  # fmt: skip
    return known.dienst[exchange_id]
