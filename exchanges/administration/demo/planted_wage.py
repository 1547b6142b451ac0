"""Planted errors of the wage tax declaration: for every rule that a bad administration can break a few cases that break
just that one (spec loonaangifte, section 5). A label per row that is told of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from exchanges.administration.demo.cases import Row, Sheet
from exchanges.administration.demo.wage_cases import WageCase

Planter = Callable[[Sheet, list[WageCase]], None]
CASES = 3                                           # persons per code
_AMOUNTS = ("loon_cent", "loonheffing_cent", "zvw_werkgever_cent", "zvw_ingehouden_cent")

WAGE: dict[str, tuple[int, Planter]] = {}


def _plants(code: str) -> Callable[[Planter], Planter]:
    def keep(planter: Planter) -> Planter:
        WAGE[code] = (CASES, planter)
        return planter
    return keep


def _label(sheet: Sheet, code: str, table: str, row: Row, case: WageCase, what: str, times: int = 1) -> None:
    key = {"inkomstenverhouding": "ikv_id", "inkomstenperiode": "periode_id"}.get(table, f"{table}_id")
    for _ in range(times):
        sheet.label(code, table, row[key], what, case.persoon)


def _relation(sheet: Sheet, code: str, case: WageCase, what: str, **odd: object) -> None:
    case.relation.update(odd)
    _label(sheet, code, "inkomstenverhouding", case.relation, case, what)


def _period(sheet: Sheet, code: str, case: WageCase, what: str, **odd: object) -> None:
    case.period.update(odd)
    _label(sheet, code, "inkomstenperiode", case.period, case, what)


def _payment(sheet: Sheet, code: str, case: WageCase, what: str, **odd: object) -> None:
    case.payment.update(odd)
    _label(sheet, code, "betaling", case.payment, case, what)


def _one_more(sheet: Sheet, case: WageCase, **odd: object) -> Row:
    """A second payment of the case."""
    row = case.payment | {"betaling_id": case.payment["betaling_id"] + "-2"} | odd
    sheet.rows["betaling"].append(row)
    return row


def _gross(case: WageCase, code: str = "34") -> None:
    """IOAW or IOAZ."""
    case.relation["inkomenscode"] = code
    case.period["loonbelastingtabel"] = "022"
    case.uitkering.update(regeling="IOAW" if code == "34" else "IOAZ", inkomenscode=code, loonbelastingtabel="022")


@_plants("LA-R-07")
def _bsn(sheet: Sheet, cases: list[WageCase]) -> None:
    odd, other, short = cases
    for case, step in ((odd, 1), (other, 3)):
        bsn = case.persoon["bsn"]
        case.persoon["bsn"] = bsn[:-1] + str((int(bsn[-1]) + step) % 10)
        _label(sheet, "LA-R-07", "persoon", case.persoon, case, "BSN voldoet niet aan de elfproef.")
    short.persoon["bsn"] = short.persoon["bsn"][:-1]
    _label(sheet, "LA-R-07", "persoon", short.persoon, short, "BSN van acht cijfers.")


@_plants("LA-R-09")
def _name_and_birth(sheet: Sheet, cases: list[WageCase]) -> None:
    nameless, unborn, partly = cases
    nameless.persoon["achternaam"] = None
    unborn.persoon["geboortedatum"] = None
    partly.persoon["geboortedatum"] = 19800000
    for case, what in ((nameless, "Geen achternaam."), (unborn, "Geen geboortedatum."),
                       (partly, "Geboortedatum is alleen een jaar.")):
        _label(sheet, "LA-R-09", "persoon", case.persoon, case, what)


@_plants("LA-R-10")
def _address(sheet: Sheet, cases: list[WageCase]) -> None:
    street, code, nowhere = cases
    street.adres["straatnaam"] = None
    code.adres["postcode"] = None
    nowhere.persoon["adres_id"] = None
    for case, what in ((street, "Adres zonder straat."), (code, "Adres in Nederland zonder postcode."),
                       (nowhere, "Persoon zonder adres.")):
        _label(sheet, "LA-R-10", "persoon", case.persoon, case, what)


@_plants("LA-R-12")
def _ends_before_it_begins(sheet: Sheet, cases: list[WageCase]) -> None:
    for day, case in enumerate(cases, start=2):
        begin = case.relation["datum_aanvang"].replace(day=9 + day)
        case.period["datum_begin"] = begin
        _relation(sheet, "LA-R-12", case, "Einde voor het begin.", datum_aanvang=begin,
                  datum_einde=begin.replace(day=day))


@_plants("LA-R-14")
def _number(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, number in zip(cases, (0, -1, 0), strict=True):
        _relation(sheet, "LA-R-14", case, f"Nummer {number}.", nummer=number)


@_plants("LA-R-15")
def _colour(sheet: Sheet, cases: list[WageCase]) -> None:
    for case in cases:
        begin = case.period["datum_begin"]
        green = case.period | {"periode_id": case.period["periode_id"] + "-0", "loonbelastingtabel": "022",
                               "datum_begin": begin - timedelta(40)}
        sheet.rows["inkomstenperiode"].append(green)
        for row in (green, case.period):
            _label(sheet, "LA-R-15", "inkomstenperiode", row, case, "Van de groene naar de witte tabel.")


@_plants("LA-R-16")
def _what_holds(sheet: Sheet, cases: list[WageCase]) -> None:
    nothing, late, double = cases
    sheet.rows["inkomstenperiode"] = [row for row in sheet.rows["inkomstenperiode"] if row is not nothing.period]
    _relation(sheet, "LA-R-16", nothing, "Inkomstenverhouding zonder inkomstenperiode.")
    begin = late.period["datum_begin"]
    _period(sheet, "LA-R-16", late, "Inkomstenperiode begint na de inkomstenverhouding.",
            datum_begin=begin.replace(day=5))
    for number, applied in ((1, True), (2, False)):
        row = double.period | {"periode_id": f"{double.period['periode_id']}-{number}", "loonheffingskorting": applied,
                               "datum_begin": begin.replace(day=16)}
        sheet.rows["inkomstenperiode"].append(row)
        _label(sheet, "LA-R-16", "inkomstenperiode", row, double, "Twee inkomstenperioden op een dag.")


@_plants("LA-R-19")
def _credit(sheet: Sheet, cases: list[WageCase]) -> None:
    for case in cases:
        case.uitkering.update(regeling="BBZ", inkomenscode="42")
        case.relation["inkomenscode"] = "42"
        _period(sheet, "LA-R-19", case, "Bbz met heffingskorting.")


@_plants("LA-R-21")
def _zvw(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, code, what in zip(cases, "MKA", ("M met werkgeversheffing.", "K met ingehouden bijdrage.",
                                               "A met werkgeversheffing."), strict=True):
        if code == "K":
            kept = case.payment["zvw_werkgever_cent"]
            case.payment.update(zvw_ingehouden_cent=kept, zvw_werkgever_cent=0,
                                loon_cent=case.payment["loon_cent"] + kept)
        _period(sheet, "LA-R-21", case, f"Code Zvw {what}", code_zvw=code)


@_plants("LA-R-27")
def _too_large(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, wage in zip(cases, (10**10, 2 * 10**10, 10**12), strict=True):
        tax = case.payment["loonheffing_cent"]
        _payment(sheet, "LA-R-27", case, "Bedrag van meer dan tien cijfers.", loon_cent=wage, netto_cent=wage - tax)


@_plants("LA-R-28")
def _code_and_table(sheet: Sheet, cases: list[WageCase]) -> None:
    green, white, strange = cases
    _period(sheet, "LA-R-28", green, "Participatiewet met de groene tabel.", loonbelastingtabel="022")
    white.relation["inkomenscode"] = "34"
    _period(sheet, "LA-R-28", white, "IOAW met de tabel van de bijstand.")
    strange.relation["inkomenscode"] = "50"
    _period(sheet, "LA-R-28", strange, "Inkomenscode 50 is niet van de gemeente.")


@_plants("LA-NEG")
def _negative(sheet: Sheet, cases: list[WageCase]) -> None:
    for case in cases:
        back = {name: -case.payment[name] for name in ("netto_cent", *_AMOUNTS)}
        _payment(sheet, "LA-NEG", case, "Meer teruggenomen dan betaald.", soort="terugbetaling", **back)


@_plants("LA-BET-IKV")
def _without_relation(sheet: Sheet, cases: list[WageCase]) -> None:
    nowhere, other, none = cases
    for case, ikv, what in ((nowhere, "K-", "Inkomstenverhouding bestaat niet."),
                            (other, none.relation["ikv_id"], "Inkomstenverhouding van een ander."),
                            (none, None, "Geen inkomstenverhouding, en geen bijzondere bijstand.")):
        _label(sheet, "LA-BET-IKV", "betaling", _one_more(sheet, case, ikv_id=ikv), case, what)


@_plants("LA-BET-PERIODE")
def _no_month(sheet: Sheet, cases: list[WageCase]) -> None:
    year = sheet.world.period.year
    for case, month in zip(cases, (f"{year}-13", f"{year}-1", f"okt-{year % 100}"), strict=True):
        row = _one_more(sheet, case, periode=month)
        _label(sheet, "LA-BET-PERIODE", "betaling", row, case, f"Maand {month} bestaat niet.")


@_plants("LA-BET-DUBBEL")
def _payment_twice(sheet: Sheet, cases: list[WageCase]) -> None:
    for case in cases:
        sheet.rows["betaling"].append(dict(case.payment))
        _label(sheet, "LA-BET-DUBBEL", "betaling", case.payment, case, "Betaling staat twee keer in de bron.", times=2)


@_plants("LA-BET-VOOR")
def _before_the_start(sheet: Sheet, cases: list[WageCase]) -> None:
    begin = sheet.world.period.shift(1).start
    for case in cases:
        case.period["datum_begin"] = begin
        _relation(sheet, "LA-BET-VOOR", case, "Betaald voor het begin.", datum_aanvang=begin)


@_plants("LA-IKV-DUBBEL")
def _same_number(sheet: Sheet, cases: list[WageCase]) -> None:
    year = sheet.world.period.year - 2
    for case in cases:
        begin = case.relation["datum_aanvang"].replace(year=year, month=1)
        former = case.relation | {"ikv_id": case.relation["ikv_id"] + "-0", "datum_aanvang": begin,
                                  "datum_einde": begin.replace(month=12)}
        sheet.rows["inkomstenverhouding"].append(former)
        for row in (former, case.relation):
            _label(sheet, "LA-IKV-DUBBEL", "inkomstenverhouding", row, case, "Nummer is opnieuw gebruikt.")


@_plants("LA-IKV-NUMMER")
def _gap(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, number in zip(cases, (2, 3, 9), strict=True):
        _relation(sheet, "LA-IKV-NUMMER", case, f"Nummer {number} zonder de nummers ervoor.", nummer=number)


@_plants("LA-BRUTO")
def _only_net(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, code, unknown in zip(cases, ("34", "45", "34"), (_AMOUNTS, _AMOUNTS, _AMOUNTS[2:]), strict=True):
        _gross(case, code)
        _payment(sheet, "LA-BRUTO", case, "Bruto uitkering met ontbrekende bedragen.", **dict.fromkeys(unknown))


@_plants("LA-CT-7")
def _does_not_add_up(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, cents in zip(cases, (1, -1, 10_000), strict=True):
        _relation(sheet, "LA-CT-7", case, f"Loon {cents} cent naast netto en heffing.")
        case.payment["loon_cent"] += cents


@_plants("LA-ALIMENTATIE")
def _alimony(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, name in zip(cases, ("in", "rechtstreeks", "in"), strict=True):
        _gross(case)
        _payment(sheet, "LA-ALIMENTATIE", case, "Alimentatie bij IOAW.", **{f"alimentatie_{name}_cent": 10_000})


@_plants("LA-JAAR")
def _last_year(sheet: Sheet, cases: list[WageCase]) -> None:
    for case, month in zip(cases, (12, 11, 1), strict=True):
        row = _one_more(sheet, case, periode=f"{sheet.world.period.year - 1}-{month:02d}", soort="nabetaling")
        _label(sheet, "LA-JAAR", "betaling", row, case, "Nabetaling over vorig jaar.")


@_plants("LA-BUITEN")
def _earlier_month(sheet: Sheet, cases: list[WageCase]) -> None:
    """In January there is no earlier month of the year."""
    before = sheet.world.period.shift(-1)
    for case in cases if before.year == sheet.world.period.year else ():
        row = _one_more(sheet, case, periode=str(before), soort="nabetaling")
        _label(sheet, "LA-BUITEN", "betaling", row, case, "Nabetaling over een maand die niet is aangegeven.")


@_plants("LA-DEEL")
def _amounts_in_part(sheet: Sheet, cases: list[WageCase]) -> None:
    levy, tax, later = cases
    for case, unknown in ((levy, _AMOUNTS[2:3]), (tax, _AMOUNTS[:2])):
        _payment(sheet, "LA-DEEL", case, "Van de betaling is een deel van de bedragen leeg.", **dict.fromkeys(unknown))
    row = _one_more(sheet, later, **dict.fromkeys(_AMOUNTS))
    _label(sheet, "LA-DEEL", "betaling", row, later, "Van één betaling zijn de bedragen gegeven, van de andere niet.")
