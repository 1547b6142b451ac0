"""What the confirmation of an index message says (dkd-gsd.md, sections 6 and 7)."""

from __future__ import annotations

from typing import Any

from exchanges.core.soap.told import Judged

NOT_CONFIRMED = "VWI-BEV-01"


def judge(response: Any) -> Judged:
    """``response`` is an IBVerwijsindexResponse, valid by its schema. Confirmed is what has an Acknowledgement and no
    Fout: an empty answer is valid too, and confirms nothing. The first Fout is told, or else the first remark.

    That a Fout beside an Acknowledgement means that the message was not taken in is ASSUMED."""
    told = response.find("FWI")
    faults = [] if told is None else told.findall("Fout")
    remarks = [] if told is None else list(told)
    if faults:
        return Judged(False, *_said(faults[0]))
    if response.find("Acknowledgement") is None:
        return Judged(False, NOT_CONFIRMED, "De partner heeft dit bericht niet bevestigd.")
    return Judged(True, *(_said(remarks[0]) if remarks else ()))


def _said(one: Any) -> tuple[str, str]:
    return (one.findtext("Code") or "").strip() or "zonder code", (one.findtext("Tekst") or "").strip()
