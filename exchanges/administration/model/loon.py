"""What the wage tax declaration knows of a benefit: relations of income and the history of what holds for them."""

from __future__ import annotations

import pyarrow as pa

from exchanges.administration.model.table import Table, cent, changed, day, text, whole, yes_no

INKOMSTENVERHOUDING = Table(
    "inkomstenverhouding", "Inkomstenverhouding",
    "Een inkomstenverhouding van de loonaangifte: één per persoon en recht. Partners in één uitkering hebben elk een "
    "eigen inkomstenverhouding.",
    pa.schema([
        text("ikv_id", "Technische sleutel van de inkomstenverhouding."),
        text("uitkering_id", "Uitkering waar de inkomstenverhouding bij hoort."),
        text("persoon_id", "Persoon die het inkomen heeft."),
        whole("nummer", "Nummer inkomstenverhouding van de persoon, vanaf 1; wordt nooit opnieuw gebruikt."),
        text("inkomenscode", "Code soort inkomstenverhouding: 34 IOAW, 42 Bbz, 43 Participatiewet, 45 IOAZ."),
        text("personeelsnummer", "Nummer van de klant bij de gemeente, hoogstens 35 tekens."),
        day("datum_aanvang", "Eerste dag van de inkomstenverhouding."),
        day("datum_einde", "Laatste dag van de inkomstenverhouding.", null=True),
        changed(),
    ]),
    key=("ikv_id",),
    references=(("uitkering_id", "uitkering", "uitkering_id"), ("persoon_id", "persoon", "persoon_id")),
)

INKOMSTENPERIODE = Table(
    "inkomstenperiode", "Inkomstenperiode",
    "Wat vanaf een dag voor een inkomstenverhouding geldt, tot de volgende regel begint. De eerste begint op de eerste "
    "dag van de inkomstenverhouding.",
    pa.schema([
        text("periode_id", "Technische sleutel van de inkomstenperiode."),
        text("ikv_id", "Inkomstenverhouding."),
        day("datum_begin", "Eerste dag waarop dit geldt."),
        text("loonbelastingtabel", "Code loonbelastingtabel: 250 Participatiewet en Bbz, 022 IOAW en IOAZ."),
        yes_no("loonheffingskorting", "Of de loonheffingskorting wordt toegepast."),
        cent("korting_elders_cent", "Deel van de heffingskorting per maand dat al op ander loon is gebruikt, in "
                                    "centen."),
        text("code_zvw", "Code verzekeringssituatie Zvw; leeg als die uit de leeftijd volgt.", null=True),
        changed(),
    ]),
    key=("periode_id",),
    references=(("ikv_id", "inkomstenverhouding", "ikv_id"),),
)

TABLES = (INKOMSTENVERHOUDING, INKOMSTENPERIODE)
