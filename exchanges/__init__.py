"""Ketensluis: exchanges with the chain of work and income."""

import os

# Read by Arrow when it is loaded, by whichever module that is: why this one, is in core/arrow.py.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
