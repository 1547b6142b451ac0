"""The jaaropgaven on paper: one HTML file with a page per client, written batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from exchanges.core.reports import dutch
from exchanges.core.reports.page import environment, policy_hash, styles
from exchanges.loonaangifte.jaar_model import YearReport

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_BATCH = 2_000
# After those of all reports: a page per client, without the numbering of the file as a whole.
_OWN = """
.opgave { max-width: 44rem; margin: 0 auto; padding: 2.5rem 2rem; border-bottom: 2px dashed var(--lijn); }
.opgave h2 { font-size: 1.75rem; color: var(--blauw); margin-bottom: .25rem; }
.opgave .van { color: var(--grijs); margin-bottom: 1.5rem; }
.opgave h3 { font-size: 1.125rem; margin: 1.75rem 0 .5rem; }
.opgave td.getal { width: 7rem; }
.opgave th { overflow-wrap: anywhere; }
.opgave .uitleg { font-size: .9375rem; margin-top: 1.25rem; }
.opgave table { margin-top: 1.75rem; }
.opgave .feiten > div { grid-template-columns: minmax(9rem, 14rem) 1fr; }
@page { margin: 22mm 20mm; @top-left { content: ""; } @top-right { content: ""; } @bottom-right { content: ""; } }
@media print {
  .kop, .voet, .skip { display: none; }
  .opgave { max-width: none; padding: 0; border: 0; break-after: page; font-size: 10.5pt; }
  .opgave h2 { font-size: 18pt; }
  .opgave table, .opgave dt { font-size: 10.5pt; }
  .opgave .feiten > div { grid-template-columns: 52mm 1fr; padding: 3pt 0; }
}
"""


def write_pages(jaaropgaven: Path, out: Path, withholder: str, report: YearReport) -> None:
    """``out`` must be closed to others already. ``withholder`` is the name of the inhoudingsplichtige."""
    statement = report.statement
    title = f"Jaaropgaven {statement.year}, gemeente {statement.gemeente_naam}"
    css = styles("", "", "") + _OWN
    made = environment(_TEMPLATES).get_template("jaaropgave.html.j2")
    with out.open("w", encoding="utf-8") as file:
        for part in made.generate(
            pages=_pages(jaaropgaven), title=title, css=css, css_hash=policy_hash(css), d=statement,
            withholder=withholder, count=report.jaaropgaven.count,
        ):  # fmt: skip
            file.write(part)


def _pages(jaaropgaven: Path) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(jaaropgaven) as file:
        for batch in file.iter_batches(_BATCH):
            for row in batch.to_pylist():
                yield row | {
                    "naam": _name(row), "periode": f"{dutch.day(row['van'])} tot en met {dutch.day(row['tot'])}",
                }  # fmt: skip


def _name(row: dict[str, Any]) -> str:
    """``A.B. van der Dam``."""
    initials = "".join(f"{letter}." for letter in row["voorletters"] or "")
    parts = (initials, row["voorvoegsel"], row["achternaam"])
    return " ".join(part for part in parts if part) or "naam onbekend"
