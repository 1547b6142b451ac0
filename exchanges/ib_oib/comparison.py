"""What of the income of a client is compared from month to month.

Keys, classes and compared amounts: spec ib-signalen 6.3 and polisadministratie-inkomsten 7. The classes of a new
relation, a new and a corrected loonperiode are the partner's own; that of an ended relation, of a withdrawn loonperiode
and of a withdrawn relation are assumed, as is the whole algorithm. Columns have the names that the mapping of
UWVDossierInkomstenGSD gives them; those of a parent's key stand in the rows of its children.
"""

from __future__ import annotations

from exchanges.core.compare.declare import Comparison, Field, Level

CERTAINTY = "assumed"

_IKV = (Field("bsn"), Field("loonheffingennummer"), Field("volgnummer", "number"))
_CORRECTED = "GECORRIGEERDE_LOONPERIODE"

INCOME = Comparison(
    id="inkomsten",
    first="EERSTE_LEVERING",
    same="ONGEWIJZIGD",
    per="loonheffingennummer",
    levels=(
        Level(
            "ikv", "inkomstenverhoudingen", key=_IKV, scope="overlap", begin="begin", end="eind",
            new="NIEUWE_INKOMSTENVERHOUDING", gone="INGETROKKEN_INKOMSTENVERHOUDING", changed=_CORRECTED,
            ended="BEEINDIGDE_INKOMSTENVERHOUDING",
            # The employer's name and label may change without the relation being another (spec polis 6).
            traits=(Field("begin", "day"), Field("eind", "day")),
        ),
        Level(
            "ikp", "inkomstenperioden", key=(*_IKV, Field("begin", "day")), scope="overlap", begin="begin", end="eind",
            # Other characteristics are a correction, also when they hold from a date of their own (spec 6.3 step 6).
            new=_CORRECTED, gone=_CORRECTED, changed=_CORRECTED, parent="ikv", alone=True,
            traits=(
                Field("eind", "day"), Field("soort"), Field("aard"), Field("loonheffingskorting"),
                Field("invloed_verzekeringsplicht"), Field("regelmatig_patroon"), Field("mede_aow_alleenstaande"),
                Field("inclusief_wajong"), Field("vakantiebonnen"), Field("incidentele_vermindering"),
            ),
        ),
        Level(
            "iko", "loonperioden", key=(*_IKV, Field("begin", "day"), Field("eind", "day")), scope="inside",
            begin="begin", end="eind", new="NIEUWE_LOONPERIODE", gone="VERVALLEN_LOONPERIODE", changed=_CORRECTED,
            parent="ikv",
            amounts=(
                "loon_sv", "loon_lb", "ingehouden_lb", "vakantietoeslag", "recht_vakantietoeslag", "extra_periode",
                "recht_extra_periode", "reiskosten", "alimentatie_in_uitkering", "alimentatie_rechtstreeks",
            ),
            numbers=("uren",),
            # A relation without wages must still hold one opgave, and then holds an empty one (spec ib-signalen 6.2).
            filled=True, balanced=True, sums=("loon_sv", "loon_lb"),
        ),
    ),
)
