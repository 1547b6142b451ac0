"""Answers of UWV as one archive, with the questions they are to: what lies ready for ``ib_oib``."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

QUESTIONS = "vragen.csv"


def write_archive(path: Path, answers: Iterable[tuple[str, bytes | None]]) -> Path:
    """``answers`` are BSN and answer, in the order of the questions; None: there came none. The same answers give the
    same bytes."""
    lines, found = ["antwoord;bsn;uitkomst"], []
    for number, (bsn, answer) in enumerate(answers, 1):
        name = f"antwoord-{number:07d}.xml"
        lines.append(f"{name};{bsn};{'geen_antwoord' if answer is None else 'beantwoord'}")
        if answer is not None:
            found.append((name, answer))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in ((QUESTIONS, "\n".join([*lines, ""]).encode()), *found):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, compresslevel=1)
    return path
