"""Refused files and their reasons, in a store with keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.errors import BusinessError
from tests.unit.core.store.place import DATA, SHA, Place, nowhere


def test_quarantine_and_its_reason_are_sealed_too(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "SIGNALEN.csv"
    path.write_bytes(DATA)
    kept = place.store().quarantine("0153", path, "kolom ontbreekt")
    assert nowhere(place) and not any(b"kolom" in data or b"SIGNALEN" in data for data in place.all().values())
    later = place.store()
    [found] = later.quarantined("0153")
    assert (found.sha256, found.size, found.reason, found.name) == (SHA, len(DATA), "kolom ontbreekt", "SIGNALEN.csv")
    with later.open_quarantined("0153", kept.sha256) as stream:
        assert stream.read() == DATA
    assert later.destroy_quarantined("0153", kept.sha256) and later.quarantined("0153") == []
    with pytest.raises(BusinessError, match="is er niet"):
        later.open_quarantined("0153", kept.sha256)


@pytest.mark.parametrize("sealed", [True, False])
def test_what_is_refused_again_is_not_taken_for_what_is_left_of_it(place: Place, file: Path, sealed: bool) -> None:
    """Else the original would not be kept, and nobody would know."""
    key = f"0153/quarantaine/{SHA}"
    place.store(sealed).quarantine("0153", file, "reden")
    whole = place.all()[key]
    assert place.store(sealed).quarantine("0153", file, "reden").sha256 == SHA
    place.write(key, whole[:-1])
    with pytest.raises(BusinessError, match=f"{SHA} van gemeente 0153 is veranderd"):
        place.store(sealed).quarantine("0153", file, "reden")


def test_a_reason_that_was_altered_or_swapped_is_refused(place: Place, tmp_path: Path) -> None:
    for number in (1, 2):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(b"x" * number)
        place.store().quarantine("0153", path, f"reden {number}")
    [first, second] = [name for name in place.all() if name.endswith(".json") and "quarantaine" in name]
    place.write(first, place.all()[second])
    with pytest.raises(BusinessError, match="veranderd"):
        place.store().quarantined("0153")


def test_a_reason_in_clear_is_of_the_file_it_lies_beside(place: Place, file: Path, tmp_path: Path) -> None:
    (tmp_path / "ander.csv").write_bytes(b"ander")
    plain = place.store(sealed=False)
    other = plain.quarantine("0153", tmp_path / "ander.csv", "reden").sha256
    place.store().quarantine("0153", file, "reden")
    place.write(f"0153/quarantaine/{SHA}.reason.json", place.all()[f"0153/quarantaine/{other}.reason.json"])
    with pytest.raises(BusinessError, match=f"{SHA} van gemeente 0153 is veranderd"):
        place.store().quarantined("0153")


@pytest.mark.parametrize("note", [b"{half", b"{}", b"[]", b"\xff"])
def test_a_reason_that_is_none_any_more_is_told(place: Place, file: Path, note: bytes) -> None:
    kept = place.store().quarantine("0153", file, "reden")
    place.write(f"0153/quarantaine/{SHA}.reason.json", note)
    with pytest.raises(BusinessError, match=f"{kept.sha256} van gemeente 0153 is veranderd"):
        place.store().quarantined("0153")
