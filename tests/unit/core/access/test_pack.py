"""The yearly account: every part is there, fits its hash, and has nobody in it."""

from __future__ import annotations

import errno
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from exchanges.core.access import pack as module
from exchanges.core.access.pack import INCIDENTS, LOOKS, MANIFEST, PARTS, REVIEWS, pack
from exchanges.core.access.review import reviewed
from exchanges.core.errors import TechnicalError, UsageError
from exchanges.core.incident import STRANGERS, open_incident
from exchanges.core.where.find import where
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.sluis import nobody_in
from tests.unit.core.test_why import SENT, TABLES

YEAR = datetime.now(UTC).year


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Chain:
    home = tmp_path_factory.mktemp("pak")
    made = chain(home, write_csv(home / "bron", TABLES), kind="csv")
    path = home / "ketensluis.toml"
    extra = '\n[toegang]\neigenaar = "p.smit"\nbeveiligingsplan = "zaak 12"\n[rollen]\n"anna" = "consulent"\n'
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8")
    delivery = made.open()
    assert made.finish(delivery) is None
    where("0153", SENT, actor="anna", reason="inzageverzoek", settings=made.settings)
    reviewed(made.ledger, {"anna": "consulent"}, "p.smit")
    open_incident(made.ledger, delivery, STRANGERS)
    destroyed = home / "verslagen" / "0153" / f"vernietiging_{YEAR}-01-02_001.json"
    destroyed.write_text("{}", encoding="utf-8")
    destroyed.with_name(f"vernietiging_{YEAR - 1}-01-02_001.json").write_text("{}", encoding="utf-8")
    return made


def opened(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_part_is_there_and_fits_its_hash(place, tmp_path):
    hashes = pack(YEAR, tmp_path / "pak.zip", place.settings)
    parts = opened(tmp_path / "pak.zip")
    assert set(parts) == {*PARTS, MANIFEST, f"vernietiging/vernietiging_{YEAR}-01-02_001.json"}
    manifest = json.loads(parts.pop(MANIFEST))
    assert manifest == {"jaar": YEAR, "delen": hashes}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()} == hashes
    assert all(json.loads(data) is not None for data in parts.values())


def test_it_says_what_happened_that_year_and_nobody_is_in_it(place, tmp_path):
    pack(YEAR, tmp_path / "pak.zip", place.settings)
    parts = opened(tmp_path / "pak.zip")
    (incident,) = json.loads(parts[INCIDENTS])
    assert incident["code"] == STRANGERS and incident["closed"] is None
    (right,) = json.loads(parts[REVIEWS])
    assert (right["account"], right["owner"], right["te laat"]) == ("anna", "p.smit", False)
    looks = [one for month in json.loads(parts[LOOKS]).values() for one in month]
    assert [(one["actor"], one["action"], one["times"]) for one in looks] == [("anna", "inzage waar", 1)]
    assert json.loads(parts["register.json"])["heel"] is True
    assert json.loads(parts["beveiligingsplan.json"])["beveiligingsplan"] == "zaak 12"
    text = b"".join(parts.values()).decode()
    assert nobody_in(text) and "p:" not in text and "inzageverzoek" not in text


def test_another_year_has_none_of_it_and_nothing_is_written_over(place, tmp_path):
    pack(YEAR - 1, tmp_path / "pak.zip", place.settings)
    parts = opened(tmp_path / "pak.zip")
    assert json.loads(parts[INCIDENTS]) == [] and not any(json.loads(parts[LOOKS]).values())
    (right,) = json.loads(parts[REVIEWS])
    assert (right["reviewed"], right["te laat"]) == (None, True), "what was reviewed since does not count for then"
    with pytest.raises(UsageError, match="bestaat al"):
        pack(YEAR, tmp_path / "pak.zip", place.settings)


def test_what_cannot_be_written_leaves_nothing(place, tmp_path, monkeypatch):
    def full(*_, **__):
        yield b"half"
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(module, "zipped", full)
    with pytest.raises(TechnicalError, match="verantwoording schrijven lukt niet"):
        pack(YEAR, tmp_path / "pak.zip", place.settings)
    assert list(tmp_path.iterdir()) == []


def test_books_that_were_altered_are_said_to_be(tmp_path):
    import sqlalchemy as sa

    made = chain(tmp_path / "huis", write_csv(tmp_path / "bron", TABLES), kind="csv")
    delivery = made.open()
    with made.ledger.database.write() as connection:
        connection.execute(sa.text("UPDATE delivery SET state = 'accepted' WHERE id = :id"), {"id": delivery})
    pack(YEAR, tmp_path / "pak.zip", made.settings)
    assert json.loads(opened(tmp_path / "pak.zip")["register.json"])["heel"] is False
