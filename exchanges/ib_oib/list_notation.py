"""How a file writes amounts, dates and months, found out from its first values; the whole file is then held to it.

Which notation IB uses is not known, and the ones of the layout cannot be taken for each other. Values in another
notation than the rest of the file are unreadable: nobody guesses line by line.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.ib_oib.list_layout import Layout

# What only this notation looks like. Whole euros look the same in both.
_SHAPES = {
    "bedrag": {"komma": r",[0-9]{1,2}$", "punt": r"^-?[0-9]+\.[0-9]{1,2}$"},
    "datum": {"jjjjmmdd": r"^[0-9]{8}$", "jjjj-mm-dd": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
              "d-m-jjjj": r"^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$"},
    "maand": {"jjjjmm": r"^[0-9]{6}$", "jjjj-mm": r"^[0-9]{4}-[0-9]{2}$"},
}  # fmt: skip


class Notations:
    """Of one file. ``of(type)`` is the notation found, or the first of the layout as long as nothing tells."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._found: dict[str, str] = {}

    def look(self, texts: Mapping[str, pa.Array]) -> None:
        """``texts`` by name of the field; what is decided stays."""
        for kind, shapes in _SHAPES.items():
            if kind not in self._found:
                columns = [texts[one.name] for one in self._layout.fields if one.type == kind]
                counts = {name: sum(pc.sum(pc.match_substring_regex(column, shapes[name])).as_py() or 0
                                    for column in columns)
                          for name in self._layout.notations[kind]}  # fmt: skip
                most = max(counts, key=lambda name: counts[name])
                if counts[most]:
                    self._found[kind] = most

    def of(self, kind: str) -> str:
        return self._found.get(kind) or next(iter(self._layout.notations.get(kind, ("",))))

    def __str__(self) -> str:
        words = {"bedrag": "bedragen", "datum": "datums", "maand": "maand"}
        return ", ".join(f"{words[kind]} {self._found.get(kind, 'niet gebleken')}" for kind in _SHAPES)
