"""The command line as its users have it: exit codes, JSON, one line for what is wrong, never a number of a person."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pty
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from exchanges.cli import main
from exchanges.core.data import data_dir
from tests.chain import chain
from tests.needs import need
from tests.rows import write_csv
from tests.sluis import SLUIS, environment, nobody_in, sluis
from tests.unit.simulators.files import bsns, collection

pytestmark = pytest.mark.system
BSN = bsns(3)
PEOPLE = [{"persoon_id": f"P{number}", "bsn": bsn, "achternaam": "Jansen"} for number, bsn in enumerate(BSN, 1)]
TRACKS = [
    {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01"}
    for number in (1, 2, 3)
]
ROWS = {"persoon": PEOPLE, "traject": TRACKS}
FIRST = "dkd_reintegratie/0153/2026-10/0001"


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """``here(*args)``: the command in this process; gives exit code, output and complaints."""
    for name in [name for name in os.environ if name.startswith("KETENSLUIS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))

    def call(*args: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["sluis", *map(str, args)])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


# --- exit code 2: used wrongly

WRONG: list[tuple[str, ...]] = [
    ("onzin",),
    ("run",),
    ("run", "dkd_reintegratie"),
    ("run", "onzin", "--periode", "2026-10"),
    ("run", "dkd_reintegratie", "--periode", "oktober"),
    ("run", "dkd_reintegratie", "--periode", "2026-10", "--gemeente", "0999"),
    ("run", "dkd_reintegratie", "--periode", "2026-10", "--tot", "onzin"),
    ("run", "dkd_reintegratie", "--periode", "2026-10", "--tot", "publish"),
    ("run", "dkd_reintegratie", "--periode", "2026-10", "--methode", "postduif"),
    ("run", "dkd_reintegratie", "--periode", "2026-10", "--kleur"),
    ("resend", "dkd_reintegratie/0153/2026-10/0009"),
    ("report", "dkd_reintegratie/0153/2026-10/0009"),
    ("report", "onzin"),
    ("why", "dkd_reintegratie/0153/2026-10/0009"),
    ("check",),
    ("check", "x.xml", "--periode", "oktober"),
    ("schemas", "install", "bestaat-niet"),
    ("demo-data", "--clients", "10"),
    ("demo-data", "--clients", "0", "--out", "uit"),
    ("demo-data", "--clients", "10", "--out", "uit", "--errors", "--kinds", "ONZIN-01"),
    ("demo-data", "--clients", "10", "--out", "uit", "--gemeente", "Enschede"),
    ("demo-data", "--clients", "10", "--out", "uit", "--periode", "oktober"),
    ("simulate", "postduif"),
    ("simulate", "belastingdienst", "--storing", "reject-file"),
    ("simulate", "ib", "--storing", "onweer"),
    ("simulate", "ib", "--storing", "reject-every"),
    ("bench", "inbound"),
    ("bench", "outbound", "--exchange", "ib_samenloop"),
]


@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_used_wrongly_is_told_in_a_line_and_leaves_with_2(here, tmp_path, args):
    chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")
    (tmp_path / "ketensluis.toml").write_bytes((tmp_path / "huis" / "ketensluis.toml").read_bytes())
    code, out, err = here(*args, stdin=f"{BSN[0]}\n")
    assert code == 2, err
    assert out == "" and "Traceback" not in err
    assert err.startswith("sluis: ") and nobody_in(err)
    assert err.count("\n") == 1


def test_without_settings_it_says_what_to_make(here):
    code, _, err = here("run", "dkd_reintegratie", "--periode", "2026-10")
    assert code == 2 and "ketensluis.toml ontbreken; maak ze" in err


def test_without_municipalities_there_is_nothing_to_run(here, tmp_path):
    (tmp_path / "ketensluis.toml").write_text("")
    code, _, err = here("run", "dkd_reintegratie", "--periode", "2026-10")
    assert code == 2 and "geen enkele gemeente" in err


@pytest.mark.parametrize("args", [
    ("why", FIRST, BSN[0]), ("run", BSN[0], "--periode", "2026-10"), ("run", "dkd_reintegratie", "--periode", BSN[0]),
    ("run", "dkd_reintegratie", "--periode", "2026-10", "--gemeente", BSN[0]), ("report", BSN[0]), ("why", BSN[0]),
], ids=lambda args: " ".join(args).replace(BSN[0], "BSN"))  # fmt: skip
def test_a_number_typed_where_it_does_not_belong_is_not_repeated(here, tmp_path, args):
    chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")
    (tmp_path / "ketensluis.toml").write_bytes((tmp_path / "huis" / "ketensluis.toml").read_bytes())
    code, out, err = here(*args, stdin=f"{BSN[1]}\n")
    assert code == 2 and nobody_in(out, err) and err


def test_help_names_every_command(here):
    code, out, _ = here("--help")
    commands = {"run", "check", "report", "bundle", "why", "schemas", "mappings", "demo-data", "simulate", "demo"}
    assert code == 0 and commands <= set(re.findall(r"^  ([a-z-]+) ", out, re.MULTILINE))


# --- exit code 3: no ledger, no partner


def test_a_ledger_that_is_away_is_3(here, tmp_path, monkeypatch):
    chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")
    monkeypatch.setenv("KETENSLUIS_CONFIG", str(tmp_path / "huis" / "ketensluis.toml"))
    monkeypatch.setenv("KETENSLUIS_LEDGER", "postgresql+psycopg://niemand:geheim@127.0.0.1:1/weg?connect_timeout=1")
    code, out, err = here("run", "dkd_reintegratie", "--periode", "2026-10")
    assert code == 3 and err.count("\n") == 1 and "geheim" not in out + err


# --- a delivery: run, report, why


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    """Two sent, one rejected by our rules; no answer yet."""
    home = tmp_path_factory.mktemp("levering")
    rows = {**ROWS, "traject": [*TRACKS[:2], {**TRACKS[2], "doel": "7"}]}
    town = chain(home, write_csv(home / "bron", rows), kind="csv")
    return town, sluis(home, "run", "dkd_reintegratie", "--periode", "2026-10", "--wacht", "0", "--json",
                       alone=True)


def test_without_an_answer_it_leaves_with_3_and_says_where_things_stand(delivered):
    _, done = delivered
    assert done.code == 3 and done.err == ""
    found = done.json
    assert found["delivery"] == FIRST and found["state"] == "delivered"
    assert (found["records"], found["rejected"], found["accepted"]) == (2, 1, None)
    assert "Nog geen verwerkingsverslag" in found["error"] and Path(found["report"]).is_file()
    assert nobody_in(done.out)


def test_with_the_answer_it_leaves_with_0_and_sends_nothing_again(delivered):
    town, _ = delivered
    before = town.inbox
    town.answer()
    done = sluis(town.home, "run", "dkd_reintegratie", "--periode", "2026-10", "--wacht", "0")
    assert done.code == 0 and town.inbox == before
    assert re.search(r"^dkd_reintegratie/0153/2026-10/0001: geaccepteerd$", done.out, re.MULTILINE)
    assert re.search(r"^ +2 in het bestand$", done.out, re.MULTILINE) and nobody_in(done.out, done.err)


def test_the_report_again_with_the_same_hash(delivered):
    town, _ = delivered
    first = sluis(town.home, "report", FIRST)
    html, path, digest = first.out.splitlines()
    assert first.code == 0
    assert Path(html).is_file() and re.fullmatch(r"sha256 van het verslag: [0-9a-f]{64}", digest)
    before = Path(path).read_bytes()
    told = sluis(town.home, "report", FIRST, "--json").json
    assert (
        Path(path).read_bytes() == before
        and told == json.loads(Path(path).read_text(encoding="utf-8"))
        and nobody_in(json.dumps(told))
    )


def test_the_report_printed_and_the_bundle_of_its_month(delivered, tmp_path):
    town, _ = delivered
    done = sluis(town.home, "report", FIRST, env={"KETENSLUIS_PRINT_REPORTS": "true"})
    paths = [Path(line) for line in done.out.splitlines()[:-1]]
    assert done.code == 0 and [path.suffix for path in paths] == [".html", ".pdf", ".xlsx", ".json"]
    assert paths[1].read_bytes().startswith(b"%PDF-1.7") and paths[2].read_bytes().startswith(b"PK")
    out = tmp_path / "bundel.zip"
    told = sluis(town.home, "bundle", "--gemeente", "0153", "--period", "2026-10", "--out", out, "--json").json
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert hashlib.sha256(archive.read("manifest.json")).hexdigest() == told["manifest"]
        assert archive.read("leveringen/dkd_reintegratie/0001/verslag.pdf") == paths[1].read_bytes()
    booked = [one for one in town.ledger.events(None) if one.action == "inzage bundel"]
    assert [one.details["manifest"] for one in booked] == [told["manifest"]]
    again = sluis(town.home, "bundle", "--gemeente", "0153", "--periode", "2026-10", "--out", out)
    assert again.code == 2 and again.err.count("\n") == 2 and "bestaat al" in again.err


def told_why(found: dict, conclusion: str) -> None:
    assert found["conclusion"].startswith(conclusion) and re.fullmatch(r"p:[0-9a-f]{20}", found["person"])
    assert len(found["rules"]) >= 7 and {"code", "table", "text", "kept", "excluded"} <= set(found["rules"][0])


def test_why_takes_the_number_from_standard_input(delivered):
    done = sluis(delivered[0].home, "why", FIRST, "--json", stdin=f"{BSN[0]}\n")
    assert done.code == 0 and done.err == "" and nobody_in(done.out)
    told_why(done.json, "De persoon zit wel in het bestand")


@pytest.mark.parametrize(("who", "conclusion"), [
    (BSN[2], "De persoon is geselecteerd, maar afgewezen"), ("999990056",
        "De bron van deze levering kent dit BSN niet."),
], ids=["afgewezen", "onbekend"])  # fmt: skip
def test_why_of_who_was_not_sent(here, delivered, monkeypatch, who, conclusion):
    monkeypatch.setenv("KETENSLUIS_HOME", str(delivered[0].home))
    code, out, err = here("why", FIRST, "--json", stdin=f"{who}\n")
    assert (code, err) == (0, "") and nobody_in(out)
    told_why(json.loads(out), conclusion)
    code, out, err = here("why", FIRST, stdin=f"{who}\n")
    assert (code, err) == (0, "") and out.startswith(conclusion) and "SEL-GEMEENTE" in out and nobody_in(out)


def test_why_without_a_number_is_used_wrongly(here, delivered, monkeypatch):
    monkeypatch.setenv("KETENSLUIS_HOME", str(delivered[0].home))
    code, _, err = here("why", FIRST)
    assert code == 2 and "standaardinvoer" in err


# --- check

CHECKED = ["file", "message", "schema_valid", "verdict", "records", "sha256", "findings"]


def test_check_tells_a_line_for_each_file_and_leaves_with_the_worst(tmp_path):
    good, bad = tmp_path / "goed.xml", tmp_path / "fout.xml"
    for path, bsn in ((good, BSN[0]), (bad, "123456789")):
        data = collection([bsn]).replace(b"<DatBRv>", b"<RegistratienrRvGsd>R1</RegistratienrRvGsd><DatBRv>")
        path.write_bytes(data)
    fine = sluis(tmp_path, "check", good, "--json")
    assert fine.code == 0 and list(fine.json) == CHECKED
    assert (fine.json["verdict"], fine.json["findings"], fine.json["records"]) == ("accepted", [], 1)
    both = sluis(tmp_path, "check", good, bad, good, "--json")
    assert both.code == 1 and [line["verdict"] for line in both.lines] == ["accepted", "rejected", "accepted"]
    (finding,) = both.lines[1]["findings"]
    assert finding["code"] == "BSN-01" and {"code", "severity", "path", "line", "text"} <= set(finding)
    assert finding["line"] == 4 and "123456789" not in both.out
    told = sluis(tmp_path, "check", good, bad)
    assert told.code == 1 and "goed.xml: in orde" in told.out and "BSN-01 regel 4: " in told.out


# --- schemas, mappings


def test_schemas_list_names_message_version_and_validity(here):
    code, out, _ = here("schemas", "list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and {"GSDDossierReintegratie", "IBVerwijsindex"} <= {row["message"] for row in rows}
    assert all({"message", "version", "valid_from", "certainty"} <= set(row) for row in rows)
    code, out, _ = here("schemas", "list")
    assert code == 0 and len(out.splitlines()) == len(rows)


def test_schemas_verify_tells_how_often_verdicts_agree(here, official):
    code, out, _ = here("schemas", "verify", "--official", official, "--messages", "20", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and rows and all({"message", "generated", "agree", "differ"} <= set(row) for row in rows)
    assert all(row["differ"] == 0 and row["agree"] == row["generated"] >= 20 for row in rows)


def test_mappings_check_is_silent_about_nothing(here):
    code, out, _ = here("mappings", "check", "--json")
    rows = {row["message"]: row for row in map(json.loads, out.splitlines())}
    assert code == 0 and "GSDDossierReintegratie" in rows
    assert all(row["problems"] == [] and row["rows"] > 0 and len(row["sha256"]) == 64 for row in rows.values())
    assert any("Bron" in path for path in rows["GSDDossierReintegratie"]["unmapped"])


def test_a_mapping_that_does_not_fit_leaves_with_1(here, tmp_path, monkeypatch):
    copied = tmp_path / "mappings"
    shutil.copytree(data_dir("mappings"), copied)
    path = copied / "GSDDossierReintegratie" / "v0200" / "mapping.csv"
    text, row = path.read_text(encoding="utf-8"), "/OmsRv;waarde;omschrijving;tekst(%s);%s..1"
    assert row % (100, 0) in text
    path.write_text(text.replace(row % (100, 0), row % (200, 1)), encoding="utf-8")
    for module in ("exchanges.core.data", "exchanges.core.mapping.table"):
        monkeypatch.setattr(f"{module}.data_dir", lambda kind: copied if kind == "mappings" else data_dir(kind))
    from exchanges.core.mapping.table import load_mapping

    load_mapping.cache_clear()
    code, out, _ = here("mappings", "check", "--json")
    load_mapping.cache_clear()
    problems = [problem for line in out.splitlines() for problem in json.loads(line)["problems"]]
    assert code == 1 and any("OmsRv" in problem and "100 tekens" in problem for problem in problems)
    assert any("OmsRv" in problem and "herhaling" in problem for problem in problems)


# --- demo-data


def test_demo_data_makes_the_same_municipality_from_the_same_seed(here, tmp_path):
    made = []
    for seed, name in ((7, "a"), (7, "b"), (8, "c")):
        args = ("demo-data", "--clients", 200, "--seed", seed, "--out", tmp_path / name, "--errors", "--json")
        code, out, err = here(*args)
        assert (code, err) == (0, "")
        made.append(json.loads(out))
    assert made[0]["sha256"] == made[1]["sha256"] != made[2]["sha256"]
    assert made[0]["clients"] == 200 and made[0]["rows"]["persoon"] > 0
    assert (tmp_path / "a" / "planted.json").is_file()


# --- progress


@pytest.mark.parametrize(("args", "told"), [
    (("demo-data", "--clients", "300", "--out", "uit"), "Gemeente maken"),
    (("bench", "inbound"), ""),
], ids=["demo-data", "niets te doen"])  # fmt: skip
def test_who_watches_sees_how_far_it_is_and_a_file_gets_only_the_answer(tmp_path, args, told):
    ours, theirs = pty.openpty()
    done = subprocess.Popen([str(SLUIS), *args], stdout=subprocess.PIPE, stderr=theirs, cwd=tmp_path, env={
        **environment(tmp_path), "TERM": "xterm"})  # fmt: skip
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
        while part := os.read(ours, 65536):
            shown += part
    out, _ = done.communicate(timeout=60)
    os.close(ours)
    assert told.encode() in shown and b"Traceback" not in shown
    assert (b"\x1b[" in shown) == bool(told) and b"\x1b" not in out


# --- bench


def test_bench_measures_the_chain_beside_xmllint(tmp_path):
    need("xmllint")
    done = sluis(tmp_path, "bench", "outbound", "--exchange", "dkd_reintegratie", "--clients", 500, "--json",
                 alone=True)
    assert done.code == 0
    found = done.json
    assert list(found) == [
        "clients",
        "records",
        "file_bytes",
        "chain_seconds",
        "xmllint_seconds",
        "ratio",
        "peak_rss_mb",
        "steps",
        "rounds",
        "overhead_seconds",
        "microseconds_per_client",
    ]
    assert found["clients"] == 500 and 300 < found["records"] <= 500 and found["file_bytes"] > 100_000
    assert list(found["steps"]) == ["select", "map", "build", "check", "reconcile"]
    assert abs(sum(found["steps"].values()) - found["chain_seconds"]) < 0.01
    slowest, fastest = found["xmllint_seconds"] + 0.001, max(found["xmllint_seconds"] - 0.001, 0.0001)
    assert found["chain_seconds"] / slowest < found["ratio"] < found["chain_seconds"] / fastest
