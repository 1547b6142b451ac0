"""Bad sources and bad answers are answered: one line, the right exit code, the original kept, nothing sent.

All municipalities of a test stand in one installation and go through one ``sluis run``: so it also shows that a broken
one leaves the others untouched. ``pytest -rP`` shows time and memory.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchanges.core.bsn import passes
from tests.chain import Chain, chain
from tests.rows import write_csv, write_parquet
from tests.sluis import Done, sluis
from tests.stored import refused
from tests.system.hostile import BSN, FILES, within_bounds

pytestmark = pytest.mark.system

# --- sources: sluis run

PEOPLE = [{"persoon_id": f"P{number}", "bsn": bsn, "achternaam": "Jansen"} for number, bsn in enumerate(BSN, 1)]
TRACKS = [
    {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01"}
    for number in (1, 2)
]
ROWS = {"persoon": PEOPLE, "traject": TRACKS}


def rewritten(change: Callable[[list[list[str]]], list[list[str]]], table: str = "persoon") -> Callable[[Path], Path]:
    """The CSV of a table with other lines; ``change`` gets header and rows."""

    def make(folder: Path) -> Path:
        path = folder / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            lines = change(list(csv.reader(file, delimiter=";")))
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL).writerows(lines)
        return path

    return make


def with_bytes(change: Callable[[bytes], bytes], table: str = "persoon") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / f"{table}.csv"
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def cell(name: str, value: str, table: str = "persoon") -> Callable[[Path], Path]:
    def change(lines: list[list[str]]) -> list[list[str]]:
        lines[1][lines[0].index(name)] = value
        return lines

    return rewritten(change, table)


def as_parquet(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "persoon.parquet"
        table = change(pq.read_table(path))
        path.unlink()
        pq.write_table(table, path)
        return path

    return make


def as_number(table: pa.Table, name: str) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, name, pc.cast(table[name], pa.int64()))


def pointing_to_a_long_name(folder: Path) -> Path:
    """A few kilobytes on disk; to read it takes 2 GB."""
    path = folder / "persoon.parquet"
    table = pq.read_table(path).take([0] * 20_000)
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), pa.array(["x" * 100_000]))
    path.unlink()
    pq.write_table(table.set_column(table.schema.get_field_index("achternaam"), "achternaam", names), path,
                   compression="zstd", dictionary_pagesize_limit=1 << 20)
    return path


def a_row_group_for_every_row(folder: Path) -> Path:
    path = folder / "persoon.parquet"
    table = pq.read_table(path).take([0] * 4000)
    path.unlink()
    pq.write_table(table, path, row_group_size=1)
    return path


def garbage(folder: Path) -> Path:
    path = folder / "persoon.parquet"
    path.write_bytes(path.read_bytes()[:-100] + b"\0" * 100)
    return path


def a_damaged_page(folder: Path) -> Path:
    """In a column that nobody reads before the selection does."""
    path = folder / "persoon.parquet"
    footer = pq.read_metadata(path)
    column = footer.row_group(0).column(footer.schema.names.index("achternaam"))
    data = bytearray(path.read_bytes())
    end = column.dictionary_page_offset + column.total_compressed_size
    data[end - 8 : end] = b"\xff" * 8
    path.write_bytes(data)
    return path


def text_that_is_none(folder: Path) -> Path:
    path = folder / "persoon.parquet"
    path.write_bytes(path.read_bytes().replace(b"Jansen", b"Jan\xff\xfen"))
    return path


CSV_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "een kolom te veel": (rewritten(lambda lines: [[*line, "x"] for line in lines]), "onbekende kolom"),
    "een kolom te weinig": (rewritten(lambda lines: [line[1:] for line in lines]), "mist kolom persoon_id"),
    "een kolom dubbel": (rewritten(lambda lines: [[*line, line[0]] for line in lines]), "meer dan één keer"),
    "geen kolomnamen": (rewritten(lambda lines: lines[1:]), "geen enkele kolom"),
    "alleen kolomnamen": (rewritten(lambda lines: lines[:1]), "is leeg"),
    "geheel leeg": (with_bytes(lambda data: b""), "is leeg"),
    "NUL-bytes": (with_bytes(lambda data: data.replace(b"Jansen", b"Jan\0sen", 1)), "NUL"),
    "UTF-16": (with_bytes(lambda data: data.decode().encode("utf-16")), "UTF-16"),
    "aanhalingsteken niet gesloten": (with_bytes(lambda data: data.replace(b'"Jansen"', b'"Jansen', 1)),
        "aanhalingstekens"),
    "regel te kort": (with_bytes(lambda data: data + b'"P9"\n'), "niet te lezen"),
    "datum onleesbaar": (cell("geboortedatum", "gisteren"), "niet te lezen"),
    "sleutel leeg": (cell("persoon_id", ""), "niet te lezen"),
    "een verplichte kolom leeg": (rewritten(lambda lines: [lines[0], *[["", *line[1:]] for line in lines[1:]] * 1000]),
        "in geen van de 2.000 rijen iets in kolom persoon_id"),
    "regel van 100 MB": (with_bytes(lambda data: data + b'"' + b"x" * 100 * 1024 * 1024 + b'"\n'), "regel"),
}  # fmt: skip

PARQUET_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "ander type": (as_parquet(lambda table: as_number(table, "bsn")), "kolom bsn heeft type int64"),
    "een kolom te veel": (as_parquet(lambda table: table.append_column("x", table["bsn"])), "onbekende kolom"),
    "een kolom te weinig": (as_parquet(lambda table: table.drop_columns(["bsn"])), "mist kolom bsn"),
    "leeg": (as_parquet(lambda table: table.slice(0, 0)), "is leeg"),
    "een lange naam voor velen": (pointing_to_a_long_name, "kolom achternaam waarden van gemiddeld meer dan 256 bytes"),
    "een blok per rij": (a_row_group_for_every_row, "inhoudsopgave (footer) van meer dan 4 MB"),
    "geen Parquet": (garbage, "geen goed Parquet-bestand"),
    "een blok beschadigd": (a_damaged_page, "tabel persoon is beschadigd"),
    "tekst die geen UTF-8 is": (text_that_is_none, "tabel persoon is beschadigd"),
}


SOURCES = {
    **{("csv", what): case for what, case in CSV_FILES.items()},
    **{("parquet", what): case for what, case in PARQUET_FILES.items()},
}
WHOLE = {"csv": "0201", "parquet": "0202"}  # municipalities with nothing wrong but the order of their columns


@dataclass(frozen=True)
class Country:
    """Many municipalities in one installation, each with a source of its own; what ``sluis run`` said of each."""

    home: Path
    originals: dict[str, Path]
    codes: dict[tuple[str, str], str]
    done: Done

    def told(self, code: str) -> dict:
        return next(line for line in self.done.lines if f"/{code}/" in line["delivery"])

    def quarantined(self, code: str) -> list[bytes]:
        return refused(self.home, code)

    @property
    def arrived(self) -> list[str]:
        return sorted(path.name for path in (self.home / "partner" / "in").iterdir())


def settle(home: Path, sources: dict[str, tuple[str, Path]]) -> None:
    """Settings for municipalities by code: kind and folder of their source. The partner is a folder."""
    for folder in ("in", "uit"):
        (home / "partner" / folder).mkdir(parents=True)
    parts = [
        f'[gemeente.{code}]\nnaam = "{code}"\nbron = {{ soort = "{kind}", locatie = {json.dumps(str(folder))} }}\n'
        for code, (kind, folder) in sources.items()
    ]
    partner = json.dumps(str(home / "partner"))
    parts.append(f'[partner.inlichtingenbureau]\nsoort = "map"\nmap = {partner}\n')
    (home / "ketensluis.toml").write_text("\n".join(parts), encoding="utf-8")


def of(code: str, **more: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """The rows of a municipality."""
    return {name: [{**row, "gemeentecode": code} for row in rows] for name, rows in {**ROWS, **more}.items()}


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> Country:
    """One run over all of them, until the file would leave: the broken ones first."""
    home = tmp_path_factory.mktemp("land")
    codes = {case: f"{101 + number:04d}" for number, case in enumerate(SOURCES)}
    sources, originals = {}, {}
    for (kind, what), code in codes.items():
        write = write_csv if kind == "csv" else write_parquet
        folder = write(home / "bron" / code, of(code))
        sources[code] = (kind, folder)
        originals[code] = SOURCES[kind, what][0](folder)
    for kind, code in WHOLE.items():
        folder = (write_csv if kind == "csv" else write_parquet)(home / "bron" / code, of(code))
        sources[code] = (kind, folder)
        if kind == "csv":
            rewritten(lambda lines: [line[::-1] for line in lines])(folder)
        else:
            as_parquet(lambda table: table.select(table.column_names[::-1]))(folder)
    settle(home, sources)
    done = sluis(home, "run", "dkd_reintegratie", "--periode", "2026-10", "--wacht", "0", "--json",
                 alone=True)
    within_bounds(done)
    return Country(home, originals, codes, done)


@pytest.mark.parametrize(("kind", "what"), SOURCES)
def test_a_bad_source_stops_its_delivery(country, kind, what):
    """One line, blocked; nothing has left; the file as it was lies in quarantine with the reason."""
    code = country.codes[kind, what]
    found = country.told(code)
    assert found["state"] == "blocked" and SOURCES[kind, what][1] in found["error"] and "\n" not in found["error"]
    assert not [name for name in country.arrived if f"_{code}_" in name]
    assert country.quarantined(code) == [country.originals[code].read_bytes()]
    assert len(list(country.home.glob(f"artefacten/{code}/quarantaine/*.reason.json"))) == 1


@pytest.mark.parametrize("kind", WHOLE)
def test_columns_in_another_order_are_the_same_source(country, kind):
    """Also: the broken municipalities before it leave it untouched."""
    found = country.told(WHOLE[kind])
    assert (found["state"], found["records"]) == ("delivered", 2)
    assert len([name for name in country.arrived if f"_{WHOLE[kind]}_" in name]) == 2  # with its sidecar


def test_the_whole_run_says_what_the_worst_was(country):
    assert country.done.code == 3  # two wait for their partner; all others are blocked, which is 1
    assert country.done.err == "" and not any(bsn in country.done.out for bsn in BSN)
    assert len(country.done.lines) == len(SOURCES) + len(WHOLE)


def alone(tmp_path: Path, **rows: list[dict[str, str]]) -> tuple[Chain, Done]:
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", {**ROWS, **rows}), kind="csv")
    done = sluis(town.home, "run", "dkd_reintegratie", "--periode", "2026-10", "--json", alone=True)
    assert done.code == 1 and done.json["state"] == "blocked" and town.inbox == [] and done.err == ""
    return town, done


def test_a_real_number_is_refused_at_the_door_and_kept_nowhere(tmp_path):
    """It passes the eleven test and is of no declared test range: here it counts as somebody's."""
    real = "200000007"
    assert passes(real)
    town, done = alone(tmp_path, persoon=[{**PEOPLE[0], "bsn": real}])
    assert "buiten de testreeksen" in done.json["error"] and real not in done.out
    assert not any(real.encode() in path.read_bytes() for path in town.home.rglob("*") if path.is_file())


