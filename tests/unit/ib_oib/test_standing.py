"""What settling begins with: of a wage period what was said last, and no net amount that a later answer contradicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.ib_oib.standing import together
from exchanges.simulators.uwv_responses import free_bsns

BSN = next(iter(free_bsns()))
Row = dict[str, Any]
_WHOLE = ("volgnummer_ikv", "datum_aanvang_inkomstenopgave", "datum_einde_inkomstenopgave", "code_loontijdvak",
          "netto_berekend_totaal", "vakantietoeslag", "opgb_recht_vakantietoeslag", "loon_lbph_totaal", "jgk",
          "netto_vakantietoeslag", "opgb_recht_eps", "extra_periode_salaris", "anw_tegemoetkoming", "rij")  # fmt: skip
_LIST = pa.schema([
    *((name, pa.string()) for name in ("bsn", "loonheffingennummer", "code_soort_inkomstenverhouding", "sleutel",
                                       "klasse", "netto_stand")),
    *((name, pa.int64()) for name in _WHOLE),
])  # fmt: skip
_KEY = [("bsn", pa.string()), ("loonheffingennummer", pa.string()), ("volgnummer", pa.int64()), ("begin", pa.int64())]
_IKO = pa.schema([*_KEY, *((name, pa.int64()) for name in (
    "eind", "loon_sv", "loon_lb", "vakantietoeslag", "recht_vakantietoeslag", "recht_extra_periode", "extra_periode"))])
_IKP = pa.schema([*_KEY, ("soort", pa.string())])


def listed(net: int, wage: int = 80_000, **others: object) -> Row:
    row = {"bsn": BSN, "loonheffingennummer": "001234567L01", "volgnummer_ikv": 1, "sleutel": "a", "rij": 1,
           "code_soort_inkomstenverhouding": "15", "datum_aanvang_inkomstenopgave": 20260701,
           "datum_einde_inkomstenopgave": 20260731, "klasse": "NIEUWE_LOONPERIODE", "netto_stand": "berekend",
           "netto_berekend_totaal": net, "loon_lbph_totaal": wage}  # fmt: skip
    return row | others


def answered(wage: int | None, begin: int = 20260701, end: int | None = 20260731) -> Row:
    return {"bsn": BSN, "loonheffingennummer": "001234567L01", "volgnummer": 1, "begin": begin, "eind": end,
            "loon_lb": wage}  # fmt: skip


def known(folder: Path, lists: list[list[Row]], iko: list[Row], terms: list[tuple[int, str]] | None = None,
          at: int = 99) -> list[Row]:
    """Rows of income; ``lists`` in the order of their deliveries, the answers came at the place ``at``."""
    def put(name: str, rows: list[Row], schema: pa.Schema) -> Path:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / name)
        return folder / name

    ikp = [{**answered(0), "begin": begin, "soort": kind} for begin, kind in terms or [(20200101, "15")]]
    of_lists = {order: put(f"lijst{order}", rows, _LIST) for order, rows in enumerate(lists)}
    answers = ([put("iko", iko, _IKO)], [put("ikp", ikp, _IKP)]) if iko else ([], [])
    return pq.read_table(together(of_lists, *answers, at, folder)).to_pylist()


def test_of_a_period_holds_what_was_said_last(tmp_path: Path) -> None:
    other = listed(10_000, sleutel="b", datum_aanvang_inkomstenopgave=20260601, datum_einde_inkomstenopgave=20260630)
    gone = {**other, "klasse": "VERVALLEN_LOONPERIODE", "netto_berekend_totaal": None}
    rows = known(tmp_path, [[listed(60_000), other], [listed(65_000), gone], []], [])
    assert [row["netto"] for row in rows] == [65_000]


def test_what_is_not_settled_is_told_apart(tmp_path: Path) -> None:
    (row,) = known(tmp_path, [[listed(60_000, jgk=5_000, anw_tegemoetkoming=1_750)]], [])
    assert (row["netto"], row["niet_verrekend"]) == (60_000, 6_750)


@pytest.mark.parametrize(("wage", "at", "net"), [
    (80_000, 2, 60_000), (80_100, 2, None), (None, 2, 60_000), (80_100, 0, 60_000)])
def test_a_net_amount_holds_unless_a_later_answer_says_the_wage_was_another(
    tmp_path: Path, wage: int | None, at: int, net: int | None
) -> None:
    iko = [{**answered(wage), "loon_sv": 1}]
    rows = known(tmp_path, [[], [listed(60_000)]], iko, at=at)
    assert [row["netto"] for row in rows] == [net]


@pytest.mark.parametrize(("end", "kind"), [(20260731, "15"), (20260831, "31"), (None, "31"), (20190131, "15")])
def test_the_kind_is_that_of_the_day_on_which_the_period_ends(tmp_path: Path, end: int | None, kind: str) -> None:
    (row,) = known(tmp_path, [], [answered(80_000, end=end)], [(20200101, "15"), (20260815, "31")])
    assert (row["soort"], row["netto"]) == (kind, None)
