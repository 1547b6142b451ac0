"""A record dropped, doubled or changed between any two steps stops the delivery: nothing arrives, the report says so.

Each test has a hand that changes something as it passes from one step to the next, and a step that must notice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core import run
from exchanges.core.errors import BusinessError, InputRefused
from exchanges.core.steps import build as build_step
from exchanges.core.steps import deliver as deliver_step
from exchanges.core.steps import select as select_step
from exchanges.core.steps.context import Result
from exchanges.dkd_reintegratie.selection import SELECTION
from tests.chain import Chain, chain
from tests.rows import write_parquet
from tests.stored import content, place
from tests.system.tampering import (
    HANDS,
    IN_FILE,
    Hand,
    built,
    built_wrong,
    change,
    in_file,
    nothing,
    rebuilt,
    tamper_files,
)

pytestmark = pytest.mark.system
MESSAGE_TABLES = ("client", "atl_relatie", "voorziening")


def source(folder: Path) -> Path:
    """Four persons, the last of whom is rejected; two provisions each."""
    name = {"voornamen": "Anna", "voorletters": "A", "voorvoegsel": "van", "achternaam": "Berg"}
    tables: dict[str, list[dict[str, str]]] = {
        "persoon": [],
        "traject": [],
        "voorziening": [],
        "loonkostensubsidie": [],
    }
    for number, bsn in enumerate(("999990007", "999990019", "999990020", "999990032"), 1):
        person, placed = {"persoon_id": f"P{number}"}, {"persoon_id": f"P{number}", "traject_id": f"T{number}"}
        tables["persoon"].append({**person, **name, "bsn": bsn, "geslacht": "2", "geboortedatum": "19850612"})
        goal = {"doel": "7" if number == 4 else "1", "arbeidsvermogen": "10", "datum_begin": "2025-01-01"}
        tables["traject"].append({**placed, **goal})
        for turn, kind in ((1, "10"), (2, "30")):
            own = {"voorziening_id": f"V{number}{turn}", "registratienummer": f"R{number}{turn}", "type": kind}
            when = {"datum_begin": "20250601", "datum_einde": "20261231"}
            tables["voorziening"].append({**placed, **own, **when, "omschrijving": f"Werk {number}"})
        wage = {"lks_id": f"L{number}", "loonwaarde_perc": str(5000 + number), "datum_begin": "2025-06-01"}
        tables["loonkostensubsidie"].append({**wage, "voorziening_id": f"V{number}1"})
    return write_parquet(folder, tables)


@pytest.fixture
def town(tmp_path) -> Chain:
    return chain(tmp_path, source(tmp_path / "bron"))


@pytest.fixture
def between(monkeypatch) -> Iterator[Callable[..., None]]:
    """``between(step, hand)``: ``hand(context, result)`` gets its fingers on what the step gave. At the end of the test
    it must have been there."""
    called: list[str] = []

    def put(step: str, hand: Callable[[Any, Result], None]) -> None:
        honest = run.FUNCTIONS["out"][step]

        def patched(context: Any) -> Result:
            result = honest(context)
            called.append(step)
            hand(context, result)
            return result

        monkeypatch.setitem(run.FUNCTIONS["out"], step, patched)

    yield put
    assert called, "no step was tampered with"


def stopped(town: Chain, delivery: str, step: str | None = None) -> str:
    """The delivery does not go on: one line, exit code 1, nothing at the partner, all of it in the report."""
    error = town.deliver(delivery)
    assert isinstance(error, BusinessError) and error.exit_code == 1, error
    assert town.inbox == []
    assert town.delivery(delivery).state == "blocked"
    report = town.report(delivery)
    # What was stopped at the very door had closed until there.
    assert "gestopt" in report["verdict"]["text"] and (step == "deliver" or report["verdict"]["closed"] is False)
    if step is not None:
        last = [row.step for row in town.ledger.steps(delivery) if row.step != "report"][-1]
        assert last == step
    return str(error)


def paths_of(result: Result, prefix: str) -> dict[str, Path]:
    return {name: result.files[f"{prefix}/{name}"].path for name in MESSAGE_TABLES}


# --- without a hand, and with one that does nothing


def test_untouched_it_is_delivered(town):
    delivery = town.open()
    assert town.finish(delivery) is None
    assert town.delivery(delivery).state == "accepted"
    report = town.report(delivery)
    assert report["verdict"]["closed"] and report["receipt"]["accepted"] == 3
    counted = [[line["title"] for line in step["measures"]] for step in report["steps"][:2]]
    assert counted == [
        ["persoon", "traject", "voorziening"],
        ["cliënten", "arbeidstoeleidingsrelaties", "re-integratievoorzieningen"],
    ]


def test_taking_it_apart_and_putting_it_together_changes_nothing(town, between):
    between("check", lambda context, result: tamper_files(paths_of(result, "teruglezing"), nothing))
    delivery = town.open()
    assert town.finish(delivery) is None
    assert town.delivery(delivery).state == "accepted"


# --- source -> select


def in_session(monkeypatch, sql: str) -> None:
    """The selection sees a source that is not the one that was frozen."""
    honest = select_step.add_sources

    def patched(con: Any, paths: Any, *texts: str) -> None:
        honest(con, paths, *texts)
        table = next((name for name in ("lks", "voorziening") if f"{name}_id" in sql), "persoon")
        table = {"lks": "loonkostensubsidie"}.get(table, table)
        con.execute(f"CREATE TABLE anders AS SELECT * FROM bron.{table}; DROP VIEW bron.{table}")
        con.execute(f"CREATE VIEW bron.{table} AS {sql}")

    monkeypatch.setattr(select_step, "add_sources", patched)


@pytest.mark.parametrize("sql", [
    "SELECT * FROM anders WHERE persoon_id <> 'P2'",
    "SELECT * FROM anders UNION ALL SELECT * FROM anders WHERE persoon_id = 'P2'",
    "SELECT * REPLACE ('Anders' AS achternaam) FROM anders",
    "SELECT * REPLACE (CASE persoon_id WHEN 'P1' THEN '999990044' ELSE bsn END AS bsn) FROM anders",
    "SELECT * FROM anders WHERE voorziening_id <> 'V11'",
    "SELECT * REPLACE (CASE WHEN voorziening_id = 'V11' THEN 20250602 ELSE datum_begin END AS datum_begin) FROM anders",
    "SELECT * REPLACE (CASE WHEN voorziening_id = 'V11' THEN 'P2' ELSE persoon_id END AS persoon_id,"
    " CASE WHEN voorziening_id = 'V11' THEN 'T2' ELSE traject_id END AS traject_id) FROM anders",
    "SELECT * FROM anders WHERE lks_id <> 'L1'",
    "SELECT * REPLACE (CASE WHEN lks_id = 'L1' THEN 9000 ELSE loonwaarde_perc END AS loonwaarde_perc) FROM anders",
    "SELECT * REPLACE (CASE lks_id WHEN 'L1' THEN 5002 WHEN 'L2' THEN 5001 ELSE loonwaarde_perc END AS loonwaarde_perc)"
    " FROM anders",
], ids=[
    "persoon weg", "persoon dubbel", "naam anders", "bsn anders", "voorziening weg", "datum anders", "bij een ander",
    "subsidie weg", "loonwaarde anders", "loonwaarden verwisseld",
])  # fmt: skip
def test_between_source_and_selection(town, monkeypatch, sql):
    in_session(monkeypatch, sql)
    stopped(town, town.open())


@pytest.mark.parametrize("rows", [-1, 1])
def test_a_source_that_has_other_rows_than_were_read(town, monkeypatch, rows):
    honest = select_step.Context.source

    class Liar:
        def __init__(self, source: Any) -> None:
            self.source = source

        def snapshot(self, *args: Any) -> Any:
            found = self.source.snapshot(*args)
            table = found.tables["traject"]
            return replace(found, tables={**found.tables, "traject": replace(table, rows=table.rows + rows)})

    monkeypatch.setattr(select_step.Context, "source", lambda self: Liar(honest(self)))
    assert "tabel traject had" in stopped(town, town.open(), "select")


# --- select -> map


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_between_selection_and_mapping(town, between, hand):
    between("select", lambda context, result: tamper_files(paths_of(result, "selectie"), hand))
    stopped(town, town.open(), "map")


COLUMNS = [(table.name, column) for table in SELECTION.tables for column in {
    "client": table.unchanged,
    "atl_relatie": (*table.unchanged, "bron_kolom", "bron_partij", "bron_vestiging"),
    "voorziening": (*table.unchanged, "lks", "loonwaarde"),
}[table.name]]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(place) for place in COLUMNS])
def test_no_column_of_the_selection_can_be_changed(town, between, table, column):
    between("select", lambda context, result: tamper_files(paths_of(result, "selectie"), change(table, column)))
    stopped(town, town.open(), "map")


def wrong_from_the_start(monkeypatch, hand: Hand) -> None:
    """Not between two steps but inside one: the proof against the source is what is left."""
    honest = select_step.select_rows

    def patched(con: Any, *args: Any) -> Any:
        found = honest(con, *args)
        con.execute("".join(f"DROP VIEW t_{name};" for name in found.paths))
        tamper_files(found.paths, hand)
        sha256 = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.paths.items()}
        counts = [pq.read_metadata(path).num_rows for path in found.paths.values()]
        lines = [replace(line, out=count) for line, count in zip(found.balances, counts, strict=True)]
        return replace(found, sha256=sha256, balances=lines)

    monkeypatch.setattr(select_step, "select_rows", patched)


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_a_selection_that_is_wrong_from_the_start(town, monkeypatch, hand):
    wrong_from_the_start(monkeypatch, hand)
    stopped(town, town.open())


def test_a_total_that_differs_is_told_in_its_unit(town, monkeypatch):
    wrong_from_the_start(monkeypatch, change("voorziening", "loonwaarde"))
    said = stopped(town, town.open(), "reconcile")
    assert re.search(r"loonwaardepercentages verschilt: bron [0-9]+,[0-9]{2} %, bestand [0-9]+,[0-9]{2} %", said)


# --- map -> build


@pytest.mark.parametrize("rejected", [[1, 3], [], [0], [0, 1, 2, 3]], ids=["een meer", "geen", "een ander", "alle"])
def test_between_mapping_and_building(town, between, rejected):
    """The list of rejected records: one more drops a record, one less lets one through."""

    def hand(context: Any, result: Result) -> None:
        pq.write_table(pa.table({"row": pa.array(rejected, pa.int64())}), result.files["verworpen"].path)

    between("map", hand)
    stopped(town, town.open())


def test_a_record_rejected_without_a_reason(town, between):
    """A mapping that books what it drops: the balance closes, but nobody says why."""

    def hand(context: Any, result: Result) -> None:
        pq.write_table(pa.table({"row": pa.array([1, 3], pa.int64())}), result.files["verworpen"].path)
        lost = {"client": 1, "atl_relatie": 1, "voorziening": 2}
        result.balances = [
            replace(line, out=line.out - lost[line.measure], rejected=line.rejected + lost[line.measure])
            for line in result.balances
        ]

    between("map", hand)
    assert "1 record is afgewezen zonder bevinding" in stopped(town, town.open(), "reconcile")


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_while_building(town, monkeypatch, hand):
    """What is written is not what was selected: also when the builder's own counts say that all is well."""
    touched = in_builder(monkeypatch, hand)
    stopped(town, town.open())
    assert touched


