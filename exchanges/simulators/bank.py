"""A bank, simulated: what is transferred comes back as camt.053 statements, one file per day, numbered and balanced.

Knows nothing of who reads them. ``Clerk`` pays every declaration that lies with the Belastingdienst, with the
betalingskenmerk as the aangiftebrief would have it, worked out here by the definition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

TAX_ACCOUNT, OWN_ACCOUNT = "NL86INGB0002445588", "NL91ABNA0417164300"
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True)
class Transfer:
    """Cents taken off the account (negative: put on it). ``reference`` is for machines, ``text`` for people."""

    cents: int
    iban: str
    name: str
    reference: str = ""
    text: str = ""


class Bank:
    """One account; its statements go to ``folder``, named after the day."""

    def __init__(self, folder: Path, iban: str = OWN_ACCOUNT, balance: int = 2_500_000_000) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._iban, self._balance, self._number = folder, iban, balance, 0

    def book(self, day: date, transfers: Iterable[Transfer]) -> Path:
        """All of one day on one statement; days must come in order."""
        self._number += 1
        entries = list(transfers)
        end = self._balance - sum(one.cents for one in entries)
        path = self._folder / f"camt053-{day.isoformat()}.xml"
        path.write_text(_statement(self._iban, self._number, day, self._balance, end, entries), encoding="utf-8")
        self._balance = end
        return path


class Clerk:
    """Pays from ``bank`` what the declarations in ``inbox`` ask: once each, in order of month."""

    def __init__(self, inbox: Path, bank: Bank) -> None:
        self._inbox, self._bank = inbox, bank
        self.paid: dict[str, int] = {}  # month -> euros

    def pay(self, month: str, day: date) -> None:
        """The declaration of that month (``2026-03``), if one lies there; among payments to others."""
        transfers = [Transfer(125_000 + day.month, "NL20INGB0001234567", "Leverancier", text="Factuur 4001")]
        for path in sorted(self._inbox.glob("*.xml")):
            asked = _asked(path)
            if asked is not None and asked[1] == month:
                number, _, euros = asked
                self.paid[month] = euros
                if euros > 0:
                    reference = payment_reference(number, month)
                    transfers.append(Transfer(euros * 100, TAX_ACCOUNT, "Belastingdienst", reference))
        self._bank.book(day, transfers)


def payment_reference(number: str, month: str) -> str:
    """The betalingskenmerk of loonheffingennummer ``001000275L01`` over ``2006-01``: ``8001000276601010``."""
    body = number[:8] + "6" + month[3] + number[10:12] + month[5:7] + "0"
    total = sum(int(digit) * weight for digit, weight in zip(body, _FROM_LEFT, strict=True))
    rest = total % 11
    return str(11 - rest if rest > 1 else rest) + body


# 2 4 8 5 10 9 7 3 6 1 repeating, from the right (Specificatie Betalingskenmerk v1.0).
_FROM_LEFT = (10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _asked(path: Path) -> tuple[str, str, int] | None:
    """(loonheffingennummer, month, TotGen) of a declaration; None for a separate correction, which has no TotGen."""
    number = month = None
    with path.open("rb") as file:
        for _, element in etree.iterparse(file, events=("end",), resolve_entities=False, no_network=True):
            name = etree.QName(element).localname
            if name == "LhNr":
                number = element.text
            elif name == "DatAanvTv" and month is None:
                month = element.text[:7]
            elif name == "TotGen":
                return str(number), str(month), int(element.text)
    return None


def _statement(iban: str, number: int, day: date, begin: int, end: int, entries: list[Transfer]) -> str:
    moment = f"{day.isoformat()}T18:00:00"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt><GrpHdr><MsgId>BANK{number}</MsgId><CreDtTm>{moment}</CreDtTm>'
        f"</GrpHdr><Stmt><Id>{iban}-{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{moment}</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{_balance('OPBD', begin, day)}"
        f"{_balance('CLBD', end, day)}\n" + "\n".join(_entry(one, day) for one in entries) + "</Stmt></BkToCstmrStmt>"
        "</Document>\n"
    )


def _balance(code: str, cents: int, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(cents)}<Dt><Dt>{day.isoformat()}</Dt></Dt></Bal>"
    )


def _entry(one: Transfer, day: date) -> str:
    other = "Cdtr" if one.cents >= 0 else "Dbtr"
    structured = (
        f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{one.reference}</Ref></CdtrRefInf></Strd>"
        if one.reference
        else ""
    )
    text = f"<Ustrd>{escape(one.text)}</Ustrd>" if one.text else ""
    remittance = f"<RmtInf>{text}{structured}</RmtInf>" if text or structured else ""
    return (
        f"<Ntry>{_amount(-one.cents)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day.isoformat()}</Dt></BookgDt>"
        f"<ValDt><Dt>{day.isoformat()}</Dt></ValDt><BkTxCd><Prtry><Cd>541</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>"
        f"<RltdPties><{other}><Pty><Nm>{escape(one.name)}</Nm></Pty></{other}><{other}Acct><Id><IBAN>{one.iban}</IBAN>"
        f"</Id></{other}Acct></RltdPties>{remittance}</TxDtls></NtryDtls></Ntry>"
    )


def _amount(cents: int) -> str:
    """Amount and direction, as the account sees it: CRDT is put on it."""
    way = "DBIT" if cents < 0 else "CRDT"
    return f'<Amt Ccy="EUR">{abs(cents) // 100}.{abs(cents) % 100:02d}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
