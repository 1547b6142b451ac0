"""What is to be said of a file that no delivery is made of, such as a question: its exchange knows."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from lxml import etree

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.declare import Aside
from exchanges.core.findings import FINDINGS, findings_table
from exchanges.core.registry import exchanges as installed
from exchanges.core.xml.split import parser

Judge = Callable[[Any, bytes], list[dict[str, object]]]


def aside(message: str, root: str) -> Aside | None:
    """That message, as an exchange declares it; None when none does."""
    every = (one for exchange in installed().values() for one in exchange.asides)
    return next((one for one in every if (one.message, one.root) == (message, root)), None)


def aside_findings(message: str, root: str, path: Path, key: bytes) -> pa.Table:
    """``path`` is small, and valid by the schema of ``message``. ``key`` makes the pseudonyms."""
    found = aside(message, root)
    if found is None:
        return FINDINGS.empty_table()
    judge: Judge = pkgutil.resolve_name(found.judge)
    return findings_table(judge(etree.parse(path, parser()).getroot(), key))
