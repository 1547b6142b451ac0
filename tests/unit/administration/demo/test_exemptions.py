"""What is left to clients of their income: decided on for who works, known from its day on, and never undone."""

from __future__ import annotations

import pytest

from tests.unit.administration.demo.made import Town

TABLES = ("vrijlating", "omstandigheid", "vrije_ontvangst")


def test_they_are_of_clients_with_a_benefit_at_the_time(clean: Town) -> None:
    for table, day in (("vrijlating", "datum_begin"), ("vrije_ontvangst", "datum")):
        assert clean.count(f"SELECT count(*) FROM {table}") > 10
        assert clean.count(
            f"SELECT count(*) FROM {table} v WHERE NOT EXISTS (SELECT 1 FROM uitkering u WHERE u.regeling = 'PW'"
            f" AND u.persoon_id = v.persoon_id AND date_trunc('month', u.datum_begin) <= v.{day}"
            f" AND coalesce(u.datum_einde, DATE '9999-12-31') >= v.{day})") == 0


def test_who_has_a_decision_has_income_left_free(clean: Town) -> None:
    assert clean.count("SELECT count(*) FROM vrijlating v WHERE NOT EXISTS (SELECT 1 FROM inkomstenopgave o"
                       " WHERE o.persoon_id = v.persoon_id)") < clean.count("SELECT count(*) FROM vrijlating") / 10


def test_a_single_parent_has_no_partner(clean: Town) -> None:
    parents = "omstandigheid o JOIN uitkering u USING (persoon_id) WHERE o.soort = 'alleenstaande_ouder'"
    assert clean.count(f"SELECT count(*) FROM {parents}") > 10
    assert clean.count(f"SELECT count(*) FROM {parents} AND u.partner_persoon_id IS NOT NULL") == 0


@pytest.mark.parametrize("table", TABLES)
def test_what_is_known_stays_in_the_next_month(clean: Town, month_later: Town, table: str) -> None:
    was = f"'{clean.folder}/{table}.parquet'"
    assert month_later.count(f"SELECT count(*) FROM (FROM {was} EXCEPT FROM {table})") <= 2, "but for who died"
