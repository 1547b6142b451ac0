"""Every line says what it is about, and nothing that it should not."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.logs import about, write

BSN = "999990019"
Lines = Callable[[], list[dict[str, Any]]]
log = logging.getLogger("exchanges.proef")


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    """What was written since, at level debug."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    write(str(tmp_path / "log.jsonl"), "debug")
    yield lambda: [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_a_line_in_a_step_has_its_delivery(lines: Lines) -> None:
    with about("proef/0153/2026-10/0001", "select"):
        log.info("begonnen met %s", "iets")
        logging.getLogger("een.bibliotheek").debug("ook die")
    log.warning("daarna")
    first, other, after = lines()
    assert (first["levering"], first["stap"]) == ("proef/0153/2026-10/0001", "select")
    assert (first["event"], first["level"], first["logger"]) == ("begonnen met iets", "info", "exchanges.proef")
    assert first["moment"].endswith("Z") and other["levering"] == first["levering"]
    assert "levering" not in after


def test_so_has_a_line_of_a_thread_that_was_started_without_it(lines: Lines) -> None:
    with about("proef/0153/2026-10/0001", "deliver"):
        thread = threading.Thread(target=log.info, args=("van een draad",))
        thread.start()
        thread.join()
    assert lines()[0]["levering"] == "proef/0153/2026-10/0001"


def test_of_two_that_are_at_work_none_is_guessed(lines: Lines) -> None:
    with about("a/0153/2026-10/0001", "select"), about("b/0153/2026-10/0001", "select"):
        thread = threading.Thread(target=log.info, args=("van wie?",))
        thread.start()
        thread.join()
        log.info("van de laatste")
    unknown, known = lines()
    assert "levering" not in unknown and known["levering"] == "b/0153/2026-10/0001"


def test_an_error_is_told_without_its_text_and_a_number_is_masked(lines: Lines, tmp_path: Path) -> None:
    try:
        raise ValueError(f"Could not convert 'Van den Berg {BSN}'")
    except ValueError:
        log.exception("er ging iets mis met %s en %s", BSN, "9999.90.019")
        log.error("nog eens", exc_info=sys.exc_info(), stack_info=True)
    text = (tmp_path / "log.jsonl").read_text(encoding="utf-8")
    assert BSN not in text and "Berg" not in text and "Traceback" not in text
    assert lines()[0]["event"] == "er ging iets mis met [bsn] en [bsn]"
    assert lines()[0]["fout"].startswith("ValueError in ")


def test_libraries_that_tell_what_is_in_a_message_are_not_heard(lines: Lines) -> None:
    logging.getLogger("zeep.transports").debug("HTTP Post: <Achternaam>Van den Berg</Achternaam>")
    logging.getLogger("xmlschema").info("value 'Van den Berg'")
    assert lines() == []


def test_used_wrongly(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="KETENSLUIS_LOG_LEVEL"):
        write("-", "alles")
    with pytest.raises(UsageError, match="niet te schrijven"):
        write(str(tmp_path / "weg" / "log.jsonl"))
