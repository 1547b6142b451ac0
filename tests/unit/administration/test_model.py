"""The source model: documented, referring to itself only, and carrying what the exchanges build on."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from exchanges.administration.model import TABLES, Table, document

CORE = ["persoon", "adres", "dossier", "aanvraag", "uitkering", "betaling", "betaling_component", "inkomstenopgave",
        "vordering", "inkomstenverhouding", "inkomstenperiode", "voorziening", "loonkostensubsidie",
        "traject", "inburgering"]
AROUND = ["lks_betaling", "vrijlating", "omstandigheid", "vrije_ontvangst", "koppelvlak_instelling", "verwijsindex",
          "bevraging", "levering_monitor", "srg_voorziening"]

# What the re-integration delivery selects; a change here is a change of that exchange.
FIXED = {
    "persoon": ["persoon_id", "bsn", "voornamen", "voorletters", "voorvoegsel", "achternaam", "geslacht",
                "geboortedatum", "overlijdensdatum", "huishouden_id", "adres_id", "gemeentecode", "gewijzigd_op"],
    "traject": ["traject_id", "persoon_id", "gemeentecode", "arbeidsvermogen", "doel", "datum_begin", "datum_einde",
                "gewijzigd_op"],
    "voorziening": ["voorziening_id", "persoon_id", "traject_id", "registratienummer", "type", "omschrijving",
                    "datum_begin", "datum_einde", "gewijzigd_op"],
    "loonkostensubsidie": ["lks_id", "voorziening_id", "loonwaarde_perc", "werkgever", "bedrag_cent", "datum_begin",
                           "datum_einde", "gewijzigd_op"],
    # What is held against the signals of illness.
    "lks_betaling": ["betaling_id", "voorziening_id", "soort", "datum_tijdvak_begin", "datum_tijdvak_einde",
                     "bedrag_cent", "datum_betaald", "terug_op_betaling_id", "gewijzigd_op"],
    # What the wage tax declaration selects.
    "inkomstenverhouding": ["ikv_id", "uitkering_id", "persoon_id", "nummer", "inkomenscode", "personeelsnummer",
                            "datum_aanvang", "datum_einde", "gewijzigd_op"],
    "inkomstenperiode": ["periode_id", "ikv_id", "datum_begin", "loonbelastingtabel", "loonheffingskorting",
                         "korting_elders_cent", "code_zvw", "gewijzigd_op"],
    "betaling": ["betaling_id", "uitkering_id", "persoon_id", "ikv_id", "periode", "soort", "datum_betaalbaar",
                 "netto_cent", "loon_cent", "loonheffing_cent", "zvw_werkgever_cent", "zvw_ingehouden_cent",
                 "alimentatie_in_cent", "alimentatie_rechtstreeks_cent", "gewijzigd_op"],
    "verwijsindex": ["bsn", "gemeentecode", "cluster", "ind_dkd", "gewijzigd_op"],
}


def every_table() -> list[Table]:
    return list(TABLES.values())


def test_tables() -> None:
    assert sorted(TABLES) == sorted(CORE + AROUND)
    assert [name for name, table in TABLES.items() if not table.required] == AROUND
    assert all(name == table.name for name, table in TABLES.items())


@pytest.mark.parametrize("name", FIXED)
def test_columns_other_parts_build_on(name: str) -> None:
    assert set(FIXED[name]) <= set(TABLES[name].schema.names)


@pytest.mark.parametrize("table", every_table(), ids=lambda table: table.name)
def test_every_table_explains_itself(table: Table) -> None:
    assert table.title and table.doc.endswith(".")
    for field in table.schema:
        assert field.metadata[b"doc"].decode().strip(), f"{table.name}.{field.name} has no explanation"
    assert not any(table.schema.field(name).nullable for name in table.key)
    for own, other, column in table.references:
        assert table.schema.field(own).type == TABLES[other].schema.field(column).type
        assert TABLES[other].key == (column,)


@pytest.mark.parametrize("table", every_table(), ids=lambda table: table.name)
def test_marks_and_types_agree(table: Table) -> None:
    expected = {"partial_date": pa.int32(), "cent": pa.int64(), "perc_honderdsten": pa.int32(), "bsn": pa.string()}
    for field in table.schema:
        mark = (field.metadata or {}).get(b"ketensluis", b"").decode()
        if mark:
            assert field.type == expected[mark], f"{table.name}.{field.name}"
            assert field.name in table.marked(mark)  # type: ignore[arg-type]
        assert field.name.endswith("_cent") == (mark == "cent")
        assert (field.name.startswith("bsn")) == (mark == "bsn")


def test_no_type_loses_anything_in_parquet(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    for table in every_table():
        pq.write_table(table.schema.empty_table(), tmp_path / "t.parquet")
        assert pq.read_schema(tmp_path / "t.parquet").equals(table.schema, check_metadata=True)


def test_the_page_in_docs_is_this_model(repo: Path) -> None:
    page = (repo / "docs" / "administration.md").read_text(encoding="utf-8")
    assert page == document(), "run: python -m exchanges.administration.model > docs/administration.md"
    for table in every_table():
        for field in table.schema:
            assert f"| `{field.name}` |" in page
