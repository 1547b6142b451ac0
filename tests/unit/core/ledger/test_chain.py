"""One chain, whatever writes in it, on both databases; and whatever is altered in it is named by its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchanges.core.evidence.export import export
from exchanges.core.evidence.reading import of_database
from exchanges.core.evidence.tables import table_breaches
from exchanges.core.evidence.verify import verify_export
from exchanges.core.evidence.walk import walk
from exchanges.core.ledger import Delivery, Ledger, migrate
from exchanges.core.ledger.origin import origin
from exchanges.core.period import Period
from tests.unit.core.evidence.independent import problem
from tests.unit.core.ledger.conftest import DATABASES, empty_database
from tests.unit.core.ledger.filled import altered, fill, verified
from tests.unit.core.ledger.test_concurrency import PROCESSES, together


def rows(ledger: Ledger) -> list[dict[str, object]]:
    with ledger.database.read() as connection:
        return [dict(row) for row in connection.execute(sa.text("SELECT * FROM event ORDER BY place")).mappings()]


def test_every_event_has_a_place_and_the_six_things_that_are_asked(ledger: Ledger) -> None:
    """SEC-11 (BIO2 8.15.01): action, object, result, origin, actor, moment."""
    fill(ledger)
    events = rows(ledger)
    assert [event["place"] for event in events] == list(range(1, len(events) + 1)) and len(events) > 20
    for event in events:
        assert all(event[name] for name in ("action", "object", "result", "origin", "actor", "moment")), event
    assert [event["previous"] for event in events] == ["0" * 64, *(event["hash"] for event in events[:-1])]


def test_where_an_event_comes_from(ledger: Ledger, delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "proces-" in origin() and "ketensluis" in origin()
    monkeypatch.setenv("AIRFLOW_CTX_DAG_ID", "proef")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "manual__999990019")
    ledger.event(delivery.id, "jansen", "verslag bekeken", "verslag", "goed")
    said = ledger.events(delivery.id)[-1].origin
    assert said.endswith("proef/manual__[bsn]") and "999990019" not in said


def test_what_the_program_writes_holds(ledger: Ledger, tmp_path: Path) -> None:
    """Also by a verifier that shares nothing with it and reads the export only."""
    fill(ledger)
    verdict = verified(ledger)
    assert verdict.breaches == () and verdict.events == len(rows(ledger)) and verdict.deliveries == 2
    export(ledger, tmp_path / "keten.jsonl", [])
    assert problem(tmp_path / "keten.jsonl") is None


def test_many_processes_write_one_chain(ledger: Ledger, url: str) -> None:
    ledger.open_delivery("proef", "0153", Period(2026, 1), "bestand")
    together(url, """
import os
answer = 0
for n in range(15):
    ledger.event('proef/0153/2026-01/0001', 'proces', 'klaar', f'{os.getpid()} {n}', 'goed')
    ledger.start_step('proef/0153/2026-01/0001', f'stap_{n % 2}')
    ledger.finish_step('proef/0153/2026-01/0001', f'stap_{n % 2}', 'done', [Balance('a', 'aantal', n, n)], {},
                       becomes=DeliveryState('built' if n % 2 else 'open'))
