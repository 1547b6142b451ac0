"""What is known of stored bytes, and where they live inside a store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from exchanges.core.errors import UsageError

_GEMEENTE = re.compile(r"[0-9]{4}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

QUARANTINE = "quarantaine"
TEMPORARY = "tijdelijk"


@dataclass(frozen=True)
class Artefact:
    """Bytes in the store: ``sha256`` in lower-case hex, ``size`` in bytes, ``rows`` when the content has rows,
    ``name`` the file name to show."""

    sha256: str
    size: int
    media_type: str
    rows: int | None
    name: str


@dataclass(frozen=True)
class Quarantined:
    """A refused file: why, its name (None: that held a BSN), ``size`` in bytes, since when (UTC)."""

    sha256: str
    size: int
    reason: str
    name: str | None
    moment: datetime


def check_gemeente(gemeente: str) -> str:
    """The code itself. It is a path part: anything but four digits would reach another gemeente's files."""
    if not _GEMEENTE.fullmatch(gemeente):
        raise UsageError("Gemeentecode is niet leesbaar; geef vier cijfers, bijvoorbeeld 0153.")
    return gemeente


def check_sha256(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise UsageError("Artefact is niet leesbaar; geef een sha256 van 64 tekens (0-9, a-f).")
    return sha256


def artefact_key(gemeente: str, sha256: str) -> str:
    """``<gemeente>/<first two of sha>/<sha>``; raises UsageError."""
    return f"{check_gemeente(gemeente)}/{check_sha256(sha256)[:2]}/{sha256}"


def quarantine_folder(gemeente: str) -> str:
    return f"{check_gemeente(gemeente)}/{QUARANTINE}"


def quarantine_key(gemeente: str, sha256: str) -> str:
    return f"{quarantine_folder(gemeente)}/{check_sha256(sha256)}"


def unfinished_folder(gemeente: str) -> str:
    """All unfinished writes of a gemeente sit together, so that what a killed process left is easy to find."""
    return f"{check_gemeente(gemeente)}/{TEMPORARY}"


def temporary_key(gemeente: str, token: str) -> str:
    return f"{unfinished_folder(gemeente)}/{token}.part"
