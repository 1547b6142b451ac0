"""What commands say to people: Dutch words, Dutch numbers and dates, and no insides of the program."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from exchanges.cli.app import app
from exchanges.cli.loonaangifte import tell_year
from exchanges.core.errors import CatalogueError, UsageError
from exchanges.core.ledger import Delivery, DeliveryState
from exchanges.core.period import Period
from exchanges.core.purpose.registry import HOME_TIME
from exchanges.core.receive import waiting
from exchanges.core.receive.waiting import Family
from exchanges.core.run import open_ledger
from exchanges.core.schemas.install import Installed
from exchanges.core.settings import Settings

Said = Callable[..., tuple[int, str]]
SETTINGS = '[gemeente.0153]\nnaam = "Enschede"\nbron = { soort = "parquet", locatie = "bron" }\n'
ENGLISH = re.compile(r"\b(?:assumed|verified|secondary|None|True|False|Path)\b|\d{4}-\d\d-\d\d")


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    (tmp_path / "ketensluis.toml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))
    monkeypatch.setenv("KETENSLUIS_PSEUDONYM_KEY", "sleutel van de tests")
    open_ledger(Settings(home=tmp_path))

    def call(*words: str, stdin: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(app, words, input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert ENGLISH.search(done.stdout) is None, done.stdout
        return done.exit_code, done.stdout

    return call


def test_schemas_say_how_sure_from_when_and_what_cannot_be_used(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core.schemas import listing

    code, out = said("schemas", "list")
    assert code == 0 and re.search(r": vanaf 1 \w+ \d{4}(?: tot en met \d+ \w+ \d{4})?, aanname, geen officieel", out)
    gone = {"message": "Bericht", "version": "v9", "valid_from": "2030-01-01", "valid_to": None, "certainty": "assumed",
            "package": None, "supported": False, "reason": "De indeling is niet bekend."}  # fmt: skip
    monkeypatch.setattr(listing, "list_schemas", lambda home: [gone])
    assert said("schemas", "list")[1] == (
        "Bericht v9: vanaf 1 januari 2030, aanname, niet te gebruiken: De indeling is niet bekend.\n"
    )


@pytest.mark.parametrize("already", [False, True])
def test_an_installed_package_is_told_in_words(said: Said, monkeypatch: pytest.MonkeyPatch, already: bool) -> None:
    from exchanges.core.schemas import install

    made = Installed("Bericht", "v1", "pakket", "ab" * 32, Path("/doel"), Path("/doel/herkomst"), 1234, already)
    monkeypatch.setattr(install, "install", lambda *asked: made)
    first, second = said("schemas", "install", "pakket.zip")[1].splitlines()
    done = "stond er al" if already else "is geïnstalleerd"
    assert first == f"Pakket pakket (Bericht v1, 1.234 bestanden) {done}: /doel"
    assert second == f"  sha256 {'ab' * 32}; herkomst in /doel/herkomst"


def test_verdicts_are_counted_as_we_count(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core.schemas import verify

    row = {"message": "Bericht", "version": "v1", "root": "Wortel", "generated": 10_000, "agree": 8_999,
           "differ": 1_001, "second_opinion": {"misread": 0}}  # fmt: skip
    monkeypatch.setattr(verify, "verify", lambda *asked: iter([row]))
    assert said("schemas", "verify") == (1, "Bericht v1 Wortel: 10.000 berichten, 8.999 gelijk, 1.001 verschillend\n")


def test_mappings_are_told_with_their_certainty(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core.mapping import check

    code, out = said("mappings", "check")
    assert code == 0 and re.search(r"^\w+ v\w+: [\d.]+ regels, geen problemen, aanname$", out, re.MULTILINE)
    honest = check.check_mapping

    def one_wrong(*asked: Any) -> Any:
        found = honest(*asked)
        found.problems.append("Regel 2 past niet.")
        return found

    monkeypatch.setattr(check, "check_mapping", one_wrong)
    assert "regels, 1 probleem, " in said("mappings", "check")[1]


def test_a_mapping_without_schema_is_named(said: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from exchanges.core import data
    from exchanges.core.mapping import table

    real = data.data_dir
    monkeypatch.setattr(data, "data_dir", lambda kind: tmp_path if kind == "mappings" else real(kind))
    (tmp_path / "Bericht" / "v1").mkdir(parents=True)
    (tmp_path / "Bericht" / "v1" / "mapping.csv").touch()
    known = table.load_mapping("IBVerwijsindex", "v0300")
    monkeypatch.setattr(table, "load_mapping", lambda *asked: replace(known, message="Bericht", version="v1"))
    with pytest.raises(CatalogueError, match="Bericht Bericht v1 staat niet in de schemacatalogus"):
        said("mappings", "check")


def test_a_made_municipality_is_counted_as_we_count(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.administration import demo

    monkeypatch.setattr(demo, "generate", lambda *asked, **more: SimpleNamespace(rows={"persoon": 1_234_567}))
    assert said("demo-data", "--out", "map")[1] == "   1.234.567 persoon\nin map\n"


def test_kinds_of_errors_are_not_passed_over(said: Said, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="alleen gemaakt met --errors"):
        said("demo-data", "--out", str(tmp_path / "uit"), "--clients", "1", "--kinds", "LKS-PRC-01")
    assert not (tmp_path / "uit").exists()


def test_why_counts_as_we_count(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core import why

    rule = {"code": "A", "table": "persoon", "kept": 1_000, "excluded": 2_000, "text": "Te laat."}
    found = {"conclusion": "Niet mee.", "person": "p:1", "rows_in_source": 1, "rules": [rule],
             "findings": [{"code": "B", "step": "map", "text": "Fout.", "action": "Herstel."}]}  # fmt: skip
    monkeypatch.setattr(why, "why", lambda *asked, **more: found)
    out = said("why", "x", "--reason", "vraag", stdin="999990019\n")[1]
    assert "Persoon p:1, 1 rij in de bron" in out and "deels  A (persoon: 1.000 mee, 2.000 niet). Te laat." in out
    assert "  B bij omzetting: Fout. Herstel." in out


def test_where_names_steps_and_months_in_words(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core.where import find

    one = SimpleNamespace(
        delivery=family(1).root, places=[], left_out=[], outcome=[], gone=[], unreadable=[], found=True,
        stand="geopend", since=[],
        findings=[SimpleNamespace(code="B", step="compare", text="Anders.")],
    )  # fmt: skip
    signal = SimpleNamespace(number="S1", exchange="ib_samenloop", kind="VRT", period="2026-10", state="ontvangen")
    answer = SimpleNamespace(person="p:1", gemeente="0153", found=[one], deliveries=1, traced=[one], signals=[signal])
    monkeypatch.setattr(find, "where", lambda *asked, **more: answer)
    out = said("where", "--gemeente", "0153", "--reason", "vraag", stdin="999990019\n")[1]
    assert "bevinding B bij vergelijking: Anders." in out and "VRT  oktober 2026  ontvangen" in out
    assert "compare" not in out


def test_an_incident_has_its_deadline_in_words(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core import incident

    until = datetime(2099, 11, 24, 23, 30, tzinfo=UTC)
    one = incident.Incident("ib_lks/0153/2026-10/0001", "IB-1", until, until)
    monkeypatch.setattr(incident, "incidents", lambda ledger: [one])
    code, out = said("access", "incidents")
    assert (code, out) == (1, "ib_lks/0153/2026-10/0001  IB-1  open, melden voor 25 november 2099 00:30\n")


def test_quarantine_has_the_day_it_was_here(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core.store import opening

    one = SimpleNamespace(sha256="ab" * 32, name="a.csv", size=5, reason="Is leeg.",
                          moment=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))  # fmt: skip
    monkeypatch.setattr(opening, "open_store", lambda settings: SimpleNamespace(quarantined=lambda code: [one]))
    assert "25 november 2026" in said("quarantine", "list", "--gemeente", "0153")[1]


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer in another time zone; of these two at least one has another day than here, whatever the time."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("elsewhere", ["Etc/GMT+12", "Etc/GMT-14"], indirect=True)
@pytest.mark.usefixtures("elsewhere")
def test_tasks_are_late_by_the_day_here(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.ib_lks import agenda

    asked: list[date] = []
    monkeypatch.setattr(agenda, "open_tasks", lambda ledger, store, gemeente, until: asked.append(until) or [])
    assert said("lks", "taken", "--gemeente", "0153", "--binnen", "0")[0] == 0
    assert abs((asked[0] - datetime.now(HOME_TIME).date()).days) == 0


def test_what_stands_stands_under_its_heading(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core import standing

    names = ("records", "in_force", "refused", "withdrawn", "gone", "superseded", "waiting", "repaired")
    numbers = dict.fromkeys(names, 1_234)
    line = {"delivery": "ib_rechtmatigheid/0153/2026-10/0001", "kind": "vervanging", **numbers}
    monkeypatch.setattr(standing, "standing", lambda *asked: {"deliveries": [line], "total": numbers})
    out = said("correct", "standing", "--gemeente", "0153", "--period", "2026-10")[1].splitlines()
    assert len(out) == 3 and len({len(row) for row in out}) == 1
    ends = [match.end() for match in re.finditer(r"\S+", out[0])]
    assert all(ends == [match.end() for match in re.finditer(r"1\.234", row)] for row in out[1:])


def family(number: int, rows: int | None = 2) -> Family:
    id = f"ib_samenloop/0153/2026-10/{number:04d}"
    root = Delivery(id, "ib_samenloop", "0153", Period(2026, 10), number, "bestand", DeliveryState.published, "Kapot.")
    base, causes = (None, {}) if rows is None else (root, {"unreadable": rows, "clash": 0, "rejected": 0})
    return Family(root, base, (), (), causes, 0, datetime.now(UTC) - timedelta(days=1), "a.csv", "ab" * 32)


def test_what_waits_of_one_delivery_is_of_that_delivery(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {one.root.id: one for one in (family(1), family(2, None), family(3, 0))}
    monkeypatch.setattr(waiting, "family", lambda ledger, id: known.get(id))
    monkeypatch.setattr(waiting, "families", lambda *asked: (one for one in known.values() if one.waits))
    code, out = said("refeed", "--list")
    assert code == 1 and out.endswith("2 leveringen wachten op herstel.\n")
    assert out.count("1 dag geleden ontvangen") == 2
    first, second, third = known
    code, out = said("refeed", first, "--list")
    assert code == 1 and first in out and second not in out and out.endswith("1 levering wacht op herstel.\n")
    for id in (third, "ib_samenloop/0153/2026-10/0009"):
        assert said("refeed", id, "--list") == (0, "Er wacht niets op herstel.\n")


def test_one_delivery_and_all_of_an_exchange_are_two_questions(said: Said) -> None:
    with pytest.raises(UsageError, match="niet allebei"):
        said("refeed", family(1).root.id, "--list", "--gemeente", "0153")


@pytest.mark.parametrize(("count", "closes"), [(1, True), (1_234, False)])
def test_a_year_is_told_in_whole_sentences(count: int, closes: bool, capsys: pytest.CaptureFixture[str]) -> None:
    reasons = [] if closes else ["De bank sluit niet."]
    report = SimpleNamespace(
        statement=SimpleNamespace(gemeente_naam="Enschede", year=2026), year_lines=(), closes=closes, reasons=reasons,
        jaaropgaven=SimpleNamespace(count=count), collective=SimpleNamespace(asked=5_000),
    )  # fmt: skip
    made: Any = SimpleNamespace(report=report, written=SimpleNamespace(reports={}, jaaropgaven=()))
    tell_year(made)
    many = "1 jaaropgave" if count == 1 else "1.234 jaaropgaven"
    end = ["Dit jaar sluit."] if closes else ["Dit jaar sluit niet:", "  De bank sluit niet."]
    assert capsys.readouterr().out.splitlines()[2:] == [f"  {many}; gevraagd 5.000 euro", *end]
