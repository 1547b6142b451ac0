"""The annual statement over real deliveries, held against what the partner itself has booked."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pyrage import x25519

from exchanges.core.correct import require_new
from exchanges.core.errors import SourceError, UsageError
from exchanges.core.lists.seal import unseal
from exchanges.loonaangifte.exchange import EXCHANGE
from exchanges.loonaangifte.jaar import annual, bank_of
from exchanges.loonaangifte.jaar_bank import TAX_ACCOUNTS, accounts
from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import render_html, render_json, render_pdf, render_xlsx
from tests.unit.loonaangifte.camt_builder import OWN, TAX, Entry, Part, Statement, camt
from tests.wage_town import WageTown, wage_town

OVER = date(2027, 2, 1)  # the last day for December is past


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WageTown]:
    """January; February with a correction of January, and February done again; then a separate correction."""
    made = wage_town(tmp_path_factory.mktemp("jaar"))
    made.pay(1)
    assert made.declare(1).state == "accepted"
    made.pay(2)
    made.pay(1, 2, net=30_000, kind="nabetaling")
    assert made.declare(2).state == "accepted"
    made.pay(2, 0, net=10_000, kind="nabetaling")
    assert made.declare(2, new=True).state == "accepted"
    made.pay(2, 1, net=-20_000, kind="terugbetaling")
    assert made.declare(2, method="losse_correctie").state == "accepted"
    yield made
    made.leave()


@pytest.fixture(scope="module")
def report(town: WageTown) -> YearReport:
    made = annual("0153", 2026, on=OVER, settings=town.chain.settings)
    assert sorted(made.written.reports) == ["html", "json"]  # tests/conftest.py: not printed
    return made.report


def test_the_sides_are_the_same_in_the_months_that_were_declared(report):
    for line in report.lines:
        if line.month in ("2026-01", "2026-02"):
            assert line.closes and (line.received or "alimentatie" in line.line or line.line == "bijdrage_zvw")
        elif line.month:
            assert line.received == 0


def test_what_the_declaration_that_gave_way_asked_is_not_asked(report, town):
    january, february = report.collective.months[:2]
    assert (january.due, february.due) == (town.received(1), town.received(2)) == (town.due(1), town.due(2))
    assert (january.corrections, february.replaced, february.corrections) == (1, 1, 1)
    by = [(one.by, one.month) for one in report.collective.corrections]
    assert by == [("2026-02", "2026-01"), ("los", "2026-02")]
    assert all(one.closes for one in report.collective.corrections)
    assert report.collective.asked + report.collective.separate == report.collective.due
    assert report.collective.separate < 0


def test_months_that_were_not_declared_do_not_close(report):
    assert not report.closes and not report.collective.closes
    assert [month.closes for month in report.collective.months] == [True, True] + [False] * 10
    (absent,) = (reason for reason in report.reasons if "geen aangifte geaccepteerd" in reason)
    assert absent.startswith("Over maart, april, mei,") and "november en december 2026 is" in absent


def test_what_is_sent_and_not_answered_is_told_and_does_not_count(report, town):
    town.pay(3)
    waiting = town.open(3)
    assert town.deliver(waiting) is None
    made = annual("0153", 2026, on=OVER, settings=town.chain.settings.model_copy(update={"print_reports": True}))
    assert made.report.provenance.waiting == (waiting,)
    march = {line.line: line for line in made.report.lines if line.month == "2026-03"}
    assert march["netto"].received == 0 < march["netto"].payments == march["netto"].jaaropgaven
    assert march["netto"].relations == 4 and made.report.deviating == 4
    events = [one for one in town.chain.ledger.events(None) if one.action == "loonaangifte.jaar"]
    assert [(one.object, one.result) for one in events][-1] == ("loonaangifte/0153/2026", "sluit niet")
    assert len(made.written.jaaropgaven) == 2
    render = {"json": render_json, "html": render_html, "pdf": render_pdf, "xlsx": render_xlsx}
    stem = town.chain.home / "verslagen" / "0153" / "loonaangifte_0153_2026_jaar"
    assert made.written.reports == {form: stem.with_suffix(f".{form}") for form in render}
    for form, path in made.written.reports.items():
        data = render[form](made.report)
        assert path.read_bytes() == (data.encode() if isinstance(data, str) else data)


def test_for_a_municipality_with_a_key_the_jaaropgaven_are_sealed(report, town, tmp_path):
    key = x25519.Identity.generate()
    settings, gemeente = town.chain.settings, town.chain.home / "jaaropgaven" / "0153"
    keyed = tmp_path / "ketensluis.toml"
    text = (town.chain.home / "ketensluis.toml").read_text(encoding="utf-8")
    keyed.write_text(f'{text}\n[gemeente.0153.lijsten]\nsleutel = "{key.to_public()}"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="geen sleutel bij lijsten"):
        annual("0153", 2026, on=OVER, settings=settings.model_copy(update={"production": True}))
    assert list(gemeente.glob("jaaropgaven-2026.*"))
    made = annual("0153", 2026, on=OVER, settings=settings.model_copy(update={"config": keyed})).written
    assert [path.name for path in made.jaaropgaven] == ["jaaropgaven-2026.zip.age"] == [
        path.name for path in gemeente.glob("jaaropgaven-2026.*")
    ]  # fmt: skip
    unseal(made.jaaropgaven[0], str(key), tmp_path / "open.zip")
    with zipfile.ZipFile(tmp_path / "open.zip") as opened:
        assert sorted(opened.namelist()) == ["jaaropgaven-2026.csv", "jaaropgaven-2026.parquet"]
        assert hashlib.sha256(opened.read("jaaropgaven-2026.parquet")).hexdigest() == made.sha256


def test_a_year_that_is_not_over_has_no_statement_and_no_jaaropgaven(town):
    """February may be declared until 31 March. Where it was, the months after it are the ones that are waited for."""
    settings = town.chain.settings
    before = {path for path in settings.root.rglob("*") if "jaar" in path.name}
    with pytest.raises(UsageError) as told:
        annual("0153", 2026, on=date(2026, 11, 29), settings=settings)
    assert str(told.value).startswith(
        "Het jaar 2026 is nog niet rond: over oktober, november en december 2026 is geen aangifte geaccepteerd, en die"
        " termijn loopt nog."
    )
    assert {path for path in settings.root.rglob("*") if "jaar" in path.name} == before
    # on the last day for December it may still come; a year without a calendar is over when it is over
    with pytest.raises(UsageError, match="over december 2026 is geen"):
        annual("0153", 2026, on=date(2027, 1, 31), settings=settings)
    with pytest.raises(UsageError, match="over december 2022 is geen"):
        annual("0153", 2022, on=date(2022, 12, 31), settings=settings)


def test_the_bank_of_a_year_that_is_not_over(report, town, tmp_path):
    """January and February were declared; what is to be declared or paid later is not held against anybody."""
    path = tmp_path / "afschrift.xml"
    january = report.collective.months[0]
    paid = Entry(-100 * (january.general or 0), (Part(reference=january.kenmerk),), day="2026-02-20")
    path.write_bytes(camt([Statement((paid,))]))
    text = (town.chain.home / "ketensluis.toml").read_text(encoding="utf-8")
    own = "[gemeente.0153.gegevens.loonaangifte]\n"
    assert own in text
    (tmp_path / "ketensluis.toml").write_text(text.replace(own, f'{own}{TAX_ACCOUNTS} = "{TAX}"\n'), encoding="utf-8")
    settings = town.chain.settings.model_copy(update={"config": tmp_path / "ketensluis.toml"})
    found = bank_of("0153", 2026, [path], settings, date(2026, 3, 31))
    assert [line["uitkomst"] for line in found.side.lines] == ["gevonden", "nog_te_betalen"]
    assert found.closes and found.absent == [] and found.to_come == [f"2026-{month:02}" for month in range(3, 13)]
    late = bank_of("0153", 2026, [path], settings, date(2026, 5, 1))
    assert [line["uitkomst"] for line in late.side.lines] == ["gevonden", "ontbreekt"]
    assert not late.closes and late.absent == ["2026-03"] and "2026-03" not in late.to_come


def test_a_separate_correction_in_a_year_that_is_not_over_is_remarked_upon(town):
    loose = next(one for one in town.chain.ledger.deliveries("loonaangifte") if one.method == "losse_correctie")
    codes = town.chain.ledger.findings(loose.id)["code"].to_pylist()
    assert loose.period.year == 2026 and "LA-C-2" in codes


def test_a_declaration_that_stands_can_be_replaced_and_not_added_to(town):
    with pytest.raises(UsageError, match="correct replace") as told:
        require_new(EXCHANGE.id, "0153", "2026-02", settings=town.chain.settings)
    assert "correct add" not in str(told.value)


def test_another_year_has_nothing(town):
    told: list[str] = []
    report = annual("0153", 2022, settings=town.chain.settings, tell=told.append).report
    assert told.count("Februari 2022 naast elkaar leggen") == 1 and not any("2022-" in text for text in told)
    assert not report.closes and report.jaaropgaven.count == 0 and report.provenance.deliveries == ()
    assert all(line.received == line.payments == 0 for line in report.lines)


def test_without_a_place_to_look(town, tmp_path):
    with pytest.raises(UsageError, match="0344"):
        annual("0344", 2026, settings=town.chain.settings)
    with pytest.raises(UsageError, match="bestaat niet"):
        annual("0153", 2026, bank=[tmp_path / "nergens"], settings=town.chain.settings)
    with pytest.raises(UsageError, match="is leeg"):
        annual("0153", 2026, gws=[tmp_path], settings=town.chain.settings)
    (tmp_path / "leeg").mkdir()
    with pytest.raises(UsageError, match=r"gemeente.0153.gegevens.loonaangifte.rekening_belastingdienst"):
        bank_of("0153", 2026, [tmp_path / "leeg"], town.chain.settings)


@pytest.mark.parametrize(("text", "found"), [
    ("NL86INGB0002445588", [TAX]), ("NL86 INGB 0002 4455 88", [TAX]), ("nl86 ingb 0002445588", [TAX]),
    ("NL86INGB0002445588 NL91ABNA0417164300", [TAX, OWN]),
    ("NL86 INGB 0002 4455 88, NL91 ABNA 0417 1643 00;", [TAX, OWN]),
    ("BE68 5390 0754 7034", ["BE68539007547034"]), ("", None), ("NL86INGB0002445587", None), ("0002445588", None),
    ("NL86INGB000244558", None), ("NL86INGB0002445588NL91ABNA0417164300", None), ("NL86INGB0002445588 4300", None),
])  # fmt: skip
def test_accounts_as_people_write_them(text: str, found: list[str] | None) -> None:
    """An account that was taken apart at its blanks made every payment one to a wrong account."""
    says = SimpleNamespace(gegevens={EXCHANGE.id: {TAX_ACCOUNTS: text}})
    context: Any = SimpleNamespace(gemeente=says, exchange=EXCHANGE, delivery=SimpleNamespace(gemeente="0153"))
    if found is not None:
        assert accounts(context, TAX_ACCOUNTS) == found
    else:
        with pytest.raises(UsageError, match=f"gemeente.0153.gegevens.loonaangifte.{TAX_ACCOUNTS}"):
            accounts(context, TAX_ACCOUNTS)


def test_an_administration_that_cannot_be_read_gives_no_statement(town):
    path = town.chain.source / "betaling.csv"
    before = path.read_bytes()
    path.write_bytes(before.replace(b"140000", b"14O000", 1))
    try:
        with pytest.raises(SourceError, match="betaling"):
            annual("0153", 2026, on=OVER, settings=town.chain.settings)
    finally:
        path.write_bytes(before)
