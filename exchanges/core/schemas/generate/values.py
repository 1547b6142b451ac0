"""Texts for a simple type: on both sides of every facet, and the unusual spellings around them."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from exchanges.core.schemas.facets import Facets
from exchanges.core.schemas.generate import pattern
from exchanges.core.schemas.model import builtin, facets

_XS = "http://www.w3.org/2001/XMLSchema"
_LITERALS: dict[str, tuple[str, ...]] = {
    "decimal": ("0", "1", "-1", "+1", "00", "007", "-0", "12.5", "1.", ".5", "1,5", "1e3", "1 000", "INF", "NaN",
                "9" * 18, "9" * 19, "9" * 40, "0x10", "½", "--1", "1.234,56", "1,234.56", "1.234.56"),
    "float": ("0", "-1.5E4", "1e400", "INF", "-INF", "NaN", "+INF", "1,5"),
    "boolean": ("true", "false", "0", "1", "True", "ja", "2"),
    "date": ("2024-02-29", "2023-02-29", "2024-12-31", "2024-1-1", "20240101", "2024-01-01Z", "2024-01-01+02:00",
             "0000-01-01", "-0044-03-15", "24-01-01", "2024-13-01", "2024-00-01", "12024-01-01"),
    "dateTime": ("2024-02-29T12:00:00", "2024-02-29T24:00:00", "2024-02-29T12:00:00.123Z", "2024-02-29", "x",
                 "2024-02-29 12:00:00", "2024-02-29T12:00", "2024-02-30T12:00:00", "2024-02-29T12:00:60"),
    "time": ("12:00:00", "24:00:00", "12:00", "25:00:00", "12:00:00.5+01:00"),
    "gYear": ("2024", "0000", "24", "2024Z", "-0001"),
    "gYearMonth": ("2024-02", "2024-13", "2024", "2024-2", "2024-02Z"),
    "gMonthDay": ("--02-29", "--02-30", "02-29"),
    "gMonth": ("--02", "--13", "02"),
    "gDay": ("---31", "---32", "31"),
    "duration": ("P1Y2M3DT4H5M6S", "P1Y", "PT", "P", "1Y", "-P1D"),
    "anyURI": ("urn:x:y", "http://x/y?z#a", "", "a b", "%zz"),
    "base64Binary": ("AAAA", "AAA=", "A", "AA==", "A A A A", "é"),
    "hexBinary": ("00ff", "0", "GG", ""),
    "QName": ("a", "xs:string", "x:y:z", "1a"),
    "string": ("a", "Z", "O'Brien", "’s-Gravenhage", "Ĳsbrand Łukasz", "a1", "1a", "x y", ".", "-", "+", "é" * 3,
               "<&>\"'", "]]>", "\U0001f600", "A.B.", "ab", "ABCDEFG"),
}
_SPELLINGS = ("lead_space", "trail_space", "trail_newline", "tab", "nbsp", "arabic_digits", "fullwidth", "comma",
              "swapcase", "twice", "cut", "blank", "sign", "zero", "accent")
_KEEP = 160  # texts per type and verdict; more adds time, not coverage


@dataclass
class Values:
    """Texts with the name of what they try; ``valid``: both xmlschema and libxml2 take it, ``invalid``: not both."""

    valid: list[tuple[str, str]] = field(default_factory=list)
    invalid: list[tuple[str, str]] = field(default_factory=list)


def values_of(kind: Any, rng: random.Random) -> Values:
    """Texts for the xmlschema simple type ``kind``."""
    found: dict[str, str] = {}
    narrow = facets(kind)
    plain: list[str] = []
    for name, text in _candidates(kind, narrow, rng):
        if text not in found and _writable(text):
            found[text] = name
            plain.append(text)
    valid = _judge(kind, narrow)
    good = [text for text in plain if valid(text)]
    for text in [*good[:6], *plain[:2], "x"]:
        for name in _SPELLINGS:
            spelled = _spell(name, text)
            if spelled not in found and _writable(spelled):
                found[spelled] = f"spelling:{name}"
    found.setdefault("", "empty")
    values = Values()
    for text, name in found.items():
        (values.valid if valid(text) else values.invalid).append((name, text))
    rng.shuffle(values.valid)
    rng.shuffle(values.invalid)
    values.valid, values.invalid = _spread(values.valid), _spread(values.invalid)
    return values


def _candidates(kind: Any, narrow: Facets, rng: random.Random) -> Iterator[tuple[str, str]]:
    for member in [kind.item_type] if kind.is_list() else getattr(kind, "member_types", None) or []:
        for name, text in _candidates(member, facets(member), rng):
            yield name, text
            yield name, f"{text} {text}"
    family = _family(kind)
    for text in _LITERALS[family]:
        yield f"base:{family}", text
    for text in narrow.enumeration:
        yield "facet:enumeration", text
        for near in (text + "x", text[:-1], text.lower(), text.upper(), " " + text, text + text):
            yield "facet:enumeration", near
    sizes = sorted({max(0, size + step) for size in (narrow.length, narrow.min_length, narrow.max_length)
                    if size is not None for step in (-1, 0, 1)}) or [3]
    shaped = [text for step in narrow.patterns for text in _shaped(step, sizes, rng)]
    for text in shaped:
        yield "facet:pattern", text
        yield "facet:pattern", _damaged(text, rng)
    for size in sizes if narrow.length is not None or narrow.min_length or narrow.max_length is not None else ():
        for text in [*shaped[:8], "a", "1", "é", " ", "\U0001f600"]:
            yield "facet:length", _sized(text, size)
    yield from _numbers(narrow)
    if family == "date":
        yield from _dates(narrow.enumeration)


def _shaped(step: str, sizes: list[int], rng: random.Random) -> list[str]:
    try:
        return [pattern.sample(step, rng, size) for size in sizes for _ in range(24)]
    except (ValueError, IndexError):  # a pattern this sampler cannot read still gets all the other texts
        return []


def _numbers(narrow: Facets) -> Iterator[tuple[str, str]]:
    if narrow.total_digits is not None:
        full = "9" * narrow.total_digits
        for text in (full, full + "9", "0" + full, "-" + full, full + ".0", "1" * narrow.total_digits + "0"):
            yield "facet:totalDigits", text
    if narrow.fraction_digits is not None:
        for size in (narrow.fraction_digits, narrow.fraction_digits + 1):
            yield "facet:fractionDigits", "1." + "1" * size if size else "1"
            yield "facet:fractionDigits", "1." + "0" * size
            yield "facet:fractionDigits", "-1," + "1" * size
    for name in ("min_inclusive", "max_inclusive", "min_exclusive", "max_exclusive"):
        bound = getattr(narrow, name)
        if bound is None:
            continue
        yield f"facet:{name}", bound
        try:
            value = Decimal(bound)
        except InvalidOperation:
            continue
        for step in ("-1", "1", "-0.01", "0.01"):
            yield f"facet:{name}", f"{value + Decimal(step):f}"


def _dates(listed: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Dates beside those of a list: the day before and after, the next year, and the same day with a time zone."""
    for text in listed:
        try:
            day = date.fromisoformat(text)
        except ValueError:  # with a zone, or outside the calendar of Python
            continue
        for near in (day - timedelta(days=1), day + timedelta(days=1), date(day.year + 1, day.month, 1)):
            yield "facet:enumeration", near.isoformat()
        for zone in ("Z", "+00:00", "+01:00", "-14:00"):
            yield "date:zone", text + zone


