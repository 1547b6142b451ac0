"""Who saw personal data and why, who may, and what of that is accounted for (ib-signalen 13, SEC-14, 17, 18, 32)."""
