"""Asking UWV about many: the archive that comes of it, and whom it asks about again."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from lxml import etree

from exchanges.core.bsn import passes
from exchanges.core.errors import TransportError, UsageError
from exchanges.core.period import Period
from exchanges.core.settings import Settings, SoapSettings
from exchanges.core.soap.client import Patience
from exchanges.core.soap.errors import Declined, Refused
from exchanges.core.store.opening import open_store
from exchanges.ib_oib.asking import Asked, ask
from exchanges.ib_oib.questions import questions
from exchanges.simulators.soap_faults import SoapFaults
from exchanges.simulators.soap_keys import Keys
from exchanges.simulators.uwv_responses import free_bsns
from exchanges.simulators.uwv_soap import NOTHING_FOUND, UwvSoap, canned

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
BSNS = list(islice(free_bsns(), 40))
# Not of anybody: made here, and outside the declared test ranges.
STRANGER = next(str(number) for number in range(200_000_000, 200_000_100) if passes(str(number)))


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(datetime.now(UTC))


def quickly(uwv: UwvSoap, home: Path, bsns: list[str] = BSNS, first: date = FIRST, last: date = LAST,
            **changes: Any) -> Asked:
    patience = Patience(2, sleep=lambda seconds: None)
    return ask(context(uwv, home, **changes), pa.table({"bsn": bsns}), first, last, home / "vragen", patience=patience)


def context(uwv: UwvSoap, home: Path, **changes: Any) -> Any:
    settings: SoapSettings = uwv.settings.model_copy(update=changes)
    home.mkdir(exist_ok=True)
    values = settings.model_dump(mode="json", exclude_none=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    text = "\n".join(["[partner.uwv]", 'soort = "soap"', "[partner.uwv.soap]", *lines])
    (home / "ketensluis.toml").write_text(text, encoding="utf-8")
    return of(home)


def of(home: Path) -> Any:
    """What asking needs of a context."""
    found, work = Settings(home=home), home / "stap"
    work.mkdir(exist_ok=True)
    delivery = SimpleNamespace(period=Period.parse("2026-06"), gemeente="0153")
    return SimpleNamespace(settings=found, delivery=delivery, store=open_store(found), work=work)


def members(asked: Asked) -> dict[str, bytes]:
    with zipfile.ZipFile(asked.archive) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def rows(asked: Asked) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(members(asked)["vragen.csv"].decode()), delimiter=";"))


def some(unanswered: set[str]) -> Callable[[str, str, str], bytes]:
    """UWV says nothing of some."""

    def answer(bsn: str, begin: str, end: str) -> bytes:
        if bsn in unanswered:
            raise LookupError
        return NOTHING_FOUND

    return answer


@pytest.fixture
def uwv(tmp_path: Path, keys: Keys) -> Iterator[UwvSoap]:
    with UwvSoap(tmp_path / "uwv", canned(40), keys=keys) as simulator:
        yield simulator


def test_the_archive_has_the_questions_and_the_answers_in_their_order(uwv: UwvSoap, tmp_path: Path) -> None:
    asked = quickly(uwv, tmp_path / "a", BSNS[::-1])
    found = members(asked)
    names = [f"antwoord-{place:07d}.xml" for place in range(1, 41)]
    assert list(found) == ["vragen.csv", *names]
    told = rows(asked)
    assert [row["bsn"] for row in told] == BSNS[::-1] and [row["antwoord"] for row in told] == names
    assert {row["uitkomst"] for row in told} == {"beantwoord"}
    for row in told:
        theirs = etree.canonicalize(canned(40)(row["bsn"], "", "").decode())
        assert etree.canonicalize(found[row["antwoord"]].decode()) == theirs
    assert (asked.questions, asked.answered, asked.before, asked.silent, asked.declined) == (40, 40, 0, 0, 0)
    assert uwv.asked == dict.fromkeys(BSNS, 1)
    assert asked.findings.num_rows == 0


def test_the_reader_of_the_exchange_knows_it(uwv: UwvSoap, tmp_path: Path) -> None:
    read = questions(quickly(uwv, tmp_path / "a").archive)
    assert read is not None and read.fault == ""
    assert read.table["bsn"].to_pylist() == BSNS


def test_the_same_answers_have_the_same_bytes(uwv: UwvSoap, tmp_path: Path) -> None:
    """Whoever answered first, and how many were asked at the same time."""
    one = quickly(uwv, tmp_path / "a", gelijktijdig=1).archive.read_bytes()
    other = quickly(uwv, tmp_path / "b", gelijktijdig=8).archive.read_bytes()
    assert one == other


def test_it_is_asked_over_the_days_that_were_given(tmp_path: Path, keys: Keys) -> None:
    over: set[tuple[str, str]] = set()

    def answer(bsn: str, begin: str, end: str) -> bytes:
        over.add((begin, end))
        return NOTHING_FOUND

    with UwvSoap(tmp_path / "uwv", answer, keys=keys) as uwv:
        quickly(uwv, tmp_path / "a")
    assert over == {("20260101", "20260630")}


def test_no_more_at_the_same_time_than_was_set(tmp_path: Path, keys: Keys) -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def answer(bsn: str, begin: str, end: str) -> bytes:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.02)
        with lock:
            busy -= 1
        return NOTHING_FOUND

    with UwvSoap(tmp_path / "uwv", answer, keys=keys) as uwv:
        quickly(uwv, tmp_path / "a", gelijktijdig=3)
    assert 2 <= most <= 3


def test_who_got_no_answer_stands_in_the_list_without_one_and_is_asked_again(tmp_path: Path, keys: Keys) -> None:
    silent = set(BSNS[5:8])
    with UwvSoap(tmp_path / "uwv", some(silent), keys=keys) as uwv:
        asked = quickly(uwv, tmp_path / "a")
        assert (asked.answered, asked.silent, asked.before) == (37, 3, 0)
        for row in rows(asked):
            expected = ("", "geen_antwoord") if row["bsn"] in silent else (row["antwoord"], "beantwoord")
            assert (row["antwoord"], row["uitkomst"]) == expected
        assert len(members(asked)) == 38
        assert {uwv.asked[bsn] for bsn in silent} == {2}, "as many attempts as there are"
        uwv.answer = some(set())
        again = quickly(uwv, tmp_path / "a")
        assert (again.answered, again.silent, again.before) == (40, 0, 37)
        assert {uwv.asked[bsn] for bsn in set(BSNS) - silent} == {1}


def test_another_period_is_another_question(uwv: UwvSoap, tmp_path: Path) -> None:
    quickly(uwv, tmp_path / "a")
    assert quickly(uwv, tmp_path / "a", last=date(2026, 7, 31)).before == 0
    assert set(uwv.asked.values()) == {2}


def test_a_refusal_ends_it_and_what_was_answered_stays(uwv: UwvSoap, tmp_path: Path) -> None:
    home = tmp_path / "a"
    many = list(islice(free_bsns(), 400))
    answered = threading.Event()

    def turn() -> None:
        while len(uwv.asked) < 60:
            time.sleep(0.005)
        uwv.faults = SoapFaults(tampered_body=True)
        answered.set()

    turning = threading.Thread(target=turn)
    turning.start()
    with pytest.raises(Refused, match="veranderd"):
        quickly(uwv, home, many)
    turning.join()
    before = set(uwv.asked)
    assert 60 <= len(before) < 400 and not (home / "stap" / "antwoorden.zip").exists()
    uwv.faults = SoapFaults()
    asked = quickly(uwv, home, many)
    assert asked.answered == 400 and asked.before >= 60 - 4
    assert sum(times - 1 for times in uwv.asked.values()) == len(before) - asked.before <= 4


def test_after_a_kill_only_the_rest_is_asked(uwv: UwvSoap, tmp_path: Path) -> None:
    home = tmp_path / "a"
    context(uwv, home)
    many = list(islice(free_bsns(), 600))
    program = (
        "import sys, json; from pathlib import Path; from datetime import date\n"
        "import pyarrow as pa; from exchanges.ib_oib.asking import ask; from tests.system.test_soap_asking import of\n"
        "home = Path(sys.argv[1])\n"
        "ask(of(home), pa.table({'bsn': json.load(sys.stdin)}), date(2026, 1, 1), date(2026, 6, 30), home / 'vragen')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(home)], stdin=subprocess.PIPE, text=True,
                          cwd=Path(__file__).resolve().parents[2]) as asking:
        assert asking.stdin is not None
        asking.stdin.write(json.dumps(many))
        asking.stdin.close()
        until = time.monotonic() + 60
        while len(uwv.asked) < 80 and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(asking.pid, signal.SIGKILL)
    before = len(uwv.asked)
    assert 80 <= before < 600
    asked = quickly(uwv, home, many)
    assert asked.answered == 600 and before - 8 <= asked.before <= before
    assert len(uwv.asked) == 600 and sum(times - 1 for times in uwv.asked.values()) <= 8


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [("server_fault", TransportError, "zonder antwoord"), ("client_fault", Declined, "zonder antwoord"),
     ("other_certificate", Refused, "OIN"), ("revoked_server", Refused, "ingetrokken")],
)  # fmt: skip
def test_it_does_not_go_on_for_everybody(
    tmp_path: Path, keys: Keys, fault: str, error: type[Exception], says: str
) -> None:
    with UwvSoap(tmp_path / "uwv", canned(3), SoapFaults(**{fault: True}), keys=keys) as uwv:
        with pytest.raises(error, match=says) as told:
            quickly(uwv, tmp_path / "a")
        assert uwv.requests <= 2 * 14, "ten in a row, at most four under way, two attempts"
    assert not any(bsn in str(told.value) for bsn in BSNS)


def test_a_few_and_nobody_answered_is_a_partner_that_is_away(tmp_path: Path, keys: Keys) -> None:
    silent = some(set(BSNS))
    with UwvSoap(tmp_path / "uwv", silent, keys=keys) as uwv, pytest.raises(TransportError, match="geen enkele"):
        quickly(uwv, tmp_path / "a", BSNS[:3])


def test_declined_questions_are_counted_by_code_and_told(tmp_path: Path, keys: Keys) -> None:
    with UwvSoap(tmp_path / "uwv", canned(3), SoapFaults(declared_fault=True, soon_expired=True), keys=keys) as uwv:
        asked = quickly(uwv, tmp_path / "a", BSNS[:3])
    assert (asked.declined, asked.codes, asked.answered) == (3, {"FWI0009": 3}, 0)
    texts = dict(zip(asked.findings["code"].to_pylist(), asked.findings["text"].to_pylist(), strict=True))
    assert "3 vragen" in texts["SOAP-FOUT"] and "verloopt" in texts["SOAP-CERT"]


def test_nobody_to_ask_about_asks_nothing(uwv: UwvSoap, tmp_path: Path) -> None:
    asked = quickly(uwv, tmp_path / "a", [])
    assert asked.questions == 0 and uwv.requests == 0
    assert members(asked) == {"vragen.csv": b"antwoord;bsn;uitkomst\n"}


@pytest.mark.parametrize(
    ("bsns", "first", "says"),
    [
        ([BSNS[0], "900000013"], FIRST, "1 vraag"), ([BSNS[0], ""], FIRST, "niet geldig"),
        ([BSNS[0], BSNS[1], BSNS[0]], FIRST, "meer dan eens"), (BSNS, date(2026, 7, 1), "begin is na het eind"),
        ([STRANGER], FIRST, "geen testnummer"),
    ],
)  # fmt: skip
def test_questions_that_may_not_be_asked_are_not(
    uwv: UwvSoap, tmp_path: Path, bsns: list[str], first: date, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as told:
        quickly(uwv, tmp_path / "a", bsns, first)
    assert uwv.requests == 0 and not any(bsn and bsn in str(told.value) for bsn in bsns)


def test_without_settings_it_is_told_which(uwv: UwvSoap, tmp_path: Path) -> None:
    there = context(uwv, tmp_path / "a")
    (tmp_path / "a" / "ketensluis.toml").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"\[partner.uwv.soap\]"):
        ask(there, pa.table({"bsn": BSNS}), FIRST, LAST, tmp_path / "vragen")


def test_in_production_no_test_numbers(uwv: UwvSoap, tmp_path: Path) -> None:
    there = context(uwv, tmp_path / "a")
    there.settings = Settings(home=tmp_path / "a", production=True)
    with pytest.raises(UsageError, match="testnummer"):
        ask(there, pa.table({"bsn": BSNS}), FIRST, LAST, tmp_path / "vragen")
    assert uwv.requests == 0


def test_no_bsn_in_a_name_a_log_or_beside_the_questions(
    uwv: UwvSoap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        asked = quickly(uwv, tmp_path / "a")
    names = [str(path) for path in (tmp_path / "a").rglob("*")] + list(members(asked))
    assert not [bsn for bsn in BSNS if bsn in caplog.text or any(bsn in name for name in names)]
    assert asked.archive.stat().st_mode & 0o077 == 0
    kept = (tmp_path / "a" / "vragen" / "antwoorden.sqlite").read_bytes()
    assert b"p:" in kept and not [bsn for bsn in BSNS if bsn.encode() in kept]
