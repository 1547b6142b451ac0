"""Measuring how many small messages are read from one archive, beside ``iterparse`` with the schema and nothing else.

The archive, of answers of UWV, is made by a process of its own, so that its memory does not count. Both are warm: a
small archive goes first. Rounds take turns, and the middle of each is given. Of ``iterparse`` only the parsing is
counted; unpacking the messages for it is not, though the reading does that too.
"""

from __future__ import annotations

import io
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

MESSAGE, VERSION = "UWVDossierInkomstenGSD", "v0200"
SMALL = 500
ROUNDS = 3


def responses(
    messages: int, tell: Callable[[str], None] = lambda text: None, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Figures of reading an archive of ``messages`` answers to Parquet: seconds, bytes, MB."""
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        home = Path(folder)
        tell("Opwarmen")
        _make(home / "klein.zip", SMALL)
        _read(home / "klein.zip", home / "tabellen")
        _iterparse(home / "klein.zip")
        tell(f"Archief van {messages} antwoorden maken")
        _make(home / "groot.zip", messages)
        reads, processor, parses, parses_processor = [], [], [], []
        for number in range(rounds):
            tell(f"Ronde {number + 1} van {rounds}: lezen")
            cpu, started = time.process_time(), time.perf_counter()
            rows = _read(home / "groot.zip", home / "tabellen")
            reads.append(time.perf_counter() - started)
            processor.append(time.process_time() - cpu)
            if number == 0:
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            tell(f"Ronde {number + 1} van {rounds}: iterparse")
            seconds, used, size = _iterparse(home / "groot.zip")
            parses.append(seconds)
            parses_processor.append(used)
        archive = (home / "groot.zip").stat().st_size
    return {
        "messages": messages,
        "archive_bytes": archive,
        "message_bytes": size,
        "rows": rows,
        "read_seconds": round(median(reads), 3),
        "read_processor_seconds": round(median(processor), 3),
        "iterparse_seconds": round(median(parses), 3),
        "iterparse_processor_seconds": round(median(parses_processor), 3),
        "ratio": round(median(reads) / median(parses), 3),
        "peak_rss_mb": peak,
        "rounds": rounds,
    }


def _make(path: Path, messages: int) -> None:
    subprocess.run([sys.executable, "-m", "exchanges.simulators.uwv_responses", str(path), str(messages)], check=True)


def _read(path: Path, folder: Path) -> dict[str, int]:
    """The tables in ``folder``, and how many rows each has that has any. What is refused would be a fault here."""
    import exchanges.core.arrow  # noqa: F401, I001  first: keeps pandas out
    import pyarrow.parquet as pq
    from exchanges.core.mapping.table import load_mapping
    from exchanges.core.schemas.catalogue import Catalogue
    from exchanges.core.xml.archive import archive_schemas, read_archive
    from exchanges.core.xml.readback import ParquetSink

    shutil.rmtree(folder, ignore_errors=True)
    mapping = load_mapping(MESSAGE, VERSION)
    sink = ParquetSink(folder, archive_schemas(mapping))
    found = read_archive(path, Catalogue.load().version(MESSAGE, VERSION), mapping, sink)
    sink.close()
    if found.whole or found.refused:
        raise AssertionError("de antwoorden van de simulator worden geweigerd")
    rows = {name: pq.read_metadata(at).num_rows for name, at in sink.paths.items()}
    return {name: count for name, count in rows.items() if count}


def _iterparse(path: Path) -> tuple[float, float, int]:
    """Seconds of parsing each message against the schema, on the clock and of the processor; the bytes they have."""
    from lxml import etree

    from exchanges.core.schemas.catalogue import Catalogue

    schema = Catalogue.load().version(MESSAGE, VERSION).compile()
    seconds, processor, size = 0.0, 0.0, 0
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            data = archive.read(info)
            size += len(data)
            file = io.BytesIO(data)
            started, used = time.perf_counter(), time.thread_time()
            for _ in etree.iterparse(file, schema=schema):
                pass
            seconds += time.perf_counter() - started
            processor += time.thread_time() - used
    return seconds, processor, size
