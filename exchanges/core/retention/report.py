"""The destruction report (*verklaring van vernietiging*, SEC-16): count, hashes, date, rule; JSON, a short text and
the forms of all reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from exchanges.core.ledger import step_label
from exchanges.core.ledger.destruction import Destroyed
from exchanges.core.reports.dutch import count, day, number
from exchanges.core.retention.page import named, render_html, render_pdf, render_xlsx
from exchanges.core.retention.plan import Plan
from exchanges.core.retention.terms import HOME_TIME, Term, terms
from exchanges.core.settings import Settings
from exchanges.core.steps.accounted import code_part
from exchanges.core.store.failures import storage_failures
from exchanges.core.store.whole import whole_file


def write(settings: Settings, wanted: Plan, went: Sequence[Destroyed], busy: Sequence[str], name: str) -> Path:
    """Under ``<home>/verslagen/<gemeente>``, the JSON file is given; what is there is never written over. PDF and XLSX
    unless the settings leave them out. ``name`` is that of the municipality. Raises TechnicalError for the disk."""
    folder = settings.root / "verslagen" / wanted.gemeente
    folder.mkdir(parents=True, exist_ok=True)
    parts = document(wanted, went, busy, name)
    turn = 1
    while (path := folder / f"vernietiging_{wanted.on}_{turn:03d}.json").exists():
        turn += 1
    data = f"{json.dumps(parts, ensure_ascii=False, indent=1)}\n".encode()
    forms = {".txt": f"{told(parts)}\n".encode(), ".html": render_html(parts, data).encode()}
    if settings.print_reports:
        forms |= {".pdf": render_pdf(parts, data), ".xlsx": render_xlsx(parts, data)}
    # The JSON last: that it is there says that all of it is.
    for suffix, made in (forms | {".json": data}).items():
        out = path.with_suffix(suffix)
        with storage_failures("een verslag van vernietiging schrijven"), whole_file(out, 0o644) as file:
            file.write(made)
    return path


def document(wanted: Plan, went: Sequence[Destroyed], busy: Sequence[str], name: str) -> dict[str, Any]:
    """What went by rule and why that rule holds, with every hash; and how much stays, and why. Nothing personal."""
    by_rule: dict[tuple[str, Term], list[Destroyed]] = {}
    of_exchange = cache(lambda exchange: terms(exchange, wanted.on))
    for one in went:
        # An exchange may have a term of its own, for a reason of its own.
        exchange = one.delivery.partition("/")[0] if one.delivery else ""
        by_rule.setdefault((one.rule, of_exchange(exchange)[one.data_class]), []).append(one)
    rules = []
    for (rule, term), items in sorted(by_rule.items(), key=lambda found: (found[0][0], found[0][1].source)):
        rules.append({
            "regel": rule, "klasse": term.data_class, "omschrijving": term.remark, "bron": term.source,
            "zekerheid": term.certainty, "aantal": len(items), "bytes": sum(one.artefact.size for one in items),
            "bestanden": [
                {"sha256": one.artefact.sha256, "bytes": one.artefact.size, "rijen": one.artefact.rows,
                 "plaats": one.place, "levering": one.delivery, "stap": one.step or None, "naam": one.name,
                 "vernietigd": one.gone.astimezone(HOME_TIME).isoformat(timespec="seconds") if one.gone else None}
                for one in items
            ],
        })  # fmt: skip
    return {
        "schema": 1, "gemeente": wanted.gemeente, "naam": name, "peildatum": str(wanted.on), "aantal": len(went),
        "regels": rules,
        "blijft": [{"klasse": kind, "reden": reason, "aantal": many}
                   for (kind, reason), many in sorted(wanted.stays.items()) if many],
        "overgeslagen": list(busy), "code": code_part(),
    }  # fmt: skip


def told(parts: dict[str, Any]) -> str:
    """The same in a few lines."""
    lines = [
        f"Vernietiging voor gemeente {named(parts)}, peildatum {day(parts['peildatum'])}",
        f"{count(parts['aantal'], 'bestand', 'bestanden')} vernietigd.",
    ]
    for rule in parts["regels"]:
        assumed = " (aanname)" if rule["zekerheid"] == "assumed" else ""
        lines += ["", f"{rule['regel']}{assumed}: {count(rule['aantal'], 'bestand', 'bestanden')}, "
                  f"{number(rule['bytes'])} bytes. {rule['bron']}"]  # fmt: skip
        lines += [f"  {one['sha256']}  {one['levering'] or one['plaats']}  {one['naam']}" for one in rule["bestanden"]]
    if parts["blijft"]:
        lines += ["", "Wat blijft:"]
        lines += [
            f"  {number(one['aantal']):>10}  {step_label(one['klasse'])}: {one['reden']}" for one in parts["blijft"]
        ]
    lines += [f"  overgeslagen, er wordt aan gewerkt: {id}" for id in parts["overgeslagen"]]
    return "\n".join(lines)
