"""Exactly one schema version on every date, and an error that says what to do on all others."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period
from exchanges.core.schemas import Catalogue

GSD = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"
FAR = date(2100, 12, 31)


def version(name: str, first: date, last: date | None, *, message: str = "Bericht") -> str:
    until = f"valid_to = {last}\n" if last else ""
    return (
        f'[[schema]]\nmessage = "{message}"\nversion = "{name}"\nnamespace = "urn:{name}"\n'
        f'valid_from = {first}\n{until}certainty = "verified"\ndate_certainty = "assumed"\nsource = "test"\n'
        f'[[schema.root]]\nname = "R"\nxsd = "r.xsd"\n'
    )


def catalogue(folder: Path, *versions: str) -> Catalogue:
    (folder / "r.xsd").write_text("<x/>")
    (folder / "catalogue.toml").write_text("".join(versions), encoding="utf-8")
    return Catalogue.load(folder)


def test_the_catalogue_of_the_product_is_whole() -> None:
    found = Catalogue.load()
    assert found.check() == []
    assert {(e.message, e.version) for e in found.entries} == {
        ("GSDDossierReintegratie", "v0200"), ("IBVerwijsindex", "v0300"), ("DKDVerzamelbestand", "v0001"),
        ("UWVDossierInkomstenGSD", "v0200"), ("UWVDossierInkomstenGSDDigitaleDiensten", "v0200"),
        ("DKDVerwijsindexbestand", "v0001"), ("IBVerwerkingsverslag", "v0001"), ("DigipoortStatus", "v0001"),
        ("RMAanlevering", "v0001"), ("RMVerwerkingsverslag", "v0001"),
        *((message, version) for message in ("Loonaangifte", "LoonaangifteCorrectie")
          for version in ("2022v2.0", "2026v2.0")),
    }


@given(st.dates(max_value=FAR), st.sampled_from(sorted({e.message for e in Catalogue.load().entries})))
def test_exactly_one_version_on_every_date(day: date, message: str) -> None:
    found = Catalogue.load()
    known = [item for item in (*found.entries, *found.unsupported) if item.message == message]
    covering = [item for item in known if item.covers(day)]
    assert len(covering) == (day >= min(item.valid_from for item in known))


@given(st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=6), st.data())
def test_contiguous_dates_pass_and_any_hole_or_overlap_does_not(
    tmp_path_factory: pytest.TempPathFactory, months: list[int], data: st.DataObject
) -> None:
    starts = [Period(2020, 1)]
    for length in months:
        starts.append(starts[-1].shift(length))
    lasts: list[date | None] = [start.start - timedelta(days=1) for start in starts[1:]]
    lasts.append(None)
    texts = [version(f"v{i}", s.start, last) for i, (s, last) in enumerate(zip(starts, lasts, strict=True))]
    found = catalogue(tmp_path_factory.mktemp("whole"), *texts)
    day = data.draw(st.dates(min_value=date(2020, 1, 1), max_value=FAR))
    assert [e.version for e in found.entries if e.covers(day)] == [found.entry("Bericht", day).version]

    broken = data.draw(st.integers(min_value=0, max_value=len(texts) - 2))
    shift = data.draw(st.sampled_from([-1, 1, 40]))
    last = lasts[broken]
    assert last is not None
    texts[broken] = version(f"v{broken}", starts[broken].start, last + timedelta(days=shift))
    with pytest.raises(CatalogueError, match=r"geen versie tussen|gelden samen"):
        catalogue(tmp_path_factory.mktemp("broken"), *texts)


def test_a_period_counts_by_its_first_day(tmp_path: Path) -> None:
    first, second = version("v1", date(2020, 1, 1), date(2020, 12, 31)), version("v2", date(2021, 1, 1), None)
    found = catalogue(tmp_path, first, second)
    assert found.entry("Bericht", Period(2020, 12)).version == "v1"
    assert found.entry("Bericht", Period(2021, 1)).version == "v2"
    assert found.entry("Bericht", date(2020, 12, 31)).version == "v1"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([version("v1", date(2020, 1, 1), date(2020, 6, 14)), version("v2", date(2020, 6, 15), None)], "midden in een"),
        ([version("v1", date(2020, 1, 1), None), version("v2", date(2021, 1, 1), None)], "gelden samen"),
        ([version("v1", date(2020, 1, 1), date(2019, 1, 1))], "eindigt voor het begint"),
        ([version("v1", date(2020, 1, 1), date(2020, 12, 31)), version("v1", date(2021, 1, 1), None)], "meer dan eens"),
        ([version("v1", date(2020, 1, 1), None), version("v1", date(2020, 1, 1), None, message="Ander")], "hoort bij"),
        ([version("v1", date(2020, 1, 1), None).replace("r.xsd", "weg.xsd")], "ontbreekt"),
        ([version("v1", date(2020, 1, 1), None).replace("assumed", "zeker")], "onvolledig"),
        ([version("v1", date(2020, 1, 1), None).replace("2020-01-01", "2020-01-01T00:00:00")], "onvolledig"),
        ([version("v1", date(2020, 1, 1), None).replace("namespace", "naam")], "onvolledig"),
        (["[[schema]"], "niet leesbaar"),
        ([""], "leeg"),
    ],
)
def test_a_wrong_catalogue_is_an_error_when_it_is_read(tmp_path: Path, texts: list[str], said: str) -> None:
    with pytest.raises(CatalogueError, match=said) as caught:
        catalogue(tmp_path, *texts)
    assert "\n" not in str(caught.value)


def test_no_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="niet leesbaar"):
        Catalogue.load(tmp_path)


def test_a_period_without_a_schema_names_what_to_install() -> None:
    with pytest.raises(CatalogueError, match=r"v0300 vanaf 2018-10-23.*installeer de versie van IBVerwijsindex"):
        Catalogue.load().entry("IBVerwijsindex", Period(2018, 9))
    with pytest.raises(CatalogueError, match=r"Geen schema voor DKDVerzamelbestand in 2018-12.*schemacatalogus"):
        Catalogue.load().entry("DKDVerzamelbestand", Period(2018, 12))
    with pytest.raises(CatalogueError, match=r"staat niet in de schemacatalogus; bekend: .*IBVerwijsindex"):
        Catalogue.load().entry("Onbekend", Period(2026, 1))


def test_v0100_is_known_and_refused() -> None:
    found = Catalogue.load()
    for call in (lambda: found.entry("GSDDossierReintegratie", Period(2016, 12)),
                 lambda: found.version("GSDDossierReintegratie", "v0100")):
        with pytest.raises(CatalogueError, match=r"v0100: de veldenlijst .* niet openbaar.*niet ondersteund"):
            call()
    assert found.by_root(GSD.replace("v0200", "v0100"), "GSDReintegratieInfoResponse") is None
    said = found.refusal(GSD.replace("v0200", "v0100"), "GSDReintegratieInfoResponse")
    assert "v0100" in said and "niet ondersteund" in said


def test_by_root() -> None:
    found = Catalogue.load()
    for entry in found.own:
        for root in entry.roots:
            assert found.by_root(entry.namespace, root) is entry
            assert found.by_root("", root) is None
    assert found.by_root(GSD, "IBVerwijsindex") is None


def test_a_message_that_shares_a_schema_is_chosen_by_name_and_not_by_root() -> None:
    found = Catalogue.load()
    shared = [entry for entry in found.entries if entry.same_as]
    assert {(entry.message, entry.same_as) for entry in shared} == {("LoonaangifteCorrectie", "Loonaangifte")}
    for entry in shared:
        own = found.version("Loonaangifte", entry.version)
        assert (entry.xsds, entry.valid_from, entry.valid_to) == (own.xsds, own.valid_from, own.valid_to)
        assert found.entry(entry.message, entry.valid_from) is entry
        assert found.by_root(entry.namespace, entry.roots[0]) is own


def test_a_message_may_not_be_named_twice(tmp_path: Path) -> None:
    first = version("v1", date(2020, 1, 1), None).replace("[[schema.root]]", 'also = ["Bericht"]\n[[schema.root]]')
    with pytest.raises(CatalogueError, match="Bericht v1 staat er meer dan eens"):
        catalogue(tmp_path, first)


@pytest.mark.parametrize(
    ("namespace", "local", "said"),
    [
        (GSD, "Iets", "GSDDossierReintegratie v0200 kent dit hoofdelement niet; wel: GSDReintegratieInfoResponse"),
        ("", "IBVerwijsindex", "andere naamruimte of versie dan IBVerwijsindex v0300"),
        ("urn:x", "x", "bij geen bericht"),
    ],
)
def test_refusal_says_why(namespace: str, local: str, said: str) -> None:
    assert said in Catalogue.load().refusal(namespace, local)


def test_every_root_has_its_schema() -> None:
    for entry in Catalogue.load().entries:
        assert entry.xsd == entry.xsd_of(entry.roots[0])
        with pytest.raises(CatalogueError, match="geen hoofdelement Onbekend"):
            entry.xsd_of("Onbekend")
        assert (entry.package is None) == (entry.certainty == "assumed")
