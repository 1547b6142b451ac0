"""Signals of the Inlichtingenbureau: where a benefit and something else coincide (samenloop)."""
