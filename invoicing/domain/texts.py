"""Text as it may be printed on a fiscal document: one line, printable, bounded."""

from __future__ import annotations

import re
import unicodedata

# Control, format (zero-width, direction overrides), surrogate and unassigned characters: a PDF, a JSON
# body or a database column breaks on them, and some change what a reader sees.
_REMOVED = frozenset({"Cc", "Cf", "Cs", "Cn"})
_ELLIPSIS = "…"


def clean(text: str, limit: int) -> str:
    """One line of printable text of at most `limit` characters; empty if nothing is left."""
    spaced = "".join(" " if char.isspace() else char for char in text[: limit * 8])
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _REMOVED)
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + _ELLIPSIS


def folded(text: str) -> str:
    """Spacing and letter case taken away, for comparing."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def bare_words(text: str) -> list[str]:
    """The words of a text for looking them up: without case, accents and marks."""
    letters = unicodedata.normalize("NFKD", folded(text))
    return re.findall(r"[a-z0-9]+", "".join(char for char in letters if not unicodedata.combining(char)))
