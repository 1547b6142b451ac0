"""UWV behind the Suwinet broker, as far as asking it over SOAP goes (UWVDossierInkomstenGSD v0200).

Who is asked about comes from outside: a function of BSN, first and last day (jjjjmmdd, or empty) to the XML of a
UWVPersoonsIkvInfoResponse.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree

from exchanges.simulators import soap_server
from exchanges.simulators.soap_faults import SoapFaults
from exchanges.simulators.soap_keys import Keys
from exchanges.simulators.soap_message import NotAgreed, Question
from exchanges.simulators.uwv_responses import FWI, NAMESPACE, ROOT, answers, free_bsns

SERVICE = "http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD-v0200"
NOTHING_FOUND = f'<u:{ROOT} xmlns:u="{NAMESPACE}" xmlns:f="{FWI}"><f:NietsGevonden/></u:{ROOT}>'.encode()

Answers = Callable[[str, str, str], bytes]


def canned(count: int, seed: int = 1) -> Answers:
    """Answers of :func:`exchanges.simulators.uwv_responses.answers` by BSN; of anybody else nothing is found."""
    known = {one.bsn: one.xml for one in answers(count, seed)}
    return lambda bsn, begin, end: known.get(bsn, NOTHING_FOUND)


class UwvSoap(soap_server.SoapPartner):
    """See :class:`exchanges.simulators.soap_server.SoapPartner`. ``asked`` counts the questions that were understood,
    per BSN."""

    name = "uwv"
    path = "/suwibroker/soap/UWVDossierInkomstenGSD-v0200"
    action, answer_action = f"{SERVICE}/UWVPersoonsIkvInfo", f"{SERVICE}/{ROOT}"
    faults: SoapFaults

    def __init__(self, root: Path, answer: Answers, faults: SoapFaults | None = None, *, port: int = 0,
                 keys: Keys | None = None, status: Callable[[str], None] | None = None) -> None:
        super().__init__(root, faults or SoapFaults(), port=port, keys=keys, status=status)
        self.answer = answer
        self.asked: Counter[str] = Counter()
        self._seen: set[str] = set()

    def understood(self, question: Question) -> None:
        """A message id that was seen before is refused, as the spec advises (section 4)."""
        with self.lock:
            if question.message_id in self._seen:
                raise NotAgreed("een vraag die er al was")
            self._seen.add(question.message_id)
            self.asked[question.payload.findtext("Burgerservicenr")] += 1

    def respond(self, question: Question) -> Any:
        asked = question.payload
        bsn = asked.findtext("Burgerservicenr")
        if self.faults.other_person:
            bsn = next(one for one in free_bsns() if one != bsn)
        period = [asked.findtext(f"PeriodeGegevensvraagIko/Dat{end}Periode") or "" for end in "BE"]
        return etree.fromstring(self.answer(bsn, *period))


def serve(root: Path, port: int, faults: SoapFaults, status: Callable[[str], None],
          stop: threading.Event | None = None) -> None:
    """See :func:`exchanges.simulators.soap_server.serve`."""
    soap_server.serve(lambda: UwvSoap(root.resolve(), canned(2_000), faults, port=port, status=status), stop)
