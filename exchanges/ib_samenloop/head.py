"""What a file says of itself as a whole, and whether it is the file that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from exchanges.core.period import Period
from exchanges.core.receive.values import lost_zeros
from exchanges.core.reports.dutch import period as month
from exchanges.ib_samenloop.kinds import PER_FILE
from exchanges.ib_samenloop.layout import VERSIONS, Layout
from exchanges.ib_samenloop.trouble import GEMEENTE, HEAD, PERIOD, VERSION, ZERO, said
from exchanges.ib_samenloop.values import plain, read


@dataclass(frozen=True)
class Head:
    """``month`` is ``2026-10``; ``number`` is IB's own of the delivery, where the layout has it; ``count`` the signals
    the head counts (XML)."""

    version: str
    gemeente: str
    month: str
    published: date
    number: str | None
    count: int | None


def read_head(layout: Layout, form: str, texts: Mapping[str, str | None], gemeente: str,
              period: Period) -> tuple[Head | None, list[dict[str, object]]]:
    """``texts`` by name of the field. Findings are reasons to refuse the file; then there is no head."""
    values: dict[str, object] = {}
    for place in layout.places(form):
        if place.field.kind != PER_FILE:
            continue
        typed, _ = read(plain(pa.array([texts.get(place.field.name)], pa.string())), place)
        values[place.field.name] = typed[0].as_py()
        if values[place.field.name] is None:
            return None, [said(HEAD, f"Veld: {place.name}.", field=place.name)]
    if values["formaatversie"] != layout.version:
        # Of a known one it is not said that it is unknown; what else stands there is a value of the file.
        known = values["formaatversie"] in VERSIONS
        two = f"De indeling is die van {layout.version}, en in het bestand staat {values['formaatversie']}."
        return None, [said(VERSION, two if known else "")]
    found = []
    if (code := str(values["gemeentecode"])) != gemeente:
        found.append(said(ZERO, field="gemeentecode") if lost_zeros(code, gemeente) else said(GEMEENTE))
    if values["rapportagemaand"] != str(period):
        found.append(said(PERIOD, f"In het bestand staat {month(str(values['rapportagemaand']))}."))
    if found:
        return None, found
    return Head(str(values["formaatversie"]), gemeente, str(values["rapportagemaand"]),
                values["publicatiedatum"], values.get("leveringsnummer"),  # type: ignore[arg-type]
                values.get("aantal_signalen")), []  # type: ignore[arg-type]
