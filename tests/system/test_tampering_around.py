"""What is changed around the records: in the head of the file, and in who is told of in the index.

Nothing of this shows in a count, a sum or a record of the file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core import run
from exchanges.core.steps import select as select_step
from exchanges.core.steps.context import Result
from tests.chain import chain
from tests.rows import write_parquet
from tests.system.tampering import built, built_wrong
from tests.system.test_tampering import source, stopped

pytestmark = pytest.mark.system

HEAD = {
    "gemeente": (b"<Gemeentecode>0153", b"<Gemeentecode>0344"),
    "periode": (b"<Periode>2026-10", b"<Periode>2026-09"),
    "cluster": (b"<Cluster>04", b"<Cluster>01"),
    "berichtversie": (b"<Berichtversie>v0200", b"<Berichtversie>v0100"),
    "volgnummer": (b"<Volgnummer>1", b"<Volgnummer>2"),
    "soort_levering": (b"</Volgnummer>", b"</Volgnummer><SoortLevering>aanvulling</SoortLevering>"),
    "controlegetal": (b"<Controlegetal>", b"<Controlegetal>0"),
    "4 berichten": (b"<AantalBerichten>3", b"<AantalBerichten>4"),
}


@pytest.mark.parametrize(("name", "change"), HEAD.items(), ids=HEAD)
def test_a_head_that_is_wrong_from_the_start(tmp_path, monkeypatch, name, change):
    """The records are those that were selected; the head says that they are of another delivery."""
    honest = run.FUNCTIONS["out"]["build"]

    def patched(context: Any) -> Result:
        result = honest(context)
        data = built(context, result).replace(*change, 1)
        if name == "controlegetal":
            data = re.sub(rb"(<Controlegetal>[0-9a-f]{64})[0-9a-f]", rb"\1", data)
        assert change[1] in data
        built_wrong(context, result, data)
        return result

    monkeypatch.setitem(run.FUNCTIONS["out"], "build", patched)
    town = chain(tmp_path, source(tmp_path / "bron"))
    # Of the version there is but one; the schema knows it.
    assert name in stopped(town, town.open()) or name == "berichtversie"


def test_an_index_that_tells_of_one_person_what_holds_for_another(tmp_path, monkeypatch):
    """The webservice method: P1 has data, P5 stands in the index and has none any more. Swapped, both counts stay."""
    folder = source(tmp_path / "bron")
    gone = {"persoon_id": "P5", "bsn": "999990044", "geslacht": "2", "geboortedatum": "19850612", "achternaam": "Berg"}
    pq.write_table(
        pa.concat_tables([
            pq.read_table(folder / "persoon.parquet"),
            pq.read_table(write_parquet(tmp_path / "erbij", {"persoon": [gone]}) / "persoon.parquet"),
        ]),
        tmp_path / "persoon.parquet",
    )  # fmt: skip
    (tmp_path / "persoon.parquet").replace(folder / "persoon.parquet")
    index = write_parquet(tmp_path / "index", {"verwijsindex": [{"bsn": gone["bsn"]}]}) / "verwijsindex.parquet"
    index.replace(folder / "verwijsindex.parquet")
    town = chain(tmp_path, folder, method="webservice")
    honest = select_step.select_rows

    def patched(con: Any, *args: Any) -> Any:
        found = honest(con, *args)
        con.execute("".join(f"DROP VIEW t_{name};" for name in found.paths))
        path = found.paths["cluster"]
        table = pq.read_table(path)
        was = table["aanwezig"].to_pylist()
        assert (was[0], was[-1]) == (True, False)
        place = table.schema.get_field_index("aanwezig")
        path.unlink()
        swapped = pa.array([False, *was[1:-1], True])
        pq.write_table(table.set_column(place, table.schema.field(place), swapped), path)
        return replace(found, sha256={**found.sha256, "cluster": hashlib.sha256(path.read_bytes()).hexdigest()})

    monkeypatch.setattr(select_step, "select_rows", patched)
    assert "cluster.aanwezig" in stopped(town, town.open(), "reconcile")
