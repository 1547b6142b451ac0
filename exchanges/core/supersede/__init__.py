"""Corrections of deliveries: which delivery stands for which record, and how a further one comes about.

``fates`` counts it by columns; ``family`` gathers from the books what it needs; ``in_force`` is what the next
delivery is compared with; ``adding``, ``narrow`` and ``unchanged`` keep an addition to the records it is for, and
``closing`` proves it; ``told`` says it to people, and ``since`` what became of a delivery afterwards. The command is
:mod:`exchanges.core.correct`.
"""
