"""A synthetic municipality: ``generate`` writes one, seeded, of any size."""

from exchanges.administration.demo.municipality import Summary, generate

__all__ = ["Summary", "generate"]
