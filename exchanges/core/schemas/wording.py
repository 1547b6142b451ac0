"""A broken rule of a schema in plain Dutch. Never the value: counts, limits and names of the schema only."""

from __future__ import annotations

import re
from typing import Any

from xmlschema.validators import (
    XsdAtomicBuiltin,
    XsdAttributeGroup,
    XsdEnumerationFacets,
    XsdFractionDigitsFacet,
    XsdLengthFacet,
    XsdMaxExclusiveFacet,
    XsdMaxInclusiveFacet,
    XsdMaxLengthFacet,
    XsdMinExclusiveFacet,
    XsdMinInclusiveFacet,
    XsdMinLengthFacet,
    XsdPatternFacets,
    XsdTotalDigitsFacet,
)

_LONGEST_LIST = 12
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_KINDS = {
    "integer": "een geheel getal", "decimal": "een getal", "float": "een getal", "double": "een getal",
    "boolean": "true of false (1 of 0)", "date": "een datum als jjjj-mm-dd",
    "dateTime": "een datum en tijd als jjjj-mm-ddTuu:mm:ss", "time": "een tijd als uu:mm:ss",
    "gYear": "een jaar als jjjj", "gYearMonth": "een maand als jjjj-mm",
}
_PATTERNS = {
    r"\d*": "mag alleen cijfers bevatten", r"\d+": "mag alleen cijfers bevatten",
    "[0-9]*": "mag alleen cijfers bevatten", "[0-9]+": "mag alleen cijfers bevatten",
    r"\D*": "mag geen cijfers bevatten", "[0-9a-f]*": "mag alleen de tekens 0-9 en a-f bevatten",
}
# What libxml2 calls it, for the rare record that xmlschema lets pass
_LIBXML = {
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "{name} moet leeg zijn.",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "In {name} mag alleen tekst staan, geen elementen.",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "In {name} staat tekst waar alleen elementen mogen staan.",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "{name} heeft een attribuut dat hier niet mag staan.",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "In {name} ontbreekt een verplicht attribuut.",
    "SCHEMAV_CVC_TYPE_3_1_1": "{name} heeft een attribuut dat hier niet mag staan.",
    "SCHEMAV_CVC_TYPE_3_1_2": "In {name} mag alleen tekst staan, geen elementen.",
    "SCHEMAV_CVC_ELT_1": "Het hoofdelement hoort niet bij dit bericht.",
    "SCHEMAV_CVC_ELT_3_1": "{name} mag niet met xsi:nil leeg worden gemeld.",
    "SCHEMAV_CVC_ELT_4_1": "Het type dat met xsi:type is opgegeven past niet bij {name}.",
    "SCHEMAV_CVC_ELT_4_2": "Het type dat met xsi:type is opgegeven past niet bij {name}.",
    "SCHEMAV_CVC_ELT_4_3": "Het type dat met xsi:type is opgegeven past niet bij {name}.",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "{name} heeft een waarde van het verkeerde soort.",
    "SCHEMAV_ELEMENT_CONTENT": "In {name} ontbreekt een element of staat een element op de verkeerde plaats.",
}


def of_value(validator: Any, name: str, text: str) -> tuple[str, str] | None:
    """Reason and schema reason when ``validator`` (of xmlschema) is about the value of ``name``, else None."""
    size = len(text)
    limit = getattr(validator, "value", None)
    in_type = _in_type(validator)
    match validator:
        case XsdLengthFacet():
            said = f"{name} {_empty(size)}moet precies {_signs(limit)} hebben{_found(size)}."
            return said, f"length = {limit}{in_type}"
        case XsdMinLengthFacet():
            said = f"{name} {_empty(size)}moet minstens {_signs(limit)} hebben{_found(size)}."
            return said, f"minLength = {limit}{in_type}"
        case XsdMaxLengthFacet():
            return f"{name} mag hoogstens {_signs(limit)} hebben{_found(size)}.", f"maxLength = {limit}{in_type}"
        case XsdPatternFacets():
            return f"{name} {_shape(validator)}.", f"pattern = {'|'.join(validator.regexps)}{in_type}"
        case XsdEnumerationFacets():
            allowed = [str(value) for value in validator.enumeration]
            listed = ", ".join(allowed) if len(allowed) <= _LONGEST_LIST else f"een lijst van {len(allowed)}"
            return f"{name} moet een waarde hebben uit: {listed}.", f"enumeration{in_type}"
        case XsdTotalDigitsFacet():
            return f"{name} mag hoogstens {_digits(limit)} hebben.", f"totalDigits = {limit}{in_type}"
        case XsdFractionDigitsFacet():
            return (f"{name} mag hoogstens {_digits(limit)} achter de komma hebben.",
                    f"fractionDigits = {limit}{in_type}")
        case XsdMinInclusiveFacet():
            return f"{name} moet {limit} of meer zijn.", f"minInclusive = {limit}{in_type}"
        case XsdMaxInclusiveFacet():
            return f"{name} mag hoogstens {limit} zijn.", f"maxInclusive = {limit}{in_type}"
        case XsdMinExclusiveFacet():
            return f"{name} moet meer dan {limit} zijn.", f"minExclusive = {limit}{in_type}"
        case XsdMaxExclusiveFacet():
            return f"{name} moet minder dan {limit} zijn.", f"maxExclusive = {limit}{in_type}"
        case XsdAtomicBuiltin():
            kind = str(validator.local_name)
            asked = _KINDS["integer"] if validator.is_decimal() and kind != "decimal" else _KINDS.get(kind)
            said = f"{name} moet {asked} zijn." if asked else f"{name} heeft een waarde van het verkeerde soort."
            return said, f"type = {kind}"
    return None


