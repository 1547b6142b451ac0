"""Each protection taken out by hand: the fault it is for must show, or these tests would look at nothing."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.needs import need
from tests.rows import write_csv
from tests.system.reliability.cases import TAKEN, UPLOAD, Kill
from tests.system.reliability.forge import Ended
from tests.system.reliability.scene import BEFORE_DELIVER, DELIVERY, FINE, OUT, PEOPLE, ROWS, Scene, Stage
from tests.system.reliability.strike import Strike

pytestmark = pytest.mark.system
# All is made in the work folder, nothing is booked.
SELECTED = Kill("", "", "", Strike("step", match="select", when="after"), (("step", "select"),))


def killed(stage: Stage, home: Path, case: Kill, without: str) -> list[str]:
    """What is wrong when it is run again, all of it without the protection."""
    with stage.scene(home, until=case.until, partner=case.partner, faults=case.faults) as scene:
        assert scene.run(*case.acts, strike=case.strike, without=[without]).killed == signal.SIGKILL
        scene.run(without=[without])
        return scene.seen().wrong


@pytest.mark.parametrize(
    ("without", "case", "wrong"),
    [
        ("temporary name", UPLOAD[4], "andere bytes bij de partner"),
        ("told once", UPLOAD[15], "2 verzendingen geboekt"),
        ("sweeping", SELECTED, "in werk ligt"),
    ],
)
def test_a_kill_shows(stage: Stage, tmp_path: Path, without: str, case: Kill, wrong: str) -> None:
    assert any(one.startswith(wrong) for one in killed(stage, tmp_path / "huis", case, without))


def test_a_partner_that_took_the_file_gets_it_twice_without_looking_first(stage: Stage, tmp_path: Path) -> None:
    case = TAKEN[2]
    with stage.scene(tmp_path / "huis", until=case.until, partner=case.partner, faults=case.faults) as scene:
        assert scene.run(*case.acts, strike=case.strike, without=["looking first"]).killed == signal.SIGKILL
        taken = scene.taken()
        assert scene.run(("run", "deliver"), without=["looking first"]) == FINE
        assert taken and scene.taken() != taken


def test_nor_without_remembering_that_it_was_begun(stage: Stage, tmp_path: Path) -> None:
    case = TAKEN[2]
    with stage.scene(tmp_path / "huis", until=case.until, partner=case.partner, faults=case.faults) as scene:
        assert scene.run(*case.acts, strike=case.strike, without=["remembering"]).killed == signal.SIGKILL
        taken = scene.taken()
        assert scene.run(("run", "deliver")) == FINE
        assert taken and scene.taken() != taken


def changed_meanwhile(stage: Stage, home: Path, without: list[str]) -> Scene:
    """Killed when the file had its name; then the administration goes on, and all of it is done again."""
    with stage.scene(home, until=BEFORE_DELIVER) as scene:
        bron = write_csv(home / "bron", {**ROWS, "persoon": [{**PEOPLE[0], "achternaam": "Anders"}, PEOPLE[1]]})
        ended = scene.run(("step", "deliver"), strike=Strike("event", match="deliver.done"), without=without)
        assert ended.killed == signal.SIGKILL
        settings = home / "ketensluis.toml"
        settings.write_text(settings.read_text("utf-8").replace(str(scene.town.source), str(bron)), "utf-8")
        scene.run(without=without)
        return scene


def test_what_is_underway_is_made_anew_without_the_intent(stage: Stage, tmp_path: Path) -> None:
    assert changed_meanwhile(stage, tmp_path / "heel", []).seen().wrong == []
    assert changed_meanwhile(stage, tmp_path / "kapot", ["intent"]).seen().wrong != []


def test_altered_bytes_are_built_from_without_the_hash(stage: Stage, tmp_path: Path) -> None:
    """In a store without keys, where anybody may write; sealed bytes are refused before their hash is looked at."""

    def built(home: Path, without: list[str]) -> Ended:
        with stage.scene(home) as scene:
            assert scene.run(("plain", ""), ("step", "select"), ("step", "map")).error == ""
            path = scene.artefact("select", "selectie/client")
            rows = pq.read_table(path)
            column = rows.schema.get_field_index("achternaam")
            assert column >= 0, rows.schema.names
            path.unlink()
            names = pa.array(["Anders"] * rows.num_rows, rows.schema.field(column).type)
            pq.write_table(rows.set_column(column, rows.schema.field(column), names), path)
            return scene.run(("plain", ""), ("step", "build"), without=without)

    assert "is veranderd nadat het is opgeslagen" in built(tmp_path / "heel", []).error
    assert built(tmp_path / "kapot", ["hash on reading"]).error == ""


def test_two_at_once_are_in_each_other_s_way_without_the_lock(stage: Stage, tmp_path: Path) -> None:
    """Both come to where the file gets its name, when they can; there is one file to be named."""

    def both(home: Path, without: list[str]) -> list[Ended]:
        with stage.scene(home, until=BEFORE_DELIVER) as scene:
            met = Strike("folder.rename", 2, act="meet", data=str(home / "samen"))
            return scene.forge.run(*[scene.process(("step", "deliver"), strike=met, without=without)] * 2)

    assert both(tmp_path / "heel", []) == [FINE, FINE]
    assert both(tmp_path / "kapot", ["alone"]) != [FINE, FINE]


def test_a_file_of_another_is_overwritten_without_the_refusal(stage: Stage, tmp_path: Path) -> None:
    """Somebody else puts a file of that name just before ours gets it."""

    def raced(home: Path, without: list[str]) -> list[bytes]:
        with stage.scene(home, until=BEFORE_DELIVER) as scene:
            built = scene.town.ledger.steps(DELIVERY)[OUT.index("build")]
            name = str(built.details["file_name"])
            there = scene.town.partner / "in" / name
            scene.run(("step", "deliver"), without=without,
                      strike=Strike("folder.rename", 2, act="foreign", data=str(there)))  # fmt: skip
            return [data for file, data in scene.inbox().items() if file == name]

    assert raced(tmp_path / "heel", []) == [b"van een ander"]
    assert raced(tmp_path / "kapot", ["no overwriting"]) == [stage.right]


@pytest.mark.parametrize(
    ("without", "wrong"), [("temporary name", "half bestand bij de partner"), ("told once", "tabel event")]
)
def test_the_ladder_sees_it(stage: Stage, memory: Path, without: str, wrong: str) -> None:
    need("cc")
    with stage.scene(memory / "huis", until=BEFORE_DELIVER) as scene:
        assert scene.run(("climb", "every/some:step:deliver"), without=[without]) == FINE
        seen = json.loads((memory / "huis.json").read_text("utf-8"))
        assert any(wrong in one for one in seen["killed"]["wrong"]), seen
