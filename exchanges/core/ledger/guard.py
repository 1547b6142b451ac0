"""Nothing personal enters the ledger: text with a BSN is refused, and the message does not repeat it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.findings import FINDINGS
from exchanges.core.period import Period
from exchanges.core.store.privacy import holds_bsn

_NAMES = {
    "uitwisseling": re.compile(r"[a-z][a-z0-9_]{0,59}"),
    "methode": re.compile(r"[a-z][a-z0-9_]{0,59}"),
    "stap": re.compile(r"[a-z][a-z0-9_]{0,39}"),
}
_NINE_DIGITS = r"(^|[^0-9])([0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3})([^0-9]|$)"
_PSEUDONYM = r"^p:[0-9a-f]{20}$"
_BSN_KEY = re.compile("bsn|burgerservice", re.IGNORECASE)


def check_text(where: str, *texts: str) -> None:
    """Raise BusinessError when one of the texts holds a BSN, UsageError when a database cannot hold it (NUL, half a
    character: PostgreSQL refuses these)."""
    for text in texts:
        if holds_bsn(text):
            raise _refused(where)
        if text != storable(text):
            raise UsageError(f"Tekst in {where} heeft tekens die niet bewaard kunnen worden.")


def storable(text: str) -> str:
    """The text without what a database cannot hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def plain_name(kind: str, name: str) -> str:
    """The name itself; raises UsageError when it is no identifier (lower case, digits, underscore)."""
    if not _NAMES[kind].fullmatch(name):
        raise UsageError(f"Naam van {kind} is niet bruikbaar; gebruik kleine letters, cijfers en lage strepen.")
    return name


def plain_details(where: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """``details`` as JSON types. Numbers are allowed to look like a BSN (a total in cents may), unless their key
    says that they are one. Raises BusinessError for a BSN, UsageError for what JSON cannot hold."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(details, default=_as_text, allow_nan=False))
    except (TypeError, ValueError):
        raise UsageError(f"Details van {where} passen niet in JSON.") from None
    _walk(where, plain)
    return plain


def plain_findings(where: str, findings: pa.Table) -> pa.Table:
    """The findings with exactly the columns of FINDINGS. Raises UsageError for another schema, BusinessError for a
    BSN in a text or a record that is no pseudonym."""
    try:
        findings = findings.select(FINDINGS.names).cast(FINDINGS)
    except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UsageError(f"Bevindingen van {where} hebben niet de kolommen van FINDINGS.") from None
    for position, name in enumerate(FINDINGS.names):
        column = findings.column(name)
        if not pa.types.is_string(column.type) or name == "record":
            continue
        suspects = column.filter(pc.match_substring_regex(column, _NINE_DIGITS))
        if any(holds_bsn(text) for text in suspects.to_pylist()):
            raise _refused(f"{where}, kolom {name} van de bevindingen")
        # A finding on a broken file may quote a path of it; PostgreSQL holds no NUL.
        findings = findings.set_column(position, FINDINGS.field(name), pc.replace_substring(column, "\0", ""))
    if pc.all(pc.match_substring_regex(findings.column("record"), _PSEUDONYM)).as_py() is False:
        raise BusinessError(
            f"Bevinding van {where} heeft een recordsleutel die geen pseudoniem is; de bevindingen zijn niet bewaard."
        )
    return findings


def _walk(where: str, value: object, key: str = "") -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            check_text(where, name)
            _walk(where, item, name)
    elif isinstance(value, list):
        for item in value:
            _walk(where, item, key)
    elif isinstance(value, str):
        check_text(where, value)
    elif isinstance(value, int) and not isinstance(value, bool) and _BSN_KEY.search(key):
        check_text(where, f"{value:09d}")


def _as_text(value: object) -> str:
    if isinstance(value, date | PurePath | Period):
        return str(value)
    raise TypeError


def _refused(where: str) -> BusinessError:
    return BusinessError(
        f"Een burgerservicenummer in {where}: niet bewaard. Laat het weg, of gebruik een pseudoniem."
    )