def in_builder(monkeypatch, hand: Hand) -> list[int]:
    from tests.system.tampering import fold, unfold

    touched: list[int] = []
    honest = build_step.accepted

    def patched(*args: Any) -> Iterator[dict[str, pa.Table]]:
        for part in honest(*args):
            tables = {name: part[name] for name in MESSAGE_TABLES}
            records = unfold(tables)
            hand(records)
            touched.append(len(records))
            yield fold(records, {name: table.schema for name, table in tables.items()})

    monkeypatch.setattr(build_step, "accepted", patched)
    return touched


# --- build -> check


@pytest.mark.parametrize("what", IN_FILE)
def test_between_building_and_checking(town, between, what):
    """Bytes changed after they were hashed."""

    def hand(context: Any, result: Result) -> None:
        rebuilt(context, result, in_file(what, built(context, result)))

    between("build", hand)
    stopped(town, town.open(), "check")


def rewrite(what: str) -> Callable[[Any, Result], None]:
    """A builder that writes the wrong bytes and believes in them: hash, size and counts are those of what it wrote."""

    def hand(context: Any, result: Result) -> None:
        built_wrong(context, result, in_file(what, built(context, result)))

    return hand


@pytest.mark.parametrize("what", IN_FILE)
def test_a_file_that_is_wrong_from_the_start(town, between, what):
    between("build", rewrite(what))
    stopped(town, town.open())


