"""A municipality that pays a few benefits, and the Belastingdienst it declares them to: for tests of a declaration.

What was paid can be changed between two declarations. The partner is an ``Office`` over a folder, with its own check
and its own memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from exchanges.core.errors import KetensluisError
from exchanges.core.ledger import Delivery
from exchanges.core.period import Period
from exchanges.simulators.belastingdienst import OWN, Office
from exchanges.simulators.belastingdienst_register import Register
from exchanges.simulators.faults import PhaseFaults
from tests.chain import WITHHOLDER, Chain, chain
from tests.rows import write_csv
from tests.unit.simulators.files import bsns

EXCHANGE, LH_NR = "loonaangifte", WITHHOLDER["loonheffingennummer"]
PEOPLE = bsns(6)
UNTAXED, NOBODY = PEOPLE[4], PEOPLE[5]  # gets bijzondere bijstand alone; is not in the administration
NET = 140_000


@dataclass
class Payment:
    who: int
    month: str
    net: int
    kind: str = "periodiek"

    @property
    def tax(self) -> int:
        return self.net * 27 // 100

    @property
    def health(self) -> int:
        return (self.net + self.tax) * 610 // 10_000

    @property
    def row(self) -> dict[str, str]:
        amounts = {
            "netto_cent": self.net, "loon_cent": self.net + self.tax, "loonheffing_cent": self.tax,
            "zvw_werkgever_cent": self.health, "zvw_ingehouden_cent": 0,
        }  # fmt: skip
        return {
            **{name: str(value) for name, value in amounts.items()}, "uitkering_id": f"U{self.who}",
            "persoon_id": f"P{self.who}", "ikv_id": f"I{self.who}", "periode": self.month, "soort": self.kind,
            "datum_betaalbaar": f"{self.month}-20",
        }  # fmt: skip


@dataclass
class WageTown:
    """``paid`` are the taxed payments, ``ended`` the last day of an income relation. The source is written anew at
    every delivery."""

    chain: Chain
    year: int = 2026
    paid: list[Payment] = field(default_factory=list)
    ended: dict[int, str] = field(default_factory=dict)
    idle: bool = False  # NOBODY is a client, without any payment
    _office: Office | None = None

    # --- the administration

    def pay(self, month: int, *who: int, net: int = NET, kind: str = "periodiek") -> None:
        """All four, unless some are named."""
        self.paid += [Payment(one, f"{self.year}-{month:02}", net + one * 100, kind) for one in who or range(4)]

    def due(self, month: int) -> int:
        """What is to be paid over that month, in euros: the sums of cents, each cut once."""
        lines = [payment for payment in self.paid if payment.month == f"{self.year}-{month:02}"]
        return sum(line.tax for line in lines) // 100 + sum(line.health for line in lines) // 100

    def write(self) -> Path:
        begin, people = f"{self.year - 1}-06-01", range(6 if self.idle else 5)
        untaxed = {
            "betaling_id": "BB", "uitkering_id": "U4", "persoon_id": "P4", "periode": f"{self.year}-02",
            "soort": "eenmalig", "netto_cent": "25000", "datum_betaalbaar": f"{self.year}-02-20",
        }  # fmt: skip
        rows = {
            "persoon": [
                {"persoon_id": f"P{n}", "bsn": PEOPLE[n], "achternaam": "Berg", "voorletters": "A", "geslacht": "1",
                 "geboortedatum": "19800201", "nationaliteit": "0001", "adres_id": "A"}
                for n in people
            ],
            "adres": [{"adres_id": "A", "straatnaam": "Dorpsstraat", "huisnummer": "1", "postcode": "7511AA",
                       "woonplaats": "Enschede"}],
            "uitkering": [
                {"uitkering_id": f"U{n}", "persoon_id": f"P{n}", "regeling": "BB" if n == 4 else "PW",
                 "datum_begin": begin}
                for n in range(5)
            ],
            "inkomstenverhouding": [
                {"ikv_id": f"I{n}", "uitkering_id": f"U{n}", "persoon_id": f"P{n}", "personeelsnummer": f"C{n}",
                 "datum_aanvang": begin, "datum_einde": self.ended.get(n, "")}
                for n in range(4)
            ],
            "inkomstenperiode": [
                {"periode_id": f"I{n}a", "ikv_id": f"I{n}", "datum_begin": begin} for n in range(4)
            ],
            "betaling": [
                *({"betaling_id": f"B{n:03}", **payment.row} for n, payment in enumerate(self.paid)), untaxed,
            ],
        }  # fmt: skip
        return write_csv(self.chain.source, rows)

    # --- a delivery

    def open(self, month: int, *, new: bool = False, method: str | None = None) -> str:
        return self.chain.open(f"{self.year}-{month:02}", new=new, method=method)

    def deliver(self, delivery: str, until: str | None = "deliver") -> KetensluisError | None:
        """As :meth:`Chain.deliver`, of the administration as it is now."""
        self.write()
        return self.chain.deliver(delivery, until)

    def declare(self, month: int, *, new: bool = False, method: str | None = None, **faults: Any) -> Delivery:
        """All of it, with the answers of a partner with these ``faults``; it may end in any way but being stopped."""
        delivery = self.open(month, new=new, method=method)
        stopped = self.deliver(delivery)
        assert stopped is None, stopped
        self.answer(**faults)
        stopped = self.deliver(delivery, None)
        assert stopped is None, stopped
        return self.chain.delivery(delivery)

    def state(self, id: str) -> str:
        return str(self.chain.delivery(id).state)

    def message(self, id: str) -> Any:
        """The file as it was built, parsed."""
        return etree.fromstring(self.chain.message(id))

    def told(self, id: str, action: str) -> list[tuple[str, str]]:
        return [(event.object, event.result) for event in self.chain.ledger.events(id) if event.action == action]

    # --- the partner

    def answer(self, wait: Callable[[float], object] = lambda _: None, **faults: Any) -> None:
        """The partner looks at what it has not answered yet; the same one as before when nothing is said of it."""
        if self._office is None or faults:
            self.leave()
            self._office = Office(self.chain.partner, faults=PhaseFaults(**faults), wait=wait)
        self._office.answer_all()

    def leave(self) -> None:
        if self._office is not None:
            self._office.close()
        self._office = None

    @property
    def inbox(self) -> list[str]:
        """Names of the messages that lie at the partner, and of what is half there."""
        return [name for name in self.chain.inbox if not name.endswith(".sha256")]

    def received(self, month: int) -> int | None:
        """What is due over that month, in euros, as the partner knows it now."""
        begin = date(self.year, month, 1)
        with self._register() as register:
            return register.received(LH_NR, (begin, Period(self.year, month).end))

    def verdicts(self) -> list[tuple[str, str, bool]]:
        """Of every message the partner read: its id, what became of it, and whether it still counts."""
        with self._register() as register:
            rows = register._db.execute("SELECT id_ber, uitslag, vervallen FROM bericht ORDER BY nr").fetchall()
        return [(str(id_ber)[-7:], verdict, not gone) for id_ber, verdict, gone in rows]

    @contextmanager
    def _register(self) -> Iterator[Register]:
        register = Register(self.chain.partner / OWN / "register.sqlite")
        try:
            yield register
        finally:
            register.close()


def copied(town: WageTown, home: Path) -> WageTown:
    """A town with the same past, to go on from."""
    town.leave()
    before = town.chain.home
    shutil.copytree(before, home, dirs_exist_ok=True)
    settings = home / "ketensluis.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(str(before), str(home)), encoding="utf-8")
    moved = replace(town.chain, home=home, source=home / "bron", partner=home / "partner")
    return replace(town, chain=moved, paid=list(town.paid), ended=dict(town.ended))


def wage_town(home: Path, year: int = 2026) -> WageTown:
    return WageTown(chain(home, home / "bron", kind="csv", exchange=EXCHANGE), year)
