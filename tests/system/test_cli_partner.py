"""``sluis run`` against ``sluis simulate``: two processes, real SFTP, and everything that can be wrong at a partner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchanges.administration.demo import generate
from tests.servers.simulated import simulated
from tests.sluis import Done, nobody_in, sluis

pytestmark = pytest.mark.system


@contextmanager
def partner(home: Path, *faults: str) -> Iterator[Path]:
    """``sluis simulate ib``, and the settings that lead to it."""
    with simulated(home, "ib", home / "ib", *faults) as lines:
        (home / "ketensluis.toml").write_text(
            f'[gemeente.0153]\nnaam = "x"\nbron = {{ soort = "parquet", locatie = "{home / "bron"}" }}\n'
            f"[partner.inlichtingenbureau]\n{lines}"
        )
        yield home / "ib"


@pytest.fixture
def home(tmp_path, town_of_50):
    (tmp_path / "bron").symlink_to(town_of_50)
    return tmp_path


@pytest.fixture(scope="module")
def town_of_50(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("gemeente")
    generate(folder, "0153", 50, 1)
    return folder


def run(home: Path, *more: object) -> Done:
    return sluis(home, "run", "dkd_reintegratie", "--periode", "2026-10", "--json", *more)


def test_everything_accepted_is_0(home):
    with partner(home) as ib:
        done = run(home)
        assert done.code == 0, done.out
        found = done.json
        assert found["state"] == "accepted" and found["accepted"] == found["records"] > 20
        assert sorted(path.name for path in (ib / "in").iterdir()) == [found["file"], f"{found['file']}.sha256"]
        # A new delivery of the same month has a name of its own.
        refused = run(home, "--nieuw")
        assert refused.code == 2 and "sluis correct replace" in refused.err
        replace = ("correct", "replace", found["delivery"], "--reason", "melding 12", "--actor", "J. Jansen")
        again = sluis(home, *replace, "--json").json
        assert again["delivery"].endswith("/0002") and again["state"] == "accepted" and again["file"] != found["file"]


def test_records_refused_by_the_partner_are_counted_and_named(home):
    with partner(home, "reject-count=3"):
        done = run(home)
    found = done.json
    assert done.code == 0 and found["state"] == "partly_accepted"
    assert found["rejected_by_partner"] == 3 and found["accepted"] == found["records"] - 3
    report = json.loads(Path(found["report_json"]).read_text(encoding="utf-8"))
    assert [reason["count"] for reason in report["receipt"]["reasons"]] == [3] and nobody_in(json.dumps(report))


def test_a_file_refused_by_the_partner_is_1(home):
    with partner(home, "reject-file"):
        done = run(home)
    assert done.code == 1 and done.json["state"] == "rejected" and done.json["accepted"] == 0


def test_a_partner_that_never_answers_is_3(home):
    with partner(home, "never-answer") as ib:
        done = run(home, "--wacht", 1)
        assert done.code == 3 and done.json["state"] == "delivered"
        assert len(list((ib / "in").iterdir())) == 2


def test_a_connection_dropped_halfway_is_3_and_the_next_try_delivers_once(home):
    with partner(home, "drop-after=5000") as ib:
        first = run(home)
        assert first.code == 3 and first.json["state"] == "built"
        assert not [path for path in (ib / "in").iterdir() if path.suffix == ".xml"]
        second = run(home)
        assert second.code == 0 and second.json["state"] == "accepted", second.out
        name = second.json["file"]
        assert sorted(path.name for path in (ib / "in").iterdir()) == [name, f"{name}.sha256"]


def test_no_partner_at_all_is_3_and_nothing_is_lost(home):
    with partner(home):
        pass
    done = run(home)
    assert done.code == 3 and done.json["state"] == "built" and done.json["error"].count("\n") == 0
