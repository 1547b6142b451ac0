"""Report documents for the tests: the example, and the same delivery in every state a report must look right in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Document = dict[str, Any]
HOSTILE = "<script>alert('x')</script>\"'&</style><!-- ]]> \\27 \u202e \ud800 \x00"


def example() -> Document:
    """A delivery of a realistic size, partly accepted."""
    document: Document = json.loads((Path(__file__).parent / "example.json").read_text("utf-8"))
    return document


def _changed(state: str, text: str, *, closed: bool, verdict: str) -> Document:
    document = example()
    del document["summary"]
    document["delivery"] |= {"state": state, "state_text": text}
    document["verdict"] = {"closed": closed, "text": verdict}
    return document


def _without_file(document: Document, *, steps: int, items: int) -> Document:
    document["delivery"]["file_name"] = ""
    document |= {"steps": document["steps"][:steps], "waterfall": document["waterfall"][:items], "totals": [],
                 "proof": None, "receipt": None, "approval": None,
                 "difference": {"previous": None, "tables": [], "fields": []}}
    document["provenance"]["output"] = None
    return document


def blocked() -> Document:
    """Stopped by a blocker before there was a file."""
    document = _without_file(
        _changed("blocked", "Tegengehouden", closed=True,
                 verdict="De levering is gestopt voordat er een bestand was. Er is niets verstuurd."), steps=2, items=5)
    document["findings"] = [{
        "code": "DKD-SET-01", "severity": "blocker", "scope": "delivery", "count": 1, "rejected": 0, "examples": [],
        "text": "De gemeente staat bij het Inlichtingenbureau ingesteld op de webservice, niet op het verzamelbestand.",
        "action": "Laat de instelling van het cluster Re-integratie aanpassen en start de levering opnieuw.",
        "source": "Inlichtingenbureau, instellingen per cluster", "element": ""}, *document["findings"]]
    return document


def broken() -> Document:
    """A person was lost between the selection and the file: nothing about it may look right."""
    document = _changed("blocked", "Tegengehouden", closed=False,
                        verdict="Er is één persoon verdwenen tussen het toetsen en het bestand. Er is niets verstuurd.")
    document["steps"] = document["steps"][:4]
    document["steps"][2]["measures"][0] |= {"out": 1451, "closed": False}
    document["waterfall"] = document["waterfall"][:8]
    document["waterfall"][7] |= {"label": "In het bestand", "value": 1451}
    document["totals"][0] |= {"file": 1451, "equal": False}
    document["totals"][6] |= {"file": None, "equal": False}
    document["proof"] |= {"missing": 1, "changed": 2, "equal": False, "sha256_sent": "", "sha256_remote": ""}
    document["proof"]["fields"][3]["changed"] = 2
    document["proof"]["unlike_source"][1]["rows"] = 3
    document["receipt"] = None
    return document


def failed() -> Document:
    document = _changed("failed", "Mislukt", closed=True,
                        verdict="Het bestand kon niet worden verstuurd: de server van de partner antwoordt niet.")
    document["steps"] = document["steps"][:4]
    document["waterfall"] = document["waterfall"][:8]
    document["waterfall"][7]["label"] = "In het bestand"
    document["proof"] |= {"sha256_sent": "", "sha256_remote": ""}
    document["receipt"] = None
    return document


def awaiting() -> Document:
    """Ready, and to be looked at by a second person."""
    document = _changed("awaiting", "Wacht op akkoord", closed=True, verdict="Er is nog niets verzonden.")
    document["steps"] = document["steps"][:4]
    document["waterfall"] = document["waterfall"][:8]
    document["waterfall"][7]["label"] = "In het bestand"
    document["proof"] |= {"sha256_sent": document["proof"]["sha256_checked"], "sha256_remote": ""}
    document["receipt"] = None
    document["approval"] |= {
        "standing": "waiting", "history": document["approval"]["history"][:2],
        "text": "Deze levering wacht op akkoord van een ander dan wie haar startte.",
    }  # fmt: skip
    return document


def waiting() -> Document:
    """Delivered, and no answer yet."""
    document = _changed("delivered", "Verstuurd", closed=True,
                        verdict="Alle 5.000 personen uit de bron zijn verantwoord tot en met het versturen.")
    document["steps"] = document["steps"][:5]
    document["waterfall"] = document["waterfall"][:8]
    document["receipt"] = {"status": "", "accepted": 0, "rejected": 0, "reasons": [], "assumed": True,
                           "answered": False}
    return document


def accepted() -> Document:
    """Everything accepted, nothing found, nothing assumed."""
    document = _changed("accepted", "Geaccepteerd", closed=True, verdict="Alle personen zijn verantwoord.")
    document["steps"][-1]["measures"][0] |= {"out": 1452, "rejected": 0}
    document["waterfall"][8]["value"] = 0
    document["waterfall"][9]["value"] = 1452
    document |= {"findings": [], "not_assessed": [], "assumptions": []}
    document["receipt"] |= {"status": "Verwerkt", "accepted": 1452, "rejected": 0, "reasons": [], "assumed": False}
    return document


def empty() -> Document:
    """Nothing could be read."""
    document = _without_file(_changed("open", "Begonnen", closed=True, verdict="Er is nog niets gelezen."),
                             steps=0, items=0)
    document |= {"excluded": [], "findings": [], "not_assessed": [], "assumptions": []}
    document["provenance"] |= {"inputs": [], "schema": [], "mapping": []}
    return document


def money() -> Document:
    """A message of amounts: how the payments become what is owed."""
    document = accepted()
    document["delivery"] |= {"one": "inkomstenverhouding", "many": "inkomstenverhoudingen"}
    document["money"] = [
        {"kind": kind, "title": title, "value": value, "gap": 0, "unit": "cent"}
        for kind, title, value in (
            ("begin", "Netto betaald over dit tijdvak", 44572221), ("plus", "Loonheffing", 11238289),
            ("plus", "Ingehouden bijdrage Zvw", 0), ("stand", "Loon, van alle inkomstenverhoudingen samen", 55810510),
            ("begin", "Loonheffing en werkgeversheffing Zvw", 14642853), ("rest", "Afgerond op hele euro's", 153),
            ("stand", "Totaal te betalen", 14642700), ("plus", "Saldo van correcties", -26900),
            ("stand", "Totaal generaal", 14615800), ("min", "Verrekend", 1200), ("min", "Teruggedraaid", -300),
            ("min", "Vrijgesteld", 0), ("rest", "Naar beneden afgerond", -47), ("stand", "Over", 14614947),
        )
    ]  # fmt: skip
    document["facts"] = [{"label": "Betalingskenmerk", "text": "0001 0002 7660 1030"}]
    return document


def received() -> Document:
    """What a partner sent, with what was counted apart about it and the lists that came of it."""
    document = _changed("published", "Gepubliceerd", closed=True, verdict="Alle signalen zijn verantwoord.")
    document["delivery"] |= {"direction": "in", "one": "signaal", "many": "signalen"}
    document |= {"excluded": [], "totals": [], "proof": None, "receipt": None, "approval": None,
                 "difference": {"previous": None, "tables": [], "fields": []}}
    document["provenance"] |= {"schema": [], "mapping": [], "output": None}
    control = {"code": "SAM-01", "text": "signalen in lijst en bestand", "remark": "", "tolerated": 0, "blocks": True}
    document["controls"] = [
        {**control, "left": 1448, "right": 1448, "unit": "aantal", "holds": True},
        {**control, "code": "SAM-02", "text": "bedrag van de signalen", "left": 123456, "right": 123457, "unit": "cent",
         "blocks": False, "holds": False, "remark": "Een cent verschil komt door afronden."},
    ]  # fmt: skip
    document["facts"] = [{"label": "Herstelt", "text": "ib_samenloop/0153/2026-09/0001"}]
    document["lists"] = [{"name": "ib_samenloop_0153_2026-10_001.xlsx", "sha256": "ab" * 32, "records": 1448}]
    return document


def forty() -> Document:
    """Forty kinds of findings."""
    document = example()
    del document["summary"]
    kinds = document["findings"]
    document["findings"] = [
        {**copy.deepcopy(kinds[index % len(kinds)]), "code": f"TST-{index:03d}", "count": 3 ** (index % 14)}
        for index in range(40)
    ]
    return document


def huge() -> Document:
    """Numbers far beyond any municipality, to the width of the page."""
    big = 10**15
    document = example()
    del document["summary"]
    for step in document["steps"]:
        for line in step["measures"]:
            for name in ("into", "out", "rejected", "excluded", "held", "duplicate"):
                line[name] *= big
    for part in (document["waterfall"], document["totals"]):
        for line in part:
            for name in {"value", "source", "file"} & set(line):
                line[name] *= big
    for finding in document["findings"]:
        finding |= {"count": finding["count"] * big, "rejected": finding["rejected"] * big}
    return document


def hostile() -> Document:
    """Every free text is an attack."""
    fixed = {
        "state", "direction", "kind", "unit", "severity", "scope", "certainty", "place", "period", "valid_from",
        "valid_to", "standing", "what", "day",
    }

    def poisoned(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: poisoned(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [poisoned(item) for item in value]
        if not isinstance(value, str) or name in fixed or name.startswith("sha256"):
            return value
        # Who agreed is another one than who started it, also when both have a name like that.
        return f"{HOSTILE} {value}" if name == "actor" else HOSTILE

    document: Document = poisoned(example())
    return document


ALL: dict[str, Callable[[], Document]] = {
    "example": example, "blocked": blocked, "broken": broken, "failed": failed, "awaiting": awaiting,
    "waiting": waiting, "accepted": accepted, "money": money, "empty": empty, "forty": forty, "huge": huge,
    "hostile": hostile,
}
