"""Why is this person not in this delivery? Every rule, asked again of this one person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import UsageError
from exchanges.core.run import open_ledger, step_context
from exchanges.core.select import apply_rules
from exchanges.core.settings import Settings
from exchanges.core.sql import add_sources, fill, session
from exchanges.core.steps.context import Context


def why(delivery_id: str, key: str, settings: Settings | None = None) -> dict[str, Any]:
    """The trail of one person through a delivery: selection rule by rule, findings, file, partner's answer.

    ``key`` is the record key (BSN); the answer has its pseudonym only.
    """
    settings = settings or Settings()
    delivery = open_ledger(settings).delivery(delivery_id)
    pseudonym = pseudonyms(pa.array([key], pa.string()), settings.pseudonymise_with())[0].as_py()
    with step_context(settings, delivery) as context:
        rules, rows = _rules(context, key)
        out: dict[str, Any] = {"delivery": delivery_id, "person": pseudonym, "rows_in_source": rows, "rules": rules}
        out["selected"] = _among(context, "select", "selectie/", key)
        out["findings"] = _findings(context, pseudonym)
        out["in_file"] = _among(context, "check", "teruglezing/", key)
        out["sent"] = _passed(context, "deliver")
        out["answer"] = _answer(context, out)
    out["conclusion"] = _conclusion(out)
    return out


def _rules(context: Context, key: str) -> tuple[list[dict[str, Any]], int]:
    selection = context.flow.selection
    idents = dict(selection.idents)
    own = idents[selection.population]
    with session(context.work, context.settings.memory_mb, rows=0) as con:
        add_sources(con, _sources(context))
        apply_rules(con, selection, context.parameters)
        person = f"SELECT {own} AS id FROM bron.{selection.population} WHERE {context.record_key} = ?"
        con.execute(f"CREATE TABLE gevraagd (id) AS {selection.person or person}", [key])
        count = con.execute("SELECT count(*) FROM gevraagd").fetchone()
        out = []
        for rule in selection.rules:
            found = con.execute(
                "SELECT count(*) FILTER (kept), count(*) FILTER (NOT kept)"
                f" FROM (SELECT coalesce(({fill(rule.keep, context.parameters)}),"
                f" false) AS kept FROM bron.{rule.table} r WHERE r.{own} IN (SELECT id FROM gevraagd))"
            ).fetchone()
            assert found is not None
            out.append(
                {
                    "code": rule.code,
                    "table": rule.table,
                    "text": rule.text,
                    "source": rule.source,
                    "certainty": rule.certainty,
                    "kept": found[0],
                    "excluded": found[1],
                }
            )
    return out, count[0] if count else 0


def _sources(context: Context) -> dict[str, Path]:
    """The frozen source; also of a selection that stopped the delivery, for then the question matters most."""
    row = context.ledger.step_result(context.delivery.id, "select")
    found = {
        name.removeprefix("bron/"): context.store.local(context.delivery.gemeente, artefact.sha256)
        for name, artefact in (row.artefacts if row else {}).items()
        if name.startswith("bron/")
    }
    if not found:
        raise UsageError(f"Levering {context.delivery.id} heeft nog geen selectie; er is niets om uit te leggen.")
    return found


def _among(context: Context, step: str, prefix: str, key: str) -> bool:
    """Whether a table of the message has the person."""
    row = context.ledger.step_result(context.delivery.id, step)
    name = context.flow.selection.key or context.record_key
    for role, artefact in (row.artefacts if row else {}).items():
        if role.startswith(prefix):
            path = context.store.local(context.delivery.gemeente, artefact.sha256)
            known = name in pq.read_schema(path).names
            if known and pc.any(pc.equal(pq.read_table(path, columns=[name])[name], key)).as_py():
                return True
    return False


def _passed(context: Context, step: str) -> bool:
    row = context.ledger.step_result(context.delivery.id, step)
    return row is not None and row.done


def _findings(context: Context, pseudonym: str) -> list[dict[str, Any]]:
    table = context.ledger.findings(context.delivery.id)
    own = table.filter(pc.equal(table["record"], pseudonym))
    columns = ("step", "code", "severity", "text", "action", "source")
    return [{name: row[name] for name in columns} for row in own.to_pylist()]


def _answer(context: Context, out: dict[str, Any]) -> str | None:
    receipt = context.ledger.receipt(context.delivery.id)
    if receipt is None or not out["in_file"]:
        return None
    refused = receipt.status == "rejected" or any(f["step"] == "receipt" for f in out["findings"])
    return "afgewezen" if refused else "geaccepteerd"


def _conclusion(out: dict[str, Any]) -> str:
    if not out["rows_in_source"]:
        return "De bron van deze levering kent dit BSN niet."
    errors = [f["text"] for f in out["findings"] if f["severity"] == "error"]
    if out["in_file"]:
        where = "in het bestand, en het is verzonden" if out["sent"] else "in het bestand, maar dat is niet verzonden"
        answer = (
            f" De partner heeft de persoon {out['answer']}."
            if out["answer"]
            else " De partner heeft nog niet geantwoord."
        )
        told = (
            f" Reden: {' '.join(f['text'] for f in out['findings'] if f['step'] == 'receipt')}"
            if out["answer"] == "afgewezen"
            else ""
        )
        return f"De persoon zit wel {where}.{answer if out['sent'] else ''}{told}"
    if out["selected"]:
        return f"De persoon is geselecteerd, maar afgewezen: {' '.join(errors) or 'de levering is eerder gestopt.'}"
    first = next((rule for rule in out["rules"] if rule["excluded"] and not rule["kept"]), None)
    return (
        f"De persoon is niet geselecteerd: {first['text'] if first else 'geen van de rijen voldoet aan alle regels.'}"
    )
