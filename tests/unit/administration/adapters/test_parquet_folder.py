"""A folder of Parquet: as it is when it fits, refused in one line when it does not."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.administration.adapters import parquet_folder
from exchanges.administration.model import TABLES
from exchanges.core.errors import SourceError
from tests.unit.administration.adapters.sources import STRANGE, row, table, take, write_parquet

PERSON = TABLES["persoon"].schema


def read(tmp_path: Path, content: pa.Table, name: str = "persoon", **config: object) -> pa.Table:
    write_parquet(tmp_path / "bron", name, content)
    snapshot = take("parquet", tmp_path / "bron", tmp_path / "werk", name, **config)  # type: ignore[arg-type]
    assert snapshot.findings.num_rows == 0
    made = pq.read_table(snapshot.tables[name].path)
    assert made.schema.equals(TABLES[name].schema)
    assert snapshot.tables[name].rows == made.num_rows
    return made


@pytest.mark.parametrize("name", TABLES)
def test_every_table_comes_through_unchanged(tmp_path: Path, name: str) -> None:
    content = table(name, row(name))
    assert read(tmp_path, content, name).equals(content)


def test_a_file_that_fits_is_not_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_folder, "TypedFile", None)
    original = write_parquet(tmp_path / "bron", "persoon", table("persoon", row("persoon")))
    found = take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon").tables["persoon"]
    assert found.path.read_bytes() == original.read_bytes()
    assert found.sha256 == hashlib.sha256(original.read_bytes()).hexdigest()
    assert found.origin == str(original)
    assert found.dialect is None


def test_the_snapshot_stays_when_the_source_changes(tmp_path: Path) -> None:
    original = write_parquet(tmp_path / "bron", "persoon", table("persoon", row("persoon")))
    found = take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon").tables["persoon"]
    original.write_bytes(b"overwritten in place")
    assert pq.read_table(found.path).num_rows == 1


def test_empty_is_fine_here(tmp_path: Path) -> None:
    assert read(tmp_path, PERSON.empty_table()).num_rows == 0


def test_reordered_columns_are_fine(tmp_path: Path) -> None:
    content = table("persoon", row("persoon"))
    assert read(tmp_path, content.select(PERSON.names[::-1])).equals(content)


def test_the_same_values_in_other_types(tmp_path: Path) -> None:
    content = table("persoon", row("persoon"), row("persoon", voorvoegsel=None))
    wider = {pa.string(): pa.large_string(), pa.int32(): pa.int64()}
    other = content.cast(pa.schema([pa.field(f.name, wider.get(f.type, f.type)) for f in PERSON]))
    other = other.set_column(1, "bsn", other["bsn"].cast(pa.string()).dictionary_encode())
    other = other.set_column(13, "gewijzigd_op", content["gewijzigd_op"].cast(pa.timestamp("us", "Europe/Amsterdam")))
    assert read(tmp_path, other).equals(content)


def test_a_column_of_nothing_has_no_type_of_its_own(tmp_path: Path) -> None:
    """As pandas writes a column that is empty for everybody."""
    content = table("persoon", row("persoon", voorvoegsel=None, overlijdensdatum=None))
    other = content
    for name in ("voorvoegsel", "overlijdensdatum"):
        other = other.set_column(PERSON.get_field_index(name), name, pa.nulls(1))
    assert read(tmp_path, other).equals(content)

    write_parquet(tmp_path / "bron", "persoon", content.set_column(0, "persoon_id", pa.nulls(1)))
    found = take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon").findings.to_pylist()
    assert [(one["code"], one["path"]) for one in found] == [("BRON-02", "persoon.persoon_id")]


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_an_empty_text_is_unknown_as_in_the_other_adapters(tmp_path: Path, kind: pa.DataType, statistics: bool) -> None:
    filled = [row("persoon"), row("persoon", voorletters=None, achternaam=" ")]
    blank = [filled[0], filled[1] | {"voorletters": ""}]
    made = table("persoon", *blank)
    made = made.set_column(PERSON.get_field_index("voorletters"), "voorletters", made["voorletters"].cast(kind))
    (tmp_path / "bron").mkdir()
    pq.write_table(made, tmp_path / "bron" / "persoon.parquet", write_statistics=statistics)
    snapshot = take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon")
    assert snapshot.findings.num_rows == 0
    assert pq.read_table(snapshot.tables["persoon"].path).equals(table("persoon", *filled))

    required = table("persoon", row("persoon"), row("persoon", huishouden_id=""))
    pq.write_table(required, tmp_path / "bron" / "persoon.parquet", write_statistics=statistics)
    found = take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon").findings.to_pylist()
    assert [(one["code"], one["path"], one["line"]) for one in found] == [("BRON-02", "persoon.huishouden_id", 2)]


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_moments_are_cut_to_milliseconds(tmp_path: Path, unit: str) -> None:
    """As databases and Spark write them: the other adapters cut them off as well."""
    content = table("persoon", row("persoon"))
    finer = pa.array([datetime(2026, 10, 1, 8, 30, 0, 999999, UTC)], pa.timestamp(unit, "UTC"))
    made = read(tmp_path, content.set_column(13, "gewijzigd_op", finer))
    assert made["gewijzigd_op"].to_pylist() == [datetime(2026, 10, 1, 8, 30, 0, 999000, UTC)]


@pytest.mark.parametrize(("change", "says"), [
    (lambda t: t.drop_columns(["bsn"]), "mist kolom bsn"),
    (lambda t: t.drop_columns(["bsn", "geslacht", "voornamen", "voorletters", "voorvoegsel"]), "en nog 2"),
    (lambda t: t.append_column("etniciteit", pa.array(["x"])), "onbekende kolom etniciteit"),
    (lambda t: t.append_column("999990019", pa.array(["x"])), r"onbekende kolom \(naam niet leesbaar\)"),
    (lambda t: t.append_column("bsn", pa.array(["x"])), "kolom bsn meer dan één keer"),
    (lambda t: t.set_column(1, "bsn", pa.array([999990019])), "kolom bsn heeft type int64, verwacht string"),
    (lambda t: t.set_column(7, "geboortedatum", pa.array([19800101.0])), "kolom geboortedatum heeft type double"),
    (lambda t: t.set_column(7, "geboortedatum", pa.array([2**40])), "niet passen"),
    (lambda t: t.set_column(13, "gewijzigd_op", t["gewijzigd_op"].cast(pa.timestamp("ms"))), "kolom gewijzigd_op"),
    (lambda t: pa.table({"a": [1]}), r"geen enkele kolom .* gebruik de kolomnamen van docs/administration\.md\.$"),
])
def test_another_schema_is_refused(tmp_path: Path, change: object, says: str) -> None:
    write_parquet(tmp_path / "bron", "persoon", change(table("persoon", row("persoon"))))  # type: ignore[operator]
    with pytest.raises(SourceError, match=says) as refused:
        take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon")
    text = str(refused.value)
    assert "tabel persoon" in text and "\n" not in text and "999990019" not in text


@pytest.mark.parametrize("content", [b"", b"PAR1", b"geen parquet" * 1000])
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "persoon.parquet").write_bytes(content)
    with pytest.raises(SourceError, match="geen goed Parquet-bestand"):
        take("parquet", tmp_path, tmp_path / "werk", "persoon")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path, "persoon", table("persoon", *[row("persoon") for _ in range(100)]))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="persoon"):
        take("parquet", tmp_path, tmp_path / "werk", "persoon")


@pytest.mark.parametrize("statistics", [True, False])
def test_a_required_value_that_is_missing_is_a_finding(tmp_path: Path, statistics: bool) -> None:
    loose = pa.schema([f.with_nullable(True) for f in PERSON])
    content = pa.Table.from_pylist([row("persoon"), row("persoon", huishouden_id=None), row("persoon", bsn=None)],
                                   schema=loose)
    (tmp_path / "bron").mkdir()
    pq.write_table(content, tmp_path / "bron" / "persoon.parquet", write_statistics=statistics)
    findings = take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon").findings.to_pylist()
    assert [(f["code"], f["severity"], f["path"], f["line"]) for f in findings] == [
        ("BRON-02", "blocker", "persoon.bsn", 3), ("BRON-02", "blocker", "persoon.huishouden_id", 2)]


def test_nullable_columns_without_nulls_are_fine(tmp_path: Path) -> None:
    content = table("persoon", row("persoon")).cast(pa.schema([f.with_nullable(True) for f in PERSON]))
    write_parquet(tmp_path / "bron", "persoon", content)
    assert take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon").findings.num_rows == 0


def test_the_door(tmp_path: Path) -> None:
    write_parquet(tmp_path / "bron", "persoon", table("persoon", row("persoon", bsn=STRANGE)))
    write_parquet(tmp_path / "bron", "bevraging", table("bevraging", row("bevraging", bsn_antwoord=STRANGE)))
    with pytest.raises(SourceError, match=r"1 in tabel persoon, 1 in tabel bevraging") as refused:
        take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon", "bevraging")
    assert STRANGE not in str(refused.value)
    assert take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon", production=True).tables["persoon"].rows == 1


def test_the_door_looks_at_every_row_group(tmp_path: Path) -> None:
    (tmp_path / "bron").mkdir()
    people = table("persoon", *[row("persoon", persoon_id=str(i)) for i in range(50)], row("persoon", bsn=STRANGE))
    pq.write_table(people, tmp_path / "bron" / "persoon.parquet", row_group_size=10)
    with pytest.raises(SourceError, match="1 in tabel persoon"):
        take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon")


@pytest.mark.parametrize("name", ["achternaam", "bsn"])
def test_a_few_bytes_that_unpack_to_much_are_refused_before_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    content = table("persoon", row("persoon"), row("persoon"))
    place = content.schema.get_field_index(name)
    huge = content.set_column(place, name, pa.array(["x" * 20 * 1024 * 1024, "y"]))
    origin = tmp_path / "bron" / "persoon.parquet"
    origin.parent.mkdir()
    pq.write_table(huge, origin, compression="zstd")
    assert origin.stat().st_size < 100_000
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", None)
    with pytest.raises(SourceError, match=f"kolom {name} waarden van gemiddeld meer dan 256 bytes") as raised:
        take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon")
    assert raised.value.original == origin


@pytest.mark.parametrize("how", ["a row group for every row", "a long note", "many columns"])
def test_a_footer_that_is_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    content = table("persoon", row("persoon"))
    if how == "a row group for every row":
        content = content.take([0] * 4000)
    elif how == "a long note":
        content = content.replace_schema_metadata({"note": "x" * (5 << 20)})
    else:
        content = pa.table({f"kolom{number}": [1] for number in range(24_000)})
    (tmp_path / "bron").mkdir()
    pq.write_table(content, tmp_path / "bron" / "persoon.parquet", row_group_size=1)
    monkeypatch.setattr(pq, "ParquetFile", None)
    with pytest.raises(SourceError, match=r"tabel persoon heeft een inhoudsopgave \(footer\) van meer dan 4 MB; maak"):
        take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon")
