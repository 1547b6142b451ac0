"""How our workbooks look: one hand for lists and reports."""

from __future__ import annotations

from typing import Any

# 413 is Dutch: names of months in every spreadsheet, and point and comma where one heeds it for numbers (in Excel those
# are of the computer it runs on).
_DUTCH = "[$-413]"
FONT: dict[str, Any] = {"font_name": "Arial", "font_size": 10}
HEADING: dict[str, Any] = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E6ECF2"}
# The quote keeps a text a text when somebody edits its cell.
TEXT: dict[str, Any] = {"num_format": "@", "quote_prefix": True}
DAY: dict[str, Any] = {"num_format": f"{_DUTCH}d mmmm yyyy", "align": "left"}
AMOUNT: dict[str, Any] = {"num_format": f"{_DUTCH}#,##0.00", "align": "right"}
DUTCH_NUMBER: dict[str, Any] = {"num_format": f"{_DUTCH}#,##0", "align": "right"}
PERCENTAGE: dict[str, Any] = {"num_format": f"{_DUTCH}0.00%", "align": "right"}
COUNT: dict[str, Any] = {**DUTCH_NUMBER, "align": "left"}
