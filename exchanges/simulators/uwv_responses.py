"""Answers of UWV as text, many and each time the same: UWVDossierInkomstenGSD v0200 (polisadministratie-inkomsten.md).

Written by hand and not by the mapping, so that a fault there cannot hide itself. The people have one to three
employers, months and periods of four weeks that cross them, corrections with a minus sign, an open end that is absent
or one of the sentinel dates, partial dates, amounts that are empty; some are not found, of some UWV only has messages.
"""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

NAMESPACE = "http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200"
FWI = "http://bkwi.nl/SuwiML/FWI/v0205"
ROOT = "UWVPersoonsIkvInfoResponse"
# The first day that is asked for; four-week periods of the tax year begin on 29 December 2025.
_FIRST, _WEEKS = date(2026, 1, 1), date(2025, 12, 29)
_OPEN = ("", "", "99991231", "88881231", "99991230")
AMOUNTS = (
    "BrutoloonSv", "LoonLbPremieVolksverz", "IngehoudenLbPremieVolksverz", "Vakantietoeslag",
    "OpgbRechtVakantietoeslag", "ExtraPrdSalaris", "OpgbRechtExtraPrdSalaris", "VergoedingReiskostenOnbelast",
    "InUitkBegrBetAlimentatie", "RechtstreeksBetAlimentatie",
)  # fmt: skip
_OPENING = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<uwv:{ROOT} xmlns:uwv="{NAMESPACE}" xmlns:fwi="{FWI}">'.encode()
)
_CLOSING = f"</uwv:{ROOT}>\n".encode()


@dataclass(frozen=True)
class Answer:
    """What UWV says to one question. ``kind``: ``gegevens``, ``opmerking`` (data and a warning), ``fout`` or
    ``niets``; ``periods`` are the wage periods in it, ``cents`` the sum of their BedrBrutoloonSv."""

    number: int
    bsn: str
    kind: str
    xml: bytes
    relations: int = 0
    periods: int = 0
    cents: int = 0


def free_bsns() -> Iterator[str]:
    """Numbers of the range 9000xxxx to 9998xxxx that pass the elfproef; nobody has them."""
    for eight in range(90_000_000, 99_990_000):
        rest = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), str(eight), strict=True)) % 11
        if rest < 10:
            yield f"{eight}{rest}"


def answers(count: int, seed: int = 1, months: int = 6) -> Iterator[Answer]:
    """``count`` answers to the question for ``months`` months from January 2026; the same seed gives the same."""
    first, last = _FIRST, _month(_FIRST, months) - timedelta(days=1)
    for number, bsn in enumerate(islice(free_bsns(), count), 1):
        draw = random.Random(seed * 1_000_003 + number)
        kind = draw.choices(("gegevens", "opmerking", "fout", "niets"), (92, 2, 1, 5))[0]
        if kind in ("niets", "fout"):
            body = "<fwi:NietsGevonden/>" if kind == "niets" else message(draw, "Fout")
            yield Answer(number, bsn, kind, document(body))
            continue
        employers = draw.choices((0, 1, 2, 3), (5, 60, 25, 10))[0]
        relations = [_relation(draw, place, first, months) for place in range(employers)]
        # Now and then the window is shorter than what was asked.
        begin = first if draw.random() < 0.98 else _month(first, 1)
        body = (
            f"<ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr>{''.join(text for text, _, _ in relations)}"
            f"</ClientSuwi><PeriodeGegevensleveringIko><DatBPeriode>{begin:%Y%m%d}</DatBPeriode><DatEPeriode>"
            f"{last:%Y%m%d}</DatEPeriode></PeriodeGegevensleveringIko>"
            + (message(draw, "Waarschuwing") if kind == "opmerking" else "")
        )
        yield Answer(
            number, bsn, kind, document(body), len(relations), sum(periods for _, periods, _ in relations),
            sum(cents for _, _, cents in relations),
        )  # fmt: skip


