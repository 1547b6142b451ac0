"""What the commands have in common on screen: progress, JSON lines, and which one to use."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

JSON = typer.Option(False, "--json", help="Uitvoer als JSON, een object per regel.")


def emit(value: Any) -> None:
    """One JSON object on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


@contextmanager
def progress(title: str, total: int | None, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, only where somebody watches. The function given sets how far it is."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def busy(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A spinner with a changing text on standard error; plain lines where nobody watches."""
    if quiet:
        yield lambda text: None
        return
    if not sys.stderr.isatty():
        yield lambda text: typer.echo(text, err=True)
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update
