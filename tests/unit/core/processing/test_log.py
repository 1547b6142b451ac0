"""Whose data were processed: a row per person and no more, before anything leaves; what cannot be logged stops."""

from __future__ import annotations

import hmac

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.errors import Blocked, TechnicalError
from exchanges.core.processing import log
from exchanges.core.processing.log import ACTIVITY, ROLE, SUBJECT, subject_ids, trace_id
from exchanges.core.processing.people import people
from exchanges.core.store.opening import open_store
from exchanges.core.where.find import where
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.signals import town
from tests.unit.core.test_why import ELSEWHERE, ENDED, REFUSED, REJECTED, SENT, TABLES, UNKNOWN

KEY = b"sleutel van de tests"


def log_of(place: Chain, delivery: str) -> pa.Table:
    artefact = place.ledger.artefact(delivery, ROLE)
    assert artefact is not None
    store = open_store(place.settings)
    table = pq.read_table(store.local("0153", artefact.sha256))
    assert table.num_rows == artefact.rows
    return table


def of(bsn: str) -> bytes:
    return bytes(ids([bsn])[0])


def ids(values: list[str], key: bytes = KEY) -> np.ndarray:
    return subject_ids(people([(pa.chunked_array([pa.array(values, pa.string())]), 0)]), key)


def status(table: pa.Table) -> dict[bytes, int]:
    return dict(zip(table[SUBJECT].to_pylist(), table["status_code"].to_pylist(), strict=True))


@pytest.fixture
def place(tmp_path) -> Chain:
    return chain(tmp_path / "huis", write_csv(tmp_path / "bron", TABLES), kind="csv")


def test_everybody_who_was_read_is_in_it_once_with_how_it_ended(place):
    delivery = place.open()
    assert place.deliver(delivery) is None
    table = log_of(place, delivery)
    assert status(table) == {of(SENT): 1, of(REFUSED): 1, of(REJECTED): 2, of(ENDED): 0, of(ELSEWHERE): 0}
    assert table.num_rows == 5  # distinct persons, also of who is in several tables
    assert len(set(table["operation_id"].to_pylist())) == 5
    assert set(table["trace_id"].to_pylist()) == {trace_id(delivery)}
    assert set(table["name"].to_pylist()) == {"dkd_reintegratie verzamelbestand"}
    assert set(table[ACTIVITY].to_pylist()) == {"ketensluis-dkd-reintegratie"}
    steps = {row.step: row for row in place.ledger.steps(delivery)}
    (start,), (end,) = set(table["start_time"].to_pylist()), set(table["end_time"].to_pylist())
    assert start == round(steps["select"].started.timestamp() * 1000) < end
    assert end == round(steps["check"].finished.timestamp() * 1000)


def test_its_columns_are_those_of_the_standard_and_nobody_is_named(place):
    delivery = place.open()
    place.deliver(delivery)
    schema = log_of(place, delivery).schema
    assert {field.name: field.type for field in schema} == {
        "trace_id": pa.binary(16), "operation_id": pa.binary(8), "status_code": pa.int8(), "name": pa.string(),
        "start_time": pa.int64(), "end_time": pa.int64(), "dpl.core.processing_activity_id": pa.string(),
        "dpl.core.data_subject_id": pa.binary(16),
    }  # fmt: skip


@pytest.mark.parametrize("beside", [log._BESIDE, 0])
def test_it_is_there_before_anything_leaves_and_without_it_nothing_does(place, monkeypatch, beside):
    monkeypatch.setattr(log, "_BESIDE", beside)

    def refuse(context):
        raise TechnicalError("het verwerkingslog is niet te schrijven")

    delivery = place.open()
    with monkeypatch.context() as patched:
        patched.setattr(log, "processing_log", refuse)
        stopped = place.deliver(delivery)
    assert isinstance(stopped, TechnicalError) and "verwerkingslog" in str(stopped)
    assert place.inbox == [] and not place.ledger.step_result(delivery, "reconcile").done
    assert not any(event.action.startswith("deliver") for event in place.ledger.events(delivery))
    assert place.deliver(delivery, until="reconcile") is None
    assert place.inbox == [] and log_of(place, delivery).num_rows == 5
    assert place.deliver(delivery) is None and len(place.inbox) == 2


