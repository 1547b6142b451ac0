"""All of it or nothing: counts that agree, no BSN in clear, restricted signals apart, the same again for the same."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyrage import x25519

import exchanges.core.lists
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import BalanceError, BusinessError, UsageError
from exchanges.core.lists import publish as module
from exchanges.core.lists.publish import publish
from exchanges.core.lists.seal import Seal
from tests.unit.core.lists.opened import opened, plain
from tests.unit.core.lists.sample import KEY, ROW, SIGNALS, cover, from_csv, from_json, published, table, tables

ME, JUSTICE = x25519.Identity.generate(), x25519.Identity.generate()
SEAL = Seal(str(ME.to_public()), str(JUSTICE.to_public()))
ROWS = [(bsn, f"naam {i}", f"{i:04d}", *ROW[3:]) for i, bsn in enumerate(("111222333", "123456782", "999990019"))]
BSNS = {row[0].encode() for row in ROWS}


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize("counts", [{"INK": 2}, {"INK": 4}, {"INK": 3, "VRM": 1}, {"INK": 3, "WEG": 0}])
def test_other_numbers_than_the_caller_knows_publish_nothing(tmp_path, counts):
    with pytest.raises(BalanceError, match=r"INK: 3 in|VRM: 0 in|WEG: 0 in"):
        publish(SIGNALS, tables(tmp_path, INK=ROWS), cover(**counts), tmp_path / "uit", pseudonym_key=KEY)
    assert left(tmp_path / "uit") == []


def test_a_table_too_few_or_too_many_publishes_nothing(tmp_path):
    paths = tables(tmp_path)
    for wrong in ({k: v for k, v in paths.items() if k != "VRM"}, {**paths, "ANDERS": paths["VRM"]}):
        with pytest.raises(UsageError, match="één tabel per blad"):
            publish(SIGNALS, wrong, cover(), tmp_path / "uit", pseudonym_key=KEY)


def test_an_error_halfway_leaves_nothing_and_what_was_there_before_stays(tmp_path, monkeypatch):
    before = published(tmp_path / "a", SEAL, INK=ROWS)
    old = {path: path.read_bytes() for path in (*before.files, *before.manifests)}

    def broken(*_):
        raise BusinessError("kapot")
        yield

    monkeypatch.setattr(module, "list_json", broken)
    with pytest.raises(BusinessError, match="kapot"):
        published(tmp_path / "a", SEAL, INK=ROWS[:1])
    assert {path: path.read_bytes() for path in (tmp_path / "a" / "uit").iterdir()} == old


def test_without_a_key_pseudonyms_stand_where_a_bsn_would(tmp_path):
    rows = [(ROWS[0][0], "zie 123456782 of 123456789", "999990019", *ROW[3:])]
    made = published(tmp_path, INK=rows)
    assert not made.sealed
    assert [path.name for path in made.files if any(bsn in plain(path) for bsn in BSNS)] == []
    files = {path.name: path for path in made.files}
    found = from_json(files["ib_proef_0153_2026-10_001.json"], "INK")[0]
    assert found[0] == pseudonyms(pa.array([ROWS[0][0]]), KEY)[0].as_py()
    assert found[1:3] == ("zie [bsn] of 123456789", "[bsn]")
    assert from_csv(files["ib_proef_0153_2026-10_001_INK.csv"]) == [found]
    assert '"BSN (pseudoniem)"' in files["ib_proef_0153_2026-10_001_INK.csv"].read_text(encoding="utf-8-sig")
    assert "pseudoniem" in files["ib_proef_0153_2026-10_001_voorblad.csv"].read_text(encoding="utf-8-sig")


def test_pseudonyms_are_not_in_the_order_of_the_numbers(tmp_path):
    rows = [(f"9999{i:05d}", "n", "d", *ROW[3:]) for i in range(40)]
    made = published(tmp_path, INK=rows)
    found = [row[0] for row in from_csv(made.files[2])]
    by_number = pseudonyms(pa.array([row[0] for row in rows]), KEY).to_pylist()
    assert sorted(found) == sorted(by_number)
    assert found != by_number


def test_sealed_no_bsn_is_ever_in_a_file_that_is_written(tmp_path, monkeypatch):
    """Also not in what is written underway: every file made is looked at before it goes."""
    seen = []
    clean = module.shutil.rmtree

    def look(folder, **options):
        seen.extend(path.read_bytes() for path in Path(folder).rglob("*") if path.is_file())
        clean(folder, **options)

    monkeypatch.setattr(module.shutil, "rmtree", look)
    monkeypatch.setattr(module, "sync_folder", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        published(tmp_path, SEAL, INK=ROWS)
    seen += [path.read_bytes() for path in (tmp_path / "uit").rglob("*") if path.is_file()]
    assert len(seen) == 4
    manifests = [data for data in seen if data.startswith(b"{")]
    assert len(manifests) == 2
    assert [data for data in manifests if any(bsn in data for bsn in BSNS)] == []
    sealed = [data for data in seen if data not in manifests]
    assert [data[:22] for data in sealed] == [b"age-encryption.org/v1\n"] * 2


def test_opened_by_the_municipality_there_are_bsns_and_files_that_agree_with_the_manifest(tmp_path):
    made = published(tmp_path, SEAL, INK=ROWS)
    assert [path.name for path in made.files] == [
        "ib_proef_0153_2026-10_001.zip.age", "ib_proef_0153_2026-10_001_beperkt.zip.age",
    ]
    files = opened(made.files[0], ME, tmp_path / "open")
    assert {row[0].encode() for row in from_csv(files["_INK.csv"])} == BSNS
    manifest = json.loads(files["_manifest.json"].read_text())
    assert {entry["naam"]: entry["sha256"] for entry in manifest["bestanden"]} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for part, path in files.items() if part != "_manifest.json"
    }
    assert [(sheet["id"], sheet["aantal"]) for sheet in manifest["bladen"]] == [("INK", 3), ("VRM", 0)]
    assert manifest["totaal"] == 3


def test_the_manifest_outside_tells_the_sealed_file_and_nothing_that_can_be_guessed_from(tmp_path):
    made = published(tmp_path, SEAL, INK=ROWS)
    outside = json.loads(made.manifests[0].read_text())
    sealed = made.files[0].read_bytes()
    assert outside["bestanden"] == [
        {"naam": made.files[0].name, "sha256": hashlib.sha256(sealed).hexdigest(), "grootte": len(sealed)},
    ]
    assert outside["inhoud"] == made.content[0]
    files = opened(made.files[0], ME, tmp_path / "open")
    plain = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files.values()}
    assert [digest for digest in plain if digest in made.manifests[0].read_text()] == []


def test_restricted_signals_are_in_their_own_file_and_in_no_other(tmp_path):
    detained = ("999990019", "naam van een ander", "7777", ROW[3])
    made = published(tmp_path, SEAL, INK=ROWS[:1], DET=[detained])
    common = opened(made.files[0], ME, tmp_path / "gewoon")
    apart = opened(made.files[1], JUSTICE, tmp_path / "beperkt")
    assert from_csv(apart["_beperkt_DET.csv"], SIGNALS.apart[0].columns) == [detained]
    assert made.rows == {"INK": 1, "VRM": 0, "DET": 1}
    for part, path in common.items():
        data = plain(path)
        assert "DET" not in part and (b"111222333" in data or part not in (".xlsx", ".json", "_INK.csv"))
        assert b"999990019" not in data and b"7777" not in data and b"Detentie" not in data
    said = apart["_beperkt_voorblad.csv"].read_text(encoding="utf-8-sig")
    assert '"Alleen voor";"de medewerker handhaving"' in said
    assert '"Bewaren";"6 maanden"' in said
    assert '"Detentie";"1"' in said
    assert "DET" not in made.manifests[0].read_text()
    with pytest.raises(BusinessError, match="niet voor deze sleutel"):
        opened(made.files[1], ME, tmp_path / "verkeerd")


@pytest.mark.parametrize("kind", ["DET", "VRM", None])
def test_a_row_of_another_kind_on_a_sheet_publishes_nothing(tmp_path, kind):
    paths = tables(tmp_path, INK=ROWS)
    mixed = table(ROWS, "INK").set_column(10, "soort", pa.array(["INK", kind, "INK"], pa.string()))
    pq.write_table(mixed, paths["INK"])
    with pytest.raises(BusinessError, match="blad INK: er staat een signaal van een andere soort"):
        publish(SIGNALS, paths, cover(INK=3), tmp_path / "uit", SEAL, pseudonym_key=KEY)
    assert left(tmp_path / "uit") == []


@pytest.mark.parametrize("seal", [None, Seal(str(ME.to_public()))])
def test_without_a_key_of_their_own_restricted_signals_are_withheld_and_counted(tmp_path, seal):
    made = published(tmp_path, seal, INK=ROWS[:1], DET=[("999990019", "x", "7777", ROW[3])])
    assert made.withheld == {"DET": 1}
    assert made.rows == {"INK": 1, "VRM": 0}
    assert [name for name in left(tmp_path / "uit") if "beperkt" in name or "DET" in name] == []


def test_the_restricted_file_is_there_also_when_empty(tmp_path):
    """Or its being there would tell that somebody in this municipality is in it."""
    made = published(tmp_path, SEAL)
    assert "beperkt" in made.files[1].name
    assert made.rows == {"INK": 0, "VRM": 0, "DET": 0}


def test_the_same_signals_give_the_same_bytes_in_whatever_order_they_come(tmp_path):
    shuffled = ROWS[:]
    random.Random(7).shuffle(shuffled)
    assert shuffled != ROWS
    one, two = published(tmp_path / "een", SEAL, INK=ROWS), published(tmp_path / "twee", SEAL, INK=shuffled)
    first, second = opened(one.files[0], ME, tmp_path / "a"), opened(two.files[0], ME, tmp_path / "b")
    assert len(first) == 6
    assert {part: path.read_bytes() for part, path in first.items()} == {
        part: path.read_bytes() for part, path in second.items()
    }
    assert one.content == two.content
    other = published(tmp_path / "drie", SEAL, INK=ROWS[:2])
    assert other.content[0] != one.content[0] and other.content[1] == one.content[1]
    open_one, open_two = published(tmp_path / "vier", INK=ROWS), published(tmp_path / "vijf", INK=shuffled)
    assert [path.read_bytes() for path in open_one.files] == [path.read_bytes() for path in open_two.files]
    assert open_one.manifests[0].read_bytes() == open_two.manifests[0].read_bytes()


def test_rows_are_sorted_as_declared(tmp_path):
    made = published(tmp_path, SEAL, INK=ROWS[::-1])
    files = opened(made.files[0], ME, tmp_path / "open")
    assert [row[0] for row in from_csv(files["_INK.csv"])] == ["111222333", "123456782", "999990019"]


def test_json_is_as_its_schema_says(tmp_path):
    schema = json.loads((Path(exchanges.core.lists.__file__).parent / "signaallijst.schema.json").read_text())
    made = published(tmp_path, INK=ROWS)
    said = json.loads(made.files[-1].read_text(encoding="utf-8"))
    jsonschema.validate(said, schema)
    assert said["indeling"] == schema["$id"]
    assert [(sheet["id"], sheet["aantal"]) for sheet in said["bladen"]] == [("INK", 3), ("VRM", 0)]
    assert [len(sheet["rijen"]) for sheet in said["bladen"]] == [3, 0]
    assert said["bladen"][0]["rijen"][0]["loon"] == 123456
    said["bladen"][0]["rijen"][0]["loon"] = 1234.56
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said, schema)


def test_files_are_for_their_owner_alone(tmp_path):
    made = published(tmp_path, INK=ROWS)
    assert {path.stat().st_mode & 0o777 for path in made.files} == {0o600}
