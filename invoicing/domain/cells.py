"""Text from outside as a cell of a spreadsheet, which would run some of it."""

from __future__ import annotations

from invoicing.domain.texts import clean

# How formulas begin, in Excel, LibreOffice and Google Sheets; the wide ones in Asian editions.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_LIMIT = 500


def text_cell(text: str) -> str:
    """One printable line that no spreadsheet takes for a formula: an apostrophe goes before it.

    Tabs and line breaks, after which a formula may begin anew, become spaces.
    """
    line = clean(text, _LIMIT)
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line
