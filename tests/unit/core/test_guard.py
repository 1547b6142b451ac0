"""A failing task tells nothing personal (spec airflow3, trap 6)."""

from __future__ import annotations

import sqlite3
import sys
import traceback

import duckdb
import pyarrow as pa
import pytest
from sqlalchemy.exc import OperationalError

from exchanges.core.errors import Blocked, KetensluisError, SourceError, TechnicalError
from exchanges.core.guard import UnexpectedError, guarded, unheard

TEST_BSN = "999990019"


def shown(error: BaseException) -> str:
    """All that a log would print of an error, with the chain behind it."""
    return "".join(traceback.format_exception(error))


def caught(error: Exception) -> KetensluisError:
    with pytest.raises(KetensluisError) as info, guarded("stap map"):
        raise error
    return info.value


def test_an_error_of_ours_passes_as_it_is():
    blocked = Blocked("3 bevindingen houden de levering tegen.")
    assert caught(blocked) is blocked


def test_the_chain_behind_an_error_of_ours_is_cut():
    def read() -> None:
        try:
            raise ValueError(f"value {TEST_BSN}")
        except ValueError as error:
            raise SourceError("Kolom bsn is niet leesbaar.") from error

    with pytest.raises(SourceError) as info, guarded("stap select"):
        read()
    assert "Kolom bsn is niet leesbaar." in shown(info.value)
    assert TEST_BSN not in shown(info.value)


@pytest.mark.parametrize("error", [ValueError(TEST_BSN), KeyError(TEST_BSN), pa.ArrowInvalid(f"convert {TEST_BSN}")])
def test_a_fault_of_the_program_names_its_kind_only(error):
    told = caught(error)
    assert isinstance(told, UnexpectedError) and not told.retryable
    assert type(error).__name__ in str(told)
    assert TEST_BSN not in shown(told)


@pytest.mark.parametrize("error", [MemoryError(TEST_BSN), duckdb.OutOfMemoryException(TEST_BSN)])
def test_too_little_memory_says_what_to_do(error):
    told = caught(error)
    assert isinstance(told, UnexpectedError) and "KETENSLUIS_MEMORY_MB" in str(told)
    assert TEST_BSN not in shown(told) and "\n" not in str(told)


@pytest.mark.parametrize("error", [
    OSError(28, f"No space left: {TEST_BSN}"), ConnectionResetError(TEST_BSN), TimeoutError(TEST_BSN),
    sqlite3.OperationalError(f"locked {TEST_BSN}"),
    OperationalError(f"INSERT {TEST_BSN}", {"bsn": TEST_BSN}, sqlite3.OperationalError("locked")),
])
def test_failing_surroundings_may_be_tried_again(error):
    told = caught(error)
    assert isinstance(told, TechnicalError) and told.retryable
    assert TEST_BSN not in shown(told)


def test_the_place_in_our_code_is_told():
    from exchanges.core.balance import require_closed

    with pytest.raises(UnexpectedError, match=r"AttributeError in exchanges/core/balance\.py, regel \d+"), \
            guarded("stap map"):
        require_closed("map", [None])  # type: ignore[list-item]


def test_nothing_happens_when_nothing_fails():
    with guarded("stap map"):
        pass


def test_what_fails_while_it_is_cleared_away_is_not_shown(monkeypatch, capfd):
    class Full:
        def __del__(self) -> None:
            raise OSError(28, f"no room for {TEST_BSN}")

    monkeypatch.setattr(sys, "unraisablehook", unheard)
    thing = Full()
    del thing
    assert capfd.readouterr() == ("", "")
