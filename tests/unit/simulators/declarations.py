"""Loonaangiften written by hand: neither core nor the simulator had a part in it. Cents in, cents out."""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from tests.unit.simulators.files import bsns

LH_NR = "001000275L01"
PEOPLE = bsns(12)
_ZERO = """
    LnLbPh LnSV PrlnAofAnwLg PrlnAofAnwHg PrlnAofAnwUit PrlnWhkAnw PrlnAwfAnwLg PrlnAwfAnwHg PrlnAwfAnwHz PrlnAwfAnwUit
    PrLnUfo LnTabBB VakBsl OpgRchtVakBsl OpnAvwb OpbAvwb LnInGld WrdLn LnOwrk VerstrAanv IngLbPh PrAofLg PrAofHg
    PrAofUit OpslWko PrGediffWhk PrAwfLg PrAwfHg PrAwfHz PrAwfUit PrUFO BijdrZvw WghZvw WrdPrGebrAut WrknBijdrAut Reisk
    VerrArbKrt
"""
_TOTALS = """
    TotLnLbPh TotLnSV TotPrlnAofAnwLg TotPrlnAofAnwHg TotPrlnAofAnwUit TotPrlnWhkAnw TotPrlnAwfAnwLg TotPrlnAwfAnwHg
    TotPrlnAwfAnwHz TotPrlnAwfAnwUit PrLnUFO IngLbPh IngBijdrZvw TotWghZvw TotTeBet
"""
_NOT_2022 = {"TotPrlnWhkAnw", "TotPrlnAwfAnwUit", "PrlnWhkAnw", "PrlnAwfAnwUit", "PrAwfUit"}


@dataclass(frozen=True)
class Ikv:
    """Of person ``person`` of PEOPLE, unless ``bsn`` says otherwise; ``without`` are elements left out."""

    person: int
    wage: int = 177_728
    tax: int = 37_578
    zvw: int = 10_841
    number: int = 1
    bsn: str = ""
    without: tuple[str, ...] = ()
    end: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.bsn or PEOPLE[self.person], self.number

    def xml(self, month: str, year: int) -> str:
        person = {
            "SofiNr": f"<SofiNr>{self.key[0]}</SofiNr><Voorl>A</Voorl>",
            "SignNm": "<SignNm>Berg</SignNm>",
            "Gebdat": "<Gebdat>1980-02-01</Gebdat>",
            "Adres": "<AdresBinnenland><Str>Dorpsstraat</Str><HuisNr>1</HuisNr><Pc>7511AA</Pc>"
                     "<Woonpl>Enschede</Woonpl></AdresBinnenland>",
        }
        inside = "".join(text for name, text in person.items() if name not in self.without)
        paid = {"LnLbPh": self.wage, "LnInGld": self.wage, "IngLbPh": self.tax, "WghZvw": self.zvw}
        amounts = "".join(f"<{name}>{_euro(paid.get(name, 0))}</{name}>"
                          for name in _ZERO.split() if year > 2022 or name not in _NOT_2022)
        end = f"<DatEind>{self.end}</DatEind>" if self.end else ""
        pers_nr = "" if "PersNr" in self.without else f"<PersNr>C{self.person}</PersNr>"
        return (
            f"<InkomstenverhoudingInitieel><NumIV>{self.number}</NumIV><DatAanv>2021-06-01</DatAanv>{end}"
            f"{pers_nr}<NatuurlijkPersoon>{inside}</NatuurlijkPersoon>"
            f"<Inkomstenperiode><DatAanv>{month}-01</DatAanv><SrtIV>43</SrtIV><IndLhKort>J</IndLhKort>"
            "<LbTab>250</LbTab><IndWAO>N</IndWAO><IndWW>N</IndWW><IndZW>N</IndZW><CdZvw>K</CdZvw></Inkomstenperiode>"
            f"<Werknemersgegevens>{amounts}<AantVerlU>0</AantVerlU><BedrRntKstvPersl>0.00</BedrRntKstvPersl>"
            "</Werknemersgegevens></InkomstenverhoudingInitieel>\n"
        )


