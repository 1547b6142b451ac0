"""What every test stands on: an Airflow home of its own, repeatable property tests, and no skipping in CI."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import fresh, scratch
from tests.needs import IN_CI

REPO = Path(__file__).resolve().parents[1]
_SCRATCH = scratch.settle()

# Airflow reads its environment once, at import: this must come before any test module. Every xdist worker is a process
# of its own with its own conftest, so each gets its own home and database.
_AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="ketensluis-airflow-"))
os.environ.update(
    AIRFLOW_HOME=str(_AIRFLOW_HOME),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(REPO / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(REPO / "plugins"),
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
)
# The one place that says that a delivery of a test leaves without a second person. Tests about approval say otherwise
# (Settings(approval="vereist"), or the variable); processes that tests start get it from here (tests.sluis, servers).
os.environ["KETENSLUIS_APPROVAL"] = "niet"
# The one place that says that a test may play two people: a name after --actor is believed. Tests about who it is say
# otherwise (the variable taken away).
os.environ["KETENSLUIS_ACTORS"] = "vrij"
# The one place that says that reports of tests are not printed: a sixth of a second each, and there are a thousand.
# Tests about PDF and XLSX say otherwise (Settings(print_reports=True), or the variable).
os.environ["KETENSLUIS_PRINT_REPORTS"] = "false"
for _name in [name for name in os.environ if name.startswith("AIRFLOW__DATABASE__")]:
    del os.environ[_name]  # never a developer's own database

fresh.settle(_AIRFLOW_HOME)

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "local")


def pytest_unconfigure(config: pytest.Config) -> None:
    for folder in filter(None, (_AIRFLOW_HOME, _SCRATCH)):
        shutil.rmtree(folder, ignore_errors=True)


def _no_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing is skipped in CI: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    _no_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    _no_skip(report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow files first, so that the workers finish together."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


@pytest.fixture(scope="session")
def repo() -> Path:
    """The repository root."""
    return REPO


@pytest.fixture(scope="session")
def official() -> Path:
    """Folder with the official schema packages, which are not part of the repository."""
    folder = Path(os.environ.get("KETENSLUIS_OFFICIAL") or REPO.parent / "shared" / "official")
    if not folder.is_dir():
        pytest.skip("no official packages: set KETENSLUIS_OFFICIAL")
    return folder
