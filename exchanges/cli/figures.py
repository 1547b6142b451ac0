"""The figures of a measurement in words, for who reads them; programs get the names with ``--json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_LABELS = {
    "clients": "personen",
    "records": "records in het bestand",
    "file_bytes": "bytes in het bestand",
    "chain_seconds": "seconden: de keten",
    "xmllint_seconds": "seconden: xmllint over hetzelfde bestand",
    "ratio": "verhouding",
    "peak_rss_mb": "MB geheugen op het hoogst",
    "steps": "seconden per stap",
    "rounds": "rondes; van de tijden de middelste",
    "overhead_seconds": "seconden: wat een levering altijd kost",
    "microseconds_per_client": "microseconden: wat elke persoon daarbij kost",
    "relations": "inkomstenverhoudingen",
    "periods": "perioden",
    "classes": "uitkomsten per soort",
    "compare_seconds": "seconden: vergelijken",
    "duckdb_seconds": "seconden: de query die men zelf zou schrijven",
    "messages": "antwoorden",
    "archive_bytes": "bytes in het archief",
    "message_bytes": "bytes in de antwoorden",
    "rows": "rijen per tabel",
    "read_seconds": "seconden: lezen",
    "read_processor_seconds": "seconden processor: lezen",
    "iterparse_seconds": "seconden: iterparse met schema",
    "iterparse_processor_seconds": "seconden processor: iterparse met schema",
    "deliveries": "leveringen",
    "events": "gebeurtenissen",
    "ledger_mb": "MB register",
    "make_seconds": "seconden: het register maken",
    "verify_seconds": "seconden: alles controleren",
    "verify_cpu_seconds": "seconden processor: alles controleren",
    "export_seconds": "seconden: uitvoeren",
    "export_mb": "MB uitgevoerd",
    "verify_export_seconds": "seconden: de uitvoer controleren",
    "export_peak_rss_mb": "MB geheugen op het hoogst, bij de uitvoer",
}


def lines(found: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """A line per figure, and below a group of figures those of the group. Nothing that has no value."""
    from exchanges.core.ledger import step_label

    for name, value in found.items():
        if isinstance(value, Mapping):
            yield f"{indent}{'':>14}  {_LABELS.get(name, name)}:"
            yield from lines({step_label(key): one for key, one in value.items()}, indent + "  ")
        elif value is not None:
            yield f"{indent}{_shown(value):>14}  {_LABELS.get(name, name)}"


def _shown(value: int | float) -> str:
    """As Dutch writes numbers; seconds have the decimals that were measured."""
    whole, point, rest = str(value).partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{grouped},{rest}" if point else grouped
