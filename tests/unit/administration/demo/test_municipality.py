"""The synthetic municipality: repeatable, coherent, clean, and like a real one where it matters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo import generate, municipality
from exchanges.administration.demo.bsns import bsn_numbers
from exchanges.administration.demo.draws import Draws
from exchanges.administration.door import strangers
from exchanges.administration.model import TABLES
from exchanges.core.bsn import elfproef
from exchanges.core.errors import UsageError
from tests.unit.administration.demo.made import Town, town


def test_same_arguments_same_bytes(clean: Town, tmp_path: Path) -> None:
    again = generate(tmp_path, "0153", 3000, 1)
    assert again == clean.summary
    for name in TABLES:
        assert (tmp_path / f"{name}.parquet").read_bytes() == (clean.folder / f"{name}.parquet").read_bytes()


def test_the_summary_tells_what_is_in_the_files(clean: Town) -> None:
    import hashlib

    for name in TABLES:
        path = clean.folder / f"{name}.parquet"
        assert clean.summary.rows[name] == pq.read_metadata(path).num_rows
        assert clean.summary.sha256[name] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert clean.summary.rows["persoon"] == 3000
    assert sorted(p.name for p in clean.folder.iterdir()) == sorted(f"{name}.parquet" for name in TABLES)


def test_the_size_of_the_batch_does_not_matter(clean: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(municipality, "BATCH", 700)
    generate(tmp_path, "0153", 3000, 1)
    for name, table in TABLES.items():
        keys = [(key, "ascending") for key in table.key]
        one = pq.read_table(clean.folder / f"{name}.parquet").sort_by(keys)
        other = pq.read_table(tmp_path / f"{name}.parquet").sort_by(keys)
        assert one.equals(other), name
    assert pq.read_metadata(tmp_path / "persoon.parquet").num_row_groups == 5


def test_another_seed_or_municipality_is_another_town(clean: Town, tmp_path: Path) -> None:
    seed, other = generate(tmp_path / "s", "0153", 3000, 2), generate(tmp_path / "g", "0363", 3000, 1)
    for summary in (seed, other):
        assert not any(summary.sha256[name] == clean.summary.sha256[name] for name in ("persoon", "voorziening"))
    names = pq.read_table(tmp_path / "g" / "persoon.parquet", columns=["gemeentecode"])["gemeentecode"]
    assert names.unique().to_pylist() == ["0363"]


def test_files_have_the_schema_of_the_model(clean: Town) -> None:
    for name, table in TABLES.items():
        read = pq.read_table(clean.folder / f"{name}.parquet")
        assert read.schema.equals(table.schema, check_metadata=True), name
        read.validate(full=True)


def test_keys_and_references(clean: Town) -> None:
    for name, table in TABLES.items():
        keys = ", ".join(table.key)
        assert clean.count(f"SELECT count(*) - count(DISTINCT ({keys})) FROM {name}") == 0, name
        for field in table.schema:
            if not field.nullable:
                missing = clean.count(f"SELECT count(*) FROM {name} WHERE {field.name} IS NULL")
                assert missing == 0, f"{name}.{field.name}"
        for own, other, column in table.references:
            lost = clean.count(f"SELECT count(*) FROM {name} WHERE {own} NOT IN (SELECT {column} FROM {other})")
            assert lost == 0, f"{name}.{own}"


def test_bsns_are_valid_test_numbers_and_unique(clean: Town) -> None:
    bsn = pq.read_table(clean.folder / "persoon.parquet")["bsn"]
    assert len(bsn.unique()) == len(bsn) == 3000
    assert elfproef(bsn).to_pylist() == [True] * 3000
    assert strangers(bsn) == 0
    assert all(value.startswith("9999") for value in bsn.to_pylist())


def test_bsns_beyond_the_sample_range() -> None:
    many = bsn_numbers(Draws("0153", 1), 200_000)
    assert len(np.unique(many)) == 200_000
    assert (many[:9000] >= 999_900_000).all()
    assert (many >= 900_000_000).all()
    with pytest.raises(UsageError, match="testnummers"):
        bsn_numbers(Draws("0153", 1), 10_000_000)


# What the rules of the re-integration delivery (spec dkd-gsd, section 8) would report, said again in SQL.
BREACHES = {
    "loonwaarde missing or out of range":
        "SELECT count(*) FROM loonkostensubsidie WHERE loonwaarde_perc IS NULL OR loonwaarde_perc NOT BETWEEN 3000 "
        "AND 9999",
    "subsidy type without subsidy":
        "SELECT count(*) FROM voorziening v, maand WHERE type IN ('10', '11', '12') AND v.datum_begin <= eind8 "
        "AND voorziening_id NOT IN (SELECT voorziening_id FROM geldig)",
    "subsidy without subsidy type":
        "SELECT count(*) FROM loonkostensubsidie JOIN voorziening USING (voorziening_id) WHERE type NOT IN ('10', "
        "'12')",
    "overlapping subsidies of one person":
        "SELECT count(*) FROM voorziening a JOIN voorziening b ON a.persoon_id = b.persoon_id "
        "AND a.voorziening_id < b.voorziening_id AND a.type IN ('10', '12') AND b.type IN ('10', '12') "
        "AND a.datum_begin <= coalesce(b.datum_einde, 99999999) AND b.datum_begin <= coalesce(a.datum_einde, 99999999)",
    "overlapping periods of one subsidy":
        "SELECT count(*) FROM loonkostensubsidie a JOIN loonkostensubsidie b ON a.voorziening_id = b.voorziening_id "
        "AND a.lks_id < b.lks_id AND b.datum_begin <= coalesce(a.datum_einde, DATE '9999-12-31')",
    "registration number twice or too long":
        "SELECT count(*) FROM (SELECT registratienummer FROM voorziening GROUP BY 1 HAVING count(*) > 1 "
        "OR length(registratienummer) > 15)",
    "trajectory without content":
        "SELECT count(*) FROM traject WHERE arbeidsvermogen IS NULL AND doel IS NULL",
    "trajectory of another municipality": "SELECT count(*) FROM traject WHERE gemeentecode <> '0153'",
    "end before begin": "SELECT count(*) FROM voorziening WHERE datum_einde < datum_begin",
    "period of subsidy ends before it begins": "SELECT count(*) FROM loonkostensubsidie WHERE datum_einde < "
                                               "datum_begin",
    "trajectory ends before it begins": "SELECT count(*) FROM traject WHERE datum_einde < datum_begin",
    "more than a year ahead":
        "SELECT count(*) FROM voorziening, maand WHERE greatest(datum_begin, coalesce(datum_einde, 0)) > begin8 + "
        "10000",
    "day that is not in the calendar":
        "SELECT count(*) FROM voorziening WHERE try_strptime(datum_begin::VARCHAR, '%Y%m%d') IS NULL "
        "OR (datum_einde IS NOT NULL AND try_strptime(datum_einde::VARCHAR, '%Y%m%d') IS NULL)",
    "digit in a name":
        "SELECT count(*) FROM persoon WHERE regexp_matches(concat(voornamen, voorvoegsel, achternaam), '[0-9]')",
    "initials": "SELECT count(*) FROM persoon WHERE NOT regexp_full_match(voorletters, '[A-Z]{1,6}')",
    "prefix too long": "SELECT count(*) FROM persoon WHERE length(voorvoegsel) > 10",
    "unknown type":
        "SELECT count(*) FROM voorziening WHERE type NOT IN "
        "('10','11','12','20','21','22','23','29','30','31','40','42',"
        "'43','49','50','59','60','98')",
    "wrong setting":
        "SELECT count(*) FROM koppelvlak_instelling WHERE cluster = '04' AND (methode <> 'verzamelbestand' "
        "OR berichtversie <> 'v0200' OR url NOT LIKE 'https://%GSDDossierReintegratie-v0200')",
    "delivery never received":
        "SELECT count(*) FROM levering_monitor, maand WHERE ontvangen_op IS NULL "
        "AND strftime(verwacht_op, '%Y%m%d')::INT <= eind8",
    "slow or no answer": "SELECT count(*) FROM bevraging WHERE uitkomst IS NULL OR duur_ms > 5000",
    "answer about somebody else": "SELECT count(*) FROM bevraging WHERE bsn_antwoord <> bsn_vraag",
    "not found although in the index":
        "SELECT count(*) FROM bevraging WHERE uitkomst = 'NOT_FOUND' "
        "AND bsn_vraag IN (SELECT bsn FROM verwijsindex WHERE cluster = '04')",
    "index older than a change":
        "SELECT count(*) FROM verwijsindex i JOIN persoon p USING (bsn) JOIN voorziening v USING (persoon_id) "
        "WHERE v.gewijzigd_op > i.gewijzigd_op",
    "subsidised person not in the index":
        "SELECT count(*) FROM lopend JOIN persoon USING (persoon_id) WHERE type IN ('10', '12') "
        "AND bsn NOT IN (SELECT bsn FROM verwijsindex WHERE cluster = '04' AND ind_dkd)",
    "index without data":
        "SELECT count(*) FROM verwijsindex WHERE cluster = '04' AND ind_dkd AND bsn NOT IN (SELECT bsn FROM persoon "
        "WHERE persoon_id IN (SELECT persoon_id FROM traject))",
    "SRG says otherwise":
        "SELECT count(*) FROM srg_voorziening s JOIN persoon p USING (bsn) JOIN voorziening v ON v.persoon_id = "
        "p.persoon_id "
        "AND v.registratienummer = s.registratienummer LEFT JOIN geldig g USING (voorziening_id) "
        "WHERE s.type <> v.type OR s.datum_begin <> v.datum_begin OR s.datum_einde IS DISTINCT FROM v.datum_einde "
        "OR s.loonwaarde * 100 IS DISTINCT FROM g.loonwaarde_perc",
    "SRG row of nobody":
        "SELECT count(*) FROM srg_voorziening s ANTI JOIN (SELECT bsn, registratienummer FROM persoon "
        "JOIN voorziening USING (persoon_id)) v USING (bsn, registratienummer)",
}


@pytest.mark.parametrize("what", BREACHES)
def test_a_clean_town_has_nothing_to_find(clean: Town, month_later: Town, what: str) -> None:
    assert clean.count(BREACHES[what]) == 0
    assert month_later.count(BREACHES[what]) == 0


# What the planted errors break of these: a breach that finds nothing there either would prove nothing.
BLIND = {"overlapping periods of one subsidy", "period of subsidy ends before it begins", "trajectory ends before it "
    "begins",
         "digit in a name", "initials", "prefix too long", "SRG row of nobody"}


@pytest.mark.parametrize("what", sorted(set(BREACHES) - BLIND))
def test_the_same_questions_find_planted_errors(faulty: Town, what: str) -> None:
    assert faulty.count(BREACHES[what]) > 0


def test_money_adds_up(clean: Town) -> None:
    assert clean.count("SELECT count(*) FROM betaling b LEFT JOIN (SELECT betaling_id, sum(bedrag_cent) AS som "
                       "FROM betaling_component WHERE soort <> 'aflossing' GROUP BY 1) c USING (betaling_id) "
                       "WHERE som IS DISTINCT FROM netto_cent AND netto_cent <> 0") == 0
    assert clean.count("SELECT count(*) FROM betaling WHERE ikv_id IS NOT NULL AND loon_cent <> netto_cent + "
                       "loonheffing_cent + zvw_ingehouden_cent") == 0
    assert clean.count("SELECT count(*) FROM betaling_component JOIN betaling USING (betaling_id) "
                       "WHERE betaling_component.soort = 'aflossing' AND bedrag_cent < -netto_cent") == 0
    assert clean.count("SELECT count(*) FROM betaling_component WHERE soort = 'aflossing' "
                       "AND (vordering_id IS NULL OR bedrag_cent >= 0)") == 0
    assert clean.count("SELECT count(*) FROM betaling_component WHERE soort = 'aflossing'") > 100
    assert clean.count("SELECT count(*) FROM inkomstenopgave o LEFT JOIN (SELECT uitkering_id, periode, "
                       "sum(bedrag_cent) AS af FROM betaling JOIN betaling_component c USING (betaling_id) "
                       "WHERE c.soort = 'inkomsten' GROUP BY 1, 2) c USING (uitkering_id, periode) "
                       "WHERE o.verrekend_cent <> -coalesce(af, 0)") == 0
    assert clean.count("SELECT count(*) FROM vordering WHERE aanvang_cent <> ontvangen_cent + saldo_cent") == 0
    assert clean.count("SELECT count(*) FROM betaling WHERE netto_cent < 0 OR loonheffing_cent < 0") == 0


def test_a_benefit_that_ended_is_left_alone(tmp_path: Path) -> None:
    """Its last change is that it ended: no death afterwards, and no other end after a death, touches it."""
    made = town(tmp_path, 20_000)
    ended = "uitkering JOIN aanvraag a USING (aanvraag_id) WHERE datum_einde IS NOT NULL"
    assert made.count(f"SELECT count(*) FROM {ended} AND reden_einde = '04'") > 50, "no deaths"
    assert made.count(f"SELECT count(*) FROM {ended} AND strftime(uitkering.gewijzigd_op, '%Y-%m') <> "
                      "strftime(greatest(datum_einde, datum_besluit), '%Y-%m')") == 0


def test_it_looks_like_a_municipality(clean: Town) -> None:
    clients = 3000
    none = clean.count("SELECT count(*) FROM persoon WHERE persoon_id NOT IN (SELECT persoon_id FROM voorziening)")
    assert 0.18 < none / clients < 0.32
    per_person = dict(clean.ask("SELECT n, count(*) FROM (SELECT count(*) AS n FROM voorziening GROUP BY persoon_id) "
                                "GROUP BY 1"))
    assert sorted(per_person) == [1, 2, 3, 4]
    assert clean.count("SELECT count(*) FROM voorziening, maand WHERE datum_begin > eind8") > 10, "no future provisions"
    assert clean.count("SELECT count(*) FROM voorziening, maand WHERE datum_einde < begin8") > 300, "none ended"
    assert 0.1 < clean.count("SELECT count(DISTINCT persoon_id) FROM lopend WHERE type = '10'") / clients < 0.3
    assert clean.count("SELECT count(*) FROM (SELECT 1 FROM loonkostensubsidie GROUP BY voorziening_id "
                       "HAVING count(*) > 1)") > 50, "no history of loonwaarde"
    assert clean.count("SELECT count(*) FROM loonkostensubsidie WHERE loonwaarde_perc % 100 <> 0") > 5
    assert clean.count("SELECT count(*) FROM persoon WHERE overlijdensdatum IS NOT NULL") > 5
    assert clean.count("SELECT count(*) FROM dossier WHERE partner_persoon_id IS NOT NULL") > 200, "no couples"
    assert clean.count("SELECT count(*) FROM dossier WHERE leefvorm = '02'") > 200, "no single parents"
    assert clean.count("SELECT count(*) FROM persoon WHERE geboortedatum % 100 = 0") > 3, "no partial dates of birth"
    assert clean.count("SELECT count(*) FROM voorziening v WHERE strftime(gewijzigd_op, '%Y%m%d')::INT > datum_begin "
                       "+ 100") > 50


def test_names(clean: Town) -> None:
    names = "".join(str(row[0]) for row in clean.ask("SELECT concat_ws(' ', voornamen, voorvoegsel, achternaam) FROM "
                                                     "persoon"))
    assert set("éëïüöçşłñř'-") <= set(names)
    prefixes = {row[0] for row in clean.ask("SELECT DISTINCT voorvoegsel FROM persoon")}
    assert {"'t", "van der", "d'", None} <= prefixes
    assert clean.count("SELECT count(*) FROM persoon WHERE length(voorletters) = 1 + length(voornamen) - "
                       "length(replace(voornamen, ' ', ''))") == 3000


def test_changes_end_with_the_period(clean: Town) -> None:
    for name, table in TABLES.items():
        if "gewijzigd_op" in table.schema.names and name not in ("verwijsindex",):
            assert clean.count(f"SELECT count(*) FROM {name} WHERE gewijzigd_op >= '2026-11-01'") == 0, name
    assert clean.count("SELECT count(*) FROM voorziening WHERE gewijzigd_op >= '2026-10-01'") > 20


def test_the_next_month_is_the_same_town(clean: Town, month_later: Town) -> None:
    before = f"'{clean.folder}"
    was = f"{before}/voorziening.parquet'"
    same = month_later.count(f"SELECT count(*) FROM persoon n JOIN {before}/persoon.parquet' o USING (persoon_id, bsn)")
    assert same == 3000
    assert month_later.summary.rows["persoon"] == 3030
    new = month_later.count(f"SELECT count(*) FROM voorziening ANTI JOIN {was} USING (voorziening_id)")
    gone = month_later.count(f"SELECT count(*) FROM {was} o ANTI JOIN voorziening USING (voorziening_id)")
    ended = month_later.count(f"SELECT count(*) FROM voorziening n JOIN {was} o USING (voorziening_id) "
                              "WHERE n.datum_einde IS NOT NULL AND o.datum_einde IS NULL")
    assert 20 < new < 300
    assert gone <= 3, "only a death takes away what had yet to begin"
    assert 10 < ended < 200
    changed = month_later.count(
        f"SELECT count(*) FROM geldig n JOIN {before}/loonkostensubsidie.parquet' o USING (voorziening_id) "
        "WHERE o.datum_einde IS NULL AND n.loonwaarde_perc <> o.loonwaarde_perc")
    assert 3 < changed < 200
    numbers = month_later.count(f"SELECT count(*) FROM voorziening n JOIN {was} o USING (voorziening_id) "
                                "WHERE n.registratienummer <> o.registratienummer OR n.type <> o.type")
    assert numbers == 0


@pytest.mark.parametrize(("clients", "period"), [
    (1, "2026-10"), (2, "2026-01"), (3, "2027-12"), (25, "2026-10"), (99, "2026-02"),
])
def test_small_towns_and_other_months(tmp_path: Path, clients: int, period: str) -> None:
    small = town(tmp_path, clients=clients, period=period)
    assert small.count("SELECT count(DISTINCT bsn) FROM persoon") == small.summary.rows["persoon"] >= 1
    for what, sql in BREACHES.items():
        assert small.count(sql) == 0, what


@pytest.mark.parametrize(("arguments", "says"), [
    (("153", 10, 1), "vier cijfers"), (("0153", 0, 1), "1 of meer"), (("٠١٥٣", 10, 1), "vier cijfers"),
])
def test_wrong_arguments(tmp_path: Path, arguments: tuple[str, int, int], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        generate(tmp_path, *arguments)


@pytest.mark.parametrize("period", ["2025-12", "2028-01", "oktober"])
def test_wrong_period(tmp_path: Path, period: str) -> None:
    with pytest.raises(UsageError):
        generate(tmp_path, "0153", 10, 1, period=period)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "bestand").touch()
    for place in ("bestand", "bestand/eronder"):
        with pytest.raises(UsageError, match="kan niet worden geschreven: een deel van het pad is geen map"):
            generate(tmp_path / place, "0153", 1, 1)


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(municipality, "BATCH", 40)
    told: list[tuple[int, int]] = []
    generate(tmp_path, "0153", 100, 1, progress=lambda done, total: told.append((done, total)))
    assert told == [(40, 100), (80, 100), (100, 100)]


def test_a_run_that_breaks_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path, "0153", 50, 1)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken(*_: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(municipality, "batch", broken)
    with pytest.raises(RuntimeError):
        generate(tmp_path, "0153", 60, 2)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


_GENERATE = """
import sys
from pathlib import Path
from exchanges.administration.demo import generate
made = generate(Path(sys.argv[1]), "0153", int(sys.argv[2]), 1)
status = Path("/proc/self/status").read_text()
print(made.rows["betaling_component"], int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def test_memory_does_not_grow_with_the_town(tmp_path: Path) -> None:
    """A million clients go through the memory of one batch."""
    memory = []
    for clients in (20_000, 100_000):
        done = subprocess.run([sys.executable, "-c", _GENERATE, str(tmp_path), str(clients)], check=True,
                              capture_output=True, text=True)
        rows, peak = map(int, done.stdout.split())
        assert rows > clients * 2
        memory.append(peak)
    assert memory[1] - memory[0] < 100
    assert memory[1] < 300
