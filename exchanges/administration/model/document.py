"""The model as a page for readers: ``docs/administration.md`` is what ``render`` gives, and a test holds it so.

The introduction is ``inleiding.md`` beside this file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from exchanges.administration.model.table import DATE, LONG, MOMENT, TEXT, WHOLE, YES_NO, Table

_KINDS = {
    TEXT: "tekst", WHOLE: "geheel getal", LONG: "geheel getal (64 bits)", DATE: "datum", MOMENT: "moment (UTC)",
    YES_NO: "ja/nee",
}
_MARKS = {
    "partial_date": "datum als getal jjjjmmdd, maand of dag 0 = onbekend",
    "cent": "bedrag in centen",
    "perc_honderdsten": "honderdsten van een procent (50,00 % = 5000)",
    "bsn": "burgerservicenummer",
}

_HEAD = Path(__file__).with_name("inleiding.md")



def kind_of(field: pa.Field) -> str:
    """The type of a column in plain Dutch."""
    mark = (field.metadata or {}).get(b"ketensluis", b"").decode()
    return _MARKS.get(mark) or _KINDS[field.type]


def _section(table: Table) -> list[str]:
    lines = [f"## {table.title} (`{table.name}`)", "", table.doc, "",
             f"Sleutel: {', '.join(f'`{name}`' for name in table.key)}. "
             + ("Verplichte tabel." if table.required else "Tabel mag ontbreken.")]
    if table.references:
        lines.append("Verwijst naar: " + ", ".join(
            f"`{own}` → `{other}.{column}`" for own, other, column in table.references) + ".")
    lines += ["", "| Kolom | Soort | Leeg mag | Betekenis |", "|---|---|---|---|"]
    for field in table.schema:
        doc = field.metadata[b"doc"].decode()
        lines.append(f"| `{field.name}` | {kind_of(field)} | {'ja' if field.nullable else 'nee'} | {doc} |")
    return [*lines, ""]


def render(tables: dict[str, Table]) -> str:
    """Markdown for all ``tables``, in their order."""
    lines = [_HEAD.read_text(encoding="utf-8")]
    for table in tables.values():
        lines += _section(table)
    return "\n".join(lines)
