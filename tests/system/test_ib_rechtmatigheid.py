"""Dossiers of a synthetic municipality: nothing reported on clean data, every planted error found, the months add up,
a report of the partner that does not, and hands in the file."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from exchanges.administration.demo import generate
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import BusinessError, InputRefused
from exchanges.core.steps import build as build_step
from exchanges.core.steps import select as select_step
from exchanges.core.why import why
from tests.chain import GEMEENTE, Chain, chain

CLIENTS = 1500
EXCHANGE = "ib_rechtmatigheid"
REGELINGEN = ("PW", "IOAW", "IOAZ", "BBZ")

pytestmark = pytest.mark.system


def town(folder: Path, month: str = "2026-10", seed: int = 3) -> Chain:
    generate(folder / "bron", GEMEENTE, CLIENTS, seed, errors=False, period=month)
    return chain(folder / "huis", folder / "bron", exchange=EXCHANGE)


def alter(town: Chain, table: str, change: Any) -> None:
    """Other rows in a table of the administration; ``change`` works on a list of rows."""
    path = town.source / f"{table}.parquet"
    found = pq.read_table(path)
    rows = found.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, found.schema), path)


def lines(data: bytes) -> list[tuple[str, ...]]:
    """(bsn, dossiernummer, regeling, rol) of every line."""
    tags = ("Burgerservicenr", "Dossiernummer", "Regeling", "Rol")
    return [tuple(line.findtext(tag) or "" for tag in tags) for line in etree.fromstring(data).iter("Regel")]


def named(town: Chain, *bsns: str) -> list[str]:
    return pseudonyms(pa.array(bsns, pa.string()), town.settings.pseudonymise_with()).to_pylist()


def test_a_clean_town_has_no_finding_and_every_running_person_has_a_line(tmp_path):
    """R-RM 2, counted here once more by hand."""
    place = town(tmp_path)
    delivery = place.open()
    assert place.finish(delivery) is None
    report = place.report(delivery)
    assert (report["delivery"]["state"], report["verdict"]["closed"], report["findings"]) == ("accepted", True, [])
    running = {
        (row["registratienummer"], person)
        for row in pq.read_table(place.source / "uitkering.parquet").to_pylist()
        if row["regeling"] in REGELINGEN
        and str(row["datum_begin"]) <= "2026-10-31" <= str(row["datum_einde"] or "9999-12-31")
        for person in (row["persoon_id"], row["partner_persoon_id"])
        if person
    }
    bsns = {row["persoon_id"]: row["bsn"] for row in pq.read_table(place.source / "persoon.parquet").to_pylist()}
    sent = {(number, bsn) for bsn, number, *_ in lines(place.message(delivery))}
    assert {(number, bsns[person]) for number, person in running} <= sent
    assert {total["id"]: total["file"] for total in report["totals"]}["lopend"] == len(running) > 300


def test_what_is_wrong_is_found_by_person_and_the_rest_goes(tmp_path):
    place = town(tmp_path)
    persons = {row["persoon_id"]: row for row in pq.read_table(place.source / "persoon.parquet").to_pylist()}
    wanted: Counter[tuple[str, str]] = Counter()

    def plant(rows: list[dict[str, Any]]) -> None:
        singles = [row for row in rows if row["regeling"] in REGELINGEN and row["datum_einde"] is None
                   and row["partner_persoon_id"] is None]  # fmt: skip
        double, early, late, moved, wrong, unnamed = singles[:6]
        rows.append(double | {"uitkering_id": "U-DUBBEL"})
        early["datum_einde"] = early["datum_begin"].replace(year=early["datum_begin"].year - 1, day=1)
        # within the window, or RM-E01 comes first
        early["datum_begin"] = early["datum_begin"].replace(year=2026, month=9, day=1)
        early["datum_einde"] = early["datum_begin"].replace(month=8)
        late["datum_begin"] = late["datum_begin"].replace(year=2027, month=1, day=1)
        moved_person, wrong_person, unnamed_person = (persons[row["persoon_id"]] for row in (moved, wrong, unnamed))
        moved_person["gemeentecode"] = "0344"
        wrong_person["bsn"] = wrong_person["bsn"][:-1] + str((int(wrong_person["bsn"][-1]) + 1) % 10)
        unnamed_person["achternaam"] = None
        told = (("RM-E03", persons[double["persoon_id"]]), ("RM-E03", persons[double["persoon_id"]]),
                ("RM-E04", persons[early["persoon_id"]]), ("RM-E05", moved_person), ("RM-E02", wrong_person),
                ("RM-W01", unnamed_person))  # fmt: skip
        wanted.update((code, named(place, person["bsn"])[0]) for code, person in told)

    alter(place, "uitkering", plant)
    alter(place, "persoon", lambda rows: rows.__setitem__(slice(None), list(persons.values())))
    delivery = place.open()
    assert place.finish(delivery) is None
    found = place.ledger.findings(delivery).to_pylist()
    assert Counter((row["code"], row["record"]) for row in found if row["step"] == "map") == wanted
    report = place.report(delivery)
    assert report["verdict"]["closed"] and all(total["equal"] for total in report["totals"])
    assert {row["code"]: row["count"] for row in report["excluded"]}["RM-TOEKOMST"] == 1
    assert sum(step["value"] for step in report["waterfall"] if step["label"] == "Afgewezen door eigen regels") == 5


def test_what_the_partner_refused_is_accounted_for_per_file_and_per_regulation(tmp_path):
    """R-RM 1, over the partner's own file."""
    place = town(tmp_path)
    delivery = place.open()
    assert place.finish(delivery, ["reject-every=7"]) is None
    report = place.report(delivery)
    answer = etree.parse(next((place.partner / "uit").glob("*.xml"))).getroot()
    assert answer.findtext("Kop/Bestandsstatus") == "incompleet"
    sent = lines(place.message(delivery))
    refused = Counter(line.findtext("Regeling") for line in answer.iter("Afgewezen"))
    assert report["receipt"]["rejected"] == refused.total() == len(sent) // 7
    assert report["receipt"]["accepted"] == len(sent) - refused.total()
    totals = {total["id"]: total["file"] for total in report["totals"]}
    for regeling in REGELINGEN:
        of = [line for line in sent if line[2] == regeling]
        assert totals[f"regels_{regeling.lower()}"] == len(of)
        assert 0 <= refused[regeling] <= len(of)
    bsn = answer.findtext("Afgewezen/Burgerservicenr")
    told = why(delivery, bsn, place.settings)
    assert told["answer"] == "afgewezen" and "Persoon onbekend bij ontvanger" in told["conclusion"]
    assert bsn not in json.dumps(told) + json.dumps(report)


