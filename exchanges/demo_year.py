"""A year of loonaangifte on one machine: twelve declarations with corrections of every kind, to the annual statement.

Month after month the municipality is made as it is known at the end of that month, declared, and answered by the
simulated Belastingdienst; what becomes known in January goes as a separate correction. The simulated bank pays, the
simulated GWS answers over the year, and the annual statement holds everything beside each other.
Nothing outside ``home`` is touched.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchanges.core.period import Period
from exchanges.core.reports.dutch import period as month
from exchanges.core.settings import Settings
from exchanges.demo_agreed import REASON, WHO
from exchanges.demo_home import quoted

if TYPE_CHECKING:
    from exchanges.loonaangifte.jaar import Year

EXCHANGE, GEMEENTE, YEAR, SEED = "loonaangifte", "0153", 2026, 1
_PAY_DAY = 20
_JOINED = ("betaling", "betaling_component")
_BATCH = 65_536

Tell = Callable[[str], None]


@dataclass(frozen=True)
class DemoYear:
    """``corrections`` are the planted cases by kind, ``deliveries`` their ids in order."""

    year: Year
    deliveries: list[str]
    corrections: dict[str, int]
    settings: Settings


def demo_year(home: Path, clients: int, tell: Tell) -> DemoYear:
    """``home`` is made anew. Errors of a delivery pass through; that the year does not close is in the answer."""
    from exchanges.loonaangifte.jaar import annual
    from exchanges.simulators.bank import Bank, Clerk
    from exchanges.simulators.belastingdienst import INBOX, Office
    from exchanges.simulators.gws import Gws

    home = home.resolve()
    shutil.rmtree(home, ignore_errors=True)
    source, partner = home / "bron" / GEMEENTE, home / "partner"
    settings = _settings(home, source, partner)
    clerk = Clerk(partner / INBOX, Bank(home / "bank"))
    office = Office(partner)
    try:
        deliveries = []
        for period in _months():
            tell(f"{month(period)}: de gemeente zoals bekend, aangifte, antwoord")
            known = _generate(source, clients, period)
            deliveries.append(_deliver(settings, office, period, None))
            clerk.pay(str(period), _pay_day(period))
        corrections = Counter(known)
        january = Period(YEAR + 1, 1)
        tell(f"{month(january)}: wat nu bekend werd over {YEAR}, als losse correctie")
        corrections.update(_january(home, source, clients, january))
        deliveries.append(_deliver(settings, office, Period(YEAR, 12), "losse_correctie"))
    finally:
        office.close()
    tell("GWS antwoordt over het jaar")
    answers = Gws(source, GEMEENTE, YEAR).answer_all(home / "gws")
    made = annual(GEMEENTE, YEAR, gws=answers, bank=[home / "bank"], printed=True, settings=settings, tell=tell)
    return DemoYear(made, deliveries, dict(sorted(corrections.items())), settings)


def _months() -> Iterator[Period]:
    return (Period(YEAR, number) for number in range(1, 13))


def _pay_day(period: Period) -> date:
    after = period.shift(1)
    return date(after.year, after.month, _PAY_DAY)


def _deliver(settings: Settings, office: Any, period: Period, method: str | None) -> str:
    """Sent, answered, and the answer taken; or nothing to send, in a small municipality in January. A colleague agrees
    to what waits for that."""
    from exchanges.core import run
    from exchanges.core.approve import desk
    from exchanges.core.errors import AwaitingApproval, NothingToSend

    delivery = run.open_run(EXCHANGE, GEMEENTE, str(period), method=method, settings=settings)
    with suppress(NothingToSend):
        try:
            run.run_delivery(delivery, settings, until="deliver")
        except AwaitingApproval:
            seen = desk.look(delivery, settings).shown.as_dict()
            desk.give(delivery, actor=WHO, reason=REASON, settings=settings, **seen)
            run.run_delivery(delivery, settings, until="deliver")
        office.answer_all()
        run.run_delivery(delivery, settings)
    return delivery


def _generate(folder: Path, clients: int, period: Period) -> dict[str, int]:
    from exchanges.administration.demo import generate

    return generate(folder, GEMEENTE, clients, SEED, corrections=True, period=period).corrections


def _january(home: Path, source: Path, clients: int, period: Period) -> dict[str, int]:
    """The administration a month later. The generator gives the payments of the new year, and of the old one what is
    first paid in the new; an administration still has what was paid before."""
    before = home / "bron" / "december"
    shutil.rmtree(before, ignore_errors=True)
    source.rename(before)
    known = _generate(source, clients, period)
    for table in _JOINED:
        _join(before / f"{table}.parquet", source / f"{table}.parquet")
    shutil.rmtree(before)
    return known


def _join(before: Path, now: Path) -> None:
    """What stood in ``before``, then what stands in ``now``; into ``now``."""
    import pyarrow.parquet as pq

    fresh = now.with_suffix(".nieuw")
    with pq.ParquetFile(before) as old, pq.ParquetFile(now) as new, pq.ParquetWriter(fresh, new.schema_arrow) as out:
        for file in (old, new):
            for batch in file.iter_batches(_BATCH):
                out.write_batch(batch)
    fresh.replace(now)


def _settings(home: Path, source: Path, partner: Path) -> Settings:
    from exchanges.simulators.bank import OWN_ACCOUNT, TAX_ACCOUNT

    home.mkdir(parents=True)
    path = home / "ketensluis.toml"
    path.write_text(
        f'[gemeente.{GEMEENTE}]\nnaam = "Enschede"\nbron = {{ soort = "parquet", locatie = {quoted(source)} }}\n'
        f"uitwisselingen = [\"{EXCHANGE}\"]\n\n[gemeente.{GEMEENTE}.gegevens.{EXCHANGE}]\n"
        'loonheffingennummer = "001000275L01"\nnaam = "Gemeente Enschede"\ncontactpersoon = "A. Jansen"\n'
        'telefoon = "0530000000"\nrelatienummer = "SWO00000"\n'
        f'rekening_belastingdienst = "{TAX_ACCOUNT}"\nrekening_gemeente = "{OWN_ACCOUNT}"\n\n'
        f'[partner.belastingdienst]\nsoort = "map"\nmap = {quoted(partner)}\nin = "aanlever"\nuit = "status"\n',
        encoding="utf-8",
    )
    # Nothing of the settings around it: the demo stands alone.
    return Settings(home=home, config=path, ledger="", store="", production=False, approval="vereist")
