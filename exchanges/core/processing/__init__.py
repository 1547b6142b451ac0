"""Whose data were processed: a row per person and delivery (ib-signalen 13, SEC-12; Logboek Dataverwerkingen)."""
