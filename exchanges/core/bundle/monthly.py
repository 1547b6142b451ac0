"""The bundle of the month before, made by itself: once everything of that month has ended, or on a fixed day after it.

It lies in ``<home>/bundels/<gemeente>``. What a bundle is of is known by a digest over its deliveries, their states,
reports and answers; the same again makes nothing, a delivery that changed makes the next number. Who looked at what
changes no delivery.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from exchanges.core import watch
from exchanges.core.access.log import ALL
from exchanges.core.approve.basis import digest_of
from exchanges.core.bundle.make import ACTION, Bundle, make_bundle
from exchanges.core.calendar import State
from exchanges.core.dated import parameters
from exchanges.core.errors import CatalogueError
from exchanges.core.ledger import Delivery, DeliveryState, Ledger
from exchanges.core.ledger.tables import event
from exchanges.core.period import Period
from exchanges.core.purpose.registry import HOME_TIME
from exchanges.core.registry import exchanges
from exchanges.core.run import gemeenten, open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store.opening import open_store

FOLDER = "bundels"
_PARAMETERS, _DAY = "bundel", "uiterste_dag"
_PROGRAM = "ketensluis"
_CLOSED = (State.done, State.undated)


@dataclass(frozen=True)
class Monthly:
    """``made`` is None when there was nothing to make; ``why`` says in words what is or why not."""

    period: Period
    number: int
    made: Bundle | None
    why: str


def monthly(gemeente: str, moment: datetime, settings: Settings | None = None) -> Monthly:
    """Make the bundle of the month before that of ``moment`` (with zone), if it is time and it is not there.

    Raises BusinessError, naming it, when a delivery of that month has no report; CatalogueError without a usable day.
    """
    settings = settings or Settings()
    here = moment.astimezone(HOME_TIME)
    period = Period(here.year, here.month).shift(-1)
    ledger = open_ledger(settings)
    with ledger.alone(f"{FOLDER}/{gemeente}/{period}"):
        deliveries = [one for one in ledger.deliveries(gemeente=gemeente) if one.period == period]
        if not deliveries:
            return Monthly(period, 0, None, "geen leveringen")
        if here.day < last_day(period.shift(1)) and not closed(gemeente, period, deliveries, moment, settings):
            return Monthly(period, 0, None, "nog niet alles is afgesloten")
        now = _stand(ledger, deliveries)
        before = _before(ledger, gemeente, period)
        number = int(before[-1]["nummer"]) if before else 0
        out = settings.root / FOLDER / gemeente
        # Booked and not there: stopped in between, or taken away. It is made again, under its number.
        again = bool(before) and before[-1]["stand"] == now
        if again and (out / name_of(gemeente, period, number)).exists():
            return Monthly(period, number, None, f"bundel {number} is er al")
        number = number if again else number + 1
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = make_bundle(
            settings, ledger, open_store(settings), gemeente, period, out / name_of(gemeente, period, number),
            _PROGRAM, {"nummer": number, "stand": now},
        )  # fmt: skip
    return Monthly(period, number, made, f"bundel {number} gemaakt")


def last_day(month: Period) -> int:
    """On which day of ``month`` the bundle of the month before is made, whatever is still open."""
    row = parameters(_PARAMETERS, month).get(_DAY)
    if row is None or not isinstance(row.value, int) or not 1 <= row.value <= 28:
        raise CatalogueError(f"Parameter {_DAY} ontbreekt of is geen dag van 1 t/m 28 in {_PARAMETERS}.csv.")
    return row.value


def closed(
    gemeente: str, period: Period, deliveries: Sequence[Delivery], moment: datetime, settings: Settings
) -> bool:
    """Whether every exchange of the municipality has a delivery of the month, every one has ended, and no calendar
    expects another."""
    mine = {id for id in exchanges() if gemeente in gemeenten(id, settings)}
    ended = all(one.state.ended or one.state is DeliveryState.nothing for one in deliveries)
    if not ended or mine - {one.exchange for one in deliveries}:
        return False
    return all(
        line.state in _CLOSED
        for id in mine for line in watch.look(id, moment.astimezone(UTC), settings, only=[gemeente])
        if line.period == period
    )  # fmt: skip


def name_of(gemeente: str, period: Period, number: int) -> str:
    return f"maandbundel_{gemeente}_{period}_{number:02d}.zip"


def _stand(ledger: Ledger, deliveries: Sequence[Delivery]) -> str:
    """Sha256 over what each delivery is by now."""
    told = []
    for one in deliveries:
        report, receipt = ledger.step_result(one.id, "report"), ledger.receipt(one.id)
        digest = report.details.get("hash") if report else None
        told.append([one.id, str(one.state), digest, receipt.artefact.sha256 if receipt else None])
    return digest_of(told)


def _before(ledger: Ledger, gemeente: str, period: Period) -> list[Mapping[str, Any]]:
    """What was booked of each bundle of the month, oldest first. Asked of the database: every look of anybody is an
    event that is of no delivery, and this is done for every municipality, every day."""
    query = (
        sa.select(event.c.details).where(event.c.action == ACTION, event.c.object == f"{ALL}/{gemeente}")
        .order_by(event.c.place)
    )
    with ledger.database.read() as connection:
        found = connection.execute(query).scalars().all()
    return [one for one in found if one.get("periode") == str(period) and "nummer" in one]