# --- check -> reconcile


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_between_checking_and_reconciling(town, between, hand):
    between("check", lambda context, result: tamper_files(paths_of(result, "teruglezing"), hand))
    stopped(town, town.open(), "reconcile")


# --- reconcile -> deliver


@pytest.mark.parametrize("what", IN_FILE)
def test_between_reconciling_and_delivering(town, between, what):
    """The file in the store changed on disk, after it was proven."""

    def hand(context: Any, result: Result) -> None:
        sha256 = context.done("build").artefacts["bericht"].sha256
        data = in_file(what, content(town.home, town.gemeente, sha256))
        path = place(town.home, town.gemeente, sha256)
        path.unlink()
        path.write_bytes(data)

    between("reconcile", hand)
    stopped(town, town.open(), "deliver")


@pytest.mark.parametrize("what", IN_FILE)
def test_while_delivering(town, monkeypatch, what):
    """Another file is handed to the channel than the one that was proven."""
    honest = deliver_step.AsItLies.open
    touched = []

    def patched(self: Any, mode: str) -> BytesIO:
        with honest(self, mode) as file:
            touched.append(self.name)
            return BytesIO(in_file(what, file.read()))

    monkeypatch.setattr(deliver_step.AsItLies, "open", patched)
    stopped(town, town.open(), "deliver")
    assert touched