def _family(kind: Any) -> str:
    name = (builtin(kind).name or "").rpartition("}")[2]
    primitive = kind.primitive_type.name.rpartition("}")[2] if getattr(kind, "primitive_type", None) else name
    primitive = "float" if primitive == "double" else primitive
    return primitive if primitive in _LITERALS else "string"


def _sized(text: str, size: int) -> str:
    return (text + (text[-1:] or "a") * size)[:size]


def _damaged(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    other = rng.choice(rng.choice((pattern.ALPHABET, text + "0", "0123456789")))
    return rng.choice((text[:at] + text[at + 1 :], text[:at] + other + text[at:], text[:at] + other + text[at + 1 :]))


def _spell(name: str, text: str) -> str:
    match name:
        case "lead_space":
            return " " + text
        case "trail_space":
            return text + " "
        case "trail_newline":
            return text + "\n"
        case "tab":
            return text.replace(text[:1], "\t", 1) if text else "\t"
        case "nbsp":
            return text[:-1] + "\u00a0"
        case "arabic_digits":
            return re.sub("[0-9]", lambda digit: chr(0x660 + int(digit[0])), text)
        case "fullwidth":
            return re.sub("[0-9A-Za-z]", lambda char: chr(ord(char[0]) + 0xFEE0), text)
        case "comma":
            return text.replace(".", ",") if "." in text else text + ",00"
        case "swapcase":
            return text.swapcase()
        case "twice":
            return text * 2
        case "cut":
            return text[:-1]
        case "blank":
            return " " * len(text)
        case "sign":
            return "-" + text
        case "zero":
            return "0" + text
    return unicodedata.normalize("NFD", text[:-1] + "é")


def _spread(items: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """At most ``_KEEP`` items, every name kept: first one of each facet, then one of each other name."""
    first = {item[0]: item for item in reversed(items)}
    rest = [item for item in items if first[item[0]] is not item]
    ahead = sorted(first.values(), key=lambda item: not item[0].startswith("facet:"))
    return (ahead + rest)[:_KEEP]


def _judge(kind: Any, narrow: Facets) -> Callable[[str], bool]:
    """Whether a text is valid, for both engines: they differ on spaces around dates and on digits of other scripts."""
    base = (builtin(kind).name or "").rpartition("}")[2]
    if kind.is_list() or kind.is_union() or base in ("anySimpleType", "anyAtomicType"):
        return lambda text: bool(kind.is_valid(text))
    schema = etree.XMLSchema(_restriction(base, narrow))
    element = etree.Element("v")

    def judge(text: str) -> bool:
        element.text = text
        return bool(schema.validate(element)) and bool(kind.is_valid(text))

    return judge


def _restriction(base: str, narrow: Facets) -> etree._Element:
    """A schema with one element ``v`` of the XSD built-in ``base`` under the facets."""
    make = ElementMaker(namespace=_XS, nsmap={"xs": _XS})
    kind = make.simpleType(make.restriction(base=f"xs:{base}"))
    for step in narrow.patterns:
        kind = make.simpleType(make.restriction(kind, make.pattern(value=step)))
    last = make.restriction(kind)
    for name, value in (
        ("length", narrow.length), ("minLength", narrow.min_length), ("maxLength", narrow.max_length),
        ("totalDigits", narrow.total_digits), ("fractionDigits", narrow.fraction_digits),
        ("minInclusive", narrow.min_inclusive), ("maxInclusive", narrow.max_inclusive),
        ("minExclusive", narrow.min_exclusive), ("maxExclusive", narrow.max_exclusive),
    ):
        if value is not None:
            last.append(make(name, value=str(value)))
    last.extend(make.enumeration(value=value) for value in narrow.enumeration)
    return make.schema(make.element(make.simpleType(last), name="v"))


def _writable(text: str) -> bool:
    """XML can hold it, and it cannot be the BSN of anyone: nine digits that pass the eleven-test are left out."""
    if any((char < " " and char not in "\t\n\r") or "\ud800" <= char <= "\udfff" or char in "\ufffe\uffff"
           for char in text):
        return False
    if not re.fullmatch("[0-9]{9}", text):
        return True
    digits = [int(digit) for digit in text]
    return sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True)) % 11 != 0 or not any(digits)
