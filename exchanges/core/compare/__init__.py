"""Comparing what a partner answered last time with what it answers now: what is new, corrected, withdrawn."""
