"""The webservice method: the municipality answers itself and tells the partner for whom it has data.

One IBVerwijsindex message per person (spec dkd-gsd section 7). Indication 1 for who has data in the window, 2 for
who stands in the index and no longer has any: removal is a message, not silence.
"""

from __future__ import annotations

from exchanges.core.declare import Rule, Selection, SelectionRule, SelectTable, Total
from exchanges.dkd_reintegratie import rules, selection, surroundings

_INDEX = "SELECT i.bsn FROM bron.verwijsindex i WHERE i.gemeentecode = $gemeente AND i.cluster = $cluster AND i.ind_dkd"
# Who died before the window is in no file and gets no dossier; so is not in the index either.
_ALIVE = next(rule.keep for rule in selection.RULES if rule.code == "SEL-OVERLEDEN")
_HAS_DATA = (
    "(r.persoon_id IN (SELECT v.persoon_id FROM gekozen.voorziening v)"
    f" OR r.persoon_id IN (SELECT t.persoon_id FROM gekozen.traject t)) AND ({_ALIVE})"
)
_ROOT = "IBVerwijsindex"

# Who has no data, by a way that shares nothing with the selection; ``p.id`` is the technical key of the person.
_LATER = (
    "coalesce(v.datum_einde, 99991231) >= CAST(strftime($begin - to_months($venster_maanden), '%Y%m01') AS INTEGER)"
)
_WITHOUT = (
    "(p.id IN (SELECT d.persoon_id FROM bron.persoon d WHERE d.overlijdensdatum <"
    " CAST(strftime($begin - to_months($venster_maanden), '%Y%m01') AS INTEGER)) OR NOT EXISTS"
    " (SELECT 1 FROM bron.voorziening v JOIN bron.traject x ON x.traject_id = v.traject_id"
    f" AND x.persoon_id = v.persoon_id WHERE v.persoon_id = p.id AND v.datum_begin <= $eind8 AND {_LATER})"
    " AND NOT EXISTS (SELECT 1 FROM bron.traject t WHERE t.persoon_id = p.id AND t.datum_begin <= $eind"
    " AND coalesce(t.datum_einde, DATE '9999-12-31') >= $begin - to_months($venster_maanden)))"
)

SELECTION = Selection(
    # The subsidy says nothing in the index; it is frozen with the rest, because the dossiers are answered from that.
    sources=("persoon", "traject", "voorziening", "loonkostensubsidie", "verwijsindex"),
    optional_sources=("koppelvlak_instelling", "bevraging", "levering_monitor"),
    population="persoon",
    idents=selection.SELECTION.idents,
    rules=(
        *(rule for rule in selection.RULES if rule.table != "persoon"),
        *(rule for rule in selection.RULES if rule.code == "SEL-GEMEENTE"),
        SelectionRule(
            "SEL-INDEX",
            "persoon",
            f"{_HAS_DATA} OR r.bsn IN ({_INDEX})",
            "De persoon heeft in het venster geen gegevens en staat niet in de verwijsindex.",
            "dkd-gsd 7",
        ),
    ),
    tables=(
        SelectTable(
            "persoon",
            """SELECT p._bronrij, p.persoon_id AS _id, p.bsn, $bron_kolom AS bron_kolom, $gemeente AS bron_partij,
                      $bron_vestiging AS bron_vestiging
               FROM gekozen.persoon p""",
            order="c.bsn, c._id",
            origin="persoon",
            unchanged=("bsn",),
        ),
        SelectTable(
            "cluster",
            f"""SELECT r._bronrij, r.persoon_id AS _id, r.persoon_id AS _up, $cluster AS cluster,
                       ({_HAS_DATA}) AS aanwezig
                FROM gekozen.persoon r""",
            order="c.cluster",
            origin="persoon",
            parent="persoon",
            elsewhere=(
                (
                    "aanwezig",
                    f"SELECT p.id, NOT {_WITHOUT} AS waarde FROM (SELECT persoon_id AS id FROM bron.persoon) p",
                ),
            ),
        ),
    ),
)

RULES = (
    *(
        Rule(r.code, r.severity, "persoon", f"{_ROOT}/Burgerservicenr", r.broken, r.text, r.action, r.source)
        for r in rules.PERSOON
        if r.code.startswith("BSN-")
    ),
    Rule(
        "VWI-CLU-01",
        "error",
        "cluster",
        f"{_ROOT}/ClusteringIb/CdClusteringIb",
        "trim(r.cluster) = '' OR count(*) OVER (PARTITION BY r._file, r._root, r.cluster) > 1",
        "De clustercode is leeg of staat er twee keer.",
        "Controleer de parameter cluster.",
        "dkd-gsd 7 (gemeten: het schema laat dit door)",
    ),
    Rule(
        "VWI-CLU-02",
        "error",
        "persoon",
        f"{_ROOT}/Bron/CdPartijSuwi",
        "r.bron_partij IS DISTINCT FROM $gemeente",
        "De bron is een andere gemeente dan de gemeente die levert.",
        "Controleer de instellingen.",
        "dkd-gsd 8 (BRN-01)",
    ),
    Rule(
        "VWI-IND-01",
        "error",
        "cluster",
        f"{_ROOT}/ClusteringIb/IndDkd",
        "r.aanwezig IS NULL",
        "De indicatie is geen 1 (gegevens aanwezig) of 2 (niet aanwezig).",
        "Verbeter de indicatie van het cluster.",
        "dkd-gsd 5 (StdIndJN) en 7; het schema laat elk cijfer door",
    ),
    Rule(
        "VWI-ONB-01",
        "warning",
        "bron.verwijsindex",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND r.ind_dkd"
        " AND NOT EXISTS (SELECT 1 FROM bron.persoon p WHERE p.bsn = r.bsn)",
        "In de verwijsindex staat een persoon die de administratie niet kent; die kan niet worden afgemeld.",
        "Zoek de persoon op, of meld hem met de hand af.",
        "dkd-gsd 7",
        scope="delivery",
        key="r.bsn",
        certainty="assumed",
    ),
    *(
        r
        for r in surroundings.OMGEVING
        if r.code in ("DKD-SET-01", "DKD-SET-02", "DKD-LEV-01", "DKD-LEV-02", "DKD-LEV-03", "DKD-VWI-01", "DKD-REC-01",
                      "BSN-03")
    ),
)

TOTALS = (
    Total("personen", "Personen", "aantal", "persoon", "verzonden.record"),
    Total(
        "afgemeld",
        "Personen zonder gegevens",
        "aantal",
        "cluster",
        f"verzonden.record p WHERE {_WITHOUT}",
        where=("aanwezig", ("false",)),
    ),
)