def test_two_months_add_up(tmp_path):
    """R-RM 4: the lines of the month before, and what came, less what went, are the lines of this month."""
    place = town(tmp_path, "2026-09")
    before = place.open("2026-09")
    assert place.finish(before) is None
    generate(place.source, GEMEENTE, CLIENTS, 3, errors=False, period="2026-10")
    now = place.open("2026-10")
    assert place.finish(now) is None
    had, has = (set(lines(place.message(one))) for one in (before, now))
    report = place.report(now)
    moved = report["difference"]["tables"][0]
    assert report["difference"]["previous"] == before
    assert (moved["new"], moved["gone"]) == (len(has - had), len(had - has))
    assert len(had) + moved["new"] - moved["gone"] == len(has)
    assert moved["new"] > 0 and moved["gone"] > 0 and moved["changed"] > 0


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<RegelsGeaccepteerd>", "<RegelsGeaccepteerd>1", "de aantallen in de kop sluiten niet"),
        ("<Bestandsstatus>incompleet<", "<Bestandsstatus>verwerkt<", "de bestandsstatus en de regels verschillen"),
        ("<Dossiernummer>U", "<Dossiernummer>V", "een regel gaat over een record dat niet is verzonden"),
        ("<Bestandsnaam>RM", "<Bestandsnaam>XX", "het verslag gaat over een ander bestand"),
        ("<Bestandsstatus>incompleet<", "<Bestandsstatus>deels_verwerkt<", "verslag past niet in schema"),
    ],
)
def test_a_report_that_does_not_add_up_closes_nothing(tmp_path, old, new, reason):
    place = town(tmp_path)
    delivery = place.open()
    assert place.deliver(delivery) is None
    place.answer(["reject-count=2"])
    path = next((place.partner / "uit").glob("*.xml"))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    sidecar = path.with_name(path.name + ".sha256")
    sidecar.unlink()
    stopped = place.deliver(delivery, None)
    assert isinstance(stopped, InputRefused) and reason in str(stopped)
    assert place.delivery(delivery).state == "delivered"


