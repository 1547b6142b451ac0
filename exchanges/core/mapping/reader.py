"""From XML back to tables, by the same rows.

Per table one XSLT stylesheet is generated that writes the values as CSV lines; libxslt runs it over a parsed
chunk without the interpreter (and without its lock), and Arrow reads the lines as columns. An absent element is
an unquoted empty field, an empty one a quoted empty field, so the two stay apart.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from lxml import etree

from exchanges.core.mapping.table import MessageMapping, Node

_XSL = "http://www.w3.org/1999/XSL/Transform"
# A private-use character stands for the quote inside a value while it travels as CSV.
_QUOTE = "\ue022"


@dataclass(frozen=True)
class _Leaf:
    """One value of a table: XPath from the row's element, and the node it belongs to."""

    xpath: str
    node: Node


@dataclass(frozen=True)
class _Plan:
    """How one table is read: XPath of its rows from the document, values, and child tables with their XPath."""

    name: str
    rows: str
    leaves: tuple[_Leaf, ...]
    children: tuple[tuple[str, str], ...]


class Reader:
    """Reads one message version. Make one per thread: the compiled stylesheets are not shared."""

    def __init__(self, mapping: MessageMapping) -> None:
        self._mapping = mapping
        record = mapping.list_node(mapping.record)
        self._plans = list(self._plan(record, "/" + record.path))
        self.schemas = {plan.name: self._schema(plan) for plan in self._plans}
        self._sheets = {
            (plan.name, quotes): etree.XSLT(etree.fromstring(self._stylesheet(plan, quotes)))
            for plan in self._plans
            for quotes in (False, True)
        }

    def read(self, document: Any, *, quotes: bool) -> dict[str, pa.Table]:
        """The tables of a parsed document; ``quotes`` when its text may hold a double quote.

        ``_parent`` and ``_root`` count from 0 within the document, ``_line`` is the line in it.
        """
        tables: dict[str, pa.Table] = {}
        counts: dict[str, Any] = {}
        for plan in self._plans:
            raw = self._csv(plan, bytes(self._sheets[plan.name, quotes](document)))
            tables[plan.name] = self._table(plan, raw, quotes)
            for child, _ in plan.children:
                counts[child] = (plan.name, pc.cast(raw[f"#{child}"], pa.int64()).to_numpy())
            if plan.name in counts:
                parent, number = counts[plan.name]
                up = np.repeat(np.arange(len(number)), number)
                root = up if parent == self._mapping.record else tables[parent]["_root"].to_numpy()[up]
                tables[plan.name] = (
                    tables[plan.name].append_column("_parent", pa.array(up)).append_column("_root", pa.array(root))
                )
        return tables

    def scalar(self, document: Any) -> dict[str, Any]:
        """The values of the envelope, by column name."""
        if self._mapping.scalar is None:
            return {}
        leaves = [leaf for leaf in self._leaves(self._mapping.root, "/" + self._mapping.root.tag) if not leaf.node.children]
        out: dict[str, Any] = {}
        for leaf in leaves:
            found = document.xpath(leaf.xpath, namespaces=self._mapping.namespaces)
            assert leaf.node.format is not None
            text = pa.array([found[0].text or "" if found else None], pa.string())
            out[leaf.node.column] = leaf.node.format.read(text)[0].as_py()
        return out

    def _plan(self, node: Node, rows: str) -> Any:
        leaves = tuple(self._leaves(node, ""))
        children = tuple(self._lists(node, ""))
        yield _Plan(node.column, rows, leaves, tuple((child.column, xpath) for xpath, child in children))
        for xpath, child in children:
            yield from self._plan(child, f"{rows}/{xpath}")

    def _leaves(self, node: Node, at: str) -> Any:
        for child in node.children:
            xpath = f"{at}/{child.tag}" if at else child.tag
            if child.kind == "waarde" or (child.kind == "groep" and child.column):
                yield _Leaf(xpath, child)
            if child.kind == "groep":
                yield from self._leaves(child, xpath)

    def _lists(self, node: Node, at: str) -> Any:
        for child in node.children:
            xpath = f"{at}/{child.tag}" if at else child.tag
            if child.kind == "lijst":
                yield xpath, child
            elif child.kind == "groep":
                yield from self._lists(child, xpath)

    def _stylesheet(self, plan: _Plan, quotes: bool) -> str:
        namespaces = "".join(f" xmlns:{p}={quoteattr(u)}" for p, u in self._mapping.namespaces.items())
        value = f"translate(., '&quot;', '{_QUOTE}')" if quotes else "."
        fields = ['<x:value-of select="saxon:line-number()"/>']
        for leaf in plan.leaves:
            if leaf.node.kind == "groep":
                fields.append(f'<x:if test="{leaf.xpath}">1</x:if>')
            else:
                fields.append(
                    f'<x:for-each select="{leaf.xpath}[1]">"<x:value-of select="{value}"/>"</x:for-each>'
                )
        fields += [f'<x:value-of select="count({xpath})"/>' for _, xpath in plan.children]
        body = "<x:text>,</x:text>".join(fields)
        return (
            f'<x:stylesheet version="1.0" xmlns:x="{_XSL}" xmlns:saxon="http://icl.com/saxon"{namespaces}>'
            '<x:output method="text" encoding="UTF-8"/>'
            f'<x:template match="/"><x:for-each select="{plan.rows}">{body}<x:text>\n</x:text></x:for-each></x:template>'
            "</x:stylesheet>"
        )

    @staticmethod
    def _csv(plan: _Plan, data: bytes) -> pa.Table:
        names = ["#line", *(str(i) for i in range(len(plan.leaves))), *(f"#{child}" for child, _ in plan.children)]
        if not data:
            return pa.table({name: pa.array([], pa.string()) for name in names})
        return pacsv.read_csv(
            io.BytesIO(data),
            read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=max(len(data) + 1, 1 << 16)),
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
                quoted_strings_can_be_null=False, check_utf8=False,
            ),
        )

    @staticmethod
    def _schema(plan: _Plan) -> pa.Schema:
        types: dict[str, pa.DataType] = {}
        for leaf in plan.leaves:
            if leaf.node.format is None:
                types[leaf.node.column] = pa.bool_()
            elif leaf.node.format.is_sign:
                types.setdefault(leaf.node.column, pa.int64())
            else:
                types[leaf.node.column] = leaf.node.format.type
        return pa.schema([("_line", pa.int64()), *types.items()])

    def _table(self, plan: _Plan, raw: pa.Table, quotes: bool) -> pa.Table:
        columns: dict[str, Any] = {}
        signs: dict[str, Any] = {}
        for index, leaf in enumerate(plan.leaves):
            text = raw[str(index)]
            if leaf.node.format is None:
                columns[leaf.node.column] = pc.is_valid(text)
            elif leaf.node.format.is_sign:
                signs[leaf.node.column] = leaf.node.format.read(text)
            else:
                if quotes and leaf.node.format.type == pa.string():
                    text = pc.replace_substring(text, _QUOTE, '"')
                columns[leaf.node.column] = leaf.node.format.read(text)
        for name, sign in signs.items():
            columns[name] = pc.cast(pc.multiply(columns[name], sign), self.schemas[plan.name].field(name).type)
        columns["_line"] = pc.cast(raw["#line"], pa.int64())
        schema = self.schemas[plan.name]
        return pa.table([columns[name] for name in schema.names], schema=schema)
