"""The register of purposes: read strictly, dated, and the installation's own file goes before the project's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.purpose.check import check
from exchanges.core.purpose.registry import entries, place, registered
from exchanges.core.settings import Settings

ID = "dkd_reintegratie"
ENTRY = """
[[doelbinding]]
geldig_van = 2026-01-01
verwerkingsactiviteit = "VA-7"
grondslag = "wet"
doel = "doel"
gegevenssoorten = ["bsn"]
verstrekt = [{ aan = "inlichtingenbureau", bericht = "DKDVerzamelbestand" }]
leest = ["ib_lks"]
zekerheid = "verified"
bron = "register van de gemeente"
[doelbinding.bewaartermijn_maanden]
verzonden = 84
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def put(settings: Settings, text: str) -> None:
    path = settings.root / "doelbinding" / f"{ID}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_without_a_file_of_its_own_the_installation_has_what_the_project_says(settings):
    found = registered(settings, ID, date(2026, 11, 1))
    assert found is not None and found.activity == "ketensluis-dkd-reintegratie"
    assert place(settings, ID).parts[-3:] == ("mappings", "doelbinding", f"{ID}.toml")


def test_the_file_of_the_installation_goes_before_it_whole(settings):
    put(settings, ENTRY)
    found = registered(settings, ID, date(2026, 11, 1))
    assert found is not None and (found.activity, found.legal_basis, found.months) == ("VA-7", "wet", {"verzonden": 84})
    assert found.gives == {("inlichtingenbureau", "DKDVerzamelbestand")} and found.reads == {"ib_lks"}
    put(settings, "")
    assert registered(settings, ID, date(2026, 11, 1)) is None  # not the project's behind it


def test_an_entry_holds_from_its_first_day_up_to_and_including_its_last(settings):
    put(settings, ENTRY.replace("geldig_van = 2026-01-01", "geldig_van = 2026-01-01\ngeldig_tot = 2026-12-31"))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [registered(settings, ID, day) is not None for day in days] == [False, True, True, False]


def test_two_entries_on_one_day_are_refused(settings):
    closed = ENTRY.replace("geldig_van = 2026-01-01", "geldig_van = 2026-01-01\ngeldig_tot = 2026-12-31")
    put(settings, closed + ENTRY.replace("2026-01-01", "2027-01-01"))
    assert len(entries(settings, ID)) == 2
    put(settings, closed + ENTRY.replace("2026-01-01", "2026-12-31"))
    with pytest.raises(UsageError, match="twee regels die op 2026-12-31 gelden"):
        entries(settings, ID)


@pytest.mark.parametrize(
    ("what", "by", "said"),
    [
        ('doel = "doel"\n', "", "doel als tekst"),
        ('doel = "doel"', 'doel = " "', "doel als tekst"),
        ('zekerheid = "verified"', 'zekerheid = "zeker"', "zekerheid"),
        ("geldig_van = 2026-01-01", 'geldig_van = "2026-01-01"', "geldig_van en geldig_tot als datum"),
        ("geldig_van = 2026-01-01", "geldig_van = 2026-01-01\ngeldig_tot = 2025-01-01", "in die volgorde"),
        ('["bsn"]', "[]", "gegevenssoorten"),
        ('leest = ["ib_lks"]', 'leest = "ib_lks"', "leest als lijst"),
        ('bericht = "DKDVerzamelbestand"', 'berichten = "DKDVerzamelbestand"', "verstrekt als lijst"),
        ("verzonden = 84", "verzonden = 0", "bewaartermijn_maanden"),
        ("verzonden = 84", "", "bewaartermijn_maanden"),
        ('bron = "register van de gemeente"', 'bron = "x"\nextra = 1', "geen andere namen"),
        ("[[doelbinding]]", "[[doelbindingen]]", "is niet te lezen|alleen"),
        ("geldig_van = 2026-01-01", "geldig_van = nooit", "niet te lezen als TOML"),
    ],
)
def test_what_is_wrong_is_told_with_the_place(settings, what, by, said):
    put(settings, ENTRY.replace(what, by))
    with pytest.raises(UsageError, match=said) as told:
        entries(settings, ID)
    assert str(settings.root) in str(told.value) and "\n" not in str(told.value)


def test_the_check_tells_what_the_register_lacks(settings):
    put(settings, ENTRY.replace("verzonden = 84", "verzonden = 60\ngeweigerd = 6\nniets = 1"))
    (found,) = [one for one in check(settings, date(2026, 11, 1)) if one.exchange == ID]
    assert found.complaints == (
        "Bewaartermijn van verwerkingslog ontbreekt.",
        "Soort niets heeft nergens een bewaartermijn.",
        "Bewaartermijn van verzonden is hier 60 maanden; vernietigd wordt na 84.",
        "Bericht DKDVerwijsindexbestand aan inlichtingenbureau staat niet bij verstrekt.",
        "Antwoord GSDDossierReintegratie aan inlichtingenbureau staat niet bij verstrekt.",
    )
    put(settings, ENTRY.replace('["ib_lks"]', '["bestaat_niet"]'))
    (found,) = [one for one in check(settings, date(2026, 11, 1)) if one.exchange == ID]
    assert "Bij leest staat bestaat_niet; die uitwisseling bestaat niet." in found.complaints


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_being_checked(settings):
    put(settings, "onzin")
    found = {one.exchange: one.complaints for one in check(settings, date(2026, 11, 1))}
    assert len(found) > 3 and "niet te lezen" in found.pop(ID)[0]
    assert set(found.values()) == {()}