def stops(town: Chain) -> None:
    """Nothing arrives, and the report says that it was stopped."""
    delivery = town.open()
    error = town.deliver(delivery)
    assert isinstance(error, BusinessError) and error.exit_code == 1, error
    assert town.inbox == []
    report = town.report(delivery)
    assert (report["delivery"]["state"], report["verdict"]["closed"]) == ("blocked", False)


def replace(old: str, new: str) -> Any:
    """In the second line of the file."""

    def hand(rows: list[str]) -> None:
        assert old in rows[1]
        rows[1] = rows[1].replace(old, new, 1)

    return hand


@pytest.mark.parametrize(
    "hand",
    [
        lambda rows: rows.pop(1),
        lambda rows: rows.insert(1, rows[1]),
        lambda rows: rows.insert(0, rows.pop(1)),
        replace("<Rol>aanvrager", "<Rol>partner"),
        replace("<IndLopend>J", "<IndLopend>N"),
        replace("<DatumAanvang>20", "<DatumAanvang>19"),
        replace("<Leefvorm>", "<Leefvorm>9"),
    ],
    ids=["weg", "dubbel", "andere volgorde", "andere rol", "loopt niet", "andere aanvang", "andere leefvorm"],
)
def test_a_hand_in_the_file_stops_the_delivery(tmp_path, monkeypatch, hand):
    honest = build_step.write_file

    def tampered(writer: Any, scalar: Any, parts: Any, out: Any, lists: Any) -> str:
        written = BytesIO()
        honest(writer, scalar, parts, written, lists)
        head, *rows = written.getvalue().decode().split("<Regel>")
        rows[-1], tail = rows[-1].split("</Regel>")[0] + "</Regel>", rows[-1].split("</Regel>")[1]
        hand(rows)
        data = ("<Regel>".join([head, *rows]) + tail).encode()
        out.write(data)
        return hashlib.sha256(data).hexdigest()

    monkeypatch.setattr(build_step, "write_file", tampered)
    stops(town(tmp_path))


# One benefit of a couple that runs, whatever the seed.
_ONE = ("(SELECT min(uitkering_id) FROM anders WHERE regeling = 'PW' AND datum_einde IS NULL"
        " AND partner_persoon_id IS NOT NULL)")  # fmt: skip
_ITS = f"(SELECT persoon_id FROM bron.uitkering WHERE uitkering_id = {_ONE.replace('anders', 'bron.uitkering')})"


