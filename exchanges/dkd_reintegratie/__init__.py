"""DKD: re-integration data of a municipality to the Inlichtingenbureau."""
