"""After a full run with errors, logged in full, nobody's number or name stands anywhere but in the data themselves.

Looked for are the very numbers and names of the administration, and any nine digits that could be somebody's, in all
that is told, kept and named: output, log lines, ledger, reports, settings, keys, file names, and what others see of our
processes. The data (source, artefacts, what the partner has) are where they belong.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo import generate
from exchanges.dkd_reintegratie.rules import RULES
from tests.chain import chain
from tests.sluis import Done, nobody_in, sluis

pytestmark = pytest.mark.system
CLIENTS = 400
# Digests are digits by nature: one pseudonym in thirty holds nine in a row.
DIGEST = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{16,}(?![0-9a-zA-Z])")
DATA = ("bron", "partner")


def numbers_in(folder: Path) -> set[str]:
    """Every burgerservicenummer in the tables of an administration."""
    found: set[str] = set()
    for path in folder.glob("*.parquet"):
        for name in {"bsn", "bsn_vraag", "bsn_antwoord"} & set(pq.read_schema(path).names):
            found |= {bsn for bsn in pq.read_table(path)[name].to_pylist() if bsn}
    return found


def names_in(folder: Path) -> set[str]:
    """Every surname, first name and street of an administration that is no word of ours."""
    found: set[str] = set()
    for table, columns in (("persoon", ("achternaam", "voornamen")), ("adres", ("straatnaam",))):
        rows = pq.read_table(folder / f"{table}.parquet", columns=list(columns))
        found |= {name for column in columns for name in rows[column].to_pylist() if name and len(name) > 3}
    return found


@contextmanager
def watched(seen: set[bytes]) -> Iterator[None]:
    """The arguments of every process on the machine, time and again."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue  # it ended

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> tuple[Path, set[str], list[Done]]:
    """A home in which much went wrong, the numbers of its persons, and all that the command line said."""
    home = tmp_path_factory.mktemp("huis")
    in_records = {rule.code for rule in RULES if rule.scope == "record" and rule.code != "CD-02"}
    generate(home / "bron", "0153", CLIENTS, 1, errors=in_records)
    town, persons = chain(home, home / "bron"), numbers_in(home / "bron")
    logged = {"KETENSLUIS_LOG": str(home / "ketensluis.jsonl"), "KETENSLUIS_LOG_LEVEL": "debug"}
    seen: set[bytes] = set()

    def command(*args: object, stdin: str = "") -> Done:
        return sluis(home, *args, stdin=stdin, env=logged, alone=True)

    with watched(seen):
        run = ("run", "dkd_reintegratie", "--periode")
        done = [command(*run, "2026-10", "--wacht", "0")]
        town.answer(["reject-count=5"])
        done.append(command(*run, "2026-10", "--wacht", "0", "--json"))
        assert [one.code for one in done] == [3, 0] and done[1].json["state"] == "partly_accepted"
        # Once more with everything wrong, the surroundings too: that one is stopped.
        generate(home / "bron", "0153", CLIENTS, 2, errors=True, period="2026-11")
        done.append(command(*run, "2026-11", "--json"))
        assert done[2].code == 1 and done[2].json["state"] == "blocked"
        persons |= numbers_in(home / "bron")
        somebody = next(iter(sorted(persons)))
        done.append(command("why", "dkd_reintegratie/0153/2026-11/0001", stdin=f"{somebody}\n"))
        sent = next((home / "partner" / "in").glob("*.xml"))
        sent.write_bytes(sent.read_bytes().replace(b"<Geslacht>", b"<Geslacht>x", 40))
        done.append(command("check", sent, "--json"))
        assert [one.code for one in done[3:]] == [0, 1]
    (home / "processen.txt").write_bytes(b"\n".join(sorted(seen)))
    return home, persons, done


def nobody(persons: set[str], *texts: str) -> bool:
    for text in texts:
        found = persons & set(re.findall(r"[0-9]{8,9}", text))
        assert not found, f"{len(found)} numbers of persons"
    return nobody_in(*(DIGEST.sub(" ", text) for text in texts))


