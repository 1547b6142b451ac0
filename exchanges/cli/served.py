"""A municipality that is not in the settings is no answer of "nothing": most often its code was mistyped."""

from __future__ import annotations


def must_be_served(gemeente: str) -> None:
    """For who found nothing. Of a municipality that has left there may be something yet. Raises UsageError."""
    from exchanges.core.errors import UsageError
    from exchanges.core.settings import Settings

    if gemeente not in Settings().municipalities().gemeente:
        raise UsageError(f"Gemeente {gemeente} staat niet in de instellingen.")
