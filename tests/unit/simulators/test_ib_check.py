"""The simulated partner's own judgement of a file."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_check import Checker, Verdict
from tests.unit.simulators.files import NAME, bsns, collection, index, percentage, put, record, sidecar

GOOD = percentage("<Percentage>05000</Percentage>")


@pytest.fixture(scope="module")
def checker(repo: Path) -> Checker:
    return Checker(repo / "schemas", Faults())


def judge(checker: Checker, folder: Path, data: bytes) -> Verdict:
    return checker.check(put(folder, data), sidecar(data))


def test_a_good_file_is_accepted_to_the_record(checker: Checker, tmp_path: Path) -> None:
    keys = bsns(5)
    verdict = judge(checker, tmp_path, collection(keys, {2: GOOD}))
    assert (verdict.status, verdict.offered, verdict.accepted, verdict.rejected) == ("verwerkt", 5, 5, 0)
    assert [f"{key:09d}" for key in verdict.keys] == keys


def test_a_file_without_records_is_accepted(checker: Checker, tmp_path: Path) -> None:
    verdict = judge(checker, tmp_path, collection([]))
    assert (verdict.status, verdict.offered, verdict.reason) == ("verwerkt", 0, "")


def test_an_index_file_is_accepted(checker: Checker, tmp_path: Path) -> None:
    verdict = judge(checker, tmp_path, index(bsns(3)))
    assert (verdict.status, verdict.offered, verdict.accepted) == ("verwerkt", 3, 3)


@pytest.mark.parametrize("content", [
    "", "<CdPositiefNegatief>+</CdPositiefNegatief>",
    "<Percentage>00000</Percentage>", "<Percentage>10000</Percentage>",
    "<CdPositiefNegatief>-</CdPositiefNegatief><Percentage>05000</Percentage>",
])
def test_a_subsidy_without_a_usable_percentage_rejects_the_record(checker: Checker, tmp_path: Path,
                                                                  content: str) -> None:
    verdict = judge(checker, tmp_path, collection(bsns(3), {0: GOOD, 1: percentage(content)}))
    assert (verdict.status, list(verdict.outcomes)) == ("deels_verwerkt", [0, 2, 0])


@pytest.mark.parametrize("content", ["<Percentage>00001</Percentage>", "<Percentage>09999</Percentage>",
                                     "<CdPositiefNegatief>+</CdPositiefNegatief><Percentage>03000</Percentage>"])
def test_percentages_at_the_edge_are_fine(checker: Checker, tmp_path: Path, content: str) -> None:
    assert judge(checker, tmp_path, collection(bsns(1), {0: percentage(content)})).status == "verwerkt"


def test_the_elfproef(checker: Checker, tmp_path: Path) -> None:
    verdict = judge(checker, tmp_path, collection([*bsns(1), "999900000", "000000000"]))
    assert list(verdict.outcomes) == [0, 3, 3]


def test_the_second_of_a_double_is_rejected(checker: Checker, tmp_path: Path) -> None:
    first, second, third = bsns(3)
    verdict = judge(checker, tmp_path, collection([second, first, second, third, second]))
    assert list(verdict.outcomes) == [0, 0, 4, 0, 4]
    assert (verdict.offered, verdict.accepted, verdict.rejected) == (5, 3, 2)


@pytest.mark.parametrize(("faults", "rejected"), [
    (Faults(reject_every=3), [2, 5]), (Faults(reject_count=2), [0, 1]),
    (Faults(reject_every=4, reject_count=1), [0, 3]),
])
def test_rejecting_on_request(repo: Path, tmp_path: Path, faults: Faults, rejected: list[int]) -> None:
    verdict = judge(Checker(repo / "schemas", faults), tmp_path, collection(bsns(7)))
    assert [place for place, outcome in enumerate(verdict.outcomes) if outcome == 1] == rejected
    assert verdict.rejected == len(rejected)


def test_rejecting_a_count_skips_records_that_are_rejected_anyway(repo: Path, tmp_path: Path) -> None:
    keys = ["999900000", *bsns(2)]
    verdict = judge(Checker(repo / "schemas", Faults(reject_count=1)), tmp_path, collection(keys))
    assert list(verdict.outcomes) == [3, 1, 0]


def test_refusing_the_file_on_request(repo: Path, tmp_path: Path) -> None:
    verdict = judge(Checker(repo / "schemas", Faults(reject_file=True)), tmp_path, collection(bsns(2)))
    assert (verdict.status, verdict.offered, verdict.accepted, verdict.rejected) == ("afgekeurd", 2, 0, 2)


ONE = collection(bsns(1))
LOL = '<!DOCTYPE v [<!ENTITY a "0153">]>\n'
BAD = {
    "truncated by a few bytes": (ONE[:-10], "IB-BST-02"),
    "truncated in a record": (ONE[:-80], "IB-BST-02"),
    "cut in half": (collection(bsns(500))[:60_000], "IB-BST"),
    "more after the end": (ONE + b"<a/>", "IB-BST-02"),
    "loose ampersand": (ONE.replace(b"0153", b"01&3"), "IB-BST-02"),
    "not UTF-8": (ONE.replace(b"2026-10", b"2026-\xe9"), "IB-BST-02"),
    "NUL byte": (ONE.replace(b"2026-10", b"2026\x0010"), "IB-BST-02"),
    "tags that do not match": (ONE.replace(b"</ClientSuwi>", b"</ClientSuw>"), "IB-BST-02"),
    "not XML": (b"bsn;naam\r\n1;2\r\n", "IB-BST-02"),
    "compressed": (b"\x1f\x8b\x08\x00rest", "IB-BST-02"),
    "empty": (b"", "IB-BST-02"),
    "doctype": (collection(bsns(1), prolog=LOL), "IB-BST-02"),
    "entity": (collection(bsns(1), prolog=LOL).replace(b">0153<", b">&a;<"), "IB-BST-02"),
    "other message": (b"<a xmlns='urn:x'/>", "IB-BST-03"),
    "other version": (ONE.replace(b"bestand:v0001", b"bestand:v0002"), "IB-BST-03"),
    "message in no namespace": (ONE.replace(b"v:Verzamelbestand", b"Verzamelbestand"), "IB-BST-03"),
    "element that is not in the schema": (ONE.replace(b"<DatBRv>20260101</DatBRv>", b"<DatBRv>20260101</DatBRv><X/>"),
                                          "IB-BST-04"),
    "date that cannot be": (ONE.replace(b"20260101", b"20261301"), "IB-BST-04"),
    "deep": (ONE.replace(b"<AtlRelatie>", b"<AtlRelatie>" + b"<a>" * 10_000), "IB-BST"),
    "long text": (ONE.replace(b"2026-10", b"x" * 11_000_000), "IB-BST"),
    "no person": (ONE.replace(record(bsns(1)[0]).encode(),
                              b"<gsd:GSDReintegratieInfoResponse><f:NietsGevonden xmlns:f='http://bkwi.nl/SuwiML/FWI/v0205'/>"
                              b"</gsd:GSDReintegratieInfoResponse>"), "IB-BST-05"),
    "digits of another script": (collection(["٠١٢٣٤٥٦٧٨"]), "IB-BST-05"),
    "count too high": (collection(bsns(2), count=3), "IB-BST-06"),
    "count too low": (collection(bsns(2), count=1), "IB-BST-06"),
    "control total": (collection(bsns(2), total="0" * 64), "IB-BST-07"),
}


@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_with_its_reason(checker: Checker, tmp_path: Path, data: bytes, code: str) -> None:
    verdict = judge(checker, tmp_path, data)
    assert (verdict.status, verdict.accepted) == ("afgekeurd", 0)
    assert verdict.reason.startswith(code)
    assert not any(key in verdict.reason for key in bsns(500))


@pytest.mark.parametrize("wrong", [b"", b"0" * 64 + b"  " + NAME.encode() + b"\n", sidecar(ONE, "ander.xml"),
                                   sidecar(ONE).rstrip()])
def test_a_sidecar_that_does_not_fit_refuses_the_file(checker: Checker, tmp_path: Path, wrong: bytes) -> None:
    verdict = checker.check(put(tmp_path, ONE), wrong)
    assert verdict.reason.startswith("IB-BST-01")


def test_an_invalid_bsn_is_not_repeated_in_the_reason(checker: Checker, tmp_path: Path) -> None:
    bsn = bsns(1)[0]
    verdict = judge(checker, tmp_path, ONE.replace(bsn.encode(), bsn.encode()[:8] + b"x"))
    assert verdict.reason.startswith("IB-BST-04") and "Burgerservicenr" in verdict.reason
    assert bsn[:8] not in verdict.reason


def test_without_schemas_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Checker(tmp_path, Faults())


def test_a_schema_with_a_missing_import_does_not_start(repo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "DKDVerzamelbestand" / "v0001"
    folder.mkdir(parents=True)
    (folder / "a.xsd").write_bytes((repo / "schemas/DKDVerzamelbestand/v0001/verzamelbestand.xsd").read_bytes())
    with pytest.raises(Exception, match=r"antwoord\.xsd|GSDReintegratieInfoResponse"):
        Checker(tmp_path, Faults())


def test_memory_does_not_grow_with_the_file(checker: Checker, tmp_path: Path) -> None:
    keys = bsns(8000)
    peaks = []
    for count in (1000, 8000):
        path = put(tmp_path, collection(keys[:count]))
        line = sidecar(path.read_bytes())
        tracemalloc.start()
        assert checker.check(path, line).accepted == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 7000 * 200  # what a record weighs in the file is three times that
