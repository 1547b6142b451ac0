"""Business rules of the re-integration delivery (spec dkd-gsd section 8).

Rules on the message (``client``, ``atl_relatie``, ``voorziening``) are evaluated twice: on the selection, where an
error rejects the record, and on the finished file. First of all the loonwaarde: without its percentage the file is
valid and the signal about the person never comes.
"""

from __future__ import annotations

from exchanges.core.declare import Rule

_C = "GSDReintegratieInfoResponse/ClientSuwi"
_A = f"{_C}/AtlRelatie"
_V = f"{_A}/ReIntegratievoorziening"
_PERC = f"{_V}/Loonkostensubsidie/PercLoonwaardeTovWml/Percentage"
_SPEC = "dkd-gsd 8"

LOONWAARDE = (
    Rule(
        "LKS-PRC-01",
        "error",
        "voorziening",
        _PERC,
        "r.lks AND r.loonwaarde IS NULL",
        "Er is loonkostensubsidie, maar het loonwaardepercentage ontbreekt. Het bericht is geldig, maar het signaal"
        " over deze persoon komt dan nooit.",
        "Vul de vastgestelde loonwaarde in bij de voorziening.",
        f"{_SPEC} regel 4; seed 002",
    ),
    Rule(
        "LKS-PRC-02",
        "error",
        "voorziening",
        _PERC,
        "r.lks AND r.loonwaarde = 0",
        "Het loonwaardepercentage is nul.",
        "Vul de vastgestelde loonwaarde in bij de voorziening.",
        f"{_SPEC} regel 4",
    ),
    Rule(
        "LKS-PRC-03",
        "error",
        "voorziening",
        _PERC,
        "r.lks AND r.loonwaarde >= 10000",
        "Het loonwaardepercentage is 100 of hoger; dan is er geen recht op loonkostensubsidie.",
        "Controleer de loonwaarde of beëindig de subsidie.",
        f"{_SPEC} regel 4",
    ),
    Rule(
        "LKS-PRC-04",
        "error",
        "voorziening",
        _PERC,
        "r.lks AND r.loonwaarde < 0",
        "Het loonwaardepercentage is negatief.",
        "Verbeter de loonwaarde bij de voorziening.",
        f"{_SPEC} regel 4",
    ),
    Rule(
        "LKS-PRC-05",
        "info",
        "voorziening",
        _PERC,
        "r.lks AND r.loonwaarde > 0 AND r.loonwaarde < 3000",
        "De loonwaarde is lager dan 30 procent. Dat mag; alleen de subsidie is begrensd.",
        "Niets, ter informatie.",
        _SPEC,
    ),
    Rule(
        "LKS-GRP-01",
        "error",
        "voorziening",
        f"{_V}/Loonkostensubsidie",
        "r.type = '10' AND NOT r.lks",
        "De voorziening is loonkostensubsidie (type 10), maar de subsidie zelf staat er niet bij.",
        "Leg de loonkostensubsidie met loonwaarde vast bij de voorziening.",
        f"{_SPEC} regel 4",
    ),
    Rule(
        "LKS-GRP-01",
        "warning",
        "voorziening",
        f"{_V}/Loonkostensubsidie",
        "r.type IN ('11', '12') AND NOT r.lks",
        "De voorziening is forfaitaire of tijdelijke loonkostensubsidie zonder subsidiegegevens; mogelijk is de"
        " loonwaarde nog niet gemeten.",
        "Leg de loonwaarde vast zodra die gemeten is.",
        f"{_SPEC} regel 4",
    ),
    Rule(
        "LKS-GRP-02",
        "error",
        "voorziening",
        f"{_V}/CdTypeRvGsd",
        "r.lks AND coalesce(r.type, '') NOT IN ('10', '11', '12')",
        "Er is loonkostensubsidie bij een voorziening van een ander type.",
        "Verbeter het type van de voorziening of verplaats de subsidie.",
        f"{_SPEC} regel 4",
    ),
    Rule(
        "LKS-OVL-01",
        "error",
        "voorziening",
        _PERC,
        "r.lks AND EXISTS (SELECT 1 FROM voorziening o WHERE o._file = r._file AND o._root = r._root"
        " AND o._row <> r._row AND o.lks AND o.loonwaarde IS DISTINCT FROM r.loonwaarde"
        " AND o.datum_begin <= coalesce(r.datum_einde, 99991231)"
        " AND r.datum_begin <= coalesce(o.datum_einde, 99991231))",
        "Twee voorzieningen met loonkostensubsidie overlappen en hebben een verschillende loonwaarde.",
        "Beëindig de oude voorziening of maak de loonwaarde gelijk.",
        _SPEC,
    ),
)

