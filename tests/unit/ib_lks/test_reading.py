"""Reading a file of LKS signals: every way of writing gives the same, a bad line is set apart, a bad file refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.errors import MappingError
from exchanges.core.period import Period
from exchanges.core.receive.arrival import FileRefused
from exchanges.ib_lks import layout as layouts
from exchanges.ib_lks.layout import layout
from tests.unit.ib_lks.files import changed, made, signals, taken


@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(delimiter=st.sampled_from(";|\t"), encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
       day=st.sampled_from(["jjjjmmdd", "jjjj-mm-dd", "d-m-jjjj"]))
def test_what_was_written_is_read_whatever_the_dialect(tmp_path: Path, delimiter: str, encoding: str, day: str) -> None:
    path, sent = made(tmp_path, 25, delimiter=delimiter, encoding=encoding, day=day)
    found = taken(path)
    assert (found.rows, found.refused, found.findings.num_rows) == (25, 0, 0)
    assert [{name: value for name, value in row.items() if name not in ("rij", "regel")} for row in signals(found)] == [
        {name: one.values.get(name) for name in layout(Period(2026, 10)).names} for one in sent]
    assert [(row["rij"], row["regel"]) for row in signals(found)] == [(n, n + 1) for n in range(1, 26)]
    assert day in found.details["dialect"] and found.details["published"] == "2026-10-01"


def _set(column: str, value: str, row: int = 2) -> Callable[[list[dict[str, str]]], None]:
    def change(data: list[dict[str, str]]) -> None:
        data[row][column] = value
    return change


@pytest.mark.parametrize(("column", "value", "code"), [
    ("bsn", "999990018", "IB-LKS-BSN"), ("bsn", "", "IB-LKS-VERPLICHT"), ("zekerheid", "4", "IB-LKS-WAARDE"),
    ("zekerheid", "", "IB-LKS-VERPLICHT"), ("signaalsoort", "LKS_BEGIN_ZW", "IB-LKS-SOORT"),
    ("datum_begin_zw", "20260230", "IB-LKS-WAARDE"), ("datum_begin_zw", "", "IB-LKS-VERPLICHT"),
    ("datum_einde_zw", "", "IB-LKS-VERPLICHT"), ("datum_einde_zw", "20200101", "IB-LKS-PERIODE"),
    ("perc_loonwaarde", "62.5", "IB-LKS-WAARDE"), ("perc_loonwaarde", "100,01", "IB-LKS-WAARDE"),
    ("perc_loonwaarde", "-5", "IB-LKS-WAARDE"), ("loonheffingennummer_werkgever", "001000275", "IB-LKS-WAARDE"),
    ("signaalnummer", "S" * 31, "IB-LKS-WAARDE"), ("gemeentecode", "", "IB-LKS-VERPLICHT"),
])
def test_a_line_that_cannot_be_read_is_set_apart_with_its_place(
    tmp_path: Path, column: str, value: str, code: str
) -> None:
    path, sent = made(tmp_path)
    assert sent[2].kind == "LKS_EINDE_ZW"
    found = taken(changed(path, _set(column, value)))
    assert (found.rows, found.refused) == (12, 1)
    assert {row["signaalnummer"] for row in signals(found)} == {one.number for one in sent} - {sent[2].number}
    (apart,) = pq.read_table(found.apart).to_pylist()
    assert (apart["regel"], apart["code"], apart["veld"]) == (4, code, column)
    told = [(row["code"], row["line"], row["path"]) for row in found.findings.to_pylist()]
    assert (code, 4, column) in told
    assert column == "bsn" or apart["record"].startswith("p:")


@pytest.mark.parametrize("value", ["0", "62", "62,5", "62,50", "100"])
def test_a_percentage_is_hundredths(tmp_path: Path, value: str) -> None:
    path, _ = made(tmp_path)
    found = signals(taken(changed(path, _set("perc_loonwaarde", value))))
    assert found[2]["perc_loonwaarde"] == round(float(value.replace(",", ".")) * 100)


@pytest.mark.parametrize("day", ["99991230", "9999-12-31", "31-12-8888"])
def test_an_end_in_a_year_that_does_not_come_is_none(tmp_path: Path, day: str) -> None:
    """An illness that goes on has no end to count to; of who is better the end is missing then."""
    path, _ = made(tmp_path, 25)

    def still_ill(data: list[dict[str, str]]) -> None:
        for row in data:
            row["datum_einde_zw"] = day

    found = taken(changed(path, still_ill))
    assert {row["datum_einde_zw"] for row in signals(found)} == {None}
    assert {row["signaalsoort"] for row in signals(found)} == {"LKS_OVERDRACHT_REINTEGRATIE"}
    assert set(found.findings["code"].to_pylist()) == {"IB-LKS-VERPLICHT"}


def test_an_end_is_only_required_of_who_is_better(tmp_path: Path) -> None:
    path, sent = made(tmp_path)
    assert sent[0].kind == "LKS_OVERDRACHT_REINTEGRATIE" and sent[0].values["datum_einde_zw"] is None
    assert taken(path).refused == 0


def _text(change: Callable[[str], str]) -> Callable[[Path], None]:
    def on(path: Path) -> None:
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")
    return on


def _column(text: str) -> str:
    return "".join(f"{line};{'Risicoscore' if n == 0 else '5'}\r\n" for n, line in enumerate(text.splitlines()))


def _without(text: str) -> str:
    return "".join(line.rpartition(";")[0] + "\r\n" for line in text.splitlines())


@pytest.mark.parametrize(("change", "code", "says"), [
    (_text(_column), "IB-LKS-KOLOM-ONBEKEND", "risicoscore"),
    (_text(_without), "IB-LKS-KOLOM-ONTBREEKT", "publicatiedatum"),
    (_text(lambda text: text.replace("perc_loonwaarde", "zekerheid", 1)), "IB-LKS-KOLOM-ONTBREEKT", "perc_loonwaarde"),
    (_text(lambda text: text.replace(";0153;", ";0344;", 1)), "IB-LKS-GEMEENTE", "datalek"),
    (_text(lambda text: text.replace(";0153;", ";153;")), "IB-LKS-NUL", "zonder de nul waarmee zij begint"),
    (_text(lambda text: text.replace(";0153;", ";153;", 1).replace(";0153;", ";344;", 1)), "IB-LKS-GEMEENTE",
     "datalek"),
    (_text(lambda text: text.replace("20261001", "20261101")), "IB-LKS-MAAND", "november 2026"),
    (_text(lambda text: text.replace("20261001", "20261002", 1)), "IB-LKS-PUBLICATIE", "niet in elke regel"),
    (_text(lambda text: text.replace("20261001", "")), "IB-LKS-PUBLICATIE", "ontbreekt"),
    (_text(lambda text: "naam;adres\r\n" + text.partition("\n")[2]), "IB-LKS-BERICHT", "geen bestand met LKS"),
    (_text(lambda text: ""), "IB-LKS-CSV", "leeg"),
    (lambda path: path.write_bytes(b"\x50\x4b\x03\x04\0\0" * 20), "IB-LKS-CSV", "NUL"),
    (_text(lambda text: text.replace(";1;", ';"1;', 1).replace("LKS0000004", 'LKS0000004"', 1)), "IB-LKS-REGEL",
     "aanhalingsteken"),
])
def test_a_file_that_is_not_what_was_agreed_is_refused_as_a_whole(
    tmp_path: Path, change: Callable[[Path], Any], code: str, says: str
) -> None:
    path, sent = made(tmp_path)
    change(path)
    with pytest.raises(FileRefused, match=says) as refused:
        taken(path)
    codes = refused.value.findings["code"].to_pylist()
    assert code in codes
    # No value of a person is repeated to people.
    told = json.dumps(refused.value.findings.to_pylist(), default=str) + str(refused.value)
    assert not any(one.bsn in told for one in sent)


def test_lines_with_another_number_of_columns_are_set_apart(tmp_path: Path) -> None:
    path, _ = made(tmp_path)
    rows = path.read_text(encoding="utf-8").splitlines()
    rows[5] = ";".join(rows[5].split(";")[:6])
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8", newline="")
    found = taken(path)
    assert (found.rows, found.refused, len(signals(found))) == (12, 1, 11)
    (told,) = found.findings.to_pylist()
    assert (told["code"], told["line"]) == ("IB-LKS-REGEL", 6) and told["record"].startswith("p:")


def test_a_file_without_signals_is_told(tmp_path: Path) -> None:
    path, _ = made(tmp_path, 0)
    found = taken(path)
    assert (found.rows, found.findings["code"].to_pylist()) == (0, ["IB-LKS-GEEN"])


def test_the_layout_is_assumed_and_holds_from_its_date() -> None:
    held = layout(Period(2026, 10))
    assert held.certainty == "assumed" and {column.certainty for column in held.columns} == {"assumed"}
    with pytest.raises(MappingError, match="0 versies"):
        layout(Period(2016, 4))


@pytest.mark.parametrize(("old", "new", "says"), [
    ("bsn;bsn", "bsn;nummer", "type bestaat niet"), (";komma;", ";jjjjmmdd;", "notatie"),
    (";LKS_EINDE_ZW;", ";LKS_BEGIN;", "verplicht is"), ("registratienr_rv;", "bsn;", "twee keer"),
])
def test_a_wrong_row_in_the_layout_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, says: str
) -> None:
    import shutil

    real = layouts.data_dir("mappings") / "IBLKS"
    shutil.copytree(real, tmp_path / "IBLKS")
    path = tmp_path / "IBLKS" / "v0001" / "kolommen.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(layouts, "data_dir", lambda name: tmp_path)
    with pytest.raises(MappingError, match=says):
        layout(Period(2026, 10))
