"""Everything once, on one machine: two municipalities, two partners, two months, through Airflow, to the reports.

Whatever leaves for the first time waits for approval, and a colleague gives it. At the end some of what was wrong is
mended and delivered again, and the chain of events is anchored and verified.

Airflow runs the real DAGs on SQLite in this process; the partners are the simulators, over real SFTP on loopback.
Nothing outside ``home`` is touched, and no system package is needed.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchanges.core.errors import BusinessError
from exchanges.core.reports.dutch import period
from exchanges.demo_agreed import WHO, Colleague
from exchanges.demo_brisk import brisk
from exchanges.demo_corrected import mend, replaced
from exchanges.demo_home import quoted
from exchanges.demo_told import TOLD, Told

if TYPE_CHECKING:
    from exchanges.core.evidence.verify import Verdict

_BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
DAGS = Path(__file__).resolve().parents[1] / "dags"
REINTEGRATION, WAGE_TAX, DOSSIERS = "dkd_reintegratie", "loonaangifte", "ib_rechtmatigheid"
SHOWN = (REINTEGRATION, WAGE_TAX, DOSSIERS, *TOLD)
MONTHS = ("2026-09", "2026-10")
# Errors in records only: those about the surroundings would (rightly) stop the delivery.
PLANTED = {
    "LKS-PRC-01",
    "LKS-PRC-02",
    "LKS-GRP-01",
    "BSN-01",
    "BSN-DUP",
    "DAT-01",
    "DAT-03",
    "CD-01",
    "RV-KEY-01",
    "LKS-PRC-05",
}
GEMEENTEN = (("0153", "Enschede", "verzamelbestand"), ("0344", "Utrecht", "webservice"))
# A declaration goes whole or not at all, so it is made where no errors are planted.
DECLARES = "0344"
# Who asks about its clients, and is told.
ASKS = "0153"
REFUSED = 3


@dataclass(frozen=True)
class Shown:
    """The ids of the deliveries, the lists of the last month as the municipality opened them, and whether the chain of
    events is whole."""

    deliveries: list[str]
    lists: list[Path]
    evidence: Verdict


def demo(home: Path, clients: int, tell: Callable[[str], None]) -> Shown:
    """``home`` is made anew. Raises BusinessError when a run of a DAG fails, or the chain cannot be anchored."""
    from exchanges.simulators.belastingdienst import BelastingdienstSimulator
    from exchanges.simulators.faults import Faults
    from exchanges.simulators.ib import IbSimulator

    home = home.resolve()
    shutil.rmtree(home, ignore_errors=True)
    (home / "log").mkdir(parents=True)
    _environment(home)
    tell("Airflow klaarzetten op SQLite")
    with _Quiet(home / "log" / "airflow.log"):
        run_dag = _airflow()
    with (
        IbSimulator(home / "partner", faults=Faults(reject_count=REFUSED)) as partner,
        BelastingdienstSimulator(home / "belastingdienst") as tax_office,
    ):
        told = Told(ASKS, partner, home / "bron" / ASKS, home / "gemeente" / ASKS)
        _settings(home, {"inlichtingenbureau": partner, "belastingdienst": tax_office}, told.keys())
        for month in MONTHS:
            tell(f"Administraties van {period(month)} maken")
            for code, _, _ in GEMEENTEN:
                _administration(home / "bron" / code, code, clients, month)
            for exchange in SHOWN:
                if exchange in TOLD:
                    told.send(exchange, month)
                path = "bestand tot lijst" if exchange in TOLD else "bron tot antwoord"
                tell(f"DAG {exchange} over {period(month)}: van {path}")
                with _Quiet(home / "log" / "airflow.log"), Colleague(), brisk():
                    state = run_dag(exchange, month)
                if state != "success":
                    log = home / "log" / "airflow.log"
                    raise BusinessError(f"De DAG {exchange} over {period(month)} is niet gelukt ({state}); zie {log}.")
        opened = told.open(home / "lijsten" / ASKS, MONTHS[-1])
        last = f"{REINTEGRATION}/{ASKS}/{MONTHS[-1]}/0001"
        tell(f"De gemeente vult ontbrekende loonwaarden in en vervangt {last}")
        mend(home / "bron" / ASKS / "loonkostensubsidie.parquet")
        with _Quiet(home / "log" / "airflow.log"):
            replaced(last)
    tell("Een anker zetten en de keten van gebeurtenissen controleren")
    verdict = _verified()
    from exchanges.core.run import open_ledger

    ledger = open_ledger()
    made = [delivery.id for exchange in SHOWN for delivery in ledger.deliveries(exchange)]
    return Shown(made, opened, verdict)


def _verified() -> Verdict:
    """What is done every working day: all of it verified, then anchored; and what whoever asks next is told."""
    from exchanges.core.evidence.daily import verify_and_anchor
    from exchanges.core.evidence.key import key_id, signing_key
    from exchanges.core.evidence.verify import verify_ledger
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings

    settings = Settings()
    verify_and_anchor(settings)
    own = signing_key(settings.anchor_key_file).public_key()
    return verify_ledger(open_ledger(settings), settings.anchor_folders, {key_id(own): own})


def _environment(home: Path) -> None:
    """Airflow reads its settings when it is imported, so they stand first."""
    if "airflow" in sys.modules:
        raise RuntimeError("airflow is imported before its settings")
    # A bundle for each DAG: at every run Airflow reads and writes down the bundle it is in, whole.
    bundles = [
        {"name": id, "classpath": _BUNDLE, "kwargs": {"path": str(DAGS / f"{id}.py")}} for id in SHOWN
    ]  # fmt: skip
    os.environ.update(
        {
            "KETENSLUIS_HOME": str(home),
            "KETENSLUIS_APPROVAL": "vereist",
            "AIRFLOW_HOME": str(home / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "airflow" / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow' / 'airflow.db'}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "airflow" / "logs"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
        }
    )
    (home / "airflow").mkdir(parents=True, exist_ok=True)


def _airflow() -> Callable[[str, str], str]:
    """A function that runs the DAG of an exchange over a month and gives the state of the run."""
    # What Airflow is made of stays, and a task makes many small things that go by themselves: the collector, which else
    # takes a tenth of the time, need not look at the former and not that often at the latter.
    gc.disable()
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    initdb()
    bag = DagBag(dag_folder=str(DAGS))
    dags: dict[str, Any] = bag.dags
    if bag.import_errors or not set(SHOWN) <= dags.keys():
        raise BusinessError(f"De DAG's zijn niet te laden uit {DAGS}.")
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
    return lambda exchange, month: str(dags[exchange].test(run_conf={"periode": month}).state)


class _Quiet:
    """What Airflow prints goes to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("a", encoding="utf-8")
        self._outer = redirect_stdout(self._file), redirect_stderr(self._file)
        for one in self._outer:
            one.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, *error: Any) -> None:
        for one in self._outer:
            one.__exit__(*error)
        for handler in list(logging.getLogger().handlers):
            stream = getattr(handler, "stream", None)
            if stream is self._file:
                logging.getLogger().removeHandler(handler)
        self._file.close()