PERSOON = (
    Rule(
        "BSN-01",
        "error",
        "client",
        f"{_C}/Burgerservicenr",
        "NOT elfproef(r.bsn)",
        "Het BSN voldoet niet aan de elfproef.",
        "Controleer het BSN in de BRP.",
        "dkd-gsd 5",
    ),
    Rule(
        "BSN-02",
        "error",
        "client",
        f"{_C}/Burgerservicenr",
        "r.bsn IS NULL OR nummer(r.bsn) IS NULL",
        "Het BSN bestaat niet uit negen gewone cijfers.",
        "Controleer het BSN in de BRP.",
        "dkd-gsd 5",
    ),
    Rule(
        "BSN-DUP",
        "error",
        "client",
        f"{_C}/Burgerservicenr",
        "count(*) OVER (PARTITION BY r._file, r.bsn) > 1",
        "Hetzelfde BSN komt bij meer dan een persoon voor; welke de juiste is, is niet te zeggen.",
        "Voeg de dubbele personen samen of verbeter het BSN.",
        "dkd-gsd 7: BSN uniek",
    ),
    Rule(
        "DAT-01",
        "error",
        "client",
        f"{_C}/Geboortedat",
        "NOT datum_bestaat(r.geboortedatum)",
        "De geboortedatum bestaat niet in de kalender.",
        "Verbeter de datum.",
        "dkd-gsd 5, 8",
    ),
    Rule(
        "DAT-04",
        "error",
        "client",
        f"{_C}/Geboortedat",
        "r.geboortedatum > $eind8",
        "De geboortedatum ligt na de periode.",
        "Verbeter de datum.",
        "dkd-gsd 8",
    ),
    Rule(
        "CD-02",
        "warning",
        "client",
        f"{_C}/Geslacht",
        "r.geslacht IS NOT NULL AND NOT in_lijst('Geslacht', r.geslacht)",
        "De code voor geslacht staat niet in de lijst; die lijst is nog niet volledig bekend.",
        "Controleer de code.",
        "dkd-gsd 5.1",
        certainty="secondary",
    ),
)

VOORZIENING = (
    Rule(
        "DAT-01",
        "error",
        "voorziening",
        f"{_V}/DatBRv",
        "NOT datum_bestaat(r.datum_begin) OR NOT datum_bestaat(r.datum_einde)",
        "De begin- of einddatum bestaat niet in de kalender.",
        "Verbeter de datum.",
        "dkd-gsd 8",
    ),
    Rule(
        "DAT-02",
        "error",
        "voorziening",
        f"{_V}/DatBRv",
        "datum_bestaat(r.datum_begin) AND NOT datum_volledig(r.datum_begin)",
        "De begindatum is niet volledig.",
        "Vul dag, maand en jaar in.",
        "dkd-gsd 8",
    ),
    Rule(
        "DAT-03",
        "error",
        "voorziening",
        f"{_V}/DatERv",
        "CASE WHEN r.datum_einde < r.datum_begin"
        " THEN datum_volledig(r.datum_begin) AND datum_volledig(r.datum_einde) END",
        "De einddatum ligt voor de begindatum.",
        "Verbeter de datums.",
        "dkd-gsd 8",
    ),
    Rule(
        "DAT-04",
        "error",
        "voorziening",
        f"{_V}/DatERv",
        "greatest(r.datum_begin, coalesce(r.datum_einde, 0)) >"
        " year($eind + $toekomst_dagen) * 10000 + month($eind + $toekomst_dagen) * 100 + day($eind + $toekomst_dagen)",
        "Een datum ligt meer dan een jaar na de periode.",
        "Controleer de datum.",
        "dkd-gsd 8",
        certainty="assumed",
    ),
    Rule(
        "RV-KEY-01",
        "error",
        "voorziening",
        f"{_V}/RegistratienrRvGsd",
        "r.registratienummer IS NULL OR count(*) OVER (PARTITION BY r._file, r.registratienummer) > 1",
        "Het registratienummer ontbreekt of komt vaker voor; het is de sleutel van de voorziening.",
        "Geef elke voorziening een eigen nummer.",
        "dkd-gsd 5.1, 8",
    ),
    Rule(
        "CD-01",
        "error",
        "voorziening",
        f"{_V}/CdTypeRvGsd",
        "r.type IS NOT NULL AND NOT in_lijst('CdTypeRvGsd', r.type)",
        "De code voor het type voorziening staat niet in de lijst.",
        "Kies een code uit de lijst.",
        "dkd-gsd 5.1, CBS SRG 14",
    ),
    Rule(
        "CD-01",
        "error",
        "atl_relatie",
        f"{_A}/DoelReintegratievoorziening/CdDoelRv",
        "r.doel IS NOT NULL AND NOT in_lijst('CdDoelRv', r.doel)",
        "De code voor het doel staat niet in de lijst.",
        "Kies een code uit de lijst.",
        "dkd-gsd 5.1, CBS SRG 12",
    ),
    Rule(
        "CD-01",
        "error",
        "atl_relatie",
        f"{_A}/Arbeidsvermogen/CdArbeidsvermogen",
        "r.arbeidsvermogen IS NOT NULL AND NOT in_lijst('CdArbeidsvermogen', r.arbeidsvermogen)",
        "De code voor het arbeidsvermogen staat niet in de lijst.",
        "Kies een code uit de lijst.",
        "dkd-gsd 5.1, CBS SRG 11",
    ),
    Rule(
        "RV-EMP-01",
        "error",
        "atl_relatie",
        _A,
        "r.arbeidsvermogen IS NULL AND r.doel IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM voorziening v WHERE v._parent = r._row)",
        "De arbeidstoeleidingsrelatie heeft geen inhoud behalve de bron.",
        "Vul arbeidsvermogen, doel of een voorziening in, of verwijder het traject.",
        "dkd-gsd 8",
    ),
    Rule(
        "BRN-01",
        "error",
        "atl_relatie",
        f"{_A}/Bron/CdPartijSuwi",
        "r.bron_partij IS DISTINCT FROM $gemeente",
        "De bron is een andere gemeente dan de gemeente die levert.",
        "Verbeter de gemeentecode bij het traject.",
        "dkd-gsd 8, ib-signalen 10",
    ),
)

