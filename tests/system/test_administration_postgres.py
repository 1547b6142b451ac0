"""The SQL adapter on a real PostgreSQL: streamed, in one read-only transaction, everything as administered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from exchanges.administration.adapters import database, open_source
from exchanges.administration.demo import generate
from exchanges.administration.model import TABLES
from exchanges.core.errors import SourceError, TechnicalError
from exchanges.core.source import Snapshot
from tests.servers.postgres import postgres_server
from tests.unit.administration.adapters.databases import fill, mapping

pytestmark = pytest.mark.system

NAMES = list(TABLES)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    generate(folder, "0153", 500, 7, errors=True)
    return folder


@pytest.fixture(scope="module")
def address(town: Path) -> Iterator[str]:
    with postgres_server() as template:
        url = template.format(database="postgres")
        engine = sa.create_engine(url)
        fill(engine, town, NAMES)
        engine.dispose()
        yield url


def read(address: str, tmp_path: Path, names: list[str], **queries: str) -> Snapshot:
    path = mapping(tmp_path / "bron.toml", names, **queries)
    source = open_source(kind="sql", location=address, gemeente="0153", mapping=str(path))
    return source.snapshot(names, [], tmp_path / "werk")


def test_every_table_comes_through(town: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_ROWS", 97)
    snapshot = read(address, tmp_path, NAMES)
    assert snapshot.findings.num_rows == 0
    for name in NAMES:
        keys = [(key, "ascending") for key in TABLES[name].key]
        original = pq.read_table(town / f"{name}.parquet").sort_by(keys)
        made = pq.read_table(snapshot.tables[name].path)
        assert made.schema.equals(original.schema), name
        assert made.sort_by(keys).equals(original), name


def test_tables_of_a_snapshot_belong_together(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is committed between two queries is in neither."""
    other = sa.create_engine(address)
    columns = ", ".join(TABLES["traject"].schema.names)
    original = database.Database.read

    def read_and_write(self: database.Database, table: object, *rest: object) -> object:
        made = original(self, table, *rest)  # type: ignore[arg-type]
        with other.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO klant_traject ({columns}) SELECT 'TX' || count(*), "
                                       + ", ".join(f"min({name})" for name in TABLES["traject"].schema.names[1:])
                                       + " FROM klant_traject")
        return made

    monkeypatch.setattr(database.Database, "read", read_and_write)
    before = pq.read_metadata(read(address, tmp_path, ["traject"]).tables["traject"].path).num_rows
    (tmp_path / "twee").mkdir()
    made = read(address, tmp_path / "twee", ["persoon", "traject"])
    assert made.tables["traject"].rows == before + 1, "the row of the first snapshot, not that of this one"
    with other.begin() as connection:
        assert connection.exec_driver_sql("DELETE FROM klant_traject WHERE traject_id LIKE 'TX%%'").rowcount == 3
    other.dispose()


def test_a_query_cannot_write(address: str, tmp_path: Path) -> None:
    names = ", ".join(TABLES["persoon"].schema.names)
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SEQUENCE teller")
    engine.dispose()
    for sneaky, code in (
        (f"WITH gone AS (DELETE FROM klant_persoon RETURNING *) SELECT {names} FROM gone", "0A000"),
        (f"SELECT {names} FROM klant_persoon WHERE nextval('teller') > 0", "25006"),
    ):
        with pytest.raises(SourceError, match=f"fout {code}"):
            read(address, tmp_path, ["persoon"], persoon=sneaky)


def test_a_failing_query_tells_its_code_and_no_value(address: str, tmp_path: Path) -> None:
    names = TABLES["persoon"].schema.names
    query = "SELECT " + ", ".join("CAST(achternaam AS integer) AS geboortedatum" if n == "geboortedatum" else n
                                  for n in names) + " FROM klant_persoon"
    with pytest.raises(SourceError, match="fout 22P02") as refused:
        read(address, tmp_path, ["persoon"], persoon=query)
    assert refused.value.__cause__ is None
    assert "\n" not in str(refused.value)


def test_a_database_that_is_not_there_is_a_technical_error(address: str, tmp_path: Path) -> None:
    with pytest.raises(TechnicalError, match="niet bereikbaar") as refused:
        read(address.replace("host=/tmp/", "host=/tmp/no-"), tmp_path, ["persoon"])
    assert refused.value.retryable
    assert "no-" not in str(refused.value)


_READ = """
import sys
from pathlib import Path
from exchanges.administration.adapters import open_source
source = open_source(kind="sql", location=sys.argv[1], gemeente="0153", mapping=sys.argv[2])
made = source.snapshot(["adres"], [], Path(sys.argv[3]))
status = Path("/proc/self/status").read_text()
print(made.tables["adres"].rows, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def test_a_large_table_is_streamed(address: str, tmp_path: Path) -> None:
    """Three hundred thousand rows of half a kilobyte do not pass through memory as a whole."""
    columns = dict.fromkeys(TABLES["adres"].schema.names, "repeat('x', 60)") | {
        "adres_id": "'A' || n", "huisnummer": "1", "landcode": "'NL'", "gewijzigd_op": "now()"}
    made = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    query = f"SELECT {made} FROM generate_series(1, 300000) n"
    path = mapping(tmp_path / "bron.toml", [], adres=query)
    done = subprocess.run([sys.executable, "-c", _READ, address, str(path), str(tmp_path / "werk")], check=True,
                          capture_output=True, text=True)
    rows, memory = map(int, done.stdout.split())
    assert rows == 300_000
    assert memory < 300
