"""The report fits its schema, and its numbers are those of the verdict."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from lxml import etree

from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_check import Checker
from exchanges.simulators.ib_report import write_report
from tests.unit.simulators.files import NAME, bsns, collection, put, sidecar


@pytest.mark.parametrize(("faults", "status", "counts"), [
    (Faults(), "verwerkt", ("3", "3", "0")),
    (Faults(reject_every=2), "deels_verwerkt", ("3", "2", "1")),
    (Faults(reject_file=True), "afgekeurd", ("3", "0", "3")),
])
def test_a_report(repo: Path, tmp_path: Path, faults: Faults, status: str, counts: tuple[str, ...]) -> None:
    data = collection(bsns(3))
    verdict = Checker(repo / "schemas", faults).check(put(tmp_path, data), sidecar(data))
    path = write_report(verdict, tmp_path)
    assert path.name == "DKD_REINTEGRATIE_0153_202610_001.verslag.xml"

    root = etree.parse(path).getroot()
    etree.XMLSchema(file=repo / "schemas/IBVerwerkingsverslag/v0001/verwerkingsverslag.xsd").assertValid(root)
    assert (root.findtext("Kop/Bestandsnaam"), root.findtext("Kop/Sha256")) == (NAME, hashlib.sha256(data).hexdigest())
    assert root.findtext("Kop/Bestandsstatus") == status
    assert tuple(root.findtext(f"Kop/Aantal{what}") for what in ("Aangeboden", "Geaccepteerd", "Afgewezen")) == counts
    assert (root.find("Kop/Reden") is not None) == (status == "afgekeurd")
    names = ("Burgerservicenr", "Status", "Code")
    lines = [tuple(line.findtext(name) for name in names) for line in root.iter("Regel")]
    if status == "afgekeurd":
        assert lines == []
    else:
        assert [bsn for bsn, _, _ in lines] == bsns(3)
        assert [line for line in lines if line[1] == "afgewezen"] == [
            (bsns(3)[1], "afgewezen", "IB-AFW-01")] * int(counts[2])


def test_the_sidecar_of_the_report_and_no_temporary_files(repo: Path, tmp_path: Path) -> None:
    data = collection(bsns(1))
    (tmp_path / "uit").mkdir()
    path = write_report(Checker(repo / "schemas", Faults()).check(put(tmp_path, data), sidecar(data)), tmp_path / "uit")
    assert path.with_name(path.name + ".sha256").read_bytes() == sidecar(path.read_bytes(), path.name)
    assert len(list((tmp_path / "uit").iterdir())) == 2
