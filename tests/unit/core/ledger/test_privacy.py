"""No BSN enters the ledger by any door. 999990019 and 123456782 are test numbers that pass the elfproef."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from exchanges.core.balance import Balance
from exchanges.core.errors import BusinessError
from exchanges.core.findings import finding, findings_table
from exchanges.core.ledger import Delivery, DeliveryState, Ledger
from exchanges.core.ledger.tables import metadata
from exchanges.core.store import Artefact

BSN = "999990019"
TEXT = f"client_{BSN}.xml"
GROUPED = ("over 9999.90.019, op verzoek", "over 9999 90 019")

Door = Callable[[Ledger, str, Artefact], object]

DOORS: dict[str, Door] = {
    "details": lambda x, id, a: x.finish_step(id, "map", "done", [], {}, {"a": {"b": [TEXT]}}),
    "details key": lambda x, id, a: x.finish_step(id, "map", "done", [], {}, {BSN: 1}),
    "details number": lambda x, id, a: x.finish_step(id, "map", "done", [], {}, {"Burgerservicenr": [int(BSN)]}),
    "artefact name": lambda x, id, a: x.finish_step(id, "map", "done", [], {TEXT: a}),
    "file name": lambda x, id, a: x.finish_step(id, "map", "done", [], {"bericht": replace(a, name=TEXT)}),
    "measure": lambda x, id, a: x.finish_step(id, "map", "done", [Balance(TEXT, "aantal", 0, 0)], {}),
    "receipt status": lambda x, id, a: x.save_receipt(id, TEXT, 1, 0, a),
    "receipt file": lambda x, id, a: x.save_receipt(id, "verwerkt", 1, 0, replace(a, name=TEXT)),
    "receipt details": lambda x, id, a: x.save_receipt(id, "verwerkt", 1, 0, a, {"regel": BSN}),
    "actor": lambda x, id, a: x.event(id, BSN, "bekeken", "verslag", "goed"),
    "action": lambda x, id, a: x.event(id, "jansen", TEXT, "verslag", "goed"),
    "object": lambda x, id, a: x.event(id, "jansen", "bekeken", TEXT, "goed"),
    "result": lambda x, id, a: x.event(id, "jansen", "bekeken", "verslag", TEXT),
    "event details": lambda x, id, a: x.event(id, "jansen", "bekeken", "verslag", "goed", {"x": BSN}),
    "as people write it": lambda x, id, a: x.event(id, "jansen", "bekeken", "verslag", "goed", {"reden": GROUPED[0]}),
    "with spaces": lambda x, id, a: x.event(id, "jansen", "bekeken", "verslag", GROUPED[1]),
    "who opens": lambda x, id, a: x.open_delivery("proef", "0344", x.delivery(id).period, "bestand", actor=BSN),
    "who changes": lambda x, id, a: x.set_state(id, DeliveryState.built, actor=BSN),
    **{
        f"finding {column}": lambda x, id, a, column=column: x.finish_step(
            id, "check", "done", [], {},
            findings=findings_table([finding("A", "error", "goed"), {**finding("X", "error", ""), column: TEXT}]),
        )
        for column in ("code", "table", "path", "text", "action", "source")
    },
    "finding as people write it": lambda x, id, a: x.finish_step(
        id, "check", "done", [], {}, findings=findings_table([finding("X", "error", GROUPED[0])])
    ),
    "finding record": lambda x, id, a: x.finish_step(
        id, "check", "done", [], {}, findings=findings_table([finding("X", "error", "fout", record=BSN)])
    ),
    "finding record, no BSN but no pseudonym": lambda x, id, a: x.finish_step(
        id, "check", "done", [], {}, findings=findings_table([finding("X", "error", "fout", record="12345")])
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_bsn_is_refused_and_not_repeated(ledger: Ledger, delivery: Delivery, file: Artefact, door: str) -> None:
    before = everything(ledger)
    with pytest.raises(BusinessError) as refusal:
        DOORS[door](ledger, delivery.id, file)
    assert not any(bsn in str(refusal.value) for bsn in (BSN, "9999.90", "9999 90")) and "\n" not in str(refusal.value)
    assert everything(ledger) == before


def test_a_reason_is_kept_without_the_bsn(ledger: Ledger, delivery: Delivery) -> None:
    """A failure must be recordable whatever its text, so here the number goes and the text stays."""
    ledger.set_state(delivery.id, DeliveryState.failed, f"Bestand {TEXT} niet leesbaar\0\udcff")
    assert ledger.delivery(delivery.id).reason == "Bestand client_[bsn].xml niet leesbaar?"
    assert BSN not in everything(ledger)
    ledger.set_state(delivery.id, DeliveryState.failed, f"Fout {GROUPED[0]}; {GROUPED[1]}; 9999.90.018")
    assert ledger.delivery(delivery.id).reason == "Fout over [bsn], op verzoek; over [bsn]; 9999.90.018"


def test_what_only_looks_like_a_bsn_is_kept(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    digest = "ab" + BSN + "cd" * 26 + "e"
    details = {
        "totaal": 123456782, "sha256": digest, "sleutel": "p:0" + BSN + "0123456789"[:10], "nummer": "123456789",
        "moment": "20261001123456", "bedrag": "9.999.900,19", "dag": "2026.11.22", "meer": "19999.90.019",
        "run": f"{BSN[:8]}-{BSN[:4]}-4000-8000-abc{BSN}", "oin": "00000001" + BSN + "000",
    }
    amount = Balance("loon", "cent", 123456782, 123456782)
    ledger.finish_step(delivery.id, "map", "done", [amount], {"x": file}, details)
    [row] = ledger.steps(delivery.id)
    assert row.details == details
    text = f"bestand {digest}, verschil € 1.234.567,82, nummer 123456789"
    ledger.finish_step(delivery.id, "check", "done", [], {}, findings=findings_table([
        finding("X", "error", text, record=f"p:a{BSN}b123456789")
    ]))
    assert ledger.findings(delivery.id).num_rows == 1


def everything(ledger: Ledger) -> str:
    with ledger.database.read() as connection:
        return repr([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])
