"""Where the annual statement and the jaaropgaven are written.

The statement stands with the other reports, without anybody's number. The jaaropgaven have BSNs: under the municipality
alone, readable by the owner only, the BSN in the file and never in its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchanges.core.sql import connect, parquet
from exchanges.core.steps.context import Context
from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import render_html, render_json, report_hash
from exchanges.loonaangifte.jaaropgave import AMOUNTS
from exchanges.loonaangifte.jaaropgave_afdruk import write_pages

_MEMORY_MB = 64


@dataclass(frozen=True)
class Written:
    """``printed`` is null when it was not asked."""

    html: Path
    json: Path
    hash: str
    parquet: Path
    csv: Path
    printed: Path | None


def write(context: Context, report: YearReport, jaaropgaven: Path, printed: bool) -> Written:
    """``jaaropgaven`` (Parquet, in the work folder) is moved."""
    gemeente, year = context.delivery.gemeente, report.statement.year
    reports = context.settings.root / "verslagen" / gemeente
    reports.mkdir(parents=True, exist_ok=True)
    stem = f"{context.exchange.id}_{gemeente}_{year}_jaar"
    for kind, data in (("json", render_json(report)), ("html", render_html(report).encode())):
        fresh = reports / f".{stem}.{kind}"
        fresh.write_bytes(data)
        fresh.replace(reports / f"{stem}.{kind}")
    own = context.settings.root / "jaaropgaven"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = own / gemeente
    folder.mkdir(mode=0o700, exist_ok=True)
    csv = _closed(context.work / "jaaropgaven.csv")
    write_csv(jaaropgaven, csv, context.work)
    pages = None
    if printed:
        pages = _closed(context.work / "jaaropgaven.html")
        withholder = context.parameters.get("naam", f"Gemeente {context.gemeente.naam}")
        write_pages(jaaropgaven, pages, str(withholder), report)
    jaaropgaven.chmod(0o600)
    return Written(
        reports / f"{stem}.html", reports / f"{stem}.json", report_hash(report),
        jaaropgaven.replace(folder / f"jaaropgaven-{year}.parquet"), csv.replace(folder / f"jaaropgaven-{year}.csv"),
        pages.replace(folder / f"jaaropgaven-{year}.html") if pages else None,
    )  # fmt: skip


def write_csv(jaaropgaven: Path, out: Path, work: Path) -> None:
    """For a spreadsheet: points and commas between values, whole euros. A text that a spreadsheet would take for a
    formula gets an apostrophe before it."""
    texts = ("klantnummer", "voorletters", "voorvoegsel", "achternaam")
    plain = ", ".join(
        f"CASE WHEN regexp_matches({name}, '^[=+@\\-\\t\\r]') THEN '''' || {name} ELSE {name} END AS {name}"
        for name in texts
    )
    con = connect(work / "csv", _MEMORY_MB)
    try:
        con.execute(
            f"COPY (SELECT bsn, {plain}, regeling, inkomenscode, dienstjaar, van, tot, loonbelastingtabel,"
            f" CASE WHEN indicatie_zvw THEN 'J' ELSE 'N' END AS indicatie_zvw, code_zvw, {', '.join(AMOUNTS)},"
            " premies_werknemersverzekeringen, verrekende_arbeidskorting, array_to_string(list_transform("
            "heffingskorting, lambda k: k.vanaf::VARCHAR || CASE WHEN k.toegepast THEN ' ja' ELSE ' nee' END), ', ')"
            f" AS heffingskorting FROM {parquet(jaaropgaven)}) TO '{out}' (FORMAT csv, DELIMITER ';', HEADER,"
            " USE_TMP_FILE false)"
        )
    finally:
        con.close()


def _closed(path: Path) -> Path:
    """An empty file that is the owner's alone before anything is in it."""
    path.touch(mode=0o600)
    return path
