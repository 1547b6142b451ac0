"""Artefacts: immutable bytes per gemeente, named by their sha256."""

from exchanges.core.store.artefact import Artefact, Quarantined
from exchanges.core.store.draft import Draft
from exchanges.core.store.store import Store

__all__ = ["Artefact", "Draft", "Quarantined", "Store"]
