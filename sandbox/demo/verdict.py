"""Did every order end as its scenario says? Pure: what was seen from outside goes in, complaints come out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.demo.mailbox import Mail
from sandbox.demo.scenarios import CREDIT_NOTE, MERCHANT, Expected

Row = Mapping[str, Any]
_FINAL = ("final", "settled")
_ENDED = ("deleted", "canceled")
_KINDS = {
    "Invoice": "invoice",
    "InvoiceReceipt": "invoice_receipt",
    "SimplifiedInvoice": "simplified_invoice",
}
# As the shop numbers them: 0 credit note, 1 invoice.
_ENTRY_TYPES = {CREDIT_NOTE: 0}


@dataclass(frozen=True)
class Seen:
    """All that the outside shows of one order. `row` is the product's own account of it; the others are
    the provider's, the shop's, the mail server's, and the buyer's link by document id (bytes of PDF)."""

    row: Row | None
    papers: Sequence[Row] = ()
    entries: Sequence[Row] = ()
    mails: Sequence[Mail] = ()
    pdf_bytes: Mapping[str, int] = field(default_factory=dict)


def belongs_to(order_id: int, reference: str | None) -> bool:
    """Whether a document's reference (or a file named by it) is of this order."""
    return order_id in (int(number) for number in re.findall(r"\d+", reference or ""))


def live(papers: Iterable[Row]) -> list[Row]:
    return [paper for paper in papers if paper["status"] not in _ENDED]


def complaints(expected: Expected, seen: Seen, *, public_url: str) -> list[str]:
    """Everything that is not as the scenario says; empty when all is well."""
    if seen.row is None:
        return ["the product does not know the order"]
    papers = live(seen.papers)
    return [
        *_row_complaints(expected, seen.row),
        *_paper_complaints(expected, papers),
        *_agreement(expected, seen.row, papers),
        *_entry_complaints(papers, seen.entries, public_url),
        *_mail_complaints(expected, papers, seen.mails),
        *(
            f"no PDF at the link of {paper['reference']}"
            for paper in papers
            if not seen.pdf_bytes.get(str(paper["id"]))
        ),
    ]


def strays(papers: Iterable[Row], mails: Iterable[Mail], order_ids: Iterable[int]) -> list[str]:
    """Documents and mails that belong to no order of the day."""
    known = list(order_ids)
    lost = [
        f"document {paper['id']} ({paper.get('reference')}) belongs to no order"
        for paper in live(papers)
        if not any(belongs_to(order_id, paper.get("reference")) for order_id in known)
    ]
    return lost + [
        f"a mail with {mail.attachment or 'nothing'} belongs to no order"
        for mail in mails
        if not any(belongs_to(order_id, mail.attachment) for order_id in known)
    ]


def unknown_orders(rows: Iterable[int], order_ids: Iterable[int]) -> list[str]:
    """Orders of the export that nobody made."""
    return [f"the product tells of an order {order_id}" for order_id in sorted(set(rows) - set(order_ids))]


def _differ(what: str, wanted: object, found: object) -> list[str]:
    return [] if wanted == found else [f"{what} is {found}, not {wanted}"]


def _row_complaints(expected: Expected, row: Row) -> list[str]:
    state = None if expected.outcome == "held" else "done"
    return [
        *_differ("outcome", expected.outcome, row["outcome"]),
        *_differ("hold reason", expected.hold_reason, row["hold_reason"]),
        *_differ("work", state, row["operation_state"]),
        *_differ("paid", f"{expected.total:.2f}", row["paid_total"]),
        *_differ("credited", f"{expected.credited:.2f}", row["credited_total"]),
    ]


def _paper_complaints(expected: Expected, papers: Sequence[Row]) -> list[str]:
    found = _differ("documents", list(expected.papers), [paper["type"] for paper in papers])
    for paper in papers:
        name = paper["reference"]
        if paper["status"] not in _FINAL:
            found.append(f"{name} is {paper['status']}")
        found += _differ(f"total of {name}", expected.total, _amount(paper["total"]))
        found += _differ(f"NIF on {name}", expected.fiscal_id, _nif(paper))
    return found


def _amount(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _nif(paper: Row) -> str:
    number = str(paper["client"].get("fiscal_id") or "")
    return "" if number == "999999990" else number


def _agreement(expected: Expected, row: Row, papers: Sequence[Row]) -> list[str]:
    """What the product says of its document against the document itself."""
    invoices = [paper for paper in papers if paper["type"] != CREDIT_NOTE]
    if len(invoices) != 1:
        told = row["number"] or row["provider_id"]
        return [f"the product shows {told}, the provider has none"] if told and not invoices else []
    (invoice,) = invoices
    return [
        *_differ("the product's kind", _KINDS.get(invoice["type"]), row["kind"]),
        *_differ("the product's id", str(invoice["id"]), row["provider_id"]),
        *_differ("the product's reference", invoice["reference"], row["reference"]),
        *_differ("the product's number", _number(invoice), row["number"]),
        *_differ("the product's status", invoice["status"], row["status"]),
        *_differ("the product's total", f"{expected.total:.2f}", row["gross_total"]),
    ]


def _number(paper: Row) -> str | None:
    number = paper.get("sequence_number")
    return None if number is None else str(number)


def _entry_complaints(papers: Sequence[Row], entries: Sequence[Row], public_url: str) -> list[str]:
    found = []
    for paper in papers:
        mine = [entry for entry in entries if str(entry.get("external_id")) == str(paper["id"])]
        if len(mine) != 1:
            found.append(f"{paper['reference']} hangs on the order {len(mine)} times")
            continue
        (entry,) = mine
        kind = str(entry.get("document_type")).strip()[:1]
        found += _differ("type of the entry", str(_ENTRY_TYPES.get(paper["type"], 1)), kind)
        if not str(entry.get("url")).startswith(f"{public_url}/d/"):
            found.append(f"the entry of {paper['reference']} does not lead to our own link")
    known = {str(paper["id"]) for paper in papers}
    others = [entry for entry in entries if str(entry.get("external_id")) not in known]
    return found + [f"an entry {entry.get('public_id')} leads to no live document" for entry in others]


def _mail_complaints(expected: Expected, papers: Sequence[Row], mails: Sequence[Mail]) -> list[str]:
    if not expected.mail_to:
        return [f"a mail went to {', '.join(mail.recipients)}" for mail in mails]
    found = []
    for paper in papers:
        mine = [mail for mail in mails if mail.attachment == f"{paper['reference']}.pdf"]
        if len(mine) != 1:
            found.append(f"{paper['reference']} was mailed {len(mine)} times")
            continue
        (mail,) = mine
        found += _differ("envelope", sorted([expected.mail_to, MERCHANT]), sorted(mail.recipients))
        if expected.mail_to not in mail.to or MERCHANT in mail.to or mail.shown_bcc:
            found.append(f"the mail of {paper['reference']} is not addressed to the buyer alone")
        if not mail.attachment_bytes:
            found.append(f"the mail of {paper['reference']} carries an empty file")
    return found
