"""Business rules of the re-integration delivery (spec dkd-gsd section 8).

Rules on the message (``client``, ``atl_relatie``, ``voorziening``) are evaluated twice: on the selection, where an
error rejects the record, and on the finished file. First of all the loonwaarde: without its percentage the file is
valid and the signal about the person never comes. Those on what is around it are in ``surroundings``.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.dkd_reintegratie.paths import CLIENT, PERCENTAGE, PROVISION, RELATION, SPEC
from exchanges.dkd_reintegratie.surroundings import OMGEVING

LOONWAARDE = (
    Rule(
        "LKS-PRC-01",
        "error",
        "voorziening",
        PERCENTAGE,
        "r.lks AND r.loonwaarde IS NULL",
        "Er is loonkostensubsidie, maar het loonwaardepercentage ontbreekt. Het bericht is geldig, maar het signaal"
        " over deze persoon komt dan nooit.",
        "Vul de vastgestelde loonwaarde in bij de voorziening.",
        f"{SPEC} regel 4; seed 002",
    ),
    Rule(
        "LKS-PRC-02",
        "error",
        "voorziening",
        PERCENTAGE,
        "r.lks AND r.loonwaarde = 0",
        "Het loonwaardepercentage is nul.",
        "Vul de vastgestelde loonwaarde in bij de voorziening.",
        f"{SPEC} regel 4",
    ),
    Rule(
        "LKS-PRC-03",
        "error",
        "voorziening",
        PERCENTAGE,
        "r.lks AND r.loonwaarde >= 10000",
        "Het loonwaardepercentage is 100 of hoger; dan is er geen recht op loonkostensubsidie.",
        "Controleer de loonwaarde of beëindig de subsidie.",
        f"{SPEC} regel 4",
    ),
    Rule(
        "LKS-PRC-04",
        "error",
        "voorziening",
        PERCENTAGE,
        "r.lks AND r.loonwaarde < 0",
        "Het loonwaardepercentage is negatief.",
        "Verbeter de loonwaarde bij de voorziening.",
        f"{SPEC} regel 4",
    ),
    Rule(
        "LKS-PRC-05",
        "info",
        "voorziening",
        PERCENTAGE,
        "r.lks AND r.loonwaarde > 0 AND r.loonwaarde < 3000",
        "De loonwaarde is lager dan 30 procent. Dat mag; alleen de subsidie is begrensd.",
        "Niets, ter informatie.",
        SPEC,
    ),
    Rule(
        "LKS-GRP-01",
        "error",
        "voorziening",
        f"{PROVISION}/Loonkostensubsidie",
        "r.type = '10' AND NOT r.lks",
        "De voorziening is loonkostensubsidie (type 10), maar de subsidie zelf staat er niet bij.",
        "Leg de loonkostensubsidie met loonwaarde vast bij de voorziening.",
        f"{SPEC} regel 4",
    ),
    Rule(
        "LKS-GRP-01",
        "warning",
        "voorziening",
        f"{PROVISION}/Loonkostensubsidie",
        "r.type IN ('11', '12') AND NOT r.lks",
        "De voorziening is forfaitaire of tijdelijke loonkostensubsidie zonder subsidiegegevens; mogelijk is de"
        " loonwaarde nog niet gemeten.",
        "Leg de loonwaarde vast zodra die gemeten is.",
        f"{SPEC} regel 4",
    ),
    Rule(
        "LKS-GRP-02",
        "error",
        "voorziening",
        f"{PROVISION}/CdTypeRvGsd",
        "r.lks AND coalesce(r.type, '') NOT IN ('10', '11', '12')",
        "Er is loonkostensubsidie bij een voorziening van een ander type.",
        "Verbeter het type van de voorziening of verplaats de subsidie.",
        f"{SPEC} regel 4",
    ),
    Rule(
        "LKS-OVL-01",
        "error",
        "voorziening",
        PERCENTAGE,
        "r.lks AND EXISTS (SELECT 1 FROM voorziening o WHERE o._file = r._file AND o._root = r._root"
        " AND o._row <> r._row AND o.lks AND o.loonwaarde IS DISTINCT FROM r.loonwaarde"
        " AND o.datum_begin <= coalesce(r.datum_einde, 99991231)"
        " AND r.datum_begin <= coalesce(o.datum_einde, 99991231))",
        "Twee voorzieningen met loonkostensubsidie overlappen en hebben een verschillende loonwaarde.",
        "Beëindig de oude voorziening of maak de loonwaarde gelijk.",
        SPEC,
    ),
)

PERSOON = (
    Rule(
        "BSN-01",
        "error",
        "client",
        f"{CLIENT}/Burgerservicenr",
        "NOT elfproef(r.bsn)",
        "Het BSN voldoet niet aan de elfproef.",
        "Controleer het BSN in de BRP.",
        "dkd-gsd 5",
    ),
    Rule(
        "BSN-02",
        "error",
        "client",
        f"{CLIENT}/Burgerservicenr",
        "r.bsn IS NULL OR nummer(r.bsn) IS NULL",
        "Het BSN bestaat niet uit negen gewone cijfers.",
        "Controleer het BSN in de BRP.",
        "dkd-gsd 5",
    ),
    Rule(
        "BSN-DUP",
        "error",
        "client",
        f"{CLIENT}/Burgerservicenr",
        "count(*) OVER (PARTITION BY r._file, r.bsn) > 1",
        "Hetzelfde BSN komt bij meer dan een persoon voor; welke de juiste is, is niet te zeggen.",
        "Voeg de dubbele personen samen of verbeter het BSN.",
        "dkd-gsd 7: BSN uniek",
    ),
    Rule(
        "DAT-01",
        "error",
        "client",
        f"{CLIENT}/Geboortedat",
        "NOT datum_bestaat(r.geboortedatum)",
        "De geboortedatum bestaat niet in de kalender.",
        "Verbeter de datum.",
        "dkd-gsd 5, 8",
    ),
    Rule(
        "DAT-04",
        "error",
        "client",
        f"{CLIENT}/Geboortedat",
        "r.geboortedatum > $eind8",
        "De geboortedatum ligt na de periode.",
        "Verbeter de datum.",
        "dkd-gsd 8",
    ),
    Rule(
        "CD-02",
        "warning",
        "client",
        f"{CLIENT}/Geslacht",
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
        f"{PROVISION}/DatBRv",
        "NOT datum_bestaat(r.datum_begin) OR NOT datum_bestaat(r.datum_einde)",
        "De begin- of einddatum bestaat niet in de kalender.",
        "Verbeter de datum.",
        "dkd-gsd 8",
    ),
    Rule(
        "DAT-02",
        "error",
        "voorziening",
        f"{PROVISION}/DatBRv",
        "datum_bestaat(r.datum_begin) AND NOT datum_volledig(r.datum_begin)",
        "De begindatum is niet volledig.",
        "Vul dag, maand en jaar in.",
        "dkd-gsd 8",
    ),
    Rule(
        "DAT-03",
        "error",
        "voorziening",
        f"{PROVISION}/DatERv",
        # An end without a day or month is at the latest the last one; without a year it is unknown.
        "CASE WHEN r.datum_einde < r.datum_begin AND r.datum_einde >= 10000"
        " THEN datum_volledig(r.datum_begin) AND datum_bestaat(r.datum_einde) AND r.datum_einde + CASE"
        " WHEN r.datum_einde % 10000 = 0 THEN 1231 WHEN r.datum_einde % 100 = 0 THEN 31 ELSE 0 END < r.datum_begin END",
        "De einddatum ligt voor de begindatum.",
        "Verbeter de datums.",
        "dkd-gsd 8",
    ),
    Rule(
        "DAT-04",
        "error",
        "voorziening",
        f"{PROVISION}/DatERv",
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
        f"{PROVISION}/RegistratienrRvGsd",
        "trim(coalesce(r.registratienummer, '')) = '' OR count(*) OVER (PARTITION BY r._file, r.registratienummer) > 1",
        "Het registratienummer ontbreekt of komt vaker voor; het is de sleutel van de voorziening.",
        "Geef elke voorziening een eigen nummer.",
        "dkd-gsd 5.1, 8",
    ),
    Rule(
        "CD-01",
        "error",
        "voorziening",
        f"{PROVISION}/CdTypeRvGsd",
        "r.type IS NOT NULL AND NOT in_lijst('CdTypeRvGsd', r.type)",
        "De code voor het type voorziening staat niet in de lijst.",
        "Kies een code uit de lijst.",
        "dkd-gsd 5.1, CBS SRG 14",
    ),
    Rule(
        "CD-01",
        "error",
        "atl_relatie",
        f"{RELATION}/DoelReintegratievoorziening/CdDoelRv",
        "r.doel IS NOT NULL AND NOT in_lijst('CdDoelRv', r.doel)",
        "De code voor het doel staat niet in de lijst.",
        "Kies een code uit de lijst.",
        "dkd-gsd 5.1, CBS SRG 12",
    ),
    Rule(
        "CD-01",
        "error",
        "atl_relatie",
        f"{RELATION}/Arbeidsvermogen/CdArbeidsvermogen",
        "r.arbeidsvermogen IS NOT NULL AND NOT in_lijst('CdArbeidsvermogen', r.arbeidsvermogen)",
        "De code voor het arbeidsvermogen staat niet in de lijst.",
        "Kies een code uit de lijst.",
        "dkd-gsd 5.1, CBS SRG 11",
    ),
    Rule(
        "RV-EMP-01",
        "error",
        "atl_relatie",
        RELATION,
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
        f"{RELATION}/Bron/CdPartijSuwi",
        "r.bron_partij IS DISTINCT FROM $gemeente",
        "De bron is een andere gemeente dan de gemeente die levert.",
        "Verbeter de gemeentecode bij het traject.",
        "dkd-gsd 8, ib-signalen 10",
    ),
)

RULES = (*LOONWAARDE, *PERSOON, *VOORZIENING, *OMGEVING)
