"""The switches as given on a command line."""

from __future__ import annotations

import pytest

from exchanges.core.errors import UsageError
from exchanges.simulators.faults import Faults, split
from exchanges.simulators.ib_soap import IndexFaults


def test_nothing_given_is_all_off() -> None:
    assert Faults.parse([]) == Faults()


def test_numbers_and_switches_with_either_hyphen() -> None:
    assert Faults.parse(["reject-every=5", "never_answer", "drop_after = 10"]) == Faults(
        reject_every=5, never_answer=True, drop_after=10)


@pytest.mark.parametrize("text", ["onbekend", "reject-every", "reject-every=veel", "reject-every=-1", "never-answer=1",
                                  ""])
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as error:
        Faults.parse([text])
    assert "_" not in str(error.value)  # as the help of the command has them


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(UsageError):
        Faults(drop_after=-1)


def test_a_partner_with_two_doors_has_the_faults_of_both() -> None:
    of_files, of_soap = split(["reject-every=5", "drop-after=9", "break_after = 2"], Faults, IndexFaults)
    assert of_files == Faults(reject_every=5, drop_after=9)
    assert of_soap == IndexFaults(reject_every=5, break_after=2)
    with pytest.raises(UsageError, match=r"onweer.*break-after") as error:
        split(["onweer"], Faults, IndexFaults)
    assert "_" not in str(error.value)
