"""Planted errors: every code of the error table is in the data, labelled, on its own persons, and nothing else is."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.administration.adapters import open_source
from exchanges.administration.demo import generate
from exchanges.administration.demo.errors import GROUPS
from exchanges.administration.model import TABLES
from exchanges.core.errors import UsageError
from tests.unit.administration.demo.made import Town, town

# Both tables of spec dkd-gsd section 8, the loonwaarde below 30 %, and the same BSN twice (section 7).
REQUIRED = {
    "LKS-PRC-01", "LKS-PRC-02", "LKS-PRC-03", "LKS-PRC-04", "LKS-PRC-05", "LKS-GRP-01", "LKS-GRP-02", "LKS-OVL-01",
    "RV-KEY-01", "RV-EMP-01", "CD-01", "BRN-01", "BSN-01", "BSN-02", "BSN-03", "BSN-DUP", "DAT-01", "DAT-02", "DAT-03",
    "DAT-04", "DKD-SET-01", "DKD-SET-02", "DKD-LEV-01", "DKD-LEV-02", "DKD-VWI-01", "DKD-VWI-02", "DKD-VWI-03",
    "DKD-REC-01", "SRG-DKD-01",
}

Label = dict[str, str | None]


@pytest.fixture(scope="module")
def labels(faulty: Town) -> list[Label]:
    made: list[Label] = json.loads((faulty.folder / "planted.json").read_text(encoding="utf-8"))
    return made


def test_every_code_is_planted(labels: list[Label]) -> None:
    assert set(GROUPS["dkd_reintegratie"]) == REQUIRED
    counts = Counter(label["code"] for label in labels)
    assert set(counts) == REQUIRED
    assert all(counts[code] >= 3 for code in REQUIRED - {"DKD-SET-01", "DKD-SET-02"})


def test_labels_have_the_agreed_form(labels: list[Label], faulty: Town) -> None:
    assert faulty.summary.planted == tuple(labels)
    for label in labels:
        assert list(label) == ["code", "table", "key", "bsn", "persoon_id", "what"]
        assert str(label["what"]).endswith((".", ")."))
        table = TABLES[str(label["table"])]
        if len(table.key) == 1:
            rows = faulty.count(f"SELECT count(*) FROM {table.name} WHERE {table.key[0]} = '{label['key']}'")
            assert rows == 1, label
        if label["persoon_id"]:
            assert faulty.count(f"SELECT count(*) FROM persoon WHERE persoon_id = '{label['persoon_id']}' "
                                f"AND bsn = '{label['bsn']}'") == 1


def test_persons_are_disjoint(labels: list[Label]) -> None:
    pairs = {(label["persoon_id"], label["code"]) for label in labels if label["persoon_id"]}
    assert len({person for person, _ in pairs}) == len(pairs)


def test_planted_persons_would_be_delivered(labels: list[Label], faulty: Town) -> None:
    for person in {label["persoon_id"] for label in labels if label["persoon_id"]}:
        assert faulty.count("SELECT count(*) FROM lopend JOIN traject USING (traject_id) "
                            f"WHERE lopend.persoon_id = '{person}'")


# Where each code shows: SQL that gives the keys of the rows with that error (spec dkd-gsd, section 8).
_CURRENT = "voorziening v LEFT JOIN geldig g USING (voorziening_id)"
_NINE = "regexp_full_match(bsn, '[0-9]{9}')"
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_SUM = " + ".join(f"{weight} * substr(bsn, {place}, 1)::INT" for place, weight in enumerate(_WEIGHTS, 1))
_INDEX = "FROM verwijsindex i WHERE cluster = '04' AND ind_dkd"
SHOWS = {
    "LKS-PRC-01": "SELECT lks_id FROM geldig WHERE loonwaarde_perc IS NULL",
    "LKS-PRC-02": "SELECT lks_id FROM geldig WHERE loonwaarde_perc = 0",
    "LKS-PRC-03": "SELECT lks_id FROM geldig WHERE loonwaarde_perc >= 10000",
    "LKS-PRC-04": "SELECT lks_id FROM geldig WHERE loonwaarde_perc < 0",
    "LKS-PRC-05": "SELECT lks_id FROM geldig WHERE loonwaarde_perc > 0 AND loonwaarde_perc < 3000",
    "LKS-GRP-01": f"SELECT v.voorziening_id FROM {_CURRENT} WHERE type IN ('10', '11', '12') AND lks_id IS NULL",
    "LKS-GRP-02": f"SELECT v.voorziening_id FROM {_CURRENT} WHERE type NOT IN ('10', '11', '12') AND lks_id NOT NULL",
    "LKS-OVL-01": "SELECT a.voorziening_id FROM (SELECT * FROM voorziening JOIN geldig USING (voorziening_id)) a JOIN "
                  "(SELECT * FROM voorziening JOIN geldig USING (voorziening_id)) b ON a.persoon_id = b.persoon_id "
                  "AND a.voorziening_id <> b.voorziening_id AND a.loonwaarde_perc <> b.loonwaarde_perc "
                  "AND a.datum_begin <= coalesce(b.datum_einde, 99999999) AND b.datum_begin <= "
                  "coalesce(a.datum_einde, 99999999)",
    "RV-KEY-01": "SELECT voorziening_id FROM voorziening QUALIFY count(*) OVER (PARTITION BY registratienummer) > 1",
    "CD-01": "SELECT voorziening_id FROM voorziening WHERE NOT regexp_full_match(type, '[1-6,9][0-9]') UNION ALL "
             "SELECT traject_id FROM traject WHERE doel NOT IN ('1', '2') OR arbeidsvermogen NOT IN "
             "('10','11','20','30','40')",
    "RV-EMP-01": "SELECT traject_id FROM traject WHERE arbeidsvermogen IS NULL AND doel IS NULL "
                 "AND traject_id NOT IN (SELECT traject_id FROM voorziening)",
    "BRN-01": "SELECT traject_id FROM traject WHERE gemeentecode <> '0153'",
    "BSN-01": f"SELECT persoon_id FROM persoon WHERE CASE WHEN {_NINE} THEN ({_SUM}) % 11 <> 0 ELSE false END",
    "BSN-02": f"SELECT persoon_id FROM persoon WHERE NOT {_NINE}",
    "BSN-DUP": "SELECT persoon_id FROM persoon QUALIFY count(*) OVER (PARTITION BY bsn) > 1",
    "BSN-03": "SELECT bevraging_id FROM bevraging WHERE bsn_antwoord <> bsn_vraag",
    "DAT-01": "SELECT voorziening_id FROM voorziening WHERE (datum_begin % 100 > 0 AND "
              "try_strptime(datum_begin::VARCHAR, '%Y%m%d') IS NULL) OR (datum_einde IS NOT NULL AND "
              "try_strptime(datum_einde::VARCHAR, '%Y%m%d') IS NULL) UNION ALL SELECT persoon_id FROM persoon WHERE "
              "geboortedatum % 100 > 0 AND try_strptime(geboortedatum::VARCHAR, '%Y%m%d') IS NULL",
    "DAT-02": "SELECT voorziening_id FROM voorziening WHERE datum_begin % 100 = 0",
    "DAT-03": "SELECT voorziening_id FROM voorziening WHERE datum_einde < datum_begin",
    "DAT-04": "SELECT voorziening_id FROM voorziening, maand WHERE datum_einde > eind8 + 10000",
    "DKD-SET-01": "SELECT '0153/04' FROM koppelvlak_instelling WHERE cluster = '04' AND methode <> 'verzamelbestand' "
                  "AND url NOT LIKE 'https://%'",
    "DKD-SET-02": "SELECT '0153/04' FROM koppelvlak_instelling WHERE cluster = '04' AND berichtversie = 'v0100'",
    "DKD-LEV-01": "SELECT '0153/04/' || periode FROM levering_monitor, maand WHERE cluster = '04' AND ontvangen_op "
                  "IS NULL "
                  "AND strftime(verwacht_op, '%Y%m%d')::INT <= eind8",
    "DKD-LEV-02": "SELECT bevraging_id FROM bevraging WHERE uitkomst IS NULL OR duur_ms > 5000",
    "DKD-VWI-01": "SELECT DISTINCT p.bsn FROM verwijsindex i JOIN persoon p USING (bsn) JOIN voorziening v USING "
                  "(persoon_id) "
                  "WHERE cluster = '04' AND v.gewijzigd_op > i.gewijzigd_op",
    "DKD-VWI-02": f"SELECT DISTINCT bsn FROM lopend JOIN geldig USING (voorziening_id) JOIN persoon USING (persoon_id) "
                  f"WHERE bsn NOT IN (SELECT bsn {_INDEX})",
    "DKD-VWI-03": f"SELECT bsn {_INDEX} AND bsn NOT IN (SELECT bsn FROM persoon)",
    "DKD-REC-01": "SELECT bevraging_id FROM bevraging WHERE uitkomst = 'NOT_FOUND' "
                  f"AND bsn_vraag IN (SELECT bsn {_INDEX})",
    "SRG-DKD-01": f"SELECT v.voorziening_id FROM {_CURRENT} JOIN persoon p USING (persoon_id) JOIN srg_voorziening s "
                  "ON s.bsn = p.bsn AND s.registratienummer = v.registratienummer WHERE s.type <> v.type "
                  "OR s.datum_begin <> v.datum_begin OR s.datum_einde IS DISTINCT FROM v.datum_einde "
                  "OR s.loonwaarde IS DISTINCT FROM g.loonwaarde_perc // 100",
}


@pytest.mark.parametrize("code", sorted(REQUIRED))
def test_the_rows_with_an_error_are_the_labelled_ones(code: str, labels: list[Label], faulty: Town) -> None:
    """Not one more, not one less: so no planted error provokes a second one."""
    by = "bsn" if code in ("DKD-VWI-01", "DKD-VWI-02", "DKD-VWI-03") else "key"
    expected = sorted(str(label[by]) for label in labels if label["code"] == code)
    assert sorted(str(row[0]) for row in faulty.ask(SHOWS[code])) == expected


def test_a_clean_town_shows_none(clean: Town) -> None:
    assert {code: clean.ask(sql) for code, sql in SHOWS.items() if clean.ask(sql)} == {}
    assert not (clean.folder / "planted.json").exists()
    assert clean.summary.planted == ()


def test_the_clean_rows_are_untouched(clean: Town, faulty: Town) -> None:
    for name, table in TABLES.items():
        one, other = (pq.read_table(t.folder / f"{name}.parquet") for t in (clean, faulty))
        if name in ("koppelvlak_instelling", "levering_monitor"):
            assert one.num_rows == other.num_rows
        else:
            assert other.slice(0, one.num_rows).equals(one), name
        assert other.schema.equals(table.schema, check_metadata=True)


def test_one_code_alone_is_the_same_as_among_all(tmp_path: Path, labels: list[Label]) -> None:
    alone = town(tmp_path, errors={"DAT-03"})
    assert list(alone.summary.planted) == [label for label in labels if label["code"] == "DAT-03"]
    assert {code for code, sql in SHOWS.items() if alone.ask(sql)} == {"DAT-03"}


@pytest.mark.parametrize("period", ["2026-01", "2026-12", "2027-12"])
def test_planted_in_any_month(tmp_path: Path, period: str) -> None:
    made = town(tmp_path, clients=60, period=period, errors={"dkd_reintegratie"})
    for code, sql in SHOWS.items():
        by = "bsn" if "VWI" in code else "key"
        expected = {str(label[by]) for label in made.summary.planted if label["code"] == code}
        assert {str(row[0]) for row in made.ask(sql)} == expected, code


def test_labels_go_when_the_errors_go(tmp_path: Path) -> None:
    generate(tmp_path, "0153", 20, 1, errors=True)
    assert (tmp_path / "planted.json").exists()
    generate(tmp_path, "0153", 20, 1)
    assert not (tmp_path / "planted.json").exists()


def test_an_unknown_code_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="LKS-PRC-99"):
        generate(tmp_path, "0153", 20, 1, errors={"LKS-PRC-99"})


def test_planted_numbers_pass_the_door(faulty: Town, tmp_path: Path) -> None:
    snapshot = open_source(kind="parquet", location=str(faulty.folder), gemeente="0153").snapshot(
        list(TABLES), [], tmp_path)
    assert snapshot.findings.num_rows == 0
    assert isinstance(pq.read_table(snapshot.tables["persoon"].path), pa.Table)
