"""A folder of CSV: however it is written, the same Parquet; wrong values all at once, by place and never by value."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.administration.adapters import csv_folder, problems
from exchanges.administration.demo import generate
from exchanges.administration.model import TABLES
from exchanges.core.errors import SourceError
from exchanges.core.source import Snapshot
from tests.unit.administration.adapters.sources import STRANGE, row, table, take, write_csv

SUBSIDY = TABLES["loonkostensubsidie"].schema.names
LINES = [
    ["L1", "V1", "50,00", "Bakkerij 't Stoepje & Zn.", "1.234,56", "01-03-2026", "", "2026-03-01T09:00:00Z"],
    ["L2", "V2", "62,5", "Café Zoë", "99,10", "2026-04-01", "20260930", "2026-04-01 10:00"],
]
MEANS = table(
    "loonkostensubsidie",
    {"lks_id": "L1", "voorziening_id": "V1", "loonwaarde_perc": 5000, "werkgever": "Bakkerij 't Stoepje & Zn.",
     "bedrag_cent": 123456, "datum_begin": date(2026, 3, 1), "datum_einde": None,
     "gewijzigd_op": datetime(2026, 3, 1, 9, tzinfo=UTC)},
    {"lks_id": "L2", "voorziening_id": "V2", "loonwaarde_perc": 6250, "werkgever": "Café Zoë", "bedrag_cent": 9910,
     "datum_begin": date(2026, 4, 1), "datum_einde": date(2026, 9, 30),
     "gewijzigd_op": datetime(2026, 4, 1, 10, tzinfo=UTC)},
)


def text(lines: list[list[str]], delimiter: str = ";", quote: str = '"', quoting: int = csv.QUOTE_MINIMAL,
         end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator=end).writerows(lines)  # type: ignore[call-overload]
    return out.getvalue()


def read(tmp_path: Path, content: str | bytes, name: str = "loonkostensubsidie", **config: object) -> Snapshot:
    folder = tmp_path / "bron"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return take("csv", folder, tmp_path / "werk", name, **config)  # type: ignore[arg-type]


def means(snapshot: Snapshot, name: str = "loonkostensubsidie") -> pa.Table:
    return pq.read_table(snapshot.tables[name].path)


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_dialect_gives_the_same_table(
    tmp_path: Path, delimiter: str, encoding: str, quoting: int, end: str,
) -> None:
    content = text([SUBSIDY, *LINES], delimiter, quoting=quoting, end=end).encode(encoding)
    snapshot = read(tmp_path, content)
    assert snapshot.findings.num_rows == 0
    assert means(snapshot).equals(MEANS)
    found = snapshot.tables["loonkostensubsidie"]
    assert found.rows == 2
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    names = {";": "puntkomma", ",": "komma", "\t": "tab", "|": "verticale streep"}
    expected = f"scheidingsteken {names[delimiter]}, tekenset {encoding.removesuffix('-sig')}"
    assert str(found.dialect).startswith(expected)
    assert str(found.dialect).endswith("datums dd-mm-jjjj en jjjj-mm-dd en jjjjmmdd, decimaalteken komma")


def test_single_quotes(tmp_path: Path) -> None:
    assert means(read(tmp_path, text([SUBSIDY, *LINES], quote="'", quoting=csv.QUOTE_ALL))).equals(MEANS)


def test_an_apostrophe_is_no_quote(tmp_path: Path) -> None:
    lines = [SUBSIDY, ["L1", "V1", "5000", "'t Hart", "1", "2026-03-01", "", "2026-03-01T09:00:00Z"],
             ["L2", "V1", "5000", "d'Hondt", "1", "2026-03-01", "", "2026-03-01T09:00:00Z"]]
    snapshot = read(tmp_path, text(lines))
    assert means(snapshot)["werkgever"].to_pylist() == ["'t Hart", "d'Hondt"]


def test_columns_in_any_order_and_case(tmp_path: Path) -> None:
    order = [5, 1, 0, 7, 2, 3, 6, 4]
    lines = [[f" {SUBSIDY[i].upper()} " for i in order], *[[line[i] for i in order] for line in LINES]]
    assert means(read(tmp_path, text(lines))).equals(MEANS)


def test_a_table_of_column_names_only_is_empty(tmp_path: Path) -> None:
    for content in (";".join(SUBSIDY), ";".join(SUBSIDY) + "\n"):
        snapshot = read(tmp_path, content)
        assert means(snapshot).equals(TABLES["loonkostensubsidie"].schema.empty_table())
        assert snapshot.tables["loonkostensubsidie"].rows == 0


def test_the_last_line_may_lack_its_end_and_blank_lines_do_not_count(tmp_path: Path) -> None:
    content = text([SUBSIDY, LINES[0]]) + "\r\n\r\n" + text([LINES[1]]).rstrip()
    assert means(read(tmp_path, content)).equals(MEANS)


@pytest.mark.parametrize(("header", "says"), [
    (SUBSIDY[1:], "mist kolom lks_id"),
    ([*SUBSIDY, "telefoon"], "onbekende kolom telefoon"),
    ([*SUBSIDY, "999990019"], r"onbekende kolom \(naam niet leesbaar\)"),
    ([*SUBSIDY, "lks_id"], "kolom lks_id meer dan één keer"),
    (LINES[0], "geen enkele kolom uit het bronmodel"),
])
def test_other_columns_are_refused(tmp_path: Path, header: list[str], says: str) -> None:
    with pytest.raises(SourceError, match=says) as refused:
        read(tmp_path, text([header, *LINES]))
    message = str(refused.value)
    assert "tabel loonkostensubsidie" in message and "\n" not in message
    assert "999990019" not in message and "Stoepje" not in message


def wrong(tmp_path: Path, *lines: list[str]) -> list[tuple[object, ...]]:
    findings = read(tmp_path, text([SUBSIDY, *lines])).findings.to_pylist()
    assert all(f["severity"] == "blocker" and f["table"] == "loonkostensubsidie" and f["action"] for f in findings)
    return [(f["code"], f["path"], f["line"]) for f in findings]


def test_all_wrong_values_at_once_by_table_line_and_column(tmp_path: Path) -> None:
    found = wrong(
        tmp_path, LINES[0],
        ["", "V1", "50,00", "x", "veel", "31-02-2026", "", "2026-03-01T09:00:00Z"],
        ["L3", "V1", "", "x", "1,00", "2026-03-01", "morgen", ""],
    )
    place = "loonkostensubsidie."
    assert sorted(found) == sorted([
        ("BRON-02", place + "lks_id", 3), ("BRON-01", place + "bedrag_cent", 3), ("BRON-01", place + "datum_begin", 3),
        ("BRON-01", place + "datum_einde", 4), ("BRON-02", place + "gewijzigd_op", 4),
    ])


def test_a_finding_never_holds_the_value(tmp_path: Path) -> None:
    snapshot = read(tmp_path, text([SUBSIDY, ["L1", "V1", "999990019", "x", "Jansen", "999990019", "x", "Jansen"]]))
    assert snapshot.findings.num_rows == 4
    assert not any("999990019" in str(f) or "Jansen" in str(f) for f in snapshot.findings.to_pylist())


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """With quoted line breaks, blank lines and lines that are too short before it."""
    bad = [*LINES[0][:4], "veel", *LINES[0][5:]]
    broken = [*LINES[0][:3], "Bakkerij\nop twee\nregels", *LINES[0][4:]]
    content = text([SUBSIDY, broken, bad, broken], end="\n") + "\nL9;te kort\n" + text([bad], end="\n")
    findings = read(tmp_path, content).findings.to_pylist()
    assert sorted((f["code"], f["line"]) for f in findings) == [("BRON-01", 5), ("BRON-01", 11), ("BRON-03", 10)]
    assert content.split("\n")[4].split(";")[4] == content.split("\n")[10].split(";")[4] == "veel"
    assert content.split("\n")[9] == "L9;te kort"


def test_lines_hold_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_folder, "_BLOCK", 400)
    bad = [*LINES[0][:4], "veel", *LINES[0][5:]]
    broken = [*LINES[0][:3], "Bakkerij\nop twee", *LINES[0][4:]]
    block = [LINES[0], broken, ["te", "kort"], LINES[1], bad]
    content = text([SUBSIDY, *block * 40], end="\n")
    findings = read(tmp_path, content).findings.to_pylist()
    lines = content.split("\n")
    for code, mark in (("BRON-01", ";veel;"), ("BRON-03", "te;kort")):
        places = [place for place, line in enumerate(lines, 1) if mark in line]
        assert [f["line"] for f in findings if f["code"] == code] == places
    assert len(findings) == 80


def test_rows_swallowed_by_missing_quotes_are_pointed_out(tmp_path: Path) -> None:
    first, second = (";".join(line) for line in LINES)
    broken = [first.replace("Bakkerij", '"Bakkerij'), second, second.replace("Café", '"Café')]
    content = "\n".join([";".join(SUBSIDY), *broken])
    findings = read(tmp_path, content).findings.to_pylist()
    assert {(f["code"], f["line"]) for f in findings} >= {("BRON-03", 2)}


def test_many_wrong_values_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "LISTED", 5)
    found = read(tmp_path, text([SUBSIDY, *[[*LINES[0][:4], "veel", *LINES[0][5:]]] * 12])).findings.to_pylist()
    assert [f["line"] for f in found] == [2, 3, 4, 5, 6, None]
    assert "Nog 7 regels" in found[-1]["text"]


def test_values_that_are_missing_do_not_stop_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first rows are already written under the strict schema when the gap turns up."""
    monkeypatch.setattr(csv_folder, "_BLOCK", 300)
    empty = ["", *LINES[0][1:]]
    snapshot = read(tmp_path, text([SUBSIDY, *[LINES[0]] * 20, empty, *[LINES[0]] * 20]))
    assert means(snapshot).num_rows == snapshot.tables["loonkostensubsidie"].rows == 41
    assert means(snapshot)["lks_id"].null_count == 1
    assert [f["line"] for f in snapshot.findings.to_pylist()] == [22]