def of_element(validator: Any, reason: str, name: str) -> tuple[str, str] | None:
    """The same when it is about the element itself. ``reason`` is the text of xmlschema: read, never shown."""
    if "non negative" in reason or "must be positive" in reason:
        least = "0" if "non negative" in reason else "1"
        return f"{name} moet {least} of meer zijn.", f"minInclusive = {least}"
    if "attribute" in reason and isinstance(validator, XsdAttributeGroup):
        missing = "missing" in reason
        said = f"In {name} ontbreekt een verplicht attribuut." if missing else _LIBXML["SCHEMAV_CVC_TYPE_3_1_1"]
        return said.format(name=name), "attribute required" if missing else "attribute not allowed"
    if "nillable" in reason or "xsi:nil" in reason:
        return _LIBXML["SCHEMAV_CVC_ELT_3_1"].format(name=name), "nillable = false"
    if "substitute" in reason or "global component" in reason:
        return _LIBXML["SCHEMAV_CVC_ELT_4_3"].format(name=name), "xsi:type"
    if "character data between" in reason:
        return _LIBXML["SCHEMAV_CVC_COMPLEX_TYPE_2_3"].format(name=name), "element-only content"
    if "content is empty" in reason:
        return _LIBXML["SCHEMAV_CVC_COMPLEX_TYPE_2_1"].format(name=name), "empty content"
    if "can't have child" in reason:
        return _LIBXML["SCHEMAV_CVC_COMPLEX_TYPE_2_2"].format(name=name), "simple content"
    return None


def of_libxml(kind: str, name: str) -> str:
    """The reason for an error type of libxml2."""
    return _LIBXML.get(kind, "De inhoud van {name} past niet bij het schema.").format(name=name)


def _shape(validator: Any) -> str:
    """What a pattern asks: in the words of the schema (documentation in Dutch), else read from simple patterns."""
    told = _told(getattr(validator, "parent", None))
    if told:
        return f"moet zijn: {told}"
    shape = "|".join(validator.regexps)
    if shape in _PATTERNS:
        return _PATTERNS[shape]
    digits = re.fullmatch(r"\[0-9\]\{(\d+)\}", shape)
    return f"moet uit {_digits(int(digits[1]))} bestaan" if digits else "heeft niet de vorm die het schema voorschrijft"


def _told(kind: Any) -> str:
    annotation = getattr(kind, "annotation", None)
    for item in annotation.documentation if annotation is not None else ():
        if item.get(_LANG) == "nl" and item.text:
            return " ".join(item.text.split())
    return ""


def _in_type(validator: Any) -> str:
    name = getattr(getattr(validator, "parent", None), "local_name", None)
    return f" ({name})" if name else ""


def _signs(limit: Any) -> str:
    return f"{limit} teken" if limit == 1 else f"{limit} tekens"


def _digits(limit: Any) -> str:
    return f"{limit} cijfer" if limit == 1 else f"{limit} cijfers"


def _empty(size: int) -> str:
    return "" if size else "is leeg; het "


def _found(size: int) -> str:
    return ("", "; het is er 1")[size] if size < 2 else f"; het zijn er {size}"