@pytest.mark.parametrize(("beside", "made"), [(log._BESIDE, ["log"]), (0, [])])
def test_what_does_not_agree_is_heard_and_not_what_the_log_says_of_it(place, monkeypatch, beside, made):
    """A log that is made beside a step that stops is thrown away with it."""
    seen = []
    monkeypatch.setattr(log, "_BESIDE", beside)
    monkeypatch.setattr(log, "processing_log", lambda context: seen.append("log") or {})

    def stops(context):
        raise Blocked("De aansluiting klopt niet.")

    delivery = place.open()
    assert place.deliver(delivery, until="check") is None
    with place.context(delivery) as context, pytest.raises(Blocked, match="aansluiting"):
        context.passed = {row.step: row for row in place.ledger.steps(delivery)}
        log.logged(context, stops)
    assert seen == made


def test_done_again_it_is_the_same_person_under_the_same_number(place):
    delivery = place.open()
    assert place.deliver(delivery, until="reconcile") is None
    before = log_of(place, delivery)
    place.step(delivery, "reconcile")
    after = log_of(place, delivery)
    assert after.equals(before)
    other = place.open("2026-11")
    assert place.deliver(other, until="reconcile") is None
    assert not set(log_of(place, other)["operation_id"].to_pylist()) & set(before["operation_id"].to_pylist())
    assert set(log_of(place, other)[SUBJECT].to_pylist()) == set(before[SUBJECT].to_pylist())


def test_it_has_who_can_be_found_and_nobody_else(place):
    """Two ways to the same people: the question about one person, and the log of all."""
    delivery = place.open()
    assert place.deliver(delivery) is None
    logged = set(status(log_of(place, delivery)))
    for bsn in (SENT, REFUSED, REJECTED, ENDED, ELSEWHERE, UNKNOWN):
        found = where("0153", bsn, actor="anna", reason="proef", settings=place.settings).found
        assert bool(found) == (of(bsn) in logged)


def test_of_a_received_file_those_in_it(tmp_path):
    here = town(tmp_path / "huis", (SENT, REFUSED, UNKNOWN))
    first = here.month("2026-10", 2)
    path = here.put("2026-10", first)
    delivery, stopped = here.receive()
    assert stopped is None
    assert status(log_of(here.chain, delivery)) == {of(one.bsn): 1 for one in first}
    # A month later: one known signal, about whom nothing is done, and a new one.
    path.unlink()
    (fresh,) = here.month("2026-11", 1)
    here.put("2026-11", [first[0], fresh])
    delivery, stopped = here.receive("2026-11")
    assert stopped is None
    assert status(log_of(here.chain, delivery)) == {of(first[0].bsn): 0} | {of(fresh.bsn): 1}


def test_a_number_opens_with_the_key_alone():
    own = hmac.digest(KEY, b"verwerkingslog", "sha256")
    opened = Cipher(algorithms.AES(own), modes.ECB()).decryptor().update(of(SENT))
    assert opened == SENT.encode() + b"\0" * 7
    assert bytes(ids([SENT], b"een andere sleutel")[0]) != of(SENT)


@given(st.lists(st.one_of(st.integers(0, 999_999_999).map("{:09d}".format), st.text(max_size=30)), unique=True))
def test_nobody_shares_a_number_whatever_stands_in_the_column(values):
    found = ids(values)
    assert len(set(map(bytes, found))) == len(values) and found.dtype == np.dtype("V16")
    # Whether alone or among others.
    assert set(map(bytes, found)) == {of(value) for value in values}
