"""What a delivery rests on: every declared word of the selection counts, a default that a new field has does not."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from exchanges.core.approve.basis import _plain, digest_of
from exchanges.dkd_reintegratie.exchange import EXCHANGE

FLOW = EXCHANGE.flows[EXCHANGE.method]


def digest(selection: object) -> str:
    return digest_of(_plain(selection))


def test_every_rule_and_every_table_counts():
    before = digest(FLOW.selection)
    rules, tables = FLOW.selection.rules, FLOW.selection.tables
    others = [
        *(replace(FLOW.selection, rules=(*rules[:at], replace(rule, keep=f"NOT ({rule.keep})"), *rules[at + 1 :]))
          for at, rule in enumerate(rules)),
        *(replace(FLOW.selection, tables=(*tables[:at], replace(table, sql=f"{table.sql} -- "), *tables[at + 1 :]))
          for at, table in enumerate(tables)),
        replace(FLOW.selection, population="ander"),
        replace(FLOW.selection, received=("Bericht",)),
    ]  # fmt: skip
    assert len({before, *map(digest, others)}) == len(others) + 1
    assert digest(FLOW.selection) == before


@pytest.mark.parametrize("name", [field.name for field in fields(FLOW.rules[0])])
def test_every_word_of_a_rule_counts(name):
    rule = FLOW.rules[0]
    old = getattr(rule, name)
    assert digest(replace(rule, **{name: (*old, "x") if isinstance(old, tuple) else f"{old}x"})) != digest(rule)


def test_what_is_at_its_default_is_not_told():
    plain = _plain(FLOW.selection)
    assert "received" not in plain and "population" in plain
