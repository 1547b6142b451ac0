"""What may not even be parsed is known from the first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from pathlib import Path

import pytest

from exchanges.core.xml.guard import guard
from tests.unit.core.xml.hostile import DOCTYPE
from tests.unit.core.xml.samples import OPEN, people, saved, whole

GOOD = whole(people(3))
BODY = GOOD.partition(b"\n")[2]
REFUSED = {
    "empty": ("XML-00", b""),
    "gzip": ("XML-03", gzip.compress(GOOD)),
    "bzip2": ("XML-03", bz2.compress(GOOD)),
    "xz": ("XML-03", lzma.compress(GOOD)),
    "zip": ("XML-03", b"PK\x03\x04" + GOOD),
    "PDF": ("XML-03", b"%PDF-1.7\n"),
    "UTF-16": ("XML-04", GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
    "UTF-16 without mark": ("XML-04", GOOD.decode().encode("utf-16-be")),
    "says Latin-1": ("XML-04", GOOD.replace(b"UTF-8", b"ISO-8859-1")),
    "says Windows-1252, single quotes": ("XML-04", b"<?xml version='1.0' encoding='windows-1252'?>" + BODY),
    "DOCTYPE": ("XML-05", DOCTYPE.format("").encode() + BODY),
    "DOCTYPE after a mark": ("XML-05", b"\xef\xbb\xbf" + DOCTYPE.format("").encode() + BODY),
    "DOCTYPE after comments": ("XML-05", b"<!--" + b"x" * 300_000 + b"-->" + DOCTYPE.format("").encode() + BODY),
}
PASSED = {
    "good": GOOD,
    "with a mark": b"\xef\xbb\xbf" + GOOD,
    "without declaration": BODY,
    "says utf-8 in small letters": GOOD.replace(b"UTF-8", b"utf-8"),
    "the word DOCTYPE in a comment": GOOD.replace(OPEN.partition("\n")[0].encode(), b"<!-- geen <!DOCTYPE nodig -->"),
    "the word ENTITY in a text": GOOD.replace(b"Jansen", b"&lt;!ENTITY"),
    "not XML, which is for the parser to say": b"Geachte heer, mevrouw",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    code, data = REFUSED[name]
    findings = guard(saved(tmp_path / "a.xml", data))
    assert [finding["code"] for finding in findings] == [code]
    assert findings[0]["severity"] == "error"
    assert findings[0]["action"]


@pytest.mark.parametrize("name", PASSED)
def test_passed(name: str, tmp_path: Path) -> None:
    assert guard(saved(tmp_path / "a.xml", PASSED[name])) == []


def test_too_large(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xml", GOOD)
    assert guard(path, max_bytes=len(GOOD)) == []
    assert [finding["code"] for finding in guard(path, max_bytes=len(GOOD) - 1)] == ["XML-02"]


def test_a_pipe_is_no_empty_file(tmp_path: Path) -> None:
    """And is not waited for."""
    os.mkfifo(tmp_path / "pijp")
    (told,) = guard(tmp_path / "pijp")
    assert told["code"] == "XML-00" and "geen gewoon bestand" in str(told["text"])
