"""Kinds of findings: the same as counting them one by one, at any number of findings."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.reports import Report, render_html, render_json
from exchanges.core.reports.findings import finding_kinds, work_list
from exchanges.core.reports.parts import WORK_LINES
from tests.unit.core.reports.documents import example

ROWS = st.lists(st.builds(
    finding,
    code=st.sampled_from(["A-1", "B-2"]), severity=st.sampled_from(["blocker", "error", "warning", "info"]),
    text=st.sampled_from(["een", "twee", "drie"]), action=st.sampled_from(["", "doe dit"]),
    path=st.sampled_from(["", "x/y"]), record=st.sampled_from([None, "p:1", "p:2", "p:3", "p:4", "p:5", "p:6"]),
    line=st.none() | st.integers(1, 9),
), max_size=60)


@given(ROWS, st.randoms(use_true_random=False))
def test_against_counting_one_by_one(rows: list[dict], random) -> None:
    kinds = finding_kinds(findings_table(rows))
    groups: dict[tuple, list[dict]] = {}
    for row in rows:
        groups.setdefault((row["severity"], row["code"], row["path"]), []).append(row)
    assert {(k["severity"], k["code"], k["element"]) for k in kinds} == set(groups)
    for kind in kinds:
        group = groups[kind["severity"], kind["code"], kind["element"]]
        records = {row["record"] for row in group} - {None}
        said = Counter((row["text"], row["action"], row["source"]) for row in group)
        assert kind["count"] == len(group)
        assert kind["rejected"] == (len(records) if kind["severity"] == "error" else 0)
        assert kind["scope"] == ("record" if records else "delivery")
        assert kind["variants"] == len(said)
        assert said[kind["text"], kind["action"], kind["source"]] == max(said.values())
        places = {(row["record"], row["line"]) for row in group if row["record"]}
        shown = [(e["record"], e["line"]) for e in kind["examples"]]
        assert shown == sorted(places, key=lambda p: (p[1] is None, p[1] or 0, p[0]))[:5]
    random.shuffle(rows)
    assert finding_kinds(findings_table(rows)) == kinds


def test_no_findings() -> None:
    assert finding_kinds(FINDINGS.empty_table()) == []


def test_the_rule_says_what_a_finding_is_about() -> None:
    rows = findings_table([finding("A-1", "error", "x", record="p:1")])
    assert [(k["scope"], k["rejected"]) for k in finding_kinds(rows)] == [("record", 1)]
    assert [(k["scope"], k["rejected"]) for k in finding_kinds(rows, {"A-1": "delivery"})] == [("delivery", 0)]


def test_worst_first_then_most_frequent() -> None:
    rows = [finding("I", "info", "x")] * 9 + [finding("E", "error", "x", record="p:1")] + [
        finding("F", "error", "x", record="p:1")] * 2 + [finding("B", "blocker", "x")]
    assert [kind["code"] for kind in finding_kinds(findings_table(rows))] == ["B", "F", "E", "I"]


def test_a_hundred_thousand_findings_make_a_small_report() -> None:
    count = 100_000
    table = pa.table({
        **{name: pa.nulls(count, FINDINGS.field(name).type) for name in FINDINGS.names},
        "code": pa.array([f"XSD-{i % 40}" for i in range(count)]),
        "severity": pa.array(["error"] * count),
        # Texts that differ everywhere, as those of a schema checker do.
        "text": pa.array([f"De waarde op plaats {i} past niet." for i in range(count)]),
        "record": pa.array([f"p:{i:020x}" for i in range(count)]),
        "line": pa.array(range(count), pa.int64()),
    })
    document = example()
    del document["summary"]
    document["findings"] = finding_kinds(table)
    report = Report.from_dict(document)
    assert (report.summary.findings, report.summary.kinds) == (count, 40)
    assert len(render_json(report)) < 40_000
    assert len(render_html(report)) < 200_000


def test_every_kind_keeps_its_own_words() -> None:
    """As many kinds as a real delivery has, in mixed order: the words beside a code are those of that code."""
    rows = [
        {"code": f"{group}-{n:02d}", "severity": severity, "table": None, "record": f"p:{n:020x}", "path": path,
         "line": None, "text": f"tekst {group}-{n:02d} {severity} {path}", "action": "", "source": ""}
        for n in range(30)
        for group, severity, path in (
            ("LKS", "error", "A/B"), ("DAT", "warning", "A/C"), ("BSN", "error", ""), ("RV", "info", "A/B"),
        )
    ]
    for kind in finding_kinds(pa.Table.from_pylist(rows[::-1] + rows, schema=FINDINGS)):
        assert kind["text"] == f"tekst {kind['code']} {kind['severity']} {kind['element']}"
        assert kind["examples"][0]["record"] == f"p:{int(kind['code'][-2:]):020x}"


@given(st.permutations([(f"p:{nr:020x}", line, code, "verslag", source)
                        for nr in range(2) for line in (None, 7) for code in "AB" for source in ("fase 1", "fase 2")]))
def test_the_work_list_is_the_same_in_whatever_order_the_answers_were_read(rows: list[tuple[Any, ...]]) -> None:
    """Also what is said twice of a record, in two answers; and what is about no record is not work on one."""
    names = ("record", "line", "code", "text", "source")
    told = [*rows, (None, None, "A", "verslag", "fase 1")]
    found = work_list(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in told]))
    assert found["work_total"] == len(found["work"]) == len(rows)

    def place(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["line"] is None, row["line"] or 0, row["record"], row["code"], row["source"]

    assert [place(row) for row in found["work"]] == sorted(map(place, found["work"]))


def test_a_long_work_list_is_its_first_lines_and_how_many_there_are() -> None:
    many = WORK_LINES + 5
    table = pa.table({"record": [f"p:{nr:020x}" for nr in range(many)], "line": list(range(many, 0, -1)),
                      **{name: ["x"] * many for name in ("code", "text", "source")}})  # fmt: skip
    found = work_list(table)
    assert found["work_total"] == many and [row["line"] for row in found["work"]] == list(range(1, WORK_LINES + 1))
