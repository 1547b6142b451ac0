"""From XML back to tables, by the same rows: any well-formed XML.

Per table one XSLT stylesheet is generated that writes the values as CSV lines; libxslt runs it over a parsed
chunk without the interpreter (and without its lock), and Arrow reads the lines as columns. An absent element is
an unquoted empty field, an empty one a quoted empty field, so the two stay apart.

Files written the plain way have a faster reader, :mod:`exchanges.core.mapping.tokens`; this one is the reference.
"""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from lxml import etree

from exchanges.core.mapping.plan import TablePlan, envelope_plans, scalar_leaves, table_plans
from exchanges.core.mapping.table import MessageMapping

_XSL = "http://www.w3.org/1999/XSL/Transform"
_SAXON = "http://icl.com/saxon"
_STR = "http://exslt.org/strings"


class Reader:
    """Reads one message version. Make one per thread: the compiled stylesheets are not shared."""

    def __init__(self, mapping: MessageMapping) -> None:
        self._mapping = mapping
        self._plans = table_plans(mapping)
        self._envelope = envelope_plans(mapping)
        self._scalar = scalar_leaves(mapping) if mapping.scalar is not None else []
        self._sheets: dict[tuple[str, bool], etree.XSLT] = {}

    def read(self, document: Any, *, quotes: bool, line_shift: int = 0) -> dict[str, pa.Table]:
        """The tables of the records of a parsed document; ``quotes`` when its text may hold a double quote.

        ``_parent`` and ``_root`` count from 0 within the document, ``_line`` is the line in it plus ``line_shift``.
        """
        return self._tables(self._plans, document, quotes, line_shift)

    def envelope_tables(self, document: Any) -> dict[str, pa.Table]:
        """The lists of the envelope of a parsed document, with or without its records."""
        return self._tables(self._envelope, document, True, 0)

    def _tables(self, plans: list[TablePlan], document: Any, quotes: bool, line_shift: int) -> dict[str, pa.Table]:
        tables: dict[str, pa.Table] = {}
        counts: dict[str, Any] = {}
        for plan in plans:
            raw = _csv(plan, bytes(self._sheet(plan, quotes)(document)))
            up = root = None
            if plan.parent is not None:
                number = counts[plan.name]
                rows = np.repeat(np.arange(len(number)), number)
                above = tables[plan.parent]
                up = root = pa.array(rows)
                if "_root" in above.column_names:
                    root = pa.array(above["_root"].to_numpy()[rows])
            lines = pc.add(pc.cast(raw["#line"], pa.int64()), line_shift)
            texts = [raw[str(index)] for index in range(len(plan.leaves))]
            tables[plan.name] = plan.table(texts, lines, up, root)
            for child, _ in plan.children:
                counts[child] = pc.cast(raw[f"#{child}"], pa.int64()).to_numpy()
        return tables

    def scalar(self, document: Any) -> dict[str, Any]:
        """The values of the envelope, by column name."""
        out: dict[str, Any] = {}
        for leaf in self._scalar:
            found = document.xpath(f"string({leaf.xpath}[1])", namespaces=self._mapping.namespaces)
            there = found or document.xpath(f"boolean({leaf.xpath})", namespaces=self._mapping.namespaces)
            assert leaf.node.format is not None
            text = pa.array([found if there else None], pa.string())
            out[leaf.node.column] = leaf.node.format.read(text)[0].as_py()
        return out

    def _sheet(self, plan: TablePlan, quotes: bool) -> etree.XSLT:
        key = plan.name, quotes
        if key not in self._sheets:
            self._sheets[key] = etree.XSLT(etree.fromstring(self._stylesheet(plan, quotes)))
        return self._sheets[key]

    def _stylesheet(self, plan: TablePlan, quotes: bool) -> str:
        # The names of our own begin with _, for those of a mapping do not.
        namespaces = "".join(f" xmlns:{p}={quoteattr(u)}" for p, u in self._mapping.namespaces.items())
        value = "_s:replace(string(.), '&quot;', '&quot;&quot;')" if quotes else "."
        fields = ['<_x:value-of select="_saxon:line-number()"/>']
        for leaf in plan.leaves:
            if leaf.is_presence:
                fields.append(f'<_x:if test="{leaf.xpath}">1</_x:if>')
            else:
                fields.append(f'<_x:for-each select="{leaf.xpath}[1]">"<_x:value-of select="{value}"/>"</_x:for-each>')
        fields += [f'<_x:value-of select="count({xpath})"/>' for _, xpath in plan.children]
        body = "<_x:text>,</_x:text>".join(fields)
        return (
            f'<_x:stylesheet version="1.0" xmlns:_x="{_XSL}" xmlns:_saxon="{_SAXON}" xmlns:_s="{_STR}"{namespaces}>'
            '<_x:output method="text" encoding="UTF-8"/>'
            f'<_x:template match="/"><_x:for-each select="{plan.rows}">{body}<_x:text>\n</_x:text></_x:for-each>'
            "</_x:template></_x:stylesheet>"
        )


def _csv(plan: TablePlan, data: bytes) -> pa.Table:
    names = ["#line", *(str(i) for i in range(len(plan.leaves))), *(f"#{child}" for child, _ in plan.children)]
    if not data:
        return pa.schema([(name, pa.string()) for name in names]).empty_table()
    return pacsv.read_csv(
        io.BytesIO(data),
        read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=max(len(data) + 1, 1 << 16)),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
            quoted_strings_can_be_null=False, check_utf8=False,
        ),
    )