def _settings(home: Path, partners: Mapping[str, Any], keys: str) -> None:
    parts = [keys]
    for code, name, method in GEMEENTEN:
        exchanges = [REINTEGRATION, WAGE_TAX] if code == DECLARES else [REINTEGRATION, DOSSIERS, *TOLD]
        parts.append(
            f'[gemeente.{code}]\nnaam = "{name}"\nakkoord = ["{WHO}"]\n'
            f'bron = {{ soort = "parquet", locatie = {quoted(home / "bron" / code)} }}\n'
            f'methode = {{ {REINTEGRATION} = "{method}" }}\nuitwisselingen = {exchanges}\n'
        )
    withholder = {
        "loonheffingennummer": "001000275L01",
        "naam": "Gemeente Utrecht",
        "contactpersoon": "A. Beheer",
        "telefoon": "0300000000",
        "relatienummer": "SWO00000",
    }
    parts.append(
        f"[gemeente.{DECLARES}.gegevens.{WAGE_TAX}]\n"
        + "".join(f'{name} = "{value}"\n' for name, value in withholder.items())
    )
    for name, partner in partners.items():
        parts.append(
            f'[partner.{name}]\nsoort = "sftp"\n'
            f'host = "{partner.host}"\npoort = {partner.port}\ngebruiker = "{partner.username}"\n'
            f"sleutel = {quoted(partner.client_key)}\nknown_hosts = {quoted(partner.known_hosts)}\n"
            f'in = "{partner.inbox_name}"\nuit = "{partner.outbox_name}"\n'
        )
    (home / "ketensluis.toml").write_text("\n".join(parts), encoding="utf-8")


def _administration(folder: Path, gemeente: str, clients: int, month: str) -> None:
    """The municipality as it is that month; what the partner has set fits the method."""
    from exchanges.administration.demo import generate

    shutil.rmtree(folder, ignore_errors=True)
    method = next(method for code, _, method in GEMEENTEN if code == gemeente)
    errors: Any = PLANTED if method == "verzamelbestand" else False
    generate(
        folder, gemeente, clients, seed=int(gemeente), errors=errors, period=month, corrections=gemeente == DECLARES
    )
    if method == "webservice":
        _webservice(folder / "koppelvlak_instelling.parquet")


def _webservice(path: Path) -> None:
    """The settings at the partner say the webservice method for this municipality."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    method = pa.array(["webservice"] * table.num_rows, pa.string())
    pq.write_table(
        table.set_column(table.schema.get_field_index("methode"), table.schema.field("methode"), method), path
    )
