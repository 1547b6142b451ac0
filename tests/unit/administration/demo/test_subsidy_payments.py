"""Payments of wage-cost subsidy: what was granted is paid, day by day, and what was paid stays."""

from __future__ import annotations

from tests.unit.administration.demo.made import Town

PAID = "lks_betaling WHERE soort = 'betaling'"


def test_every_payment_lies_within_one_granted_period(clean: Town, month_later: Town) -> None:
    for made in (clean, month_later):
        assert made.count(f"SELECT count(*) FROM {PAID}") > 1000
        assert made.count(
            f"SELECT count(*) FROM (FROM {PAID}) b WHERE 1 <> (SELECT count(*) FROM loonkostensubsidie l"
            " WHERE l.voorziening_id = b.voorziening_id AND l.datum_begin <= b.datum_tijdvak_begin"
            " AND coalesce(l.datum_einde, DATE '9999-12-31') >= b.datum_tijdvak_einde)") == 0


def test_a_whole_month_is_paid_whole_and_a_part_by_the_day(clean: Town) -> None:
    rows = clean.ask(
        "SELECT b.bedrag_cent, l.bedrag_cent, b.datum_tijdvak_einde - b.datum_tijdvak_begin + 1,"
        " day(last_day(b.datum_tijdvak_begin)) FROM lks_betaling b JOIN loonkostensubsidie l"
        " ON l.voorziening_id = b.voorziening_id AND l.datum_begin <= b.datum_tijdvak_begin"
        " AND coalesce(l.datum_einde, DATE '9999-12-31') >= b.datum_tijdvak_einde WHERE b.soort = 'betaling'")
    parts = [row for row in rows if row[2] != row[3]]
    assert len(parts) > 50 and len(parts) < len(rows) / 3
    assert all(paid == (2 * monthly * days + of) // (2 * of) for paid, monthly, days, of in rows)  # type: ignore[operator]


def test_a_recovery_is_of_an_earlier_payment_and_never_more(clean: Town) -> None:
    back = "lks_betaling t JOIN lks_betaling b ON b.betaling_id = t.terug_op_betaling_id"
    assert clean.count(f"SELECT count(*) FROM {back}") > 5
    assert clean.count("SELECT count(*) FROM lks_betaling WHERE (soort = 'terugvordering') <>"
                       " (terug_op_betaling_id IS NOT NULL) OR (bedrag_cent < 0) <> (soort = 'terugvordering')") == 0
    assert clean.count(f"SELECT count(*) FROM {back} WHERE -t.bedrag_cent > b.bedrag_cent"
                       " OR t.datum_betaald <= b.datum_betaald OR t.datum_tijdvak_einde > b.datum_tijdvak_einde") == 0


def test_what_was_paid_stays_in_the_next_month(clean: Town, month_later: Town) -> None:
    was = f"'{clean.folder}/lks_betaling.parquet'"
    assert month_later.count(f"SELECT count(*) FROM (FROM {was} EXCEPT FROM lks_betaling)") <= 3, "but for who died"
    new = month_later.count(f"SELECT count(*) FROM (FROM lks_betaling EXCEPT FROM {was}) WHERE soort = 'betaling'")
    assert new > 100