def test_there_is_something_to_find(lived):
    home, persons, _ = lived
    assert len(persons) > 300
    data = b"".join(path.read_bytes() for path in (home / "partner" / "in").glob("*.xml"))
    assert sum(bsn.encode() in data for bsn in persons) > 100
    with pytest.raises(AssertionError):
        nobody(persons, f"levering van {next(iter(persons))}")


def test_not_in_what_is_said(lived):
    _, persons, done = lived
    assert nobody(persons, *(one.out for one in done), *(one.err for one in done))
    assert "p:" in done[3].out and '"record": "p:' in done[4].out


def test_not_in_the_ledger(lived):
    home, persons, _ = lived
    with sqlite3.connect(home / "ledger.sqlite") as ledger:
        tables = [name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [str(value) for table in tables for row in ledger.execute(f'SELECT * FROM "{table}"') for value in row
                if isinstance(value, str | bytes)]  # fmt: skip
    ledger.close()
    assert len(rows) > 1000 and {"finding", "event", "receipt", "step"} <= set(tables)
    assert nobody(persons, *rows)
    # Nor in what the file still holds of rows that were replaced.
    raw = (home / "ledger.sqlite").read_bytes().decode("latin-1")
    assert not [bsn for bsn in persons if bsn in raw]


def test_not_in_the_reports(lived):
    home, persons, _ = lived
    reports = [path.read_text(encoding="utf-8") for path in (home / "verslagen").rglob("*.*") if path.is_file()]
    assert len(reports) == 4 and nobody(persons, *reports)


def test_not_in_any_name(lived):
    home, persons, _ = lived
    names = [path.name for path in home.rglob("*")]
    assert len(names) > 50 and nobody(persons, *names)


def test_not_in_any_other_file(lived):
    """Whatever else lies in the home: keys, settings, what a step left behind."""
    home, persons, _ = lived
    others = [path for path in home.rglob("*") if path.is_file() and path.relative_to(home).parts[0] not in DATA]
    assert {"ledger.sqlite", "ketensluis.toml", "pseudoniem.sleutel"} <= {path.name for path in others}
    assert not [path for path in others if any(bsn.encode() in path.read_bytes() for bsn in persons)]
    assert list((home / "werk").iterdir()) == []


def test_not_in_the_log_which_tells_of_which_delivery_it_is(lived):
    home, persons, _ = lived
    text = (home / "ketensluis.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert nobody(persons, text)
    assert {line["level"] for line in lines} >= {"debug", "info", "warning"}
    assert {line["logger"].split(".")[0] for line in lines} >= {"exchanges", "alembic"}
    inside = [line for line in lines if "levering" in line]
    assert {line["stap"] for line in inside} >= {"select", "check", "reconcile", "deliver", "receipt", "report"}
    begun = [number for number, line in enumerate(lines) if line["event"] == "begonnen"]
    ended = [number for number, line in enumerate(lines) if line["event"].startswith(("klaar", "gestopt"))]
    assert len(begun) == len(ended) > 15
    for first, last in zip(begun, ended, strict=True):
        assert len({line.get("levering") for line in lines[first : last + 1]}) == 1


def test_not_in_what_others_see_of_the_processes(lived):
    home, persons, _ = lived
    seen = (home / "processen.txt").read_text(encoding="utf-8", errors="replace")
    assert "why" in seen and "dkd_reintegratie" in seen
    assert not persons & set(re.findall(r"[0-9]{8,9}", seen))


def test_no_name_anywhere(lived):
    home, _, done = lived
    names = names_in(home / "bron")
    assert len(names) > 150
    told = [one.out + one.err for one in done]
    kept = [path for path in home.rglob("*") if path.is_file() and path.relative_to(home).parts[0] not in DATA]
    told += [path.read_bytes().decode("utf-8", "replace") for path in kept]
    words = set(re.findall(r"[\w'’-]+", "\n".join(told)))
    assert names & words == set()
