"""The indicative net amount of a wage period by the formula of the IB, and whether it may be relied upon (SQL).

::

    netto = loon_lbph - waarde_gebruik_auto - inhouding_lbph - inhouding_zvw_premie - inhouding_wgawhk_premie

for the total, the normal and the special tariff (spec ib-signalen 6.1). The WGA/WHK term is an upper bound of what the
employer may withhold. Amounts are eurocents; a term that is missing is not 0. Assumed, from ib-signalen 6.1 and 6.4 and
bvv-and-settlement 2.4 (a and b always, c and d where applicable):

- wage and withheld tax must be there;
- the WGA/WHK premium must be there for wages; of a benefit or a pension none at all means that none is withheld. A kind
  of relation that is not known counts as wages;
- the Zvw premium and the car: none at all means that it does not apply. One that is there for one tariff only is a
  missing one for the other;
- the list has one value of the car: it belongs to the normal tariff;
- a tariff without any amount is a tariff without income: the parts then are the other tariff alone;
- ``netto_inkomen`` in the list is without ``vt_toeslag``; ``jgk`` and ``anw_tegemoetkoming`` are not settled, and take
  no part in the formula.

Nothing here is settled: a record is ``berekend``, or ``handmatig`` with reasons, or has no wages to judge
(``niet_van_toepassing``). The expressions are for sessions of :mod:`exchanges.core.sql`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.dated import code_lists
from exchanges.core.period import Period
from exchanges.ib_oib.list_layout import (
    CORRECTED_PERIOD,
    IN_KIND,
    NEW_PERIOD,
    TWO_SPECIALS,
    WITHDRAWN_PERIOD,
)

CERTAINTY = "assumed"
VARIANTS = ("totaal", "normaal", "bijzonder")
TARIFFS = ("normaal", "bijzonder")
# Terms that a list has in three variants; the car is the fifth.
LOON, INHOUDING, ZVW, WGA = "loon_lbph", "inhouding_lbph", "inhouding_zvw_premie", "inhouding_wgawhk_premie"
TERMS = (LOON, INHOUDING, ZVW, WGA)
CAR, GIVEN, COMPUTED = "waarde_gebruik_auto", "netto_inkomen", "netto_berekend"
DONE, BY_HAND, NONE = "berekend", "handmatig", "niet_van_toepassing"
TOLERANCE = 1  # cent between the formula and a given net amount (R-OIB 4); sums of parts have none

_OF_WAGES = ("aantal_verloonde_uren", "loon_sv", CAR, "vakantietoeslag", "extra_periode_salaris")


def other_income(period: Period) -> tuple[str, ...]:
    """Codes of relations that are no wages (uitkering, pensioen), from the code list GroepSrtIkv on ``period``
    (secondary)."""
    return tuple(one.code for one in code_lists(period) if one.tag == "GroepSrtIkv" and one.title != "loondienst")


def assessed(source: str, other: Sequence[str]) -> str:
    """A FROM item: the rows of ``source`` (columns of the list, ``klasse`` and ``labels``) with what is concluded.

    ``other`` as :func:`other_income`. Added columns: ``netto_verschil_<variant>`` (given minus formula, where both are
    there), ``delen_fout`` (terms of which the parts are not the total), ``delen_sluiten`` (null: not said in parts, or
    a part is missing), ``netto_redenen`` (keys of ``net_words.REASONS``), ``netto_stand``, ``netto_berekend_<variant>``
    (of a record that is ``berekend``), ``netto_met_vt`` (the total with the monthly toeslag, null where the list does
    not give one: a municipality may reckon with either) and ``netto_vakantietoeslag`` (of one whose paid holiday
    allowance is all there is at the special tariff; it is settled apart)."""
    layers = [
        _looked(other),
        {**{f"_f_{variant}": _formula(variant) for variant in VARIANTS}, **_parts()},
        {f"netto_verschil_{variant}": f"{GIVEN}_{variant} - _f_{variant}" for variant in VARIANTS},
        {"netto_redenen": _reasons()},
        {"netto_stand": f"CASE WHEN _geen THEN '{NONE}' WHEN netto_redenen = [] THEN '{DONE}' ELSE '{BY_HAND}' END"},
        {f"{COMPUTED}_{variant}": f"CASE WHEN netto_stand = '{DONE}' THEN _f_{variant} END" for variant in VARIANTS},
        {"netto_met_vt": f"{COMPUTED}_totaal + vt_toeslag"},
        {"netto_vakantietoeslag": f"CASE WHEN vakantietoeslag <> 0 AND vakantietoeslag = {LOON}_bijzonder"
                                  f" THEN {COMPUTED}_bijzonder END"},
    ]  # fmt: skip
    return without_inner(layered(source, layers), layers)


def layered(source: str, layers: Sequence[Mapping[str, str]]) -> str:
    """A FROM item with columns added layer by layer; a layer may use what the ones before it added."""
    for columns in layers:
        source = f"(SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in columns.items())} FROM {source})"
    return source


def without_inner(source: str, layers: Sequence[Mapping[str, str]]) -> str:
    """Without the columns that only helped: those whose name begins with an underscore."""
    inner = ", ".join(name for columns in layers for name in columns if name.startswith("_"))
    return f"(SELECT * EXCLUDE ({inner}) FROM {source})"


def kept(codes: Mapping[str, str]) -> str:
    """A list of the codes whose condition is true, in their order."""
    cases = ", ".join(f"CASE WHEN {condition} THEN '{code}' END" for code, condition in codes.items())
    return f"list_filter([{cases}], lambda x: x IS NOT NULL)"


def employment(other: Sequence[str]) -> str:
    """Whether a record is of wages; so is one of a kind that is not known."""
    return f"coalesce(code_soort_inkomstenverhouding NOT IN ({_texts(other)}), true)"


def _looked(other: Sequence[str]) -> dict[str, str]:
    """What there is at all: tariffs, terms that may be absent, wages."""
    amounts = [f"{term}_{variant}" for term in TERMS for variant in VARIANTS]
    empty = " AND ".join(f"{name} IS NULL" for name in (*_OF_WAGES, *amounts))
    period = "datum_aanvang_inkomstenopgave IS NOT NULL OR datum_einde_inkomstenopgave IS NOT NULL"
    # A relation without wages must still hold one opgave, and then holds an empty one (spec ib-signalen 6.2).
    awaited = f"klasse IN ('{NEW_PERIOD}', '{CORRECTED_PERIOD}') AND ({period})"
    return {
        **{f"_{tariff}": _any(f"{term}_{tariff}" for term in TERMS) for tariff in TARIFFS},
        "_zvw": _any(f"{ZVW}_{variant}" for variant in VARIANTS),
        "_wga": _any(f"{WGA}_{variant}" for variant in VARIANTS),
        "_loon": employment(other),
        "_geen": f"klasse = '{WITHDRAWN_PERIOD}' OR ({empty} AND len(labels) = 0 AND NOT ({awaited}))",
    }


def _term(term: str, variant: str) -> str:
    """A term of the formula: 0 where it need not apply and is wholly absent, null where it is missing."""
    column = f"{term}_{variant}"
    absent = {ZVW: "NOT _zvw", WGA: "NOT _wga AND NOT _loon"}.get(term)
    return f"CASE WHEN {absent} THEN 0 ELSE {column} END" if absent else column


def _formula(variant: str) -> str:
    car = "" if variant == "bijzonder" else f" - coalesce({CAR}, 0)"
    return f"{_term(LOON, variant)}{car}" + "".join(f" - ({_term(term, variant)})" for term in TERMS[1:])


def _parts() -> dict[str, str]:
    """``delen_fout`` and ``delen_sluiten``: of every term and of the given result, total = normal + special."""
    closes = {term: _closes(term, there) for term, there in
              ((LOON, "true"), (INHOUDING, "true"), (ZVW, "_zvw"), (WGA, "_wga OR _loon"))}
    given = _any(f"{GIVEN}_{variant}" for variant in VARIANTS)
    closes[GIVEN] = _closes(GIVEN, given)
    split = "(_normaal OR _bijzonder)"
    fails = kept({term: f"{split} AND NOT ({sql})" for term, sql in closes.items()})
    tested = " AND ".join(f"({sql})" for sql in closes.values())
    return {"delen_fout": fails, "delen_sluiten": f"CASE WHEN {split} THEN {tested} END"}


def _closes(term: str, there: str) -> str:
    """Whether the parts are the total: true of a term that does not apply, null where one of them is missing."""
    parts = [f"CASE WHEN _{tariff} THEN {term}_{tariff} ELSE coalesce({term}_{tariff}, 0) END" for tariff in TARIFFS]
    return f"CASE WHEN {there} THEN {term}_totaal = {' + '.join(parts)} ELSE true END"


def _reasons() -> str:
    """Of a record without wages the one reason, of others all."""
    beside = " OR ".join(f"abs(netto_verschil_{variant}) > {TOLERANCE}" for variant in VARIANTS)
    reasons = {
        "LOON_IN_NATURA": f"list_contains(labels, '{IN_KIND}')",
        # The IB says so by a label; both amounts in one line are the same thing without it.
        "VT_EN_EPS": f"list_contains(labels, '{TWO_SPECIALS}')"
        " OR (coalesce(vakantietoeslag, 0) <> 0 AND coalesce(extra_periode_salaris, 0) <> 0)",
        "ONVOLLEDIG": "NOT berekening_volledig",
        "GEEN_LOON": f"{LOON}_totaal IS NULL",
        "GEEN_INHOUDING": f"{INHOUDING}_totaal IS NULL",
        "GEEN_ZVW": f"({_term(ZVW, 'totaal')}) IS NULL",
        "GEEN_WGA": f"({_term(WGA, 'totaal')}) IS NULL",
        "FORMULE_WIJKT_AF": beside,
        "DELEN_SLUITEN_NIET": "delen_fout <> []",
    }
    none = f"[CASE WHEN klasse = '{WITHDRAWN_PERIOD}' THEN 'VERVALLEN' ELSE 'GEEN_LOONPERIODE' END]"
    return f"CASE WHEN _geen THEN {none} ELSE {kept(reasons)} END"


def _any(names: Iterable[str]) -> str:
    return f"coalesce({', '.join(names)}) IS NOT NULL"


def _texts(codes: Sequence[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes) or "NULL"
