from __future__ import annotations

import socket
import time

import pytest

from exchanges.core.transport.patience import PatientSocket


def full(patience: float, said: list[str]) -> tuple[PatientSocket, socket.socket]:
    """A connection that takes no more, and its other end."""
    here, there = socket.socketpair()
    patient = PatientSocket(here, patience, lambda: said.append("stil"))
    patient.settimeout(0.01)
    with pytest.raises(TimeoutError):
        while True:
            patient.send(b"x" * 65536)
    return patient, there


def test_who_takes_nothing_for_too_long_is_given_up() -> None:
    said: list[str] = []
    patient, there = full(0.05, said)
    with patient, there:
        time.sleep(0.05)
        with pytest.raises(ConnectionAbortedError):
            patient.send(b"x")
    assert said == ["stil"]


def test_who_takes_something_has_all_the_time_again() -> None:
    said: list[str] = []
    patient, there = full(0.05, said)
    with patient, there:
        time.sleep(0.05)
        there.recv(1_000_000)
        assert patient.send(b"x" * 65536)
        with pytest.raises(TimeoutError):
            while True:
                patient.send(b"x" * 65536)
    assert said == []
