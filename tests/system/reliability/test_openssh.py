"""Places of an upload, at a real OpenSSH server."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import need
from tests.servers.sshd import OpenSsh
from tests.system.reliability.cases import UPLOAD, Kill
from tests.system.reliability.scene import BEFORE_DELIVER, FINE, Stage, reach

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def server() -> Iterator[OpenSsh]:
    with OpenSsh(need("sshd")) as server:
        yield server


@pytest.mark.parametrize("case", UPLOAD[1::3], ids=lambda case: case.id)
def test_killed_and_run_again(stage: Stage, server: OpenSsh, tmp_path: Path, case: Kill) -> None:
    inbox = server.home / "in"
    with stage.scene(tmp_path / "huis", until=BEFORE_DELIVER) as scene:
        reach(scene.town, server.settings())
        assert scene.run(("step", "deliver"), strike=case.strike).killed == signal.SIGKILL
        assert scene.run(("step", "deliver")) == FINE
        there = {path.name: path.read_bytes() for path in inbox.iterdir()}
        (name,) = [name for name in there if name.endswith(".xml")]
        assert there[name] == scene.right and set(there) == {name, f"{name}.sha256"}
        assert len(scene.seen().sends) == 1
        for path in inbox.iterdir():
            path.unlink()
