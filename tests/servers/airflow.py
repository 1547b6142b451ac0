"""A real Airflow on loopback: scheduler, DAG processor and API server, on SQLite, in a process group of its own.

Not ``airflow standalone``: it leaves its children behind when it is told to stop (spec airflow3, trap 11).
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from tests.zygote import IMPORTED

PROGRAM = Path(sys.executable).with_name("airflow")
COMPONENTS = ("api-server", "scheduler", "dag-processor")
# Every task is a fork of the scheduler: what it imports there no task has to import again, which is most of its time.
# Nothing of it may start a thread: those do not survive a fork.
_SETTINGS = f"""import sys
if sys.argv[1:] == ["scheduler"]:
    import importlib
    for name in {IMPORTED!r}:
        importlib.import_module(name)
"""


class Airflow:
    """``with Airflow(folder, dags, environment) as airflow``: all components healthy inside the block."""

    def __init__(self, folder: Path, dags: Path, environment: Mapping[str, str]) -> None:
        self.home = folder / "airflow"
        self.logs = folder / "processen"
        self.port = _free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "KETENSLUIS"))}
        self._environment = ours | dict(environment) | {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.home / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            # A worker that has just missed the end of its task looks again after this many seconds; it was five.
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
            # The DAGs do not change while they run: read once, and not every half minute again.
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
            # Only what a test asks for: unpausing a DAG would start the month of the calendar of today.
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.home / "logs"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
        }

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True)
        self.logs.mkdir(parents=True)
        local = self.home / "config" / "airflow_local_settings.py"
        local.parent.mkdir()
        local.write_text(_SETTINGS, encoding="utf-8")
        self._run("db", "migrate")
        try:
            for component in COMPONENTS:
                self._start(component)
            self.wait(self._healthy, "Airflow is not healthy", seconds=180)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The REST API, as JSON. Raises AssertionError with the answer when it refuses."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token()}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None

    def wait(self, done: Callable[[], bool], otherwise: str, seconds: float = 300) -> None:
        """Until ``done``; fails with what the processes said when it takes too long or one of them died."""
        until = time.monotonic() + seconds
        while not done():
            dead = [process.args for process in self._processes if process.poll() is not None]
            if dead or time.monotonic() > until:
                raise AssertionError(f"{otherwise}; ended: {dead}\n{self._said()}")
            time.sleep(0.5)

    def stop(self) -> None:
        """End the components and everything below them, and wait until it is gone. At once: asked kindly they take five
        seconds to put away what nobody looks at any more."""
        family = [child for process in self._processes for child in _family(process.pid)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=20)
        for started in self._processes:
            started.wait()
        self._processes.clear()

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([PROGRAM, *arguments], env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def _start(self, component: str) -> None:
        with (self.logs / f"{component}.log").open("wb") as log:
            self._processes.append(subprocess.Popen(
                [PROGRAM, component], env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd=self.home))

    def _token(self) -> str:
        # In the all-admins mode a token is there for the asking.
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/auth/token", timeout=30) as answer:
            return str(json.loads(answer.read())["access_token"])

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", timeout=30) as answer:
                health = json.loads(answer.read())
        except OSError:
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def _said(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in self.logs.glob("*.log"))


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