def test_the_door(tmp_path: Path) -> None:
    folder = tmp_path / "bron"
    write_csv(folder, "persoon", table("persoon", row("persoon", bsn=STRANGE), row("persoon", bsn="12345678")))
    with pytest.raises(SourceError, match="1 in tabel persoon") as refused:
        take("csv", folder, tmp_path / "werk", "persoon")
    assert STRANGE not in str(refused.value)
    assert take("csv", folder, tmp_path / "werk", "persoon", production=True).tables["persoon"].rows == 2


def test_a_whole_municipality_survives_the_round_trip(tmp_path: Path) -> None:
    generate(tmp_path / "parquet", "0153", 400, 3, errors=True)
    for name in TABLES:
        write_csv(tmp_path / "csv", name, pq.read_table(tmp_path / "parquet" / f"{name}.parquet"))
    snapshot = take("csv", tmp_path / "csv", tmp_path / "werk", *TABLES)
    assert snapshot.findings.num_rows == 0
    for name in TABLES:
        original = pq.read_table(tmp_path / "parquet" / f"{name}.parquet")
        assert means(snapshot, name).equals(original), name
        assert means(snapshot, name).schema.equals(original.schema)


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=30)


def _values(field: pa.Field) -> st.SearchStrategy[object]:
    mark = (field.metadata or {}).get(b"ketensluis", b"").decode()
    day = st.dates(date(1900, 1, 1), date(2100, 12, 31))
    moment = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(
        lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000, tzinfo=UTC))
    by_mark = {"partial_date": day.map(lambda d: d.year * 10000 + d.month * 100 + d.day),
               "bsn": st.sampled_from(["999990019", "x"]), "perc_honderdsten": st.integers(0, 10000)}
    by_type = {pa.string(): _TEXT, pa.bool_(): st.booleans(), pa.int32(): st.integers(-2**31, 2**31 - 1),
               pa.int64(): st.integers(-10**15, 10**15), pa.date32(): day}
    made: st.SearchStrategy[object] = by_mark.get(mark, by_type.get(field.type, moment))
    return st.none() | made if field.nullable else made


