"""The bank side of the declaration: what was paid to the Belastingdienst, per betalingskenmerk.

Statements are read by :mod:`exchanges.loonaangifte.camt`; here they are put together and held against the ``TotGen``
of every tijdvak (spec loonaangifte, CT-5). The accounts of the Belastingdienst come from the caller, who has them from
the settings (the aangiftebrief), for they change.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.errors import UsageError
from exchanges.core.findings import finding
from exchanges.core.period import Period
from exchanges.core.reports.dutch import period
from exchanges.loonaangifte.camt import ENTRIES, STATEMENTS, BankFile, plain
from exchanges.loonaangifte.kenmerk import check_digit

EXPECTED = pa.schema([
    ("tijdvak", pa.string()),             # 2026-03
    ("kenmerk", pa.string()),
    ("bedrag_cent", pa.int64()),          # TotGen of what was accepted, in cents
    ("uiterlijk", pa.date32()),           # last day to pay; may be null
])
LINES = pa.schema([
    ("tijdvak", pa.string()), ("kenmerk", pa.string()), ("verwacht_cent", pa.int64()), ("betaald_cent", pa.int64()),
    ("verschil_cent", pa.int64()), ("afschrijvingen", pa.int64()), ("laatste", pa.date32()),
    ("uiterlijk", pa.date32()), ("uitkomst", pa.string()),
])
# Digits in a row, or in fours; nothing else of a text is taken for a kenmerk.
_IN_TEXT = (r"(?:^|[^0-9])(?P<k>[0-9]{16})(?:$|[^0-9])",
            r"(?:^|[^0-9])(?P<k>[0-9]{4}[ .][0-9]{4}[ .][0-9]{4}[ .][0-9]{4})(?:$|[^0-9])")
_SOURCE = "spec loonaangifte CT-5"


@dataclass
class Booked:
    """All statements together: ENTRIES with ``kenmerk`` (the digits found, null when there are none)."""

    entries: pa.Table
    statements: pa.Table
    findings: list[dict[str, object]]


@dataclass
class Match:
    """``lines``: one per tijdvak, then those nobody expected (tijdvak null). ``uitkomst``: gevonden, in_delen, niets,
    nog_te_betalen (nothing was paid, and the last day is not over), ontbreekt, ander_bedrag, dubbel, onbekend."""

    lines: pa.Table
    findings: list[dict[str, object]]

    @property
    def closes(self) -> bool:
        return not any(row["severity"] == "error" for row in self.findings)


def together(files: Sequence[BankFile]) -> Booked:
    """Every statement once, however often it was delivered. Files that were refused must have been dealt with.

    A statement is the same when account, day, number, page and own id are (numbers begin anew every year); a second one
    with other amounts is an error.
    """
    entries: list[pa.Table] = []
    statements: list[dict[str, Any]] = []
    seen: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    findings: list[dict[str, object]] = []
    for file in files:
        for row in file.statements.to_pylist():
            key = row["iban"], row["dag"], row["id"], row["nummer"], row["bladzijde"]
            same = row["boekingen"], row["som_cent"], row["begin_cent"], row["eind_cent"]
            if key in seen:
                findings.append(_again(seen[key] == same))
                continue
            seen[key] = same
            number = len(statements)
            mine = file.entries.filter(pc.equal(file.entries["afschrift"], row["afschrift"]))
            entries.append(mine.set_column(0, "afschrift", pa.array([number] * mine.num_rows, pa.int32())))
            statements.append(row | {"afschrift": number})
    table = pa.concat_tables(entries) if entries else ENTRIES.empty_table()
    all_of_them = pa.Table.from_pylist(statements, schema=STATEMENTS)
    findings += _continuity(statements)
    return Booked(table.append_column("kenmerk", references(table)), all_of_them, findings)


def references(entries: pa.Table) -> pa.Array:
    """The sixteen digits of a kenmerk per entry: structured reference first, then end-to-end id, then the text."""
    found: list[pa.Array] = []
    for name in ("referentie", "end_to_end_id", "omschrijving"):
        column = entries[name].combine_chunks()
        for pattern in _IN_TEXT:
            digits = pc.struct_field(pc.extract_regex(column, pattern), "k")
            found.append(pc.replace_substring_regex(digits, "[^0-9]", ""))
    return pc.coalesce(*found)


def _told_in_passing(entries: pa.Table, expected: Sequence[str]) -> pa.Table:
    """An expected kenmerk counts wherever it stands, also after another number of sixteen digits, such as the one that
    a payment program gives every payment. Only the structured reference has the last word."""
    found = entries["kenmerk"].combine_chunks()
    known = pc.fill_null(pc.is_in(found, pa.array(expected, pa.string())), False)
    structured = [pc.fill_null(pc.match_substring_regex(entries["referentie"], pattern), False) for pattern in _IN_TEXT]
    fixed = pc.or_(known, pc.or_(*structured).combine_chunks())
    for kenmerk in expected:
        digits = "[ .]?".join(kenmerk[at:at + 4] for at in range(0, 16, 4))
        there = [pc.fill_null(pc.match_substring_regex(entries[name], f"(?:^|[^0-9]){digits}(?:$|[^0-9])"), False)
                 for name in ("end_to_end_id", "omschrijving")]
        here = pc.and_not(pc.or_(*there).combine_chunks(), fixed)
        found, fixed = pc.if_else(here, kenmerk, found), pc.or_(fixed, here)
    return entries.set_column(entries.schema.get_field_index("kenmerk"), "kenmerk", found)


def match(entries: pa.Table, expected: pa.Table, accounts: Collection[str], on: date) -> Match:
    """Hold what was booked against what was declared.

    ``entries`` as :func:`together` gives them; ``expected`` EXPECTED, one row per tijdvak; ``accounts`` those of the
    Belastingdienst. ``on`` is the day it is asked: of what may still be paid then, nothing is missing. Only booked
    entries count. A credit with a kenmerk (a return, a storno) takes back what was paid.
    Raises UsageError without accounts, or when a kenmerk is expected twice.
    """
    if not accounts:
        raise UsageError("De rekening van de Belastingdienst ontbreekt (aangiftebrief); zet hem bij de gemeente.")
    if len(set(expected["kenmerk"].to_pylist())) != expected.num_rows:
        raise UsageError("Een betalingskenmerk staat bij meer dan een tijdvak.")
    booked = _told_in_passing(entries.filter(pc.equal(entries["stand"], "BOOK")), expected["kenmerk"].to_pylist())
    ours = pa.array(sorted({plain(account) for account in accounts}), pa.string())
    to_tax = pc.fill_null(pc.is_in(booked["tegen_iban"], ours), False)
    known = pc.fill_null(pc.is_in(booked["kenmerk"], expected["kenmerk"].combine_chunks()), False)
    elsewhere = pc.and_(known, pc.and_(pc.invert(to_tax), pc.is_valid(booked["tegen_iban"])))
    counted = pc.and_(known, pc.invert(elsewhere))
    sums = _per_reference(booked.filter(counted))
    lines, findings = [], []
    for row in expected.sort_by("tijdvak").to_pylist():
        line, told = _judge(row, sums.get(row["kenmerk"], _NOTHING), on)
        lines.append(line)
        findings += told
    months = {row["kenmerk"]: row["tijdvak"] for row in expected.to_pylist()}
    for row in booked.filter(elsewhere).to_pylist():
        findings.append(_finding("LA-BANK-ANDERE-REKENING", "error", f"{_month(months[row['kenmerk']])}een boeking met "
                                 "dit betalingskenmerk is niet met een rekening van de Belastingdienst.",
                                 "Kijk het rekeningnummer na op de aangiftebrief; haal een verkeerde betaling terug en "
                                 "betaal opnieuw.", row["regel"]))
    unknown = booked.filter(pc.and_(to_tax, pc.invert(known)))
    for row in unknown.to_pylist():
        findings.append(_unknown(row))
        lines.append({"tijdvak": None, "kenmerk": row["kenmerk"], "verwacht_cent": None,
                      "betaald_cent": -row["bedrag_cent"], "verschil_cent": None, "afschrijvingen": 1,
                      "laatste": row["valutadatum"] or row["boekdatum"], "uiterlijk": None, "uitkomst": "onbekend"})
    return Match(pa.Table.from_pylist(lines, schema=LINES), findings)


_NOTHING: dict[str, Any] = {"betaald": 0, "af": 0, "laatste": None, "delen": (), "dagen": ()}


def _per_reference(booked: pa.Table) -> dict[str, dict[str, Any]]:
    day = pc.coalesce(booked["valutadatum"], booked["boekdatum"])
    table = booked.select(["kenmerk", "bedrag_cent"]).append_column("dag", day)
    grouped = table.group_by("kenmerk", use_threads=False).aggregate(
        [("bedrag_cent", "sum"), ("bedrag_cent", "list"), ("dag", "list"), ("dag", "max")])
    return {
        row["kenmerk"]: {
            "betaald": -row["bedrag_cent_sum"], "laatste": row["dag_max"],
            "delen": (parts := tuple(-cents for cents in row["bedrag_cent_list"])), "dagen": row["dag_list"],
            "af": sum(1 for part in parts if part > 0),
        }
        for row in grouped.to_pylist()
    }


def _judge(
    row: dict[str, Any], paid: dict[str, Any], on: date
) -> tuple[dict[str, Any], list[dict[str, object]]]:
    # A negative TotGen is money to come, mostly under a reference of the Belastingdienst: nothing is paid for it.
    sum_paid = paid["betaald"]
    due = row["bedrag_cent"] if row["bedrag_cent"] in (sum_paid, abs(row["bedrag_cent"])) else 0
    what, told = _month(row["tijdvak"]), []
    if sum_paid == due:
        outcome = "niets" if due == 0 else "gevonden" if paid["af"] <= 1 else "in_delen"
        if due > 0 and row["uiterlijk"] is not None and _late(paid, due, row["uiterlijk"]):
            told.append(_finding("LA-BANK-LAAT", "warning", what + "de betaling kwam na de laatste dag.",
                                 "Reken op een verzuimboete en betaal volgende maand eerder."))
    elif sum_paid == 0 and row["uiterlijk"] is not None and on <= row["uiterlijk"]:
        outcome = "nog_te_betalen"
    elif sum_paid == 0:
        outcome = "ontbreekt"
        told.append(_finding("LA-BANK-ONTBREEKT", "error", what + "er is geen afschrijving met dit betalingskenmerk.",
                             "Ga na of de betaling in een verzamelboeking zit, of op een afschrift dat "
                             "ontbreekt; betaal anders de aangifte."))
    elif paid["af"] > 1 and due and all(part == due for part in paid["delen"]):
        outcome = "dubbel"
        told.append(_finding("LA-BANK-DUBBEL", "error", what + "de aangifte is meer dan een keer betaald.",
                             "Vraag het te veel betaalde terug bij de Belastingdienst."))
    else:
        outcome = "ander_bedrag"
        told.append(_finding("LA-BANK-BEDRAG-ANDERS", "error", what + "het betaalde bedrag is niet het totaal generaal "
                             "van de aangifte.", "Betaal bij of vraag terug; kijk eerst of er een correctie is."))
    line = {"tijdvak": row["tijdvak"], "kenmerk": row["kenmerk"], "verwacht_cent": due, "betaald_cent": sum_paid,
            "verschil_cent": None if outcome == "nog_te_betalen" else sum_paid - due, "afschrijvingen": paid["af"],
            "laatste": paid["laatste"], "uiterlijk": row["uiterlijk"], "uitkomst": outcome}
    return line, told


def _month(tijdvak: str) -> str:
    """``Maart 2026: ``, before a sentence about it."""
    return f"{period(tijdvak).capitalize()}: "


def _late(paid: dict[str, Any], due: int, until: date) -> bool:
    """On the last day, or some day after it, less was paid than is due. What is paid too much may come back later."""
    parts = sorted((day or date.min, cents) for day, cents in zip(paid["dagen"], paid["delen"], strict=True))
    stood = {day: total for (day, _), total in zip(parts, accumulate(cents for _, cents in parts), strict=True)}
    in_time = [total for day, total in stood.items() if day <= until]
    return not in_time or min([in_time[-1], *(total for day, total in stood.items() if day > until)]) < due


def _unknown(row: dict[str, Any]) -> dict[str, object]:
    reference = row["kenmerk"]
    # The form of other taxes is not ours to judge; the check digit is the same.
    if reference is not None and check_digit(reference[1:]) != int(reference[0]):
        return _finding("LA-BANK-KENMERK", "warning", "Een boeking met de Belastingdienst heeft een betalingskenmerk "
                        "waarvan het controlecijfer niet klopt.",
                        "Geef het juiste kenmerk door aan de Belastingdienst.", row["regel"])
    text = ("heeft geen betalingskenmerk" if reference is None
            else "heeft een betalingskenmerk dat bij geen van deze aangiften hoort")
    return _finding("LA-BANK-ONBEKEND", "warning", f"Een boeking met de Belastingdienst {text}.",
                    "Zoek uit waar de betaling voor was.", row["regel"])


def _continuity(statements: list[dict[str, Any]]) -> list[dict[str, object]]:
    """A statement begins where the one before it ended, and no number is left out. By day first: in a new year the
    numbers begin anew, and the December of a declaration is paid in January."""
    findings = []
    ordered = sorted((row for row in statements if row["nummer"] is not None),
                     key=lambda row: (row["iban"] or "", row["dag"] or date.min, row["nummer"], row["bladzijde"]))
    for before, after in pairwise(ordered):
        step = after["nummer"] - before["nummer"]
        if before["iban"] != after["iban"] or (step == 0 and before["dag"] == after["dag"]):
            continue  # another account, or the next page
        ends = before["eind_cent"], after["begin_cent"]
        if step > 1 or (None not in ends and ends[0] != ends[1]):
            findings.append(_finding("LA-BANK-GAT", "warning", "Tussen twee afschriften van deze rekening ontbreekt er "
                                     "een of sluit het saldo niet aan.", "Lever de afschriften die ontbreken."))
    return findings


def _again(same: bool) -> dict[str, object]:
    if same:
        return _finding("LA-BANK-TWEEMAAL", "info", "Een afschrift is twee keer geleverd; het telt een keer.", "")
    return _finding("LA-BANK-ANDERS", "error", "Een afschrift is twee keer geleverd met een andere inhoud; het eerste "
                    "telt.", "Vraag bij de bank na welk afschrift geldt.")


def _finding(code: str, severity: str, text: str, action: str, line: int | None = None) -> dict[str, object]:
    return finding(code, severity, text, action=action, source=_SOURCE, table="afschrift", line=line)


def expected_payments(rows: Sequence[tuple[Period, str, int, Any]]) -> pa.Table:
    """EXPECTED from (tijdvak, kenmerk, ``TotGen`` in whole euros, last day to pay or None)."""
    return pa.Table.from_pylist(
        [{"tijdvak": str(tijdvak), "kenmerk": kenmerk, "bedrag_cent": euros * 100, "uiterlijk": day}
         for tijdvak, kenmerk, euros, day in rows], schema=EXPECTED)
