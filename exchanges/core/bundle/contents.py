"""The files of a bundle, each with what it is; all but the index, the manifest and their forms on paper."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

import sqlalchemy as sa

from exchanges.core.bundle.account import Account, MadeForm
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.form import canonical, moment_text, parts
from exchanges.core.ledger.tables import event


@dataclass(frozen=True)
class Entry:
    """``what`` is for a reader; ``delivery`` is "" for what is about all of them."""

    path: str
    data: bytes
    what: str
    delivery: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def contents(ledger: Ledger, accounts: Sequence[Account]) -> list[Entry]:
    """In the order in which they are in the bundle."""
    made = []
    for one in accounts:
        made += [_report(one, form) for form in one.forms]
        made.append(_answer(one))
        made.append(Entry(
            f"{one.folder}/gebeurtenissen.jsonl", "".join(_events(ledger, one.delivery.id)).encode(),
            "gebeurtenissen uit het register, een per regel, met hun plaats en hash in de keten", one.delivery.id,
        ))  # fmt: skip
    return [*made, _files(accounts)]


def _report(one: Account, made: MadeForm) -> Entry:
    name = f"{one.folder}/verslag.{made.form.name}"
    how = "" if made.kept else "; voor deze bundel gemaakt uit de cijfers van toen"
    return Entry(name, made.data, f"aansluitverslag, {made.form.title}{how}", one.delivery.id)


def _answer(one: Account) -> Entry:
    """Also when there is none: that is what somebody looks for."""
    told: dict[str, object] = {"levering": one.delivery.id, "stand": str(one.delivery.state), "beantwoord": False}
    if one.receipt is not None:
        told |= {
            "beantwoord": True, "uitkomst": one.receipt.status, "geaccepteerd": one.receipt.accepted,
            "afgewezen": one.receipt.rejected, "redenen": one.receipt.details.get("reasons", []),
            "ontvangen": moment_text(one.receipt.received), "bestand": one.receipt.artefact.name,
            "sha256": one.receipt.artefact.sha256,
        }  # fmt: skip
    return Entry(f"{one.folder}/antwoord.json", canonical(told).encode() + b"\n",
                 "antwoord van de partner, in aantallen", one.delivery.id)  # fmt: skip


def _events(ledger: Ledger, delivery: str) -> Iterator[str]:
    """The lines that ``sluis ledger export`` writes of them, letter for letter: each hash can be computed again."""
    query = sa.select(event).where(event.c.delivery == delivery).order_by(event.c.place)
    with ledger.database.read() as connection:
        for row in connection.execute(query):
            head, tail = parts(
                place=row.place, previous=row.previous, delivery=row.delivery, moment=moment_text(row.moment),
                origin=row.origin, actor=row.actor, action=row.action, object=row.object, result=row.result,
                details=canonical(row.details), booked=canonical(row.booked),
            )  # fmt: skip
            yield f'{head}"hash":"{row.hash}",{tail}\n'


def _files(accounts: Sequence[Account]) -> Entry:
    text = StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\r\n")
    table.writerow(("levering", "stand", "soort", "bestand", "sha256", "bytes", "records"))
    for one in accounts:
        for file in one.files:
            table.writerow((
                one.delivery.id, one.stand, file.kind, file.name, file.sha256,
                "" if file.bytes is None else file.bytes, "" if file.records is None else file.records,
            ))  # fmt: skip
    return Entry("bestanden.csv", text.getvalue().encode("utf-8-sig"),
                 "alle bestanden die zijn verzonden of ontvangen, met hun controlegetal")  # fmt: skip
