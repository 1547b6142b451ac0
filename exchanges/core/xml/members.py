"""The messages in an archive, one after the other, without unpacking it to disk.

A zip, a tar (also with gzip), or one file in which messages stand one after the other. What comes from outside may be
made to fill a disk or a memory with little (spec transport, section 15): nothing is unpacked beyond :class:`Limits`,
an archive in an archive is not opened, and only plain files count as members.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from exchanges.core.xml.faults import Fault
from exchanges.core.xml.split import HasDoctype, root_of, written

_MEGABYTE = 1024 * 1024
_BLOCK = 512  # of a tar
_LOCAL = struct.Struct("<4s22xHH")  # of a zip: signature, length of the name, length of what comes after it
_END = struct.Struct("<4s4xHHII")
_LARGE_END = struct.Struct("<4s36xQ")
# What a tar may say about the next member (a long name): skipped, so it need not be large.
_REMARK_BYTES = _MEGABYTE
_REMARKS = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE)


@dataclass(frozen=True)
class Limits:
    """What is still unpacked. ``ratio`` is unpacked to packed, of the whole archive; it counts from ``free_bytes`` on,
    for text that repeats itself packs well and does no harm while it is small."""

    members: int = 500_000
    member_bytes: int = 8 * _MEGABYTE
    total_bytes: int = 32 * 1024 * _MEGABYTE
    ratio: int = 200
    free_bytes: int = 64 * _MEGABYTE


class ArchiveRefused(Exception):
    """The archive as a whole is not read; ``fault`` says why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.fault = Fault(code, text, "", None)