def write_zip(path: Path, messages: Iterable[bytes]) -> None:
    """One member per message, named after its place in the file: a name must not hold a BSN."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, message in enumerate(messages, 1):
            archive.writestr(zipfile.ZipInfo(f"antwoord-{number:07d}.xml"), message, zipfile.ZIP_DEFLATED)


def document(body: str) -> bytes:
    """An answer with this in it."""
    return _OPENING + body.encode() + _CLOSING


def message(draw: random.Random, kind: str) -> str:
    """``kind``: Fout, Waarschuwing or Informatie."""
    return (
        f"<fwi:FWI><{kind}><Code>FWI000{draw.randint(1, 9)}</Code><Tekst>Er is iets &amp; het staat hier.</Tekst>"
        f"<Bron><DN>CN=uwv.voorbeeld,O=UWV</DN></Bron></{kind}></fwi:FWI>"
    )


def _relation(draw: random.Random, place: int, first: date, months: int) -> tuple[str, int, int]:
    """An inkomstenverhouding: text, wage periods, cents of BedrBrutoloonSv."""
    employer = f"{draw.randint(1_000_000, 9_999_999):09d}L{draw.randint(1, 9):02d}"
    begin = draw.choice(("20190100", "20200000", "66660101", "20240115", "20251201"))
    end, salary = draw.choice(_OPEN), draw.randint(40_000, 450_000)
    closing = f"<DatEIkv>{end}</DatEIkv>" if end else ""
    name = draw.choice(("Bakkerij De Sluis", "Zorg &amp; Zo", "Uitzendbureau Vlug BV", "Gemeente Overal"))
    periods = list(_weeks(first, months) if draw.random() < 0.3 else _months(first, months))
    statements = [_statement(draw, one, two, salary) for one, two in periods]
    if draw.random() < 0.08:  # what was declared too much comes back with a minus sign
        statements.append(_statement(draw, *periods[0], -draw.randint(1_000, salary)))
    return (
        f"<Inkomstenverhouding><VolgnrIkv>{draw.choice(('0', '0000', '1', '02'))}</VolgnrIkv>"
        f"<AanduidingIkvWerkgever>P{place}-{draw.randint(1, 9999)}</AanduidingIkvWerkgever><DatBIkv>{begin}</DatBIkv>"
        f"{closing}<AdministratieveEenheid><NaamAdministratieveEenheid>{name}</NaamAdministratieveEenheid>"
        f"<Loonheffingennr>{employer}</Loonheffingennr><RechtspersoonAdministratieveEenh><FiNr>{employer[:9]}</FiNr>"
        "<CdRechtsvorm>BV</CdRechtsvorm></RechtspersoonAdministratieveEenh><FeitelijkAdresAeh><Straatadres>"
        f"<Postcd>7511AA</Postcd><Woonplaatsnaam>Enschede</Woonplaatsnaam><Huisnr>{place + 1}</Huisnr></Straatadres>"
        f"</FeitelijkAdresAeh></AdministratieveEenheid>{_characteristics(draw, begin, end)}"
        f"{''.join(text for text, _ in statements)}</Inkomstenverhouding>"
    ), len(statements), sum(cents for _, cents in statements)


def _characteristics(draw: random.Random, begin: str, end: str) -> str:
    closing = f"<DatEIkp>{end}</DatEIkp>" if end else ""
    return (
        f"<Inkomstenperiode><DatBIkp>{begin}</DatBIkp>{closing}<CdSrtIkv>{draw.choice(('15', '15', '15', '33', '43'))}"
        "</CdSrtIkv><CdInvloedVerzekeringsplicht>AB</CdInvloedVerzekeringsplicht><IndLoonheffingskortingToegepast>"
        f"{draw.choice('12')}</IndLoonheffingskortingToegepast><IndRegelmatigArbeidspatroon>{draw.choice('012')}"
        f"</IndRegelmatigArbeidspatroon><CdAardIkv>{draw.choice(('01', '11', '18', '82'))}</CdAardIkv>"
        "</Inkomstenperiode>"
    )


def _statement(draw: random.Random, begin: date, end: date, salary: int) -> tuple[str, int]:
    """A wage period: text, cents of BedrBrutoloonSv. Not every amount is there; one may be there and empty."""
    values = [salary, salary + salary // 20, salary // 5, 0, salary // 12]
    amounts = [_amount(name, cents, draw) for name, cents in zip(AMOUNTS, values, strict=False)]
    if draw.random() < 0.2:
        amounts += [_amount(name, draw.randint(0, 50_000), draw) for name in AMOUNTS[5:8]]
    if draw.random() < 0.05:
        amounts.append(f"<Bedr{AMOUNTS[8]}></Bedr{AMOUNTS[8]}>")
    return (
        f"<Inkomstenopgave><DatBIko>{begin:%Y%m%d}</DatBIko><DatEIko>{end:%Y%m%d}</DatEIko>"
        f"<AantVerloondeUrenIko>{salary // 2_000}</AantVerloondeUrenIko>{''.join(amounts)}</Inkomstenopgave>"
    ), salary


def _amount(name: str, cents: int, draw: random.Random) -> str:
    sign = "<CdPositiefNegatief>-</CdPositiefNegatief>" if cents < 0 else (
        "" if draw.random() < 0.1 else "<CdPositiefNegatief>+</CdPositiefNegatief>")
    return (
        f"<Bedr{name}><CdMunteenheid>EUR</CdMunteenheid>{sign}<WaardeBedr>{abs(cents)}</WaardeBedr></Bedr{name}>"
    )


def _months(first: date, months: int) -> Iterator[tuple[date, date]]:
    for number in range(months):
        yield _month(first, number), _month(first, number + 1) - timedelta(days=1)


def _weeks(first: date, months: int) -> Iterator[tuple[date, date]]:
    begin = _WEEKS
    while (end := begin + timedelta(days=27)) < _month(first, months):
        yield begin, end
        begin = end + timedelta(days=1)


def _month(first: date, number: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    return date(year, month + 1, 1)


if __name__ == "__main__":  # for the measurement: in a process of its own, so that its memory does not count
    write_zip(Path(sys.argv[1]), (one.xml for one in answers(int(sys.argv[2]))))
