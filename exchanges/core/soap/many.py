"""Many questions, a bounded number at the same time, and an end to it when going on makes no sense."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from exchanges.core.errors import TransportError
from exchanges.core.soap.errors import Declined

# So many without an answer, one after the other, is no longer about these questions.
IN_A_ROW = 10

T = TypeVar("T")
A = TypeVar("A")


@dataclass(frozen=True)
class Outcome(Generic[T, A]):
    """Of one question: the answer, or None with the code of the fault by which it was declined; no code: none came."""

    question: T
    answer: A | None
    code: str = ""


def ask_each(ask: Callable[[T], A], questions: Iterable[T], at_once: int,
             halt: threading.Event) -> Iterator[Outcome[T, A]]:
    """The outcomes as they come, in any order. ``ask`` is called by ``at_once`` threads; a TransportError or Declined
    is an outcome of its question.

    Any other error, or ``IN_A_ROW`` questions in a row without an answer, ends it: nothing more is asked, what is under
    way is waited for and given, then the error is raised. ``halt`` is then set, so that who waits for another attempt
    need not."""
    todo, flying = iter(questions), dict[Future[A], T]()
    ended: BaseException | None = None
    without = 0
    with ThreadPoolExecutor(at_once, "soap") as pool:
        try:
            while True:
                while ended is None and len(flying) < at_once:
                    try:
                        question = next(todo)
                    except StopIteration:
                        break
                    flying[pool.submit(ask, question)] = question
                if not flying:
                    break
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    question, error = flying.pop(future), future.exception()
                    without = 0 if error is None else without + 1
                    if error is None:
                        yield Outcome(question, future.result())
                    elif isinstance(error, TransportError | Declined):
                        if without >= IN_A_ROW:
                            ended = ended or _enough(error)
                        yield Outcome(question, None, error.code if isinstance(error, Declined) else "")
                    else:
                        ended = ended or error
                    if ended is not None:
                        halt.set()
        finally:
            halt.set()
    if ended is not None:
        raise ended


def _enough(error: TransportError | Declined) -> Exception:
    text = f"{error} De laatste {IN_A_ROW} vragen bleven zonder antwoord; er wordt niet verder gevraagd."
    return Declined(error.code, text) if isinstance(error, Declined) else TransportError(text)
