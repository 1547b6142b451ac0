"""What a WSDL says, whatever its prefixes and files: for holding ours against the official one."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
# What only says where files are, or what people read.
_LEFT_OUT = {f"{{{_WSDL}}}{name}" for name in ("documentation", "import", "types", "definitions")}


def said(*paths: Path) -> set[tuple[str, ...]]:
    """Every element with its place, its attributes (names by namespace) and its text; prefixes do not count."""
    found: set[tuple[str, ...]] = set()
    for path in paths:
        root = etree.parse(str(path), etree.XMLParser(remove_comments=True)).getroot()
        assert str(root.get("targetNamespace")).startswith("http://bkwi.nl/SuwiML/Diensten/")
        for one in root.iter():
            above = [one, *one.iterancestors()]
            if _LEFT_OUT & {parent.tag for parent in above[:-1]}:
                continue
            place = "/".join(f"{parent.tag}[{parent.get('name') or ''}]" for parent in reversed(above[:-1]))
            attributes = sorted(f"{name}={_value(one, name, value)}" for name, value in one.attrib.items())
            if one is not root:
                found.add((place, (one.text or "").strip(), *attributes))
    return found


def _value(element: etree._Element, name: str, value: str) -> str:
    prefix, colon, local = value.partition(":")
    namespace = element.nsmap.get(prefix)
    return f"{{{namespace}}}{local}" if name in ("element", "message", "type", "binding") and colon else value
