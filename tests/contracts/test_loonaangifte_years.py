"""One schema per tax year: which one is taken, and what is said where it is not there."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from exchanges.core.errors import CatalogueError
from exchanges.core.mapping.check import check_mapping
from exchanges.core.mapping.table import MessageMapping, load_mapping
from exchanges.core.period import Period
from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.model import elements

pytestmark = pytest.mark.contract

MESSAGES = ("Loonaangifte", "LoonaangifteCorrectie")
HERE, MISSING = (2022, 2026), (2023, 2024, 2025, 2027)
UNIT = "Loonaangifte/AdministratieveEenheid"
HEAD = f"{UNIT}/TijdvakAangifte/DatAanvTv", f"{UNIT}/TijdvakAangifte/DatEindTv"


def periods(year: int) -> set[tuple[date, date]]:
    """Months, four-week periods, half-years and the year, by the rule of section 4."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    starts = [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)]
    found = {(start, after - timedelta(1)) for start, after in pairwise(starts)}
    found |= {(first, last), (first, date(year, 6, 30)), (date(year, 7, 1), last)}
    thursday = first + timedelta((3 - first.weekday()) % 7)
    mondays = [thursday + timedelta(28 * number - 3) for number in range(14)]
    weeks = [(start, after - timedelta(1)) for start, after in pairwise(mondays)]
    return found | {(first, weeks[0][1]), *weeks[1:-1], (weeks[-1][0], last)}


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("year", HERE)
def test_every_period_of_a_year_takes_the_schema_of_that_year(message: str, year: int) -> None:
    found = Catalogue.load()
    for month in range(1, 13):
        entry = found.entry(message, Period(year, month))
        assert (entry.message, entry.version) == (message, f"{year}v2.0")
        assert entry.namespace == f"http://xml.belastingdienst.nl/schemas/Loonaangifte/{year}/01"
        assert entry.roots == ("Loonaangifte",)


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("year", MISSING)
def test_a_year_without_schema_says_in_one_line_what_is_needed(message: str, year: int) -> None:
    found = Catalogue.load()
    for period in (Period(year, 1), Period(year, 12)):
        with pytest.raises(CatalogueError) as refused:
            found.entry(message, period)
        assert str(refused.value) == (
            f"Voor {period} geldt {message} {year}v2.0: het schema van belastingjaar {year} ontbreekt; nodig zijn "
            f"Loonaangifte{year}v2.0.xsd van de Belastingdienst (ODB), een eigen schema daarnaar in de schemacatalogus "
            f"en de mappings van {year}.")
    with pytest.raises(CatalogueError, match=f"belastingjaar {year} ontbreekt"):
        found.version(message, f"{year}v2.0")


@pytest.mark.parametrize("year", MISSING)
def test_a_document_of_such_a_year_is_refused_with_the_same_reason(year: int) -> None:
    namespace = f"http://xml.belastingdienst.nl/schemas/Loonaangifte/{year}/01"
    assert Catalogue.load().by_root(namespace, "Loonaangifte") is None
    assert f"belastingjaar {year} ontbreekt" in Catalogue.load().refusal(namespace, "Loonaangifte")


@pytest.mark.parametrize("message", MESSAGES)
def test_before_the_known_years_the_error_names_the_versions_there_are(message: str) -> None:
    with pytest.raises(CatalogueError, match=rf"Geen schema voor {message} in 2021-06; bekend: 2022v2.0 .*2026v2.0"):
        Catalogue.load().entry(message, Period(2021, 6))


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("year", [2028, 2041])
def test_after_the_known_years_the_error_says_what_is_needed(message: str, year: int) -> None:
    with pytest.raises(CatalogueError, match=rf"Voor {year}-06 .* 2028 en later ontbreekt; nodig zijn het XSD"):
        Catalogue.load().entry(message, Period(year, 6))


@pytest.mark.parametrize("year", HERE)
def test_the_dates_are_those_of_the_periods_of_the_year(year: int) -> None:
    known = {item.path: item for item in elements(Catalogue.load().version("Loonaangifte", f"{year}v2.0"))}
    starts, ends = ({day.isoformat() for day in days} for days in zip(*periods(year), strict=True))
    assert [set(known[path].facets.enumeration) for path in HEAD] == [starts, ends]
    assert len(starts) == len(ends) == 24


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("year", HERE)
def test_the_mapping_fits_the_schema_of_its_year(message: str, year: int) -> None:
    mapping = load_mapping(message, f"{year}v2.0")
    found = check_mapping(mapping, Catalogue.load().version(message, f"{year}v2.0"))
    assert found.problems == []
    assert mapping.attributes == {"version": "2.0"}
    fixed = {node.local for node in mapping.nodes() if node.kind == "vast"}
    later = {"TotPrlnWhkAnw", "TotPrlnAwfAnwUit", "PrlnWhkAnw", "PrlnAwfAnwUit", "PrAwfUit"}
    assert later & fixed == (later if year > 2022 else set())


def columns(mapping: MessageMapping, table: str) -> list[tuple[str, str]]:
    """Column and format of every value in a row of ``table``, in document order."""
    todo, found = list(mapping.list_node(table).children), []
    while todo:
        node = todo.pop(0)
        if node.format is not None:
            found.append((node.column, node.format.name))
        elif node.kind == "groep":
            todo = node.children + todo
    return found


def test_a_declaration_and_a_correction_have_the_same_columns() -> None:
    """What is corrected was declared: the tables of a correction mirror those of the declaration."""
    for year in HERE:
        whole, alone = (load_mapping(message, f"{year}v2.0") for message in MESSAGES)
        for own, corrected in (("ikv", "correctie_ikv"), ("inkomstenperiode", "correctie_periode")):
            assert columns(whole, own) == columns(whole, corrected) == columns(alone, corrected)
        assert columns(whole, "correctie") == columns(alone, "correctie")
        assert columns(whole, "intrekking") == columns(alone, "intrekking")
        assert set(whole.tables) - {"aangifte", "saldo", "ikv", "inkomstenperiode"} | {"aangifte"} == set(alone.tables)
