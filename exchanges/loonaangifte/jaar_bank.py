"""The bank side of a year: what every declaration asked, with its betalingskenmerk, against the bank statements."""

from __future__ import annotations

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

# In the settings, under the data of a municipality for this exchange; more than one is apart by blanks or commas.
TAX_ACCOUNTS, OWN_ACCOUNTS = "rekening_belastingdienst", "rekening_gemeente"


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


def bank_side(context: Context, due: Sequence[Payment], paths: Sequence[Path]) -> BankSide:
    """Read the statements in ``paths`` (files, or folders of files) and hold them against what is ``due``.

    A file that is refused goes into quarantine. Raises UsageError when the account of the Belastingdienst is not in the
    settings or a path is not there.
    """
    own = _accounts(context, OWN_ACCOUNTS)
    read = [read_file(path, own or None) for path in _files(paths)]
    findings: list[dict[str, object]] = []
    for file in read:
        findings += file.findings
        if file.refused:
            context.store.quarantine(context.delivery.gemeente, file.path, "rekeningafschrift dat niet te lezen is")
    good = [file for file in read if not file.refused]
    booked = bank.together(good)
    expected = bank.expected_payments(
        [(Period.parse(one.month), one.kenmerk, one.cents // 100, one.until) for one in due]
    )
    matched = bank.match(booked.entries, expected, _accounts(context, TAX_ACCOUNTS))
    return BankSide(
        len(read), booked.statements.num_rows, len(read) - len(good), matched.lines.to_pylist(),
        [*findings, *booked.findings, *matched.findings],
    )  # fmt: skip


def _accounts(context: Context, name: str) -> list[str]:
    text = str(context.gemeente.gegevens.get(context.exchange.id, {}).get(name, ""))
    return [part for part in text.replace(",", " ").split() if part]


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for number, path in enumerate(paths, start=1):
        if path.is_dir():
            found += sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"Afschrift {number} van de opgegeven bestanden bestaat niet; controleer het pad.")
    return found
