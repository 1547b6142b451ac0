"""How long what was received is kept, and destroying it afterwards (spec ib-signalen 13, SEC-16 and SEC-21)."""
