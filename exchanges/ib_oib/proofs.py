"""What must be equal in a delivery of income, besides the balances (spec ib-signalen 6.5, R-OIB)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.receive.proofs import Proof
from exchanges.core.steps.context import Context
from exchanges.ib_oib.own import OWN_KINDS, OWN_NUMBERS
from exchanges.ib_oib.without_outcome import NO_OUTCOME, NOT_ASKED, SHEET

if TYPE_CHECKING:
    import duckdb

# So many of a hundred persons may be unknown to us before a file is taken for that of another municipality (SEC-24).
STRANGERS_PERCENT = 5


def answers(context: Context, con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """R-OIB 1, and the own benefit against the own loonaangifte. R-OIB 2 and 3 are the comparison's own."""
    from exchanges.core.sql import parquet

    persons = context.done("compare").details["persons"]
    read = context.files("read", "gelezen")["gevraagd"]
    con.execute(f"CREATE VIEW nieuw.gevraagd AS FROM {parquet(read)}")
    asked = _one(con, "SELECT count(*) FROM nieuw.gevraagd")
    refused = int(context.done("read").details["geweigerd"])
    answered = int(persons["answered"]) + int(persons["empty"]) + int(persons["not_asked"]) + refused
    out = [
        Proof("R-OIB 1", "Wat in het bestand staat = beantwoord + niets gevonden + niet bevraagd + geweigerd",
              asked + refused, answered, blocks=True),
    ]  # fmt: skip
    listed = f"SELECT count(DISTINCT bsn) FROM nieuw.{SHEET} WHERE soort = "
    out.append(Proof("R-OIB 1", "Personen zonder uitkomst staan op het blad", int(persons["not_asked"]),
                     _one(con, f"{listed}'{NO_OUTCOME}'"), blocks=True))  # fmt: skip
    delivered = _one(con, "SELECT count(DISTINCT bsn) FROM gestuurd.regel WHERE _tijdvak = '" + _month(context) + "'")
    if delivered:
        unknown = _one(con, "SELECT count(*) FROM nieuw.gevraagd ANTI JOIN gestuurd.regel USING (bsn)")
        missing = _one(
            con,
            "SELECT count(DISTINCT bsn) FROM gestuurd.regel r ANTI JOIN nieuw.gevraagd USING (bsn)"
            f" WHERE _tijdvak = '{_month(context)}'",
        )
        out += [
            Proof("R-OIB 1", "Personen in het bestand die niet zijn aangeleverd", unknown, 0,
                  tolerated=asked * STRANGERS_PERCENT // 100, blocks=True,
                  remark=f"Meer dan {STRANGERS_PERCENT} procent is een bestand van een andere gemeente."),
            Proof("R-OIB 1", "Aangeleverde personen over wie niets is gevraagd", missing, 0),
            Proof("R-OIB 1", "Aangeleverde personen over wie niets is gevraagd, staan op het blad", missing,
                  _one(con, f"{listed}'{NOT_ASKED}'"), blocks=True),
        ]  # fmt: skip
    return out + _own_benefit(context, con)


