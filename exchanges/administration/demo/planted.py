"""Planted errors: for every code of the error table (spec dkd-gsd, section 8) a few cases that provoke just that code.

``ADMINISTRATION`` are planted before the surroundings are derived, so that index, questions and SRG delivery agree
with what is planted; ``AROUND`` are planted in the surroundings themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from exchanges.administration.demo.cases import Case, Row, Sheet
from exchanges.administration.demo.surroundings import REINTEGRATION, as_number

Planter = Callable[[Sheet, list[Case]], None]
CASES = 3                                           # persons per code, unless said otherwise
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")  # pass \d of the schema, are not a BSN
_LONG_AGO = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)  # before anything happened to a case

ADMINISTRATION: dict[str, tuple[int, Planter]] = {}
AROUND: dict[str, tuple[int, Planter]] = {}


def _plants(where: dict[str, tuple[int, Planter]], code: str, cases: int = CASES) -> Callable[[Planter], Planter]:
    def keep(planter: Planter) -> Planter:
        where[code] = (cases, planter)
        return planter
    return keep


def _voorziening(sheet: Sheet, code: str, row: Row, case: Case, what: str) -> None:
    sheet.label(code, "voorziening", row["voorziening_id"], what, case.persoon)


def _loonwaarde(code: str, values: tuple[int | None, ...], what: str) -> None:
    @_plants(ADMINISTRATION, code)
    def plant(sheet: Sheet, cases: list[Case]) -> None:
        for case, value in zip(cases, values, strict=True):
            newest = case.periods[-1]
            newest["loonwaarde_perc"] = value
            sheet.label(code, "loonkostensubsidie", newest["lks_id"], what, case.persoon)


_loonwaarde("LKS-PRC-01", (None, None, None), "Loonkostensubsidie zonder loonwaarde.")
_loonwaarde("LKS-PRC-02", (0, 0, 0), "Loonkostensubsidie met loonwaarde nul.")
_loonwaarde("LKS-PRC-03", (10_000, 12_000, 99_900), "Loonwaarde van 100 procent of meer.")
_loonwaarde("LKS-PRC-04", (-5_000, -100, -9_900), "Negatieve loonwaarde.")
_loonwaarde("LKS-PRC-05", (2_500, 1_000, 2_900), "Loonwaarde onder 30 procent (mag; alleen ter informatie).")


@_plants(ADMINISTRATION, "LKS-GRP-01")
def _no_group(sheet: Sheet, cases: list[Case]) -> None:
    for case, kind in zip(cases, ("10", "10", "11"), strict=True):
        case.subsidised["type"] = kind
        _drop(sheet.rows["loonkostensubsidie"], case.periods)
        _voorziening(sheet, "LKS-GRP-01", case.subsidised, case, f"Type {kind} zonder loonkostensubsidie.")


@_plants(ADMINISTRATION, "LKS-GRP-02")
def _wrong_type(sheet: Sheet, cases: list[Case]) -> None:
    for case, kind in zip(cases, ("30", "42", "21"), strict=True):
        case.subsidised["type"] = kind
        _voorziening(sheet, "LKS-GRP-02", case.subsidised, case, f"Loonkostensubsidie bij type {kind}.")


@_plants(ADMINISTRATION, "LKS-OVL-01")
def _overlap(sheet: Sheet, cases: list[Case]) -> None:
    for case in cases:
        case.coached["type"] = "10"
        newest = case.periods[-1]
        other = 8_000 if newest["loonwaarde_perc"] < 6_000 else 4_000
        sheet.rows["loonkostensubsidie"].append(newest | {
            "lks_id": "L9" + case.coached["voorziening_id"][1:], "voorziening_id": case.coached["voorziening_id"],
            "loonwaarde_perc": other, "datum_begin": _day(case.coached["datum_begin"])})
        for row in (case.subsidised, case.coached):
            _voorziening(sheet, "LKS-OVL-01", row, case, "Twee loonkostensubsidies tegelijk, andere loonwaarde.")


@_plants(ADMINISTRATION, "RV-KEY-01", 2 * CASES)
def _same_number(sheet: Sheet, cases: list[Case]) -> None:
    for one, other in zip(cases[::2], cases[1::2], strict=True):
        other.coached["registratienummer"] = one.coached["registratienummer"]
        for case in (one, other):
            _voorziening(sheet, "RV-KEY-01", case.coached, case, "Registratienummer komt bij twee personen voor.")


@_plants(ADMINISTRATION, "CD-01", 4)
def _unknown_code(sheet: Sheet, cases: list[Case]) -> None:
    odd, blank, goal, capacity = cases
    odd.coached["type"] = "XX"
    _voorziening(sheet, "CD-01", odd.coached, odd, "Type voorziening XX bestaat niet.")
    blank.coached["type"] = "  "
    _voorziening(sheet, "CD-01", blank.coached, blank, "Type voorziening bestaat uit twee spaties.")
    goal.traject["doel"] = "7"
    capacity.traject["arbeidsvermogen"] = "99"
    for case, what in ((goal, "Doel 7 bestaat niet."), (capacity, "Arbeidsvermogen 99 bestaat niet.")):
        sheet.label("CD-01", "traject", case.traject["traject_id"], what, case.persoon)


@_plants(ADMINISTRATION, "RV-EMP-01")
def _empty_traject(sheet: Sheet, cases: list[Case]) -> None:
    for case in cases:
        key = "T9" + case.traject["traject_id"][1:]
        sheet.rows["traject"].append(case.traject | {"traject_id": key, "arbeidsvermogen": None, "doel": None})
        sheet.label("RV-EMP-01", "traject", key, "Traject zonder arbeidsvermogen, doel of voorziening.", case.persoon)


@_plants(ADMINISTRATION, "BRN-01")
def _other_municipality(sheet: Sheet, cases: list[Case]) -> None:
    other = "0193" if sheet.world.gemeente != "0193" else "0150"
    for case in cases:
        case.traject["gemeentecode"] = other
        sheet.label("BRN-01", "traject", case.traject["traject_id"], "Traject van een andere gemeente.", case.persoon)


@_plants(ADMINISTRATION, "BSN-01")
def _fails_elfproef(sheet: Sheet, cases: list[Case]) -> None:
    for case in cases:
        bsn = case.persoon["bsn"]
        # The last digit weighs -1: any other one breaks the elfproef.
        case.persoon["bsn"] = bsn[:-1] + str((int(bsn[-1]) + 1) % 10)
        sheet.label("BSN-01", "persoon", case.persoon["persoon_id"], "BSN voldoet niet aan de elfproef.", case.persoon)


@_plants(ADMINISTRATION, "BSN-02")
def _not_nine_digits(sheet: Sheet, cases: list[Case]) -> None:
    forms: tuple[tuple[Callable[[str], str], str], ...] = (
        (lambda bsn: bsn[:-1], "BSN van acht cijfers."),
        (lambda bsn: bsn.translate(_ARABIC), "BSN in Arabisch-Indische cijfers."),
        (lambda bsn: bsn[1:], "BSN zonder het eerste cijfer."),
    )
    for case, (form, what) in zip(cases, forms, strict=True):
        case.persoon["bsn"] = form(case.persoon["bsn"])
        sheet.label("BSN-02", "persoon", case.persoon["persoon_id"], what, case.persoon)


@_plants(ADMINISTRATION, "BSN-DUP", 2 * CASES)
def _two_persons_one_bsn(sheet: Sheet, cases: list[Case]) -> None:
    for one, other in zip(cases[::2], cases[1::2], strict=True):
        other.persoon["bsn"] = one.persoon["bsn"]
        # Two subsidies under one BSN would be an overlap as well.
        _drop(sheet.rows["loonkostensubsidie"], other.periods)
        _drop(sheet.rows["voorziening"], [other.subsidised])
        for case in (one, other):
            sheet.label("BSN-DUP", "persoon", case.persoon["persoon_id"], "Twee personen, een BSN.", case.persoon)


@_plants(ADMINISTRATION, "DAT-01")
def _no_such_day(sheet: Sheet, cases: list[Case]) -> None:
    begin, end, birth = cases
    begin.coached["datum_begin"] = 20240231
    _voorziening(sheet, "DAT-01", begin.coached, begin, "Begindatum 31 februari.")
    last = as_number(sheet.world.period.end)
    years = (sheet.world.period.year, sheet.world.period.year + 1)
    end.coached["datum_einde"] = next(day for year in years for day in
                                      (year * 10000 + odd for odd in (230, 431, 631, 931, 1131)) if day > last)
    _voorziening(sheet, "DAT-01", end.coached, end, "Einddatum die niet in de kalender staat.")
    birth.persoon["geboortedatum"] = 19810431
    sheet.label("DAT-01", "persoon", birth.persoon["persoon_id"], "Geboortedatum 31 april.", birth.persoon)


@_plants(ADMINISTRATION, "DAT-02")
def _incomplete_begin(sheet: Sheet, cases: list[Case]) -> None:
    for case, day in zip(cases, (20240000, 20250300, 20250000), strict=True):
        case.coached["datum_begin"] = day
        _voorziening(sheet, "DAT-02", case.coached, case, "Begindatum is niet volledig.")


@_plants(ADMINISTRATION, "DAT-03")
def _end_before_begin(sheet: Sheet, cases: list[Case]) -> None:
    month = as_number(sheet.world.period.start) - 1
    for case, (begin, end) in zip(cases, ((20, 10), (2, 1), (28, 3)), strict=True):
        case.coached.update(datum_begin=month + begin, datum_einde=month + end)
        _voorziening(sheet, "DAT-03", case.coached, case, "Einddatum voor begindatum.")


@_plants(ADMINISTRATION, "DAT-04")
def _far_ahead(sheet: Sheet, cases: list[Case]) -> None:
    last = as_number(sheet.world.period.start)
    for case, day in zip(cases, (last + 20000, last + 50000, 20991231), strict=True):
        case.coached["datum_einde"] = day
        _voorziening(sheet, "DAT-04", case.coached, case, "Einddatum meer dan een jaar na de periode.")


@_plants(AROUND, "DKD-VWI-01")
def _stale_index(sheet: Sheet, cases: list[Case]) -> None:
    for case in cases:
        _entry(sheet, case)["gewijzigd_op"] = _LONG_AGO
        _index(sheet, "DKD-VWI-01", "Verwijsindex ouder dan de jongste wijziging.", case)


@_plants(AROUND, "DKD-VWI-02")
def _not_in_index(sheet: Sheet, cases: list[Case]) -> None:
    for case in cases:
        _drop(sheet.rows["verwijsindex"], [_entry(sheet, case)])
        _index(sheet, "DKD-VWI-02", "Persoon met loonkostensubsidie ontbreekt in de verwijsindex.", case)


@_plants(AROUND, "DKD-VWI-03", 0)
def _index_without_data(sheet: Sheet, cases: list[Case]) -> None:
    for bsn in (sheet.spare.pop() for _ in range(CASES)):
        sheet.rows["verwijsindex"].append({
            "bsn": bsn, "gemeentecode": sheet.world.gemeente, "cluster": REINTEGRATION, "ind_dkd": True,
            "gewijzigd_op": datetime.combine(sheet.world.period.end, datetime.min.time(), UTC)})
        sheet.label("DKD-VWI-03", "verwijsindex", _place(sheet), "BSN in de verwijsindex waarvan geen gegevens zijn.",
                    bsn=bsn)


@_plants(AROUND, "DKD-REC-01")
def _not_found(sheet: Sheet, cases: list[Case]) -> None:
    for case in cases:
        _ask(sheet, "DKD-REC-01", case, "Persoon staat in de verwijsindex, antwoord was: niets gevonden.",
             uitkomst="NOT_FOUND", bsn_antwoord=None)


@_plants(AROUND, "BSN-03")
def _other_answer(sheet: Sheet, cases: list[Case]) -> None:
    for case in cases:
        _ask(sheet, "BSN-03", case, "Antwoord gaat over een ander BSN dan de vraag.", bsn_antwoord=sheet.spare.pop())


@_plants(AROUND, "DKD-LEV-02")
def _slow(sheet: Sheet, cases: list[Case]) -> None:
    slow, slower, silent = cases
    _ask(sheet, "DKD-LEV-02", slow, "Antwoord duurde 9,5 seconden.", duur_ms=9_500)
    _ask(sheet, "DKD-LEV-02", slower, "Antwoord duurde 31 seconden.", duur_ms=31_000)
    _ask(sheet, "DKD-LEV-02", silent, "Er kwam geen antwoord.", uitkomst=None, bsn_antwoord=None, duur_ms=4_000)


@_plants(AROUND, "SRG-DKD-01")
def _other_srg(sheet: Sheet, cases: list[Case]) -> None:
    wage, begin, kind = cases
    row = _srg(sheet, wage, wage.subsidised)
    row["loonwaarde"] = row["loonwaarde"] + 10 if row["loonwaarde"] < 60 else row["loonwaarde"] - 10
    _voorziening(sheet, "SRG-DKD-01", wage.subsidised, wage, "SRG heeft een andere loonwaarde.")
    _srg(sheet, begin, begin.coached)["datum_begin"] -= 100
    _voorziening(sheet, "SRG-DKD-01", begin.coached, begin, "SRG heeft een andere begindatum.")
    _srg(sheet, kind, kind.coached)["type"] = "42"
    _voorziening(sheet, "SRG-DKD-01", kind.coached, kind, "SRG heeft een ander type.")


@_plants(AROUND, "DKD-SET-01", 0)
def _wrong_setting(sheet: Sheet, cases: list[Case]) -> None:
    _setting(sheet).update(methode="webservice", url="http://oud.voorbeeld.invalid/GSDDossierPersoon-v0100")
    sheet.label("DKD-SET-01", "koppelvlak_instelling", _place(sheet), "Methode en URL van cluster 04 zijn verkeerd.")


@_plants(AROUND, "DKD-SET-02", 0)
def _old_version(sheet: Sheet, cases: list[Case]) -> None:
    _setting(sheet)["berichtversie"] = "v0100"
    sheet.label("DKD-SET-02", "koppelvlak_instelling", _place(sheet), "Berichtversie van cluster 04 is v0100.")


@_plants(AROUND, "DKD-LEV-01", 0)
def _never_received(sheet: Sheet, cases: list[Case]) -> None:
    for back in range(1, CASES + 1):
        month = str(sheet.world.period.shift(-back))
        row = next(r for r in sheet.rows["levering_monitor"] if r["cluster"] == REINTEGRATION and r["periode"] == month)
        row.update(ontvangen_op=None, status=None)
        sheet.label("DKD-LEV-01", "levering_monitor", f"{_place(sheet)}/{month}",
                    f"Levering over {month} is nooit ontvangen.")


def _drop(rows: list[Row], gone: list[Row]) -> None:
    rows[:] = [row for row in rows if not any(row is other for other in gone)]


def _day(number: int) -> date:
    return date(number // 10000, number // 100 % 100, number % 100)


def _place(sheet: Sheet) -> str:
    return f"{sheet.world.gemeente}/{REINTEGRATION}"


def _entry(sheet: Sheet, case: Case) -> Row:
    return next(row for row in sheet.rows["verwijsindex"]
                if row["bsn"] == case.persoon["bsn"] and row["cluster"] == REINTEGRATION)


def _index(sheet: Sheet, code: str, what: str, case: Case) -> None:
    sheet.label(code, "verwijsindex", _place(sheet), what, case.persoon)


def _srg(sheet: Sheet, case: Case, provision: Row) -> Row:
    return next(row for row in sheet.rows["srg_voorziening"] if row["bsn"] == case.persoon["bsn"]
                and row["registratienummer"] == provision["registratienummer"])


def _setting(sheet: Sheet) -> Row:
    return next(row for row in sheet.rows["koppelvlak_instelling"] if row["cluster"] == REINTEGRATION)


def _ask(sheet: Sheet, code: str, case: Case, what: str, **odd: object) -> None:
    """A question about the case, ordinary but for ``odd``."""
    bsn, key = case.persoon["bsn"], "B" + case.persoon["persoon_id"][1:]
    sheet.rows["bevraging"].append({
        "bevraging_id": key, "gemeentecode": sheet.world.gemeente, "cluster": REINTEGRATION, "bsn_vraag": bsn,
        "bsn_antwoord": bsn, "uitkomst": "DATA", "duur_ms": 420,
        "tijdstip": datetime.combine(sheet.world.period.start.replace(day=12), datetime.min.time(), UTC)} | odd)
    sheet.label(code, "bevraging", key, what, case.persoon)
