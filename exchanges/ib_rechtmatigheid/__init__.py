"""Rechtmatigheidscontrole: the benefit dossiers of a municipality to the Inlichtingenbureau."""
