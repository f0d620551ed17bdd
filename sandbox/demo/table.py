"""Plain tables and figures for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from sandbox.demo.scenarios import CREDIT_NOTE, Scenario
from sandbox.demo.verdict import Seen, live

HEAD = ("order", "scenario", "paid", "document", "total", "state", "PDF", "mail", "expected")
_SHORT = {"Invoice": "FT", "InvoiceReceipt": "FR", "SimplifiedInvoice": "FS", CREDIT_NOTE: "NC"}
_AMOUNTS = ("paid", "total", "PDF")


def rows(scenario: Scenario, seen: Seen, wrong: Sequence[str]) -> list[tuple[str, ...]]:
    """The order's rows of the closing table: one per live document, the first with the order's own facts."""
    row = seen.row or {}
    outcome = ": ".join(str(row[key]) for key in ("outcome", "hold_reason") if row.get(key)) or "unknown"
    order = (str(scenario.order_id), scenario.title, str(row.get("paid_total") or "-"))
    verdict = "DIFFERS" if wrong else "OK"
    found: list[tuple[str, ...]] = [
        (
            *(order if number == 0 else ("", "", "")),
            f"{_SHORT.get(paper['type'], paper['type'])} {paper['sequence_number']}",
            f"{paper['total']:.2f}",
            outcome if number == 0 else str(paper["status"]),
            _size(seen.pdf_bytes.get(str(paper["id"]), 0)),
            "sent" if any(mail.attachment == f"{paper['reference']}.pdf" for mail in seen.mails) else "-",
            verdict,
        )
        for number, paper in enumerate(live(seen.papers))
    ]
    return found or [(*order, "-", "-", outcome, "-", "-", verdict)]


def render(lines: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> str:
    widths = [max(len(row[column]) for row in [head, *lines]) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if name in _AMOUNTS else cell.ljust(width)
            for cell, width, name in zip(row, widths, head, strict=True)
        ]
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(head), rule, *(line(row) for row in lines)])


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
    return f"{count / 1024:.1f} KB" if count else "-"
