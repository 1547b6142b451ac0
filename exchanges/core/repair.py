"""Feeding a repaired file from beginning to end: opened, run through the chambers, both deliveries accounted for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exchanges.core.chain import REPORT
from exchanges.core.errors import UsageError
from exchanges.core.lists.handing import require_key
from exchanges.core.receive.refeed import Opened, export, open_refeed
from exchanges.core.run import open_ledger, run_delivery, run_step, step_context
from exchanges.core.settings import Settings

FOLDER = "herstel"


def refeed(
    id: str,
    file: Path | None,
    *,
    actor: str,
    reason: str,
    settings: Settings | None = None,
    on_step: Callable[[str], None] = lambda step: None,
    on_open: Callable[[Opened], None] = lambda opened: None,
) -> Opened:
    """See :func:`exchanges.core.receive.refeed.open_refeed`; what stops the delivery passes through. Done again after
    it was interrupted it goes on where it was; done again after it was published it changes nothing.

    Repairs of one municipality go one after the other: two at once would not see what the other brings in.
    """
    settings = settings or Settings()
    ledger = open_ledger(settings)
    with step_context(settings, ledger.delivery(id)) as context:
        opened = open_refeed(
            ledger, context.store, context.intake, id, file, context.work, actor=actor, reason=reason
        )
        family = f"{context.exchange.id}/{context.delivery.gemeente}/{FOLDER}"
    on_open(opened)
    with ledger.alone(family):
        if not ledger.delivery(opened.delivery).state.ended:
            run_delivery(opened.delivery, settings, on_step=on_step)
            run_step(opened.repairs, REPORT, settings)
    return opened


def write_out(id: str, folder: Path, *, actor: str, settings: Settings | None = None) -> tuple[Path, int]:
    """See :func:`exchanges.core.receive.refeed.export`. Only in the place of the municipality itself,
    ``<home>/herstel/<gemeente>`` or a folder in it; raises UsageError for another."""
    settings = settings or Settings()
    ledger = open_ledger(settings)
    with step_context(settings, ledger.delivery(id)) as context:
        own = settings.root / FOLDER / context.delivery.gemeente
        if not folder.resolve().is_relative_to(own):
            raise UsageError(f"Regels met persoonsgegevens komen alleen in {own}; geef die map, of een map daarin.")
        require_key(context.gemeente.lijsten.sleutel, settings.production, context.delivery.gemeente)
        return export(ledger, context.store, context.intake, id, folder.resolve(), actor=actor, work=context.work,
                      lists=context.gemeente.lijsten)
