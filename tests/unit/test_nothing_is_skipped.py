"""In CI nothing is skipped: neither a test, nor a program that is missing (tests/conftest.py, scripts/test-deps)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport, pytest_unconfigure\n"
SKIPS = {
    "in a test": "import pytest\ndef test_a():\n    pytest.skip('weg')\n",
    "by a mark": "import pytest\n@pytest.mark.skipif(True, reason='weg')\ndef test_a():\n    pass\n",
    "in a fixture": "import pytest\n@pytest.fixture\ndef f():\n    pytest.skip('weg')\ndef test_a(f):\n    pass\n",
    "of a whole file": "import pytest\npytest.importorskip('geen_module_heet_zo')\ndef test_a():\n    pass\n",
}


def run(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder),
         str(folder)], capture_output=True, text=True, cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_XDIST_WORKER": ""})


@pytest.mark.parametrize("where", SKIPS)
def test_a_skip_fails_in_ci(where, tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_skip.py").write_text(SKIPS[where])

    done = run(tmp_path, "true")

    assert done.returncode != 0
    assert "Nothing is skipped in CI" in done.stdout


def test_a_skip_is_a_skip_elsewhere_and_an_expected_failure_is_fine_in_ci(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_skip.py").write_text(SKIPS["in a test"])
    assert run(tmp_path, "").returncode == 0
    (tmp_path / "test_skip.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_a():\n    assert False\n")
    assert run(tmp_path, "true").returncode == 0


def test_a_missing_program_is_named_and_fails_in_ci(tmp_path):
    """With a path on which Chromium and xmllint are not to be found, and nobody who may install them."""
    for name in ("bash", "tail", "mktemp"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)

    def said(ci: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([tmp_path / "bash", ROOT / "scripts/test-deps"], capture_output=True, text=True,
                              env={"PATH": str(tmp_path), "CI": ci})

    elsewhere = said("")
    assert elsewhere.returncode == 0
    for name, package in (("xmllint", "libxml2-utils"), ("chromium", "chromium"), ("chromedriver", "chromium-driver")):
        assert f"Missing for the tests: {name} (Debian package {package})" in elsewhere.stderr
    assert said("true").returncode == 1


def test_need_finds_what_the_script_finds():
    from tests.needs import NAMES, find

    script = (ROOT / "scripts/test-deps").read_text()
    for program in NAMES:
        if program != "sftp-server":  # comes with sshd
            assert f"        {program}) " in script
    if subprocess.run(["bash", ROOT / "scripts/test-deps"], env={**os.environ, "CI": "true"}).returncode == 0:
        assert all(find(program) for program in NAMES if program != "sftp-server")
