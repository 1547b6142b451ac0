"""The bank side of a year: what every declaration asked, with its betalingskenmerk, against the bank statements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from exchanges.core.calendar import terms
from exchanges.core.declare import Exchange
from exchanges.core.errors import UsageError
from exchanges.core.period import Period
from exchanges.core.steps.context import Context
from exchanges.loonaangifte import bank
from exchanges.loonaangifte.camt import read_file
from exchanges.loonaangifte.jaar_collectief import Settled
from exchanges.loonaangifte.kenmerk import betalingskenmerk

# In the settings, under the data of a municipality for this exchange; more than one is apart by blanks or commas, and
# each may be written in fours, as on paper.
TAX_ACCOUNTS, OWN_ACCOUNTS = "rekening_belastingdienst", "rekening_gemeente"
_NEXT_ACCOUNT = re.compile(r"[\s,;]+(?=[A-Z]{2}[0-9]{2})")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)


@dataclass(frozen=True)
class Payment:
    """What is to be paid for a month, in cents; ``until`` is the last day, null when no calendar has it."""

    month: str
    kenmerk: str
    cents: int
    until: date | None


@dataclass(frozen=True)
class BankSide:
    """``lines`` as :data:`exchanges.loonaangifte.bank.LINES`, ``refused`` files that gave nothing."""

    files: int
    statements: int
    refused: int
    lines: list[dict[str, Any]]
    findings: list[dict[str, object]]

    @property
    def closes(self) -> bool:
        return not self.refused and not any(row["severity"] == "error" for row in self.findings)


def payments(exchange: Exchange, months: Sequence[Settled]) -> list[Payment]:
    """One per month that was declared. Raises UsageError when a number cannot be one."""
    calendar = terms(exchange)
    found = []
    for month in months:
        if month.general is not None:
            period = Period.parse(month.month)
            term = calendar.get(period)
            until = term.due.get("betaling") if term else None
            kenmerk = betalingskenmerk(month.number, period)
            found.append(Payment(month.month, kenmerk, month.general * 100, until))
    return found


def bank_side(context: Context, due: Sequence[Payment], paths: Sequence[Path], on: date) -> BankSide:
    """Read the statements in ``paths`` (files, or folders of files) and hold them against what is ``due``, as it stands
    on the day ``on``.

    A file that is refused goes into quarantine. Raises UsageError when the account of the Belastingdienst is not in the
    settings, one there is no IBAN, or a path is not there or has no files.
    """
    own, tax = accounts(context, OWN_ACCOUNTS), accounts(context, TAX_ACCOUNTS)
    read = [read_file(path, own or None) for path in _files(paths)]
    findings: list[dict[str, object]] = []
    for number, file in enumerate(read, start=1):
        # By its place in sorted order: a name may hold anything.
        place = f"Bestand {number}: " if file.refused and len(read) > 1 else ""
        findings += [{**row, "text": f"{place}{row['text']}"} for row in file.findings]
        if file.refused:
            context.store.quarantine(context.delivery.gemeente, file.path, "rekeningafschrift dat niet te lezen is")
    good = [file for file in read if not file.refused]
    booked = bank.together(good)
    expected = bank.expected_payments(
        [(Period.parse(one.month), one.kenmerk, one.cents // 100, one.until) for one in due]
    )
    matched = bank.match(booked.entries, expected, tax, on)
    return BankSide(
        len(read), booked.statements.num_rows, len(read) - len(good), matched.lines.to_pylist(),
        [*findings, *booked.findings, *matched.findings],
    )  # fmt: skip


def accounts(context: Context, name: str) -> list[str]:
    """The IBANs of a setting, without blanks. Raises UsageError for what is none; of the Belastingdienst one is needed.
    """
    text = str(context.gemeente.gegevens.get(context.exchange.id, {}).get(name, "")).strip(" ,;").upper()
    found = [re.sub(r"[\s,;]", "", part) for part in _NEXT_ACCOUNT.split(text)] if text else []
    where = f"gemeente.{context.delivery.gemeente}.gegevens.{context.exchange.id}.{name}"
    if any(not _is_iban(one) for one in found):
        raise UsageError(
            f"Instelling {where} heeft geen goed rekeningnummer (IBAN); kijk het na, en zet een komma tussen twee."
        )
    if name == TAX_ACCOUNTS and not found:
        raise UsageError(f"De rekening van de Belastingdienst ontbreekt; zet die van de aangiftebrief in {where}.")
    return found


def _is_iban(text: str) -> bool:
    """With the check digits of ISO 13616; of a Dutch one also the length."""
    if not _IBAN.fullmatch(text) or (text.startswith("NL") and len(text) != 18):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for number, path in enumerate(paths, start=1):
        if path.is_dir():
            found += sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"Afschrift {number} van de opgegeven bestanden bestaat niet; controleer het pad.")
    if not found:
        raise UsageError("In de opgegeven map staat geen enkel afschrift; controleer het pad.")
    return found
