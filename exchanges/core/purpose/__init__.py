"""Why data may be processed, by whom they may be read and to whom they may go (ib-signalen 13, SEC-01, 02 and 31)."""
