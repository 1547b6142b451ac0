"""The list tells everything a report or a user needs to know about a schema."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from exchanges.core.data import data_dir
from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.listing import list_schemas, schema_sha256


def test_every_version_is_listed_and_fits_in_json() -> None:
    rows = list_schemas()
    assert json.loads(json.dumps(rows)) == rows
    found = {(row["message"], row["version"]): row for row in rows}
    assert found["GSDDossierReintegratie", "v0100"]["supported"] is False
    assert "niet openbaar" in found["GSDDossierReintegratie", "v0100"]["reason"]
    gsd = found["GSDDossierReintegratie", "v0200"]
    assert gsd["package"] == "GSDDossierReintegratie-v0200-b04" and gsd["valid_from"] == "2019-01-01"
    assert gsd["certainty"] == "verified" and gsd["date_certainty"] == "assumed" and gsd["supported"] is True
    assumed = [row["message"] for row in rows if row["certainty"] == "assumed" and row["supported"]]
    assert assumed == [
        "DKDVerwijsindexbestand", "DKDVerzamelbestand", "DigipoortStatus", "IBVerwerkingsverslag", "RMAanlevering",
        "RMVerwerkingsverslag",
    ]  # fmt: skip
    assert rows == sorted(rows, key=lambda row: (row["message"], row["valid_from"]))


def test_the_schema_hash_follows_every_file_that_decides(tmp_path: Path) -> None:
    def hashes(folder: Path) -> dict[str, str]:
        return {e.message: schema_sha256(e, folder) for e in Catalogue.load(folder).entries}

    shutil.copytree(data_dir("schemas"), tmp_path / "a")
    shutil.copytree(data_dir("schemas"), tmp_path / "b")
    datum = tmp_path / "b/SuwiMLBasisschema/v0801/datum.xsd"
    datum.write_text(datum.read_text().replace("3[01]", "3[0]"))
    before, after = hashes(tmp_path / "a"), hashes(tmp_path / "b")
    changed = {message for message in before if before[message] != after[message]}
    of_uwv = {"UWVDossierInkomstenGSD", "UWVDossierInkomstenGSDDigitaleDiensten"}
    assert changed == {"GSDDossierReintegratie", "DKDVerzamelbestand", *of_uwv}
