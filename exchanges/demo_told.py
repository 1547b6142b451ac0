"""What the partners of the demo tell one municipality each month, and the municipality that opens its lists.

Signals of the Inlichtingenbureau and of UWV about who was asked about, and LKS signals about who was delivered.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchanges.core.period import Period

SIGNALS, INCOME, SICKNESS = "ib_samenloop", "ib_oib", "ib_lks"
TOLD = (SIGNALS, INCOME, SICKNESS)
_NEW_SIGNALS, _REPEATED, _SICK = 80, 5, 24
_SEED = 1


class Told:
    """``partner`` is the simulated Inlichtingenbureau, ``source`` the administration, ``folder`` the municipality's."""

    def __init__(self, gemeente: str, partner: Any, source: Path, folder: Path) -> None:
        self._gemeente, self._partner, self._source, self._folder = gemeente, partner, source, folder
        self._send: dict[str, Callable[[Period], None]] = {
            SIGNALS: self._signals, INCOME: self._income, SICKNESS: self._sickness,
        }  # fmt: skip
        self._told: Any = None
        self._polis: Any = None
        self._office: Any = None
        self._before: list[Any] = []
        folder.mkdir(parents=True)

    def keys(self) -> str:
        """Settings of the municipality: for whom its lists are sealed. The secret keys stay with it."""
        from pyrage import x25519

        lines = [f"[gemeente.{self._gemeente}.lijsten]"]
        for name in ("sleutel", "sleutel_beperkt"):
            identity = x25519.Identity.generate()
            (self._folder / f"{name}.txt").write_text(f"{identity}\n", encoding="ascii")
            lines.append(f'{name} = "{identity.to_public()}"')
        return "\n".join(lines) + "\n"

    def send(self, exchange: str, month: str) -> None:
        """Put the file of ``month`` where the municipality fetches it."""
        self._send[exchange](Period.parse(month))

    def open(self, lists: Path, month: str) -> list[Path]:
        """The lists of a month, as who works with them sees them."""
        from exchanges.core.lists.seal import unseal

        secret = (self._folder / "sleutel.txt").read_text(encoding="ascii").strip()
        opened = []
        for exchange in TOLD:
            name = f"{exchange}_{self._gemeente}_{month}_001"
            packed = self._folder / f"{name}.zip"
            unseal(lists / f"{name}.zip.age", secret, packed)
            shutil.unpack_archive(packed, self._folder)
            packed.unlink()
            opened.append(self._folder / f"{name}.xlsx")
        return opened

    def _signals(self, period: Period) -> None:
        """Some of last month come again."""
        from exchanges.simulators.ib_signals import Signals

        self._told = self._told or Signals(_SEED, self._gemeente, self._asked())
        new = self._told.month(period, _NEW_SIGNALS)
        form = "xml" if self._before else "csv"
        number = f"L{str(period).replace('-', '')}001"
        repeated = self._before[:_REPEATED]
        self._told.write(self._partner.outbox, period, [*repeated, *new], "09", form, delivery=number)
        self._before = new

    def _income(self, period: Period) -> None:
        from exchanges.simulators.uwv_polis import Polis

        self._polis = self._polis or Polis(_SEED)
        answers = self._polis.month(period, self._asked())
        answers.write(self._partner.outbox / f"OIB_ANTWOORDEN_{self._gemeente}_{period}_1.zip")

    def _sickness(self, period: Period) -> None:
        from exchanges.simulators.ib_lks import Office, payments_of, register_of

        if self._office is None:
            delivered = max(self._partner.inbox.glob(f"DKD_REINTEGRATIE_{self._gemeente}_*.xml"))
            self._office = Office(_SEED, self._gemeente, register_of(delivered), payments_of(self._source))
        self._office.write(self._partner.outbox, period, self._office.month(period, _SICK))

    def _asked(self) -> list[str]:
        from exchanges.simulators.ib_asked import asked

        return asked(self._partner.inbox, self._gemeente)
