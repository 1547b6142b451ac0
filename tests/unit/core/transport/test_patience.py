from __future__ import annotations

import socket

import pytest

from exchanges.core.transport import patience
from exchanges.core.transport.patience import Clock, Pace, PatientSocket


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    now = [1000.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    return now


def test_an_answer_has_its_time_and_no_more(now: list[float]) -> None:
    clock = Clock(20, 100)
    with clock.answer():
        now[0] += 20
        assert clock.overdue() is None
        now[0] += 1
        assert clock.overdue() is not None
    assert clock.overdue() is None


def test_what_is_carried_buys_time_and_nothing_else_does(now: list[float]) -> None:
    clock = Clock(20, 100)
    with clock.transfer() as pace:
        now[0] += 40
        assert clock.overdue() is None
        pace.did(500)
        now[0] += 5
        assert clock.overdue() is None
        with clock.answer():
            now[0] += 1
            assert clock.overdue() is pace


def test_a_gigabyte_at_256_kilobytes_a_second_gets_there(now: list[float]) -> None:
    clock = Clock(20, 16_000)
    with clock.transfer() as pace:
        for _ in range(1_000_000_000 // 256_000):
            now[0] += 1
            assert clock.overdue() is None
            pace.did(256_000)


def test_a_file_given_up_late_takes_only_its_own_limit_along(now: list[float]) -> None:
    clock = Clock(20, 100)
    first, second = clock.transfer(), clock.answer()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    now[0] += 21
    assert clock.overdue() is not None
    second.__exit__(None, None, None)
    assert clock.overdue() is None


def full(clock: Clock, said: list[Pace]) -> tuple[PatientSocket, socket.socket]:
    """A connection that takes no more, and its other end."""
    here, there = socket.socketpair()
    patient = PatientSocket(here, clock, said.append)
    patient.settimeout(0.01)
    with pytest.raises(TimeoutError):
        while True:
            patient.send(b"x" * 65536)
    return patient, there


def test_who_takes_nothing_for_too_long_is_given_up_also_when_much_went_before(now: list[float]) -> None:
    said: list[Pace] = []
    clock = Clock(20, 100)
    with clock.transfer() as pace:
        pace.did(1_000_000)
        patient, there = full(clock, said)
        with patient, there:
            now[0] += 21
            with pytest.raises(ConnectionAbortedError):
                patient.send(b"x")
    assert said[0] is not pace and said[0].speed is None


def test_who_takes_something_has_all_the_time_again(now: list[float]) -> None:
    said: list[Pace] = []
    patient, there = full(Clock(20, 100), said)
    with patient, there:
        now[0] += 15
        there.recv(10_000_000)
        assert patient.send(b"x" * 65536)
        with pytest.raises(TimeoutError):
            while True:
                patient.send(b"x" * 65536)
        now[0] += 15
        with pytest.raises(TimeoutError):
            patient.send(b"x")
    assert said == []


def test_a_server_that_says_to_send_a_terabyte_gets_no_memory_for_it() -> None:
    here, there = socket.socketpair()
    with PatientSocket(here, Clock(20, 100), pytest.fail) as patient, there:
        there.sendall(b"abc")
        assert patient.recv(1024**4) == b"abc"


def test_a_connection_is_aborted_when_time_is_up_also_when_bytes_keep_coming(now: list[float]) -> None:
    said: list[Pace] = []
    clock = Clock(20, 100)
    here, there = socket.socketpair()
    with PatientSocket(here, clock, said.append) as patient, there:
        there.sendall(b"abc")
        with clock.answer():
            assert patient.recv(1) == b"a" and patient.send(b"x") == 1
            now[0] += 21
            with pytest.raises(ConnectionAbortedError):
                patient.recv(1)
            with pytest.raises(ConnectionAbortedError):
                patient.send(b"x")
        assert patient.recv(1) == b"b"
    assert len(said) == 2 and said[0].speed is None
