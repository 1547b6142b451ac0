"""Looking at personal data is in the books, whatever the command; the month is counted, and who looked at whom is told
only when asked."""

from __future__ import annotations

import io
import json
import os
import zipfile
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyrage import x25519

from exchanges.cli import main
from exchanges.core.access.log import seen
from exchanges.core.access.overview import overview
from exchanges.core.ledger import chain as chained
from exchanges.core.lists.seal import seal
from exchanges.core.period import Period
from exchanges.core.purpose.registry import HOME_TIME
from exchanges.core.run import open_ledger
from tests.chain import chain
from tests.rows import write_csv
from tests.signals import Town, town
from tests.unit.core.test_why import SENT, TABLES

NOW = f"{datetime.now(HOME_TIME):%Y-%m}"
DELIVERY = "dkd_reintegratie/0153/2026-10/0001"


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """``here(*args)``: the command in this process, by anna; gives exit code, output and complaints."""
    for name in [name for name in os.environ if name.startswith("KETENSLUIS_") and name != "KETENSLUIS_APPROVAL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path / "huis"))
    monkeypatch.setenv("KETENSLUIS_PSEUDONYM_KEY", "sleutel van de tests")
    monkeypatch.setattr("exchanges.core.access.who.actor", lambda: "anna")
    monkeypatch.setattr("exchanges.core.access.look.actor", lambda: "anna")

    def call(*args: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["sluis", *map(str, args)])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def delivered(tmp_path):
    made = chain(tmp_path / "huis", write_csv(tmp_path / "bron", TABLES), kind="csv")
    assert made.finish(made.open()) is None
    return made


@pytest.fixture
def signals(tmp_path) -> tuple[Town, Path]:
    """A month of signals in a sealed list; and the file with the key."""
    identity = x25519.Identity.generate()
    place = town(tmp_path / "huis", (SENT,), f'sleutel = "{identity.to_public()}"')
    place.put("2026-10", place.month("2026-10", 2))
    assert place.receive()[1] is None
    key = tmp_path / "sleutel"
    key.write_text(str(identity), encoding="ascii")
    return place, key


def looks(made) -> list[tuple[str, str, str]]:
    ledger = made.ledger
    events = [event for id in (None, *(one.id for one in ledger.deliveries())) for event in ledger.events(id)]
    return [(event.actor, event.action, event.object) for event in events if event.action.startswith("inzage")]


def test_who_asks_about_a_person_or_reads_a_report_is_in_the_books(here, delivered):
    assert looks(delivered) == []
    assert here("report", DELIVERY)[0] == 0
    assert here("why", DELIVERY, "--reason", "vraag van de klant", stdin=f"{SENT}\n")[0] == 0
    code, out, _ = here("where", "--gemeente", "0153", "--reason", "inzage", "--json", stdin=f"{SENT}\n")
    assert code == 0 and json.loads(out)["deliveries"][0]["outcome"] == ["verzonden", "geaccepteerd"]
    grouped = f"{SENT[:4]}.{SENT[4:6]}.{SENT[6:]}"  # as it stands on paper
    code, out, _ = here("where", "--gemeente", "0153", "--reason", "inzage", stdin=f"{grouped}\n\n")
    assert code == 0 and "in 1 van 1 levering" in out and "uitkomst: verzonden, geaccepteerd" in out and SENT not in out
    assert looks(delivered) == [
        ("anna", "inzage waar", "alle/0153"), ("anna", "inzage waar", "alle/0153"),
        ("anna", "inzage verslag", DELIVERY), ("anna", "inzage waarom", DELIVERY),
    ]  # fmt: skip
    (asked,) = [event for event in delivered.ledger.events(DELIVERY) if event.action == "inzage waarom"]
    assert asked.details["reden"] == "vraag van de klant"
    assert asked.details["verwerkingsactiviteit"] == "ketensluis-dkd-reintegratie"
    assert asked.details["persoon"].startswith("p:")


def test_who_waits_for_the_answer_sees_that_it_is_looked_for(here, delivered, monkeypatch):
    """A second for a small municipality, three for a million persons."""
    shown: list[tuple[str, bool]] = []

    def progress(title: str, total: int | None, quiet: bool = False) -> AbstractContextManager[None]:
        shown.append((title, quiet))
        return nullcontext()

    monkeypatch.setattr("exchanges.cli.why.progress", progress)
    code, out, _ = here("why", DELIVERY, stdin=f"{SENT}\n")
    said = out.splitlines()
    assert code == 0 and said[3].startswith("Gaat wat er van de persoon is mee,") and "SEL-" in said[4]
    assert here("why", DELIVERY, "--json", stdin=f"{SENT}\n")[0] == 0
    assert shown == [("Regels nagaan", False), ("Regels nagaan", True)]


def test_the_question_needs_a_reason_and_a_bsn_on_standard_input(here, delivered):
    assert here("where", "--gemeente", "0153", stdin=f"{SENT}\n")[0] == 2
    code, _, err = here("where", "--gemeente", "0153", "--reason", "inzage")
    assert code == 2 and "Geen BSN op de standaardinvoer" in err
    code, _, err = here("where", "--gemeente", "0153", "--reason", "inzage", stdin=f"{SENT}\n{SENT}\n")
    assert code == 2 and "meer dan een regel" in err and SENT not in err
    code, _, err = here("where", SENT, "--gemeente", "0153", "--reason", "inzage")
    assert code == 2 and SENT not in err
    assert looks(delivered) == []


def test_who_looks_at_signals_lists_or_rows_is_in_the_books(here, signals, tmp_path):
    place, key = signals
    about = "ib_samenloop/0153"
    assert here("signals", "status", "--gemeente", "0153")[0] == 0
    assert here("signals", "terugmelding", "list", "--gemeente", "0153", "--strafrecht")[0] == 0
    sealed = next((place.chain.home / "lijsten" / "0153").glob("*.age"))
    assert here("unseal", sealed, "--sleutel", key, "--naar", tmp_path / "open")[0] == 0
    (delivery,) = place.chain.ledger.deliveries()
    assert looks(place.chain) == [
        ("anna", "inzage signalen", about), ("anna", "inzage signalen", about),
        ("anna", "inzage geopende lijst", delivery.id),
    ]  # fmt: skip
    assert [event.details.get("strafrecht", False) for event in place.chain.ledger.events(None)
            if event.action == "inzage signalen"] == [False, True]  # fmt: skip


def test_a_list_opened_where_there_is_no_installation_makes_no_books(here, signals, tmp_path, monkeypatch):
    place, key = signals
    sealed = next((place.chain.home / "lijsten" / "0153").glob("*.age"))
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path / "elders"))
    assert here("unseal", sealed, "--sleutel", key, "--naar", tmp_path / "open")[0] == 0
    assert not (tmp_path / "elders").exists()


