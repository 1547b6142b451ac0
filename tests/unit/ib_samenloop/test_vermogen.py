"""BSN not verified: unknown and never a balance of zero, exactly as each form and version writes it (section 5, I4)."""

from __future__ import annotations

import re

import pytest

from exchanges.ib_samenloop.layout import layout
from tests.unit.ib_samenloop.files import cells, codes, made, put, rows, taken

CSV_BANK = {"VRM IBAN": "", "VRM Bankproduct": "", "VRM Bank": "", "VRM Saldo": "", "VRM Rente": ""}
XML_BANK = "<Vermogen><Iban>N.v.t.</Iban><Bankproduct>N.v.t.</Bankproduct><Saldo>0</Saldo><Rente>0</Rente></Vermogen>"
REAL = ("<Vermogen><Iban>NL20INGB0001234567</Iban><Bankproduct>Spaarrekening</Bankproduct>"
        "<Saldo>0</Saldo><Rente>0.00</Rente></Vermogen>")


def csv_with(tmp_path, version: str, change: dict[str, str], stated: str | None = None):
    path, _ = made(tmp_path, version, "csv", count=1, kinds=("VRM",))
    data = cells(path)
    data[0] |= change
    if stated is not None and version != "07":
        data[0]["BSN geverifieerd"] = stated
    put(path, data)
    return taken(path)


def xml_with(tmp_path, version: str, bank: str, stated: str | None = None):
    path, _ = made(tmp_path, version, "xml", count=1, kinds=("VRM",))
    text = re.sub("<Vermogen>.*</Vermogen>", bank, path.read_text(encoding="utf-8"))
    if stated is not None:
        text = re.sub("<BsnGeverifieerd>.</BsnGeverifieerd>", stated and f"<BsnGeverifieerd>{stated}</BsnGeverifieerd>",
                      text)
    path.write_text(text, encoding="utf-8")
    return taken(path)


def is_unknown(found) -> bool:
    row, signal = rows(found, "vrm")[0], rows(found, "signaal")[0]
    return (all(row[name] is None for name in ("iban", "bankproduct", "bank", "saldo", "rente"))
            and signal["bsn_geverifieerd"] is False and found.findings == [])


def is_refused(found, code: str) -> bool:
    return (found.read, found.rejected) == (0, 1) and set(codes(found)) == {code}


@pytest.mark.parametrize("version", ["08", "09"])
@pytest.mark.parametrize("stated", ["N", ""])
def test_csv_08_and_09_leave_the_bank_fields_empty(tmp_path, version, stated):
    assert is_unknown(csv_with(tmp_path, version, CSV_BANK, stated))


@pytest.mark.parametrize("version", ["08", "09"])
@pytest.mark.parametrize("stated", ["N", ""])
@pytest.mark.parametrize("bank", [XML_BANK, XML_BANK.replace("N.v.t.", "n.v.t.")])
def test_xml_08_and_09_write_nvt_and_zeros(tmp_path, version, stated, bank):
    assert is_unknown(xml_with(tmp_path, version, bank, stated))


@pytest.mark.parametrize("version", ["08", "09"])
def test_a_real_balance_of_zero_stays_zero(tmp_path, version):
    for found in (xml_with(tmp_path / "x", version, REAL), csv_with(tmp_path / "c", version, {"VRM Saldo": "0,00"})):
        row = rows(found, "vrm")[0]
        assert row["saldo"] == 0 and row["iban"].startswith("NL20")
        assert rows(found, "signaal")[0]["bsn_geverifieerd"] is True


def test_up_to_07_it_is_not_delivered_so_what_looks_like_it_is_refused(tmp_path):
    assert is_refused(csv_with(tmp_path / "c", "07", CSV_BANK), "IB-SL-VERPLICHT")
    assert is_refused(xml_with(tmp_path / "x", "07", XML_BANK), "IB-SL-VERIFICATIE")
    path, known = made(tmp_path / "n", "07", "csv", count=4, kinds=("VRM",))
    assert len(known) == 2 == taken(path).read


@pytest.mark.parametrize(("form", "bank", "stated", "code"), [
    ("csv", {"VRM IBAN": "N.v.t.", "VRM Bankproduct": "N.v.t.", "VRM Bank": "", "VRM Saldo": "0", "VRM Rente": "0"},
     "N", "IB-SL-VERIFICATIE"),
    ("csv", CSV_BANK, "J", "IB-SL-VERIFICATIE"),
    ("csv", {}, "N", "IB-SL-VERIFICATIE"),
    ("csv", {"VRM Saldo": ""}, "J", "IB-SL-VERPLICHT"),
    ("xml", XML_BANK, "J", "IB-SL-VERIFICATIE"),
    ("xml", XML_BANK.replace("<Saldo>0<", "<Saldo>1.00<"), "N", "IB-SL-VERIFICATIE"),
    ("xml", XML_BANK.replace("<Bankproduct>N.v.t.<", "<Bankproduct>Spaarrekening<"), "", "IB-SL-VERIFICATIE"),
    ("xml", XML_BANK.replace("<Saldo>", "<Bank>X</Bank><Saldo>"), "N", "IB-SL-VERIFICATIE"),
    ("xml", "<Vermogen></Vermogen>", "", "IB-SL-VERPLICHT"),
])
def test_what_is_neither_is_no_balance_and_no_unknown(tmp_path, form, bank, stated, code):
    found = (csv_with if form == "csv" else xml_with)(tmp_path, "08", bank, stated)
    assert is_refused(found, code)


def test_the_layouts_say_what_was_read():
    assert {v: layout(v).unverified for v in ("07", "08", "09")} == {
        "07": {"csv": "niet", "xml": "niet"}, "08": {"csv": "leeg", "xml": "nvt"}, "09": {"csv": "leeg", "xml": "nvt"}}
