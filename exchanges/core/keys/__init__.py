"""Encryption at rest: who has the key of a municipality, and what it opens (SEC-09, SEC-28, SEC-29, decision 0026).

A key of the municipality (``sources``) wraps data keys that lie beside the data (``generations``); every file has a key
of its own, derived from the newest of those (``sealed``).
"""