@pytest.mark.parametrize(
    ("table", "sql"),
    [
        ("uitkering", f"SELECT * FROM anders WHERE uitkering_id <> {_ONE}"),
        ("uitkering", f"SELECT * FROM anders UNION ALL SELECT * FROM anders WHERE uitkering_id = {_ONE}"),
        *(
            ("uitkering", f"SELECT * REPLACE (CASE WHEN uitkering_id = {_ONE} THEN {new} ELSE {column} END AS {column})"
             " FROM anders")
            for column, new in (
                ("partner_persoon_id", "NULL"), ("partner_persoon_id", "persoon_id"), ("persoon_id", "'P9'"),
                ("registratienummer", "'R-9'"), ("regeling", "'IOAW'"), ("leefvorm", "'7'"),
                ("datum_begin", "datum_begin - 1"), ("datum_einde", "DATE '2026-09-30'"),
            )
        ),
        ("persoon", f"SELECT * REPLACE (CASE persoon_id WHEN {_ITS} THEN '111111110' ELSE bsn END AS bsn) FROM anders"),
        ("persoon", f"SELECT * FROM anders WHERE persoon_id <> {_ITS}"),
    ],
)  # fmt: skip
def test_a_selection_from_another_source_than_the_frozen_one_stops_the_delivery(tmp_path, monkeypatch, table, sql):
    """A line has no row of its own in the source; the rules on all lines, and the totals, stand in for that proof."""
    honest = select_step.add_sources

    def patched(con: Any, paths: Any, *texts: str) -> None:
        honest(con, paths, *texts)
        con.execute(f"CREATE TABLE anders AS SELECT * FROM bron.{table}; DROP VIEW bron.{table}")
        con.execute(f"CREATE TABLE bron.{table} AS {sql}")

    monkeypatch.setattr(select_step, "add_sources", patched)
    stops(town(tmp_path))


def test_who_was_refused_last_month_and_goes_along_again_is_told(tmp_path):
    """R-RM 3: told by pseudonym, of exactly those that the partner refused and that are in the file again."""
    place = town(tmp_path)
    first = place.open("2026-09")
    assert place.finish(first, ["reject_count=3"]) is None
    found = place.ledger.findings(first).to_pylist()
    refused = {row["record"] for row in found if row["step"] == "receipt" and row["severity"] == "error"}
    assert len(refused) == 3
    second = place.open("2026-10")
    assert place.finish(second) is None
    again = [row for row in place.ledger.findings(second).to_pylist() if row["code"] == "RM-R03"]
    assert {row["record"] for row in again} == refused and {row["severity"] for row in again} == {"warning"}
    third = place.open("2026-11")
    assert place.finish(third) is None
    assert "RM-R03" not in place.ledger.findings(third)["code"].to_pylist()


def test_two_months_add_up_for_a_person_with_several_lines(tmp_path):
    """R-RM 4: a person with another benefit since is a line more, not a line that changed."""
    place = town(tmp_path)
    before = place.open("2026-09")
    assert place.finish(before) is None
    alter(place, "uitkering", lambda rows: rows.extend(
        row | {"uitkering_id": f"B{number}", "registratienummer": f"B-{number}", "regeling": "BBZ"}
        for number, row in enumerate([one for one in rows if one["regeling"] == "PW"][:5])))  # fmt: skip
    now = place.open("2026-10")
    assert place.finish(now) is None
    had, has = (set(lines(place.message(one))) for one in (before, now))
    moved = place.report(now)["difference"]["tables"][0]
    assert (moved["new"], moved["gone"]) == (len(has - had), len(had - has))
    assert moved["new"] >= 5


def test_the_answer_balances_per_regeling(tmp_path):
    """R-RM 1: per regeling what was sent is accepted or refused, and the lines add up to the file."""
    place = town(tmp_path)
    delivery = place.open()
    assert place.finish(delivery, ["reject_count=5"]) is None
    whole, *per = place.ledger.step_result(delivery, "receipt").balances
    sent = Counter(regeling for _, _, regeling, _ in lines(place.message(delivery)))
    assert {line.measure: line.into for line in per} == {f"regeling {name}": count for name, count in sent.items()}
    assert sum(line.rejected for line in per) == whole.rejected == 5 and all(line.closed for line in per)
    found = next(step for step in place.report(delivery)["steps"] if step["step"] == "receipt")
    assert len(found["measures"]) == len(sent) + 1


def test_a_file_that_is_refused_is_refused_per_regeling(tmp_path):
    place = town(tmp_path)
    delivery = place.open()
    place.finish(delivery, ["reject_file"])
    whole, *per = place.ledger.step_result(delivery, "receipt").balances
    assert whole.out == 0 and per and all(line.out == 0 and line.rejected == line.into for line in per)
