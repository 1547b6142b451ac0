"""How the simulated Belastingdienst judges a loonaangifte: with code of its own, nothing of core.

Three judgements, as the phases of acceptance are described (spec loonaangifte, section 11): transport (does the file
come as it was sent), validatie (the schema of the year), consistentie (does it hold together, also with what was
received before). Wrong in persons alone: accepted, with remarks. Codes are ASSUMED; the numbers in them are conditions
of the gegevensspecificaties as far as they are known.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from lxml import etree

from exchanges.simulators.belastingdienst_message import (
    NAMESPACE,
    PAIRS,
    Head,
    Ikv,
    Part,
    Tijdvak,
    Unit,
    Withdrawal,
    read_message,
)
from exchanges.simulators.belastingdienst_register import PartBeingRead, Register
from exchanges.simulators.faults import PhaseFaults
from exchanges.simulators.reading import (
    Unreadable,
    compile_schema,
    elfproef,
    forget,
    not_well_formed,
    parse,
    refused_element,
    root_tag,
)

# CT-2: what is to be paid, on the rounded totals.
_PAYABLE = ("IngLbPh", "TotPrAofLg", "TotPrAofHg", "TotPrAofUit", "TotOpslWko", "TotPrGediffWhk", "TotPrAwfLg",
            "TotPrAwfHg", "TotPrAwfHz", "TotPrAwfUit", "PrUFO", "IngBijdrZvw", "TotWghZvw", "EHPubUitk", "EHGebrAuto",
            "EHVUT", "EhOvsFrfWrkkstrg")
_DEDUCTED = ("AVZeev", "VrlAVSO")
_PLACE = {name: place for place, name in enumerate(PAIRS.values())}
_MOST_REASONS = 10


@dataclass(frozen=True)
class Remark:
    """On one inkomstenverhouding. Holds a BSN: for the answer only."""

    bsn: str
    number: int
    code: str
    text: str


@dataclass
class Judgement:
    """``trouble`` is the class (X, C, or W with remarks; empty when all is well), ``reasons`` why."""

    id_ber: str = ""
    lh_nr: str = ""
    trouble: str = ""
    reasons: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    compared: list[Remark] = field(default_factory=list)
    count: int = 0

    @property
    def accepted(self) -> bool:
        return self.trouble in ("", "W")

    @property
    def reason(self) -> str:
        more = len(self.reasons) - _MOST_REASONS
        return "; ".join([*self.reasons[:_MOST_REASONS], *([f"en nog {more}"] if more > 0 else [])])


class Checker:
    """``schemas`` is the folder of the schema catalogue. ``today``, when given, holds declarations to their term."""

    def __init__(self, schemas: Path, register: Register, faults: PhaseFaults,
                 today: Callable[[], date] | None = None) -> None:
        self.register, self.faults, self.today = register, faults, today
        self._folders = sorted(path.parent for path in (schemas / "Loonaangifte").glob("*/*.xsd"))
        self._compiled: dict[str, etree.XMLSchema] = {}
        if not self._folders:
            raise FileNotFoundError(f"{schemas}: no schema of the loonaangifte")

    def validate(self, path: Path) -> Judgement:
        """Phase 1. The message id is known as soon as it has been read, also when the rest is refused."""
        judged = Judgement()
        try:
            root = root_tag(path)
            schema = self._schema(root)
            tag = etree.QName(root)
            names = [f"{{{tag.namespace}}}{name}" for name in ("IdBer", "InkomstenverhoudingInitieel")]
            for _, element in parse(path, ("end",), tag=names, schema=schema):
                if element.tag == names[0]:
                    judged.id_ber = (element.text or "")[:32]
                else:
                    judged.count += 1
                    forget(element)
            for _, element in parse(path, ("end",), tag=names[1:]):
                forget(element)
        except Unreadable as error:
            judged.reasons.append(f"BD-X-01: {error}")
        except etree.XMLSyntaxError as error:
            element = refused_element(error)
            after = f"element {element}, na inkomstenverhouding {judged.count}"
            judged.reasons.append(f"BD-X-01: {not_well_formed(error)}" if element is None
                                  else f"BD-X-03: niet geldig volgens het schema, {after}")
        if self.faults.refuse_schema:
            judged.reasons.append("BD-X-99: geweigerd bij de validatie")
        judged.trouble = "X" if judged.reasons else ""
        return judged

    def _schema(self, root: str) -> etree.XMLSchema:
        if root not in self._compiled:
            for folder in self._folders:
                try:
                    self._compiled[root] = compile_schema(folder, root)
                    break
                except FileNotFoundError:
                    continue
            else:
                raise Unreadable("dit bericht, of dit belastingjaar, is niet bekend")
        return self._compiled[root]

    def judge(self, path: Path, judged: Judgement) -> None:
        """Phase 2, on a file that passed phase 1, inside ``register.judging()``."""
        namespace = etree.QName(root_tag(path)).namespace
        year = next(year for year in range(2000, 2100) if NAMESPACE.format(year) == namespace)
        _Reading(self, judged, year).run(read_message(path, namespace))
        if self.faults.refuse_consistency:
            judged.reasons.append("BD-C-99: geweigerd bij de consistentiecontrole")
        judged.trouble = "C" if judged.reasons else "W" if judged.remarks else ""


class _Reading:
    """One pass over one message."""

    def __init__(self, checker: Checker, judged: Judgement, year: int) -> None:
        self.register, self.faults, self.today = checker.register, checker.faults, checker.today
        self.judged, self.year = judged, year
        self.declared: Part | None = None
        self.saldi: dict[Tijdvak, int] = {}
        self.corrected: dict[Tijdvak, int | None] = {}  # what the saldo should be, where that is known
        self.part: Part | None = None
        self.reading: PartBeingRead | None = None
        self.double = 0
        self.not_there = 0
        self.looked_at = 0

    def run(self, message: Iterator[Head | Unit | Part | Ikv | Withdrawal]) -> None:
        for one in message:
            match one:
                case Head():
                    if self.register.seen(one.id_ber):
                        self._no("01: dit berichtkenmerk (IdBer) is al eerder gebruikt")
                case Unit():
                    self.judged.lh_nr = one.lh_nr
                    if not elfproef(one.lh_nr[:9]):
                        self._no("0014: het loonheffingennummer voldoet niet aan de elfproef")
                case Part():
                    self._end_part()
                    self._begin_part(one)
                case Ikv():
                    self._ikv(one)
                case Withdrawal():
                    assert self.reading is not None
                    self.not_there += not self.reading.withdraw(one)
        self._end_part()
        self._settle()

    def _no(self, reason: str) -> None:
        self.judged.reasons.append(f"BD-C-{reason}")

    # --- a tijdvak

    def _begin_part(self, part: Part) -> None:
        lh_nr, (begin, end) = self.judged.lh_nr, part.tijdvak
        name = f"{begin} tot en met {end}"
        if not _exists(part.tijdvak):
            self._no(f"0015: het tijdvak {name} bestaat niet")
        if begin.year != self.year:
            self._no(f"0016: het tijdvak {name} hoort niet bij belastingjaar {self.year}")
        known = self.register.received(lh_nr, part.tijdvak)
        if part.kind == "correctie":
            self._correction(part, known, name)
        else:
            self.declared = part
            for tijdvak, saldo in part.saldi:
                if tijdvak in self.saldi:
                    self._no("0017: een tijdvak heeft twee saldo's")
                self.saldi[tijdvak] = saldo
            if known is not None and self.today is not None and self.today() > _last_day(end):
                self._no(f"02: de termijn van {name} is voorbij; alleen een correctie kan nog")
            if part.kind == "aanvullend" and known is None:
                self._no(f"03: over {name} is geen aangifte ontvangen om aan te vullen")
            if part.kind == "volledig":
                self.register.replace(lh_nr, part.tijdvak)
        self.part, self.reading = part, self.register.begin(lh_nr, part)

    def _correction(self, part: Part, known: int | None, name: str) -> None:
        if part.tijdvak in self.corrected:
            self._no(f"0018: {name} wordt twee keer gecorrigeerd")
        if known is None:
            self._no(f"04: over {name} is geen aangifte ontvangen om te corrigeren")
        if self.declared is not None and part.tijdvak[0] >= self.declared.tijdvak[0]:
            self._no(f"0019: de correctie over {name} ligt niet voor het aangiftetijdvak")
        self.corrected[part.tijdvak] = None if known is None else part.totals["TotTeBet"] - known

    def _end_part(self) -> None:
        if self.part is None or self.reading is None:
            return
        self.reading.end()
        totals, (begin, end) = self.part.totals, self.part.tijdvak
        for total, amount in PAIRS.items():
            # Cut in favour of the one who pays; which way that is for a negative total is not known (CT-1a).
            if abs(totals.get(total, 0) * 100 - self.reading.sums[_PLACE[amount]]) >= 100:
                self._no(f"0001: {total} over {begin} tot en met {end} is niet de som van {amount}")
        payable = sum(totals.get(name, 0) for name in _PAYABLE) - sum(totals.get(name, 0) for name in _DEDUCTED)
        if totals["TotTeBet"] != payable:
            self._no(f"2315: TotTeBet over {begin} tot en met {end} is niet de som van de totalen")
        if self.double:
            self._no(f"0036: {self.double} inkomstenverhoudingen staan dubbel in {begin} tot en met {end}")
        if self.not_there:
            self._no(f"05: {self.not_there} intrekkingen in {begin} tot en met {end} van wat niet is ontvangen")
        self.part, self.reading, self.double, self.not_there = None, None, 0, 0

    def _settle(self) -> None:
        if self.declared is None:
            return
        if self.declared.tot_gen != self.declared.totals["TotTeBet"] + sum(self.saldi.values()):
            self._no("0011: TotGen is niet TotTeBet met de saldo's")
        if self.saldi.keys() != self.corrected.keys():
            self._no("0020: de saldo's en de gecorrigeerde tijdvakken verschillen")
        for (begin, end), saldo in self.saldi.items():
            if self.corrected.get((begin, end)) not in (None, saldo):
                self._no(f"06: het saldo over {begin} tot en met {end} is niet het verschil met wat is ontvangen")

    # --- an inkomstenverhouding

    def _ikv(self, ikv: Ikv) -> None:
        assert self.part is not None and self.reading is not None
        self.double += not self.reading.put(ikv)
        self.looked_at += 1
        remarks = self.judged.remarks

        def remark(code: str, text: str) -> None:
            if ikv.bsn:  # a person without a number has no line in the report
                remarks.append(Remark(ikv.bsn, ikv.number, f"BD-W-{code}", text))

        # Condition 2101 (no number that begins with 8 or 9) is left out: all test numbers do.
        if not (ikv.bsn or ikv.pers_nr):
            self._no("2287: een inkomstenverhouding heeft geen burgerservicenummer en geen personeelsnummer")
        elif ikv.bsn and not elfproef(ikv.bsn):
            remark("0045", "Burgerservicenummer voldoet niet aan de elfproef")
        if ikv.bsn and not ikv.named:
            remark("0046", "Naam ontbreekt")
        if ikv.bsn and not ikv.born:
            remark("0047", "Geboortedatum ontbreekt")
        if not ikv.addressed:
            remark("0050", "Adres ontbreekt")
        if ikv.end is not None and not ikv.start <= ikv.end <= self.part.tijdvak[1]:
            remark("0040", "Datum einde past niet bij de inkomstenverhouding en het tijdvak")
        if self.looked_at <= self.faults.report_count:
            remark("9001", "Persoonsgegevens kloppen niet met de basisregistratie")
        if ikv.bsn and self.looked_at <= self.faults.compare_count:
            self.judged.compared.append(
                Remark(ikv.bsn, ikv.number, "BD-V-9001", "Gegevens verschillen van de polisadministratie"))


def _exists(tijdvak: Tijdvak) -> bool:
    """A month, four weeks, half a year or a year (AWR implementing rules, art. 28)."""
    begin, end = tijdvak
    if begin.year != end.year:
        return False
    year, first = begin.year, begin.day == 1
    if first and end == date(year, end.month, monthrange(year, end.month)[1]):
        months = end.month - begin.month + 1
        if months in (1, 12) or (months == 6 and begin.month in (1, 7)):
            return True
    return tijdvak in _four_weeks(year)


def _four_weeks(year: int) -> list[Tijdvak]:
    """Thirteen, from the week of the first Thursday; the outer ones reach to the ends of the year."""
    monday = date.fromisocalendar(year, 1, 1)
    starts = [monday + timedelta(weeks=4 * number) for number in range(13)]
    ends = [start + timedelta(days=27) for start in starts]
    return list(zip([date(year, 1, 1), *starts[1:]], [*ends[:-1], date(year, 12, 31)], strict=True))


def _last_day(end: date) -> date:
    """For declaring a month that ends on ``end``: the last day of the next."""
    year, month = (end.year, end.month + 1) if end.month < 12 else (end.year + 1, 1)
    return date(year, month, monthrange(year, month)[1])
