"""Files that nobody should send: hostile ones, and ones that are merely wrong."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from tests.sluis import Done
from tests.unit.simulators.files import GSD, V, bsns, collection

MOST_MB = 300
BSN = bsns(2)


def within_bounds(done: Done) -> None:
    """Memory is held to what was promised; time is printed only, it would measure the machine."""
    print(f"{done.seconds:.1f} s processor time, {done.peak_mb:.0f} MB")
    assert done.peak_mb < MOST_MB


LAUGHS = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10 if number else "ha"}">' for number in range(12))
GOOD = collection(BSN)


def billion_laughs(path: Path) -> None:
    path.write_bytes(collection(BSN, prolog=f"<!DOCTYPE l [{LAUGHS}]>\n").replace(b"<gsd:", b"&l11;<gsd:", 1))


def quadratic_blowup(path: Path) -> None:
    entity = f'<!DOCTYPE l [<!ENTITY a "{"a" * 100_000}">]>\n'
    path.write_bytes(collection(BSN, prolog=entity).replace(b"<gsd:", b"&a;" * 10_000 + b"<gsd:", 1))


def external_entity(path: Path) -> None:
    secret = path.with_name("geheim.txt")
    secret.write_text("GEHEIM")
    path.write_bytes(collection(BSN, prolog=f'<!DOCTYPE l [<!ENTITY x SYSTEM "{secret.as_uri()}">]>\n').replace(
        b"<Kop>", b"<Kop>&x;", 1))  # fmt: skip


def huge_text(path: Path) -> None:
    with path.open("wb") as file:
        file.write(GOOD[: GOOD.index(b"<Burgerservicenr>")] + b"<Burgerservicenr>")
        for _ in range(100):
            file.write(b"9" * 1024 * 1024)
        file.write(GOOD[GOOD.index(b"</Burgerservicenr>") :])


def huge_text_in_the_head(path: Path) -> None:
    with path.open("wb") as file:
        at = GOOD.index(b"</Gemeentecode>")
        file.write(GOOD[:at])
        for _ in range(100):
            file.write(b"0" * 1024 * 1024)
        file.write(GOOD[at:])


def huge_attribute(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'<a b="')
        for _ in range(100):
            file.write(b"x" * 1024 * 1024)
        file.write(b'"/>')


def deep(path: Path) -> None:
    inner = b"<a>" * 10_000 + b"</a>" * 10_000
    path.write_bytes(GOOD.replace(b"<ClientSuwi>", b"<ClientSuwi>" + inner, 1))


def deep_before_the_records(path: Path) -> None:
    path.write_bytes(GOOD.replace(b"<Kop>", b"<a>" * 10_000 + b"</a>" * 10_000 + b"<Kop>", 1))


def many_empty_elements(path: Path) -> None:
    """Thirty megabytes of nothing: as a tree it would be a gigabyte."""
    head = GOOD.split(b"<gsd:GSDReintegratieInfoResponse>", 1)[0]
    path.write_bytes(head + b"<a/>" * 8_000_000 + b"</v:Verzamelbestand>\n")


def bytes_of(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data) and None


FILES: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "billion laughs": (billion_laughs, {"XML-05"}),
    "kwadratische entiteit": (quadratic_blowup, {"XML-05"}),
    "externe entiteit": (external_entity, {"XML-05"}),
    "tekst van 100 MB": (huge_text, {"XML-06"}),
    "tekst van 100 MB in de kop": (huge_text_in_the_head, {"XML-06"}),
    "attribuut van 100 MB": (huge_attribute, {"XML-01"}),
    "diepte 10.000 in een record": (deep, {"XML-01"}),
    "diepte 10.000 voor de records": (deep_before_the_records, {"XML-01"}),
    "acht miljoen lege elementen": (many_empty_elements, {"XML-06"}),
    "UTF-16": (bytes_of(GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16")), {"XML-04"}),
    "verklaard Latijn 1": (bytes_of(GOOD.replace(b"UTF-8", b"ISO-8859-1")), {"XML-04"}),
    "Latijn 1 dat UTF-8 zegt": (bytes_of(GOOD.replace(b"<ClientSuwi>", b"<ClientSuwi><!-- \xe9 -->", 1)), {"XML-01"}),
    "afgebroken": (bytes_of(GOOD[: len(GOOD) // 2]), {"XML-01"}),
    "afgebroken na een record": (bytes_of(GOOD.rpartition(b"</v:")[0]), {"XML-01"}),
    "NUL-bytes": (bytes_of(GOOD.replace(b"<DatBRv>2026", b"<DatBRv>\0\0\0\0", 1)), {"XML-01"}),
    "alleen NUL-bytes": (bytes_of(b"\0" * 100_000), {"XML-01"}),
    "andere naamruimte": (bytes_of(GOOD.replace(V.encode(), b"urn:iets:anders")), {"XSD-WORTEL"}),
    "andere naamruimte in de records": (bytes_of(GOOD.replace(GSD.encode(), b"urn:iets:anders")), {"XSD-VOLGORDE"}),
    "andere versie": (bytes_of(GOOD.replace(b"/v0200", b"/v0100")), {"XSD-VOLGORDE"}),
    "andere versie van het omhulsel": (bytes_of(GOOD.replace(b"v0001", b"v0009")), {"XSD-WORTEL"}),
    "dubbel BSN": (bytes_of(collection([BSN[0], BSN[0]])), {"BSN-DUP", "RV-KEY-01"}),
    "leeg": (bytes_of(b""), {"XML-00"}),
    "ingepakt": (bytes_of(gzip.compress(GOOD)), {"XML-03"}),
    "geen XML": (bytes_of(b"bsn;naam\n" + BSN[0].encode() + b";Jansen\n"), {"XML-01"}),
}
