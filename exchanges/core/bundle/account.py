"""What the books have about one delivery, for the bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exchanges.core.chain import LATER
from exchanges.core.errors import BusinessError
from exchanges.core.ledger import Delivery, Ledger, ReceiptRow, StepRow
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.reports.conclusion import Conclusion, conclude
from exchanges.core.reports.forms import FORMS, Form
from exchanges.core.reports.model import Report
from exchanges.core.store import Store
from exchanges.core.supersede.since import stand_label

_STEP, _RECEIPT, _PHASE = "report", "receipt", "antwoord/"


@dataclass(frozen=True)
class MadeForm:
    """A report in one form. ``kept``: as it was made then, with its digest in the books; else made from those numbers
    for the bundle."""

    form: Form
    data: bytes
    kept: bool


@dataclass(frozen=True)
class FileRow:
    """A file that went or came. ``kind`` is verzonden, gebouwd (has not left), ontvangen, lijst or antwoord."""

    kind: str
    name: str
    sha256: str
    bytes: int | None
    records: int | None


@dataclass(frozen=True)
class Account:
    """``stand``: its state in a word, as it is today. ``current``: nothing was done after the report was made."""

    delivery: Delivery
    stand: str
    report: Report
    report_hash: str
    forms: tuple[MadeForm, ...]
    current: bool
    receipt: ReceiptRow | None
    files: tuple[FileRow, ...]

    @property
    def conclusion(self) -> Conclusion:
        return conclude(self.report)

    @property
    def closes(self) -> bool:
        """Everything is accounted for, also where there was nothing to send and so nothing to prove."""
        return self.report.verdict.closed or self.conclusion.tone == "goed"

    @property
    def folder(self) -> str:
        return f"leveringen/{self.delivery.exchange}/{self.delivery.sequence:04d}"


def account(ledger: Ledger, store: Store, delivery: Delivery) -> Account:
    """Raises BusinessError for a delivery of which no report was made, or whose report is not what the books say."""
    steps = {row.step: row for row in ledger.steps(delivery.id)}
    made = steps.get(_STEP)
    if made is None or FORMS[0].artefact not in made.artefacts:
        raise BusinessError(f"Levering {delivery.id} heeft nog geen verslag; maak het met sluis report {delivery.id}.")
    report = Report.from_dict(json.loads(_read(store, delivery, made, FORMS[0])))
    forms = tuple(
        MadeForm(form, _read(store, delivery, made, form), kept=True)
        if form.artefact in made.artefacts
        else MadeForm(form, form.render(report), kept=False)
        for form in FORMS
    )
    receipt = ledger.receipt(delivery.id)
    stand = stand_label(ledger, exchange_by_id(delivery.exchange), delivery)
    return Account(
        delivery, stand, report, str(made.details["hash"]), forms, _current(steps), receipt,
        tuple(_files(steps, receipt)),
    )  # fmt: skip


def _read(store: Store, delivery: Delivery, made: StepRow, form: Form) -> bytes:
    # The store compares the bytes with the digest.
    with store.open(delivery.gemeente, made.artefacts[form.artefact].sha256) as file:
        return file.read()


def _current(steps: Mapping[str, StepRow]) -> bool:
    made = steps[_STEP].finished
    return made is not None and all(
        row.finished is not None and row.finished <= made for name, row in steps.items() if name != _STEP
    )


def _files(steps: Mapping[str, StepRow], receipt: ReceiptRow | None) -> Iterator[FileRow]:
    details: dict[str, Mapping[str, Any]] = {name: row.details for name, row in steps.items() if row.done}
    if built := details.get("build"):
        kind = "verzonden" if "deliver" in details else "gebouwd"
        yield FileRow(kind, built["file_name"], built["sha256"], built["bytes"], built["records"])
    if came := details.get("collect"):
        artefact = next((one for one in steps["collect"].artefacts.values() if one.sha256 == came["sha256"]), None)
        rows = details.get("read", {}).get("records")
        yield FileRow("ontvangen", came["file_name"], came["sha256"], artefact.size if artefact else None, rows)
    for name, sha256, records in details.get("publish", {}).get("files", []):
        yield FileRow("lijst", name, sha256, None, records)
    if receipt is not None:
        answer = receipt.artefact
        yield FileRow("antwoord", answer.name, answer.sha256, answer.size, receipt.accepted + receipt.rejected)
    # What was said before it, phase by phase, and after the delivery was accepted.
    for step in (_RECEIPT, LATER):
        for name, said in (steps[step].artefacts if step in steps else {}).items():
            if name.startswith(_PHASE):
                yield FileRow("antwoord", said.name, said.sha256, said.size, None)
