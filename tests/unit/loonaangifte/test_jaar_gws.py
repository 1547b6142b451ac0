"""Centric GWS beside our year: equal, and every kind of difference with what to do about it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.period import Period
from exchanges.core.reports.codec import DocumentError
from exchanges.core.sql import connect
from exchanges.loonaangifte import jaar_gws
from exchanges.loonaangifte.jaar_delen import GwsPart
from exchanges.loonaangifte.jaar_gws import AMOUNTS, GwsSide, gws_side
from tests.unit.loonaangifte.gws_builder import MAAND, amount, month_statement, response, specification, year_statement
from tests.unit.loonaangifte.world import BSNS

OURS = {"fiscaal_loon": 20_000, "loonheffing": 4_000, "werkgeversheffing_zvw": 1_220, "ontvangsten_loon": -50}
THEIRS = {"Fiscaalloon": 20_000, "Loonheffing": 4_000, "IngehoudenPremieZVW": 0, "OntvangstenFiscaalloon": -50,
          "WerkgeversheffingPremieZVW": 1_220}  # fmt: skip


class Desk:
    """An administration of jaaropgaven and payments, and answers of GWS."""

    def __init__(self, tmp: Path) -> None:
        self.tmp = tmp
        self.opgaven: list[dict[str, Any]] = []
        self.payments: list[dict[str, Any]] = []
        self.components: list[dict[str, Any]] = []
        self.answers: list[str] = []
        self.kept: list[bytes] = []

    def opgave(self, bsn: str, regeling: str = "Participatiewet", **euros: int) -> None:
        self.opgaven.append({"bsn": bsn, "regeling": regeling, **dict.fromkeys(AMOUNTS, 0), **OURS, **euros})

    def answer(self, bsn: str, scheme: str = "Participatiewet", year: int = 2026, **euros: int) -> None:
        self.answers.append(response(year_statement(bsn, specification(THEIRS | euros, year, scheme))))

    def pay(self, bsn: str, month: str, net: int, instalment: int = 0) -> None:
        id = f"B{len(self.payments)}"
        self.payments.append({"betaling_id": id, "persoon_id": f"P{bsn}", "periode": month, "netto_cent": net})
        if instalment:
            self.components.append({"betaling_id": id, "soort": "aflossing", "bedrag_cent": instalment})

    def paid(self, bsn: str, month: str, cents: int) -> None:
        self.answers.append(response(month_statement(bsn, period=month.replace("-", ""), paid=cents), MAAND))

    def look(self, components: bool = True, most: int = 100) -> GwsSide:
        schema = pa.schema([("bsn", pa.string()), ("regeling", pa.string()), *((name, pa.int64()) for name in AMOUNTS)])
        pq.write_table(pa.Table.from_pylist(self.opgaven, schema=schema), self.tmp / "opgaven.parquet")
        columns = [("betaling_id", pa.string()), ("soort", pa.string()), ("bedrag_cent", pa.int64())]
        parts = self.tmp / "betaling_component.parquet"
        pq.write_table(pa.Table.from_pylist(self.components, schema=pa.schema(columns)), parts)
        folder = self.tmp / "gws"
        folder.mkdir(exist_ok=True)
        (folder / "antwoorden.xml").write_text("\n".join(self.answers), encoding="utf-8")
        con = connect(self.tmp / "con")
        persons = [{"persoon_id": f"P{bsn}", "bsn": bsn} for bsn in BSNS]
        rows = {
            "persoon": pa.Table.from_pylist(persons),
            "betaling": pa.Table.from_pylist(self.payments, schema=pa.schema([
                ("betaling_id", pa.string()), ("persoon_id", pa.string()), ("periode", pa.string()),
                ("netto_cent", pa.int64()),
            ])),
        }  # fmt: skip
        for name, table in rows.items():
            con.register("arrow", table)
            con.execute(f"CREATE TABLE bron.{name} AS SELECT * FROM arrow")
            con.unregister("arrow")

        def quarantine(gemeente: str, path: Path, reason: str) -> None:
            self.kept.append(path.read_bytes())

        context: Any = SimpleNamespace(
            work=self.tmp, store=SimpleNamespace(quarantine=quarantine),
            delivery=SimpleNamespace(gemeente="0153", period=Period(2026, 12)),
        )
        tables = {"betaling_component": parts} if components else {}
        return gws_side(con, context, tables, self.tmp / "opgaven.parquet", [folder], most)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    for bsn in BSNS[:2]:
        made.opgave(bsn)
        made.answer(bsn)
    return made


def test_the_same_is_the_same(desk):
    desk.opgave(BSNS[0], "IOAW")
    desk.answer(BSNS[0], "Uitkering IOAW")
    desk.pay(BSNS[0], "2026-03", 120_000, -5_000)
    desk.paid(BSNS[0], "2026-03", 115_000)
    found = desk.look()
    assert found.closes and not found.differences and found.read == 4
    assert (found.years.ours, found.years.theirs, found.years.equal) == (3, 3, 3)
    assert (found.months.ours, found.months.equal) == (1, 1)


def test_another_amount_and_an_amount_a_euro_off(desk):
    desk.opgave(BSNS[2])
    desk.answer(BSNS[2], Loonheffing=4_100, WerkgeversheffingPremieZVW=1_221)
    found = desk.look()
    assert not found.closes and found.years.different == 1
    assert [(one.key, one.month, one.amount, one.ours, one.theirs, one.action) for one in found.differences] == [
        (BSNS[2], "", "loonheffing", 4_000, 4_100, jaar_gws.OTHER_AMOUNT),
        (BSNS[2], "", "werkgeversheffing_zvw", 1_220, 1_221, jaar_gws.ONE_EURO),
    ]


def test_a_client_on_one_side_only(desk):
    desk.opgave(BSNS[2])
    desk.answer(BSNS[3])
    found = desk.look()
    assert found.years.different == 2 and found.years.equal == 2
    assert {(one.key, one.ours, one.theirs, one.action) for one in found.differences} == {
        (BSNS[2], 20_000, None, jaar_gws.MISSING_THERE), (BSNS[3], None, 20_000, jaar_gws.MISSING_HERE),
    }


def test_another_year_or_municipality_is_not_ours(desk):
    desk.answer(BSNS[2], year=2025)
    desk.answers.append(desk.answers[-1].replace(">2025<", ">2026<").replace(">0153<", ">0344<"))
    assert desk.look().closes


def test_months(desk):
    desk.pay(BSNS[0], "2026-03", 120_000)
    desk.pay(BSNS[0], "2026-04", 120_000)
    desk.pay(BSNS[1], "2026-04", 0)
    desk.paid(BSNS[0], "2026-03", 119_999)
    desk.paid(BSNS[0], "2026-05", 70_000)
    found = desk.look()
    assert (found.months.ours, found.months.theirs, found.months.different) == (3, 2, 3)
    assert [(one.month, one.ours, one.theirs, one.action) for one in found.differences] == [
        ("2026-03", 120_000, 119_999, jaar_gws.OTHER_PAYMENT),
        ("2026-04", 120_000, None, jaar_gws.ONLY_OUR_PAYMENT),
        ("2026-05", None, 70_000, jaar_gws.ONLY_THEIR_PAYMENT),
    ]
    assert [one.month for one in desk.look(most=2).differences] == ["2026-03", "2026-04"]


def test_the_other_half_of_a_couple_is_paid_in_the_answer_of_the_first(desk):
    desk.pay(BSNS[0], "2026-03", 60_001)
    desk.pay(BSNS[1], "2026-03", 60_000)
    party = (f"<OverigeBijstandspartij><BurgerServiceNr>{BSNS[1]}</BurgerServiceNr><Achternaam>B</Achternaam>"
             f"{amount('UitbetaaldBedrag', 60_000)}</OverigeBijstandspartij>")  # fmt: skip
    text = month_statement(BSNS[0], period="202603", paid=60_001).replace("<DatumBetaald>", f"{party}<DatumBetaald>")
    desk.answers.append(response(text, MAAND))
    found = desk.look()
    assert found.closes and found.months.equal == 2


def test_without_components_months_cannot_be_compared(desk):
    desk.paid(BSNS[0], "2026-03", 1)
    found = desk.look(components=False)
    assert found.months is None and found.without_components and found.closes


def test_where_every_answer_is_empty_nothing_is_the_same(desk):
    desk.answers = [response(""), response("", MAAND)]
    found = desk.look()
    assert (found.empty, found.read, found.years, found.months) == (2, 0, None, None) and not found.closes
    assert part(found).label == "niet vergeleken"
    with pytest.raises(DocumentError):
        part(found, closes=True)


def part(found: GwsSide, **other: bool) -> GwsPart:
    return GwsPart(found.read, found.empty, found.refused, None, None, found.without_components, (), (),
                   **{"closes": found.closes} | other)  # fmt: skip


def test_what_cannot_be_read_is_kept_and_does_not_close(desk):
    desk.answers.append(response("<JaarOpgaveClient><Client/></JaarOpgaveClient>"))
    found = desk.look()
    assert found.refused == 1 and not found.closes and len(desk.kept) == 1
    assert {row["severity"] for row in found.findings} == {"error"}
