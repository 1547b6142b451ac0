"""Corrections of deliveries: which delivery stands for which record, and how a further one comes about.

``fates`` counts it by columns; ``family`` gathers from the books what it needs; ``in_force`` is what the next
delivery is compared with; ``opening`` is the command; ``restrict``, ``closing`` and ``unchanged`` keep an addition to
the records it is for, and prove it; ``told`` says it to people.
"""