def test_one_number_for_two_persons_rejects_both_and_stops_an_empty_delivery(tmp_path):
    _, done = alone(tmp_path, persoon=[PEOPLE[0], {**PEOPLE[1], "bsn": PEOPLE[0]["bsn"]}])
    assert done.json["rejected"] == 2 and "afgewezen" in done.json["error"] and BSN[0] not in done.out


def test_a_table_that_is_not_there_is_named(tmp_path):
    town = chain(tmp_path, write_csv(tmp_path / "bron", ROWS), kind="csv")
    (town.source / "traject.csv").unlink()
    error = town.deliver(town.open())
    assert error is not None and error.exit_code == 1 and "tabel traject ontbreekt" in str(error)


# --- the answer of the partner: sluis run, after the file has left

ANSWERS = ("billion laughs", "externe entiteit", "tekst van 100 MB", "diepte 10.000 in een record", "UTF-16",
    "afgebroken",
           "NUL-bytes", "andere versie", "ingepakt")  # fmt: skip
EMPTY = "0399"


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> Country:
    """All have delivered; to each the partner gives another bad answer, and to one an empty file."""
    home = tmp_path_factory.mktemp("antwoorden")
    codes = {("antwoord", what): f"{301 + number:04d}" for number, what in enumerate(ANSWERS)}
    settle(home, {code: ("csv", write_csv(home / "bron" / code, of(code))) for code in (*codes.values(), EMPTY)})
    assert sluis(home, "run", "dkd_reintegratie", "--periode", "2026-10", "--tot", "deliver").code == 0
    originals = {}
    for (_, what), code in codes.items():
        originals[code] = answer_of(home, code)
        FILES[what][0](originals[code])
    answer_of(home, EMPTY).touch()
    done = sluis(home, "run", "dkd_reintegratie", "--periode", "2026-10", "--wacht", "0", "--json",
                 alone=True)
    within_bounds(done)
    return Country(home, originals, codes, done)


def answer_of(home: Path, code: str) -> Path:
    (sent,) = (home / "partner" / "in").glob(f"*_{code}_*.xml")
    return home / "partner" / "uit" / f"{sent.stem}.verslag.xml"


@pytest.mark.parametrize("what", ANSWERS)
def test_a_bad_answer_is_refused_and_kept(answered, what):
    code = answered.codes["antwoord", what]
    found = answered.told(code)
    assert found["state"] == "delivered" and found["accepted"] is None
    assert "geweigerd" in found["error"] and "GEHEIM" not in found["error"]
    assert found["error"].endswith("Het origineel staat in quarantaine; vraag de partner om een nieuw verslag.")
    assert answered.quarantined(code) == [answered.originals[code].read_bytes()]


def test_an_empty_answer_is_no_answer_yet(answered):
    """A partner that is still writing has an empty file there."""
    assert "Nog geen verwerkingsverslag" in answered.told(EMPTY)["error"] and answered.done.code == 3