def monthly_list(context: Context, con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """R-OIB 4: every net amount is the formula, worked out here once more by another library, term by term."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from exchanges.ib_oib.list_layout import TABLE
    from exchanges.ib_oib.net import CAR, DONE, TERMS, VARIANTS

    table = pq.read_table(context.files("compare", "nieuw")[TABLE])
    done = table.filter(pc.equal(table["netto_stand"], DONE))
    out = []
    for variant in VARIANTS:
        parts = [pc.sum(done[f"{term}_{variant}"]).as_py() or 0 for term in TERMS]
        # The list has one value of the car, of the normal tariff.
        car = (pc.sum(done[CAR]).as_py() or 0) if variant != "bijzonder" else 0
        net = pc.sum(done[f"netto_berekend_{variant}"]).as_py() or 0
        out.append(Proof("R-OIB 4", f"Netto {variant} = loon min auto, loonheffing, Zvw en WGA/WHK", net,
                         parts[0] - car - sum(parts[1:]), "cent", blocks=True))  # fmt: skip
    split = len(done) + _one(con, f"SELECT count(*) FROM nieuw.{TABLE} WHERE netto_stand <> '{DONE}'")
    return [*out, Proof("R-OIB 4", "Regels met en zonder netto bedrag zijn samen alle regels", split, table.num_rows)]


def _month(context: Context) -> str:
    return str(context.delivery.period)


# What the Belastingdienst has of each inkomstenverhouding per tijdvak: the last full declaration, and what corrected
# it since (spec loonaangifte 8).
_DECLARED = """
CREATE TABLE werk.aangegeven AS WITH
heel AS (SELECT _tijdvak AS maand, max(_volgorde) AS laatste FROM verzonden.ikv GROUP BY 1),
gemeld AS (
    SELECT i._tijdvak AS maand, i._volgorde, i.bsn, i.num_iv, i.ln_lb_ph FROM verzonden.ikv i
    JOIN heel h ON h.maand = i._tijdvak AND h.laatste = i._volgorde
    UNION ALL SELECT strftime(c.dat_aanv_tv, '%Y-%m'), k._volgorde, k.bsn, k.num_iv, k.ln_lb_ph
    FROM verzonden.correctie_ikv k JOIN verzonden.correctie c ON c._rij = k._boven AND c._volgorde = k._volgorde
    UNION ALL SELECT strftime(c.dat_aanv_tv, '%Y-%m'), k._volgorde, k.bsn, k.num_iv, NULL
    FROM verzonden.intrekking k JOIN verzonden.correctie c ON c._rij = k._boven AND c._volgorde = k._volgorde)
SELECT g.maand, bsn, num_iv, arg_max(coalesce(ln_lb_ph, 0), _volgorde) AS cent FROM gemeld g
LEFT JOIN heel h ON h.maand = g.maand WHERE _volgorde >= coalesce(laatste, 0) AND bsn IS NOT NULL GROUP BY ALL
"""


def _own_benefit(context: Context, con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """The municipality's own benefit comes back through the polisadministratie: it must be what was declared."""
    from exchanges.core.sql import execute, fill

    kinds = ", ".join(f"'{code}'" for code in OWN_KINDS)
    if not _one(con, "SELECT count(*) FROM verzonden.ikv"):
        return []
    standing = context.done("compare").artefacts
    for name in ("iko", "ikp", "gevraagd"):
        paths = [context.file("compare", role) for role in sorted(standing) if role.startswith(f"stand/{name}.")]
        rows = " UNION ALL BY NAME ".join(f"SELECT * FROM read_parquet('{path}')" for path in paths)
        con.execute(f"CREATE VIEW stand.{name} AS {rows}")
    execute(con, _DECLARED)
    execute(
        con,
        f"""CREATE TABLE werk.terug AS SELECT printf('%04d-%02d', o.begin // 10000, o.begin // 100 % 100) AS maand,
        o.bsn, o.volgnummer AS num_iv, CAST(sum(o.loon_lb) AS BIGINT) AS cent FROM stand.iko o
        JOIN (SELECT DISTINCT bsn, loonheffingennummer, volgnummer FROM stand.ikp WHERE soort IN ({kinds})
              AND loonheffingennummer IN ({fill(OWN_NUMBERS, context.parameters)})) e
        ON e.bsn = o.bsn AND e.loonheffingennummer = o.loonheffingennummer
           AND e.volgnummer IS NOT DISTINCT FROM o.volgnummer
        WHERE o.loon_lb IS NOT NULL GROUP BY ALL""",
    )
    # Months that were declared here, of persons UWV was asked about; the newest may still be on its way.
    both = (
        "(SELECT a.cent AS aangegeven, t.cent AS terug FROM (SELECT a.* FROM werk.aangegeven a"
        " SEMI JOIN stand.gevraagd USING (bsn) WHERE a.maand <= (SELECT max(maand) FROM werk.terug)"
        " AND a.maand >= (SELECT min(maand) FROM werk.terug)) a"
        " FULL JOIN (SELECT t.* FROM werk.terug t SEMI JOIN werk.aangegeven USING (maand)) t"
        " USING (maand, bsn, num_iv))"
    )
    declared = _one(con, f"SELECT coalesce(sum(aangegeven), 0) FROM {both}")
    returned = _one(con, f"SELECT coalesce(sum(terug), 0) FROM {both}")
    other = _one(con, f"SELECT count(*) FROM {both} WHERE coalesce(aangegeven, 0) <> coalesce(terug, 0)")
    return [
        Proof("R-OIB 5", "Eigen uitkering bij UWV = eigen loonaangifte, loon loonheffing", returned, declared, "cent"),
        Proof("R-OIB 5", "Persoon-maanden waarin de eigen uitkering verschilt van de aangifte", other, 0),
    ]


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
