"""What a channel to a partner does, whatever carries it: deliver once, fetch, list.

SFTP and a local folder are channels; others (Digipoort, a portal) follow by giving the same three methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Protocol, Self

# Called with (bytes done, bytes in all); reading back counts, so a verified upload of n bytes goes to 2n.
Progress = Callable[[int, int], None]


class Outgoing(Protocol):
    """What is sent: a path, or whatever can be opened as one, more than once. Its text is what people call it."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO: ...


@dataclass(frozen=True)
class Sent:
    """Proof of one delivery, for the ledger.

    ``size`` in bytes; ``host_key`` is the fingerprint (``SHA256:…``) of the key the server proved to have, empty
    for a folder; ``server`` its software version. ``already``: the same bytes were there before this call.
    ``seen``: the file was seen under its final name; False when the partner took it away at once, which is no failure.
    ``answers``: a Parquet file with what the partner said of each record, where it says so at once.
    """

    remote_path: str
    size: int
    sha256: str
    host_key: str
    server: str
    already: bool
    seen: bool = True
    answers: Path | None = None


class Naming(Protocol):
    """What is remembered of the one moment that the partner's side may not show afterwards: that a whole file gets its
    name. Of one name and one content, and kept where no crash takes it."""

    def tells(self) -> bool:
        """Whether what was tried before is remembered at all, or known to have got lost: then nothing that lies at the
        partner proves what ``begun`` denies. Else somebody may have sent it who is not remembered."""
        ...

    def begun(self) -> bool:
        """Whether the last that was said is ``begin``."""
        ...

    def begin(self) -> None:
        """All is there under temporary names; now it gets its own."""
        ...

    def undone(self) -> None:
        """It did not: the temporary file is still there."""
        ...


class Channel(Protocol):
    """A connection to a partner, open between ``with`` and its end."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...

    def deliver(self, local: Outgoing, directory: str, name: str, sha256: str, progress: Progress | None = None,
                naming: Naming | None = None) -> Sent:
        """Put ``local``, whose hash must be ``sha256``, in ``directory`` as ``name``, once, with ``name.sha256``.

        Never overwrites. Delivering the same bytes again gives ``already=True`` and sends nothing. With ``naming`` that
        also holds after an interruption at a partner that takes everything away at once.
        Raises TransportError (may be retried), BusinessError when the name is taken by other content or the local
        file is not what ``sha256`` says, UsageError for a name or directory that cannot be used.
        """
        ...

    def fetch(self, directory: str, name: str, to: Path, max_bytes: int,
              progress: Progress | None = None) -> Path | None:
        """Get ``name`` into ``to`` (a file, or an existing folder), checked with ``name.sha256`` when that is there.

        None when it is not there yet (absent or empty). Raises InputRefused above ``max_bytes``, TransportError when
        the transfer failed or does not match its hash; then ``to`` is untouched.
        """
        ...

    def listdir(self, directory: str) -> list[str]:
        """Sorted names of the files in ``directory``, without unfinished uploads. Raises TransportError."""
        ...
