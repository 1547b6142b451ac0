"""Values of a signal, as its layout writes them; how is in :mod:`exchanges.core.receive.values`."""

from __future__ import annotations

import pyarrow as pa

from exchanges.core.receive import values
from exchanges.core.receive.values import Mask, filled, plain
from exchanges.ib_samenloop.kinds import Field
from exchanges.ib_samenloop.layout import Place

__all__ = ["Mask", "arrow_type", "filled", "plain", "read"]


def arrow_type(field: Field) -> pa.DataType:
    return values.arrow_type(field.type)


def read(text: pa.Array, place: Place) -> tuple[pa.Array, Mask]:
    """``text`` as :func:`plain` gives it; the typed column and the mask of the values that could not be read."""
    return values.read(text, place.field.type, place.notation, place.field.length)
