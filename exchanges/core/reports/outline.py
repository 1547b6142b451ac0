"""A page of ours as a tree that can be set on paper: from the HTML itself, so that both always say the same.

What only a screen needs (contents, links to the top, the drawing for telephones) is left out; of the styles only the
names of classes remain, which ``templates/paper.typ`` knows. White space is what a browser makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree, html

from exchanges.core.reports.columns import BREAK, Cell, widths
from exchanges.core.reports.glyphs import drawable, printable

# A node: a text, or an element: ``e`` tag, ``c`` classes, ``k`` children, and what that tag needs besides.
Node = str | dict[str, Any]

_ON_SCREEN_ONLY = {"head", "script", "style", "nav"}
_INLINE = {"a", "b", "br", "code", "em", "span", "strong"}
_BLANKS = re.compile(r"[ \t\n\r\f]+")


def outline(page: str) -> list[Node]:
    """The body of a page made with ``page.html.j2``, in the order in which it is read."""
    # The parser does not know that this element is empty. All text is escaped, so these are ours.
    body = html.fromstring(page.replace("<wbr>", BREAK)).find("body")
    linked = {link.get("href")[1:] for link in body.iter("a") if (link.get("href") or "").startswith("#")}
    return _Reader(linked & {one.get("id") for one in _shown(body)}).blocks(body)


class _Reader:
    """``linked`` are the ids that something on the page leads to."""

    def __init__(self, linked: set[str]) -> None:
        self._linked = linked

    def blocks(self, parent: Any) -> list[Node]:
        """The children of an element; runs of text and inline elements between blocks are trimmed."""
        made: list[Node] = []
        run: list[Node] = []
        for child in _children(parent):
            if _only_on_screen(child):
                continue
            if isinstance(child, str) or child.tag in _INLINE or _is_sign(child):
                run.append(self._inline(child))
                continue
            made += _trimmed(run)
            run = []
            made.append(self._block(child))
        return made + _trimmed(run)

    def _block(self, element: Any) -> Node:
        if element.tag == "svg":
            return {**self._node(element, []), "picture": _picture(element), "says": _says(element)}
        if element.tag == "table":
            return self._table(element)
        return self._node(element, self.blocks(element))

    def _inline(self, element: Any) -> Node:
        if isinstance(element, str):
            return printable(_BLANKS.sub(" ", element))
        if element.tag == "br":
            return "\n"
        if element.tag == "svg":
            return {**self._node(element, []), "picture": _picture(element)}
        node = self._node(element, [self._inline(child) for child in _children(element)])
        if (target := (element.get("href") or "")[1:]) in self._linked:
            node["to"] = target
        return node

    def _node(self, element: Any, children: list[Node]) -> dict[str, Any]:
        node: dict[str, Any] = {"e": element.tag, "c": (element.get("class") or "").split(), "k": children}
        if element.get("id") in self._linked:
            node["id"] = element.get("id")
        return node

    def _table(self, table: Any) -> Node:
        rows = [[_cell(cell) for cell in row] for row in table.iter("tr")]
        shares, scale = widths(rows)
        head = [self._row(row) for row in table.iterfind("thead/tr")]
        groups = [[self._row(row) for row in body] for body in table.iterfind("tbody")]
        return {**self._node(table, self.blocks(table.find("caption"))), "head": head, "groups": groups,
                "shares": shares, "scale": scale}

    def _row(self, row: Any) -> dict[str, Any]:
        cells = [{**self._node(cell, self.blocks(cell)), "span": int(cell.get("colspan", 1))} for cell in row]
        return {"c": (row.get("class") or "").split(), "cells": cells}


def _children(parent: Any) -> Iterator[Any]:
    if parent.text:
        yield parent.text
    for child in parent:
        if isinstance(child.tag, str):
            yield child
        if child.tail:
            yield child.tail


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split())


def _shown(element: Any) -> Iterator[Any]:
    yield element
    for child in element.iterchildren(etree.Element):
        if not _only_on_screen(child):
            yield from _shown(child)


def _only_on_screen(node: Any) -> bool:
    return not isinstance(node, str) and (
        node.tag in _ON_SCREEN_ONLY or bool({"skip", "smal"} & _classes(node))
    )


def _is_sign(element: Any) -> bool:
    return element.tag == "svg" and "teken" in _classes(element)


def _cell(cell: Any) -> Cell:
    """What the width of a column depends on. Remarks and digests stand on lines of their own."""
    lines = [""]
    for part in cell.iter(etree.Element):
        alone = bool(_classes(part) & {"klein", "hash"})
        if alone:
            lines.append("")
        lines[-1] += "###" if _is_sign(part) else part.text or ""
        if part is not cell:
            lines += [""] if alone else []
            lines[-1] += part.tail or ""
    heading = cell.getparent().getparent().tag == "thead"
    unbroken = cell.xpath("descendant-or-self::*[contains(@class, 'getal') or contains(@class, 'code')"
                          " or contains(@class, 'ernst') or contains(@class, 'oordeel')]")
    return Cell(
        tuple(" ".join(line.split()) for line in lines if line.strip()), int(cell.get("colspan", 1)),
        whole=bool(unbroken) and not heading, digest=cell.find(".//code[@class='hash']") is not None,
    )


def _trimmed(run: list[Node]) -> list[Node]:
    """Inline nodes without the white space a browser does not show: at both ends, and twice in a row."""
    made, _ = _unblanked(run, blank=True)
    _strip_end(made)
    return made


def _unblanked(nodes: list[Node], *, blank: bool) -> tuple[list[Node], bool]:
    """``blank``: what stands before ends in white space, or there is nothing."""
    made: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            text = node.lstrip(" ") if blank else node
            if text:
                blank = text[-1] in " \n"
                made.append(text)
        elif "picture" in node:
            blank = False
            made.append(node)
        else:
            children, blank = _unblanked(node["k"], blank=blank)
            made.append({**node, "k": children})
    return made, blank


def _strip_end(nodes: list[Node]) -> None:
    while nodes:
        last = nodes[-1]
        if isinstance(last, str):
            nodes[-1] = last.rstrip(" ")
            if nodes[-1] != "":
                return
            nodes.pop()
        else:
            _strip_end(last["k"])
            return


def _picture(svg: Any) -> str:
    """The drawing by itself, with the styles that a page has for it."""
    alone = etree.fromstring(etree.tostring(svg, with_tail=False))
    alone.set("xmlns", "http://www.w3.org/2000/svg")
    for label in alone.iter("text"):
        label.text = drawable(label.text or "")
    style = etree.Element("style")
    style.text = _styles()
    alone.append(style)  # last, because the first child of a sign is its shape
    return str(etree.tostring(alone, encoding="unicode"))


@cache
def _styles() -> str:
    return (Path(__file__).resolve().parent / "templates" / "paper.css").read_text("utf-8")


def _says(svg: Any) -> str:
    """The words beside a drawing, for who does not see it."""
    title, words = svg.find("title"), svg.find("desc")
    return printable(f"{title.text}. {words.text}")
