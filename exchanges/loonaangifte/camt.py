"""Bank statements camt.053.001.02 and .08, read by stream: what was booked, on which account, with which reference.

A file gives all its entries or none: whatever is wrong is a finding with place and reason, never a value. Names and
descriptions of others are not kept, but for the text a betalingskenmerk can stand in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from lxml import etree

from exchanges.core.findings import finding
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.xml.faults import Fault, syntax_fault
from exchanges.core.xml.guard import guard
from exchanges.core.xml.split import root_of
from exchanges.loonaangifte.subtree import judge

NAMESPACES = {f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}": version for version in ("02", "08")}
MAX_BYTES = 1024**3
_XSD = Path(__file__).resolve().parent / "xsd"
_ABOVE = {"Document": "", "Stmt": "Document/BkToCstmrStmt/", "Ntry": "Document/BkToCstmrStmt/Stmt/",
          "TxDtls": "Document/BkToCstmrStmt/Stmt/Ntry/NtryDtls/"}
_PLACE = {name: (above + name).split("/") for name, above in _ABOVE.items()}
# What may be in memory at a time: elements, and characters of text. A part of an entry has some thirty.
_MOST_ELEMENTS = 100_000
_MOST_TEXT = 32 * 1024**2
_MOST_FAULTS = 500
_MOST_CENTS = 10**15
_MOST_PARTS = 250_000
_BATCH = 20_000

ENTRIES = pa.schema([
    ("afschrift", pa.int32()),            # place in STATEMENTS
    ("boeking", pa.int32()),              # entry in the statement, from 1
    ("deel", pa.int32()),                 # part of the entry, from 1; 0: the entry as a whole
    ("regel", pa.int64()),                # line in the file
    ("stand", pa.string()),               # BOOK, PDNG, INFO or a code of the bank
    ("bedrag_cent", pa.int64()),          # negative: taken off the account
    ("storno", pa.bool_()),               # undoes an earlier entry
    ("boekdatum", pa.date32()),
    ("valutadatum", pa.date32()),
    ("eigen_iban", pa.string()),
    ("tegen_iban", pa.string()),
    ("end_to_end_id", pa.string()),
    ("referentie", pa.string()),          # structured reference of the creditor
    ("omschrijving", pa.string()),        # unstructured, lines joined
])
STATEMENTS = pa.schema([
    ("afschrift", pa.int32()), ("id", pa.string()), ("bladzijde", pa.string()), ("nummer", pa.int64()),
    ("dag", pa.date32()),                 # of the last balance booked
    ("iban", pa.string()), ("kopie", pa.bool_()), ("begin_cent", pa.int64()), ("eind_cent", pa.int64()),
    ("boekingen", pa.int32()), ("som_cent", pa.int64()),
])


@dataclass
class BankFile:
    """What one file gave. ``skipped`` counts statements of accounts that were not asked for."""

    path: Path
    version: str = ""
    entries: pa.Table = field(default_factory=ENTRIES.empty_table)
    statements: pa.Table = field(default_factory=STATEMENTS.empty_table)
    findings: list[dict[str, object]] = field(default_factory=list)
    skipped: int = 0

    @property
    def refused(self) -> bool:
        return any(row["severity"] == "error" for row in self.findings)


class _Unreadable(Exception):
    """A value that is valid by the schema and cannot be used here."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


