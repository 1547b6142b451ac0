"""Rules as declarations, evaluated on tables: what a hit tells, whom it rejects, what cannot be assessed."""

from __future__ import annotations

import pyarrow as pa
import pytest

from exchanges.core.bsn import pseudonyms
from exchanges.core.declare import Rule
from exchanges.core.errors import UsageError
from exchanges.core.findings import FINDINGS
from exchanges.core.rules.engine import evaluate
from exchanges.core.sql import connect

KEYS = ["999990007", "999990019", "999990020"]


def rule(code: str, table: str, broken: str, **more: object) -> Rule:
    said = {"severity": "error", "element": "Wortel/Element", "text": "Fout.", "action": "Herstel.", "source": "spec"}
    return Rule(code=code, table=table, broken=broken, **{**said, **more})  # type: ignore[arg-type]


@pytest.fixture
def con(tmp_path):
    """Three records with lines; the first has two children, the third one."""
    con = connect(tmp_path)
    record = {
        "_row": [0, 1, 2],
        "_root": [0, 1, 2],
        "_line": [10, 20, 30],
        "_file": [0, 0, 0],
        "bsn": KEYS,
        "n": [1, None, 3],
    }
    child = {"_row": [0, 1, 2], "_root": [0, 0, 2], "_line": [11, 12, 31], "_file": [0, 0, 0], "code": ["a", "b", "a"]}
    con.register("r_", pa.table(record, pa.schema([(k, pa.string() if k == "bsn" else pa.int64()) for k in record])))
    con.register("c_", pa.table(child))
    con.register("w_", pa.table({"_bronrij": [0, 1], "bsn": KEYS[:2], "goed": [True, False]}))
    con.execute("CREATE TABLE persoon AS SELECT * FROM r_; CREATE TABLE kind AS SELECT * FROM c_")
    con.execute("CREATE TABLE bron.omgeving AS SELECT * FROM w_")
    yield con
    con.close()


def judge(con, *rules: Rule, sources=("omgeving",), **parameters):
    return evaluate(con, rules, parameters, record="persoon", key="bsn", sources=sources)


def test_a_hit_tells_row_record_key_and_line(con):
    hits = judge(con, rule("K", "kind", "r.code = 'a'")).hits
    assert hits.to_pylist() == [
        {"rule": 0, "row": 0, "root": 0, "key": KEYS[0], "line": 11},
        {"rule": 0, "row": 2, "root": 2, "key": KEYS[2], "line": 31},
    ]


def test_unknown_is_not_broken(con):
    assert judge(con, rule("N", "persoon", "r.n > 2")).hits["row"].to_pylist() == [2]


def test_only_errors_about_records_reject_each_record_once(con):
    outcome = judge(
        con,
        rule("W", "persoon", "true", severity="warning"),
        rule("I", "persoon", "true", severity="info"),
        rule("E", "kind", "true"),
        rule("F", "kind", "r.code = 'b'"),
        rule("D", "persoon", "true", scope="delivery"),
    )
    assert outcome.rejected().to_pylist() == [0, 2]


def test_a_rule_about_the_delivery_rejects_nobody_but_names_the_record(con):
    outcome = judge(con, rule("D", "kind", "r.code = 'b'", scope="delivery"))
    assert outcome.hits["root"].to_pylist() == [None]
    assert outcome.hits["key"].to_pylist() == [KEYS[0]]


def test_a_rule_about_the_source_takes_its_key_from_the_declaration(con):
    keyed = rule("S", "bron.omgeving", "NOT r.goed", scope="delivery", key="r.bsn")
    bare = rule("T", "bron.omgeving", "NOT r.goed", scope="delivery")
    outcome = judge(con, keyed, bare)
    assert sorted(outcome.hits["key"].to_pylist(), key=str) == [KEYS[1], None]
    assert outcome.rejected().to_pylist() == []


def test_a_key_that_stands_in_another_table_is_looked_up(con):
    elsewhere = "(SELECT p.bsn FROM persoon p WHERE p.n = 2 * r._bronrij + 1)"
    keyed = rule("S", "bron.omgeving", "r.bsn IS NOT NULL", scope="delivery", key=elsewhere)
    beside = rule("T", "bron.omgeving", "r.goed", scope="delivery", key=elsewhere)
    hits = judge(con, keyed, beside).hits
    assert [(row["rule"], row["key"]) for row in hits.to_pylist()] == [(0, KEYS[0]), (0, KEYS[2]), (1, KEYS[0])]


def test_a_table_without_rows_breaks_no_rule_and_is_not_read(con):
    told = [rule("L", "leeg", "true"), rule("E", "kind", "r.code = 'b'")]
    outcome = evaluate(con, told, {}, record="persoon", key="bsn", sources=(), empty=["leeg"])
    assert outcome.hits["rule"].to_pylist() == [1] and outcome.not_assessed == []


def test_a_rule_without_its_source_is_not_assessed_and_not_read(con):
    lost = rule("X", "bron.afwezig", "true", needs=("afwezig",))
    outcome = judge(con, lost, rule("E", "kind", "r.code = 'b'"))
    assert outcome.not_assessed == [lost]
    assert outcome.hits["rule"].to_pylist() == [1]  # the number of the rule, also after one that was left out


def test_findings_are_told_in_words_with_a_pseudonym(con):
    outcome = judge(con, rule("K", "kind", "r.code = 'b'", text="Code b mag niet.", severity="warning"))
    table = outcome.findings(b"sleutel")
    assert table.schema == FINDINGS
    assert table.to_pylist() == [{
        "code": "K", "severity": "warning", "table": "kind", "record": pseudonyms(pa.array(KEYS[:1]),
            b"sleutel")[0].as_py(),
        "path": "Wortel/Element", "line": 12, "text": "Code b mag niet.", "action": "Herstel.", "source": "spec",
    }]  # fmt: skip


def test_parameters_are_filled_in(con):
    assert judge(con, rule("P", "persoon", "r.n = $grens"), grens=3).hits["row"].to_pylist() == [2]
    with pytest.raises(UsageError, match="Gegeven grens ontbreekt"):
        judge(con, rule("P", "persoon", "r.n = $grens"))


def test_no_rules_no_findings(con):
    outcome = judge(con)
    assert outcome.hits.num_rows == 0 and outcome.findings(b"k").schema == FINDINGS
    assert outcome.rejected().to_pylist() == []
