"""Where in the message a rule looks, and where the rules come from."""

from __future__ import annotations

CLIENT = "GSDReintegratieInfoResponse/ClientSuwi"
RELATION = f"{CLIENT}/AtlRelatie"
PROVISION = f"{RELATION}/ReIntegratievoorziening"
PERCENTAGE = f"{PROVISION}/Loonkostensubsidie/PercLoonwaardeTovWml/Percentage"
SPEC = "dkd-gsd 8"
