"""What every page of ours is made with: templates, filters, styles. Self-contained: nothing from outside, no script.

A report has templates of its own that extend ``page.html.j2`` (head, header, contents, footer) and import
``macros.html.j2`` (signs, tables, the box with the conclusion); where they are is all it says.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchanges.core.reports import dutch

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).resolve().parent / "templates"


@cache
def environment(*folders: Path) -> Environment:
    """Templates are looked for in ``folders``, then here. Text is escaped, a name that is not there is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([*folders, _TEMPLATES]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, auto_reload=False,
    )
    filters: dict[str, Callable[..., Any]] = {
        "number": dutch.number, "quantity": dutch.quantity, "day": dutch.day, "period": dutch.period,
        "count": dutch.count, "breakable": _breakable, "opening": opening,
    }
    made.filters |= filters
    return made


def opening(text: str) -> str:
    # Not str.capitalize: that would make "LKS" into "Lks".
    return text[:1].upper() + text[1:]


def _breakable(text: str) -> Any:
    """Markup of ``text`` that may break after a slash or underscore, where a browser would not."""
    from markupsafe import Markup, escape

    return Markup("").join(
        escape(part) + Markup("<wbr>") if part in "/_" else escape(part) for part in re.split(r"([/_])", text) if part
    )


def styles(left: str, right: str, foot: str) -> str:
    """The styles for screen and paper, with these texts at the edges of every page on paper."""
    screen, paper = _sheets()
    for slot, text in (("KOP_LINKS", left), ("KOP_RECHTS", right), ("VOET_LINKS", foot)):
        paper = paper.replace(slot, _css_string(text))
    return screen + paper


def policy_hash(css: str) -> str:
    """``css`` as the content security policy of the page names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


@cache
def _sheets() -> tuple[str, str]:
    return tuple((_TEMPLATES / name).read_text("utf-8") for name in ("report.css", "print.css"))  # type: ignore[return-value]


def _css_string(text: str) -> str:
    # Everything but letters, digits and blanks as a code point: no text can end the string or the style element.
    return re.sub(r"[^A-Za-z0-9 ]", lambda match: f"\\{ord(match[0]):x} ", text)
