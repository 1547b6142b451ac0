"""What the schemas let pass of the messages that are no delivery: the question about a person, and the confirmation of
an index message (spec dkd-gsd sections 7 to 9: both were measured as valid)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from exchanges.core.bsn import passes, pseudonyms
from exchanges.core.findings import finding
from exchanges.dkd_reintegratie.index_answer import NOT_CONFIRMED, judge
from exchanges.dkd_reintegratie.rules import PERSOON

_PATH = "GSDReintegratieInfo/Burgerservicenr"


def question(element: Any, key: bytes) -> list[dict[str, object]]:
    """Of a GSDReintegratieInfo: nine ordinary digits that pass the elfproef, in the words of the rules on a person."""
    bsn = element.findtext("Burgerservicenr")
    digits = bsn.isascii() and bsn.isdigit()
    if digits and passes(bsn):
        return []
    (rule,) = (one for one in PERSOON if one.code == ("BSN-01" if digits else "BSN-02"))
    (record,) = pseudonyms(pa.array([bsn]), key).to_pylist()
    line = element.find("Burgerservicenr").sourceline
    return [finding(
        rule.code, rule.severity, rule.text, action=rule.action, source=rule.source, path=_PATH, record=record,
        line=line,
    )]  # fmt: skip


def confirmation(element: Any, key: bytes) -> list[dict[str, object]]:
    """Of an IBVerwijsindexResponse: without Acknowledgement and without a Fout it says nothing."""
    if judge(element).code != NOT_CONFIRMED:
        return []
    return [finding(
        NOT_CONFIRMED, "error", "Dit antwoord bevestigt niets: er staat geen Acknowledgement in, en ook geen fout.",
        action="Reken het bericht niet als ontvangen; vraag de partner wat ermee is gebeurd.", source="dkd-gsd 7",
        path="IBVerwijsindexResponse/Acknowledgement", line=element.sourceline,
    )]  # fmt: skip
