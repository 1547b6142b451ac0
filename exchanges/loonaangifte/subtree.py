"""One element of a larger document, held against a schema of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from exchanges.core.xml.faults import Fault, schema_faults


@dataclass(frozen=True)
class _Entry:
    """An entry of libxml2's error log without the place."""

    type_name: str
    line: int
    path: str = ""


def judge(schema: Any, element: Any, above: str = "") -> list[Fault]:
    """What ``schema`` has against ``element``; ``above`` is the path of its parent, ending in a slash."""
    if schema.validate(element):
        return []
    log = schema.error_log
    try:
        found = schema_faults(log, etree.ElementTree(element), ())
    except etree.XPathEvalError:
        # with a prefix that is declared inside the element the place cannot be found again; the line remains
        found = schema_faults([_Entry(entry.type_name, entry.line) for entry in log], None, ())
    top = etree.QName(element).localname
    # libxml2 tells a place from this element, or, by way of the names, from the root of the file
    return [fault if fault.path and fault.path.partition("/")[0] != top else replace(fault, path=above + fault.path)
            for fault in found]