def read_file(path: Path, accounts: Collection[str] | None = None, max_bytes: int = MAX_BYTES) -> BankFile:
    """Read one statement file. ``accounts`` are the own accounts asked for (None: all).

    Nothing is raised for what is wrong with the file; see ``findings``, and then there are no entries.
    """
    out = BankFile(path)
    out.findings = guard(path, max_bytes)
    if out.findings:
        return out
    with path.open("rb") as file:
        root = root_of(file)
    namespace, _, local = (root.tag if root else "").removeprefix("{").rpartition("}")
    if root and (namespace not in NAMESPACES or local != "Document"):
        out.findings = [finding(
            "LA-BANK-VERSIE", "error", "Dit is geen rekeningafschrift camt.053.001.02 of camt.053.001.08.",
            action="Lever het dagafschrift in een van deze twee versies.", source="ISO 20022", line=root.line)]
        return out
    reader = _Reader(namespace or next(iter(NAMESPACES)), accounts)
    out.version = NAMESPACES.get(namespace, "")
    try:
        with path.open("rb") as file:
            reader.read(file)
    except etree.XMLSyntaxError as error:
        reader.faults.append(syntax_fault(error))
    except _TooLarge:
        reader.faults.append(Fault(
            "XML-06", "Een onderdeel van het afschrift is te groot; niets is ingelezen.", "", None))
    out.findings = [
        finding(fault.code, "error", fault.text, path=fault.path, line=fault.line, table="afschrift",
                action="Vraag het afschrift opnieuw op bij de bank.", source=f"camt.053.001.{out.version}")
        for fault in reader.faults
    ]
    out.findings += reader.other
    out.skipped = reader.skipped
    if not out.refused:
        reader.flush()
        out.entries = pa.Table.from_batches(reader.batches, schema=ENTRIES)
        out.statements = pa.Table.from_pylist(reader.statements, schema=STATEMENTS)
    return out


class _TooLarge(Exception):
    """More in one place than a bank statement has; the rest of the file is not read."""


