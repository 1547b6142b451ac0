"""Looking at Arrow columns as they lie in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def one_array(column: Any) -> pa.Array:
    """The column as one array; copied only when it has several chunks (``combine_chunks`` always copies)."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def offsets(column: pa.StringArray) -> npt.NDArray[np.int32]:
    """Where each row begins in the column's characters, and the last ends."""
    buffer = column.buffers()[1]
    if buffer is None or buffer.size == 0:
        return np.zeros(1, np.int32)
    return np.frombuffer(buffer, np.int32)[column.offset : column.offset + len(column) + 1]


def characters(column: Any) -> list[npt.NDArray[np.uint8]]:
    """The bytes of a string column, per chunk, all rows after each other, without a copy."""
    if isinstance(column, pa.ChunkedArray):
        return [part for chunk in column.chunks for part in characters(chunk)]
    data, ends = column.buffers()[2], offsets(column)
    if data is None:
        return []
    return [np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]]
