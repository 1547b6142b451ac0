"""``sluis check`` of the question and the confirmation: what their schemas let pass (dkd-gsd.md, sections 7 to 9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.inspect import inspect_files
from exchanges.core.inspected import Inspected
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.dkd_reintegratie.exchange import EXCHANGE

_DKD = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"
_INDEX = "http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex/v0300"
_FAULT = "<FWI><Fout><Code>7</Code><Tekst>onbekende partij</Tekst><Bron><DN>CN=ib</DN></Bron></Fout></FWI>"


def _checked(folder: Path, root: str, namespace: str, inside: str) -> Inspected:
    path = folder / "bericht.xml"
    path.write_text(f'<m:{root} xmlns:m="{namespace}">\n{inside}</m:{root}>', encoding="utf-8")
    (found,) = inspect_files([path], b"k")
    assert found.schema_valid
    return found


@pytest.mark.parametrize(("bsn", "code"), [
    ("999990007", None), ("123456789", "BSN-01"), ("000000000", "BSN-01"), ("\u0669" * 9, "BSN-02"),
])  # fmt: skip
def test_the_number_in_a_question(tmp_path: Path, bsn: str, code: str | None) -> None:
    element = f"<Burgerservicenr>{bsn}</Burgerservicenr>"
    found = _checked(tmp_path, "GSDReintegratieInfo", _DKD, element)
    assert found.findings["code"].to_pylist() == [code] * (code is not None)
    assert found.accepted == (code is None)
    if code is not None:
        assert found.findings["path"].to_pylist() == ["GSDReintegratieInfo/Burgerservicenr"]
        assert found.findings["line"].to_pylist() == [2] and bsn not in str(found.findings.to_pylist())
        assert str(found.findings["record"][0]).startswith("p:")


@pytest.mark.parametrize(("inside", "codes"), [
    ("", ["VWI-BEV-01"]), ("<Acknowledgement/>", []), (_FAULT, []), (f"<Acknowledgement/>{_FAULT}", []),
    (_FAULT.replace("Fout", "Informatie"), ["VWI-BEV-01"]),
])  # fmt: skip
def test_an_answer_that_confirms_nothing(tmp_path: Path, inside: str, codes: list[str]) -> None:
    found = _checked(tmp_path, "IBVerwijsindexResponse", _INDEX, inside)
    assert found.findings["code"].to_pylist() == codes and found.accepted == (not codes)


def test_they_are_roots_that_the_catalogue_has() -> None:
    roots = {(entry.message, root) for entry in Catalogue.load().entries for root in entry.roots}
    assert {(one.message, one.root) for one in EXCHANGE.asides} <= roots
