"""The error tree; the class decides the exit code and whether a retry makes sense.

    KetensluisError
    ├── UsageError        exit 2   the caller or the settings are wrong; retrying cannot help
    │   ├── TooEarly               a step that builds on one that was not done; the delivery stays what it is
    │   ├── CatalogueError         schema catalogue: gap, overlap, unknown message or period
    │   └── MappingError           a mapping row that does not compile or does not fit the schema
    ├── BusinessError     exit 1   the content is wrong; never retried
    │   ├── SourceError            the administration cannot be read as declared
    │   ├── InputRefused           a file from outside is refused and quarantined
    │   ├── BalanceError           a step's balance does not close, or a total differs
    │   ├── AnswerDeclined         an approval or refusal that does not count; the question stays
    │   └── Blocked                findings of severity blocker stop the delivery
    │       ├── AwaitingApproval   somebody else must agree first
    │       └── NothingToSend  0   it ends here, and nothing is wrong
    └── TechnicalError    exit 3   partner or transport; may be retried
        ├── TransportError         connection, authentication, upload
        └── PartnerSilent          no answer within the time agreed

Messages are one line, name what, where and what to do, and hold no personal data.
"""

from __future__ import annotations

from pathlib import Path


class KetensluisError(Exception):
    """Root of the tree. ``exit_code`` is what the command line returns."""

    exit_code = 1
    retryable = False


class UsageError(KetensluisError):
    exit_code = 2


class TooEarly(UsageError):
    pass


class CatalogueError(UsageError):
    pass


class MappingError(UsageError):
    pass


class BusinessError(KetensluisError):
    exit_code = 1


class SourceError(BusinessError):
    """``original`` is the file that could not be read as declared, when there is one: it goes into quarantine."""

    def __init__(self, message: str, original: Path | None = None) -> None:
        super().__init__(message)
        self.original = original


class InputRefused(BusinessError):
    pass


class BalanceError(BusinessError):
    pass


class Blocked(BusinessError):
    pass


class AwaitingApproval(Blocked):
    """Not wrong, and not to be sent before a second person agrees."""


class AnswerDeclined(BusinessError):
    """Who answered may not, or gave no reason, or saw something else."""


class NothingToSend(Blocked):
    """A declaration says when this is no fault (``Flow.nothing``)."""

    exit_code = 0


class TechnicalError(KetensluisError):
    exit_code = 3
    retryable = True


class TransportError(TechnicalError):
    pass


class PartnerSilent(TechnicalError):
    pass
