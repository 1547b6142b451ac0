"""A simulator that cannot begin says why, and that it is how it was asked for."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from exchanges.cli.simulate import simulate
from exchanges.core.errors import TechnicalError, UsageError
from exchanges.core.guard import guarded


def start(partner: str, root: Path, port: int = 0, *storing: str, soap: bool = False, soap_port: int = 0) -> str:
    with pytest.raises(UsageError) as raised:
        simulate(partner, root, port, soap=soap, soap_port=soap_port, storing=list(storing))
    return str(raised.value)


@pytest.mark.parametrize("partner", ["ib", "belastingdienst", "uwv"])
def test_a_port_in_use(partner: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "de poort is al in gebruik" in start(partner, tmp_path, taken.getsockname()[1])


def test_a_root_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "bestand").touch()
    assert "een deel van het pad is geen map" in start("ib", tmp_path / "bestand")


@pytest.mark.parametrize("partner", ["ib", "belastingdienst", "uwv"])
def test_a_full_disk_is_no_wrong_argument(partner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*asked: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "vol")

    for place in ("partner", "soap_server"):
        monkeypatch.setattr(f"exchanges.simulators.{place}.serve", full)
    with pytest.raises(TechnicalError, match="de schijf is vol; maak ruimte"), guarded("opdracht afgebroken"):
        simulate(partner, tmp_path, 0, soap=False, soap_port=0, storing=[])


@pytest.mark.parametrize("partner", ["ib", "uwv"])
def test_who_no_longer_reads_is_no_reason_not_to_begin(partner: str, tmp_path: Path, monkeypatch) -> None:
    """``sluis simulate uwv | head -1``: it had begun."""

    def gone(*said: object, **more: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("typer.echo", gone)
    with pytest.raises(BrokenPipeError):
        simulate(partner, tmp_path, 0, soap=False, soap_port=0, storing=[])


@pytest.fixture
def not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulator that begins after all does not keep the test waiting for its end."""

    def begun(*asked: object, **more: object) -> None:
        raise AssertionError("it began")

    for place in ("partner", "soap_server"):
        monkeypatch.setattr(f"exchanges.simulators.{place}.serve", begun)


@pytest.mark.usefixtures("not_begun")
@pytest.mark.parametrize(("partner", "fault", "soap", "said"), [
    ("ib", "tampered-body", False, "Storing tampered-body is er alleen over SOAP; geef ook --soap."),
    # Who is told answers about nobody, over files or over SOAP.
    ("ib", "other-person", False, "Storing 'other-person' bestaat niet; kies uit: "),
    ("ib", "other-person", True, "Storing 'other-person' bestaat niet; kies uit: "),
    ("belastingdienst", "other-person", False, "Storing 'other-person' bestaat niet; kies uit: "),
    ("uwv", "reject-every=2", False, "Storing 'reject-every' bestaat niet; kies uit: "),
])  # fmt: skip
def test_a_fault_that_would_have_no_effect_is_refused(
    tmp_path: Path, partner: str, fault: str, soap: bool, said: str
) -> None:
    assert start(partner, tmp_path / "map", 0, fault, soap=soap).startswith(said) and not (tmp_path / "map").exists()


@pytest.mark.usefixtures("not_begun")
@pytest.mark.parametrize(("partner", "soap", "port", "said"), [
    ("uwv", True, 0, "alleen voor ib"), ("belastingdienst", False, 8080, "alleen voor ib"),
    ("ib", False, 8080, "geef ook --soap"),
])  # fmt: skip
def test_so_is_an_option_for_another_channel(tmp_path: Path, partner: str, soap: bool, port: int, said: str) -> None:
    assert said in start(partner, tmp_path / "map", soap=soap, soap_port=port) and not (tmp_path / "map").exists()