def _euro(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def tijdvak(month: str) -> tuple[str, str]:
    year, number = map(int, month.split("-"))
    return f"{month}-01", f"{month}-{monthrange(year, number)[1]}"


def totals(state: Iterable[Ikv]) -> dict[str, int]:
    """Whole euros over the whole state of a tijdvak, cut once."""
    state = list(state)
    found = {
        "TotLnLbPh": sum(ikv.wage for ikv in state) // 100,
        "IngLbPh": sum(ikv.tax for ikv in state) // 100,
        "TotWghZvw": sum(ikv.zvw for ikv in state) // 100,
    }
    return {**found, "TotTeBet": found["IngLbPh"] + found["TotWghZvw"]}


@dataclass(frozen=True)
class Correction:
    """``state`` is the whole new state of ``month``; ``sent`` (all of it when None) and ``withdrawn`` are told."""

    month: str
    state: Sequence[Ikv]
    saldo: int
    sent: Sequence[Ikv] | None = None
    withdrawn: Sequence[tuple[str, int]] = ()
    tijdvak: tuple[str, str] | None = None


@dataclass(frozen=True)
class Declaration:
    """``alter`` are totals that lie; ``kind`` the element of the declaration, none: a losse correctie."""

    id_ber: str
    month: str
    ikvs: Sequence[Ikv] = ()
    corrections: Sequence[Correction] = ()
    kind: str = "VolledigeAangifte"
    state: Sequence[Ikv] | None = None
    alter: dict[str, int] = field(default_factory=dict)
    tijdvak: tuple[str, str] | None = None
    lh_nr: str = LH_NR
    saldi: Sequence[Correction] | None = None

    def but(self, **changes: object) -> Self:
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def year(self) -> int:
        return int(self.month[:4])

    def xml(self) -> bytes:
        body = "".join(map(self._correction, self.corrections))
        if self.kind:
            saldi = self.corrections if self.saldi is None else self.saldi
            own = {**totals(self.ikvs if self.state is None else self.state), **self.alter}
            gen = self.alter.get("TotGen", own["TotTeBet"] + sum(one.saldo for one in saldi))
            told = "".join(f"<SaldoCorrectiesVoorgaandTijdvak>{_dates(one.tijdvak or tijdvak(one.month))}"
                           f"<Saldo>{one.saldo}</Saldo></SaldoCorrectiesVoorgaandTijdvak>" for one in saldi)
            body = (
                f"<TijdvakAangifte>{_dates(self.tijdvak or tijdvak(self.month))}<{self.kind}>"
                f"{self._collective(own, told + f'<TotGen>{gen}</TotGen>')}"
                f"{''.join(ikv.xml(self.month, self.year) for ikv in self.ikvs)}</{self.kind}></TijdvakAangifte>{body}"
            )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Loonaangifte xmlns="http://xml.belastingdienst.nl/schemas/Loonaangifte/{self.year}/01" version="2.0">'
            f"<Bericht><IdBer>{self.id_ber}</IdBer><DatTdAanm>{self.month}-28T12:00:00</DatTdAanm>"
            "<ContPers>Functioneel beheer</ContPers><TelNr>0531234567</TelNr><RelNr>SWO00000</RelNr>"
            "<GebrSwPakket>met de hand</GebrSwPakket></Bericht>"
            f"<AdministratieveEenheid><LhNr>{self.lh_nr}</LhNr><NmIP>Gemeente Enschede</NmIP>\n"
            f"{body}</AdministratieveEenheid></Loonaangifte>\n"
        ).encode()

    def _correction(self, one: Correction) -> str:
        gone = "".join(f"<InkomstenverhoudingIntrekking><NumIV>{number}</NumIV><SofiNr>{bsn}</SofiNr>"
                       "</InkomstenverhoudingIntrekking>" for bsn, number in one.withdrawn)
        sent = one.state if one.sent is None else one.sent
        return (f"<TijdvakCorrectie>{_dates(one.tijdvak or tijdvak(one.month))}"
                f"{self._collective(totals(one.state), '')}"
                f"{''.join(ikv.xml(one.month, self.year) for ikv in sent)}{gone}</TijdvakCorrectie>")

    def _collective(self, own: dict[str, int], more: str) -> str:
        names = [name for name in _TOTALS.split() if self.year > 2022 or name not in _NOT_2022]
        inside = "".join(f"<{name}>{own.get(name, 0)}</{name}>" for name in names)
        return f"<CollectieveAangifte>{inside}{more}</CollectieveAangifte>"


def _dates(pair: tuple[str, str]) -> str:
    return f"<DatAanvTv>{pair[0]}</DatAanvTv><DatEindTv>{pair[1]}</DatEindTv>"


def hand_over(folder: Path, data: bytes, name: str) -> Path:
    """File and sidecar in ``folder``."""
    path = folder / name
    path.write_bytes(data)
    path.with_name(f"{name}.sha256").write_bytes(f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode())
    return path
