"""Log lines: JSON, each with the delivery and the step it is about, none with a personal datum (SEC-10).

The place is bound where a step runs (:func:`about`), so lines of libraries have it too. Under Airflow they go to the
log of the task, which is made of the same; on the command line to where ``KETENSLUIS_LOG`` says, ``-`` for standard
error, from ``KETENSLUIS_LOG_LEVEL`` up (``info``).

An exception is told by its kind and its place, for its text may quote a value. A number that passes the elfproef is
masked, whoever wrote it; and libraries that tell what is in a message are heard from a warning up only.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from exchanges.core.bsn import mask
from exchanges.core.errors import UsageError
from exchanges.core.guard import place_of

LEVELS = ("debug", "info", "warning", "error")
# Of these, lines below a warning may hold values of a message.
_TALKATIVE = ("zeep", "xmlschema")
# What is at work in this process: threads of libraries do not have the context of who started them.
_at_work: list[dict[str, str]] = []


@contextmanager
def about(delivery: str, step: str) -> Iterator[None]:
    """Lines inside the block are about this step of this delivery."""
    here = {"levering": delivery, "stap": step}
    _at_work.append(here)
    try:
        with structlog.contextvars.bound_contextvars(**here):
            yield
    finally:
        _at_work.remove(here)


def write(to: str, level: str = "info") -> None:
    """Log lines of this process go to the file ``to``, or to standard error for ``-``. Raises UsageError for a level
    that does not exist or a file that cannot be written."""
    if level not in LEVELS:
        raise UsageError(f"KETENSLUIS_LOG_LEVEL kent {', '.join(LEVELS)}; niet {level!r}.")
    try:
        handler = logging.StreamHandler(sys.stderr) if to == "-" else logging.FileHandler(to, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"KETENSLUIS_LOG: in {to} is niet te schrijven ({error.strerror}).") from None
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper("iso", utc=True, key="moment"),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _placed,
                _without_quotes,
                _masked,
                structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _placed(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line of a thread that does not know: when one step is at work, it is about that."""
    if "levering" not in line and len(_at_work) == 1:
        line.update(_at_work[0])
    return line


def _without_quotes(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = line.pop("exc_info", None)
    line.pop("stack_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        line["fout"] = f"{type(error).__name__} in {place_of(error)}"
    return line


def _masked(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: mask(value) if isinstance(value, str) else value for name, value in line.items()}
