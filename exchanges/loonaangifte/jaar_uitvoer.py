"""Where the annual statement and the jaaropgaven are written.

The statement stands with the other reports, without anybody's number. The jaaropgaven have BSNs: under the municipality
alone, sealed for it where it has a key, the BSN in the file and never in its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exchanges.core.lists.handing import handed, require_key
from exchanges.core.sql import connect, parquet
from exchanges.core.steps.context import Context
from exchanges.core.store.hashing import hash_file
from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import render_html, render_json, render_pdf, render_xlsx, report_hash
from exchanges.loonaangifte.jaaropgave import AMOUNTS
from exchanges.loonaangifte.jaaropgave_afdruk import write_pages

_MEMORY_MB = 64


@dataclass(frozen=True)
class Written:
    """``reports`` is the statement by form: ``json``, ``html`` and, unless the settings leave them out, ``pdf`` and
    ``xlsx``. ``jaaropgaven`` are the files with them, one when they are sealed; ``sha256`` is that of their table."""

    reports: Mapping[str, Path]
    hash: str
    jaaropgaven: tuple[Path, ...]
    sha256: str


def write(context: Context, report: YearReport, jaaropgaven: Path, printed: bool) -> Written:
    """``jaaropgaven`` (Parquet, in the work folder) is moved. Raises UsageError where they may not be in clear and
    there is no key to seal them for."""
    gemeente, year = context.delivery.gemeente, report.statement.year
    recipient = context.gemeente.lijsten.sleutel
    require_key(recipient, context.settings.production, gemeente)
    reports = _reports(context, report)
    made = [context.work / f"jaaropgaven-{year}.parquet", context.work / f"jaaropgaven-{year}.csv"]
    write_csv(jaaropgaven, made[1], context.work)
    if printed:
        made.append(context.work / f"jaaropgaven-{year}.html")
        withholder = context.parameters.get("naam", f"Gemeente {context.gemeente.naam}")
        write_pages(jaaropgaven, made[2], str(withholder), report)
    jaaropgaven.rename(made[0])
    sha256, _ = hash_file(made[0])
    own = context.settings.root / "jaaropgaven"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = handed(made, own / gemeente, recipient)
    for old in made if recipient else ():
        (own / gemeente / old.name).unlink(missing_ok=True)  # from before the municipality had a key
    return Written(reports, report_hash(report), tuple(files), sha256)


def _reports(context: Context, report: YearReport) -> dict[str, Path]:
    made = {"json": render_json(report), "html": render_html(report).encode()}
    if context.settings.print_reports:
        made |= {"pdf": render_pdf(report), "xlsx": render_xlsx(report)}
    folder = context.settings.root / "verslagen" / context.delivery.gemeente
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{context.exchange.id}_{context.delivery.gemeente}_{report.statement.year}_jaar"
    written = {}
    for form, data in made.items():
        fresh = folder / f".{stem}.{form}"
        fresh.write_bytes(data)
        written[form] = fresh.replace(folder / f"{stem}.{form}")
    return written


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

