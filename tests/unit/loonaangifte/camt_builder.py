"""Bank statements for the tests: valid under the official schema unless a test damages them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

OWN = "NL91ABNA0417164300"
TAX = "NL86INGB0002445588"
OTHER = "NL20INGB0001234567"


@dataclass(frozen=True)
class Part:
    """A TxDtls. ``cents`` None leaves the amount out."""

    cents: int | None = None
    iban: str | None = TAX
    reference: str | None = None
    text: str | None = None
    end_to_end: str | None = None
    extra: str = ""
    own: str | None = None  # named beside ``iban``, which is then the creditor also of what comes in


@dataclass(frozen=True)
class Entry:
    """``cents`` negative: taken off the account."""

    cents: int
    parts: Sequence[Part] = (Part(),)
    status: str = "BOOK"
    day: str = "2026-04-28"
    moment: bool = False
    storno: bool = False
    currency: str = "EUR"
    about: str = ""  # AddtlNtryInf
    spread: bool = False  # every part in an NtryDtls of its own


@dataclass(frozen=True)
class Statement:
    entries: Sequence[Entry] = ()
    id: str = "2026-001"
    number: int | None = 1
    iban: str | None = OWN
    begin: int | None = 100_000_000
    end: int | None = None
    copy: str = ""
    day: str = "2026-04-30"
    extra: dict[str, str] = field(default_factory=dict)


def euro(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def camt(statements: Sequence[Statement], version: str = "02", prefix: str = "") -> bytes:
    """The file; ``prefix`` writes every element with a namespace prefix."""
    body = "".join(_statement(item, version) for item in statements)
    text = (f"<Document><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-05-01T06:00:00</CreDtTm></GrpHdr>"
            f"{body}</BkToCstmrStmt></Document>")
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    if prefix:
        text = text.replace("</", "\0").replace("<", f"<{prefix}:").replace("\0", f"</{prefix}:")
        text = text.replace("Document>", f'Document xmlns:{prefix}="{namespace}">', 1)
    else:
        text = text.replace("<Document>", f'<Document xmlns="{namespace}">', 1)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


def _statement(item: Statement, version: str) -> str:
    account = f"<IBAN>{item.iban}</IBAN>" if item.iban else "<Othr><Id>12345</Id></Othr>"
    number = "" if item.number is None else f"<ElctrncSeqNb>{item.number}</ElctrncSeqNb>"
    booked = sum(entry.cents for entry in item.entries if entry.status == "BOOK")
    end = item.end if item.end is not None or item.begin is None else item.begin + booked
    balances = _balance("OPBD", item.begin, item.day) + _balance("CLBD", end, item.day)
    if not balances:
        balances = _balance("ITAV", 0, item.day)
    copy = f"<CpyDplctInd>{item.copy}</CpyDplctInd>" if item.copy else ""
    return (f"<Stmt><Id>{item.id}</Id>{number}<CreDtTm>2026-05-01T06:00:00</CreDtTm>{copy}"
            f"<Acct><Id>{account}</Id><Ccy>EUR</Ccy></Acct>{balances}\n"
            + "\n".join(_entry(entry, version) for entry in item.entries)
            + item.extra.get("after", "") + "</Stmt>")


def _balance(code: str, cents: int | None, day: str) -> str:
    if cents is None:
        return ""
    way = "DBIT" if cents < 0 else "CRDT"
    return (f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{euro(cents)}</Amt>"
            f"<CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>")


def _entry(entry: Entry, version: str) -> str:
    way = "DBIT" if entry.cents < 0 else "CRDT"
    status = entry.status if version == "02" else f"<Cd>{entry.status}</Cd>"
    day = f"<DtTm>{entry.day}T10:00:00+02:00</DtTm>" if entry.moment else f"<Dt>{entry.day}</Dt>"
    storno = "<RvslInd>true</RvslInd>" if entry.storno else ""
    parts = [_part(part, entry, version) for part in entry.parts]
    details = ("".join(f"<NtryDtls>{part}</NtryDtls>" for part in parts) if entry.spread
               else f"<NtryDtls>{''.join(parts)}</NtryDtls>" if parts else "")
    about = f"<AddtlNtryInf>{entry.about}</AddtlNtryInf>" if entry.about else ""
    return (f"<Ntry><Amt Ccy=\"{entry.currency}\">{euro(entry.cents)}</Amt><CdtDbtInd>{way}</CdtDbtInd>{storno}"
            f"<Sts>{status}</Sts><BookgDt>{day}</BookgDt><ValDt>{day}</ValDt>"
            f"<BkTxCd><Prtry><Cd>541</Cd></Prtry></BkTxCd>{details}{about}</Ntry>")


def _part(part: Part, entry: Entry, version: str) -> str:
    refs = f"<Refs><EndToEndId>{part.end_to_end}</EndToEndId></Refs>" if part.end_to_end else ""
    amount = ""
    if part.cents is not None:
        money = f'<Amt Ccy="EUR">{euro(part.cents)}</Amt>'
        amount = money + f"<CdtDbtInd>{'DBIT' if part.cents < 0 else 'CRDT'}</CdtDbtInd>" if version == "08" else (
            f"<AmtDtls><TxAmt>{money}</TxAmt></AmtDtls>")
    who = "Cdtr" if entry.cents < 0 or part.own else "Dbtr"
    name = "<Nm>B</Nm>" if version == "02" else "<Pty><Nm>B</Nm></Pty>"
    named = [("Dbtr", part.own)] * bool(part.own) + [(who, part.iban)] * bool(part.iban)
    sides = "".join(f"<{side}>{name}</{side}><{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>"
                    for side, iban in named)
    parties = f"<RltdPties>{sides}</RltdPties>" if sides else ""
    unstructured = f"<Ustrd>{part.text}</Ustrd>" if part.text else ""
    structured = (f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>CUR</Issr></Tp>"
                  f"<Ref>{part.reference}</Ref></CdtrRefInf></Strd>" if part.reference else "")
    remittance = f"<RmtInf>{unstructured}{structured}</RmtInf>" if unstructured or structured else ""
    return f"<TxDtls>{refs}{amount}{parties}{remittance}{part.extra}</TxDtls>"
