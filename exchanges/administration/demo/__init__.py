"""A synthetic municipality: ``generate`` writes one, seeded, of any size."""

import exchanges.core.arrow  # noqa: F401  first: it says how Arrow is loaded
from exchanges.administration.demo.municipality import Summary, generate

__all__ = ["Summary", "generate"]
