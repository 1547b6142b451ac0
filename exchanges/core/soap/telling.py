"""Telling a partner many things, each a message of its own: once as it sees it, whatever happens in between.

What was answered is kept at once. A message without an answer may have arrived all the same: it is told again under the
same MessageID, and by that the partner knows it (spec transport, section 12).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from exchanges.core.soap.certificates import utc_now
from exchanges.core.soap.client import Answered, SoapClient
from exchanges.core.soap.kept import Kept
from exchanges.core.soap.many import ask_each
from exchanges.core.soap.told import Judged, Told

Message = tuple[str, bytes]  # MessageID, and the element for the Body


@dataclass
class Tally:
    """``before``: told in an earlier attempt; ``told``: now; ``silent``: no answer came, after all attempts."""

    before: int = 0
    told: int = 0
    silent: int = 0


def tell_each(client: SoapClient, messages: Iterable[Message], judge: Callable[[bytes], Judged], kept: Kept,
              at_once: int, halt: threading.Event, tally: Tally, *, now: Callable[[], datetime] = utc_now) -> None:
    """Tell what is not in ``kept`` yet. ``judge`` gets the element in the Body of an answer. ``tally`` is counted as it
    goes, so that it holds when this raises.

    A message that is declined by a fault is told, and refused; of those at the end of a row that ended it all nothing
    is kept, for then the fault is not about them. Raises what :func:`exchanges.core.soap.many.ask_each` raises, and
    what ``judge`` does."""
    had = kept.keys()
    row: list[tuple[str, Told]] = []

    def todo() -> Iterator[Message]:
        for one in messages:
            if one[0] in had:
                tally.before += 1
            else:
                yield one

    def tell(one: Message) -> Answered:
        return client.tell(one[1], one[0])

    def keep(one: str, told: Told) -> None:
        kept.put(one, told.pack())
        tally.told += 1

    for outcome in ask_each(tell, todo(), at_once, halt):
        id, moment = outcome.question[0], now().isoformat(timespec="milliseconds")
        if (answer := outcome.answer) is not None:
            keep(id, Told(judge(answer.payload), moment, answer.confirms, answer.message))
            while row:
                keep(*row.pop())
        elif outcome.code:
            row.append((id, Told(Judged(False, outcome.code, "Het bericht is met een SOAP-fout afgewezen."), moment)))
        else:
            tally.silent += 1
    while row:
        keep(*row.pop())
