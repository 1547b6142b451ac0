"""Bad files are answered: findings, exit code 1, little memory; the file stays as it was. Figures: ``pytest -rP``."""

from __future__ import annotations

import pytest

from tests.sluis import sluis
from tests.system.hostile import BSN, FILES, within_bounds

pytestmark = pytest.mark.system
HOSTILE = [name for name, (make, _) in FILES.items() if make.__name__ != "<lambda>"]


@pytest.fixture(scope="module")
def merely_wrong(tmp_path_factory) -> dict[str, dict]:
    """All that is only wrong, in one process: what it says by name."""
    folder = tmp_path_factory.mktemp("fout")
    names = {what: folder / f"{number}.xml" for number, what in enumerate(FILES) if what not in HOSTILE}
    for what, path in names.items():
        FILES[what][0](path)
    done = sluis(folder, "check", *names.values(), "--json", alone=True)
    assert done.code == 1 and done.err == "" and not any(bsn in done.out for bsn in BSN)
    within_bounds(done)
    return dict(zip(names, done.lines, strict=True))


def refused_for(found: dict, codes: set[str]) -> bool:
    return found["verdict"] == "rejected" and {finding["code"] for finding in found["findings"]} == codes


@pytest.mark.parametrize("what", [name for name in FILES if name not in HOSTILE])
def test_a_wrong_file_gets_findings(merely_wrong, what):
    assert refused_for(merely_wrong[what], FILES[what][1]), merely_wrong[what]
    assert len(merely_wrong[what]["sha256"]) == 64


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_gets_findings_and_little_of_the_machine(tmp_path, what):
    path = tmp_path / "bericht.xml"
    FILES[what][0](path)
    before = path.stat()

    done = sluis(tmp_path, "check", path, "--json", alone=True)

    assert done.code == 1 and done.err == ""
    assert refused_for(done.json, FILES[what][1]), done.json
    assert "GEHEIM" not in done.out and not any(bsn in done.out for bsn in BSN)
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    within_bounds(done)