@pytest.mark.parametrize("name", ["loonkostensubsidie", "voorziening", "verwijsindex", "uitkering"])
@given(data=st.data(), delimiter=st.sampled_from([";", ",", "\t"]), dutch=st.booleans())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_survives_the_round_trip(
    tmp_path: Path, name: str, data: st.DataObject, delimiter: str, dutch: bool,
) -> None:
    schema = TABLES[name].schema
    strategy = st.lists(st.fixed_dictionaries({field.name: _values(field) for field in schema}), max_size=5)
    content = pa.Table.from_pylist(data.draw(strategy), schema=schema)
    lines = [list(schema.names), *[[_written(value, schema.field(i), dutch) for i, value in enumerate(r.values())]
                                   for r in content.to_pylist()]]
    snapshot = read(tmp_path, text(lines, delimiter, quoting=csv.QUOTE_ALL, end="\n"), name)
    problem = {f["code"] for f in snapshot.findings.to_pylist()}
    assert problem <= {"BRON-03"}, "only text that looks like swallowed rows may be doubted"
    assert means(snapshot, name).equals(content)


def _written(value: object, field: pa.Field, dutch: bool) -> str:
    mark = (field.metadata or {}).get(b"ketensluis", b"").decode()
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("ja" if value else "nee") if dutch else str(value).lower()
    if mark in ("cent", "perc_honderdsten") and dutch and isinstance(value, int):
        return f"{'-' if value < 0 else ''}{abs(value) // 100},{abs(value) % 100:02d}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value:%d-%m}-{value.year:04d}" if dutch else value.isoformat()
    return str(value)
