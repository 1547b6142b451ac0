"""Files made to hurt: refused in one line, in little memory, without repeating what is in them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from exchanges.administration.model import TABLES

HEAD = ";".join(TABLES["persoon"].schema.names).encode() + b"\n"
ROW = b"P1;999990019;Jan;J;;Jansen;1;19800101;;0001;H1;A1;0153;2026-01-01T00:00:00Z\n"
MEMORY_MB = 300

# Read in a process of its own: memory is that of the whole process, and a crash is its own.
_READ = """
import sys
from pathlib import Path
from exchanges.administration.adapters import open_source
from exchanges.core.errors import KetensluisError
try:
    source = open_source(kind="csv", location=sys.argv[1], gemeente="0153")
    made = source.snapshot(["persoon"], [], Path(sys.argv[2]))
    print("rows", made.tables["persoon"].rows, "findings", made.findings.num_rows)
except KetensluisError as error:
    print(type(error).__name__, str(error))
# Not ru_maxrss: that counts the process this one was forked from.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def _names(letter: bytes) -> Callable[[bytes], bytes]:
    return lambda row: row.replace(b"Jan;", letter + b";")


# Made when asked for: together they are half a gigabyte.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "NUL bytes": (lambda: HEAD + ROW * 3 + _names(b"J\0n")(ROW), "NUL-tekens, voor het eerst op regel 5"),
    "random bytes": (lambda: Random(1).randbytes(3 << 20), "NUL-tekens"),
    "a line of 100 MB": (lambda: HEAD + b"P1;" + b"x" * (100 << 20), "regel van meer dan 1 MB"),
    "a cell of 80 MB": (lambda: HEAD + ROW.replace(b"Jansen", b'"' + b"a\n" * (40 << 20) + b'"'),
                        "niet als CSV te lezen"),
    "a quote that does not close": (lambda: HEAD + ROW.replace(b"Jansen", b'"Jansen') + ROW * 1000,
                                    "oneven aantal aanhalingstekens"),
    "an impossible byte": (lambda: HEAD + _names(b"J\x81n")(ROW), "geen zuivere UTF-8"),
    "two encodings": (lambda: HEAD + _names("Zoë".encode())(ROW) * 3 + _names("Zoë".encode("cp1252"))(ROW),
                      "geen zuivere UTF-8"),
    "UTF-16": (lambda: (HEAD + ROW).decode().encode("utf-16"), "UTF-16"),
    "nothing": (lambda: b"", "is leeg"),
    "only blank lines": (lambda: b"\r\n" * 50, "is leeg"),
    "60 million blank lines": (lambda: HEAD + b"\n" * (60 << 20), "lege regels"),
    "no column names": (lambda: ROW * 5, "geen enkele kolom"),
    "20,000 columns": (lambda: b";".join(b"kolom%d" % i for i in range(20_000)), "geen enkele kolom"),
    "20 million short lines": (lambda: HEAD + b"a\n" * 20_000_000, "ander aantal kolommen"),
    "only separators": (lambda: HEAD + b";" * (20 << 20), "regel van meer dan 1 MB"),
    "20 million quotes": (lambda: HEAD + b'"\n' * 20_000_000, "ander aantal kolommen"),
}


def _read(folder: Path) -> tuple[str, int]:
    """(what was said, most memory in MB)."""
    done = subprocess.run([sys.executable, "-c", _READ, str(folder), str(folder / "werk")],
                          capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    answer, memory = done.stdout.splitlines()
    return answer, int(memory)


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_get_one_line(tmp_path: Path, what: str) -> None:
    content, says = HOSTILE[what]
    (tmp_path / "persoon.csv").write_bytes(content())
    answer, memory = _read(tmp_path)
    assert answer.startswith("SourceError Bron van gemeente 0153: tabel persoon")
    assert says in answer
    assert "Jansen" not in answer and "999990019" not in answer
    assert memory < MEMORY_MB


def test_half_a_million_wrong_values(tmp_path: Path) -> None:
    (tmp_path / "persoon.csv").write_bytes(HEAD + ROW.replace(b"19800101", b"gisteren") * 300_000)
    answer, memory = _read(tmp_path)
    assert answer == "rows 300000 findings 1001"
    assert memory < MEMORY_MB
