"""Approval: why a delivery needs a second person, what that person is shown, and what was decided (SEC-19).

``basis`` and ``reasons`` compare with the delivery that left before, ``summary`` is what is shown and its digest,
``decisions`` read the ledger's events, ``judge`` puts them together for a step, ``desk`` is where people decide.
"""
