"""The second person of the demo: agrees, as with ``sluis approve``, to what waits; the run that asked hears it.

What that answer is worth is for the core to say. Nobody who reads this would agree unseen: for the demo the reason says
so. Not at the page of Airflow: ``dag.test`` has no triggerer, and looks at the books only.
"""

from __future__ import annotations

import signal
import threading
from types import TracebackType
from typing import Self

from exchanges.core.errors import TechnicalError

WHO = "b.bakker"
REASON = "Demo: aantallen, totalen en verschil bekeken."
_PAUSE = 0.1  # seconds between looks


class Colleague:
    """Agrees to everything that waits while the block runs, in the main thread. What goes wrong with that ends the
    block and is raised: there, a run would wait for somebody who is gone."""

    def __enter__(self) -> Self:
        self._done, self._trouble = threading.Event(), []  # type: tuple[threading.Event, list[Exception]]
        self._thread = threading.Thread(target=self._work, name=WHO, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
                 ) -> None:  # fmt: skip
        self._done.set()
        self._thread.join()
        if self._trouble and (error is None or kind is KeyboardInterrupt):
            raise self._trouble[0] from None

    def _work(self) -> None:
        from exchanges.core.approve import desk

        while not self._done.wait(_PAUSE):
            try:
                for asked in desk.waiting():
                    desk.give(asked.delivery.id, actor=WHO, reason=REASON, **asked.shown.as_dict())
            except TechnicalError:  # books that somebody else writes now: the next look may do
                continue
            except Exception as error:
                self._trouble.append(error)
                main = threading.main_thread().ident
                if main is not None and not self._done.is_set():
                    signal.pthread_kill(main, signal.SIGINT)
                return
