"""A page of ours as PDF: archival (PDF/A-2a) and accessible (PDF/UA-1), with tags, and the same bytes every time.

Typst sets it, a compiler in a wheel: no system package, no fonts of the machine. It gets the tree of the page as data
and ``templates/paper.typ`` as program, so no text of a page is ever read as instructions. Decision 0028.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from exchanges.core.reports.glyphs import printable
from exchanges.core.reports.headings import with_row_headings
from exchanges.core.reports.outline import outline

STANDARDS = ["a-2a", "ua-1"]
_FACES = ("Regular", "It", "Semibold", "Bold")
_PROGRAM = Path(__file__).resolve().parent / "templates" / "paper.typ"


def set_on_paper(page: str, *, title: str, edge: str, foot: str, on: date) -> bytes:
    """The PDF of a page made with ``page.html.j2``; ``title``, ``edge`` and ``foot`` stand at the edges of every
    sheet. ``on`` is the date in it, of what it is about and not of the clock."""
    body = outline(page)
    document = {
        "title": printable(title), "author": "Ketensluis", "edge": printable(edge),
        "foot": printable(foot), "body": body,
    }
    made = _compiler().compile(
        _PROGRAM.read_bytes(), format="pdf", pdf_standards=STANDARDS, timestamp=datetime.combine(on, time(), UTC),
        sys_inputs={"document": json.dumps(document, ensure_ascii=False)},
    )
    return with_row_headings(bytes(made), body)


@cache
def _compiler() -> Any:
    """Once per process: reading the letters and the program takes longer than a report."""
    letters = files("font_source_sans_pro") / "files"
    with TemporaryDirectory() as folder:
        # The package has every face twice, as TrueType and as OpenType, and which one is found first would depend on
        # the disk. Once they have been used they are in memory.
        for face in _FACES:
            shutil.copy(str(letters / f"SourceSansPro-{face}.ttf"), folder)
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder])
        compiler = typst.Compiler(ignore_system_fonts=True, font_paths=fonts)
        faces = b'#set text(font: "Source Sans Pro")\na _b_ #text(weight: 600)[c] *d*'
        compiler.compile(faces, format="pdf")
    return compiler
