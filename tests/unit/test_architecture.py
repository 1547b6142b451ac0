"""The house as DESIGN.md draws it: who may import whom, small files, no drawer for odds and ends."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST = 450
ODDS_AND_ENDS = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
ROOT = Path(__file__).resolve().parents[2]
TOP = {
    ".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md",
    "constraints.txt", "dags", "docker", "docs", "exchanges", "mappings", "plugins", "publiccode.yml",
    "pyproject.toml", "schemas", "scripts", "tests",
}


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, committed or about to be; never what a run left behind."""
    said = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", *patterns], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    return [ROOT / name for name in said.stdout.split("\0") if name and (ROOT / name).is_file()]


def imports(path: Path) -> set[str]:
    """Top-level names of everything a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.fixture(scope="module")
def sources() -> list[Path]:
    return tracked("exchanges/*.py", "dags/*.py", "plugins/*.py", "tests/*.py", "scripts/*.py")


def test_the_import_rules_hold():
    """The contracts of pyproject.toml ([tool.importlinter]), checked by import-linter."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_import_rules_can_fail(tmp_path):
    """A core that imports an exchange, an exchange that imports another, and a heavy declaration are all found."""
    for name, text in {
        "__init__": "", "core/__init__": "", "core/declare": "", "core/period": "", "core/errors": "",
        "core/lists/__init__": "", "core/lists/declare": "", "core/compare/__init__": "", "core/compare/declare": "",
        "core/intake": "",
        "core/steps": "import exchanges.een.exchange", "een/__init__": "", "een/exchange": "import pandas",
        "twee/__init__": "", "twee/exchange": "import exchanges.een.exchange",
    }.items():
        path = tmp_path / "exchanges" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-logo", "--no-cache", "--config", str(ROOT / "pyproject.toml")],
                          cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode != 0
    for wrong in ("exchanges.core.steps -> exchanges.een.exchange", "exchanges.twee.exchange -> exchanges.een.exchange",
                  "exchanges.een.exchange -> pandas"):
        assert wrong in done.stdout, done.stdout + done.stderr


def test_dags_and_plugins_are_never_imported(sources):
    assert [path for path in sources if imports(path) & {"dags", "plugins"}] == []


def test_the_package_does_not_import_its_tests(sources):
    inside = [path for path in sources if not path.is_relative_to(ROOT / "tests")]
    assert len(inside) > 10
    assert [path for path in inside if "tests" in imports(path)] == []


def test_files_are_small(sources):
    long = {str(path.relative_to(ROOT)): lines for path in sources
            if (lines := len(path.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_no_module_is_a_drawer_for_odds_and_ends(sources):
    assert [path for path in sources if path.stem in ODDS_AND_ENDS or path.parent.name in ODDS_AND_ENDS] == []


def test_every_folder_of_the_package_is_a_package(sources):
    """A folder without __init__.py is invisible to the import rules and to the wheel."""
    folders = {path.parent for path in sources if path.is_relative_to(ROOT / "exchanges")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_top_of_the_repository_holds_what_the_design_names():
    there = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert there - TOP == set()
    assert TOP - there - {"plugins"} == set()


def test_plugins_are_flat(sources):
    """Airflow runs every file below plugins/ under its bare name (spec airflow3, trap 7)."""
    assert [path for path in tracked("plugins/*") if path.parent != ROOT / "plugins"] == []


def test_no_official_file_is_in_the_repository(official):
    """Official packages are installed beside ours, never copied: compare by content."""
    sizes: dict[int, list[Path]] = {}
    for path in tracked("*.xsd", "*.wsdl", "*.csv", "*.xml", "*.json", "*.xlsx"):
        sizes.setdefault(path.stat().st_size, []).append(path)
    copies = [(str(ours), str(theirs)) for theirs in official.rglob("*") if theirs.is_file()
              for ours in sizes.get(theirs.stat().st_size, []) if ours.read_bytes() == theirs.read_bytes()]
    assert copies == []
