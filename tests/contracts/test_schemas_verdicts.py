"""Our schemas against the official packages: the same package, and the same verdict on every message."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.schemas import Catalogue, SchemaEntry
from exchanges.core.schemas.compiled import compile_xsd, compiled
from exchanges.core.schemas.generate.campaign import campaign
from exchanges.core.schemas.generate.grammar import grammar_of
from exchanges.core.schemas.generate.mutations import MUTATIONS
from exchanges.core.schemas.install import install, official_dir
from exchanges.core.schemas.listing import list_schemas
from exchanges.core.schemas.treehash import tree_hash
from exchanges.core.schemas.verify import locate, official_xsd, verify

pytestmark = pytest.mark.contract

WITH_PACKAGE = [entry for entry in Catalogue.load().own if entry.package]
SMALL = [entry for entry in WITH_PACKAGE if entry.message != "Loonaangifte"]  # that one has a file of its own


@pytest.mark.parametrize("entry", WITH_PACKAGE, ids=lambda entry: entry.name)
def test_the_catalogue_names_the_official_package_by_its_hash(entry: SchemaEntry, official: Path) -> None:
    package = locate(entry, official)
    assert tree_hash(package) == entry.package_sha256
    for root, file in entry.official.items():
        assert official_xsd(entry, package, root).name == file.rpartition("/")[2]
        top = etree.parse(str(official_xsd(entry, package, root))).getroot()
        names = {node.get("name") for node in top.iterchildren("{http://www.w3.org/2001/XMLSchema}element")}
        assert top.get("targetNamespace") == entry.namespace and root in names


def test_ten_thousand_messages_per_root_get_the_same_verdict(official: Path) -> None:
    small = Catalogue(Catalogue.load().folder, tuple(SMALL))
    # Two messages of UWV have roots of the same name.
    results = {(item["message"], item["root"]): item for item in verify(official, 10_000, seed=1, catalogue=small)}
    assert set(results) == {(entry.message, root) for entry in SMALL for root in entry.roots}
    for root, item in results.items():
        assert item["generated"] == item["agree"] == 10_000, item["examples"]
        assert item["differ"] == item["second_opinion"]["differ"] == 0
        assert item["second_opinion"]["checked"] == 200
        assert item["second_opinion"]["engines"] < 20, "libxml2 and xmlschema hardly differ"
        assert min(item["valid"], item["invalid"]) > 1500, "right and wrong messages, many of both"
        assert item["unfilled"] == []
        tried = set(item["mutations"])
        tried_kinds = {name.partition(":")[0] for name in tried}
        assert tried_kinds >= {"text", "between", "element", "namespace", "attribute", "root"}, root
    # these messages have no attributes, no derived types and no counted occurrences
    absent = {"attribute:value", "attribute:removed", "attribute:derived_type", "element:once_too_few",
              "element:once_too_often"}
    tried = set().union(*(set(item["mutations"]) for item in results.values()))
    assert set(MUTATIONS) - tried <= absent
    assert {f"facet:{kind}" for kind in ("length", "pattern", "enumeration", "totalDigits", "min_inclusive",
                                         "max_inclusive")} <= tried


@pytest.mark.parametrize("seed", [2, 3])
def test_other_seeds_agree_too(official: Path, seed: int) -> None:
    for item in verify(official, 400, seed):
        assert item["differ"] == 0, item["examples"]


def test_an_installed_package_serves_as_well(official: Path, tmp_path: Path) -> None:
    for entry in WITH_PACKAGE:
        install(locate(entry, official), tmp_path)
    assert all(item["differ"] == 0 for item in verify(official_dir(tmp_path), 40))
    assert {row["installed"] for row in list_schemas(tmp_path) if row["package"]} == {"yes"}


def dates() -> Iterator[str]:
    """Every month and day, also those that do not exist, in years at every edge of the pattern."""
    years = ("0000", "0001", "0009", "0010", "0099", "0100", "0999", "1000", "1899", "2024", "9999")
    for year, month, day in itertools.product(years, range(100), range(100)):
        yield f"{year}{month:02}{day:02}"
    yield from ("0" * 7, "0" * 9, "2024-01-01", "20240a01", " 0240101", "2024010\u0661", "+2024010", "")


def test_every_date_gets_the_official_verdict(official: Path) -> None:
    """The pattern of Datum is written in another way than the official one; so it is tried in full."""
    entry = Catalogue.load().version("GSDDossierReintegratie", "v0200")
    ours, theirs = entry.compile(), compile_xsd(locate(entry, official) / entry.official[entry.roots[0]])
    record = etree.fromstring(
        f'<g:{entry.roots[0]} xmlns:g="{entry.namespace}"><ClientSuwi><Burgerservicenr>999990019</Burgerservicenr>'
        f"<Geboortedat/></ClientSuwi></g:{entry.roots[0]}>")
    field = record.find(".//Geboortedat")
    assert field is not None
    valid = 0
    for text in dates():
        field.text = text
        verdict = ours.validate(record)
        assert verdict == theirs.validate(record), text
        valid += verdict
    # 10 years x 13 months x 32 days, and in year 0000 the 12 x 31 known days and 00000000
    assert valid == 10 * 13 * 32 + 12 * 31 + 1


@pytest.mark.parametrize(
    ("message", "inner", "before"),
    [("DKDVerzamelbestand", "GSDDossierReintegratie", "0200"), ("DKDVerwijsindexbestand", "IBVerwijsindex", "0300")],
)
def test_a_record_in_the_assumed_envelope_is_judged_as_the_partner_would(
    official: Path, message: str, inner: str, before: str
) -> None:
    envelope = next(entry for entry in Catalogue.load().entries if entry.message == message)
    entry = next(item for item in WITH_PACKAGE if item.message == inner)
    root = entry.roots[0]
    official_xsd = locate(entry, official) / entry.official[root]
    judge, whole = compile_xsd(official_xsd), compiled(envelope)
    head = (
        "<Kop><Gemeentecode>0153</Gemeentecode><Cluster>04</Cluster>"
        f"<Berichtversie>v{before}</Berichtversie><Periode>2026-10</Periode><Volgnummer>1</Volgnummer>"
        f"<AantalBerichten>1</AantalBerichten><Controlegetal>{'0' * 64}</Controlegetal></Kop>"
    )
    seen = {True: 0, False: 0}
    for made in campaign([grammar_of(official_xsd, entry.namespace, root, 1)], 600, 1):
        record = etree.fromstring(made.xml)
        if record.tag != f"{{{entry.namespace}}}{root}":
            continue  # another element is another message, in or out of an envelope
        document = (f'<v:{envelope.roots[0]} xmlns:v="{envelope.namespace}">{head}'
                    f"{etree.tostring(record, encoding='unicode')}</v:{envelope.roots[0]}>")
        verdict = judge.validate(record)
        assert whole.validate(etree.fromstring(document)) == verdict, made
        seen[verdict] += 1
    assert min(seen.values()) > 100
