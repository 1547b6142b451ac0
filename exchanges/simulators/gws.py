"""Centric GWS, simulated: the answers of JaarOpgaveClient v0400 and UitkeringsSpecificatieClient v0600 over a year.

Reads the tables of an administration (Parquet) and answers for every client, one jaaropgave per regeling and one
specification per payment. That GWS would round and put apart what was paid back like this is ASSUMED.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow.parquet as pq

from exchanges.core.dated import parameters
from exchanges.core.period import Period
from exchanges.simulators.gws_wage import Month, Rates, Relation, months, recalculate

_YEARS = "http://www.centric.nl/GWS/Diensten/JaarOpgaveClient/v0400"
_MONTHS = "http://www.centric.nl/GWS/Diensten/UitkeringsSpecificatieClient/v0600"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_NAMES = {"43": "Participatiewet", "34": "IOAW", "45": "IOAZ", "42": "Bbz 2004"}
_BACK = "terugbetaling"
Row = Mapping[str, Any]


@dataclass
class _Year:
    """Cents of one client under one regeling."""

    begin: date
    end: date
    table: str
    credit: list[tuple[date, bool]]
    insured: bool
    wage: int = 0
    tax: int = 0
    withheld: int = 0
    employer: int = 0
    back_wage: int = 0
    back_withheld: int = 0
    back_employer: int = 0
    alimony: int = 0
    paid: bool = False


class Gws:
    """The system of one municipality, on the tables in ``folder``."""

    def __init__(self, folder: Path, gemeente: str, year: int) -> None:
        self._folder, self._gemeente, self._year = folder, gemeente, year
        self._rates = Rates({name: row.value for name, row in parameters("loonaangifte", Period(year, 12)).items()})
        self._persons = {row["persoon_id"]: row for row in self._rows("persoon")}

    def answer_all(self, out: Path) -> list[Path]:
        """Jaaropgaven after each other in one file, specifications one by one in an archive."""
        out.mkdir(parents=True, exist_ok=True)
        years, months_ = out / f"jaaropgaven-{self._year}.xml", out / f"specificaties-{self._year}.zip"
        with years.open("w", encoding="utf-8") as file:
            for answer in self.years():
                file.write(answer)
        with zipfile.ZipFile(months_, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, answer in enumerate(self.specifications()):
                archive.writestr(f"antwoord-{number:07}.xml", answer)
        return [years, months_]

    def years(self) -> Iterator[str]:
        """One answer per client who was paid, by technical key."""
        found: dict[str, dict[str, _Year]] = defaultdict(dict)
        for person, relation in self._relations():
            self._add(found[person], relation)
        for person in sorted(found):
            parts = [_specification(code, self._year, one) for code, one in sorted(found[person].items()) if one.paid]
            if parts:
                content = (
                    f"<JaarOpgaveClient>{self._client(person)}<JaarOpgave><Inhoudingsplichtige><Gemeentecode>"
                    f"{self._gemeente}</Gemeentecode></Inhoudingsplichtige>{''.join(parts)}</JaarOpgave>"
                    "</JaarOpgaveClient>"
                )
                yield _envelope(_YEARS, "JaarOpgaveInfoResponse", content)

    def specifications(self) -> Iterator[str]:
        """One answer per client who was paid, with all payments of the year."""
        instalment: dict[str, int] = defaultdict(int)
        for row in self._rows("betaling_component", [("soort", "==", "aflossing")]):
            instalment[row["betaling_id"]] += row["bedrag_cent"]
        mine: dict[str, list[Row]] = defaultdict(list)
        for row in self._payments():
            mine[row["persoon_id"]].append(row)
        for person in sorted(mine):
            lines = "".join(_line(row, row["netto_cent"] + instalment[row["betaling_id"]]) for row in mine[person])
            content = (
                f"<UitkeringsSpecificatieClient>{self._client(person)}<TypePeriode>1</TypePeriode>"
                f"<Uitkeringsspecificatie><Uitkeringsinstantie><Gemeentecode>{self._gemeente}</Gemeentecode>"
                f"</Uitkeringsinstantie>{lines}</Uitkeringsspecificatie></UitkeringsSpecificatieClient>"
            )
            yield _envelope(_MONTHS, "UitkeringsSpecificatieInfoResponse", content)

    def _relations(self) -> Iterator[tuple[str, Relation]]:
        terms: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows("inkomstenperiode"):
            terms[row["ikv_id"]].append(row)
        payments: dict[str, list[Row]] = defaultdict(list)
        for row in self._payments():
            payments[row["ikv_id"]].append(row)
        for row in self._rows("inkomstenverhouding"):
            yield row["persoon_id"], Relation(
                row["inkomenscode"], row["datum_aanvang"], row["datum_einde"],
                self._persons[row["persoon_id"]]["geboortedatum"],
                sorted(terms[row["ikv_id"]], key=lambda term: term["datum_begin"]), payments[row["ikv_id"]],
            )  # fmt: skip

    def _add(self, mine: dict[str, _Year], relation: Relation) -> None:
        made = months(relation, self._year, self._rates)
        if not made:
            return
        back = [_less(month, without) for month, without in self._repaid(relation, made)]
        recalculate(relation, made, self._year, self._rates)
        first, last = date(self._year, 1, 1), date(self._year, 12, 31)
        begin = max(relation.begin, first)
        end = max(min(relation.end or last, last), begin)
        now = relation.term(last) or relation.terms[-1]
        one = mine.get(relation.code)
        if one is None:
            one = mine[relation.code] = _Year(begin, end, now["loonbelastingtabel"], [], now["code_zvw"] != "A")
        one.begin, one.end = min(one.begin, begin), max(one.end, end)
        one.credit += [(max(term["datum_begin"], first), term["loonheffingskorting"]) for term in relation.terms]
        for month in made.values():
            one.wage, one.tax = one.wage + month.wage, one.tax + month.tax
            one.withheld, one.employer = one.withheld + month.withheld, one.employer + month.employer
            one.paid = one.paid or month.paid or bool(month.wage or month.tax)
        one.back_wage += sum(part[0] for part in back)
        one.back_withheld += sum(part[1] for part in back)
        one.back_employer += sum(part[2] for part in back)
        one.alimony += sum((row["alimentatie_in_cent"] or 0) + (row["alimentatie_rechtstreeks_cent"] or 0)
                           for row in relation.payments)

    def _repaid(self, relation: Relation, made: dict[int, Month]) -> Iterator[tuple[Month, Month]]:
        if any(row["soort"] == _BACK for row in relation.payments):
            without = months(relation, self._year, self._rates, without=_BACK)
            yield from ((month, without[number]) for number, month in made.items())

    def _payments(self) -> list[Row]:
        within = [("periode", ">=", f"{self._year}-01"), ("periode", "<=", f"{self._year}-12")]
        return self._rows("betaling", within)

    def _rows(self, table: str, filters: list[tuple[str, str, str]] | None = None) -> list[Row]:
        rows: list[Row] = pq.read_table(self._folder / f"{table}.parquet", filters=filters).to_pylist()
        return rows

    def _client(self, person: str) -> str:
        who = self._persons[person]
        return (
            f"<Client><BurgerServiceNr>{who['bsn']}</BurgerServiceNr><Achternaam>{escape(who['achternaam'] or '-')}"
            "</Achternaam></Client>"
        )


def _less(month: Month, without: Month) -> tuple[int, int, int]:
    return month.wage - without.wage, month.withheld - without.withheld, month.employer - without.employer


def _specification(code: str, year: int, of: _Year) -> str:
    credit, before = "", None
    for day, applied in sorted(of.credit)[:3]:
        if applied != before:
            credit += (f"<Loonheffingskorting><Ingangsdatum>{_day(day)}</Ingangsdatum><CdLoonheffingskorting>"
                       f"{int(applied)}</CdLoonheffingskorting></Loonheffingskorting>")
        before = applied
    alimony = _amount("BelasteAlimentatie", _euros(of.alimony)) if of.alimony else ""
    return (
        f"<SpecificatieJaarOpgave><Regeling>{_NAMES[code]}</Regeling><Dienstjaar>{year}</Dienstjaar>"
        f"<AangiftePeriodeVan>{_day(of.begin)}</AangiftePeriodeVan><AangiftePeriodeTot>{_day(of.end)}"
        f"</AangiftePeriodeTot>{_amount('Fiscaalloon', _euros(of.wage - of.back_wage))}"
        f"{_amount('Loonheffing', _euros(of.tax))}<CdPremieVolksverzekering>{of.table}</CdPremieVolksverzekering>"
        f"<IndicatieZVW>{int(of.insured)}</IndicatieZVW>"
        f"{_amount('IngehoudenPremieZVW', _euros(of.withheld - of.back_withheld))}"
        f"{_amount('OntvangstenFiscaalloon', _euros(of.back_wage))}"
        f"{_amount('OntvangstenIngehoudenPremieZVW', _euros(of.back_withheld))}"
        f"{_amount('WerkgeversheffingPremieZVW', _euros(of.employer - of.back_employer))}"
        f"{_amount('OntvangstenWerkgeversheffingPremieZVW', _euros(of.back_employer))}{credit}{alimony}"
        "</SpecificatieJaarOpgave>"
    )


def _line(row: Row, paid: int) -> str:
    return (
        "<Dossierhistorie><Regeling>Uitkering</Regeling><Dossiernummer>1</Dossiernummer>"
        f"<Periodenummer>{row['datum_betaalbaar']:%Y%m}</Periodenummer><Betrekkingsperiode>"
        f"{row['periode'].replace('-', '')}</Betrekkingsperiode>{_amount('UitbetaaldBedragClient', paid)}"
        f"<DatumBetaald>{_day(row['datum_betaalbaar'])}</DatumBetaald></Dossierhistorie>"
    )


def _euros(cents: int) -> int:
    """Half a euro away from nothing."""
    return (abs(cents) + 50) // 100 * (-1 if cents < 0 else 1)


def _amount(name: str, value: int) -> str:
    sign = "-" if value < 0 else "+"
    return (
        f"<{name}><CdPositiefNegatief>{sign}</CdPositiefNegatief><WaardeBedrag>{abs(value)}</WaardeBedrag></{name}>"
    )


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _envelope(namespace: str, root: str, content: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{_SOAP}"><s:Body>'
        f'<g:{root} xmlns:g="{namespace}">{content}</g:{root}></s:Body></s:Envelope>\n'
    )
