"""Rules on what is declared of one income relation, and of its income periods (spec loonaangifte section 5)."""

from __future__ import annotations

from exchanges.core.declare import Rule, Severity
from exchanges.loonaangifte.rule import BACK, FIX, SPEC, rule


def per_relation(table: str, path: str) -> tuple[Rule, ...]:
    """Rules on a reported income relation; those in a correction name their person by their own key."""
    key, periods, ends = "", "inkomstenperiode", "$eind"
    if table != "ikv":
        key, periods = "r.bsn", "correctie_periode"
        ends = "(SELECT last_day(c.dat_aanv_tv) FROM correctie c WHERE c._row = r._parent)"

    def one(number: str, element: str, broken: str, text: str, severity: Severity = "error", source: str = "",
            action: str = FIX) -> Rule:  # fmt: skip
        where = f"{path}/{element}"
        return rule(number, table, where, broken, text, action, severity=severity, key=key, source=source)

    person = "NatuurlijkPersoon"
    return (
        one(
            "R-07",
            f"{person}/SofiNr",
            "r.bsn IS NULL OR NOT coalesce(elfproef(r.bsn), false) OR left(r.bsn, 1) = '8' OR left(r.bsn, 3) = '000'",
            "Het burgerservicenummer ontbreekt of is niet goed.",
        ),
        one(
            "R-09",
            f"{person}/SignNm",
            "coalesce(trim(r.sign_nm), '') = ''",
            "De achternaam ontbreekt. De Belastingdienst meldt dit terug.",
            "warning",
        ),
        one(
            "R-09",
            f"{person}/Gebdat",
            "r.gebdat IS NULL",
            "De geboortedatum ontbreekt of is niet volledig. De Belastingdienst meldt dit terug.",
            "warning",
        ),
        one(
            "R-10",
            person,
            "r.str IS NULL AND r.bl_str IS NULL",
            "Er is geen volledig adres; het bericht gaat zonder. De Belastingdienst meldt dit terug.",
            "warning",
        ),
        one(
            "R-10",
            f"{person}/AdresBinnenland/HuisNr",
            "r.huis_nr NOT BETWEEN 1 AND 99999",
            "Het huisnummer is geen 1 tot 99999.",
            source="loonaangifte 3.4",
        ),
        one(
            "R-11",
            "NumIV",
            "count(*) OVER (PARTITION BY r._file, r.bsn, r.num_iv" + ("" if table == "ikv" else ", r._root") + ") > 1",
            "Dit burgerservicenummer heeft dit nummer inkomstenverhouding twee keer in één tijdvak.",
        ),
        one(
            "BET-VOOR",
            "DatAanv",
            f"r.dat_aanv > {ends}",
            "Er is betaald over een tijdvak van voor het begin van de inkomstenverhouding.",
            source=f"{SPEC} R-16",
        ),
        one(
            "R-16",
            "Inkomstenperiode",
            f"r.dat_aanv <= {ends} AND NOT EXISTS (SELECT 1 FROM {periods} v WHERE v._parent = r._row)",
            "Er is niet vastgelegd wat voor deze inkomstenverhouding geldt: tabel, heffingskorting en code Zvw.",
        ),
        one("R-12", "DatEind", "r.dat_eind < r.dat_aanv", "De inkomstenverhouding eindigt voordat zij begint."),
        one("R-14", "NumIV", "r.num_iv IS NULL OR r.num_iv < 1 OR r.num_iv > 9999", "Het nummer is geen 1 tot 9999."),
        one(
            "R-27",
            "Werknemersgegevens",
            " OR ".join(
                f"abs(r.{name}) > 9999999999"
                for name in ("ln_lb_ph", "ing_lb_ph", "bijdr_zvw", "wgh_zvw", "bedr_al_in_wwb", "bedr_rcht_al")
            ),
            "Een bedrag heeft meer dan tien cijfers.",
        ),
        one(
            "NEG",
            "Werknemersgegevens/LnLbPh",
            "r.ln_lb_ph < 0",
            "Over dit tijdvak is bij deze persoon meer teruggenomen dan betaald; het loon is negatief.",
            "warning",
            "loonaangifte 5: wat het schema doorlaat",
            BACK,
        ),
    )


def per_period(table: str, path: str, relation: str) -> tuple[Rule, ...]:
    """Rules on an income period; ``relation`` is the table above it."""
    above = f"(SELECT {{}} FROM {relation} i WHERE i._row = r._parent)"
    key, starts = "", above.format("greatest(i.dat_aanv, $begin)")
    if table != "inkomstenperiode":
        key = above.format("i.bsn")
        starts = (
            f"(SELECT greatest(i.dat_aanv, c.dat_aanv_tv) FROM {relation} i JOIN correctie c ON c._row = i._parent"
            " WHERE i._row = r._parent)"
        )

    def one(number: str, element: str, broken: str, text: str, severity: Severity = "error") -> Rule:
        return rule(number, table, f"{path}/{element}", broken, text, severity=severity, key=key)

    return (
        one(
            "R-16",
            "DatAanv",
            f"r.dat_aanv > {starts} AND row_number() OVER (PARTITION BY r._parent ORDER BY r._row) = 1",
            "De eerste inkomstenperiode begint later dan het tijdvak of de inkomstenverhouding: wat daarvoor gold"
            " ontbreekt.",
        ),
        one(
            "R-16",
            "DatAanv",
            f"EXISTS (SELECT 1 FROM {table} o WHERE o._parent = r._parent AND o._row <> r._row"
            " AND o.dat_aanv = r.dat_aanv)",
            "Twee inkomstenperioden beginnen op dezelfde dag; welke geldt, is niet te zeggen.",
        ),
        one(
            "R-19",
            "IndLhKort",
            "r.srt_iv = '42' AND r.ind_lh_kort",
            "Bij een Bbz-uitkering geldt geen heffingskorting.",
        ),
        one(
            "R-21",
            "CdZvw",
            f"(r.cd_zvw IN ('K', 'A') AND {above.format('i.bijdr_zvw')} <> 0)"
            f" OR (r.cd_zvw IN ('M', 'A') AND {above.format('i.wgh_zvw')} <> 0)",
            "De code Zvw past niet bij het bedrag: K bij de werkgeversheffing, M bij de ingehouden bijdrage, A bij geen"
            " van beide.",
        ),
        one(
            "R-28",
            "SrtIV",
            "r.srt_iv NOT IN ('34', '42', '43', '45') OR r.lb_tab NOT IN ('250', '020', '022')"
            " OR (r.srt_iv IN ('42', '43')) <> (r.lb_tab = '250')",
            "Inkomenscode en loonbelastingtabel horen niet bij een uitkering van de gemeente, of niet bij elkaar.",
        ),
    )
