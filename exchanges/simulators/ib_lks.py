"""The Inlichtingenbureau, simulated: monthly files of LKS signals about the people in a re-integration delivery.

Like IB itself it goes by what the municipality delivered (:func:`register_of`). ``Office`` remembers what it told and
what is true of it, day by day: how certain the match is, which days of illness were paid for, what came late. The
columns are those of ``mappings/IBLKS``, the only thing shared with who reads the files.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
from lxml import etree

from exchanges.core.data import data_dir
from exchanges.core.period import Period

ENDED, HANDED_OVER = "LKS_EINDE_ZW", "LKS_OVERDRACHT_REINTEGRATIE"
EMPLOYERS = ("001000275L01", "001000275L02", "812345678L01")
NORMAL_LAG, LATE_LAG = (20, 70), (71, 120)
_LKS_TYPES = ("10", "11", "12")


@dataclass(frozen=True)
class Known:
    """What IB knows of a person. ``certainty`` as the signals have it; ``percentage`` in hundredths of a percent."""

    certainty: str
    registration: str = ""
    percentage: int | None = None


@dataclass(frozen=True)
class Paid:
    """A payment of subsidy, and what was taken back of it: first day, last day, cents."""

    id: str
    bsn: str
    first: date
    last: date
    cents: int
    back: tuple[tuple[date, date, int], ...] = ()


@dataclass
class Signal:
    """``values`` by column; the rest is true of it and stands in no file: ``certainty`` (0: nobody we delivered),
    ``days`` of illness that were paid for and not told before, ``cents`` of that, and ``late``."""

    number: str
    kind: str
    bsn: str
    certainty: str
    values: dict[str, object] = field(default_factory=dict)
    days: int = 0
    cents: int = 0
    late: bool = False

    @property
    def given(self) -> str:
        return str(self.values["zekerheid"])


def register_of(delivered: Path, refused: Sequence[str] = ()) -> dict[str, Known]:
    """By BSN, from a file of the municipality; of whom was ``refused`` nothing is known."""
    found: dict[str, Known] = {}
    for _, client in etree.iterparse(delivered, tag="ClientSuwi", resolve_entities=False, no_network=True):
        bsn = str(client.findtext("Burgerservicenr"))
        provisions = client.findall("AtlRelatie/ReIntegratievoorziening")
        if bsn not in refused:
            found[bsn] = _known(provisions)
        client.clear()
    return found


def _known(provisions: Sequence[etree._Element]) -> Known:
    best = Known("3", str(provisions[0].findtext("RegistratienrRvGsd")) if provisions else "")
    for one in provisions:
        digits = one.findtext("Loonkostensubsidie/PercLoonwaardeTovWml/Percentage")
        number = str(one.findtext("RegistratienrRvGsd"))
        if digits and int(digits):
            return Known("1", number, int(digits))
        if one.find("Loonkostensubsidie") is not None or one.findtext("CdTypeRvGsd") in _LKS_TYPES:
            best = Known("2", number)
    return best


def payments_of(folder: Path) -> list[Paid]:
    """The payments in an administration (Parquet), with what was taken back."""
    bsn = {row["persoon_id"]: row["bsn"] for row in pq.read_table(folder / "persoon.parquet").to_pylist()}
    person = {row["voorziening_id"]: bsn[row["persoon_id"]]
              for row in pq.read_table(folder / "voorziening.parquet").to_pylist()}
    rows = pq.read_table(folder / "lks_betaling.parquet").to_pylist()
    back: dict[str, list[tuple[date, date, int]]] = defaultdict(list)
    for row in rows:
        if row["terug_op_betaling_id"]:
            back[row["terug_op_betaling_id"]].append(
                (row["datum_tijdvak_begin"], row["datum_tijdvak_einde"], -row["bedrag_cent"]))
    return [Paid(row["betaling_id"], person[row["voorziening_id"]], row["datum_tijdvak_begin"],
                 row["datum_tijdvak_einde"], row["bedrag_cent"], tuple(back[row["betaling_id"]]))
            for row in rows if row["soort"] != "terugvordering"]


class Office:
    """IB for one gemeente. ``strangers`` are people it has signals about whom the municipality never delivered."""

    def __init__(self, seed: int, gemeente: str, known: Mapping[str, Known], payments: Sequence[Paid] = (),
                 strangers: Sequence[str] = ()) -> None:
        self._draw = random.Random(f"{seed} {gemeente} lks")
        self.gemeente, self._known = gemeente, dict(known)
        self._people: dict[str, list[str]] = {"0": list(strangers)}
        for bsn, one in sorted(self._known.items()):
            self._people.setdefault(one.certainty, []).append(bsn)
        self._payments: dict[str, list[Paid]] = defaultdict(list)
        for paid in payments:
            self._payments[paid.bsn].append(paid)
        self._told: dict[str, set[date]] = defaultdict(set)
        self._number = 0
        self.sent: list[Signal] = []

    def month(self, period: Period, count: int) -> list[Signal]:
        """``count`` signals published on the first of ``period``: both kinds and every certainty in turn; one in five
        with another certainty than follows from the delivery, one in four late, one in six about illness of somebody
        who was told of before."""
        return [self._signal(period.start, place) for place in range(count)]

    def _signal(self, published: date, place: int) -> Signal:
        draw = self._draw
        self._number += 1
        kind = ENDED if place % 3 else HANDED_OVER
        before = [one for one in self.sent if one.kind == ENDED]
        if place % 6 == 5 and before:
            bsn = draw.choice(before).bsn
        else:
            some = [code for code in "0123" if self._people.get(code)]
            bsn = draw.choice(self._people[some[place // 3 % len(some)]])
        known = self._known.get(bsn, Known("0"))
        certainty = known.certainty
        given = certainty if certainty != "0" and draw.random() < 0.8 else draw.choice("123")
        late = kind == ENDED and place % 4 == 1
        end = published - timedelta(days=draw.randint(*(LATE_LAG if late else NORMAL_LAG)))
        begin = end - timedelta(days=draw.randint(0, 120))
        ill = begin - timedelta(days=draw.randint(0, 14))
        one = Signal(f"LKS{self._number:07d}", kind, bsn, certainty, late=late)
        one.values = {
            "signaalnummer": one.number, "signaalsoort": kind, "bsn": bsn, "zekerheid": given,
            "gemeentecode": self.gemeente, "loonheffingennummer_werkgever": draw.choice(EMPLOYERS),
            "datum_eerste_ziektedag": ill if place % 7 else None, "datum_begin_zw": begin,
            "datum_einde_zw": end if kind == ENDED else None,
            "datum_overdracht": published - timedelta(days=10) if kind == HANDED_OVER else None,
            "perc_loonwaarde": known.percentage, "registratienr_rv": known.registration or None,
            "publicatiedatum": published,
        }
        if kind == ENDED:
            self._count(one, begin, end)
        self.sent.append(one)
        return one

    def _count(self, one: Signal, begin: date, end: date) -> None:
        """Day by day: what this signal tells that no earlier one told."""
        ill = {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
        for paid in self._payments[one.bsn]:
            length = (paid.last - paid.first).days + 1
            days = {paid.first + timedelta(days=n) for n in range(length)} & ill
            had = len(self._told[paid.id])
            self._told[paid.id] |= days
            has = len(self._told[paid.id])
            one.days += has - had
            one.cents += _half_up(paid.cents * has, length) - _half_up(paid.cents * had, length)

    def write(self, folder: Path, period: Period, signals: Sequence[Signal], *, name: str = "",
              delimiter: str = ";", encoding: str = "utf-8", day: str = "jjjjmmdd") -> Path:
        """The file as IB would publish it; ``day`` is how dates are written."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (name or f"{self.gemeente}_LKS_signaalrapport_{period.start:%Y%m%d}.csv")
        with path.open("w", encoding=encoding, newline="") as file:
            out = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
            out.writerow(columns())
            out.writerows([_written(one.values.get(column), day) for column in columns()] for one in signals)
        return path


def columns(version: str = "v0001") -> list[str]:
    path = data_dir("mappings") / "IBLKS" / version / "kolommen.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row["kolom"] for row in csv.DictReader(file, delimiter=";")]


def _half_up(part: int, of: int) -> int:
    whole, rest = divmod(part, of)
    return whole + (2 * rest >= of)


def _written(value: object, day: str) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return {"jjjjmmdd": f"{value:%Y%m%d}", "jjjj-mm-dd": value.isoformat(),
                "d-m-jjjj": f"{value.day}-{value.month}-{value.year}"}[day]
    if isinstance(value, int):
        return f"{value // 100},{value % 100:02d}"
    return str(value)