""")
    verdict = verified(ledger)
    assert verdict.breaches == () and verdict.events >= 1 + 2 * 15 * PROCESSES


@pytest.fixture(scope="module", params=DATABASES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """For what is undone again."""
    with empty_database(request, tmp_path_factory.mktemp("gevuld")) as url:
        made = Ledger(url)
        made.create()
        fill(made)
        assert verified(made).breaches == ()
        yield made


# What is done to the events, where that is seen, and how it is called.
ALTERED = {
    "result": (["UPDATE event SET result = 'anders' WHERE place = 5"], 5, "veranderd"),
    "actor": (["UPDATE event SET actor = 'piet' WHERE place = 5"], 5, "veranderd"),
    "details": (["""UPDATE event SET details = '{"poging": 9}' WHERE place = 5"""], 5, "veranderd"),
    "origin": (["UPDATE event SET origin = 'elders' WHERE place = 5"], 5, "veranderd"),
    "moment": (["UPDATE event SET moment = '2026-10-01 12:00:00.000000' WHERE place = 5"], 5, "veranderd"),
    "whose": (["UPDATE event SET delivery = NULL WHERE place = 5"], 5, "veranderd"),
    "booked": (["UPDATE event SET booked = NULL WHERE place = 5"], 5, "veranderd"),
    "hash": ([f"UPDATE event SET hash = '{'a' * 64}' WHERE place = 5"], 5, "veranderd"),
    "previous": ([f"UPDATE event SET previous = '{'a' * 64}' WHERE place = 5"], 5, "veranderd"),
    "first": (["UPDATE event SET result = 'anders' WHERE place = 1"], 1, "veranderd"),
    "gone": (["DELETE FROM event WHERE place = 5"], 5, "ontbreekt"),
    "first gone": (["DELETE FROM event WHERE place = 1"], 1, "ontbreekt"),
    "moved": (["UPDATE event SET place = 900 WHERE place = 5"], 5, "verwisseld"),
    "swapped": (["UPDATE event SET place = 900 WHERE place = 5", "UPDATE event SET place = 5 WHERE place = 8",
                 "UPDATE event SET place = 8 WHERE place = 900"], 5, "verwisseld"),
    "closed up": (["DELETE FROM event WHERE place = 5",
                   *(f"UPDATE event SET place = {n} WHERE place = {n + 1}" for n in range(5, 12))], 5, "veranderd"),
}  # fmt: skip


@pytest.mark.parametrize("what", ALTERED)
def test_what_is_altered_in_the_chain_is_named(filled: Ledger, what: str) -> None:
    statements, place, kind = ALTERED[what]
    with altered(filled, *statements) as connection:
        found = walk(of_database(connection)).breach
    assert found is not None and (found.place, found.kind) == (place, kind)
    assert found.sentence.startswith(f"Plaats {place} van de keten") and found.sentence.endswith(".")


@pytest.mark.parametrize("value", ["CAST(x'7069657420313233ff' AS TEXT)", "x'7069657420'"])
def test_what_is_no_text_any_more_is_named_too(tmp_path: Path, value: str) -> None:
    """SQLite takes any bytes; PostgreSQL none that are no text."""
    ledger = Ledger(f"sqlite:///{tmp_path}/register.db")
    ledger.create()
    fill(ledger)
    with altered(ledger, f"UPDATE event SET actor = {value} WHERE place = 5", stays=True):
        pass
    found = verified(ledger).breaches
    assert [(one.place, one.kind) for one in found] == [(5, "veranderd")]
    export(ledger, tmp_path / "keten", [])
    [elsewhere] = verify_export(tmp_path / "keten", [], {}).breaches
    assert elsewhere.place == 5


# What is done to the tables, and what the sentence names.
BESIDE = {
    "balance": ("UPDATE balance SET rejected = 2 WHERE step = 'select'", "stap select: de balans is veranderd"),
    "balance gone": ("DELETE FROM balance", "de balans is veranderd"),
    "artefact": ("UPDATE artefact SET sha256 = 'cd' WHERE name = 'twee'", "de lijst van bestanden is veranderd"),
    "finding": ("UPDATE finding SET severity = 'info' WHERE code = 'P-01'", "de bevindingen zijn veranderd"),
    "finding gone": ("DELETE FROM finding WHERE code = 'P-01'", "de bevindingen zijn veranderd"),
    "all findings gone": ("DELETE FROM finding", "de bevindingen zijn veranderd"),
    "details": ("""UPDATE step SET details = '{"ratio": 0.2}' WHERE step = 'select'""", "de details zijn veranderd"),
    "step state": ("UPDATE step SET state = 'failed' WHERE step = 'select'", "het einde is veranderd"),
    "step gone": ("DELETE FROM step WHERE step = 'map'", "stap map: het einde ontbreekt"),
    "step added": ("INSERT INTO step SELECT delivery, 'deliver', 9, 1, 'done', started, finished, details FROM step"
                   " WHERE step = 'select'", "stap deliver: het einde staat niet"),
    "filled while it runs": ("UPDATE balance SET step = 'build'", "stap build: het einde staat niet"),
    "receipt": ("UPDATE receipt SET accepted = 10, rejected = 0", "het antwoord van de partner is veranderd"),
    "receipt gone": ("DELETE FROM receipt", "het antwoord van de partner ontbreekt"),
    "delivery": ("UPDATE delivery SET state = 'accepted' WHERE sequence = 1", "de regel van de levering is veranderd"),
    "delivery gone": ("DELETE FROM delivery WHERE sequence = 2", "de regel van de levering ontbreekt"),
    "delivery added": ("INSERT INTO delivery SELECT 'proef/0153/2026-11/0001', exchange, gemeente, '2026-11', 1,"
                       " method, state, reason, opened, changed FROM delivery WHERE sequence = 1", "om bijgezet"),
    "refeed": ("UPDATE refeed SET actor = 'piet'", "de herstelregel is veranderd"),
    "correction": ("UPDATE correction SET confirmed_by = 'kees'", "de correctieregel is veranderd"),
    "destroyed": ("UPDATE destroyed SET rule = 'nooit'", "Besluiten tot vernietigen zijn veranderd"),
    "not destroyed": ("UPDATE destroyed SET gone = NULL", "vernietigingsverslag zijn veranderd"),
    "destruction gone": ("DELETE FROM destroyed WHERE delivery IS NULL", "Besluiten tot vernietigen zijn veranderd"),
    "signal": ("UPDATE signal SET restricted = NOT restricted WHERE number = '2'", "signalen zijn veranderd"),
    "handled": ("UPDATE signal_event SET outcome = 'anders' WHERE outcome = 'geen'", "signalen zijn veranderd"),
    "handling gone": ("DELETE FROM signal_event WHERE outcome = 'geen'", "signalen zijn veranderd"),
    "signal added": ("INSERT INTO signal SELECT 99, exchange, '0344', number, kind, restricted, record, fingerprint,"
                     " period FROM signal WHERE number = '1'", "Tabel signal: 1 regel buiten"),
    "handling added": ("INSERT INTO signal_event SELECT 99, signal, moment, actor, action, state, outcome, decision,"
                       " details FROM signal_event WHERE outcome = 'geen'", "Tabel signal_event: 1 regel"),
}  # fmt: skip


@pytest.mark.parametrize("what", BESIDE)
def test_what_is_altered_beside_the_chain_is_named(filled: Ledger, what: str) -> None:
    statement, named = BESIDE[what]
    with altered(filled, statement) as connection:
        found = list(table_breaches(connection))
    assert any(named in one.sentence for one in found), found


def test_what_was_there_before_the_chain_is_in_it(ledger: Ledger) -> None:
    """Down and up again: numbers with gaps, and numbers that JSON has in two ways."""
    fill(ledger)
    said = "delivery, moment, actor, action, object, result, details"
    with ledger.database.read() as connection:
        before = connection.execute(sa.text(f"SELECT {said} FROM event ORDER BY place")).all()
    migrate.downgrade(ledger.database, "0003")
    odd = """'{"z": 0.1, "a": [1e22, 2.50], "é": null}'"""
    with ledger.database.write() as connection:
        connection.exec_driver_sql(f"INSERT INTO event (id, {said}) SELECT id + 1000, delivery, moment, actor, action,"
                                   f" 'oud', result, {odd} FROM event WHERE id IN (2, 4)")  # fmt: skip
        connection.exec_driver_sql(f"INSERT INTO event ({said}) SELECT {said} FROM event WHERE object = 'kalender'")
        old = connection.execute(sa.text(f"SELECT {said} FROM event ORDER BY id")).all()
    assert old[:len(before)] == before and len(old) == len(before) + 3
    ledger.create()
    verdict = verified(ledger)
    assert verdict.breaches == () and verdict.events > len(old)
    after = rows(ledger)
    assert [event["object"] for event in after[:len(old)]] == [event.object for event in old]
    assert {event["origin"] for event in after[:len(old)]} == {"onbekend"}
    assert {event["action"] for event in after[len(old):]} == {"opgenomen in de keten"}
    for statement in ("UPDATE balance SET rejected = 2 WHERE step = 'select'", "UPDATE signal SET kind = 'B'",
                      "UPDATE destroyed SET gone = NULL", "UPDATE receipt SET accepted = 0"):  # fmt: skip
        with altered(ledger, statement) as connection:
            assert list(table_breaches(connection)), statement
    ledger.event(None, "beheer", "gezien", "iets", "goed")
    assert verified(ledger).breaches == ()


def test_many_events_from_before_are_chained_in_pieces(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.downgrade(ledger.database, "0003")
    with ledger.database.write() as connection:
        for number in range(25):
            connection.exec_driver_sql(
                "INSERT INTO event (moment, actor, action, object, result, details) VALUES"
                f" ('2026-10-01 12:00:00.000000', 'a', 'b', '{number}', 'c', '{{}}')")  # fmt: skip
    monkeypatch.setattr("exchanges.core.ledger.migrations.versions.r0004_chain._BATCH", 10)
    ledger.create()
    assert verified(ledger).events == 25
    assert [event["object"] for event in rows(ledger)] == [str(number) for number in range(25)]
