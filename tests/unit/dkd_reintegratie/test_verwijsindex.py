"""The rules of the index messages, and of the webservice method: hits and what lies beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from exchanges.core.dated import parameters
from exchanges.core.rules.engine import evaluate
from exchanges.core.sql import connect, period_parameters
from exchanges.dkd_reintegratie import surroundings
from exchanges.dkd_reintegratie.exchange import EXCHANGE
from exchanges.dkd_reintegratie.verwijsindex import RULES
from tests.unit.dkd_reintegratie.judged import BSN, OTHER, PERIOD, SCHEMAS

PERSON = {"_row": 0, "_root": 0, "_line": None, "_file": 0, "bsn": BSN, "bron_partij": "0153"}
CLUSTER = {"_row": 0, "_root": 0, "_parent": 0, "_line": None, "_file": 0, "cluster": "04", "aanwezig": True}
ENTRY = {
    "bsn": BSN,
    "gemeentecode": "0153",
    "cluster": "04",
    "ind_dkd": True,
    "gewijzigd_op": datetime(2026, 10, 20, tzinfo=UTC),
}
_LONG = pa.int64()
_PLACE = {"_row": _LONG, "_root": _LONG, "_line": _LONG, "_file": pa.int32()}
MESSAGE = {
    "persoon": _PLACE | {"bsn": pa.string(), "bron_partij": pa.string()},
    "cluster": _PLACE | {"_parent": _LONG, "cluster": pa.string(), "aanwezig": pa.bool_()},
}


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    con = connect(tmp_path_factory.mktemp("duckdb"))
    yield con
    con.close()


def found(con: Any, persons: list, clusters: list, index: list, known: list[str]) -> list[str]:
    """The codes of the rules that a message and an index break; ``known`` are the BSNs of the administration."""
    source = {"bron.verwijsindex": index, "bron.persoon": [{"persoon_id": bsn, "bsn": bsn} for bsn in known]}
    for name, rows, schema in (
        *((name, rows, MESSAGE[name]) for name, rows in (("persoon", persons), ("cluster", clusters))),
        *((name, source.get(name, []), schema) for name, schema in SCHEMAS.items() if name.startswith("bron.")),
    ):
        con.register("rijen", pa.Table.from_pylist(rows, pa.schema(schema)))
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM rijen")
    given: Any = {name: row.value for name, row in parameters("dkd_reintegratie", PERIOD).items()}
    given |= period_parameters("0153", PERIOD) | {"methode": "webservice"}
    outcome = evaluate(
        con, RULES, given, record="persoon", key="bsn", sources=[n.removeprefix("bron.") for n in SCHEMAS]
    )
    return [outcome.rules[number].code for number in outcome.hits["rule"].to_pylist()]


def test_a_clean_index_breaks_no_rule(con):
    assert found(con, [PERSON], [CLUSTER], [ENTRY], [BSN]) == []


@pytest.mark.parametrize(("persons", "clusters", "index", "known", "codes"), [
    ([PERSON], [{**CLUSTER, "cluster": "  "}], [ENTRY], [BSN], ["VWI-CLU-01"]),
    ([PERSON], [CLUSTER, {**CLUSTER, "_row": 1}], [ENTRY], [BSN], ["VWI-CLU-01", "VWI-CLU-01"]),
    ([PERSON], [CLUSTER, {**CLUSTER, "_row": 1, "cluster": "01"}], [ENTRY], [BSN], []),
    ([PERSON], [CLUSTER, {**CLUSTER, "_row": 1, "_root": 1}], [ENTRY], [BSN], []),
    ([PERSON], [{**CLUSTER, "aanwezig": None}], [ENTRY], [BSN], ["VWI-IND-01"]),
    ([PERSON], [{**CLUSTER, "aanwezig": False}], [ENTRY], [BSN], []),
    ([{**PERSON, "bron_partij": "0344"}], [CLUSTER], [ENTRY], [BSN], ["VWI-CLU-02"]),
    ([PERSON, {**PERSON, "_row": 1, "_root": 1}], [CLUSTER], [ENTRY], [BSN], ["BSN-DUP", "BSN-DUP"]),
    ([{**PERSON, "bsn": "123456789"}], [CLUSTER], [], ["123456789"], ["BSN-01"]),
    ([PERSON], [CLUSTER], [ENTRY, {**ENTRY, "bsn": OTHER}], [BSN], ["VWI-ONB-01"]),
    ([PERSON], [CLUSTER], [ENTRY, {**ENTRY, "bsn": OTHER}], [BSN, OTHER], []),
    ([PERSON], [CLUSTER], [ENTRY, {**ENTRY, "bsn": OTHER, "ind_dkd": False}], [BSN], []),
    ([PERSON], [CLUSTER], [ENTRY, {**ENTRY, "bsn": OTHER, "cluster": "01"}], [BSN], []),
], ids=["leeg cluster", "cluster dubbel", "twee clusters", "twee personen",
    "geen indicatie", "indicatie nee", "andere gemeente", "persoon dubbel",
    "elfproef",
        "onbekend in de index", "bekend", "index zegt nee", "ander cluster"])  # fmt: skip
def test_rules_of_the_index(con, persons, clusters, index, known, codes):
    assert found(con, persons, clusters, index, known) == codes


def test_the_surroundings_are_judged_by_the_same_rules_in_both_methods():
    both = {
        flow: {rule.code for rule in EXCHANGE.flows[flow].rules if rule.scope == "delivery"} for flow in EXCHANGE.flows
    }
    around = {rule.code for rule in surroundings.OMGEVING}
    assert both["webservice"] - {"VWI-ONB-01"} <= both["verzamelbestand"] == around
    # Who is in the index and who has data is what this method itself sends.
    assert not {"DKD-VWI-02", "DKD-VWI-03"} & both["webservice"]


def test_nothing_in_the_index_message_is_of_another_message():
    assert all(rule.element.startswith("IBVerwijsindex/") for rule in RULES if rule.scope == "record")
