"""A simulator that cannot begin says why, and that it is how it was asked for."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from exchanges.cli.simulate import simulate
from exchanges.core.errors import UsageError


def start(partner: str, root: Path, port: int = 0) -> str:
    with pytest.raises(UsageError) as raised:
        simulate(partner, root, port, soap=False, soap_port=0, storing=[])
    return str(raised.value)


@pytest.mark.parametrize("partner", ["ib", "belastingdienst", "uwv"])
def test_a_port_in_use(partner: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "de poort is al in gebruik" in start(partner, tmp_path, taken.getsockname()[1])


def test_a_root_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "bestand").touch()
    assert "een deel van het pad is geen map" in start("ib", tmp_path / "bestand")


@pytest.mark.parametrize("partner", ["ib", "uwv"])
def test_who_no_longer_reads_is_no_reason_not_to_begin(partner: str, tmp_path: Path, monkeypatch) -> None:
    """``sluis simulate uwv | head -1``: it had begun."""

    def gone(*said: object, **more: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("typer.echo", gone)
    with pytest.raises(BrokenPipeError):
        simulate(partner, tmp_path, 0, soap=False, soap_port=0, storing=[])
