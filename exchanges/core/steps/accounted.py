"""What the reports of all directions share: how they are kept, and the parts that come straight from the books."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from exchanges.core.ledger import StepRow, step_label
from exchanges.core.purpose.registry import HOME_TIME, registered
from exchanges.core.reports.dutch import count, number
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.supersede.since import stand_label


def written(context: Context, parts: Mapping[str, Any]) -> Result:
    """Artefacts ``verslag/json``, ``/html``, ``/pdf`` and ``/xlsx`` of the document, also laid under
    ``<home>/verslagen``; the last two unless the settings say that reports are not printed."""
    from exchanges.core.reports import Report, report_hash
    from exchanges.core.reports.forms import FORMS, SCREEN

    document = Report.from_dict(parts)
    files, paths = {}, {}
    folder = context.settings.root / "verslagen" / context.delivery.gemeente
    folder.mkdir(parents=True, exist_ok=True)
    stem = context.delivery.id.replace("/", "_")
    for form in FORMS if context.settings.print_reports else SCREEN:
        data = form.render(document)
        path = context.work / f"verslag.{form.name}"
        path.write_bytes(data)
        shown, fresh = folder / f"{stem}.{form.name}", folder / f".{stem}.{form.name}"
        fresh.write_bytes(data)
        fresh.replace(shown)
        files[form.artefact] = Made(path, form.media)
        paths[form.name] = str(shown)
    return Result(files=files, details={"hash": report_hash(document), **paths})


def delivery_part(
    context: Context, *, message: str, version: str, file_name: str, words: tuple[str, str]
) -> dict[str, Any]:
    """Which delivery it is; ``words`` are what one record is called and several."""
    delivery = context.delivery
    return {
        "id": delivery.id,
        "exchange": context.exchange.id,
        "title": context.exchange.title,
        "gemeente": delivery.gemeente,
        "gemeente_naam": context.gemeente.naam,
        "period": str(delivery.period),
        "sequence": delivery.sequence,
        "partner": context.exchange.partner,
        "method": delivery.method,
        "message": message,
        "message_version": version,
        "file_name": file_name,
        "state": str(delivery.state),
        "state_text": stand_label(context.ledger, context.exchange, delivery),
        "one": words[0],
        "many": words[1],
        "direction": context.exchange.direction,
    }


def purpose_part(context: Context) -> dict[str, Any] | None:
    """Why the delivery was made; the same on every later day, also when something else is registered then."""
    opened = context.delivery.opened
    on = opened.astimezone(HOME_TIME).date() if opened else context.delivery.period.end
    found = registered(context.settings, context.exchange.id, on)
    if found is None:
        return None
    return {
        "activity": found.activity,
        "legal_basis": found.legal_basis,
        "goal": found.goal,
        "kinds": list(found.kinds),
        "terms": [f"{name} {count(many, 'maand', 'maanden')}" for name, many in found.months.items()],
        "certainty": found.certainty,
    }


def assumed_parameters(context: Context) -> list[dict[str, Any]]:
    """Parameters that are not published and were filled in by us."""
    return [
        {
            "what": row.remark,
            "where": f"mappings/parameters/{context.exchange.id}.csv",
            "remark": f"Gebruikt: {row.name} = {_shown(row.value)}. Bron: {row.source}.",
            "place": "selectie" if row.name.startswith("venster") else "",
        }
        for row in context.parameter_rows.values()
        if row.certainty == "assumed"
    ]


def _shown(value: str | int) -> str:
    return number(value) if isinstance(value, int) else value or "niets ingevuld"


def step_part(row: StepRow, titles: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """``titles`` are what is counted as it is called elsewhere in the report; else it has the name of its table."""
    return {
        "step": row.step,
        "title": step_label(row.step),
        "measures": [
            {**line.as_dict(), "title": titles.get(line.measure, line.measure.replace("_", " "))}
            for line in row.balances
        ],
    }


def losses(line: Any, label: str, double: str = "Dubbel") -> list[dict[str, Any]]:
    """What stays behind at one step; held and double records only where there are any."""
    items = [loss(label, line.excluded + line.rejected)]
    return items + [
        loss(name, count) for name, count in (("Aangehouden", line.held), (double, line.duplicate)) if count
    ]


def level(label: str, value: int) -> dict[str, Any]:
    return {"label": label, "value": value, "kind": "total", "note": ""}


def loss(label: str, value: int) -> dict[str, Any]:
    return {"label": label, "value": value, "kind": "minus", "note": ""}


def code_part() -> dict[str, str]:
    """Which code this is."""
    return {"version": version("ketensluis"), "commit": commit()}


@cache
def commit() -> str:
    """The commit this code is of: what the build wrote down, else what git says, else unknown."""
    written = Path(__file__).resolve().parents[2] / "_data" / "commit"
    if written.exists():
        return written.read_text(encoding="ascii").strip()
    done = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else "onbekend"
