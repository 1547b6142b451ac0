"""Running a delivery, step by step, with the books kept. Airflow and the command line both come through here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from typing import Any

from exchanges.core.arrow import give_back  # first: it says how Arrow is loaded
from exchanges.core.chain import LATER, REPORT, STEPS, WAITING
from exchanges.core.disk import make_home
from exchanges.core.errors import (
    BusinessError,
    KetensluisError,
    PartnerSilent,
    TechnicalError,
    TooEarly,
    UsageError,
)
from exchanges.core.guard import place_of
from exchanges.core.incident import notice
from exchanges.core.ledger import GONE, Delivery, DeliveryState, Ledger, StepRow, StepState
from exchanges.core.logs import about
from exchanges.core.outcome import halted, why_not
from exchanges.core.period import Period
from exchanges.core.processing.log import AT as LOGGED
from exchanges.core.processing.log import logged
from exchanges.core.purpose.guard import require_purpose
from exchanges.core.receive.check import check as check_received
from exchanges.core.receive.collect import collect
from exchanges.core.receive.compare import compare
from exchanges.core.receive.publish import publish
from exchanges.core.receive.read import read
from exchanges.core.receive.reconcile import reconcile as reconcile_received
from exchanges.core.receive.report import report as report_received
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.settings import Settings
from exchanges.core.steps.again import resend as send_again
from exchanges.core.steps.approve import agreed, approve, started
from exchanges.core.steps.build import build
from exchanges.core.steps.check import check
from exchanges.core.steps.context import Context, Made, Result, flow_of
from exchanges.core.steps.deliver import deliver
from exchanges.core.steps.map import map_records
from exchanges.core.steps.measured import underway
from exchanges.core.steps.receipt import later, receipt
from exchanges.core.steps.reconcile import reconcile
from exchanges.core.steps.report import report
from exchanges.core.steps.second import require_no_other
from exchanges.core.steps.select import select
from exchanges.core.store import Artefact
from exchanges.core.store.leftovers import sweep_unfinished
from exchanges.core.store.opening import open_store
from exchanges.core.workfolder import sweep, work_folder

__all__ = [
    "STEPS", "gemeenten", "has_ledger", "open_ledger", "open_run", "require_ledger", "resend", "run_delivery",
    "run_step", "step_context",
]  # fmt: skip

FUNCTIONS: dict[str, dict[str, Callable[[Context], Result]]] = {
    "out": {
        "select": select,
        "map": map_records,
        "build": build,
        "check": check,
        "reconcile": reconcile,
        "approve": approve,
        "deliver": deliver,
        "receipt": receipt,
        "report": report,
        LATER: later,
    },
    "in": {
        "collect": collect,
        "check": check_received,
        "read": read,
        "compare": compare,
        "reconcile": reconcile_received,
        "publish": publish,
        "report": report_received,
    },
}
_log = logging.getLogger(__name__)
# Without a place for log lines there are none: the command line tells in its own words.
_log.addHandler(logging.NullHandler())
_COUNTED = ("delivery_state", "records", "rejected", "accepted")
# What a delivery is after a step that went well.
_AFTER = {
    "build": DeliveryState.built,
    "approve": DeliveryState.built,
    "deliver": DeliveryState.delivered,
    "publish": DeliveryState.published,
}


@cache
def _ledger(url: str) -> Ledger:
    ledger = Ledger(url)
    ledger.create()
    return ledger


def open_ledger(settings: Settings | None = None) -> Ledger:
    """The ledger of the installation, made where there is none. Raises UsageError when its folder cannot be there."""
    settings = settings or Settings()
    make_home(settings.root)
    # Whatever is done next: what a killed process left in clear goes first.
    sweep(settings.work())
    return _ledger(settings.ledger_url)


def has_ledger(settings: Settings | None = None) -> bool:
    """Whether the installation has a ledger; for who only looks, and must make nothing."""
    return Ledger((settings or Settings()).ledger_url).exists()


def require_ledger(settings: Settings | None = None) -> None:
    """Raises UsageError where the installation has no ledger: an empty one would pass for an answer."""
    settings = settings or Settings()
    if not has_ledger(settings):
        place = "op het adres in KETENSLUIS_LEDGER; controleer dat" if settings.ledger else (
            f"in {settings.root}; controleer KETENSLUIS_HOME"
        )
        raise UsageError(f"Er is geen register van leveringen {place}. De eerste sluis run maakt het.")


def gemeenten(exchange_id: str, settings: Settings | None = None) -> list[str]:
    """The municipalities this exchange runs for, from the settings."""
    known = (settings or Settings()).municipalities().gemeente
    return sorted(
        code for code, own in known.items() if own.uitwisselingen is None or exchange_id in own.uitwisselingen
    )


def open_run(
    exchange_id: str,
    gemeente: str,
    period: str,
    *,
    method: str | None = None,
    new: bool = False,
    actor: str | None = None,
    settings: Settings | None = None,
) -> str:
    """The id of the delivery of that period: the one that is there, or a first (or ``new``) one.

    ``method`` None: the one of the settings, else of the declaration. A method that comes on top of the periodical
    delivery (``Calendar.beside``) has deliveries of its own, under the next free number: the first time it is asked
    one is opened, also when the periodical one has ended; asked again it is the same one, until ``new``.

    ``actor`` is the person who starts this run, None when nobody did (a schedule): another must approve it. Of what has
    left nothing is to be approved, and nothing is booked.
    """
    settings = settings or Settings()
    exchange = exchange_by_id(exchange_id)
    own = settings.municipalities().gemeente.get(gemeente)
    chosen = method or (own.methode if own else {}).get(exchange_id, exchange.method)
    flow_of(exchange, chosen)
    ledger = open_ledger(settings)
    require_purpose(settings, ledger, exchange_id, gemeente)
    opened = ledger.open_delivery(
        exchange_id, gemeente, Period.parse(period), chosen, new=new, beside=exchange.calendar.beside
    )
    if actor is not None and opened.state not in GONE:
        started(ledger, opened.id, actor)
    return opened.id


def run_step(delivery_id: str, step: str, settings: Settings | None = None) -> dict[str, Any]:
    """One step, booked. Gives counts and hashes; the errors of :mod:`exchanges.core.errors` pass through.

    A step that was passed before the file left is not done again afterwards: its booked result is given. Neither is it
    while a file may be underway: whether it arrived is found out with that file, not with one made anew. One process at
    a time: who presses at the same moment waits, and finds it done.
    """
    settings = settings or Settings()
    ledger = open_ledger(settings)
    with about(delivery_id, step), ledger.alone(delivery_id), _turn(ledger, delivery_id, step):
        _log.info("begonnen")
        try:
            told = _run_step(settings, ledger, delivery_id, step)
        except KetensluisError as error:
            _log.warning("gestopt: %s", error)
            raise
        except Exception as error:
            # Its text may quote a value, and not every log leaves it out.
            _log.error("gestopt: %s in %s", type(error).__name__, place_of(error))
            raise
        _log.info("klaar: %s", ", ".join(f"{name} {told[name]}" for name in _COUNTED if name in told))
        return told


def _turn(ledger: Ledger, delivery_id: str, step: str) -> AbstractContextManager[None]:
    """Of an exchange and a municipality one delivery publishes at a time: it looks at what the others published, and
    what it publishes itself is booked before the next looks."""
    exchange, gemeente, *_ = delivery_id.split("/")
    return ledger.alone(f"{exchange}/{gemeente}/{step}") if step == "publish" else nullcontext()


def _run_step(settings: Settings, ledger: Ledger, delivery_id: str, step: str) -> dict[str, Any]:
    delivery, passed = ledger.progress(delivery_id)
    before = passed.get(step)
    settled = step == "receipt" or delivery.state in GONE or underway(ledger, delivery_id, passed.get("deliver"))
    if step not in (REPORT, LATER) and before is not None and before.done and settled:
        if step == "receipt":
            with step_context(settings, delivery, passed) as context:
                require_no_other(context)
        return _summary(delivery, step, delivery.state, before.details)
    # An account that was given is given again, and booked only where it says something else: until then, and when it
    # cannot be made now, it stays as it was.
    given = before if step == REPORT and before is not None and before.done else None
    if given is None:
        ledger.start_step(delivery_id, step)
    try:
        with step_context(settings, delivery, passed) as context:
            function = FUNCTIONS[context.exchange.direction][step]
            # With what it is reconciled: without the log of whose data these are, nothing leaves or is published.
            result = logged(context, function) if step == LOGGED else function(context)
            if step == REPORT:
                sweep_unfinished(settings.store_url, delivery.gemeente)
            notice(context, result.findings)
            stopped = why_not(delivery, step, result)
            kept = _keep(context, result)
            if given is not None:
                if (given.artefacts, given.details) == (kept, result.details):
                    return _summary(delivery, step, delivery.state, given.details)
                ledger.start_step(delivery_id, step)
            state = _book(ledger, delivery, step, result, kept, stopped)
    except KetensluisError as error:
        if given is not None:
            raise
        business = isinstance(error, BusinessError)
        unchanged = error.retryable or isinstance(error, TooEarly)
        becomes = None if unchanged else halted(error) if business else DeliveryState.failed
        ended = StepState.blocked if business else StepState.failed
        # What failed first must be heard. That a business error could not be booked is worse than that error: again.
        with suppress(*(TechnicalError,) if error.retryable else ()):
            ledger.finish_step(delivery_id, step, ended, [], {}, {}, becomes=becomes, reason=str(error))
        raise
    except Exception:
        if given is None:
            with suppress(TechnicalError):
                ledger.finish_step(delivery_id, step, StepState.failed, [], {}, {})
        raise
    if stopped is not None:
        raise stopped
    return _summary(delivery, step, state, result.details)


def run_delivery(
    delivery_id: str,
    settings: Settings | None = None,
    *,
    until: str | None = None,
    wait: float = 0,
    again: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> None:
    """All steps in order; the report is made whatever happened, then the error passes through.

    ``wait`` is how many seconds to keep asking for the partner's answer; PartnerSilent when it does not come.
    What somebody approved goes on from there, or an administration that moves would make another file of it each time;
    with ``again`` it is made anew.
    """
    steps = STEPS[exchange_by_id(delivery_id.partition("/")[0]).direction]
    if not again and "approve" in steps and until not in steps[: steps.index("approve")]:
        ledger = open_ledger(settings)
        if agreed(ledger.progress(delivery_id)[1], ledger.events(delivery_id)):
            steps = steps[steps.index("approve") :]
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


def resend(delivery_id: str, settings: Settings | None = None) -> bool:
    """See :func:`exchanges.core.steps.again.resend`."""
    settings = settings or Settings()
    ledger = open_ledger(settings)
    with ledger.alone(delivery_id), step_context(settings, ledger.delivery(delivery_id)) as context:
        return send_again(context)


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
def step_context(
    settings: Settings, delivery: Delivery, passed: Mapping[str, StepRow] | None = None
) -> Iterator[Context]:
    """A context with a work folder of its own, gone afterwards. ``passed`` are the steps booked before, where they are
    known already. Raises UsageError for an exchange without a registered purpose: whoever handles data comes by here.
    """
    ledger = open_ledger(settings)
    purpose = require_purpose(settings, ledger, delivery.exchange, delivery.gemeente)
    with work_folder(settings.work(), delivery.gemeente) as work:
        try:
            yield Context(
                settings,
                ledger,
                open_store(settings, work),
                exchange_by_id(delivery.exchange),
                delivery,
                work,
                dict(passed or {}),
                purpose,
            )
        finally:
            give_back()


def _keep(context: Context, result: Result) -> dict[str, Artefact]:
    """The files of a step as artefacts. Each waits for the disk by itself, so they wait together."""

    def put(name: str, made: Made) -> Artefact:
        store, gemeente, shown = context.store, context.delivery.gemeente, name.replace("/", ".")
        if made.draft is not None:
            return store.adopt(made.draft, name=shown, media_type=made.media_type, rows=made.rows)
        return store.put(
            gemeente,
            made.path,
            name=shown,
            media_type=made.media_type,
            rows=made.rows,
            move=made.path.is_relative_to(context.work),
            sha256=made.sha256,
        )

    with context.store.together(), ThreadPoolExecutor(8, "store") as pool:
        return dict(zip(result.files, pool.map(put, result.files, result.files.values()), strict=True))


def _book(
    ledger: Ledger,
    delivery: Delivery,
    step: str,
    result: Result,
    artefacts: dict[str, Artefact],
    stopped: BusinessError | None,
) -> DeliveryState:
    """What the step made and found, whether it may go on or not, and what the delivery is after it."""
    becomes = _AFTER.get(step) if stopped is None else halted(stopped)
    if step == "receipt" and stopped is None:
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
        becomes = DeliveryState(answer["state"])
    return ledger.finish_step(
        delivery.id,
        step,
        StepState.done if stopped is None else StepState.blocked,
        result.balances,
        artefacts,
        result.details,
        findings=None if step == REPORT else result.findings,
        becomes=becomes,
        reason="" if stopped is None else str(stopped),
    )


def _summary(delivery: Delivery, step: str, state: DeliveryState, details: Any) -> dict[str, Any]:
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
        "pdf",
        "xlsx",
        "file_name",
        "already",
        "remarks",
    )
    return {
        "delivery": delivery.id,
        "step": step,
        "delivery_state": str(state),
        **{name: details[name] for name in kept if name in details},
    }
