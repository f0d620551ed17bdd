"""Plain tables and figures for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from sandbox.demo.scenarios import CREDIT_NOTE, Scenario
from sandbox.demo.verdict import Seen, live

HEAD = ("order", "scenario", "paid", "document", "total", "state", "PDF", "mail", "expected")
_SHORT = {"Invoice": "FT", "InvoiceReceipt": "FR", "SimplifiedInvoice": "FS", CREDIT_NOTE: "NC"}
_AMOUNTS = ("paid", "total", "PDF")


def cells(scenario: Scenario, seen: Seen, wrong: Sequence[str]) -> tuple[str, ...]:
    """One row of the closing table; several documents of an order are joined by " + "."""
    row = seen.row or {}
    papers = live(seen.papers)
    state = " ".join(str(row[key]) for key in ("outcome", "hold_reason") if row.get(key))
    return (
        str(scenario.order_id),
        scenario.title,
        str(row.get("paid_total") or "-"),
        " + ".join(
            f"{_SHORT.get(paper['type'], paper['type'])} {paper['sequence_number']}" for paper in papers
        )
        or "-",
        " + ".join(f"{paper['total']:.2f}" for paper in papers) or "-",
        state or "unknown",
        " + ".join(_size(seen.pdf_bytes.get(str(paper["id"]), 0)) for paper in papers) or "-",
        ", ".join(dict.fromkeys(mail.to for mail in seen.mails)) or "-",
        "DIFFERS" if wrong else "OK",
    )


def render(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> str:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if name in _AMOUNTS else cell.ljust(width)
            for cell, width, name in zip(row, widths, head, strict=True)
        ]
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(head), rule, *(line(row) for row in rows)])


def report(wrong: Mapping[str, Sequence[str]]) -> str:
    """Every complaint on a line of its own."""
    return "\n".join(f"{name}: {text}" for name, texts in wrong.items() for text in texts)


def timings(webhook_seconds: Sequence[float], final_seconds: Sequence[float]) -> str:
    parts = []
    if webhook_seconds:
        parts.append(f"webhook answered in {median(webhook_seconds) * 1000:.0f} ms")
    if final_seconds:
        parts.append(f"document final {median(final_seconds):.1f} s after the webhook")
    return f"Median: {', '.join(parts) or 'nothing was measured'}."


def _size(count: int) -> str:
    return f"{count / 1024:.1f} KB" if count else "none"