@pytest.mark.parametrize("names", [("uit/lijst.csv",), ("../lijst.csv",), ("lijst.csv/",), ()])
def test_what_is_sealed_and_no_list_writes_over_nothing(here, tmp_path, names):
    key, packed = x25519.Identity.generate(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name in names:
            made.writestr(name, "ander")
    seal([packed.getvalue() if names else b"geen zip"], str(key.to_public()), tmp_path / "x.zip.age")
    (tmp_path / "sleutel.txt").write_text(str(key))
    (tmp_path / "open").mkdir()
    for kept in (tmp_path / "lijst.csv", tmp_path / "open" / "lijst.csv"):
        kept.write_text("oud")
    code, _, err = here("unseal", tmp_path / "x.zip.age", "--sleutel", tmp_path / "sleutel.txt",
                        "--naar", tmp_path / "open")  # fmt: skip
    assert code != 0 and "bevat geen lijsten" in err
    assert [path.name for path in (tmp_path / "open").iterdir()] == ["lijst.csv"]
    assert (tmp_path / "open" / "lijst.csv").read_text() == "oud" == (tmp_path / "lijst.csv").read_text()


@pytest.mark.parametrize("command", [
    ("report", DELIVERY), ("why", DELIVERY), ("where", "--gemeente", "0153", "--reason", "inzage"),
    ("signals", "status", "--gemeente", "0153"),
])  # fmt: skip
def test_what_cannot_be_booked_is_not_shown(here, delivered, monkeypatch, command):
    from exchanges.core.errors import TechnicalError
    from exchanges.core.ledger import Ledger

    def refuse(*args, **more):
        raise TechnicalError("het register is niet te schrijven")

    monkeypatch.setattr(Ledger, "event", refuse)
    code, out, err = here(*command, stdin=f"{SENT}\n")
    assert code == 3 and out == "" and "niet te schrijven" in err


def test_the_month_is_counted_by_who_what_and_where(here, delivered):
    ledger = open_ledger(delivered.settings)
    for actor, exchange, gemeente, times in (("anna", "ib_lks", "0153", 2), ("bert", "ib_lks", "0153", 1),
                                             ("anna", "ib_lks", "0344", 1)):  # fmt: skip
        for _ in range(times):
            seen(ledger, actor, "inzage signalen", exchange=exchange, gemeente=gemeente)
    here("report", DELIVERY)
    code, out, _ = here("access", "overview", "--period", NOW, "--json")
    rows = [tuple(json.loads(line).values()) for line in out.splitlines()]
    assert code == 0 and rows == [
        ("0153", "anna", "inzage signalen", "ib_lks", 2), ("0153", "anna", "inzage verslag", "dkd_reintegratie", 1),
        ("0153", "bert", "inzage signalen", "ib_lks", 1), ("0344", "anna", "inzage signalen", "ib_lks", 1),
    ]  # fmt: skip
    _, out, _ = here("access", "overview", "--period", NOW, "--gemeente", "0344")
    assert "0344" in out and "0153" not in out and "1 keer ingezien" in out
    assert here("access", "overview", "--period", "2020-01", "--json")[1] == ""
    # Counting is no look at anybody.
    assert not any(action == "inzage overzicht" for _, action, _ in looks(delivered))


def test_who_looked_at_whom_is_told_with_a_reason_only_and_booked(here, delivered):
    here("why", DELIVERY, "--reason", "vraag", stdin=f"{SENT}\n")
    asked = ("access", "overview", "--period", NOW, "--detail")
    assert here(*asked, "--gemeente", "0153")[0] == 2 and here(*asked, "--reason", "controle")[0] == 2
    code, out, _ = here(*asked, "--gemeente", "0153", "--reason", "controle", "--json")
    first, second = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and first["action"] == "inzage waarom" and first["persoon"].startswith("p:")
    assert (second["action"], second["reden"], second["object"]) == ("inzage overzicht", "controle", "alle/0153")
    _, out, _ = here(*asked, "--gemeente", "0344", "--reason", "controle")
    assert "inzage waarom" not in out


def test_a_month_begins_at_midnight_at_home(delivered, monkeypatch):
    """The last hours of the month in UTC are of the next month on the wall."""
    ledger = open_ledger(delivered.settings)
    for moment in (datetime(2026, 9, 30, 21, 59, tzinfo=UTC), datetime(2026, 9, 30, 22, 0, tzinfo=UTC)):

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None, at=moment):
                return at

        monkeypatch.setattr(chained, "datetime", Clock)
        seen(ledger, "anna", "inzage signalen", exchange="ib_lks", gemeente="0153")
    months = {str(p): len(overview(ledger.database, p)) for p in (Period(2026, 9), Period(2026, 10))}
    assert months == {"2026-09": 1, "2026-10": 1}
