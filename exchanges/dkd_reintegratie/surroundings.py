"""Rules on what is around the re-integration delivery: whether the partner can find it at all (spec dkd-gsd section 8).

The settings at the partner, whether it was delivered and asked, the index against the administration, and the SRG of
the same month. A message may be in order and none of this be.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.dkd_reintegratie.paths import CLIENT, PROVISION, SPEC

_INDEX = "bron.verwijsindex i WHERE i.gemeentecode = $gemeente AND i.cluster = $cluster AND i.ind_dkd"

OMGEVING = (
    Rule(
        "DKD-SET-01",
        "blocker",
        "bron.koppelvlak_instelling",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND (r.methode <> $methode"
        " OR (r.url IS NOT NULL AND r.url NOT LIKE $url_patroon))",
        "De instelling van het cluster bij de partner klopt niet: methode of URL wijkt af van deze levering.",
        "Pas de instelling aan in het portaal van de partner en start opnieuw.",
        f"{SPEC} regel 1",
        scope="delivery",
        needs=("koppelvlak_instelling",),
    ),
    Rule(
        "DKD-SET-02",
        "error",
        "bron.koppelvlak_instelling",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND r.berichtversie <> $berichtversie",
        "Bij de partner staat een andere berichtversie ingesteld dan de nieuwste.",
        "Zet de berichtversie in het portaal op de nieuwste.",
        f"{SPEC} regel 1b",
        scope="delivery",
        needs=("koppelvlak_instelling",),
    ),
    Rule(
        "DKD-LEV-01",
        "error",
        "bron.levering_monitor",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND r.verwacht_op <= $eind AND r.ontvangen_op IS NULL",
        "Een eerdere levering werd verwacht, maar is volgens de aanlevermonitor nooit ontvangen.",
        "Lever die periode alsnog aan.",
        f"{SPEC} regel 2a",
        scope="delivery",
        needs=("levering_monitor",),
    ),
    Rule(
        "DKD-LEV-03",
        "warning",
        "bron.levering_monitor",
        "",
        # Where a delivery is missing, DKD-LEV-01 says so.
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND r.ontvangen_op < $eind - $oudste_dagen"
        " AND NOT EXISTS (SELECT 1 FROM bron.levering_monitor l WHERE l.gemeentecode = $gemeente"
        " AND l.cluster = $cluster AND (l.ontvangen_op > r.ontvangen_op"
        " OR (l.ontvangen_op IS NULL AND l.verwacht_op <= $eind)))",
        "De laatste levering die volgens de aanlevermonitor is ontvangen, is te oud voor het ritme van aanleveren.",
        "Ga na of er een levering is blijven liggen.",
        "dkd-gsd 7 (voorstel): anderhalf keer het ritme",
        scope="delivery",
        needs=("levering_monitor",),
        certainty="assumed",
    ),
    Rule(
        "DKD-LEV-02",
        "error",
        "bron.bevraging",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND (r.uitkomst IS NULL OR r.duur_ms > $antwoord_ms)",
        "De webservice gaf geen antwoord of deed er te lang over.",
        "Laat de leverancier de webservice nakijken.",
        f"{SPEC} regel 2b",
        scope="delivery",
        needs=("bevraging",),
        key="r.bsn_vraag",
        certainty="assumed",
    ),
    Rule(
        "DKD-VWI-01",
        "error",
        "bron.verwijsindex",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND EXISTS (SELECT 1 FROM bron.persoon p"
        " JOIN (SELECT persoon_id, gewijzigd_op FROM bron.voorziening"
        " UNION ALL SELECT persoon_id, gewijzigd_op FROM bron.traject"
        " UNION ALL SELECT v.persoon_id, l.gewijzigd_op FROM bron.loonkostensubsidie l"
        " JOIN bron.voorziening v ON v.voorziening_id = l.voorziening_id) w ON w.persoon_id = p.persoon_id"
        " WHERE p.bsn = r.bsn AND w.gewijzigd_op > r.gewijzigd_op)",
        "De verwijsindex is ouder dan de jongste wijziging in de administratie.",
        "Lever de verwijsindex opnieuw.",
        f"{SPEC} regel 3; R-DKD",
        scope="delivery",
        needs=("verwijsindex",),
        key="r.bsn",
    ),
    Rule(
        "DKD-VWI-02",
        "error",
        "client",
        f"{CLIENT}/Burgerservicenr",
        "EXISTS (SELECT 1 FROM voorziening v WHERE v._root = r._row AND v.lks)"
        f" AND NOT EXISTS (SELECT 1 FROM {_INDEX} AND i.bsn = r.bsn)",
        "De persoon heeft loonkostensubsidie, maar staat niet in de verwijsindex.",
        "Lever de verwijsindex opnieuw.",
        f"{SPEC} regel 3",
        scope="delivery",
        needs=("verwijsindex",),
    ),
    Rule(
        "DKD-VWI-03",
        "error",
        "bron.verwijsindex",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND r.ind_dkd"
        " AND NOT EXISTS (SELECT 1 FROM client c WHERE c.bsn = r.bsn)",
        "De verwijsindex zegt dat er gegevens zijn, maar de levering heeft die niet.",
        "Lever de verwijsindex opnieuw.",
        f"{SPEC} regel 3",
        scope="delivery",
        needs=("verwijsindex",),
        key="r.bsn",
    ),
    Rule(
        "DKD-REC-01",
        "error",
        "bron.bevraging",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND r.uitkomst = 'NOT_FOUND'"
        f" AND EXISTS (SELECT 1 FROM {_INDEX} AND i.bsn = r.bsn_vraag)",
        "Er is gevraagd naar een persoon die in de verwijsindex staat, en het antwoord was: niets gevonden.",
        "Zoek uit waarom de webservice de persoon niet vindt.",
        f"{SPEC} regel 5",
        scope="delivery",
        needs=("bevraging", "verwijsindex"),
        key="r.bsn_vraag",
    ),
    Rule(
        "DKD-REC-01",
        "error",
        "bron.bevraging",
        "",
        # All classes of an answer that says what there is; the others are a fault, of whatever kind (section 6).
        "r.gemeentecode = $gemeente AND r.cluster = $cluster"
        " AND r.uitkomst NOT IN ('DATA', 'DATA_WITH_REMARK', 'DATA_WITH_ERROR', 'NOT_FOUND')",
        "De vraag liep uit op een fout: de partner kreeg geen gegevens, en ook niet het antwoord dat er niets is.",
        "Zoek in het logboek van de webservice op wat er fout ging.",
        f"{SPEC} regel 5; dkd-gsd 6",
        scope="delivery",
        needs=("bevraging",),
        key="r.bsn_vraag",
        certainty="assumed",
    ),
    Rule(
        "BSN-03",
        "error",
        "bron.bevraging",
        "",
        "r.gemeentecode = $gemeente AND r.bsn_antwoord IS NOT NULL AND r.bsn_antwoord <> r.bsn_vraag",
        "Het antwoord ging over een ander BSN dan de vraag.",
        "Laat de leverancier de webservice nakijken.",
        SPEC,
        scope="delivery",
        needs=("bevraging",),
        key="r.bsn_vraag",
    ),
    Rule(
        "SRG-DKD-01",
        "error",
        "voorziening",
        PROVISION,
        "EXISTS (SELECT 1 FROM client c JOIN bron.srg_voorziening s ON s.bsn = c.bsn WHERE c._row = r._root"
        " AND s.registratienummer = r.registratienummer AND s.periode = $periode AND (s.type IS DISTINCT FROM r.type"
        " OR s.datum_begin IS DISTINCT FROM r.datum_begin OR s.datum_einde IS DISTINCT FROM r.datum_einde"
        " OR CAST(s.loonwaarde AS INTEGER) IS DISTINCT FROM r.loonwaarde // 100))",
        "De levering aan CBS (SRG) van deze maand noemt voor deze voorziening een ander type, andere datums of"
        " een andere loonwaarde.",
        "Maak beide leveringen gelijk.",
        SPEC,
        scope="delivery",
        needs=("srg_voorziening",),
        certainty="assumed",
    ),
)
