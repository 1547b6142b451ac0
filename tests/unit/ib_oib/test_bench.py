"""The measurement measures what it says: both months, all classes, a balance that closes, and no answer of its own."""

from __future__ import annotations

from exchanges.bench_compare import comparing
from exchanges.ib_oib.comparison import INCOME


def test_what_is_measured():
    told: list[str] = []
    found = comparing(INCOME, 1000, told.append, rounds=1)
    assert 900 < found["relations"] < 1000 and 2500 < found["periods"] < 3500
    # Whoever has no relation in the first month was asked and answered, so nothing is a first delivery.
    assert set(found["classes"]) == {
        "NIEUWE_INKOMSTENVERHOUDING", "INGETROKKEN_INKOMSTENVERHOUDING", "NIEUWE_LOONPERIODE", "VERVALLEN_LOONPERIODE",
        "GECORRIGEERDE_LOONPERIODE", "ONGEWIJZIGD",
    }
    assert all(found[name] > 0 for name in ("compare_seconds", "duckdb_seconds", "ratio", "peak_rss_mb"))
    assert len(told) == 3
