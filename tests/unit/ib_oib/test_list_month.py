"""To which month a wage period counts: that of its last day, or none with a reason."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.ib_oib.list_month import REASONS, month, reason
from tests.unit.ib_oib.test_net import assess

SCHEMA = pa.schema([("begin", pa.int32()), ("eind", pa.int32())])


def attributed(source: str) -> str:
    return f"(SELECT {month('eind')} AS maand, {reason('begin', 'eind')} AS reden FROM {source})"


def months(*periods: tuple[int | None, int | None]) -> list[tuple[str | None, str | None]]:
    rows = [dict(zip(("begin", "eind"), one, strict=True)) for one in periods]
    return [(row["maand"], row["reden"]) for row in assess(rows, sql=attributed, schema=SCHEMA).to_pylist()]


@pytest.mark.parametrize(("begin", "end", "expected"), [
    (20261001, 20261031, ("2026-10", None)),
    (20260928, 20261025, ("2026-10", None)),          # four weeks over the end of a month
    (20251229, 20260125, ("2026-01", None)),
    (20190128, 20190224, ("2019-02", None)),
    (None, 20261031, ("2026-10", None)),
    (99991231, 20240229, ("2024-02", None)),
    (20261001, 20261100, (None, "EINDE_ONVOLLEDIG")),
    (20261001, 20260000, (None, "EINDE_ONVOLLEDIG")),
    (20261001, 1231, (None, "EINDE_ONVOLLEDIG")),
    (20261001, 0, (None, "EINDE_ONVOLLEDIG")),
    (20261001, 20230229, (None, "EINDE_ONVOLLEDIG")),
    (20261001, 99991230, (None, "EINDE_OPEN")), (20261001, 99991231, (None, "EINDE_OPEN")),
    (20261001, 88881231, (None, "EINDE_OPEN")), (66660101, 66660101, (None, "EINDE_OPEN")),
    (20261001, None, (None, "EINDE_ONTBREEKT")),
    (None, None, (None, "GEEN_LOONPERIODE")),
])
def test_edges(begin, end, expected):
    assert months((begin, end)) == [expected]
    assert expected[1] is None or expected[1] in REASONS


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.integers(1, 400)), min_size=1,
                max_size=20))
def test_the_month_is_that_of_the_last_day(periods):
    whole = [(begin, begin + timedelta(days=days)) for begin, days in periods]
    found = months(*((int(f"{begin:%Y%m%d}"), int(f"{end:%Y%m%d}")) for begin, end in whole))
    assert found == [(f"{end:%Y-%m}", None) for _, end in whole]