# An index row of this municipality and cluster that says: data present.
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
        f"{_SPEC} regel 1",
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
        f"{_SPEC} regel 1b",
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
        f"{_SPEC} regel 2a",
        scope="delivery",
        needs=("levering_monitor",),
    ),
    Rule(
        "DKD-LEV-02",
        "error",
        "bron.bevraging",
        "",
        "r.gemeentecode = $gemeente AND r.cluster = $cluster AND (r.uitkomst IS NULL OR r.duur_ms > $antwoord_ms)",
        "De webservice gaf geen antwoord of deed er te lang over.",
        "Laat de leverancier de webservice nakijken.",
        f"{_SPEC} regel 2b",
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
        " JOIN bron.voorziening v ON v.persoon_id = p.persoon_id"
        " WHERE p.bsn = r.bsn AND v.gewijzigd_op > r.gewijzigd_op)",
        "De verwijsindex is ouder dan de jongste wijziging in de administratie.",
        "Lever de verwijsindex opnieuw.",
        f"{_SPEC} regel 3; R-DKD",
        scope="delivery",
        needs=("verwijsindex",),
        key="r.bsn",
    ),
    Rule(
        "DKD-VWI-02",
        "error",
        "client",
        f"{_C}/Burgerservicenr",
        "EXISTS (SELECT 1 FROM voorziening v WHERE v._root = r._row AND v.lks)"
        f" AND NOT EXISTS (SELECT 1 FROM {_INDEX} AND i.bsn = r.bsn)",
        "De persoon heeft loonkostensubsidie, maar staat niet in de verwijsindex.",
        "Lever de verwijsindex opnieuw.",
        f"{_SPEC} regel 3",
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
        f"{_SPEC} regel 3",
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
        f"{_SPEC} regel 5",
        scope="delivery",
        needs=("bevraging", "verwijsindex"),
        key="r.bsn_vraag",
    ),
    Rule(
        "BSN-03",
        "error",
        "bron.bevraging",
        "",
        "r.gemeentecode = $gemeente AND r.bsn_antwoord IS NOT NULL AND r.bsn_antwoord <> r.bsn_vraag",
        "Het antwoord ging over een ander BSN dan de vraag.",
        "Laat de leverancier de webservice nakijken.",
        _SPEC,
        scope="delivery",
        needs=("bevraging",),
        key="r.bsn_vraag",
    ),
    Rule(
        "SRG-DKD-01",
        "error",
        "voorziening",
        _V,
        "EXISTS (SELECT 1 FROM client c JOIN bron.srg_voorziening s ON s.bsn = c.bsn WHERE c._row = r._root"
        " AND s.registratienummer = r.registratienummer AND s.periode = $periode AND (s.type IS DISTINCT FROM r.type"
        " OR s.datum_begin IS DISTINCT FROM r.datum_begin OR s.datum_einde IS DISTINCT FROM r.datum_einde"
        " OR CAST(s.loonwaarde AS INTEGER) IS DISTINCT FROM r.loonwaarde // 100))",
        "De levering aan CBS (SRG) van deze maand noemt voor deze voorziening een ander type, andere datums of"
        " een andere loonwaarde.",
        "Maak beide leveringen gelijk.",
        _SPEC,
        scope="delivery",
        needs=("srg_voorziening",),
        certainty="assumed",
    ),
)

RULES = (*LOONWAARDE, *PERSOON, *VOORZIENING, *OMGEVING)
