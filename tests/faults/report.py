"""Write `docs/reliability.md` from the books of a full run.

    python -m tests.faults.report LEDGER_FOLDER...

Exit status 1 if a row is missing, a book failed, or a book is not of the full size.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"
# The rows of the fault table that this product's suite answers for, in its words.
ROWS = {
    "F1": "A process dies at any point of a flow, or at any moment",
    "F2": "The provider acts and its answer is lost",
    "F3": "As F2, and the search lags or fails",
    "F4": "The provider answers 5xx, in bursts and for two days",
    "F6": "The key is revoked, the shop's token expires or is rotated",
    "F7": "The provider refuses the document",
    "F8": "The answer is no document: broken, truncated, wrong types, ten megabytes",
    "F9": "The answer trickles, the connection hangs, the name does not resolve",
    "F10": "The broker is down when the webhook arrives",
    "F11": "The broker forgets everything",
    "F12": "The database restarts under load",
    "F13": "The same webhook many times: in turn, at once, days later",
    "F14": "Events in any order",
    "F15": "A captured webhook is played again",
    "F18": "Clocks disagree",
    "F19": "Work that always ends its process",
    "F20": "Eight workers race for one order",
    "F21": "Staff click twice, two of them, and while a worker is at it",
    "F23": "The store revokes its token mid-way",
    "F25": "Restarts under load",
    "F26": "Days of random trouble: lost, doubled and late webhooks, faults, deaths, races",
}
_COLUMNS = ("Row", "Fault", "Trials", "Duplicates", "Lost", "Worst delay / bound", "Result")


def main(folders: list[str]) -> int:
    books = sorted(_books(folders), key=lambda book: (_order(book["row"]), book["test"], book["database"]))
    problems = _problems(books)
    TARGET.write_text(_page(books))
    for problem in problems:
        print(problem, file=sys.stderr)
    total = sum(book["done"] for book in books)
    print(
        f"{total} trials, {sum(b['duplicates'] for b in books)} duplicates, "
        f"{sum(b['lost'] for b in books)} lost: {TARGET.name} written."
    )
    return 1 if problems else 0


def _books(folders: Iterable[str]) -> Iterable[dict[str, Any]]:
    for folder in folders:
        for path in sorted(Path(folder).glob("*.json")):
            yield json.loads(path.read_text())


def _problems(books: list[dict[str, Any]]) -> list[str]:
    missing = [f"{row}: no trials" for row in ROWS if all(book["row"] != row for book in books)]
    failed = [
        f"{book['row']} {book['test']} ({book['database']}): failed" for book in books if not book["passed"]
    ]
    small = [
        f"{book['row']} {book['test']}: the run is of size {book['size']}"
        for book in books
        if book["size"] != "full" and not _is_full_elsewhere(book, books)
    ]
    codes = sorted({book["code"][:12] or "a changed checkout" for book in books})
    mixed = [f"The books are of different code: {', '.join(codes)}"] if len(codes) > 1 else []
    return missing + failed + small + mixed


def _is_full_elsewhere(book: dict[str, Any], books: list[dict[str, Any]]) -> bool:
    """A test inside one process may run short on PostgreSQL: which database it is decides only the races."""
    same = (other for other in books if (other["row"], other["test"]) == (book["row"], book["test"]))
    return book["database"] == "postgresql" and any(other["size"] == "full" for other in same)


def _order(row: str) -> int:
    return int(row.removeprefix("F") or 0) if row[1:].isdigit() else 99


def _page(books: list[dict[str, Any]]) -> str:
    parts = [
        "# Reliability: what was tried, and what came of it",
        "",
        "Written by `make faults`, never by hand. Trials are counted by the tests in `tests/faults`, which "
        "compare every acknowledged webhook with every document at a stand-in of the provider. With no "
        "failure in n trials, the 95 % upper bound of the failure rate is about 3/n. A delay runs from the "
        "end of the fault to the final document.",
        "",
        f"Commit {books[0]['code'][:12] if books and books[0]['code'] else '(changed)'}. "
        f"Python {platform.python_version()}, {platform.system()}; SQLite and the folder broker (sqlite), "
        "PostgreSQL and Redis (postgresql).",
        "",
        _row(_COLUMNS),
        _row(["---"] * len(_COLUMNS)),
        *[_row(_summary(row, [b for b in books if b["row"] == row])) for row in ROWS],
        "",
        "## Each test",
        "",
        _row(("Row", "Test", "Database", "How", "Trials", "Duplicates", "Lost", "Worst delay / bound")),
        _row(["---"] * 8),
        *[_row(_line(book)) for book in books],
        "",
    ]
    notes = [f"- {book['row']} `{book['test']}`: {note}" for book in books for note in book["notes"]]
    if notes:
        parts += ["## Notes of the run", "", *dict.fromkeys(notes), ""]
    return "\n".join(parts)


def _summary(row: str, books: list[dict[str, Any]]) -> list[str]:
    passed = bool(books) and all(book["passed"] for book in books)
    late = [book for book in books if book["worst_delay"] is not None]
    nearest = max(late, key=lambda book: book["worst_delay"] - book["delay_bound"], default=None)
    return [
        row,
        ROWS[row],
        str(sum(book["done"] for book in books)),
        str(sum(book["duplicates"] for book in books)),
        str(sum(book["lost"] for book in books)),
        _delay(nearest),
        "holds" if passed else "FAILED" if books else "not run",
    ]


def _line(book: dict[str, Any]) -> list[str]:
    name = f"`{book['test']}`"
    how, numbers = book["processes"], (book["done"], book["duplicates"], book["lost"])
    return [book["row"], name, book["database"], how, *map(str, numbers), _delay(book)]


def _delay(book: dict[str, Any] | None) -> str:
    if book is None or book["worst_delay"] is None:
        return ""
    return f"{book['worst_delay']:.1f} s / {book['delay_bound']:.0f} s"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