class _Reader:
    def __init__(self, namespace: str, accounts: Collection[str] | None) -> None:
        self.ns = f"{{{namespace}}}"
        self.accounts = None if accounts is None else {plain(account) for account in accounts}
        self.schema = compile_xsd(_XSD / f"camt053-{NAMESPACES[namespace]}.xsd")
        self.faults: list[Fault] = []
        self.other: list[dict[str, object]] = []
        self.entries: list[dict[str, Any]] = []
        self.batches: list[pa.RecordBatch] = []
        self.statements: list[dict[str, Any]] = []
        self.skipped = 0
        self.paths: dict[str, str] = {}
        self._statement()

    def _statement(self) -> None:
        self.account: str | None = None
        self.wanted = True
        self.number = self.booked = self.sum = self.first = 0
        self.parts: list[dict[str, Any]] = []

    def read(self, file: Any) -> None:
        """Raises etree.XMLSyntaxError and _TooLarge."""
        events = etree.iterparse(file, events=("start", "end"), remove_comments=True, remove_pis=True,
                                 resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        elements = size = 0
        names: list[str] = []
        for event, element in events:
            if event == "start":
                elements += 1
                names.append(element.tag.removeprefix(self.ns))
                if elements > _MOST_ELEMENTS:
                    raise _TooLarge
                continue
            size += len(element.text or "") + len(element.tail or "")
            if size > _MOST_TEXT:
                raise _TooLarge
            name = names[-1]
            if _PLACE.get(name) == names:
                getattr(self, f"_{name}")(element)
                if len(self.faults) > _MOST_FAULTS:
                    return
                if name != "Document":
                    self._leave_stub(element)
                    elements, size = len(names), 0
            elif name == "Acct" and names[:-1] == _PLACE["Stmt"]:
                self._account(element)
            names.pop()

    def _leave_stub(self, element: Any) -> None:
        """An empty element stays, to judge the order of what comes; the one like it before it goes."""
        element.clear(keep_tail=True)
        before = element.getprevious()
        if before is not None and before.tag == element.tag:
            if (before.tail or "").strip():
                self.faults.append(Fault("XSD-TEKST", "Tussen de elementen staat tekst; dat mag hier niet.", "",
                                         before.sourceline))
            element.getparent().remove(before)

    def _valid(self, name: str, element: Any) -> bool:
        found = judge(self.schema, element, _ABOVE[name])
        self.faults += found
        return not found

    def flush(self) -> None:
        if self.entries:
            self.batches.append(pa.RecordBatch.from_pylist(self.entries, schema=ENTRIES))
            self.entries = []

    def _Document(self, element: Any) -> None:
        self._valid("Document", element)

    def _account(self, element: Any) -> None:
        self.account = self._text(element, "Id/IBAN")
        self.wanted = self.accounts is None or (self.account is not None and plain(self.account) in self.accounts)

    def _Stmt(self, element: Any) -> None:
        if self._valid("Stmt", element):
            if not self.wanted:
                self.skipped += 1
                self.other.append(finding(
                    "LA-BANK-REKENING", "warning", "Een afschrift is van een andere rekening; het is niet gelezen.",
                    action="Lever de afschriften van de rekening waarvan de loonheffingen worden betaald.",
                    path="/".join([*_PLACE["Stmt"], "Acct"]), line=element.sourceline, table="afschrift"))
            else:
                try:
                    self._balances(element)
                except _Unreadable as wrong:
                    self._refuse(wrong, "Stmt/Bal", element)
        self._statement()

    def _balances(self, element: Any) -> None:
        found: dict[str, int] = {}
        days: list[date] = []
        for balance in element.iterchildren(f"{self.ns}Bal"):
            code = self._text(balance, "Tp/CdOrPrtry/Cd")
            if code in ("OPBD", "PRCD", "CLBD"):
                amount = self._signed(balance)
                days += [day] if (day := self._day(balance, "Dt")) else []
                if code == "CLBD" or code not in found:
                    found[code] = amount
        begin, end = found.get("OPBD", found.get("PRCD")), found.get("CLBD")
        if begin is not None and end is not None and begin + self.sum != end and not self.faults:
            raise _Unreadable("LA-BANK-SALDO", "Beginsaldo en boekingen samen zijn niet het eindsaldo.")
        number = self._text(element, "ElctrncSeqNb")
        page = self._text(element, "StmtPgntn/PgNb") or self._text(
            element.getparent(), "GrpHdr/MsgPgntn/PgNb")
        self.statements.append({
            "afschrift": len(self.statements), "id": self._text(element, "Id"), "bladzijde": page or "",
            "nummer": None if number is None else int(Decimal(number)), "iban": self.account,
            "dag": max(days, default=None),
            "kopie": self._text(element, "CpyDplctInd") is not None, "begin_cent": begin, "eind_cent": end,
            "boekingen": self.number, "som_cent": self.sum,
        })

    def _TxDtls(self, element: Any) -> None:
        if not self._valid("TxDtls", element) or not self.wanted:
            return
        if len(self.parts) == _MOST_PARTS:
            raise _TooLarge
        texts = [node.text.strip() for node in element.iterfind(f"{self.ns}RmtInf/{self.ns}Ustrd") if node.text]
        references = [node.text.strip() for node in element.iterfind(self._path("RmtInf/Strd/CdtrRefInf/Ref"))
                      if node.text]
        amount = direction = None
        try:
            for place in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
                node = element.find(self._path(place))
                # An amount in another currency says nothing about what was booked.
                if node is not None and node.get("Ccy") == "EUR":
                    amount = self._cents(node)
                    break
            direction = self._text(element, "CdtDbtInd")
        except _Unreadable as wrong:
            self._refuse(wrong, "TxDtls", element)
        self.parts.append({
            "bedrag": amount, "richting": direction, "regel": element.sourceline,
            "debiteur": self._text(element, "RltdPties/DbtrAcct/Id/IBAN"),
            "crediteur": self._text(element, "RltdPties/CdtrAcct/Id/IBAN"),
            "end_to_end_id": self._text(element, "Refs/EndToEndId"),
            "referentie": references[0] if references else None,
            "omschrijving": " ".join(texts) or None,
        })

    def _Ntry(self, element: Any) -> None:
        parts, self.parts = self.parts, []
        self.number += 1
        if not self._valid("Ntry", element) or not self.wanted:
            return
        try:
            self._entry(element, parts)
        except _Unreadable as wrong:
            self._refuse(wrong, "Ntry", element)
        if len(self.entries) >= _BATCH:
            self.flush()

    def _entry(self, element: Any, parts: list[dict[str, Any]]) -> None:
        total = self._signed(element)
        state = self._text(element, "Sts/Cd") or self._text(element, "Sts/Prtry") or self._text(element, "Sts")
        if state == "BOOK":
            self.sum += total
        common = {
            "afschrift": len(self.statements), "boeking": self.number, "stand": state,
            "storno": self._text(element, "RvslInd") in ("true", "1"), "eigen_iban": self.account,
            "boekdatum": self._day(element, "BookgDt"), "valutadatum": self._day(element, "ValDt"),
        }
        for number, part in enumerate(self._split(element, total, parts), start=1 if parts else 0):
            self.entries.append(common | {
                "deel": number, "regel": part["regel"], "bedrag_cent": part["cent"],
                "tegen_iban": self._other(part), "end_to_end_id": part.get("end_to_end_id"),
                "referentie": part.get("referentie"), "omschrijving": part.get("omschrijving"),
            })

    def _other(self, part: dict[str, Any]) -> str | None:
        """The other side of a debit is the creditor, of a credit the debtor. What undoes a payment may still name the
        two as the payment did, so the account itself is never the other side."""
        sides = ("crediteur", "debiteur") if part["cent"] < 0 else ("debiteur", "crediteur")
        named = [plain(part[side]) for side in sides if part.get(side)]
        own = None if self.account is None else plain(self.account)
        return next((iban for iban in named if iban != own), None)

    def _split(self, element: Any, total: int, parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        sign = -1 if total < 0 or self._text(element, "CdtDbtInd") == "DBIT" else 1
        if len(parts) == 1:
            # The entry is what was booked; the part tells whose it was.
            yield parts[0] | {"cent": total, "omschrijving": parts[0]["omschrijving"] or self._about(element)}
            return
        for part in parts:
            own = {"DBIT": -1, "CRDT": 1}.get(part["richting"] or "", sign)
            part["cent"] = None if part["bedrag"] is None else own * part["bedrag"]
        if parts and None not in (cents := [part["cent"] for part in parts]) and sum(cents) == total:
            yield from parts
            return
        if parts:
            self.other.append(finding(
                "LA-BANK-DELEN", "warning", "De delen van een verzamelboeking zijn samen niet de boeking, of missen "
                "een bedrag; de boeking telt als geheel en zonder betalingskenmerk.", table="afschrift",
                action="Zoek in de bankomgeving na welke betalingen in deze boeking zitten.",
                path="/".join(_PLACE["Ntry"]), line=element.sourceline))
        yield {"cent": total, "regel": element.sourceline,
               "omschrijving": None if parts else self._about(element)}

    def _about(self, element: Any) -> str | None:
        """What some banks give of a payment: one text with the entry, with or without a part that is empty of it."""
        return self._text(element, "AddtlNtryInf")

    def _signed(self, element: Any) -> int:
        node = element.find(f"{self.ns}Amt")
        if node.get("Ccy") != "EUR":
            raise _Unreadable("LA-BANK-VALUTA", "Een bedrag op deze rekening is niet in euro.")
        return self._cents(node) * (-1 if self._text(element, "CdtDbtInd") == "DBIT" else 1)

    @staticmethod
    def _cents(node: Any) -> int:
        cents = Decimal(node.text.strip()) * 100
        if cents != cents.to_integral_value() or cents > _MOST_CENTS:
            raise _Unreadable("LA-BANK-BEDRAG", "Een bedrag heeft delen van een cent, of is onmogelijk groot.")
        return int(cents)

    def _day(self, element: Any, name: str) -> date | None:
        text = self._text(element, f"{name}/Dt") or self._text(element, f"{name}/DtTm")
        try:
            return None if text is None else date.fromisoformat(text[:10])
        except ValueError:
            raise _Unreadable("LA-BANK-DATUM", "Een datum van een boeking ligt buiten de kalender.") from None

    def _refuse(self, wrong: _Unreadable, where: str, element: Any) -> None:
        name = where.partition("/")[0]
        self.faults.append(Fault(wrong.code, wrong.text, _ABOVE[name] + where, element.sourceline))

    def _text(self, element: Any, path: str) -> str | None:
        node = element.find(self._path(path))
        text = node.text.strip() if node is not None and node.text else ""
        return text or None

    def _path(self, path: str) -> str:
        if path not in self.paths:
            self.paths[path] = "/".join(self.ns + step for step in path.split("/"))
        return self.paths[path]


def plain(iban: str) -> str:
    """An IBAN as a machine writes it: no blanks, capitals."""
    return "".join(iban.split()).upper()
