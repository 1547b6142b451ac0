"""Which assessed records contradict the list they came in: R-OIB 4 (spec ib-signalen 6.5).

The net amount is the formula to the cent, the parts are the total without tolerance. What does not agree is for people;
the record itself is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.receive.values import Mask
from exchanges.ib_oib.list_trouble import FORMULA, PARTS, TERM, UNEXPECTED
from exchanges.ib_oib.net import GIVEN, TERMS, TOLERANCE, VARIANTS

_MISSING = ("GEEN_LOON", "GEEN_INHOUDING", "GEEN_ZVW", "GEEN_WGA")


def problems(table: pa.Table) -> Iterator[tuple[str, str, Mask]]:
    """(code, column, which records) over the columns of :func:`exchanges.ib_oib.net.assessed`."""
    for variant in VARIANTS:
        beside = pc.abs(table[f"netto_verschil_{variant}"])
        yield FORMULA, f"{GIVEN}_{variant}", _true(pc.greater(beside, TOLERANCE))
    for term in (*TERMS, GIVEN):
        yield PARTS, f"{term}_totaal", holding(table["delen_fout"], [term])
    complete = _true(table["berekening_volledig"])
    yield TERM, "berekening_volledig", complete & holding(table["netto_redenen"], _MISSING)
    yield UNEXPECTED, f"{GIVEN}_totaal", ~complete & _true(pc.is_valid(table[f"{GIVEN}_totaal"]))


def holding(lists: pa.ChunkedArray, values: list[str] | tuple[str, ...]) -> Mask:
    """Which of the lists hold one of the values."""
    column = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    mask = np.zeros(len(column), bool)
    found = pc.is_in(pc.list_flatten(column), value_set=pa.array(values))
    mask[pc.list_parent_indices(column).filter(found).to_numpy()] = True
    return mask


def _true(mask: pa.Array | pa.ChunkedArray) -> Mask:
    out: Mask = np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
                           if isinstance(mask, pa.Array) else pc.fill_null(mask, False).to_numpy(), bool)  # fmt: skip
    return out
