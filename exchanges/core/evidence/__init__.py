"""Proof that the books are what they were: the chain of events, its anchors, and the tables held against it."""
