"""Reading a file of samenloop signals: refused as a whole, or every row read or set apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.period import Period
from exchanges.core.xml.guard import guard
from exchanges.ib_samenloop import csv_file, xml_file
from exchanges.ib_samenloop.csv_file import Refused
from exchanges.ib_samenloop.duplicates import set_apart
from exchanges.ib_samenloop.head import Head
from exchanges.ib_samenloop.judge import OPEN, REFUSED, RESTRICTED, Judge, schemas
from exchanges.ib_samenloop.kinds import kinds
from exchanges.ib_samenloop.layout import Layout
from exchanges.ib_samenloop.trouble import EMPTY, NO_SIGNALS, PACKED, SIZE, said

MAX_BYTES = 1024**3
_MAGIC = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"%PDF", b"\xd0\xcf\x11\xe0")
_XML = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<", b"\x00<")


@dataclass
class SignalsRead:
    """What one file gave. A refused file gives nothing but findings; otherwise ``rows == read + rejected``.

    ``tables`` are Parquet files by name, see :mod:`exchanges.ib_samenloop.judge`; ``per_kind`` counts the signals read
    by code. ``published`` and ``number`` are IB's publication date and delivery number, where the layout has them;
    ``dialect`` how the file was written; ``findings`` rows as :mod:`exchanges.core.findings` has them.
    """

    path: Path
    sha256: str = ""
    size: int = 0
    form: str = ""
    version: str = ""
    certainty: str = "assumed"
    head: Head | None = None
    dialect: dict[str, str] = field(default_factory=dict)
    refused: bool = False
    rows: int = 0
    read: int = 0
    rejected: int = 0
    per_kind: dict[str, int] = field(default_factory=dict)
    tables: dict[str, Path] = field(default_factory=dict)
    findings: list[dict[str, object]] = field(default_factory=list)

    @property
    def restricted(self) -> int:
        """How many of the signals read are criminal-justice data."""
        return sum(count for code, count in self.per_kind.items() if kinds()[code].restricted)


def read(path: Path, *, gemeente: str, period: Period, work: Path, key: bytes,
         max_bytes: int = MAX_BYTES) -> SignalsRead:
    """Read one file of ``gemeente`` over ``period`` into ``work``. ``key`` makes the pseudonyms of findings.

    CSV or XML, version 07, 08 or 09, as the file says; anything else is refused (spec ib-signalen sections 5 and 14).
    Nothing is raised for what is wrong with the file. Raises OSError when it cannot be read at all.
    """
    out = SignalsRead(path, size=path.stat().st_size)
    try:
        _whole(path, out, max_bytes)
        out.sha256 = _sha256(path)
        out.form = "xml" if _is_xml(path) else "csv"
        if out.form == "xml":
            out.findings = guard(path, max_bytes)
            if out.findings:
                raise Refused(*out.findings)
            _from_xml(out, gemeente, period, work, key)
        else:
            _from_csv(out, gemeente, period, work, key)
    except Refused as refused:
        _nothing(out, work)
        out.findings = refused.findings
    return out


def _whole(path: Path, out: SignalsRead, max_bytes: int) -> None:
    """What can be seen without reading the file."""
    if out.size == 0:
        raise Refused(said(EMPTY))
    if out.size > max_bytes:
        raise Refused(said(SIZE, f"Ten hoogste {max_bytes // 1024**2} MiB wordt gelezen."))
    with path.open("rb") as file:
        if file.read(8).startswith(_MAGIC):
            raise Refused(said(PACKED))


def _is_xml(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    return head.startswith(_XML) or head.lstrip().startswith(b"<")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_csv(out: SignalsRead, gemeente: str, period: Period, work: Path, key: bytes) -> None:
    dialect, layout = csv_file.look(out.path)
    amounts = {place.notation for place in layout.csv if place.field.type == "bedrag"}
    days = {place.notation for place in layout.csv if place.field.type == "dag"}
    out.dialect = {"scheidingsteken": dialect.delimiter, "tekenset": dialect.encoding,
                   "aanhalingsteken": dialect.quote, "decimaalteken": ", ".join(sorted(amounts)),
                   "datums": ", ".join(sorted(days))}
    judge = Judge(layout, "csv", key, work)
    try:
        out.head = csv_file.read_csv(out.path, dialect, layout, judge, gemeente, period)
    finally:
        judge.close()
    _finish(out, layout, judge, key)


def _from_xml(out: SignalsRead, gemeente: str, period: Period, work: Path, key: bytes) -> None:
    layout = xml_file.look(out.path)
    out.dialect = {"tekenset": "utf-8", "decimaalteken": "punt", "datums": "jjjj-mm-dd"}
    judge = Judge(layout, "xml", key, work)
    try:
        out.head, _ = xml_file.read_xml(out.path, layout, judge, gemeente, period)
    finally:
        judge.close()
    _finish(out, layout, judge, key)


def _finish(out: SignalsRead, layout: Layout, judge: Judge, key: bytes) -> None:
    out.version, out.certainty = layout.version, layout.certainty
    out.tables = judge.paths
    set_apart(out.tables, judge.findings, key)
    out.rows = judge.rows
    # Counted in what was written, not in what was offered: the balance is to compare two different things.
    out.read = sum(_rows(out.tables[name]) for name in (OPEN, RESTRICTED))
    out.rejected = _rows(out.tables[REFUSED])
    out.per_kind = {code: _rows(out.tables[kind.table]) for code, kind in kinds().items()}
    out.findings = judge.findings.all() + ([] if out.rows else [said(NO_SIGNALS)])


def _rows(path: Path) -> int:
    return int(pq.ParquetFile(path).metadata.num_rows)


def _nothing(out: SignalsRead, work: Path) -> None:
    """Of a refused file nothing stays behind."""
    out.refused, out.tables, out.head = True, {}, None
    for name in schemas():
        (work / f"{name}.parquet").unlink(missing_ok=True)

