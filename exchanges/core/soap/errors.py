"""What can go wrong with a question, in the words of the error tree.

TransportError is technical: asked again, it may go well. The others are not asked again. Messages name what and where,
never what a message says.
"""

from __future__ import annotations

from exchanges.core.errors import BusinessError, InputRefused, TransportError


class Refused(InputRefused):
    """What is at the other end, or what came from there, cannot be trusted or is not as agreed. ``what`` says in one
    word which protection refused; nothing of the answer may be used (WB013)."""

    def __init__(self, what: str, message: str) -> None:
        super().__init__(message)
        self.what = what


class Declined(BusinessError):
    """The partner declines this question with a SOAP fault; ``code`` is the fault code it gave."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unanswered(TransportError):
    """Technical, and it may be better in ``after`` seconds when the partner said so."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after
