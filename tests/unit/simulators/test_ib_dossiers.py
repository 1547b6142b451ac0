"""The simulated partner's judgement of a file of dossiers, and its report: by line."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.transport import SftpChannel
from exchanges.simulators.faults import Faults
from exchanges.simulators.ib import IbSimulator
from exchanges.simulators.ib_check import Verdict
from exchanges.simulators.ib_desk import Desk
from exchanges.simulators.ib_dossiers import LineChecker, LineVerdict
from exchanges.simulators.ib_report import write_report
from tests.unit.simulators.files import bsns, collection, put, sidecar

NAME = "RM_AANLEVERING_0153_2026-10_001.xml"
A = "urn:ketensluis:aanname:rm-aanlevering:v0001"
Line = tuple[str, str, str, str | None]  # BSN, dossiernummer, aanvang, einde


def lines(count: int) -> list[Line]:
    return [(bsn, f"R-{number}", "2024-03-01", None) for number, bsn in enumerate(bsns(count))]


def dossiers(rows: list[Line], *, gemeente: str = "0153", count: int | None = None, total: str | None = None) -> bytes:
    """A file written by hand; ``count`` and ``total`` to make its head lie."""
    keys = "\n".join(sorted(bsn for bsn, *_ in rows))
    body = "".join(
        f"<Regel><Burgerservicenr>{bsn}</Burgerservicenr><Dossiernummer>{number}</Dossiernummer><Regeling>PW</Regeling>"
        f"<Rol>aanvrager</Rol><DatumAanvang>{begin}</DatumAanvang>{f'<DatumEinde>{end}</DatumEinde>' if end else ''}"
        "<IndLopend>J</IndLopend></Regel>"
        for bsn, number, begin, end in rows
    )
    return (
        f'<a:Aanlevering xmlns:a="{A}"><Kop><Gemeentecode>{gemeente}</Gemeentecode><Levermaand>202610</Levermaand>'
        f"<Peildatum>2026-10-31</Peildatum><Volgnummer>1</Volgnummer>"
        f"<AantalRegels>{len(rows) if count is None else count}</AantalRegels>"
        f"<Controlegetal>{total or hashlib.sha256(keys.encode()).hexdigest()}</Controlegetal></Kop>{body}"
        "</a:Aanlevering>"
    ).encode()


def judge(repo: Path, folder: Path, data: bytes, **faults: int | bool) -> LineVerdict:
    path = put(folder, data, NAME)
    return LineChecker(repo / "schemas", Faults(**faults)).check(path, sidecar(data, NAME))


def test_a_good_file_is_accepted_to_the_line(repo, tmp_path):
    verdict = judge(repo, tmp_path, dossiers(lines(4)))
    assert (verdict.status, verdict.offered, verdict.accepted, verdict.rejected) == ("verwerkt", 4, 4, 0)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("RM-E01", {"end": "2025-06-30"}),
        ("RM-E02", {"bsn": "999990018"}),
        ("RM-E04", {"end": "2024-02-29"}),
        (None, {"end": "2025-07-01"}),
        (None, {"begin": "2025-07-01", "end": "2025-07-01"}),
    ],
)
def test_a_line_is_refused_for_what_it_is_and_the_file_is_incomplete(repo, tmp_path, code, change):
    rows = lines(3)
    bsn, number, begin, end = rows[1]
    rows[1] = (change.get("bsn", bsn), number, change.get("begin", begin), change.get("end", end))
    verdict = judge(repo, tmp_path, dossiers(rows))
    assert [line.code for line in verdict.lines] == ([code] if code else [])
    assert [line.dossiernummer for line in verdict.lines] == (["R-1"] if code else [])
    assert verdict.status == ("incompleet" if code else "verwerkt")
    assert (verdict.offered, verdict.accepted) == (3, 2 if code else 3)


def test_the_same_line_again_is_refused_and_another_dossier_of_the_person_is_not(repo, tmp_path):
    rows = lines(2)
    other = (rows[0][0], "R-9", "2025-01-01", None)
    verdict = judge(repo, tmp_path, dossiers([rows[0], rows[0], other, rows[1]]))
    assert [(line.code, line.dossiernummer) for line in verdict.lines] == [("RM-E03", "R-0")]


def test_a_municipality_that_does_not_exist_has_no_line_accepted(repo, tmp_path):
    verdict = judge(repo, tmp_path, dossiers(lines(2), gemeente="0000"))
    assert [line.code for line in verdict.lines] == ["RM-E05"] * 2
    assert (verdict.status, verdict.accepted) == ("incompleet", 0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (dossiers(lines(2), count=3), "IB-BST-06"),
        (dossiers(lines(2), total="0" * 64), "IB-BST-07"),
        (dossiers(lines(2)).replace(b"<Rol>aanvrager", b"<Rol>kind"), "IB-BST-04"),
        (dossiers(lines(2))[:-20], "IB-BST-02"),
    ],
)
def test_what_is_wrong_with_the_file_refuses_it_whole(repo, tmp_path, data, code):
    verdict = judge(repo, tmp_path, data)
    assert verdict.reason.startswith(code)
    assert (verdict.status, verdict.accepted) == ("afgekeurd", 0)
    assert not any(bsn in verdict.reason for bsn in bsns(2))


def test_another_checksum_beside_it_refuses_it(repo, tmp_path):
    data = dossiers(lines(2))
    path = put(tmp_path, data, NAME)
    verdict = LineChecker(repo / "schemas", Faults()).check(path, sidecar(data + b" ", NAME))
    assert verdict.reason.startswith("IB-BST-01")


@pytest.mark.parametrize(
    ("faults", "status", "counts", "refused"),
    [
        ({}, "verwerkt", ("4", "4", "0"), []),
        ({"reject_count": 1}, "incompleet", ("4", "3", "1"), [0]),
        ({"reject_every": 2}, "incompleet", ("4", "2", "2"), [1, 3]),
        ({"reject_file": True}, "afgekeurd", ("4", "0", "4"), []),
    ],
)
def test_the_report_fits_its_schema_and_lists_what_was_refused(repo, tmp_path, faults, status, counts, refused):
    rows = lines(4)
    path = write_report(judge(repo, tmp_path, dossiers(rows), **faults), tmp_path)
    root = etree.parse(path).getroot()
    etree.XMLSchema(file=repo / "schemas/RMVerwerkingsverslag/v0001/verwerkingsverslag.xsd").assertValid(root)
    assert root.findtext("Kop/Bestandsstatus") == status
    assert tuple(root.findtext(f"Kop/Regels{what}") for what in ("Aangeboden", "Geaccepteerd", "Afgewezen")) == counts
    told = [(line.findtext("Burgerservicenr"), line.findtext("Dossiernummer")) for line in root.iter("Afgewezen")]
    assert told == [rows[number][:2] for number in refused]


def test_each_kind_of_file_has_its_own_checker(repo, tmp_path):
    desk = Desk(repo / "schemas", Faults())
    ours, persons, strange = dossiers(lines(2)), collection(bsns(2)), b"<vreemd/>"
    assert isinstance(desk.check(put(tmp_path, ours, "a.xml"), sidecar(ours, "a.xml")), LineVerdict)
    known = desk.check(put(tmp_path, persons, "b.xml"), sidecar(persons, "b.xml"))
    assert isinstance(known, Verdict) and known.status == "verwerkt"
    unknown = desk.check(put(tmp_path, strange, "c.xml"), sidecar(strange, "c.xml"))
    assert unknown.reason.startswith("IB-BST-03")


def test_over_the_wire_it_answers_once_and_tells_without_a_number(tmp_path):
    told: list[str] = []
    local = put(tmp_path, dossiers(lines(3)), "local.xml")
    with IbSimulator(tmp_path / "ib", faults=Faults(reject_count=1), status=told.append) as ib:
        with SftpChannel(ib.settings) as channel:
            channel.deliver(local, "in", NAME, hashlib.sha256(local.read_bytes()).hexdigest())
        report = ib.wait_for_report(NAME)
    assert report is not None and b"<Bestandsstatus>incompleet<" in report.read_bytes()
    assert [line for line in told if NAME in line][-1] == f"{NAME}: 3 regels, 2 geaccepteerd, 1 afgewezen"
    assert not any(bsn in line for line in told for bsn in bsns(3))
