"""What the partner says back: its message, its phases, its words and what goes wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Phase:
    """One of several answers in a row. ``id`` is what the answer says in ``Receipt.phase``, and ``{fase}`` in its name.

    ``later``: it comes after the delivery was accepted, and changes nothing about that.
    """

    id: str
    title: str
    later: bool = False


@dataclass(frozen=True)
class Trouble:
    """A kind of trouble: the ``word`` the partner has for it in ``Receipt.kind``, the finding it becomes (``code``,
    ``text``, and ``action``, a whole sentence). ``resend``: nothing was taken in, so the same bytes go again, without
    anybody's decision."""

    word: str
    code: str
    text: str
    action: str
    resend: bool = False


@dataclass(frozen=True)
class AnswerLines:
    """The lines of an answer, the record table of its mapping.

    ``about``: ``all`` (one per record that was sent, with a status), ``refused`` (only records that were refused) or
    ``remarks`` (records that were accepted all the same: work to do). ``key`` are the columns that name a record, the
    record's own key when empty; they are looked up in the ``tables`` of what was sent, as far as that message has
    them, in the record table when empty. ``status``, with its words ``accepted`` and ``refused``, is for ``all``.
    ``per`` is a column of the record table by which the answer must balance too.
    """

    about: Literal["all", "refused", "remarks"] = "all"
    key: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    status: str = "status"
    accepted: str = "geaccepteerd"
    refused: str = "afgewezen"
    code: str = "code"
    text: str = "omschrijving"
    per: str = ""


@dataclass(frozen=True)
class Receipt:
    """The partner's answer: its message, its file, and the columns and words that close the delivery.

    ``file_name`` is made of the ``{stem}`` of the file that was sent, and ``{fase}``. Columns are those of the answer's
    head: ``status`` with its words (``busy``: no answer yet), ``reason``, ``counts`` (offered, accepted, refused;
    empty when it has none), ``kind`` (which of ``troubles``; the first has no word: any other). ``echoes`` are columns
    that must equal what was sent: ``file_name``, ``sha256``, or ``kop.<column>`` for a column of its envelope; one that
    is missing is forgiven until the answer that accepts. ``thread`` must be the same in all phases.
    With ``phases`` a positive answer means: wait for the next; each may refuse, the last that is not ``later`` accepts.
    """

    message: str
    answer_within_seconds: int = 3600
    file_name: str = "{stem}.verslag.xml"
    status: str = "bestandsstatus"
    reason: str = "reden"
    accepted: tuple[str, ...] = ("verwerkt",)
    partly_accepted: tuple[str, ...] = ("deels_verwerkt",)
    rejected: tuple[str, ...] = ("afgekeurd",)
    busy: tuple[str, ...] = ()
    echoes: tuple[tuple[str, str], ...] = (("bestandsnaam", "file_name"), ("sha256", "sha256"))
    counts: tuple[str, str, str] | None = ("aangeboden", "geaccepteerd", "afgewezen")
    lines: AnswerLines = AnswerLines()
    phases: tuple[Phase, ...] = ()
    phase: str = "fase"
    thread: str = ""
    kind: str = ""
    troubles: tuple[Trouble, ...] = (
        Trouble("", "BESTAND", "De partner keurt het hele bestand af", "Herstel de oorzaak en lever opnieuw."),
    )
    silence: Trouble | None = None
    resend_at_most: int = 3

    def __post_init__(self) -> None:
        words = (*self.accepted, *self.partly_accepted, *self.rejected, *self.busy)
        if len(set(words)) < len(words):
            raise ValueError("a word for the status has more than one meaning")


NO_ANSWER = Receipt("")