class MemberRefused(Exception):
    """This member cannot be read; the others can."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.fault = Fault(code, text, "", None)


@dataclass(frozen=True)
class Member:
    """``number`` counts from 1 in the order of the archive; ``size`` is unpacked. ``read`` gives the content, in any
    thread, or raises MemberRefused. The name may hold anything, also a BSN: it is for tables only."""

    number: int
    name: str
    size: int
    read: Callable[[], bytes]


def members(file: BinaryIO, size: int, local: str, limits: Limits) -> Iterator[Member]:
    """All members of the archive in ``file``, of ``size`` bytes, which stays open as long as members are read.

    ``local`` is the name of the root element of the messages, for a file that holds them one after the other. Raises
    ArchiveRefused, at once or on the way.
    """
    head = file.read(_BLOCK)
    file.seek(0)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        yield from _zip(file, size, limits)
    elif head[:2] == b"\x1f\x8b":
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield from _tar(_Counted(unpacked, size, limits), limits)
    elif head[257:262] == b"ustar":
        yield from _tar(_Counted(file, size, limits), limits)
    else:
        yield from _in_one_file(file, local, limits)


def _zip(file: BinaryIO, size: int, limits: Limits) -> Iterator[Member]:
    _require_directory(file, size, limits)
    try:
        with zipfile.ZipFile(file) as archive:
            found = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError, RecursionError):
        raise _damaged() from None
    if len(found) > limits.members:
        raise _too_many(limits)
    # What is unpacked is never more than the directory says, so this is known before anything is.
    _require_total(sum(info.file_size for info in found), size, limits)
    found.reverse()  # so that what has been given can be forgotten: a hundred thousand of these are 80 MB
    number = 0
    while found:
        number, info = number + 1, found.pop()
        yield Member(number, info.filename, info.file_size, partial(_unpack, file.fileno(), info, limits))


def _unpack(file: int, info: zipfile.ZipInfo, limits: Limits) -> bytes:
    """By hand: the library reads one member at a time, and does five times as much for each."""
    if info.file_size > limits.member_bytes:
        raise _too_large(limits)
    if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise MemberRefused("ARC-05", "Dit bericht is versleuteld of op een onbekende manier ingepakt.")
    if info.compress_size > 2 * limits.member_bytes or info.header_offset < 0:
        raise _member_damaged()
    local = os.pread(file, _LOCAL.size, info.header_offset)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise _member_damaged()
    _, name, extra = _LOCAL.unpack(local)
    raw = os.pread(file, info.compress_size, info.header_offset + _LOCAL.size + name + extra)
    if len(raw) != info.compress_size:
        raise _member_damaged()
    if info.compress_type == zipfile.ZIP_DEFLATED:
        try:
            raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, info.file_size + 1)
        except zlib.error:
            raise _member_damaged() from None
    if len(raw) != info.file_size or zlib.crc32(raw) != info.CRC:
        raise _member_damaged()
    return raw


def _require_directory(file: BinaryIO, size: int, limits: Limits) -> None:
    """That the directory of a zip is no larger than so many members need: it is read into memory as a whole."""
    file.seek(max(0, size - _END.size - 2 - 0xFFFF))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise _damaged()
    directory = _END.unpack_from(tail, at)[3]
    large = tail.rfind(b"PK\x06\x06", 0, at)  # the same for larger archives; where it is, it is what counts
    if 0 <= large <= at - _LARGE_END.size:
        directory = max(_LARGE_END.unpack_from(tail, large)[1], 0 if directory == 0xFFFFFFFF else directory)
    if directory > limits.members * _BLOCK:
        raise _too_many(limits)


class _Counted:
    """Reads on, and stops when more comes out than the archive may hold."""

    def __init__(self, file: BinaryIO | gzip.GzipFile, packed: int, limits: Limits) -> None:
        self._file, self._packed, self._limits, self._done = file, packed, limits, 0

    def read(self, size: int) -> bytes:
        """``size`` bytes, fewer only at the end."""
        try:
            data = self._file.read(size)
        except (OSError, EOFError, zlib.error):
            raise _damaged() from None
        self._done += len(data)
        _require_total(self._done, self._packed, self._limits)
        return data

    def skip(self, size: int) -> None:
        while size > 0:
            data = self.read(min(size, _MEGABYTE))
            if not data:
                raise _damaged()
            size -= len(data)


def _tar(file: _Counted, limits: Limits) -> Iterator[Member]:
    """By hand: the library reads what a tar says about a member into memory, however much that is."""
    number = 0
    while header := file.read(_BLOCK):
        if not header.strip(b"\0"):
            # The end; what comes after it is padding, in which nothing may be hidden.
            while rest := file.read(_MEGABYTE):
                if rest.strip(b"\0"):
                    raise _damaged()
            return
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            raise _damaged() from None
        padding = -info.size % _BLOCK
        if info.size < 0:
            raise _damaged()
        if info.type in _REMARKS:
            if info.size > _REMARK_BYTES or re.search(rb"(?:^|\n)[0-9]+ (?:size|GNU\.sparse)", file.read(info.size)):
                raise _damaged()
            file.skip(padding)
        elif info.type != tarfile.DIRTYPE:
            number += 1
            if number > limits.members:
                raise _too_many(limits)
            # A link or a device has no content of its own.
            plain, size = info.type in (tarfile.REGTYPE, tarfile.AREGTYPE), info.size
            if plain and size <= limits.member_bytes:
                content = file.read(size)
                if len(content) < size:
                    raise _damaged()
                yield Member(number, info.name, size, _given(content))
            else:
                refused = _too_large(limits) if plain else MemberRefused("ARC-05", "Dit onderdeel is geen bestand.")
                yield Member(number, info.name, 0, _refusing(refused))
                file.skip(size)
            file.skip(padding)
    raise _damaged()  # no end, so something may be missing


def _in_one_file(file: BinaryIO, local: str, limits: Limits) -> Iterator[Member]:
    """Messages one after the other, cut after each end tag of the root; each may have an XML declaration of its own.
    A cut in the wrong place, as in a comment, gives parts that are no documents, and these are refused."""
    try:
        root = root_of(file)
    except HasDoctype:
        root = None
    file.seek(0)
    names = written(root, root.tag) if root and root.tag.rpartition("}")[2] == local else [local.encode()]
    end_tag = re.compile(rb"</(?:" + b"|".join(map(re.escape, names)) + rb")\s*>")
    number, rest, total = 0, b"", 0
    while block := file.read(_MEGABYTE):
        total += len(block)
        if total > limits.total_bytes:
            raise _total(limits)
        rest, at = rest + block, 0
        for end in end_tag.finditer(rest):
            number += 1
            if number > limits.members:
                raise _too_many(limits)
            content, at = rest[at : end.end()].lstrip(), end.end()
            yield Member(number, "", len(content), _given(content))
        rest = rest[at:]
        if len(rest) > limits.member_bytes:
            raise ArchiveRefused("ARC-03", "In dit bestand zijn geen berichten te onderscheiden; niets is ingelezen.")
    if rest.strip():
        yield Member(number + 1, "", len(rest), _given(rest.lstrip()))


def _given(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _refusing(error: MemberRefused) -> Callable[[], bytes]:
    def refuse() -> bytes:
        raise error

    return refuse


def _require_total(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.total_bytes:
        raise _total(limits)
    if unpacked > limits.free_bytes and unpacked > packed * limits.ratio:
        raise ArchiveRefused(
            "ARC-02", f"Uitgepakt is dit archief meer dan {limits.ratio} keer zo groot; zo pakt gewone XML niet in."
        )


def _total(limits: Limits) -> ArchiveRefused:
    most = _dutch(limits.total_bytes // _MEGABYTE)
    return ArchiveRefused("ARC-02", f"Uitgepakt is dit archief groter dan {most} MiB.")


def _too_many(limits: Limits) -> ArchiveRefused:
    return ArchiveRefused("ARC-02", f"In dit archief zitten meer dan {_dutch(limits.members)} berichten.")


def _dutch(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _damaged() -> ArchiveRefused:
    return ArchiveRefused("ARC-01", "Het archief is beschadigd of niet volledig; niets is ingelezen.")


def _too_large(limits: Limits) -> MemberRefused:
    return MemberRefused("ARC-04", f"Dit bericht is groter dan {limits.member_bytes // _MEGABYTE} MiB.")


def _member_damaged() -> MemberRefused:
    return MemberRefused("ARC-05", "Dit bericht is beschadigd in het archief.")
