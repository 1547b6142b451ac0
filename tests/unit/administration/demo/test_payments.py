"""Payments per person and month: whole, halved, taxed by one formula, and told again in another way."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.unit.administration.demo.made import Town, town


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("corrected"), corrections=True, period="2026-12")


MONTH = """
    SELECT b.ikv_id, b.periode, sum(b.netto_cent), sum(b.loon_cent), sum(b.loonheffing_cent),
        sum(b.zvw_werkgever_cent), sum(b.zvw_ingehouden_cent), any_value(k.inkomenscode), any_value(p.geboortedatum)
    FROM betaling b JOIN inkomstenverhouding k USING (ikv_id) JOIN persoon p ON p.persoon_id = k.persoon_id
    GROUP BY 1, 2
"""


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("which", ["clean", "corrected"])
def test_every_month_of_every_relation_has_the_wage_of_the_formula(which: str, request: pytest.FixtureRequest) -> None:
    """From the tables only: the rows of inkomstenperiode, the date of birth, the net amounts."""
    made: Town = request.getfixturevalue(which)
    periods: dict[str, list[tuple[str, bool, int, str]]] = {}
    for ikv, begin, credit, elsewhere, table in made.ask(
            "SELECT ikv_id, strftime(datum_begin, '%Y-%m-%d'), loonheffingskorting, korting_elders_cent, "
            "loonbelastingtabel FROM inkomstenperiode ORDER BY datum_begin"):
        periods.setdefault(str(ikv), []).append((str(begin), bool(credit), int(str(elsewhere)), str(table)))
    seen = {"250": 0, "022": 0, "unknown": 0, "aow": 0, "withheld": 0, "elsewhere": 0}
    for ikv, month, *cents, code, birth in made.ask(MONTH):
        net, wage, tax, employer, withheld = (None if value is None else int(str(value)) for value in cents)
        assert net is not None
        if wage is None:
            seen["unknown"] += 1
            assert (tax, employer, withheld) == (None, None, None)
            assert code in ("43", "42")
            continue
        # What holds on the first day of the month; in the first month, on the first day of the relation.
        mine = periods[str(ikv)]
        _, applied, elsewhere, table = next((p for p in reversed(mine) if p[0] <= f"{month}-01"), mine[0])
        number = int(str(month)[:4]) * 12 + int(str(month)[5:])
        reached = int(str(birth)) // 10000 * 12 + int(str(birth)) // 100 % 100 + 67 * 12
        aow, after = number >= reached, number > reached
        credit = max(0, (12_967 if aow else 25_958) - elsewhere) if applied else 0
        assert not (code == "42" and credit)
        assert table == ("022" if code in ("34", "45") else "250")
        if table == "250":
            full = net + (withheld or 0)
            assert tax == max(0, rounded((full - credit) * Decimal("0.2173" if aow else "0.5564")) - credit)
        else:
            assert tax == max(0, int(wage * Decimal("0.1785" if aow else "0.3575")) - credit)
        assert wage == net + (tax or 0) + (withheld or 0)
        assert employer == (0 if after else rounded(wage * Decimal("0.0610")))
        assert withheld == (rounded(wage * Decimal("0.0485")) if after else 0)
        seen[table] += 1
        seen["aow"] += aow
        seen["withheld"] += after
        seen["elsewhere"] += elsewhere > 0
    assert all(seen.values()), seen


@pytest.mark.parametrize("which", ["clean", "corrected"])
def test_of_a_couple_each_has_half(which: str, request: pytest.FixtureRequest) -> None:
    made: Town = request.getfixturevalue(which)
    pairs = made.ask("SELECT DISTINCT u.uitkering_id FROM uitkering u WHERE partner_persoon_id IS NOT NULL "
                     "AND regeling = 'PW'")
    assert len(pairs) > 100
    # Before what is withheld for Zvw; a net line has no tax in it.
    odd = made.ask("""
        SELECT uitkering_id, periode, count(*) AS n,
            sum(CASE WHEN b.persoon_id = u.persoon_id THEN netto_cent + coalesce(zvw_ingehouden_cent, 0)
                ELSE -netto_cent - coalesce(zvw_ingehouden_cent, 0) END) AS verschil
        FROM betaling b JOIN uitkering u USING (uitkering_id)
        WHERE partner_persoon_id IS NOT NULL AND regeling = 'PW' AND soort = 'periodiek'
        GROUP BY 1, 2 HAVING n <> 2 OR verschil NOT IN (0, 1)""")
    assert odd == []


def test_every_month_of_the_year_is_paid(clean: Town) -> None:
    months = [str(row[0]) for row in clean.ask("SELECT DISTINCT periode FROM betaling ORDER BY 1")]
    assert months == [f"2026-{month:02d}" for month in range(1, 11)]
    # Who has a running relation has a payment in every month of it this year.
    gaps = clean.ask("""
        WITH maanden AS (SELECT unnest(generate_series(DATE '2026-01-01', DATE '2026-10-01', INTERVAL 1 MONTH)) AS dag)
        SELECT ikv_id, dag FROM inkomstenverhouding, maanden
        WHERE datum_aanvang <= last_day(dag::DATE) AND coalesce(datum_einde, DATE '9999-01-01') >= dag
        EXCEPT SELECT ikv_id, strptime(periode || '-01', '%Y-%m-%d') FROM betaling""")
    assert gaps == []
    assert clean.count("SELECT count(*) FROM betaling b JOIN inkomstenverhouding k USING (ikv_id) WHERE "
                       "strptime(periode || '-01', '%Y-%m-%d') NOT BETWEEN date_trunc('month', datum_aanvang) AND "
                       "coalesce(datum_einde, DATE '9999-01-01')") == 0


@pytest.mark.parametrize("which", ["clean", "corrected"])
def test_relations_and_what_holds_for_them(which: str, request: pytest.FixtureRequest) -> None:
    made: Town = request.getfixturevalue(which)
    nothing = {
        "number twice": "SELECT count(*) FROM (SELECT 1 FROM inkomstenverhouding GROUP BY persoon_id, nummer "
                        "HAVING count(*) > 1)",
        "end before begin": "SELECT count(*) FROM inkomstenverhouding WHERE datum_einde < datum_aanvang",
        "first period elsewhere": "SELECT count(*) FROM inkomstenverhouding k WHERE datum_aanvang IS DISTINCT FROM "
                                  "(SELECT min(datum_begin) FROM inkomstenperiode p WHERE p.ikv_id = k.ikv_id)",
        "period twice": "SELECT count(*) FROM (SELECT 1 FROM inkomstenperiode GROUP BY ikv_id, datum_begin "
                        "HAVING count(*) > 1)",
        "period after end": "SELECT count(*) FROM inkomstenperiode JOIN inkomstenverhouding USING (ikv_id) "
                            "WHERE datum_begin > datum_einde",
        "credit elsewhere without credit": "SELECT count(*) FROM inkomstenperiode WHERE korting_elders_cent > 0 "
                                           "AND NOT loonheffingskorting",
        "other code than the benefit": "SELECT count(*) FROM inkomstenverhouding k JOIN uitkering u USING "
                                       "(uitkering_id) WHERE k.inkomenscode <> u.inkomenscode",
        "other person than the payment": "SELECT count(*) FROM betaling b JOIN inkomstenverhouding k USING (ikv_id) "
                                         "WHERE b.persoon_id <> k.persoon_id OR b.uitkering_id <> k.uitkering_id",
        "other person than the benefit": "SELECT count(*) FROM inkomstenverhouding k JOIN uitkering u USING "
                                         "(uitkering_id) WHERE k.persoon_id NOT IN "
                                         "(u.persoon_id, coalesce(u.partner_persoon_id, ''))",
        "taxed special assistance": "SELECT count(*) FROM betaling JOIN uitkering USING (uitkering_id) "
                                    "WHERE (regeling = 'BB') <> (ikv_id IS NULL)",
        "special assistance with tax": "SELECT count(*) FROM betaling WHERE ikv_id IS NULL AND (loon_cent <> 0 "
                                       "OR loonheffing_cent <> 0 OR zvw_werkgever_cent <> 0)",
        "alimony outside the Participatiewet": "SELECT count(*) FROM betaling JOIN inkomstenverhouding USING (ikv_id) "
                                               "WHERE inkomenscode <> '43' AND coalesce(alimentatie_in_cent, "
                                               "alimentatie_rechtstreeks_cent) IS NOT NULL",
        "negative month": f"SELECT count(*) FROM ({MONTH.replace('sum(b.netto_cent)', 'sum(b.netto_cent) AS n', 1)}) "
                          "WHERE n < 0",
        "more than one open": "SELECT count(*) FROM (SELECT 1 FROM inkomstenverhouding k JOIN persoon USING "
                              "(persoon_id) WHERE datum_einde IS NULL GROUP BY bsn, nummer HAVING count(*) > 1)",
    }
    assert {what: made.count(sql) for what, sql in nothing.items() if made.count(sql)} == {}
    assert made.count("SELECT count(*) FROM inkomstenperiode WHERE periode_id LIKE '%1'") > 10, "no switch of credit"
    share = made.count("SELECT count(*) FROM betaling WHERE loon_cent IS NULL") / made.summary.rows["betaling"]
    assert 0.05 < share < 0.15
    assert made.count("SELECT count(*) FROM betaling WHERE alimentatie_in_cent > 0") > 0
    assert made.count("SELECT count(*) FROM betaling WHERE alimentatie_rechtstreeks_cent > 0") > 0
    assert {str(row[0]) for row in made.ask("SELECT DISTINCT inkomenscode FROM inkomstenverhouding")} == {
        "34", "42", "43", "45"}


def test_a_year_later_the_payments_are_of_that_year(tmp_path: Path) -> None:
    made = town(tmp_path, clients=400, period="2027-02", corrections=True)
    paid = made.ask("SELECT DISTINCT strftime(datum_betaalbaar, '%Y-%m') FROM betaling")
    assert {str(row[0]) for row in paid} == {"2027-01", "2027-02"}
