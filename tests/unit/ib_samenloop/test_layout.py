"""The data: twelve products, every field somewhere in every version, schema and layout agree, and all of it assumed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from lxml import etree

from exchanges.core.mapping.plan import table_plans
from exchanges.ib_samenloop import xml_file
from exchanges.ib_samenloop.kinds import PER_FILE, fields, kinds, restricted
from exchanges.ib_samenloop.layout import VERSIONS, layout
from exchanges.simulators.ib_signals import KINDS
from tests.needs import need
from tests.unit.ib_samenloop.files import FORMS, made

XS = "{http://www.w3.org/2001/XMLSchema}"


def test_the_twelve_products_and_their_codes():
    assert len({kind.product for kind in kinds().values()}) == 12
    assert list(kinds()) == list(KINDS) and len(kinds()) == 16
    assert restricted() == ("DET", "VVV")
    assert all(kind.keep_months > 0 and kind.content and kind.sources for kind in kinds().values())
    assert len({kind.table for kind in kinds().values()}) == 16


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_is_in_the_layout_but_those_of_later_versions(version):
    later = {"07": {"bsn_geverifieerd", "leveringsnummer"}, "08": {"leveringsnummer"}, "09": set()}[version]
    of = layout(version)
    for form, places in (("csv", of.csv), ("xml", of.xml)):
        there = [place.field.id for place in places]
        assert {one.id for one in fields()} - set(there) == later | ({"aantal_signalen"} if form == "csv" else set())
        assert len(there) == len(set(there)) == len({place.name for place in places})
    assert of.certainty == "assumed" and of.namespace == f"urn:ketensluis:aanname:ib-samenloop:v{version}"


def test_the_columns_tell_the_versions_apart():
    assert len({frozenset(layout(version).columns) for version in VERSIONS}) == len(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_schema_and_layout_have_the_same_elements_in_the_same_order(version):
    tree = etree.parse(str(xml_file._XSD / f"samenloop-{version}.xsd")).getroot()
    assert tree.get("targetNamespace") == layout(version).namespace
    leaves = []
    for element in tree.iter(f"{XS}element"):
        if element.get("type"):
            above = [one.get("name") for one in element.iterancestors(f"{XS}element")]
            leaves.append("/".join([*reversed(above[:-1]), element.get("name")]))
    assert leaves == [place.name for place in layout(version).xml]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_mapping_has_a_column_for_every_field_of_a_signal(version):
    plan, = table_plans(xml_file.mapping_of(version))
    assert [leaf.node.column for leaf in plan.leaves] == [
        place.field.id for place in layout(version).xml if place.field.kind != PER_FILE]


@pytest.mark.parametrize(("version", "form"), [one for one in FORMS if one[1] == "xml"])
def test_what_the_simulator_writes_is_valid_for_another_validator(tmp_path, version, form):
    path, _ = made(tmp_path, version, form)
    done = subprocess.run([need("xmllint"), "--noout", "--schema", xml_file._XSD / f"samenloop-{version}.xsd", path],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_table_of_kinds_needs_no_heavy_library():
    program = "import sys, exchanges.ib_samenloop.kinds; print(sorted({'pyarrow', 'numpy', 'lxml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