def test_a_file_built_anew_must_be_proven_anew(town, between, monkeypatch):
    """Built and checked again after the proof, and wrong: what was proven is another file."""
    delivery = town.open()
    town.step(delivery, "select", "map", "build", "check", "reconcile")
    between("build", rewrite("omschrijving anders"))
    town.step(delivery, "build", "check")
    with pytest.raises(BusinessError, match="bouw opnieuw"):
        town.step(delivery, "deliver")
    assert town.inbox == [] and town.delivery(delivery).state == "blocked"


# --- deliver -> receipt


def test_a_partner_that_got_other_bytes_says_so(town):
    delivery = town.open()
    assert town.deliver(delivery) is None
    (name,) = [name for name in town.inbox if name.endswith(".xml")]
    arrived = town.partner / "in" / name
    arrived.write_bytes(in_file("record weg", arrived.read_bytes()))
    arrived.with_name(f"{name}.sha256").write_text(f"{hashlib.sha256(arrived.read_bytes()).hexdigest()}  {name}\n")
    town.answer()
    error = town.deliver(delivery, None)
    assert isinstance(error, InputRefused) and "ander bestand" in str(error)
    assert town.delivery(delivery).state == "delivered"  # what has left has left; the answer is refused and kept
    assert list((town.home / "artefacten" / town.gemeente / "quarantaine").glob("*.reason.json"))


@pytest.mark.parametrize(("old", "new"), [
    (b"<Status>geaccepteerd</Status>", b"<Status>afgewezen</Status>"),
    (b"<AantalGeaccepteerd>3", b"<AantalGeaccepteerd>2"),
    (b"<Burgerservicenr>999990007", b"<Burgerservicenr>999990044"),
    (b"<Burgerservicenr>999990007", b"<Burgerservicenr>999990019"),
], ids=["status anders", "aantal anders", "andere persoon", "persoon dubbel"])  # fmt: skip
def test_an_answer_that_does_not_add_up_is_refused(town, old, new):
    delivery = town.open()
    assert town.deliver(delivery) is None
    town.answer()
    (verslag,) = (town.partner / "uit").glob("*.xml")
    data = verslag.read_bytes()
    assert old in data
    verslag.write_bytes(data.replace(old, new, 1))
    verslag.with_name(f"{verslag.name}.sha256").write_text(
        f"{hashlib.sha256(verslag.read_bytes()).hexdigest()}  {verslag.name}\n"
    )
    assert isinstance(town.deliver(delivery, None), InputRefused)
    assert town.delivery(delivery).state == "delivered"
    assert list((town.home / "artefacten" / town.gemeente / "quarantaine").glob("*.reason.json"))
