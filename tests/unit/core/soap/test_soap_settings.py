"""How a partner is asked, from the settings: what is there, what may be left out, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.settings import Settings

GOOD = {
    "url": "https://broker.voorbeeld.invalid/suwibroker/soap/Dienst-v0200", "certificaat": "c.pem", "sleutel": "k.pem",
    "ca": "ca.pem", "oin": "00000001002220647000", "oin_partner": "00000004194049711000",
}  # fmt: skip


def read(home: Path, **changes: object):
    values = {name: value for name, value in (GOOD | changes).items() if value is not None}
    lines = [f"{name} = {value if isinstance(value, int | float) else repr(value)}" for name, value in values.items()]
    (home / "ketensluis.toml").write_text("\n".join(["[partner.p]", 'soort = "soap"', "[partner.p.soap]", *lines]))
    return Settings(home=home).municipalities().partner["p"].soap


def test_what_must_be_there_is_enough(tmp_path):
    found = read(tmp_path)
    assert (found.oin, found.crl, found.certificaat) == ("00000001002220647000", None, Path("c.pem"))
    assert (found.tijdslimiet, found.gelijktijdig, found.pogingen, found.klok, found.grens_mb) == (30, 4, 4, 60, 8)
    assert found.bevestiging is True


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in GOOD),
        {"url": "http://broker.voorbeeld.invalid/x"}, {"url": "https://u:w@broker.voorbeeld.invalid/x"},
        {"url": "https://broker.voorbeeld.invalid/x?bsn=1"}, {"url": "https://broker.voorbeeld.invalid/x y"},
        {"oin": "1002220647"}, {"oin_partner": "00000004194049711000x"}, {"gelijktijdig": 0}, {"gelijktijdig": 1000},
        {"tijdslimiet": 0}, {"pogingen": 0}, {"klok": 3600}, {"grens_mb": 0}, {"iets": 1},
        {"certificaat_ondertekening": "o.pem"}, {"sleutel_ondertekening": "o.key"},
        {"wachtzin": "geheim"}, {"wachtzin_ondertekening": "geheim"},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_used_is_told_in_one_line(tmp_path, changes):
    with pytest.raises(UsageError, match=r"kloppen niet bij partner\.p\.soap") as told:
        read(tmp_path, **changes)
    assert "\n" not in str(told.value)


def test_both_for_signing(tmp_path):
    found = read(tmp_path, certificaat_ondertekening="o.pem", sleutel_ondertekening="o.key")
    assert found.sleutel_ondertekening == Path("o.key")
    own = read(tmp_path, wachtzin="env:EEN", wachtzin_ondertekening="airflow:twee")
    assert (own.wachtzin, own.wachtzin_ondertekening) == ("env:EEN", "airflow:twee")


@pytest.mark.parametrize(("oin", "found"), [(None, None), ("", ""), ("00000003000000010000", "00000003000000010000")])
def test_the_server_may_be_of_another_or_only_be_named(tmp_path, oin, found):
    assert read(tmp_path, oin_server=oin).oin_server == found


OWN = {name: GOOD[name] for name in ("oin", "certificaat", "sleutel")}
SERVICE = OWN | {"ca": "ca.pem", "oin_partner": GOOD["oin_partner"], "pad": "/dienst"}


def town(home: Path, table: str, **values: object):
    lines = [f"{name} = {value if isinstance(value, int) else repr(value)}" for name, value in values.items()]
    head = [
        "[gemeente.0153]", 'naam = "x"', 'bron = { soort = "csv", locatie = "x" }',
        'kanaal = { dkd_reintegratie = "soap" }', f"[gemeente.0153.{table}]",
    ]  # fmt: skip
    (home / "ketensluis.toml").write_text("\n".join([*head, *lines]))
    return Settings(home=home).municipalities().gemeente["0153"]


def test_a_municipality_is_known_by_itself_and_may_be_asked(tmp_path):
    found = town(tmp_path, "soap", **OWN)
    assert found.kanaal == {"dkd_reintegratie": "soap"} and found.soap.oin == GOOD["oin"] and not found.dienst
    service = town(tmp_path, "dienst.dkd_reintegratie", **SERVICE).dienst["dkd_reintegratie"]
    assert (service.adres, service.poort, service.gelijktijdig, service.klok) == ("127.0.0.1", 8443, 8, 60)


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        *(("soap", {name: None}) for name in OWN), *(("dienst.x", {name: None}) for name in SERVICE),
        ("soap", {"url": "https://x/"}), ("soap", {"sleutel_ondertekening": "x"}), ("dienst.x", {"pad": "dienst"}),
        ("dienst.x", {"pad": "/a?b=1"}), ("dienst.x", {"poort": 70000}), ("dienst.x", {"oin_partner": "1"}),
        ("dienst.x", {"certificaat_ondertekening": "x"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_municipality_cannot_use_is_told_in_one_line(tmp_path, table, changes):
    whole = (OWN if table == "soap" else SERVICE) | changes
    with pytest.raises(UsageError, match=rf"kloppen niet bij gemeente\.0153\.{table.replace('.', '[.]')}") as told:
        town(tmp_path, table, **{name: value for name, value in whole.items() if value is not None})
    assert "\n" not in str(told.value)
