"""The simulator of the polisadministratie by itself: the same every time, and all that is hard to read is in it."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from exchanges.core.period import Period
from exchanges.simulators.uwv_polis import Answers, Declared, NoAnswer, Polis, Question
from exchanges.simulators.uwv_responses import free_bsns

BSNS = list(islice(free_bsns(), 200))
MONTHS = [Period(2026, 8).shift(number) for number in range(6)]


def six(seed: int = 1) -> list[Answers]:
    polis = Polis(seed)
    return [polis.month(period, BSNS) for period in MONTHS]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [(one.answer or b"").decode() for month in six() for one in month.questions]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (Polis(5).month(MONTHS[0], BSNS[:40]).write(tmp_path / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()
    assert Polis(6).month(MONTHS[0], BSNS[:40]).write(tmp_path / "c.zip").read_bytes() != first.read_bytes()


def test_a_person_is_the_same_whoever_else_is_asked() -> None:
    one, other = Polis(5), Polis(5)
    for period in MONTHS[:3]:
        mine = {q.bsn: q for q in one.month(period, BSNS[:40]).questions}
        for question in other.month(period, BSNS[30:10:-1]).questions:
            assert question == mine[question.bsn]


def test_a_month_that_is_past_cannot_be_asked() -> None:
    polis = Polis(1)
    polis.month(MONTHS[1], BSNS[:2])
    with pytest.raises(ValueError, match="voorbij"):
        polis.month(MONTHS[0], BSNS[:2])


def test_no_name_in_the_archive_holds_a_bsn(tmp_path: Path) -> None:
    month = six()[3]
    with zipfile.ZipFile(month.write(tmp_path / "m.zip")) as archive:
        names = archive.namelist()
        questions = archive.read("vragen.csv").decode().splitlines()
    silent = [one for one in month.questions if one.answer is None]
    assert not any(re.search("[0-9]{9}", name) for name in names)
    assert silent and len(names) == 1 + len(BSNS) - len(silent) and len(questions) == 1 + len(BSNS)


def test_who_asks_one_by_one_gets_what_the_month_holds() -> None:
    polis = Polis(1)
    for period in MONTHS[:4]:
        month = polis.month(period, BSNS)
    begin, end = date(2025, 11, 1), date(2026, 11, 30)

    def asked(bsn: str) -> Question:
        try:
            return Question(bsn, polis.answer(bsn, begin, end))
        except NoAnswer:
            return Question(bsn, None)

    assert [asked(bsn) for bsn in BSNS] == month.questions
    assert b"NietsGevonden" in polis.answer("999990007", begin, end)  # nobody knows this one


@pytest.mark.parametrize("pattern", [
    "<DatBIko>20260713</DatBIko><DatEIko>20260809</DatEIko>",  # four weeks across the end of a month
    "<DatEIko>20261231</DatEIko>.*<DatBIko>20270101</DatBIko>",  # the last of the year is shorter or longer
    "<CdPositiefNegatief>-</CdPositiefNegatief>", "<DatEIkp>99991230</DatEIkp>", "</DatBIkp><CdSrtIkv>",
    "<fwi:NietsGevonden/>", "<Fout><Code>FWI000", "<Waarschuwing>", "<VolgnrIkv>1</VolgnrIkv>.*<VolgnrIkv>0001</Vol",
    "<DatBIkv>2026[01][0-9]00<", "<DatBIkv>[0-9]{4}0000<", "<DatBIkv>66660101<", "<BedrBrutoloonSv></BedrBrutoloonSv>",
    "<DatBIko>20110101</DatBIko><DatEIko>20231123</DatEIko></Inkomstenopgave>",  # no wages: an empty one
    "<BedrVakantietoeslag><.*?<BedrExtraPrdSalaris><.*?</Inkomstenopgave>", "<Inkomstenverhouding><AanduidingIkv",
    "<AantVerloondeUrenIko>-", "<WaardeBedr>0</WaardeBedr>",
])
def test_what_breaks_naive_readers_is_there(texts: list[str], pattern: str) -> None:
    """Fixtures of spec ib-signalen 14 and values of polisadministratie-inkomsten 6."""
    assert any(re.search(pattern, text) for text in texts)


def test_two_employers_have_the_same_number_and_one_employer_has_two(texts: list[str]) -> None:
    pairs = [re.findall(r"<VolgnrIkv>0*([0-9]+)</VolgnrIkv>.*?<Loonheffingennr>([^<]+)<", text) for text in texts]
    assert any(len({employer for number, employer in pair if number == "1"}) > 1 for pair in pairs)
    assert any(len({number for number, employer in pair}) > len({employer for _, employer in pair}) for pair in pairs)


def test_a_benefit_comes_back_as_the_gemeente_declared_it() -> None:
    polis, bsn = Polis(1, plan=lambda bsn, period: []), BSNS[0]
    told = [
        [one for one in polis.month(period, [bsn], declared).truth.told if one.item.key[1] == "001000275L01"]
        for period, declared in zip(MONTHS[:3], (
            [Declared(bsn, 20260801, 20260831, {"loon_lb": 120_000, "ingehouden_lb": 11_000})],
            [Declared(bsn, 20260901, 20260930, {"loon_lb": 120_000, "ingehouden_lb": 11_000})],
            [Declared(bsn, 20260901, 20260930, {"loon_lb": 90_000, "ingehouden_lb": 11_000})],
        ), strict=True)
    ]  # fmt: skip
    assert [sorted(one.item.level for one in month) for month in told] == [["iko", "ikp", "ikv"], ["iko"], ["iko"]]
    assert b"<CdSrtIkv>43<" in polis.answer(bsn, date(2026, 8, 1), date(2026, 10, 31))
    corrected = told[2][0]
    assert (corrected.kind, corrected.sort) == ("GECORRIGEERDE_LOONPERIODE", "BEDRAG")
    assert (corrected.difference("loon_lb"), corrected.difference("ingehouden_lb")) == (-30_000, 0)


def test_what_is_planted_is_told_when_there_is_an_answer() -> None:
    """A job that comes in a month of an error is told the month after; one that came and went between is not."""
    fate = {MONTHS[1]: ["baan", "fout"], MONTHS[2]: ["relatie_weg", "stil"], MONTHS[3]: ["baan", "stil"]}
    polis = Polis(3, plan=lambda bsn, period: fate.get(period, []))
    bsn = next(one for one in BSNS if not Polis(3, plan=lambda bsn, period: []).month(MONTHS[0], [one]).truth.told)
    months = [polis.month(period, [bsn]).truth for period in MONTHS]
    assert [sorted(month.not_asked) for month in months] == [[], [bsn], [bsn], [bsn], [], []]
    assert not any(month.told for month in months[:4])
    assert {one.kind for one in months[4].told} == {"NIEUWE_INKOMSTENVERHOUDING", "NIEUWE_LOONPERIODE"}
    assert len(months[4].of("NIEUWE_INKOMSTENVERHOUDING")) == 1
