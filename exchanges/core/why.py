"""Why is this person not in this delivery? Every rule, asked again of this one person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.access.log import WHY, seen
from exchanges.core.bsn import passes, pseudonyms
from exchanges.core.chain import LATER
from exchanges.core.errors import UsageError
from exchanges.core.run import open_ledger, step_context
from exchanges.core.select import apply_rules
from exchanges.core.settings import Settings
from exchanges.core.sql import add_sources, fill, session
from exchanges.core.steps.context import Context
from exchanges.core.supersede.adding import ARTEFACT, add_wanted, addition
from exchanges.core.supersede.since import Since, family_of, since, since_of


def why(
    delivery_id: str, key: str, settings: Settings | None = None, *, actor: str = "ketensluis", reason: str = ""
) -> dict[str, Any]:
    """The trail of one person through a delivery: selection rule by rule, findings, places in the file, answer.

    ``key`` is the record key (BSN); the answer has its pseudonym only. That ``actor`` asked is in the books.
    """
    settings = settings or Settings()
    delivery = open_ledger(settings).delivery(delivery_id)
    pseudonym = pseudonyms(pa.array([key], pa.string()), settings.pseudonymise_with(make=False))[0].as_py()
    with step_context(settings, delivery) as context:
        out: dict[str, Any] = {"delivery": delivery_id, "person": pseudonym, **_rules(context, key)}
        out["selected"] = bool(_places(context, "select", "selectie/", key))
        out["findings"] = _findings(context, pseudonym)
        out["places"] = _places(context, "check", "teruglezing/", key)
        out["in_file"] = bool(out["places"])
        out["sent"] = _passed(context, "deliver")
        out["answer"] = _answer(context, out)
        out["since"] = [{"what": one.what, "by": one.by, "moment": one.moment, "text": one.text}
                        for one in (_since(context, key) if out["sent"] and out["in_file"] else [])]  # fmt: skip
        out["conclusion"] = _conclusion(context, out, key)
        seen(
            context.ledger, actor, WHY, delivery=delivery_id, reason=reason, activity=context.purpose.activity,
            person=pseudonym,
        )  # fmt: skip
    return out


def _rules(context: Context, key: str) -> dict[str, Any]:
    """``rows_in_source`` of the population, ``known`` at all, and per rule how many rows of the person it keeps."""
    selection = context.flow.selection
    idents, persons = dict(selection.idents), dict(selection.persons)
    own = idents[selection.population]
    with session(context.work, context.settings.memory_mb, rows=0) as con:
        add_sources(con, _sources(context))
        if addition(context) is not None:
            add_wanted(con, context.store.local(context.delivery.gemeente, _wanted(context)))
        apply_rules(con, selection, context.parameters)
        person = f"SELECT {own} AS id FROM bron.{selection.population} WHERE {context.record_key} = ?"
        con.execute(f"CREATE TABLE gevraagd (id) AS {selection.person or person}", [key])
        for table, sql in persons.items():
            con.execute(f"CREATE TABLE gevraagd_{table} (id) AS {sql}", [key])
        rows, *others = (
            (con.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,))[0]
            for name in ("gevraagd", *(f"gevraagd_{table}" for table in persons))
        )
        out = []
        for rule in selection.rules:
            mine = [f"r.{own} IN (SELECT id FROM gevraagd)"] if own in con.table(f"bron.{rule.table}").columns else []
            if rule.table in persons:
                mine.append(f"r.{idents[rule.table]} IN (SELECT id FROM gevraagd_{rule.table})")
            found = con.execute(
                "SELECT count(*) FILTER (kept), count(*) FILTER (NOT kept)"
                f" FROM (SELECT coalesce(({fill(rule.keep, context.parameters)}),"
                f" false) AS kept FROM bron.{rule.table} r WHERE {' OR '.join(mine) or 'false'})"
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
    return {"rows_in_source": rows, "known": bool(rows or any(others)), "rules": out}


def _wanted(context: Context) -> str:
    row = context.ledger.step_result(context.delivery.id, "select")
    if row is None or ARTEFACT not in row.artefacts:
        raise UsageError(f"Levering {context.delivery.id} heeft nog geen selectie; er is niets om uit te leggen.")
    return row.artefacts[ARTEFACT].sha256


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


def _places(context: Context, step: str, prefix: str, key: str) -> list[dict[str, Any]]:
    """The tables of the message that have the person: how many rows, and in a list in a list under which."""
    row = context.ledger.step_result(context.delivery.id, step)
    name = context.flow.selection.key or context.record_key
    tables = context.mapping.tables
    paths = {
        role.removeprefix(prefix): context.store.local(context.delivery.gemeente, artefact.sha256)
        for role, artefact in (row.artefacts if row else {}).items()
        if role.startswith(prefix)
    }
    found = []
    for table in (one for one in tables if one in paths and name in pq.read_schema(paths[one]).names):
        rows = pq.read_table(paths[table])
        rows = rows.filter(pc.equal(rows[name], key))
        if rows.num_rows:
            above = tables[table].parent
            under = _first_key(paths[above], tables[above].key, rows["_parent"]) if above in paths and above else []
            found.append({"table": table, "title": tables[table].title, "rows": rows.num_rows, "under": under})
    return found


def _first_key(path: Path, key: tuple[str, ...], rows: pa.ChunkedArray) -> list[str]:
    if not key:
        return []
    return sorted({str(value) for value in pq.read_table(path, columns=[key[0]])[0].take(rows).to_pylist()})


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
    refused = receipt.status == "rejected" or any(row["severity"] == "error" for row in _said(out))
    return "afgewezen" if refused else "geaccepteerd"


def _since(context: Context, key: str) -> list[Since]:
    """What became of it after the partner took it."""
    family = family_of(context.ledger, context.exchange, context.delivery)
    own = since_of(context.ledger, context.store, context.exchange, family, key, work=context.work,
                   memory_mb=context.settings.memory_mb)  # fmt: skip
    whole = since(context.ledger, context.exchange, context.delivery)
    return own or ([whole] if whole else [])


def _said(out: dict[str, Any]) -> list[dict[str, Any]]:
    """What the partner said of the person."""
    return [row for row in out["findings"] if row["step"] in ("receipt", LATER)]


def _conclusion(context: Context, out: dict[str, Any], key: str) -> str:
    if not out["known"]:
        # Not refused: the source may hold a number that is none, and then the question is a good one.
        typed = "" if passes(key) else " Het voldoet ook niet aan de elfproef; kijk of het goed is overgenomen."
        return f"De bron van deze levering kent dit BSN niet.{typed}"
    reasons = " ".join(rule["text"] for rule in out["rules"] if rule["excluded"] and not rule["kept"])
    if out["in_file"]:
        where = "in het bestand, en het is verzonden" if out["sent"] else "in het bestand, maar dat is niet verzonden"
        told = _partner(context, out) if out["sent"] else ""
        later = "".join(f" Daarna is dat {one['text']}." for one in out["since"])
        return f"De persoon zit wel {where}.{_where(context, out, reasons)}{told}{later}"
    if out["selected"]:
        errors = [f["text"] for f in out["findings"] if f["severity"] == "error"]
        return f"De persoon is geselecteerd, maar afgewezen: {' '.join(errors) or 'de levering is eerder gestopt.'}"
    if not out["rows_in_source"] and not reasons:
        return f"De bron kent dit BSN wel, maar heeft er niets bij in {context.flow.selection.population}."
    if not out["rules"]:
        return (
            "De persoon zit er niet in: deze levering meldt alleen wat anders is dan de partner al heeft, "
            "en van deze persoon is dat niets."
        )
    return f"De persoon is niet geselecteerd: {reasons or 'geen van de rijen voldoet aan alle regels.'}"


def _where(context: Context, out: dict[str, Any], reasons: str) -> str:
    """Where in the file, when that is not, or not only, among its records."""
    record, found = context.mapping.record, [place["table"] for place in out["places"]]
    if found == [record]:
        return ""
    parts = [
        place["title"] + (f" ({', '.join(place['under'])})" if place["under"] else "") for place in out["places"]
    ]
    absent = f" Niet bij de {context.mapping.tables[record].title} zelf: {reasons}"
    return f" Waar: {'; '.join(parts)}." + (absent if reasons and record not in found else "")


def _partner(context: Context, out: dict[str, Any]) -> str:
    said = " ".join(row["text"] for row in _said(out))
    if out["answer"] is None:
        return " De partner heeft nog niet geantwoord."
    if out["answer"] == "geaccepteerd":
        return f" De partner heeft de persoon geaccepteerd{f', met deze melding: {said}' if said else '.'}"
    receipt = context.ledger.receipt(context.delivery.id)
    if receipt is not None and receipt.status == "rejected":
        told = " ".join(str(reason["text"]) for reason in receipt.details.get("reasons", []))
        return f" De partner heeft de levering als geheel afgekeurd: {told}"
    return f" De partner heeft de persoon afgewezen. Reden: {said}"
