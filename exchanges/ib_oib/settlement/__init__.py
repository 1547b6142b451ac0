"""The settlement proposal: per client and month the income to settle against what was settled, line by line.

A proposal and nothing more: nothing here writes to an administration. Rules: spec bvv-and-settlement 2.1-2.8 (codes
N-, T-, E-, V- and B-), reconciliation: spec ib-signalen 6.5, R-OIB 5. Amounts are eurocents (int64) and the arithmetic
is in whole numbers, half cents away from zero. Dated data: ``mappings/verrekening`` and
``mappings/parameters/ib_oib_verrekening.csv``.
"""
