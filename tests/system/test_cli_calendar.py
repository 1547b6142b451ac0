"""``sluis calendar`` as its users have it: what it shows, what it says in JSON, and with which code it leaves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from exchanges.cli import main
from exchanges.core import calendar, registry
from exchanges.core.ledger import DeliveryState, StepState
from exchanges.core.period import Period
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from tests.unit.core.dated_exchange import ID, toy, write_calendar, year_lines

pytestmark = pytest.mark.system


@pytest.fixture
def here(tmp_path: Path, monkeypatch, capsys):
    """``here(*args)``: the command, in an installation with a dated and an undated toy exchange, since October."""
    for name in [name for name in os.environ if name.startswith("KETENSLUIS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))
    known = {ID: toy(), "proef_los": toy("proef_los", None)}
    monkeypatch.setattr(registry, "exchanges", lambda: known)
    folder = write_calendar(tmp_path / "mappings" / "kalender", *year_lines(2026, 2027)).parent
    monkeypatch.setattr(calendar, "data_dir", lambda kind: folder)
    (tmp_path / "ketensluis.toml").write_text(
        "".join(
            f'[gemeente.{code}]\nnaam = "Gemeente {code}"\nbron = {{ soort = "csv", locatie = "x" }}\n'
            f'vanaf = {{ {ID} = "2026-10" }}\n'
            for code in ("0153", "0344")
        ),
        encoding="utf-8",
    )

    def call(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["sluis", "calendar", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def accepted(gemeente: str) -> str:
    ledger = open_ledger(Settings())
    delivery = ledger.open_delivery(ID, gemeente, Period(2026, 10), "proef")
    ledger.finish_step(delivery.id, "deliver", StepState.done, [], {})
    ledger.set_state(delivery.id, DeliveryState.accepted)
    return delivery.id


def test_a_table_in_dutch(here):
    code, out, err = here("--at", "2026-11-25", "--gemeente", "0153")
    assert (code, err) == (0, "")
    assert out == (
        "Proeflevering (proef_levering)\n"
        "  Gemeente  Periode        Levering uiterlijk  Betaling uiterlijk  Stand    Toelichting\n"
        "  0153      oktober 2026   30 november 2026    30 november 2026    nadert   nog 5 dagen; er is geen levering\n"
        "  0153      november 2026  31 december 2026    31 december 2026    ver weg  nog 36 dagen\n"
        "  0153      december 2026  31 januari 2027     31 januari 2027     ver weg  nog 67 dagen\n"
        "  1 nadert, 2 ver weg\n\n"
        "Proeflevering (proef_los)\n"
        "  geen uiterste data, en niets onderweg\n\n"
    )


def test_late_leaves_with_1_until_it_is_done(here):
    assert here("--at", "2026-12-01")[0] == 1
    accepted("0153")
    assert here("--at", "2026-12-01", "--gemeente", "0153")[0] == 0
    assert here("--at", "2026-12-01", "--gemeente", "0153", "--gemeente", "0344")[0] == 1
    assert here("--at", "2026-12-01", "--exchange", "proef_los")[0] == 0


def test_silence_leaves_with_1(here):
    ledger = open_ledger(Settings())
    delivery = ledger.open_delivery("proef_los", "0153", Period(2026, 10), "proef")
    ledger.finish_step(delivery.id, "deliver", StepState.done, [], {})
    ledger.set_state(delivery.id, DeliveryState.delivered)
    code, out, _ = here("--at", "2099-01-01", "--exchange", "proef_los")
    assert code == 1 and "stilte" in out and "vraag de partner" in out


def test_json_is_an_object_a_line(here):
    id = accepted("0344")
    code, out, err = here("--at", "2026-12-01T08:00", "--exchange", ID, "--json")
    lines = {(line["gemeente"], line["period"]): line for line in map(json.loads, out.splitlines())}
    assert (code, err, len(lines)) == (1, "", 6)
    late = lines["0153", "2026-10"]
    assert late == {
        "exchange": ID, "gemeente": "0153", "period": "2026-10", "code": "6100",
        "due": {"levering": "2026-11-30", "betaling": "2026-11-30"}, "deadline": "2026-11-30", "days": -1,
        "state": "late", "state_text": "te laat", "alarm": True, "delivery": None, "delivery_state": None, "sent": None,
        "sent_late": False, "answer_before": None, "remark": "1 dag geleden; er is geen levering",
        "certainty": "assumed", "source": "test",
    }  # fmt: skip
    done = lines["0344", "2026-10"]
    assert (done["state"], done["delivery"], done["delivery_state"]) == ("done", id, "accepted")
    assert done["sent"] and not done["alarm"]


def test_a_year_is_shown_whole(here):
    code, out, _ = here("--year", "2027", "--at", "2026-12-01", "--exchange", ID, "--gemeente", "0153", "--json")
    assert code == 0
    assert [json.loads(line)["code"] for line in out.splitlines()] == [f"7{month:02d}0" for month in range(1, 13)]


@pytest.mark.parametrize("args", [["--year", "2028"], ["--at", "2028-01-15"]])
def test_a_missing_year_names_the_file_and_leaves_the_other_exchanges_be(here, args):
    code, out, err = here(*args)
    assert code == 2
    assert "sluis: Kalender mappings/kalender/proef_levering.csv heeft geen data voor 2028" in err
    assert "(proef_los)" in out


@pytest.mark.parametrize("args", [
    ["--exchange", "onzin"], ["--gemeente", "9999"], ["--at", "morgen"], ["--year", "jaar"], ["--year", "12"],
])  # fmt: skip
def test_used_wrongly_is_one_line(here, args):
    code, out, err = here(*args)
    assert (code, out) == (2, "") and err
