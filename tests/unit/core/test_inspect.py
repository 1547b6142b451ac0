"""Checking any files: one by one and many at once the same, whatever they are."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from itertools import count

import pytest

from exchanges.core import inspect, inspect_rules
from exchanges.core.bsn import passes
from exchanges.core.inspect import inspect_files
from exchanges.core.period import Period
from exchanges.core.schemas import explain
from exchanges.core.schemas.entry import SchemaEntry
from tests.unit.simulators.files import bsns, collection, index, percentage

KEY = b"sleutel"
GOOD = percentage("<CdPositiefNegatief>+</CdPositiefNegatief><Percentage>06250</Percentage>")
GSD = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"
RESPONSE = (
    f'<g:GSDReintegratieInfoResponse xmlns:g="{GSD}"><ClientSuwi><Burgerservicenr>%s</Burgerservicenr><AtlRelatie>'
    "<ReIntegratievoorziening><RegistratienrRvGsd>R1</RegistratienrRvGsd><DatBRv>%s</DatBRv><CdTypeRvGsd>30</CdTypeRvGsd>"
    "</ReIntegratievoorziening><Bron><CdKolomSuwi>3</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi></Bron></AtlRelatie>"
    "</ClientSuwi></g:GSDReintegratieInfoResponse>"
)
NOBODY = (
    f'<g:GSDReintegratieInfoResponse xmlns:g="{GSD}" xmlns:f="http://bkwi.nl/SuwiML/FWI/v0205"><f:NietsGevonden/>'
    "</g:GSDReintegratieInfoResponse>"
)
QUESTION = f'<g:Vraag xmlns:g="{GSD}"><Burgerservicenr>%s</Burgerservicenr></g:Vraag>'
QUESTION = QUESTION.replace("Vraag", "GSDReintegratieInfo").encode()
_PROVISION = re.compile(rb"<ReIntegratievoorziening><DatBRv>(\d+)</DatBRv>(<Loonk)?")


def whole(data: bytes) -> bytes:
    """Every provision a number of its own and the type that fits."""
    number = count(1)

    def numbered(match: re.Match[bytes]) -> bytes:
        kind = b"10" if match[2] else b"30"
        told = b"<RegistratienrRvGsd>R%d</RegistratienrRvGsd><DatBRv>%s</DatBRv><CdTypeRvGsd>%s</CdTypeRvGsd>%s"
        return b"<ReIntegratievoorziening>" + told % (next(number), match[1], kind, match[2] or b"")

    return _PROVISION.sub(numbered, data)


@pytest.fixture
def folder(tmp_path):
    """Files of every kind, good and bad, by name."""
    a, b, c = bsns(3)
    made = {
        "goed.xml": collection([a, b, c], {0: GOOD}),
        "zonder_loonwaarde.xml": collection([a, b, c], {1: percentage("")}),
        "fout_bsn.xml": collection([a, "123456789"]),
        "dubbel_bsn.xml": collection([a, a]),
        "los_bericht.xml": (RESPONSE % (a, "20250601")).encode(),
        "los_bericht_fout.xml": (RESPONSE % (a, "20240231")).encode(),
        "schema.xml": collection([a, b]).replace(b"<DatBRv>20260101", b"<DatBRv>20261301", 1),
        "kop_te_veel.xml": collection([a, b, c], count=4),
        "kop_ander_getal.xml": collection([a, b, c], total=hashlib.sha256(f"{a}\n{b}".encode()).hexdigest()),
        "ongesorteerd.xml": collection([c, a, b]),
        "niets_gevonden.xml": NOBODY.encode(),
        "index.xml": index([a, b]),
        "vraag.xml": QUESTION % a.encode(),
        "andere_versie.xml": collection([a]).replace(b"v0001", b"v0002"),
        "geen_xml.xml": b"geen xml",
        "leeg.xml": b"",
        "afgebroken.xml": collection([a, b])[:-40],
        "doctype.xml": collection([a], prolog='<!DOCTYPE x [<!ENTITY a "b">]>\n'),
        "utf16.xml": collection([a]).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    }  # fmt: skip
    for name, data in made.items():
        (tmp_path / name).write_bytes(whole(data))
    return tmp_path


def told(paths, **more) -> list[dict]:
    return [json.loads("".join(found.in_json())) for found in inspect_files(paths, KEY, **more)]


def codes(found: dict) -> list[str]:
    return [finding["code"] for finding in found["findings"]]


EXPECTED = {
    "goed.xml": (True, "accepted", 3, []),
    "zonder_loonwaarde.xml": (True, "rejected", 3, ["LKS-PRC-01"]),
    "fout_bsn.xml": (True, "rejected", 2, ["BSN-01"]),
    "dubbel_bsn.xml": (True, "rejected", 2, ["BSN-DUP", "BSN-DUP"]),
    "los_bericht.xml": (True, "accepted", 1, []),
    "los_bericht_fout.xml": (True, "rejected", 1, ["DAT-01"]),
    "schema.xml": (False, "rejected", 2, ["DAT-01", "XSD-PATROON"]),
    "kop_te_veel.xml": (True, "rejected", 3, ["KOP-AANTAL"]),
    "kop_ander_getal.xml": (True, "rejected", 3, ["KOP-GETAL"]),
    "ongesorteerd.xml": (True, "accepted", 3, []),
    "niets_gevonden.xml": (True, "accepted", 1, []),
    "index.xml": (True, "accepted", 2, []),
    "vraag.xml": (True, "accepted", 1, []),
    "andere_versie.xml": (False, "rejected", 0, ["XSD-WORTEL"]),
    "geen_xml.xml": (False, "rejected", 0, ["XML-01"]),
    "leeg.xml": (False, "rejected", 0, ["XML-00"]),
    "afgebroken.xml": (False, "rejected", 0, ["XML-01"]),
    "doctype.xml": (False, "rejected", 0, ["XML-05"]),
    "utf16.xml": (False, "rejected", 0, ["XML-04"]),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_kind_of_file_gets_its_verdict(folder, name):
    (found,) = told([folder / name])
    assert (found["schema_valid"], found["verdict"], found["records"], codes(found)) == EXPECTED[name]


def test_the_answer_has_exactly_what_was_agreed(folder):
    for found in told(sorted(folder.iterdir())):
        assert list(found) == ["file", "message", "schema_valid", "verdict", "records", "sha256", "findings"]
        assert len(found["sha256"]) == 64 and found["file"].startswith(str(folder))
        for finding in found["findings"]:
            assert {"code", "severity", "path", "line", "text"} <= set(finding)
            assert finding["text"].endswith(".") and finding["action"].endswith(".")


def test_all_at_once_the_same_as_one_by_one(folder):
    """Mixed, repeated, in any order: the rules go over many files at a time, the verdicts do not mix."""
    paths = sorted(folder.iterdir())
    paths = paths + paths[::-1] + paths[1::2]
    assert told(paths) == [one for path in paths for one in told([path])]


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_the_size_of_the_batches_makes_no_difference(folder, monkeypatch, batch):
    paths = sorted(folder.iterdir())
    whole_lot = told(paths)
    monkeypatch.setattr(inspect, "BATCH", batch)
    assert told(paths) == whole_lot


def test_no_more_is_held_at_a_time_than_so_many_bytes(folder, monkeypatch):
    """Small files go by the hundred; of files that are just not large a hundred would fill the memory."""
    held = []
    merged = inspect.merged
    monkeypatch.setattr(inspect, "merged", lambda todo: held.append(len(todo)) or merged(todo))
    path = folder / "los_bericht.xml"
    told([path] * 6)
    monkeypatch.setattr(inspect, "BATCH_BYTES", 2 * path.stat().st_size)
    told([path] * 6)
    assert held == [6, 2, 2, 2]


def test_a_large_file_the_same_as_a_small_one(folder, monkeypatch):
    names = ("goed", "zonder_loonwaarde", "dubbel_bsn", "schema", "index", "kop_te_veel", "kop_ander_getal",
             "niets_gevonden")  # fmt: skip
    paths = [folder / f"{name}.xml" for name in names]
    small = told(paths)
    monkeypatch.setattr(inspect, "SMALL", 0)
    assert told(paths) == small


def test_a_thousand_files_take_a_few_evaluations_of_the_rules(folder, monkeypatch):
    evaluated, compiled = [], []
    evaluate, compile_ = inspect_rules.evaluate, SchemaEntry.compile
    monkeypatch.setattr(inspect_rules, "evaluate", lambda *a, **k: evaluated.append(1) or evaluate(*a, **k))
    monkeypatch.setattr(SchemaEntry, "compile", lambda self, root: compiled.append(root) or compile_(self, root))
    paths = []
    for number in range(1000):
        path = folder / f"veel{number:04d}.xml"
        shutil.copy(folder / ("los_bericht_fout.xml" if number % 10 == 3 else "los_bericht.xml"), path)
        paths.append(path)
    verdicts = [found["verdict"] for found in told(paths)]
    assert [number for number, verdict in enumerate(verdicts) if verdict == "rejected"] == list(range(3, 1000, 10))
    assert len(evaluated) <= 5 and len(compiled) <= 1


def test_findings_point_at_the_line_and_hold_no_value(folder):
    rows = [
        line
        for line, text in enumerate((folder / "zonder_loonwaarde.xml").read_text().splitlines(), 1)
        if "Loonk" in text
    ]
    (found,) = told([folder / "zonder_loonwaarde.xml"])
    (finding,) = found["findings"]
    assert finding["line"] == rows[0] and finding["path"].endswith("PercLoonwaardeTovWml/Percentage")
    assert finding["record"].startswith("p:")
    everything = str(told(sorted(folder.iterdir())))
    assert [number for number in re.findall(r"(?<!\d)\d{9}(?!\d)", everything) if passes(number)] == []
    assert "123456789" not in everything and "20261301" not in everything


@pytest.mark.parametrize("small", [0, inspect.SMALL])
def test_a_refusal_of_the_schema_is_told_in_words_with_the_person(folder, monkeypatch, small):
    monkeypatch.setattr(inspect, "SMALL", small)
    (found,) = told([folder / "schema.xml"])
    (finding,) = [finding for finding in found["findings"] if finding["code"].startswith("XSD")]
    assert finding["path"].endswith("ReIntegratievoorziening/DatBRv") and finding["record"].startswith("p:")
    assert finding["severity"] == "error" and "datum" in finding["text"]


def test_rules_that_need_to_know_the_municipality_are_left_out_until_it_is_told(folder):
    path = folder / "los_bericht.xml"
    assert codes(told([path])[0]) == []
    assert codes(told([path], gemeente="0344")[0]) == ["BRN-01"]
    assert codes(told([path], gemeente="0153", period=Period(2026, 10))[0]) == []
    assert codes(told([path], period=Period(2020, 1))[0]) == ["DAT-04"]


def test_the_envelope_says_which_municipality_and_period(folder):
    (found,) = told([folder / "goed.xml"], gemeente="0344", period=Period(2020, 1))
    assert codes(found) == []


def test_what_cannot_be_read_is_a_finding_and_does_not_stop_the_rest(folder):
    found = told([folder / "bestaat_niet.xml", folder, folder / "los_bericht.xml"])
    assert [codes(one) for one in found] == [["XML-00"], ["XML-00"], []]
    assert [one["findings"][0]["text"].split(".")[0] for one in found[:2]] == [
        "Het bestand bestaat niet", "Dit is een map, geen bestand",
    ]  # fmt: skip


@pytest.mark.parametrize("small", [0, inspect.SMALL])
def test_of_very_many_findings_every_text_is_held_once(folder, monkeypatch, small):
    monkeypatch.setattr(inspect, "SMALL", small)
    path = folder / "veel_fouten.xml"
    path.write_bytes(whole(collection(["12345678x"] * 3000)))
    (found,) = inspect_files([path], KEY)
    assert found.findings.num_rows > 6000 and found.findings.nbytes < 80 * found.findings.num_rows


@pytest.mark.parametrize("what", ["tags", "attributes"])
def test_a_monstrous_record_is_not_given_to_the_second_validator(folder, monkeypatch, what):
    """It would take minutes over it; what the first one says is told all the same."""
    many = {"tags": b"<ClientSuwi>" + b"<Q/>" * 3000,
            "attributes": b"<ClientSuwi %s>" % b" ".join(b'a%d="1"' % number for number in range(300))}
    asked = []
    monkeypatch.setattr(explain, "explain", lambda data, *of: asked.append(len(data)) or [])
    path = folder / "monster.xml"
    good = collection(bsns(2)).replace(b"<DatBRv>2026", b"<DatBRv>x", 2)
    path.write_bytes(whole(good).replace(b"<ClientSuwi>", many[what], 1))
    (found,) = told([path])
    assert codes(found).count({"tags": "XSD-VOLGORDE", "attributes": "XSD-ATTRIBUUT"}[what]) >= 1
    assert len(asked) == 1 and asked[0] < 1000
