"""Running a delivery, step by step, with the books kept. Airflow and the command line both come through here."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from exchanges.core.arrow import give_back  # first: it says how Arrow is loaded
from exchanges.core.balance import require_closed
from exchanges.core.chain import REPORT, STEPS, WAITING
from exchanges.core.errors import Blocked, BusinessError, KetensluisError, PartnerSilent
from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepState
from exchanges.core.period import Period
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.settings import Settings
from exchanges.core.steps.build import build
from exchanges.core.steps.check import check
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.deliver import deliver
from exchanges.core.steps.map import map_records
from exchanges.core.steps.receipt import receipt
from exchanges.core.steps.reconcile import reconcile
from exchanges.core.steps.report import report
from exchanges.core.steps.select import select
from exchanges.core.store import Artefact, Store

__all__ = ["STEPS", "gemeenten", "open_ledger", "open_run", "run_delivery", "run_step", "step_context"]

FUNCTIONS: dict[str, Callable[[Context], Result]] = {
    "select": select,
    "map": map_records,
    "build": build,
    "check": check,
    "reconcile": reconcile,
    "deliver": deliver,
    "receipt": receipt,
    "report": report,
}
# What a delivery is after a step that went well.
_AFTER = {"build": DeliveryState.built, "deliver": DeliveryState.delivered}
# Once the partner has it, nothing before that is done again.
_GONE = (DeliveryState.delivered, DeliveryState.accepted, DeliveryState.partly_accepted, DeliveryState.rejected)


@cache
def _ledger(url: str) -> Ledger:
    ledger = Ledger(url)
    ledger.create()
    return ledger


def open_ledger(settings: Settings | None = None) -> Ledger:
    settings = settings or Settings()
    settings.root.mkdir(parents=True, exist_ok=True)
    return _ledger(settings.ledger_url)


def gemeenten(exchange_id: str, settings: Settings | None = None) -> list[str]:
    """The municipalities this exchange runs for, from the settings."""
    known = (settings or Settings()).municipalities().gemeente
    return sorted(
        code for code, own in known.items() if own.uitwisselingen is None or exchange_id in own.uitwisselingen
    )


def open_run(
    exchange_id: str, gemeente: str, period: str, *, new: bool = False, settings: Settings | None = None
) -> str:
    """The id of the delivery of that period: the one that is there, or a first (or ``new``) one."""
    settings = settings or Settings()
    exchange = exchange_by_id(exchange_id)
    own = settings.municipalities().gemeente.get(gemeente)
    method = (own.methode if own else {}).get(exchange_id, exchange.method)
    return open_ledger(settings).open_delivery(exchange_id, gemeente, Period.parse(period), method, new=new).id


def run_step(delivery_id: str, step: str, settings: Settings | None = None) -> dict[str, Any]:
    """One step, booked. Gives counts and hashes; the errors of :mod:`exchanges.core.errors` pass through.

    A step that was passed before the file left is not done again afterwards: its booked result is given. Neither is it
    while a file may be underway: whether it arrived is found out with that file, not with one made anew.
    """
    settings = settings or Settings()
    ledger = open_ledger(settings)
    delivery = ledger.delivery(delivery_id)
    before = ledger.step_result(delivery_id, step)
    settled = step == "receipt" or delivery.state in _GONE or _underway(ledger, delivery)
    if step != REPORT and before is not None and before.done and settled:
        return _summary(delivery, step, before.details)
    ledger.start_step(delivery_id, step)
    try:
        with step_context(settings, delivery) as context:
            result = FUNCTIONS[step](context)
            _book(ledger, delivery, step, result, _keep(context, result))
    except BusinessError as error:
        ledger.finish_step(delivery_id, step, StepState.blocked, [], {}, {})
        _stop(ledger, delivery, DeliveryState.blocked, str(error))
        raise
    except KetensluisError as error:
        ledger.finish_step(delivery_id, step, StepState.failed, [], {}, {})
        if not error.retryable:
            _stop(ledger, delivery, DeliveryState.failed, str(error))
        raise
    except Exception:
        ledger.finish_step(delivery_id, step, StepState.failed, [], {}, {})
        raise
    return _conclude(ledger, delivery, step, result)


def run_delivery(
    delivery_id: str,
    settings: Settings | None = None,
    *,
    until: str | None = None,
    wait: float = 0,
    on_step: Callable[[str], None] = lambda step: None,
) -> None:
    """All steps in order; the report is made whatever happened, then the error passes through.

    ``wait`` is how many seconds to keep asking for the partner's answer; PartnerSilent when it does not come.
    """
    steps = STEPS[exchange_by_id(delivery_id.partition("/")[0]).direction]
    try:
        for step in steps:
            if step != REPORT:
                on_step(step)
                _patiently(delivery_id, step, settings, wait if step in WAITING else 0)
            if step == until:
                break
    except Exception:
        # What went wrong first is what the caller must hear, also when the report then fails as well.
        with suppress(Exception):
            _account(delivery_id, settings, on_step)
        raise
    _account(delivery_id, settings, on_step)


def _account(delivery_id: str, settings: Settings | None, on_step: Callable[[str], None]) -> None:
    on_step(REPORT)
    run_step(delivery_id, REPORT, settings)


def _patiently(delivery_id: str, step: str, settings: Settings | None, wait: float) -> None:
    until, pause = time.monotonic() + wait, 0.2
    while True:
        try:
            run_step(delivery_id, step, settings)
            return
        except PartnerSilent:
            if time.monotonic() + pause > until:
                raise
            time.sleep(pause)
            pause = min(pause * 2, 60)


@contextmanager
def step_context(settings: Settings, delivery: Delivery) -> Iterator[Context]:
    """A context with a work folder of its own, gone afterwards."""
    work = Path(tempfile.mkdtemp(dir=settings.work(), prefix=f"{delivery.gemeente}-"))
    try:
        yield Context(
            settings,
            open_ledger(settings),
            Store(settings.store_url),
            exchange_by_id(delivery.exchange),
            delivery,
            work,
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)
        give_back()


def _keep(context: Context, result: Result) -> dict[str, Artefact]:
    """The files of a step as artefacts. Each waits for the disk by itself, so they wait together."""

    def put(name: str, made: Made) -> Artefact:
        return context.store.put(
            context.delivery.gemeente,
            made.path,
            name=name.replace("/", "."),
            media_type=made.media_type,
            rows=made.rows,
            move=made.path.is_relative_to(context.work),
            sha256=made.sha256,
        )

    with ThreadPoolExecutor(8, "store") as pool:
        return dict(zip(result.files, pool.map(put, result.files, result.files.values()), strict=True))


def _book(ledger: Ledger, delivery: Delivery, step: str, result: Result, artefacts: dict[str, Artefact]) -> None:
    """What the step made and found, whether it may go on or not."""
    closed = all(line.closed for line in result.balances)
    state = StepState.done if closed and not result.blocked else StepState.blocked
    if step == "receipt" and state is StepState.done:
        # Before the step is booked as done: after a crash in between, the step is simply done again.
        answer = result.details
        ledger.save_receipt(
            delivery.id,
            answer["state"],
            answer["accepted"],
            answer["rejected"],
            artefacts["verslag"],
            {"reasons": answer["reasons"]},
        )
        ledger.set_state(delivery.id, DeliveryState(answer["state"]))
    found = None if step == REPORT else result.findings
    ledger.finish_step(delivery.id, step, state, result.balances, artefacts, result.details, findings=found)


def _conclude(ledger: Ledger, delivery: Delivery, step: str, result: Result) -> dict[str, Any]:
    """Raises BalanceError or Blocked when the delivery may not go on, else moves it to its next state."""
    try:
        require_closed(step, result.balances)
        if result.blocked:
            raise Blocked(f"Levering {delivery.id} is gestopt bij {step}. {result.blocked}")
    except BusinessError as error:
        _stop(ledger, delivery, DeliveryState.blocked, str(error))
        raise
    if step in _AFTER:
        ledger.set_state(delivery.id, _AFTER[step])
    return _summary(ledger.delivery(delivery.id), step, result.details)


def _underway(ledger: Ledger, delivery: Delivery) -> bool:
    """Whether sending was begun and it is not known how it ended."""
    row = ledger.step_result(delivery.id, "deliver")
    if row is None or row.done or row.state is StepState.blocked:
        return False
    return any(event.action == "deliver.intent" for event in ledger.events(delivery.id))


def _stop(ledger: Ledger, delivery: Delivery, state: DeliveryState, reason: str) -> None:
    """A delivery that has left stays what it is; what goes wrong later is told in the step."""
    if ledger.delivery(delivery.id).state not in _GONE:
        ledger.set_state(delivery.id, state, reason)


def _summary(delivery: Delivery, step: str, details: Any) -> dict[str, Any]:
    kept = (
        "sha256",
        "records",
        "bytes",
        "rejected",
        "accepted",
        "state",
        "hash",
        "html",
        "json",
        "file_name",
        "already",
    )
    return {
        "delivery": delivery.id,
        "step": step,
        "delivery_state": str(delivery.state),
        **{name: details[name] for name in kept if name in details},
    }
