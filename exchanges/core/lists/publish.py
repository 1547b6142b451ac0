"""Publishing: the lists of one delivery, in three formats, sealed, with a manifest, all of it or nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchanges.core.disk import sync_folder
from exchanges.core.errors import BalanceError, UsageError
from exchanges.core.lists.archive import zipped
from exchanges.core.lists.cover import Cover, CoverPage, cover_page
from exchanges.core.lists.csv import cover_csv, sheet_csv
from exchanges.core.lists.declare import SignalList
from exchanges.core.lists.json import list_json
from exchanges.core.lists.order import sorting
from exchanges.core.lists.seal import ENDING, Seal, private, seal
from exchanges.core.lists.values import Rows, rows_of
from exchanges.core.lists.xlsx import SHEET_ROWS, sheet_titles, workbook
from exchanges.core.store.failures import storage_failures
from exchanges.core.store.hashing import hash_file

APART = "_beperkt"
MANIFEST = "_manifest.json"
_LEVEL = 1

Entry = tuple[str, Iterable[bytes]]


@dataclass(frozen=True)
class Published:
    """``files`` are the files of the lists, ``manifests`` one per set of files. ``rows`` are those of every sheet
    that was written, ``withheld`` those of restricted sheets that were not: nobody's key was there for them.
    ``content`` is, per manifest, a keyed digest of what is in the lists: equal when a month is made again, also when
    the sealed bytes differ.
    """

    files: tuple[Path, ...]
    manifests: tuple[Path, ...]
    rows: Mapping[str, int]
    content: tuple[str, ...]
    sealed: bool
    withheld: Mapping[str, int] = field(default_factory=dict)


def publish(signals: SignalList, tables: Mapping[str, Path], cover: Cover, out: Path, seal_for: Seal | None = None, *,
            pseudonym_key: bytes, sheet_rows: int = SHEET_ROWS) -> Published:
    """Write the lists of ``tables``, a Parquet file per sheet, to the folder ``out``; files of the same name are
    replaced.

    Sealed, there is one file per group, ``<exchange>_<gemeente>_<period>_<nr>.zip.age``, and ``…_beperkt.zip.age`` for
    restricted sheets, whether there are such signals or not. Without ``seal_for`` the common lists are loose files,
    with pseudonyms (under ``pseudonym_key``) in the place of BSNs; restricted sheets are then withheld, and so they
    are without a key of their own. Beside them a manifest.

    Raises BalanceError when the tables do not have the numbers of the cover, UsageError for a table or column that is
    not there, BusinessError for a row on another's sheet or a text no cell can hold, TechnicalError for the disk.
    Then nothing has been published.
    """
    if set(tables) != {sheet.id for sheet in signals.sheets}:
        raise UsageError("Lijst: er is niet precies één tabel per blad; geef ze allemaal, ook als ze leeg zijn.")
    with storage_failures("een map voor de lijsten maken"):
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".lijst-", dir=out))
    try:
        with sorting() as engine:
            key = None if seal_for else pseudonym_key
            every = [rows_of(signals, sheet, tables[sheet.id], engine, key) for sheet in signals.sheets]
            _reconcile(every, cover)
            recipients = [(False, seal_for.recipient if seal_for else None)]
            if signals.apart and seal_for and seal_for.restricted:
                recipients.append((True, seal_for.restricted))
            made = [_Group(signals, cover, every, apart, sheet_rows).write(work, recipient, pseudonym_key)
                    for apart, recipient in recipients]
        with storage_failures("de lijsten neerzetten"):
            for names, manifest, _ in made:
                for name in (*names, manifest):
                    (work / name).replace(out / name)
            sync_folder(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    withheld = {r.sheet.id: r.count for r in every if r.sheet in signals.apart} if len(made) == 1 else {}
    return Published(
        tuple(out / name for names, _, _ in made for name in names), tuple(out / manifest for _, manifest, _ in made),
        {rows.sheet.id: rows.count for rows in every if rows.sheet.id not in withheld},
        tuple(content for _, _, content in made), seal_for is not None, withheld,
    )


def _reconcile(every: Sequence[Rows], cover: Cover) -> None:
    found = {rows.sheet.id: rows.count for rows in every}
    wrong = sorted(name for name in found.keys() | cover.counts.keys() if found.get(name) != cover.counts.get(name))
    if wrong:
        told = "; ".join(f"{name}: {found.get(name, 0)} in de tabel, {cover.counts.get(name, 0)} volgens de balans"
                         for name in wrong)
        raise BalanceError(
            f"Lijst: de aantallen kloppen niet ({told}). Er is niets gepubliceerd; maak de stap opnieuw."
        )


class _Group:
    """The files of the common sheets, or of those apart: made of these sheets only."""

    def __init__(self, signals: SignalList, cover: Cover, every: Sequence[Rows], apart: bool, sheet_rows: int) -> None:
        sheets = signals.apart if apart else signals.common
        self._signals, self._cover, self._sheet_rows = signals, cover, sheet_rows
        self._rows = [rows for rows in every if rows.sheet in sheets]
        self._base = cover.base + (APART if apart else "")
        hidden = any(rows.pseudonym_key is not None for rows in every)
        counts = {rows.sheet.id: rows.count for rows in self._rows}
        self._page: CoverPage = cover_page(signals, cover, counts, apart=apart, pseudonyms=hidden)

    def write(self, work: Path, recipient: str | None, key: bytes) -> tuple[list[str], str, str]:
        """The names of the files, that of the manifest, and the keyed digest of the content."""
        measured: list[dict[str, Any]] = []
        entries = ((name, _measured(name, pieces, measured)) for name, pieces in self._entries())
        if recipient is None:
            names = [_loose(work, name, pieces) for name, pieces in entries]
            inside = self._manifest({"bestanden": measured})
            outside = inside
        else:
            names = [f"{self._base}.zip{ENDING}"]
            seal(zipped(self._sealed(entries, measured), level=_LEVEL, large=True), recipient, work / names[0])
            inside = self._manifest({"bestanden": measured})
            sha256, size = hash_file(work / names[0])
            # Of what is inside only a keyed digest: the plain hash of a short list would tell which BSN is in it.
            outside = self._manifest({
                "bestanden": [{"naam": names[0], "sha256": sha256, "grootte": size}],
                "ontvanger": recipient, "inhoud": _keyed(inside, key),
            })
        _loose(work, self._base + MANIFEST, [outside])
        return names, self._base + MANIFEST, _keyed(inside, key)

    def _sealed(self, entries: Iterable[Entry], measured: list[dict[str, Any]]) -> Iterator[Entry]:
        yield from entries
        yield self._base + MANIFEST, [self._manifest({"bestanden": measured})]

    def _entries(self) -> Iterator[Entry]:
        base = self._base
        yield f"{base}.xlsx", workbook(self._cover, self._page, self._rows, self._sheet_rows)
        yield f"{base}_voorblad.csv", [cover_csv(self._page)]
        for rows in self._rows:
            yield f"{base}_{rows.sheet.id}.csv", sheet_csv(rows)
        yield f"{base}.json", list_json(self._signals, self._cover, self._page, self._rows)

    def _manifest(self, files: Mapping[str, Any]) -> bytes:
        sheets = [{"id": rows.sheet.id, "aantal": rows.count, "tabbladen": len(sheet_titles(rows, self._sheet_rows))}
                  for rows in self._rows]
        said = {
            "indeling": "urn:ketensluis:lijstmanifest:v0001", "uitwisseling": self._cover.exchange,
            "gemeente": self._cover.gemeente, "maand": str(self._cover.period), "volgnummer": self._cover.number,
            "bladen": sheets, "totaal": self._page.total, **files,
        }
        return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"


def _measured(name: str, pieces: Iterable[bytes], into: list[dict[str, Any]]) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        yield piece
    into.append({"naam": name, "sha256": digest.hexdigest(), "grootte": size})


def _loose(work: Path, name: str, pieces: Iterable[bytes]) -> str:
    with storage_failures("een lijst schrijven"), open(work / name, "xb", opener=private) as sink:
        for piece in pieces:
            sink.write(piece)
        sink.flush()
        os.fsync(sink.fileno())
    return name


def _keyed(data: bytes, key: bytes) -> str:
    return hmac.digest(key, data, "sha256").hex()
