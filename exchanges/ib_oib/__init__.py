"""Income from the polisadministratie, every month: what is new and what was corrected (OIB)."""
