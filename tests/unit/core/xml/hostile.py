"""Files that are wrong, or made to hurt: what they are and the code they must get.

Run as a module it checks all of them in one process, and prints what was told and the most memory used, in MiB.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.unit.core.xml.samples import CLOSE, OPEN, head, people, person, provision, relation, whole

DOCTYPE = '<!DOCTYPE v:Verzamelbestand [<!ENTITY a "aaaaaaaaaa">{}]>'
LAUGHS = "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def _with_doctype(doctype: str, name: str = "x") -> bytes:
    declaration, _, rest = OPEN.partition("\n")
    return (declaration + doctype + rest + head(1) + person(1, name) + CLOSE).encode()


def _comment(size: int) -> str:
    return f"<!--{'x' * size}-->"


def _in_person(text: str) -> bytes:
    return whole([person(1, text), person(2)])


CASES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty": ("XML-01", lambda: b""),
    "no XML": ("XML-01", lambda: b"Geachte heer, mevrouw"),
    "only a declaration": ("XML-01", lambda: OPEN.partition("\n")[0].encode()),
    "truncated": ("XML-01", lambda: whole(people(50))[:-200]),
    "truncated in the root": ("XML-01", lambda: OPEN.encode()[:-20]),
    "truncated after a record": ("XML-01", lambda: whole(people(50)).removesuffix(CLOSE.encode())),
    "large and truncated": ("XML-01", lambda: whole(people(90_000))[:-200]),
    "NUL bytes": ("XML-01", lambda: _in_person("a\x00b")),
    "NUL bytes at the end": ("XML-01", lambda: whole(people(5)) + b"\x00" * 100),
    "control character": ("XML-01", lambda: _in_person("a\x01b")),
    "invalid UTF-8": ("XML-01", lambda: _in_person("a").replace(b"<SignificantDeelVanDeAchternaam>a", b"<S>\xc3\x28")),
    "Latin-1 that says UTF-8": ("XML-01", lambda: _in_person("Müller").decode().encode("latin-1")),
    "two roots": ("XML-01", lambda: whole(people(2)) + whole(people(2)).partition(b"\n")[2]),
    "text after the root": ("XML-01", lambda: whole(people(2)) + b"einde"),
    "wrong end tag": ("XML-01", lambda: whole([person(1).replace("</ClientSuwi>", "</Client>"), person(2)])),
    "end tag of a record missing": ("XML-01", lambda: whole(
        [person(1).replace("</gsd:GSDReintegratieInfoResponse>", ""), *people(5)])),
    "undeclared entity": ("XML-01", lambda: _in_person("&eacute;")),
    "gzip": ("XML-01", lambda: gzip.compress(whole(people(9)))),
    "depth 10,000": ("XML-01", lambda: _in_person("<a>" * 10_000 + "</a>" * 10_000)),
    "text of 100 MB": ("XML-06", lambda: _in_person("x" * 100_000_000)),
    "attribute of 20 MB": ("XML-01", lambda: _in_person("").replace(
        b"<ClientSuwi>", b"<ClientSuwi a='%s'>" % (b"x" * 20_000_000))),
    "billion laughs": ("XML-05", lambda: _with_doctype(DOCTYPE.format(LAUGHS), "&i;")),
    "quadratic blowup": ("XML-05", lambda: _with_doctype(
        f'<!DOCTYPE a [<!ENTITY a "{"x" * 100_000}">]>', "&a;" * 100_000)),
    "external entity": ("XML-05", lambda: _with_doctype(
        '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;")),
    "external DTD": ("XML-05", lambda: _with_doctype('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">')),
    "parameter entity": ("XML-05", lambda: _with_doctype(
        '<!DOCTYPE a [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>')),
    "DOCTYPE in an encoding that only libxml2 knows": ("XML-05", lambda: _with_doctype(DOCTYPE.format("")).replace(
        b"UTF-8", b"GBK")),
    "DOCTYPE after 64 KB of comments": ("XML-05", lambda: _with_doctype(_comment(70_000) + DOCTYPE.format(""))),
    "DOCTYPE after 300 KB of comments": ("XML-05", lambda: _with_doctype(
        _comment(300_000) + DOCTYPE.format(LAUGHS), "&i;")),
    "DOCTYPE after 10 MB of comments": ("XML-06", lambda: _with_doctype(
        _comment(10_000_000) + DOCTYPE.format(LAUGHS))),
    "large with a late DOCTYPE": ("XML-05", lambda: _with_doctype(_comment(300_000) + DOCTYPE.format("")).replace(
        CLOSE.encode(), "".join(people(60_000)).encode() + CLOSE.encode())),
    "wrong namespace": ("XSD-WORTEL", lambda: whole(people(5)).replace(b"urn:ketensluis:aanname:dkd", b"urn:anders")),
    "wrong version": ("XSD-WORTEL", lambda: whole(people(5)).replace(b"bestand:v0001", b"bestand:v0002")),
    "wrong root": ("XSD-WORTEL", lambda: whole(people(5)).replace(b"Verzamelbestand", b"Ander")),
    "large of another namespace": ("XSD-WORTEL", lambda: whole(people(90_000)).replace(b"urn:keten", b"urn:anders")),
    "wrong version of the records": ("XSD-VOLGORDE", lambda: whole(people(5)).replace(
        b"Reintegratie/v0200", b"Reintegratie/v0100")),
    "record of 5 MB in a large file": ("XML-06", lambda: whole(
        [person(1, relation=relation(*[provision()] * 60_000)), *people(50_000)])),
    "record of 17 MB": ("XML-06", lambda: whole([person(1, relation=relation(*[provision()] * 200_000))])),
    "16 MB of nothing but tags": ("XML-06", lambda: whole([person(1, extra="<a/>" * 4_000_000)])),
}


def write_all(folder: Path) -> None:
    for name, (_, content) in CASES.items():
        (folder / name).write_bytes(content())


def main(folder: Path) -> None:
    from exchanges.core.xml.stream import check_file
    from tests.unit.core.xml.targets import Kept, collection

    told = {}
    for name in CASES:
        faults = check_file(folder / name, collection(), Kept()).faults
        told[name] = sorted({fault.code for fault in faults})
    # Not ru_maxrss: that begins with the most the starting process ever used.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    most = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    print(json.dumps({"told": told, "most_mb": most}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
