"""The recipe of docs/add-an-exchange.md, followed to the letter on a copy of the repository: it works, core stays."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lxml import etree

from tests.sluis import environment, nobody_in

pytestmark = pytest.mark.system
REPO = Path(__file__).resolve().parents[2]
FILE = re.compile(r"^(At the end of )?`([a-z]\S+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMESPACE = "urn:ketensluis:proef:inburgering:v0001"
ID = "proef_inburgering"
AT_HOME = {"ketensluis.toml", "partner_antwoordt.sh"}


def recipe() -> Iterator[tuple[str, str, bool]]:
    """Path, text, and whether it goes at the end of what is there."""
    for match in FILE.finditer((REPO / "docs" / "add-an-exchange.md").read_text(encoding="utf-8")):
        yield match[2], match[3], match[1] is not None


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts
    }  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A repository with the toy in it, and a home beside it. ``run`` is ``sluis`` of that repository."""

    repo: Path
    home: Path

    def python(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        # PYTHONPATH goes before the package that is installed.
        env = environment(
            self.home, PYTHONPATH=str(self.repo), PYTHONDONTWRITEBYTECODE="1", AIRFLOW_HOME=str(self.home / "airflow")
        )
        # Whether somebody must agree is for the recipe to say: its reader has not what tests have.
        del env["KETENSLUIS_APPROVAL"]
        return subprocess.run(
            [sys.executable, *args], cwd=self.home, env=env, input=stdin, capture_output=True, text=True
        )

    def run(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return self.python("-m", "exchanges.cli", *args, stdin=stdin)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Copy:
    repo, home = tmp_path_factory.mktemp("kopie"), tmp_path_factory.mktemp("huis")
    for name in ("exchanges", "schemas", "mappings", "dags"):
        shutil.copytree(REPO / name, repo / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text, at_the_end in recipe():
        path = (home if name in AT_HOME else repo) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert path.exists() == at_the_end, name
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}" if at_the_end else text, encoding="utf-8")
    made = Copy(repo, home)
    assert str(repo) in made.python("-c", "import exchanges; print(exchanges.__file__)").stdout
    assert made.run("demo-data", "--gemeente", "0153", "--clients", "500", "--out", "bron").returncode == 0
    for folder in ("in", "uit"):
        (home / "partner" / folder).mkdir(parents=True)
    return made


@pytest.fixture(scope="module")
def sent(copy) -> dict:
    done = copy.run("run", ID, "--periode", "2026-10", "--wacht", "0", "--json")
    assert done.returncode == 3, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["state"] == "delivered", found["error"]
    return found


def message(copy: Copy, sent: dict) -> etree._Element:
    return etree.parse(copy.home / "partner" / "in" / sent["file"]).getroot()


def test_the_recipe_makes_all_the_files_it_names():
    named = {name for name, _, _ in recipe()}
    assert {f"exchanges/{ID}/exchange.py", f"dags/{ID}.py", "schemas/catalogue.toml", "ketensluis.toml"} <= named
    assert {Path(name).name for name in named} >= {"mapping.csv", "message.toml", "inburgering.xsd"}


def test_no_file_of_core_is_touched(copy):
    assert not [name for name, _, _ in recipe() if name.startswith("exchanges/core/")]
    assert hashes(copy.repo / "exchanges" / "core") == hashes(REPO / "exchanges" / "core")
    # And of what was there only the catalogue got something at its end.
    changed = {name for name, digest in hashes(copy.repo).items() if (REPO / name).is_file()
               and hashlib.sha256((REPO / name).read_bytes()).hexdigest() != digest}  # fmt: skip
    assert changed == {"schemas/catalogue.toml"}


def test_mapping_and_schema_fit(copy):
    done = copy.run("mappings", "check", "--json")
    rows = {row["message"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0 and rows["ProefInburgering"]["problems"] == rows["ProefInburgering"]["unmapped"] == []


def test_the_message_holds_what_is_administered(copy, sent):
    """By a road of its own: the rows of the source against the elements of the file."""
    root = message(copy, sent)
    persons = pq.read_table(copy.home / "bron" / "persoon.parquet", columns=["persoon_id", "bsn"]).to_pylist()
    courses = pq.read_table(copy.home / "bron" / "inburgering.parquet").to_pylist()
    running = [row for row in courses if row["datum_einde"] is None or row["datum_einde"] >= date(2026, 10, 1)]
    bsn = {row["persoon_id"]: row["bsn"] for row in persons}
    lost = {row["persoon_id"] for row in running if row["leerroute"] not in ("1", "2", "3")}
    wanted = {(bsn[row["persoon_id"]], row["inburgering_id"]) for row in running if row["persoon_id"] not in lost}
    found = {(person.findtext("Bsn"), dossier.findtext("Nummer")) for person in root.iter("Inburgeraar")
             for dossier in person.iter("Dossier")}  # fmt: skip
    assert found == wanted and len(wanted) > 10
    assert root.tag == f"{{{NAMESPACE}}}Inburgeringsbestand" and root.findtext("Aantal") == str(sent["records"])
    assert root.findtext("Maand") == "2026-10"


def test_rule_total_and_reasons_are_in_the_report(copy, sent):
    report = json.loads(Path(sent["report_json"]).read_text(encoding="utf-8"))
    assert report["verdict"]["closed"] and report["delivery"]["partner"] == "proefpartner"
    (total,) = report["totals"]
    hours = sum(int(element.text or 0) for element in message(copy, sent).iter("UrenTaal"))
    assert (total["id"], total["source"], total["file"]) == ("uren", hours, hours) and hours > 0
    assert {"INB-EINDE", "INB-GEEN"} <= {line["code"] for line in report["excluded"]}
    assert {finding["code"] for finding in report["findings"]} <= {"INB-ROUTE"}
    assert "ProefInburgering" in json.dumps(report["assumptions"])


def test_the_schema_and_the_rules_hold_for_any_file(copy, sent, tmp_path):
    file = copy.home / "partner" / "in" / sent["file"]
    assert copy.run("check", str(file), "--json").returncode == 0
    for old, new, code in ((b"<Leerroute>1<", b"<Leerroute>9<", "INB-ROUTE"), (b"<Bsn>9", b"<Bsn>x", "XSD-PATROON")):
        wrong = tmp_path / f"{code}.xml"
        wrong.write_bytes(file.read_bytes().replace(old, new, 1))
        done = copy.run("check", str(wrong), "--json")
        assert done.returncode == 1 and code in {finding["code"] for finding in json.loads(done.stdout)["findings"]}


def test_why_knows_its_rules(copy, sent):
    bsn = message(copy, sent).findtext("Inburgeraar/Bsn")
    done = copy.run("why", sent["delivery"], "--json", stdin=f"{bsn}\n")
    found = json.loads(done.stdout)
    assert found["in_file"] and [rule["code"] for rule in found["rules"]] == ["INB-EINDE", "INB-GEMEENTE", "INB-GEEN"]
    assert nobody_in(done.stdout, done.stderr)


def test_the_partner_answers_and_the_delivery_closes(copy, sent):
    subprocess.run(["sh", "partner_antwoordt.sh"], cwd=copy.home, check=True)
    done = copy.run("run", ID, "--periode", "2026-10", "--wacht", "0", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["state"] == "accepted" and found["accepted"] == sent["records"] > 10


def test_the_dag_is_a_dag(copy):
    code = f"import runpy; print(runpy.run_path('dags/{ID}.py')['dag'].dag_id)"
    done = copy.python("-c", f"import os; os.chdir({str(copy.repo)!r}); {code}")
    assert done.stdout.splitlines()[-1:] == [ID], done.stderr


def test_the_import_rules_hold_for_it(copy):
    program = Path(sys.executable).with_name("lint-imports")
    command = [program, "--no-logo", "--no-cache", "--config", str(REPO / "pyproject.toml")]
    own = environment(copy.home, PYTHONPATH=str(copy.repo))
    done = subprocess.run(command, cwd=copy.repo, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_its_style_is_that_of_the_house(copy):
    own = [copy.repo / "exchanges" / ID, copy.repo / "dags" / f"{ID}.py"]
    program = Path(sys.executable).with_name("ruff")
    command = [program, "check", "--no-cache", "--config", str(REPO / "pyproject.toml"), *own]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
