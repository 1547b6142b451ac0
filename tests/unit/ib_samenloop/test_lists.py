"""What people read on the list of signals."""

from __future__ import annotations

from exchanges.ib_samenloop.kinds import kinds
from exchanges.ib_samenloop.lists import signal_list


def test_headings_are_as_people_write_them() -> None:
    columns = {(sheet.id, column.name): column for sheet in signal_list().sheets for column in sheet.columns}
    wanted = {("vrm", "bsn"): "BSN", ("vrm", "iban"): "IBAN", ("vrm", "bsn_geverifieerd"): "BSN geverifieerd",
              ("ink", "volgnummer_ikv"): "Volgnummer IKV", ("bx3p", "bsn_partner"): "BSN partner",
              ("vrm", "datum_signaal"): "Datum signaal"}  # fmt: skip
    assert {place: columns[place].heading for place in wanted} == wanted
    # A whole IBAN fits: what does not is cut off by the cell beside it.
    assert {columns[kind, "iban"].width for kind in ("vrm", "brn")} == {24}


def test_the_restricted_file_says_how_long_it_is_kept() -> None:
    months = {kinds()[code].keep_months for code in ("DET", "VVV")}
    assert months == {6} and "6 maanden" in signal_list().restricted_retention
