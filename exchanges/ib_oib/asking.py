"""Asking UWV about everybody, one by one over SOAP, and putting the answers in one archive.

UWVPersoonsIkvInfo of UWVDossierInkomstenGSD (polisadministratie-inkomsten.md, sections 2 and 3). The archive is what
:mod:`exchanges.ib_oib.answers` reads: ``vragen.csv``, then the answers as they came, each without its envelope.
"""

from __future__ import annotations

import os
import pkgutil
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.bsn import elfproef, pseudonyms
from exchanges.core.data import data_dir
from exchanges.core.errors import UsageError
from exchanges.core.findings import finding, findings_table
from exchanges.core.reports.dutch import count, day, number
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.settings import SoapSettings
from exchanges.core.soap.client import Patience, SoapClient
from exchanges.core.soap.errors import Unanswered
from exchanges.core.soap.kept import Kept
from exchanges.core.soap.many import ask_each
from exchanges.core.steps.context import Context
from exchanges.ib_oib.questions import MEMBER, OUTCOMES, written

PARTNER, MESSAGE, OPERATION = "uwv", "UWVDossierInkomstenGSD", "UWVPersoonsIkvInfo"
ARCHIVE = "antwoorden.zip"
_KEPT = "antwoorden.sqlite"
_ANSWERED, _SILENT = OUTCOMES

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """``questions = answered + silent + declined``; ``before`` of the answered were answered before an interruption.
    ``silent``: no answer came, after all attempts; ``declined``: UWV declined the question, by fault code in
    ``codes``. In the archive both are ``geen_antwoord``. ``findings``: certificates that expire, faults; nobody in it.
    """

    archive: Path
    questions: int
    answered: int
    before: int
    silent: int
    declined: int
    codes: dict[str, int]
    findings: pa.Table


def ask(context: Context, questions: pa.Table, period_from: date, period_to: date, folder: Path, *,
        patience: Patience | None = None, progress: Progress | None = None) -> Asked:
    """Ask about every ``bsn`` (a string column, each once) over the days from ``period_from`` up to and including
    ``period_to``. The archive is in the work folder, in the order of the questions; the same answers give the same
    bytes.

    Answers are kept in ``folder`` as they come, sealed: called again with the same folder, only who has no answer yet
    is asked about. It must be there until the archive is booked, outlive the step, and go afterwards.

    Raises UsageError for settings or questions that cannot be used; Refused when an answer or the server cannot be
    trusted, TransportError when UWV does not answer at all, Declined when it declines everything. What was answered
    until then stays.
    """
    bsns = _questions(context, questions, period_from, period_to)
    period = {"DatBPeriode": f"{period_from:%Y%m%d}", "DatEPeriode": f"{period_to:%Y%m%d}"}
    named = pseudonyms(bsns, context.settings.pseudonymise_with()).to_pylist()
    keys = [f"{person} {period['DatBPeriode']} {period['DatEPeriode']}" for person in named]
    people, soap, halt = bsns.to_pylist(), _settings(context), threading.Event()

    def pause(seconds: float) -> None:
        if halt.wait(seconds):
            raise Unanswered("Er wordt niet meer gevraagd.")

    def one(place: int) -> bytes:
        return client.ask(Burgerservicenr=people[place], PeriodeGegevensvraagIko=period)

    codes: Counter[str] = Counter()
    archive = context.work / ARCHIVE
    with Kept(folder / _KEPT, context.store.safe(context.delivery.gemeente, "bevraging")) as kept:
        had = kept.keys()
        todo = [place for place, key in enumerate(keys) if key not in had]
        before, silent = len(keys) - len(todo), 0
        warnings: list[str] = []
        if todo:
            waits = patience or Patience(soap.pogingen, sleep=pause)
            with SoapClient(soap, _wsdl(context), OPERATION, production=context.settings.production,
                            patience=waits) as client:  # fmt: skip
                for done, outcome in enumerate(ask_each(one, todo, soap.gelijktijdig, halt), before + 1):
                    if outcome.answer is not None:
                        kept.put(keys[outcome.question], outcome.answer)
                    elif outcome.code:
                        codes[outcome.code] += 1
                    else:
                        silent += 1
                    if progress:
                        progress(done, len(keys))
                warnings = client.warnings
            if silent == len(keys):
                raise Unanswered(f"{client.where} gaf op geen enkele vraag antwoord; probeer het later opnieuw.")
        _write(archive, people, keys, kept)
    declined = codes.total()
    return Asked(
        archive, len(keys), len(keys) - silent - declined, before, silent, declined, dict(codes),
        _findings(warnings, codes),
    )  # fmt: skip


