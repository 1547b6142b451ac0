"""What a forked process can be told to do."""

from __future__ import annotations

import importlib
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchanges.core import run  # first: it says how Arrow is loaded
from exchanges.core.data import data_dir
from exchanges.core.errors import KetensluisError
from exchanges.core.guard import guarded
from exchanges.core.mapping.table import load_mapping
from exchanges.core.period import Period
from exchanges.core.registry import exchanges
from exchanges.core.reports.page import environment
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.model import elements
from exchanges.core.steps.accounted import commit
from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_desk import Desk
from exchanges.simulators.ib_report import write_report
from tests.chain import Chain
from tests.system.reliability.ladder import Ladder
from tests.system.reliability.strike import Strike
from tests.system.reliability.without import take_out

# What the steps import when they need it.
_LATE = (
    "duckdb", "exchanges.administration.adapters.csv_folder", "exchanges.administration.door",
    "exchanges.core.lists.style", "exchanges.core.reports.forms", "exchanges.core.reports.paper",
    "exchanges.core.reports.render", "exchanges.core.reports.sheets", "exchanges.core.reports.sheets_proof",
    "exchanges.core.reports.workbook", "exchanges.core.rules.engine", "exchanges.core.rules.facets",
    "exchanges.core.schemas.explain", "exchanges.core.transport.session", "font_source_sans_pro", "lxml.html",
    "pyarrow.csv", "pyarrow.dataset", "pyarrow.parquet", "typst", "xlsxwriter.workbook",
)  # fmt: skip


def load() -> None:
    """All that takes time and leaves no thread and no connection: once, before anything forks."""
    for name in _LATE:
        importlib.import_module(name)
    exchanges()
    for template in environment().list_templates(extensions=["j2"]):
        environment().get_template(template)
    for message in ("DKDVerzamelbestand", "IBVerwerkingsverslag"):
        entry = Catalogue.load().entry(message, Period(2026, 10))
        mapping = load_mapping(entry.message, entry.version)
        elements(entry, mapping.root.local)
        entry.compile(mapping.root.local)
    commit()


def obey(order: dict[str, Any]) -> list[Any]:
    """Do the acts in turn, also after one that failed; what each said."""
    for name in order["without"]:
        take_out(name)
    for strike in order["strikes"]:
        Strike(**strike).install()
    if order["limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], resource.RLIM_INFINITY))
    home = Path(order["home"])
    town = Chain(home, home, home / "partner", exchange=order["delivery"].partition("/")[0])
    return [_said(ACTS[name], town, order["delivery"], argument) for name, argument in order["acts"]]


def _said(act: Callable[[Chain, str, str], None], town: Chain, delivery: str, argument: str) -> list[Any] | None:
    """As the command line tells it: one line and an exit code."""
    try:
        with guarded(delivery):
            act(town, delivery, argument)
    except KetensluisError as error:
        return [type(error).__name__, error.exit_code, str(error)]
    return None


def _run(town: Chain, delivery: str, until: str) -> None:
    run.run_delivery(delivery, town.settings, until=until or None)


def _whole(town: Chain, delivery: str, argument: str) -> None:
    """From begin to end, at a partner that answers as soon as it is asked."""

    def answered(step: str) -> None:
        if step == "receipt":
            _answer(town, delivery, "")

    run.run_delivery(delivery, town.settings, on_step=answered)


def _open(town: Chain, delivery: str, argument: str) -> None:
    opened = town.open()
    assert opened == delivery, opened


def _step(town: Chain, delivery: str, step: str) -> None:
    run.run_step(delivery, step, town.settings)


def _resend(town: Chain, delivery: str, argument: str) -> None:
    run.resend(delivery, town.settings)


def _plain(town: Chain, delivery: str, argument: str) -> None:
    """This process stores in clear: it has no keys."""
    os.environ["KETENSLUIS_KEYS"] = "geen"


def _register(town: Chain, delivery: str, address: str) -> None:
    """The register of this process is at ``address``."""
    os.environ["KETENSLUIS_LEDGER"] = address


def _answer(town: Chain, delivery: str, argument: str) -> None:
    """The partner looks at what it has, also at what it took away."""
    desk = Desk(data_dir("schemas"), Faults())
    for sidecar in sorted(town.partner.rglob("DKD_*.xml.sha256")):
        path = sidecar.with_name(sidecar.name.removesuffix(".sha256"))
        write_report(desk.check(path, sidecar.read_bytes()), town.partner / "uit")


def _climb(town: Chain, delivery: str, argument: str) -> None:
    """Another act, killed at its writes, and on a disk that is full from each of them on: ``every/some:name:argument``
    is killed at every one, and meets some of them full. Beside the home is written what was seen; the act is done when
    this ends."""
    rungs, name, more = argument.split(":")
    killed, full = (one == "every" for one in rungs.split("/"))
    ladder = Ladder(town.home, lambda: _said(ACTS[name], town, delivery, more))
    climbed = {"killed": ladder.killed(killed).as_dict(), "full": ladder.full(full).as_dict()}
    town.home.with_name(f"{town.home.name}.json").write_text(json.dumps(climbed), "utf-8")


ACTS: dict[str, Callable[[Chain, str, str], None]] = {
    "open": _open,
    "run": _run,
    "whole": _whole,
    "step": _step,
    "register": _register,
    "resend": _resend,
    "answer": _answer,
    "climb": _climb,
    "plain": _plain,
}
