"""The simulated bank and GWS: what they write can be read by others, and is worked out by themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest
from lxml import etree

from exchanges.administration.demo import generate
from exchanges.core.period import Period
from exchanges.loonaangifte.camt import read_file
from exchanges.loonaangifte.gws import read_answers
from exchanges.loonaangifte.kenmerk import betalingskenmerk
from exchanges.simulators.bank import OWN_ACCOUNT, TAX_ACCOUNT, Bank, Clerk, Transfer, payment_reference
from exchanges.simulators.gws import Gws


@pytest.mark.parametrize(("number", "month", "reference"), [
    ("001000275L01", "2006-01", "8001000276601010"), ("001000287L02", "2007-02", "9001000286702020"),
    ("001000391L12", "2007-12", "4001000396712120"),
])  # fmt: skip
def test_the_references_of_the_specification(number, month, reference):
    assert payment_reference(number, month) == reference


def test_both_ways_to_a_reference_give_the_same():
    for number in ("001000275L01", "001000287L02", "001000391L12"):
        for months in range(40 * 12):
            period = Period(2006 + months // 12, months % 12 + 1)
            assert payment_reference(number, str(period)) == betalingskenmerk(number, period)


def test_a_day_is_a_statement_that_balances(tmp_path):
    bank = Bank(tmp_path, balance=10_000)
    first = bank.book(date(2026, 2, 20), [Transfer(2_500, TAX_ACCOUNT, "Belastingdienst & co", "8001000276601010")])
    second = bank.book(date(2026, 3, 20), [Transfer(-100, TAX_ACCOUNT, "Belastingdienst", text="Terug <3>"),
                                           Transfer(20_000, OWN_ACCOUNT, "Elders")])  # fmt: skip
    one, two = read_file(first), read_file(second)
    assert not one.findings and not two.findings
    assert one.entries.to_pylist()[0]["referentie"] == "8001000276601010"
    assert [row["bedrag_cent"] for row in two.entries.to_pylist()] == [100, -20_000]
    assert [(row["nummer"], row["begin_cent"], row["eind_cent"]) for file in (one, two)
            for row in file.statements.to_pylist()] == [(1, 10_000, 7_500), (2, 7_500, -12_400)]  # fmt: skip


def test_the_statements_are_official(tmp_path, official: Path):
    (schema,) = official.rglob("camt.053.001.08.xsd")
    path = Bank(tmp_path).book(date(2026, 2, 20), [Transfer(1, TAX_ACCOUNT, "B", "8001000276601010", "x")])
    etree.XMLSchema(etree.parse(schema)).assertValid(etree.parse(path))


def test_the_clerk_pays_what_is_asked_and_nothing_else(tmp_path):
    inbox = tmp_path / "in"
    inbox.mkdir()
    head = "<Loonaangifte><LhNr>001000275L01</LhNr><DatAanvTv>{}-01</DatAanvTv>{}</Loonaangifte>"
    (inbox / "a.xml").write_text(head.format("2026-03", "<TotGen>375</TotGen>"))
    (inbox / "b.xml").write_text(head.format("2026-04", "<TotGen>-20</TotGen>"))
    (inbox / "c.xml").write_text(head.format("2026-03", ""))
    clerk = Clerk(inbox, Bank(tmp_path / "bank"))
    clerk.pay("2026-03", date(2026, 4, 20))
    clerk.pay("2026-04", date(2026, 5, 20))
    assert clerk.paid == {"2026-03": 375, "2026-04": -20}
    entries = [row for path in sorted((tmp_path / "bank").iterdir()) for row in read_file(path).entries.to_pylist()]
    mine = [(row["referentie"], row["bedrag_cent"]) for row in entries if row["tegen_iban"] == TAX_ACCOUNT]
    assert mine == [(betalingskenmerk("001000275L01", Period(2026, 3)), -37_500)]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("gws")
    generate(folder / "bron", "0153", 300, seed=3, corrections=True, period="2026-12")
    return Gws(folder / "bron", "0153", 2026).answer_all(folder / "uit")


def test_gws_answers_are_read_without_a_word(answers):
    found = read_answers(answers)
    assert not found.findings and not found.refused and not found.empty
    years, months = found.tables["jaaropgave"], found.tables["specificatie"]
    assert years.num_rows > 100 and months.num_rows > 1_000
    assert set(years["dienstjaar"].to_pylist()) == {2026}
    assert {"Participatiewet", "IOAW"} <= set(years["regeling"].to_pylist())
    assert pc.any(pc.less(years["ontvangsten_fiscaalloon"], 0)).as_py()


def test_gws_answers_are_official(answers, official: Path):
    (schema,) = official.rglob("jaaropgave/v0400-b01/BodyReaction_resolved.xsd")
    checked = etree.XMLSchema(etree.parse(schema))
    first = answers[0].read_text("utf-8").split("<?xml")[1]
    body = etree.fromstring(f"<?xml{first}".encode())[0][0]
    checked.assertValid(etree.fromstring(etree.tostring(body)))
