from __future__ import annotations

import pyarrow as pa
import pytest

from exchanges.core.errors import UsageError
from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.ledger import Delivery, Ledger


def many(count: int) -> pa.Table:
    rows = pa.array(range(count), pa.int64())
    text = rows.cast(pa.string())
    return pa.table({
        "code": pa.array(["LKS-PRC-01"] * count), "severity": pa.array(["error"] * count),
        "table": pa.array(["Voorziening"] * count),
        "record": pa.array([f"p:{number:020x}" for number in range(count)]),
        "path": pa.array(["/ClientSuwi/Voorziening/Percentage"] * count), "line": rows,
        "text": pa.compute.binary_join_element_wise("Percentage ontbreekt op plaats", text, " "),
        "action": pa.array(["Vul het percentage in."] * count), "source": pa.array([None] * count, pa.string()),
    }, schema=FINDINGS)


def save(ledger: Ledger, id: str, step: str, findings: pa.Table) -> None:
    ledger.finish_step(id, step, "done", [], {}, findings=findings)


def test_what_is_saved_comes_back(ledger: Ledger, delivery: Delivery) -> None:
    few = findings_table([
        finding("XSD", "error", "Element ‘Naam’ ontbreekt: “é”", action="Vul in.", source="XSD", path="/a/b[2]",
                line=17, table="Client", record="p:0123456789abcdef0123"),
        finding("LEV-01", "blocker", "Bron is leeg"),
    ])
    save(ledger, delivery.id, "check", few)
    back = ledger.findings(delivery.id)
    assert back.schema == FINDINGS.append(pa.field("step", pa.string()))
    assert back.drop(["step"]).equals(few)
    assert back["step"].to_pylist() == ["check", "check"]


def test_none_at_all_has_the_same_columns(ledger: Ledger, delivery: Delivery) -> None:
    save(ledger, delivery.id, "check", FINDINGS.empty_table())
    back = ledger.findings(delivery.id)
    assert (back.num_rows, back.schema.names) == (0, [*FINDINGS.names, "step"])


def test_a_hundred_thousand_in_several_chunks(ledger: Ledger, delivery: Delivery) -> None:
    table = pa.concat_tables([many(60_000), many(40_000)])
    save(ledger, delivery.id, "check", table)
    assert ledger.findings(delivery.id).drop(["step"]).combine_chunks().equals(table.combine_chunks())


def test_saving_again_replaces_those_of_that_step_only(ledger: Ledger, delivery: Delivery) -> None:
    save(ledger, delivery.id, "select", many(2))
    save(ledger, delivery.id, "check", many(3))
    save(ledger, delivery.id, "check", many(1))
    assert ledger.findings(delivery.id)["step"].to_pylist() == ["select", "select", "check"]
    other = ledger.open_delivery("proef", "0344", delivery.period, "bestand")
    assert ledger.findings(other.id).num_rows == 0


def test_columns_in_another_order_are_put_right_and_others_refused(ledger: Ledger, delivery: Delivery) -> None:
    table = many(2)
    save(ledger, delivery.id, "check", table.select(FINDINGS.names[::-1]))
    assert ledger.findings(delivery.id).drop(["step"]).equals(table)
    with pytest.raises(UsageError, match="FINDINGS"):
        save(ledger, delivery.id, "check", table.drop(["line"]))
    assert ledger.findings(delivery.id).num_rows == 2


def test_a_nul_in_a_text_does_not_stop_the_others(ledger: Ledger, delivery: Delivery) -> None:
    save(ledger, delivery.id, "check", findings_table([finding("XSD", "error", "NUL\0-teken", path="/a\0")]))
    [row] = ledger.findings(delivery.id).to_pylist()
    assert (row["text"], row["path"]) == ("NUL-teken", "/a")
