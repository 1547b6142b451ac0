"""The benefit that the municipality itself pays: it declares it, and so it comes back through the polisadministratie.

It is no income to settle (spec ib-signalen 6.2: the filter rule, an assumption).
"""

from __future__ import annotations

OWN_BENEFIT = "eigen uitkering"
# Participatiewet, IOAW, Bbz, IOAZ.
OWN_KINDS = ("43", "34", "42", "45")
# The municipality's own loonheffingennummers: of its declarations that were accepted, and as set. SQL.
OWN_NUMBERS = (
    "SELECT lh_nr FROM verzonden.aangifte UNION"
    " SELECT trim(unnest(string_split('' || $eigen_loonheffingennummers, ',')))"
)
