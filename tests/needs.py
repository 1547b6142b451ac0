"""Programs the tests need beyond Python, found where `scripts/test-deps` looks for them.

A test asks ``need("sshd")`` and gets the path. Where the program is missing the test is skipped; in CI
(``CI=true``) a skip counts as a failure (see ``conftest.py``), so nothing goes missing unnoticed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI", "").lower() == "true"

# The names a program goes by, first one found wins.
NAMES = {
    "cc": ("cc", "gcc", "clang"),
    "sshd": ("sshd",),
    "sftp-server": ("sftp-server",),
    "xmllint": ("xmllint",),
    "postgres": ("initdb",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "chromedriver": ("chromedriver",),
    "java": ("java",),
}


def _search_path() -> str:
    # Servers live where a user's PATH does not look; Debian keeps PostgreSQL and sftp-server apart, newest first.
    postgres = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    extra = [*postgres, *Path("/usr").glob("pgsql-*/bin"), Path("/usr/lib/openssh"), Path("/usr/libexec/openssh"),
             Path("/usr/sbin"), Path("/usr/local/sbin"), Path("/sbin")]
    return os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, extra)])


def find(program: str) -> Path | None:
    """Absolute path of a program of NAMES, or None."""
    for name in NAMES[program]:
        if found := shutil.which(name, path=_search_path()):
            return Path(found)
    return None


def need(program: str) -> Path:
    """Absolute path of a program of NAMES; skips the test where it is missing."""
    found = find(program)
    if found is None:
        pytest.skip(f"{program} is missing: run scripts/test-deps")
    return found
