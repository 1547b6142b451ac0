"""What is done every working day: all of it verified, then anchored. Who watches the run sees a change the same day."""

from __future__ import annotations

from exchanges.core.errors import BusinessError
from exchanges.core.evidence.anchors import Anchor, make
from exchanges.core.evidence.key import key_id, signing_key
from exchanges.core.evidence.verify import verify_ledger
from exchanges.core.reports.dutch import number
from exchanges.core.settings import Settings


def verify_and_anchor(settings: Settings) -> Anchor | None:
    """The new anchor; None when nothing happened since the last one. Raises BusinessError with what is wrong first, and
    makes no anchor then; UsageError for a key that is none, TechnicalError for storage and database."""
    from exchanges.core.run import open_ledger  # brings all steps, and an export is verified without them

    ledger = open_ledger(settings)
    own = signing_key(settings.anchor_key_file).public_key()
    found = verify_ledger(ledger, settings.anchor_folders, {key_id(own): own}, complete=False).breaches
    if found:
        more = f" En {number(len(found) - 1)} meer." if len(found) > 1 else ""
        raise BusinessError(f"Er is geen anker gezet. {found[0].sentence}{more} Alles staat in sluis ledger verify.")
    return make(ledger, settings.anchor_key_file, settings.anchor_folders)
