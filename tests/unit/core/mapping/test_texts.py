"""A text that is surely taken is taken by xmlschema and libxml2: on both sides of every facet of every schema."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pyarrow as pa
import pytest
from lxml import etree

from exchanges.core.mapping.texts import Texts
from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.declared import Complex, NotRead, Place, Simple, declared, places
from exchanges.core.schemas.facets import Facets
from exchanges.core.schemas.generate.grammar import grammar_of
from exchanges.core.schemas.generate.values import Values

ROOTS = sorted(f"{entry.message}/{entry.version}/{root}" for entry in Catalogue.load().own for root in entry.roots)


def of_schema(root: str) -> dict[Simple, Values]:
    """Each type of the schema, with texts that are of it and texts that are not."""
    message, version, local = root.split("/")
    entry = Catalogue.load().version(message, version)
    grammar = grammar_of(entry.xsd_of(local), entry.namespace, local, 11)
    values = {place.path: grammar.at(place).type.values for place in grammar.places}
    found: dict[Simple, Values] = {}

    def walk(place: Place, above: str) -> None:
        path = above + place.name.rpartition("}")[2]
        if path.endswith("/NietsGevonden"):
            return
        kind = place.type()
        if isinstance(kind, Simple):
            told = values[path]
            assert told is not None
            found[kind] = told
        for child in places(kind.content) if isinstance(kind, Complex) else ():
            walk(child, f"{path}/")

    walk(declared(entry.xsd_of(local)).root(f"{{{entry.namespace}}}{local}"), "")
    return found


def taken(kind: Simple, texts: list[str | None]) -> bool:
    column = pa.array(texts, pa.string())
    return Texts([kind]).taken(column, column.is_null().to_numpy(zero_copy_only=False), [len(texts)])


@pytest.mark.parametrize("root", ROOTS)
def test_sure_is_right(root: str) -> None:
    for kind, values in of_schema(root).items():
        try:
            Texts([kind])
        except NotRead:
            assert kind.base in ("dateTime", "token") or kind.facets.total_digits is None
            continue
        wrong = [text for _, text in values.invalid if taken(kind, [text])]
        assert wrong == [], kind
        right = [text for _, text in values.valid if taken(kind, [text])]
        assert right, kind
        # Together as each by itself; and one wrong one among them is seen.
        assert taken(kind, [None, *right, None])
        assert taken(kind, [None])
        assert not any(taken(kind, [*right, text]) for _, text in values.invalid)


def test_several_types_at_a_time() -> None:
    kinds = [Simple("string", Facets(length=2, patterns=(r"\d*",))), Simple("string", Facets(max_length=3)),
             Simple("nonNegativeInteger", Facets(total_digits=2)), None, Simple("string", Facets(patterns=(r"\D*",)))]
    right: list[list[str | None]] = [
        ["12", None, "34"], [], [None, "7"], ["wat dan ook", None], ["Ngô Thị Ánh", "İpek"],
    ]

    def told(columns: list[list[str | None]]) -> bool:
        column = pa.array([text for texts in columns for text in texts], pa.string())
        absent = column.is_null().to_numpy(zero_copy_only=False)
        # A column may lie anywhere in its buffers.
        lying = pa.concat_arrays([pa.array(["x" * 9], pa.string()), column]).slice(1)
        return Texts(kinds).taken(lying, absent, list(accumulate(len(texts) for texts in columns)))

    assert told(right)
    for number, text in ((0, "1a"), (0, "123"), (1, "abcd"), (2, ""), (2, "123"), (2, "-1"), (4, "Ánh ٣"),
                         (4, "፩")):  # in Unicode 4.0 a digit, and so to libxml2
        columns = [list(texts) for texts in right]
        columns[number].append(text)
        assert not told(columns), text
    assert told([[] for _ in kinds])


def test_unsure_of_what_has_another_order() -> None:
    """A pattern that RE2 reads otherwise, a bound that is not all nines: nothing is sure then."""
    for kind in (
        Simple("string", Facets(patterns=(r"\i\c*",))), Simple("string", Facets(patterns=("[a-z-[aeiou]]*",))),
        Simple("string", Facets(patterns=("a.b",))), Simple("string", Facets(patterns=("^a$",))),
        Simple("string", Facets(patterns=(r"(\D|x)*",))), Simple("string", Facets(total_digits=3)),
        Simple("nonNegativeInteger", Facets(max_inclusive="120")), Simple("integer", Facets(min_inclusive="0")),
        Simple("positiveInteger", Facets(min_inclusive="7")), Simple("decimal", Facets(max_exclusive="5")),
        Simple("decimal", Facets()), Simple("dateTime", Facets()), Simple("boolean", Facets()),
    ):
        with pytest.raises(NotRead):
            Texts([kind])


# What libxml2 refuses of it, although it is what the pattern says; None: RE2 does not know the pattern.
REFUSED = {"1{2}|1": "11", "(a?){2}": "", "(()|a){3}": "", "[A-Z-0-9]*": "A-", "[a-z]?[0-9]{1,2000}": None}


@pytest.mark.parametrize("pattern", REFUSED)
def test_unsure_of_patterns_that_are_not_read_alike(pattern: str) -> None:
    schema = etree.XMLSchema(etree.fromstring(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"><xs:simpleType><xs:restriction '
        f'base="xs:string"><xs:pattern value="{pattern}"/></xs:restriction></xs:simpleType></xs:element></xs:schema>'))
    text = REFUSED[pattern]
    assert text is None or not schema.validate(etree.fromstring(f"<a>{text}</a>"))
    with pytest.raises(NotRead):
        Texts([Simple("string", Facets(patterns=(pattern,)))])


def test_digits_are_shared_by_both_sides_of_the_point() -> None:
    kind = Simple("decimal", Facets(total_digits=4, fraction_digits=2))
    assert all(taken(kind, [text]) for text in ("12.34", "-1.5", "0"))
    assert not any(taken(kind, [text]) for text in ("123.45", "1.234", "12.", ".5", "1,5", ""))


def test_length_counts_characters() -> None:
    """Bytes are as many only where all is ASCII: what they do not tell is not sure."""
    assert not taken(Simple("string", Facets(length=2)), ["é"])
    assert not taken(Simple("string", Facets(max_length=2)), ["éé"])
    assert taken(Simple("string", Facets(max_length=4)), ["éé"])
    assert not taken(Simple("string", Facets(min_length=2)), ["é"])
    assert taken(Simple("string", Facets(min_length=1)), ["é"])
    assert Texts([Simple("string", Facets())]).taken(pa.array([], pa.string()), np.zeros(0, np.bool_), [0])
