"""An SQL database, here SQLite: one query per table; what could mean two things is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from exchanges.administration.adapters import database
from exchanges.administration.adapters.database_values import Misfit, to_column
from exchanges.administration.adapters.text_values import Notation
from exchanges.administration.demo import generate
from exchanges.administration.model import TABLES
from exchanges.administration.model.table import MOMENT, YES_NO, cent, column, day, partial, text, whole
from exchanges.core.errors import SourceError, UsageError
from exchanges.core.source import Snapshot
from tests.unit.administration.adapters.databases import fill, mapping
from tests.unit.administration.adapters.sources import STRANGE, take

NAMES = list(TABLES)
PERCENTAGE = TABLES["loonkostensubsidie"].schema.field("loonwaarde_perc")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    generate(folder, "0153", 250, 5, errors=True)
    return folder


@pytest.fixture(scope="module")
def address(town: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('db')}/bron.db"
    engine = sa.create_engine(url)
    fill(engine, town, NAMES)
    engine.dispose()
    return url


def read(address: str, tmp_path: Path, names: list[str], **queries: str) -> Snapshot:
    path = mapping(tmp_path / "bron.toml", names, **queries)
    return take("sql", address, tmp_path / "werk", *names, mapping=str(path))


def test_every_table_comes_through(town: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_ROWS", 100)
    snapshot = read(address, tmp_path, NAMES)
    assert snapshot.findings.num_rows == 0
    for name in NAMES:
        keys = [(key, "ascending") for key in TABLES[name].key]
        original = pq.read_table(town / f"{name}.parquet").sort_by(keys)
        made = pq.read_table(snapshot.tables[name].path)
        assert made.schema.equals(original.schema), name
        assert made.sort_by(keys).equals(original), name
        assert snapshot.tables[name].rows == original.num_rows
        assert snapshot.tables[name].origin == f"query {name} (bron.toml)"


def test_same_rows_same_hash(address: str, tmp_path: Path) -> None:
    one, other = (read(address, tmp_path / place, ["persoon"]) if (tmp_path / place).mkdir() is None else None
                  for place in "ab")
    assert one and other
    assert one.tables["persoon"].sha256 == other.tables["persoon"].sha256
    assert len(one.tables["persoon"].sha256) == 64


def test_the_municipality_is_a_parameter(address: str, tmp_path: Path) -> None:
    columns = ", ".join(TABLES["traject"].schema.names)
    query = f"SELECT {columns} FROM klant_traject WHERE gemeentecode = :gemeente"
    made = read(address, tmp_path, ["traject"], traject=query)
    codes = pq.read_table(made.tables["traject"].path)["gemeentecode"].unique().to_pylist()
    assert codes == ["0153"], "planted trajectories of another municipality are there"


def test_no_rows_is_fine(address: str, tmp_path: Path) -> None:
    query = f"SELECT {', '.join(TABLES['persoon'].schema.names)} FROM klant_persoon WHERE 1 = 0"
    made = read(address, tmp_path, ["persoon"], persoon=query)
    assert pq.read_table(made.tables["persoon"].path).equals(TABLES["persoon"].schema.empty_table())


def test_tables_without_query(address: str, tmp_path: Path) -> None:
    path = str(mapping(tmp_path / "bron.toml", ["persoon"]))
    made = take("sql", address, tmp_path / "w", "persoon", optional=("verwijsindex",), mapping=path)
    assert list(made.tables) == ["persoon"]
    with pytest.raises(SourceError, match=r"tabel traject ontbreekt; zet een query traject in bron\.toml"):
        take("sql", address, tmp_path / "w", "traject", mapping=path)


def _persoon(**change: str) -> str:
    names = TABLES["persoon"].schema.names
    return "SELECT " + ", ".join(f"{change[n]} AS {n}" if n in change else n for n in names) + " FROM klant_persoon"


@pytest.mark.parametrize(("query", "says"), [
    ("SELECT persoon_id FROM klant_persoon", "mist kolom bsn"),
    ("SELECT *, 1 AS etniciteit FROM klant_persoon", "onbekende kolom etniciteit"),
    ("SELECT * FROM klant", "de query geeft fout OperationalError"),
    ("SELECT * FROM klant_persoon WHERE bsn = :naam", "alleen :gemeente bestaat"),
    (_persoon(bsn="CAST(bsn AS INTEGER)"), "kolom bsn geeft geen tekst"),
    (_persoon(geboortedatum="1980.5"), "kolom geboortedatum geeft geen hele getallen"),
    (_persoon(geboortedatum="9999999999"), "kolom geboortedatum heeft getallen die niet in int32 passen"),
    (_persoon(gewijzigd_op="'gisteren'"), "kolom gewijzigd_op heeft tekst die geen timestamp"),
])
def test_a_query_that_does_not_fit_is_refused(address: str, tmp_path: Path, query: str, says: str) -> None:
    with pytest.raises(SourceError, match=says) as refused:
        read(address, tmp_path, ["persoon"], persoon=query)
    message = str(refused.value)
    assert message.startswith("Bron van gemeente 0153: tabel persoon ") and "\n" not in message
    assert not list((tmp_path / "werk").iterdir()), "half a table was left"


def test_a_required_value_that_is_missing_is_a_finding(address: str, tmp_path: Path) -> None:
    made = read(address, tmp_path, ["persoon"], persoon=_persoon(huishouden_id="NULL"))
    found = made.findings.to_pylist()
    assert {(f["code"], f["path"], f["severity"]) for f in found} == {("BRON-02", "persoon.huishouden_id", "blocker")}
    assert [f["line"] for f in found] == list(range(1, made.tables["persoon"].rows + 1))


def test_the_door(address: str, tmp_path: Path) -> None:
    query = _persoon(bsn=f"'{STRANGE}'")
    with pytest.raises(SourceError, match="in tabel persoon") as refused:
        read(address, tmp_path, ["persoon"], persoon=query)
    assert STRANGE not in str(refused.value)


@pytest.mark.parametrize(("content", "says"), [
    ("[query", "geen goede TOML"),
    ("[query]\nklant = 'SELECT 1'", "tabel klant in m.toml staat niet in het bronmodel"),
    ("[query]\npersoon = 'DELETE FROM persoon'", "moet met SELECT of WITH beginnen"),
    ("[query]\npersoon = 3", "moet met SELECT of WITH beginnen"),
    ("query = 'SELECT 1'", r"query in m\.toml moet een tabel zijn"),
    (None, "bestaat niet"),
])
def test_a_wrong_mapping_is_a_usage_error(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "m.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        take("sql", "sqlite://", tmp_path / "w", "persoon", mapping=str(path))


def test_a_mapping_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is niet te lezen: het is een map, geen bestand"):
        take("sql", "sqlite://", tmp_path / "w", "persoon", mapping=str(tmp_path))


@pytest.mark.parametrize("query", [
    "WITH x AS (SELECT 1) DELETE FROM klant_traject",
    "WITH x AS (SELECT 1) UPDATE klant_traject SET doel = '1'",
])
def test_a_query_cannot_write(address: str, tmp_path: Path, query: str) -> None:
    with pytest.raises(SourceError, match="de query geeft fout OperationalError"):
        read(address, tmp_path, ["traject"], traject=query)


@pytest.mark.parametrize(("url", "kind", "says"), [
    ("geen adres", UsageError, "geen goede SQLAlchemy-URL"),
    ("postgresql+psycopg://u:p@h:poort/d", UsageError, "geen goede SQLAlchemy-URL"),
    ("onbekend://x/y", UsageError, "stuurprogramma"),
    ("sqlite:////bestaat/niet.db", SourceError, "bestaat niet"),
])
def test_a_wrong_address(tmp_path: Path, url: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        take("sql", url, tmp_path / "w", "persoon", mapping=str(mapping(tmp_path / "m.toml", ["persoon"])))


def taken(values: list[object], field: pa.Field) -> pa.Array:
    return to_column(values, field, Notation())


def test_what_drivers_give_for_the_same_fact() -> None:
    born = partial("p", "p", null=True)
    assert taken([date(1980, 5, 1), None], born).to_pylist() == [19800501, None]
    assert taken(["1980-05-01", None], born).to_pylist() == [19800501, None]
    assert taken([19800000], born).to_pylist() == [19800000]
    assert taken([Decimal("1250"), 3 and Decimal(7)], cent("c", "c")).to_pylist() == [1250, 7]
    assert taken([datetime(2026, 5, 1)], day("d", "d")).to_pylist() == [date(2026, 5, 1)]
    assert taken([1, 0, None], column("b", YES_NO, "b")).to_pylist() == [True, False, None]
    assert taken(["ja", "N"], column("b", YES_NO, "b")).to_pylist() == [True, False]
    naive = taken([datetime(2026, 5, 1, 8, 0, 0, 123456)], column("m", MOMENT, "m"))
    assert naive.to_pylist() == [datetime(2026, 5, 1, 8, 0, 0, 123000, tzinfo=UTC)]
    assert taken([None, None], whole("w", "w")).to_pylist() == [None, None]
    assert taken(["", "x"], text("t", "t")).to_pylist() == [None, "x"]


@pytest.mark.parametrize(("values", "field"), [
    ([Decimal("12.50")], cent("c", "c")), ([12.0], cent("c", "c")), ([True], whole("w", "w")),
    ([datetime(2026, 5, 1, 8, 30)], day("d", "d")), ([20260501], day("d", "d")), ([date(2026, 5, 1)], text("t", "t")),
    ([date(2026, 5, 1)], column("m", MOMENT, "m")), ([2], column("b", YES_NO, "b")), ([b"x"], text("t", "t")),
    ([2**40], whole("w", "w")), ([Decimal("Infinity")], whole("w", "w")), ([Decimal("NaN")], cent("c", "c")),
    # Euros or percents as a rule, whole by chance.
    ([Decimal("150.00")], cent("c", "c")), ([Decimal(7), Decimal("50.00")], PERCENTAGE),
])
def test_what_could_mean_two_things_is_refused(values: list[object], field: pa.Field) -> None:
    with pytest.raises(Misfit) as refused:
        taken(values, field)
    assert str(values[0]) not in str(refused.value)


def test_how_amounts_are_written_holds_for_all_rows_of_a_query(
        address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text of euros in the first rows that come, of cents by the look of it in the next: a factor 100."""
    monkeypatch.setattr(database, "_ROWS", 1)
    names = TABLES["loonkostensubsidie"].schema.names
    wanted = ", ".join("CASE n WHEN 1 THEN '150,25' ELSE '150' END AS bedrag_cent" if name == "bedrag_cent" else name
                       for name in names)
    query = f"SELECT {wanted} FROM (SELECT *, row_number() OVER () AS n FROM klant_loonkostensubsidie) ORDER BY n"
    with pytest.raises(SourceError, match="kolom bedrag_cent heeft tekst die geen int64 is"):
        read(address, tmp_path, ["loonkostensubsidie"], loonkostensubsidie=query)
