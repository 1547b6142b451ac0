"""What people do with keys: make a first one, put another in its place, destroy it, and seal what was stored without.

Each is an event in the ledger, by name and reason; of a key itself nothing is told anywhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from exchanges.core.access.who import actor as account
from exchanges.core.errors import UsageError
from exchanges.core.keys.generations import FOLDER
from exchanges.core.keys.sealed import KEY_BYTES
from exchanges.core.keys.sources import FolderKeys
from exchanges.core.ledger import Ledger
from exchanges.core.settings import Settings
from exchanges.core.store.artefact import check_gemeente
from exchanges.core.store.converting import Converted, count_plain, seal_plain
from exchanges.core.store.opening import open_store
from exchanges.core.store.sealing import Sealing

MADE, ROTATED, DESTROYING, DESTROYED, SEALED = (
    "sleutel.gemaakt", "sleutel.vervangen", "sleutel.vernietigen", "sleutel.vernietigd", "opslag.versleuteld",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How a municipality stands. ``where`` its key comes from; ``generations`` are number and moment of its data keys,
    the newest last; ``sealed`` and ``plain`` count files in the store; ``keys`` is how many there are, 0 for none;
    ``opens``: they are those under which all of it was sealed."""

    gemeente: str
    where: str
    keys: int
    opens: bool
    generations: tuple[tuple[int, str], ...]
    sealed: int
    plain: int


@dataclass(frozen=True)
class Rotated:
    """``rewrapped`` data keys; ``left``: old keys are still at ``where``, for a person to take away."""

    where: str
    rewrapped: int
    left: bool


def standing(settings: Settings, gemeente: str) -> Standing:
    """Raises UsageError where nothing is sealed, or for a key that is none."""
    sealing = _sealing(settings)
    ring = sealing.generations.ring
    generations = tuple((one.number, one.made) for one in sealing.generations.wrapped(check_gemeente(gemeente)))
    keys = len(ring.keys(gemeente)) if ring.has(gemeente) else 0
    opens = sealing.generations.opens(gemeente)
    return Standing(gemeente, ring.where(gemeente), keys, opens, generations, *count_plain(sealing, gemeente))


def make(settings: Settings, ledger: Ledger, gemeente: str) -> str:
    """A first key in the folder with keys; where it is. Raises UsageError when there is one, when what was sealed needs
    another, or when the settings name no folder."""
    sealing = _sealing(settings)
    ring = sealing.generations.ring
    folder = next((source for source in ring.sources if isinstance(source, FolderKeys)), None)
    if ring.has(check_gemeente(gemeente)):
        raise UsageError(f"Gemeente {gemeente} heeft al een sleutel ({ring.where(gemeente)}); vervang hem met rotate.")
    if sealing.generations.wrapped(gemeente):
        raise UsageError(
            f"Gemeente {gemeente} heeft gegevens onder een sleutel die er niet meer is; zet die terug. Met een andere"
            " zijn ze niet te lezen."
        )
    if folder is None:
        raise UsageError(f"Een sleutel wordt alleen in een map gemaakt; zet hem zelf: {ring.where(gemeente)}.")
    folder.make(gemeente)
    ledger.event(None, account(), MADE, gemeente, "gemaakt", {"plaats": folder.where(gemeente)})
    return folder.where(gemeente)


def rotate(settings: Settings, ledger: Ledger, gemeente: str) -> Rotated:
    """Wrap the data keys by another key, and begin a new one for what is stored from now on; nothing that is stored is
    written again. In a folder the other key is made here; elsewhere a person has put it before the old one.

    At every moment the keys that are there open everything; interrupted, do it again. Raises UsageError when there is
    no key, or no other one.
    """
    generations = _sealing(settings).generations
    ring, folder = generations.ring, generations.ring.folder(check_gemeente(gemeente))
    if folder is None:
        keys = ring.keys(gemeente)
        if len(keys) < 2:
            raise UsageError(
                f"Zet een nieuwe sleutel vóór de oude ({ring.where(gemeente)}), met een spatie ertussen, en doe dit"
                " opnieuw; haal daarna de oude weg."
            )
        rewrapped = generations.rewrap(gemeente, keys)
    else:
        with folder.alone():
            keys = [secrets.token_bytes(KEY_BYTES), *folder.find(gemeente)]
            folder.replace(gemeente, keys)
            rewrapped = generations.rewrap(gemeente, keys)
            folder.replace(gemeente, keys[:1])
    where = ring.where(gemeente)
    ledger.event(None, account(), ROTATED, gemeente, "vervangen", {"plaats": where, "ingepakt": rewrapped})
    return Rotated(where, rewrapped, folder is None)


def destroy(settings: Settings, ledger: Ledger, gemeente: str, *, actor: str, reason: str) -> str:
    """Destroy the key of a municipality: nothing that was stored of it can be read again, nor any backup of it. Gives
    where the key was. Interrupted, do it again. Raises UsageError without a person or a reason, and where a person must
    do it."""
    if not actor.strip() or not reason.strip():
        raise UsageError("Een sleutel vernietigen heeft een naam en een reden nodig; geef --reden.")
    ring = _sealing(settings).generations.ring
    folder = ring.folder(check_gemeente(gemeente))
    if folder is None and (cut_off := _cut_off(ledger, gemeente)) is not None and not ring.has(gemeente):
        ledger.event(None, actor, DESTROYED, gemeente, "vernietigd", {"plaats": cut_off})
        return cut_off
    if folder is None:
        raise UsageError(
            f"Gemeente {gemeente}: deze sleutel is niet van een map, dus hier niet te vernietigen"
            f" ({ring.where(gemeente)}); haal hem daar weg, ook uit oudere versies."
        )
    where = folder.where(gemeente)
    ledger.event(None, actor, DESTROYING, gemeente, "begonnen", {"plaats": where, "reden": reason})
    with folder.alone():
        folder.destroy(gemeente)
    ledger.event(None, actor, DESTROYED, gemeente, "vernietigd", {"plaats": where})
    return where


def encrypt(
    settings: Settings, ledger: Ledger, gemeente: str, on_file: Callable[[int], None] = lambda done: None
) -> Converted:
    """Seal what was stored before there were keys; see :func:`exchanges.core.store.converting.seal_plain`."""
    sealing = _sealing(settings)
    # Not while something is destroyed: it would come back.
    with ledger.alone(f"bewaren/{check_gemeente(gemeente)}"):
        done = seal_plain(sealing, gemeente, on_file)
    if done.sealed:
        ledger.event(None, account(), SEALED, gemeente, "versleuteld", {"bestanden": done.sealed})
    return done


def _cut_off(ledger: Ledger, gemeente: str) -> str | None:
    """Where the key was that somebody was destroying when the process was killed; None when that was done or undone."""
    steps = (MADE, DESTROYING, DESTROYED)
    said = [one for one in ledger.events(None) if one.object == gemeente and one.action in steps]
    return str(said[-1].details["plaats"]) if said and said[-1].action == DESTROYING else None


def _sealing(settings: Settings) -> Sealing:
    sealing = open_store(settings).sealing
    if sealing is None:
        raise UsageError(f"KETENSLUIS_KEYS is geen: er wordt niets versleuteld, en er is geen map {FOLDER}.")
    return sealing