def _questions(context: Context, questions: pa.Table, period_from: date, period_to: date) -> pa.StringArray:
    if period_from > period_to:
        window = f"{day(period_from)} tot {day(period_to)}"
        raise UsageError(f"De vraag aan UWV loopt van {window}: het begin is na het eind.")
    bsns = pa.array(questions["bsn"].combine_chunks(), pa.string())
    if wrong := len(bsns) - (pc.sum(elfproef(bsns)).as_py() or 0):
        raise UsageError(f"Van {count(wrong, 'vraag', 'vragen')} aan UWV is het burgerservicenummer niet geldig.")
    if twice := len(bsns) - len(bsns.unique()):
        raise UsageError(f"Over {count(twice, 'persoon', 'personen')} zou UWV meer dan eens worden gevraagd.")
    strangers = 0 if context.settings.production else int(pkgutil.resolve_name(context.settings.strangers)(bsns))
    if strangers:
        raise UsageError(
            f"Bij {number(strangers)} van de vragen aan UWV is het burgerservicenummer geen testnummer; buiten "
            "productie wordt niet over hen gevraagd."
        )
    return bsns


def _settings(context: Context) -> SoapSettings:
    partner = context.settings.municipalities().partner.get(PARTNER)
    if partner is None or partner.soap is None:
        raise UsageError(f"In de instellingen ontbreekt [partner.{PARTNER}.soap]; daar staat hoe UWV wordt gevraagd.")
    return partner.soap


def _wsdl(context: Context) -> Path:
    entry = Catalogue.load().entry(MESSAGE, context.delivery.period)
    return data_dir("schemas") / MESSAGE / entry.version / "dienst.wsdl"


def _write(path: Path, people: Sequence[str], keys: Sequence[str], kept: Kept) -> None:
    there = kept.keys()
    names = [f"antwoord-{place:07d}.xml" if key in there else "" for place, key in enumerate(keys, 1)]
    outcomes = [_ANSWERED if name else _SILENT for name in names]
    fresh = path.with_suffix(".deel")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            _add(archive, MEMBER, written(names, list(people), outcomes))
            for name, key in zip(names, keys, strict=True):
                if name and (answer := kept.get(key)) is not None:
                    _add(archive, name, answer)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # The time of a ZipInfo is 1 January 1980, whatever the clock says.
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, compresslevel=1)


def _findings(warnings: Sequence[str], codes: Counter[str]) -> pa.Table:
    expiring = [
        finding("SOAP-CERT", "warning", text, action="Vraag tijdig een nieuw certificaat aan, of wijs de partner erop.",
                source="spec ib-signalen, SEC-05")
        for text in warnings
    ]  # fmt: skip
    declined = [
        finding("SOAP-FOUT", "warning", f"UWV wees {count(times, 'vraag', 'vragen')} af met code {code}.",
                action="Zoek op wat UWV met deze code bedoelt; over deze personen is niets bekend geworden.",
                source="UWVDossierInkomstenGSD v0200, AanvraagNietOk")
        for code, times in sorted(codes.items())
    ]  # fmt: skip
    return findings_table(expiring + declined)
