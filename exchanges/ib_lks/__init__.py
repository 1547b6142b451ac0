"""Signals of the Inlichtingenbureau on wage-cost subsidy (loonkostensubsidie, LKS) and illness."""
