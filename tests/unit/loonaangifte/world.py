"""An administration of a few persons in memory, and what a declaration over it would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from exchanges.core.dated import parameters
from exchanges.core.period import Period
from exchanges.core.sql import fill, period_parameters, session
from exchanges.loonaangifte.work import WORK

BSNS = ("999990019", "999990020", "999990032", "999990044")
_NOW = datetime(2026, 11, 1)

_SCHEMAS = {
    "inkomstenverhouding": pa.schema([
        ("ikv_id", pa.string()), ("uitkering_id", pa.string()), ("persoon_id", pa.string()), ("nummer", pa.int32()),
        ("inkomenscode", pa.string()), ("personeelsnummer", pa.string()), ("datum_aanvang", pa.date32()),
        ("datum_einde", pa.date32()),
    ]),
    "inkomstenperiode": pa.schema([
        ("periode_id", pa.string()), ("ikv_id", pa.string()), ("datum_begin", pa.date32()),
        ("loonbelastingtabel", pa.string()), ("loonheffingskorting", pa.bool_()), ("korting_elders_cent", pa.int64()),
        ("code_zvw", pa.string()),
    ]),
    "persoon": pa.schema([("persoon_id", pa.string()), ("bsn", pa.string()), ("geboortedatum", pa.int32())]),
    "betaling": pa.schema([
        ("betaling_id", pa.string()), ("ikv_id", pa.string()), ("periode", pa.string()), ("soort", pa.string()),
        ("netto_cent", pa.int64()), ("loon_cent", pa.int64()), ("loonheffing_cent", pa.int64()),
        ("zvw_werkgever_cent", pa.int64()), ("zvw_ingehouden_cent", pa.int64()), ("alimentatie_in_cent", pa.int64()),
        ("alimentatie_rechtstreeks_cent", pa.int64()),
    ]),
}  # fmt: skip
_RELATION = [
    ("_volgorde", pa.int32()), ("_rij", pa.int64()), ("_boven", pa.int64()), ("num_iv", pa.int64()),
    ("bsn", pa.string()), ("pers_nr", pa.string()), ("dat_aanv", pa.date32()), ("dat_eind", pa.date32()),
    ("ln_lb_ph", pa.int64()), ("ing_lb_ph", pa.int64()), ("bijdr_zvw", pa.int64()), ("wgh_zvw", pa.int64()),
    ("bedr_al_in_wwb", pa.int64()), ("bedr_rcht_al", pa.int64()),
]  # fmt: skip
_PERIOD = [
    ("_volgorde", pa.int32()), ("_rij", pa.int64()), ("_boven", pa.int64()), ("srt_iv", pa.string()),
    ("lb_tab", pa.string()), ("ind_lh_kort", pa.bool_()), ("cd_zvw", pa.string()),
]  # fmt: skip
_MONTH = [("_volgorde", pa.int32()), ("_rij", pa.int64()), ("dat_aanv_tv", pa.date32()), ("tot_te_bet", pa.int64())]
_RECEIVED = {
    "aangifte": _MONTH, "correctie": _MONTH, "ikv": _RELATION, "correctie_ikv": _RELATION, "inkomstenperiode": _PERIOD,
    "correctie_periode": _PERIOD,
    "intrekking": [("_volgorde", pa.int32()), ("_rij", pa.int64()), ("_boven", pa.int64()), ("num_iv", pa.int64()),
                   ("bsn", pa.string()), ("pers_nr", pa.string())],
}  # fmt: skip


@dataclass
class World:
    """Rows by table; ``received`` grows with every :meth:`declare`."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in _SCHEMAS})
    received: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in _RECEIVED})
    year: int = 2026
    messages: int = 0

    def person(self, bsn: str, born: int = 19850315) -> str:
        self.rows["persoon"].append({"persoon_id": f"P{bsn}", "bsn": bsn, "geboortedatum": born})
        return f"P{bsn}"

    def relation(self, person: str, code: str = "43", table: str = "250", start: date = date(2025, 6, 1), *,
                 end: date | None = None, credit: bool = True, elsewhere: int = 0, number: int = 1) -> str:
        ikv = f"I{person}-{number}"
        self.rows["inkomstenverhouding"].append({
            "ikv_id": ikv, "uitkering_id": f"U{ikv}", "persoon_id": person, "nummer": number, "inkomenscode": code,
            "personeelsnummer": ikv, "datum_aanvang": start, "datum_einde": end,
        })  # fmt: skip
        self.rows["inkomstenperiode"].append({
            "periode_id": f"{ikv}a", "ikv_id": ikv, "datum_begin": start, "loonbelastingtabel": table,
            "loonheffingskorting": credit, "korting_elders_cent": elsewhere, "code_zvw": None,
        })  # fmt: skip
        return ikv

    def pay(self, ikv: str, month: int, net: int, kind: str = "periodiek", **given: int) -> None:
        """``given``: loon_cent and the like; none: only the net amount is known."""
        self.rows["betaling"].append({
            "betaling_id": f"B{len(self.rows['betaling'])}", "ikv_id": ikv, "periode": f"{self.year}-{month:02}",
            "soort": kind, "netto_cent": net, **given,
        })  # fmt: skip

    def work(
        self, month: int, tmp: Path, *, also: Sequence[tuple[str, str]] = (), **changed: Any
    ) -> dict[str, pa.Table]:
        """The tables ``werk.*`` of the declaration over ``month``; ``also`` are more of them, name and SQL."""
        period = Period(self.year, month)
        known = {name: row.value for name, row in parameters("loonaangifte", period).items()}
        given = {**known, **period_parameters("0153", period), "methode": "aangifte", "volgnummer": 1, **changed}
        with session(tmp, threads=1, rows=1) as con:
            for schema, tables in (("bron", self._tables(_SCHEMAS, self.rows)), ("ontvangen", self._received())):
                for name, table in tables.items():
                    con.register(f"arrow_{name}", table)
                    con.execute(f"CREATE TABLE {schema}.{name} AS SELECT * FROM arrow_{name}")
                    con.unregister(f"arrow_{name}")
            for name, sql in (*WORK, *also):
                con.execute(f"CREATE TABLE werk.{name} AS {fill(sql, given)}")
            return {name: con.execute(f"FROM werk.{name}").to_arrow_table() for name, _ in (*WORK, *also)}

    def declare(self, month: int, tmp: Path) -> dict[str, pa.Table]:
        """Declare ``month`` and have it received."""
        made = self.work(month, tmp)
        self.messages += 1
        now = {row["tijdvak"]: row for row in made["maandtotaal"].to_pylist()}
        own = now[f"{self.year}-{month:02}"]
        due = own["ing_lb_ph"] + own["tot_wgh_zvw"] + own["ing_bijdr_zvw"]
        self.received["aangifte"].append(
            {"_volgorde": self.messages, "_rij": 0, "dat_aanv_tv": own["begin"], "tot_te_bet": due}
        )
        for row in made["stand"].to_pylist():
            if row["huidig"]:
                self._take("ikv", "inkomstenperiode", row, 0)
        for place, month_ in enumerate(made["gecorrigeerd"].to_pylist()):
            self.received["correctie"].append({
                "_volgorde": self.messages, "_rij": place, "dat_aanv_tv": month_["begin"],
                "tot_te_bet": month_["tot_te_bet"],
            })  # fmt: skip
            for row in made["gewijzigd"].to_pylist():
                if row["tijdvak"] == month_["tijdvak"]:
                    self._take("correctie_ikv", "correctie_periode", row, place)
            for row in made["ingetrokken"].to_pylist():
                if row["tijdvak"] == month_["tijdvak"]:
                    self.received["intrekking"].append({
                        "_volgorde": self.messages, "_rij": len(self.received["intrekking"]), "_boven": place,
                        "num_iv": row["num_iv"], "bsn": row["bsn"], "pers_nr": row["pers_nr"],
                    })  # fmt: skip
        return made

    def _take(self, table: str, below: str, row: Mapping[str, Any], above: int) -> None:
        number = len(self.received[table])
        self.received[table].append({
            "_volgorde": self.messages, "_rij": number, "_boven": above, "num_iv": row["num_iv"], "bsn": row["bsn"],
            "pers_nr": row["pers_nr"], "dat_aanv": row["dat_aanv"], "dat_eind": row["dat_eind"], "ln_lb_ph": row["ln"],
            "ing_lb_ph": row["heffing_nu"], "bijdr_zvw": row["bijdr"], "wgh_zvw": row["wgh"],
            "bedr_al_in_wwb": row["alimentatie_in"], "bedr_rcht_al": row["alimentatie_rechtstreeks"],
        })  # fmt: skip
        self.received[below].append({
            "_volgorde": self.messages, "_rij": len(self.received[below]), "_boven": number, "srt_iv": row["srt_iv"],
            "lb_tab": row["lb_tab"], "ind_lh_kort": row["korting"], "cd_zvw": row["cd_zvw"],
        })  # fmt: skip

    def _received(self) -> dict[str, pa.Table]:
        return self._tables({name: pa.schema(columns) for name, columns in _RECEIVED.items()}, self.received)

    @staticmethod
    def _tables(schemas: Mapping[str, pa.Schema], rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, pa.Table]:
        return {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in schemas.items()}
