"""Annual statements as documents, for the tests of what a reader sees: closed, broken, and nothing received."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchanges.loonaangifte.jaar_lijnen import LINES

MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
_CENTS = {"loon": 177_728_00, "loonheffing": 37_578_00, "bijdrage_zvw": 1_200, "werkgeversheffing_zvw": 10_841_00,
          "netto": 140_138_00, "alimentatie": 25_000, "alimentatie_rechtstreeks": 0}  # fmt: skip
WHO = "p:04f315e768336a4d5d49"


def line(name: str, month: str, received: int, ours: int, paid: int, relations: int = 0, computed: int = 0) -> dict:
    difference = max(received, ours, paid) - min(received, ours, paid)
    return {
        "line": name, "title": LINES[name], "month": month, "received": received, "jaaropgaven": ours, "payments": paid,
        "computed": computed, "difference": difference, "relations": relations,
        "closes": not difference and not relations,
    }  # fmt: skip


def example() -> dict[str, Any]:
    lines = []
    for name, cents in _CENTS.items():
        months = [cents + number * 13 for number in range(12)]
        lines += [line(name, month, *[value] * 3, computed=7 if name == "loon" else 0)
                  for month, value in zip(MONTHS, months, strict=True)]  # fmt: skip
        lines.append(line(name, "", *[sum(months)] * 3, computed=84 if name == "loon" else 0))
    return {
        "schema": 1, "closes": True, "reasons": [],
        "text": "De aangiften met hun correcties, de jaaropgaven en de betalingen zijn tot op de cent gelijk.",
        "statement": {"exchange": "loonaangifte", "title": "Loonaangifte over uitkeringen", "gemeente": "0153",
                      "gemeente_naam": "Enschede", "year": 2026, "partner": "belastingdienst"},
        "lines": lines,
        "counts": [{"month": month, "received": 1028, "jaaropgaven": 1028, "payments": 1021, "differ": 0}
                   for month in MONTHS],
        "deviating": 0, "deviating_amounts": 0, "deviations": [],
        "computed": {"gebruteerd": 105, "gebruteerd_heffing": 34_016_676, "herrekend": 864, "herrekend_bij": 1_083,
                     "herrekend_af": -2_666_725},
        "jaaropgaven": {"count": 1212, "clients": 1195, "none": 3, "sha256": "ab" * 32},
        "collective": _collective(),
        "bank": {"files": 12, "statements": 12, "refused": 0, "closes": True, "findings": [],
                 "lines": [bank(month, 36_760_000) for month in MONTHS]},
        "gws": {"read": 2406, "empty": 2, "refused": 0, "years": _same(1212), "months": _same(13_080),
                "without_components": False, "differences": [], "findings": [], "closes": True},
        "assumptions": [
            {"what": "of over december wordt herrekend", "where": "mappings/parameters/loonaangifte.csv",
             "remark": "Gebruikt: herrekening = ja."},
            *({"what": f"aanname {number}", "where": "ergens", "remark": "Waarom."} for number in range(10)),
        ],
        "provenance": {
            "inputs": [{"table": "betaling", "rows": 14_409, "sha256": "12" * 32,
                        "origin": "/srv/sluis/bron/0153/betaling.parquet", "dialect": None}],
            "deliveries": [{"id": f"loonaangifte/0153/{month}/0001", "method": "aangifte", "sha256": "34" * 32,
                            "state": "geaccepteerd"} for month in MONTHS],
            "waiting": ["loonaangifte/0153/2026-12/0002"],
            "code": {"version": "0.1.0", "commit": "9d293231cbb6"}, "run": "53ecd88f5a704997",
        },
    }  # fmt: skip


def broken() -> dict[str, Any]:
    """A cent in March, two relations that make nothing together in May, April not paid, GWS otherwise, and a correction
    that asks for five euros less than it should."""
    made = example()
    made |= {"closes": False, "text": "Er zijn verschillen op 5 punten.", "reasons": [
        "Ingehouden loonheffing sluit niet in maart 2026: 1 inkomstenverhouding wijkt af, verschil 0,01 euro.",
        "Netto betaald sluit niet in mei 2026: 2 inkomstenverhoudingen wijken af, verschil 0,00 euro.",
        "De afschriften van de bank sluiten niet aan op de aangiften in april 2026.",
        "GWS heeft 1 andere jaaropgave.",
        "Het saldo van een losse correctie over december klopt niet.",
    ]}  # fmt: skip
    for old in [one for one in made["lines"] if (one["line"], one["month"]) in (
            ("loonheffing", "2026-03"), ("loonheffing", ""), ("netto", "2026-05"), ("netto", ""))]:  # fmt: skip
        cent, relations = (1, 1) if old["line"] == "loonheffing" else (0, 2)
        cents = old["received"]
        old |= line(old["line"], old["month"], cents, cents + cent, cents + cent, relations)
    made["deviating"], made["deviating_amounts"] = 3, 3
    made["deviations"] = [
        {"month": "2026-03", "record": WHO, "line": "loonheffing", "received": 31_326, "jaaropgaven": 31_327,
         "payments": 31_327},
        {"month": "2026-05", "record": WHO, "line": "netto", "received": 100, "jaaropgaven": None, "payments": -250},
    ]  # fmt: skip
    made["counts"][4]["differ"] = 2
    made["collective"]["corrections"][-1] |= {"difference": 816, "closes": False}
    made["collective"]["closes"] = False
    made["bank"]["lines"][3] = bank("2026-04", 38_100_600, paid=0)
    made["bank"]["lines"].append({
        "month": "", "kenmerk": "", "expected": None, "paid": 12_345, "difference": None, "debits": 1,
        "last": "2026-05-20", "until": "", "outcome": "onbekend",
    })  # fmt: skip
    made["bank"] |= {"closes": False, "findings": [
        _finding("LA-BANK-ONTBREEKT", "error", "April 2026: er is geen afschrijving met dit betalingskenmerk."),
        _finding("LA-BANK-ONBEKEND", "warning", "Een boeking met de Belastingdienst heeft geen betalingskenmerk."),
    ]}  # fmt: skip
    made["gws"] |= {
        "closes": False, "years": {"ours": 1212, "theirs": 1211, "equal": 1210, "different": 2},
        "without_components": True, "months": None,
        "differences": [
            {"record": WHO, "month": "", "regeling": "Participatiewet", "amount": "loonheffing", "ours": 4_000,
             "theirs": 4_100, "action": "Zoek uit welk bedrag goed is."},
            {"record": WHO, "month": "2026-08", "regeling": "", "amount": "uitbetaald", "ours": None,
             "theirs": 65_519, "action": "GWS heeft over deze maand betaald, de administratie niet."},
        ],
    }  # fmt: skip
    return made


def empty() -> dict[str, Any]:
    """A municipality that declared nothing."""
    made = example()
    for old in made["lines"]:
        old |= line(old["line"], old["month"], 0, old["jaaropgaven"], old["payments"], 1, old["computed"])
    nothing = [{"month": month, "declared": None, "saldi": 0, "general": None, "due": None, "corrections": 0,
                "replaced": 0, "kenmerk": "", "until": "", "closes": False} for month in MONTHS]  # fmt: skip
    made |= {
        "closes": False, "text": "Er zijn verschillen op 1 punt.", "reasons": ["Over het hele jaar is niets."],
        "deviating": 40_000, "deviating_amounts": 280_000, "bank": None, "gws": None,
        "collective": {"asked": 0, "separate": 0, "due": 0, "closes": False, "months": nothing, "corrected_in": [],
                       "corrections": [], "rounding": []},
    }  # fmt: skip
    made["provenance"] |= {"deliveries": [], "waiting": []}
    return made


def bank(month: str, cents: int, paid: int | None = None) -> dict[str, Any]:
    given = cents if paid is None else paid
    return {
        "month": month, "kenmerk": "8001000276601010", "expected": cents, "paid": given, "difference": given - cents,
        "debits": 1 if given else 0, "last": "2026-05-20" if given else "", "until": "2026-05-31",
        "outcome": "gevonden" if given == cents else "ontbreekt",
    }  # fmt: skip


def _collective() -> dict[str, Any]:
    months = [
        {"month": month, "declared": 367_600, "saldi": 0, "general": 367_600, "due": 367_600, "corrections": 0,
         "replaced": 0, "kenmerk": "8001000276601010", "until": "2026-04-30", "closes": True}
        for month in MONTHS
    ]  # fmt: skip
    months[0] |= {"due": 369_438, "corrections": 1}
    months[1] |= {"saldi": 1_838, "general": 369_438, "replaced": 1}
    months[11] |= {"due": 368_411, "corrections": 1, "until": ""}
    corrections = [
        {"by": "2026-02", "month": "2026-01", "relations": 13, "withdrawn": 2, "saldo": 1_838, "difference": 1_838,
         "closes": True},
        {"by": "los", "month": "2026-12", "relations": 4, "withdrawn": 0, "saldo": 811, "difference": 811,
         "closes": True},
    ]  # fmt: skip
    rounding = [
        {"month": month, "total": total, "euros": 1_416_497, "cents": 141_649_798, "rounding": 98, "closes": True}
        for month in MONTHS for total in ("TotLnLbPh", "IngLbPh", "IngBijdrZvw", "TotWghZvw")
    ]  # fmt: skip
    return {
        "asked": sum(month["general"] for month in months), "separate": 811,
        "due": sum(month["due"] for month in months), "closes": True, "months": months,
        "corrected_in": [
            {"by": "2026-02", "months": 1, "relations": 13, "withdrawn": 2, "saldo": 1_838},
            {"by": "los", "months": 1, "relations": 4, "withdrawn": 0, "saldo": 811},
        ],
        "corrections": corrections, "rounding": rounding,
    }  # fmt: skip


def _same(count: int) -> dict[str, int]:
    return {"ours": count, "theirs": count, "equal": count, "different": 0}


def _finding(code: str, severity: str, text: str) -> dict[str, Any]:
    return {"code": code, "severity": severity, "scope": "delivery", "text": text, "action": "Betaal de aangifte.",
            "source": "spec loonaangifte CT-5", "element": "", "count": 1, "rejected": 0, "examples": [],
            "variants": 1}  # fmt: skip


ALL: dict[str, Callable[[], dict[str, Any]]] = {"example": example, "broken": broken, "empty": empty}
