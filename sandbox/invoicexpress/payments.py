"""Payments of invoices: each makes a receipt, the last one settles the invoice."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

from sandbox.invoicexpress import answers, rendering
from sandbox.invoicexpress.arithmetic import CENT
from sandbox.invoicexpress.codes import MECHANISMS, parse_date
from sandbox.invoicexpress.desk import Desk, body_root, text_or_none
from sandbox.invoicexpress.numbers import half_up, number_in
from sandbox.invoicexpress.records import CREDIT_NOTE, INVOICE, RECEIPT, SIMPLIFIED, Document, Series
from sandbox.invoicexpress.sequencing import date_problem, give_number
from sandbox.invoicexpress.states import amount_paid
from sandbox.messages import Request, Response


def pay(desk: Desk, document: Document, request: Request) -> Response:
    root = body_root(request, "partial_payment")
    if document.kind not in (INVOICE, SIMPLIFIED) or document.status != "final":
        raise desk.refuse(answers.INVALID_STATE)
    due = rendering.figures_of(desk, document).total - amount_paid(desk, document) - _credited(desk, document)
    amount = number_in(root.get("amount"))
    if amount is None or amount <= 0:
        raise desk.refuse("Amount must be a number greater than 0")
    amount = half_up(amount, CENT)
    if amount > due:
        raise desk.refuse(f"Amount must be less than or equal to {due}")
    if root.get("payment_mechanism") not in MECHANISMS:
        raise desk.refuse("Payment mechanism is not included in the list")
    day = datetime.fromtimestamp(desk.now, UTC).date()
    if root.get("payment_date"):
        given = parse_date(root["payment_date"])
        if given is None:
            raise desk.refuse("Payment date is invalid")
        day = given
    series = _series(desk, document, text_or_none(root.get("serie")))
    complaints = date_problem(RECEIPT, series, day)
    if complaints:
        raise desk.refuse(*complaints)
    receipt_id = desk.new_id(1)
    receipt = Document(
        id=receipt_id,
        kind=RECEIPT,
        created_at=desk.now,
        day=day,
        due=day,
        reference=document.reference,
        observations=text_or_none(root.get("note")),
        retention=None,
        exemption=None,
        series=series,
        client=document.client,
        lines=[],
        token=hashlib.sha1(f"{desk.account.name}/{receipt_id}".encode()).hexdigest(),
        status=desk.switches.receipt_status,
        client_copy=document.client_copy,
        owner_id=document.id,
        amount=amount,
    )
    give_number(receipt)
    desk.account.documents[receipt_id] = receipt
    receipt.index.append(rendering.index_entry(desk, receipt))
    if due - amount == Decimal(0):
        document.status = "settled"
        document.index.append(rendering.index_entry(desk, document))
    desk.account.count("paid")
    return answers.created({"receipt": rendering.document_json(desk, receipt)})


def _credited(desk: Desk, document: Document) -> Decimal:
    """What its final notes have taken off the amount that is due."""
    if desk.switches.notes_lower_due == "no":
        return Decimal(0)
    notes = [row for row in desk.account.related(document.id) if row.kind == CREDIT_NOTE]
    numbered = [note for note in notes if note.status in ("final", "settled")]
    return sum((rendering.figures_of(desk, note).total for note in numbered), Decimal(0))


def _series(desk: Desk, document: Document, serie: str | None) -> Series:
    if not serie:
        return document.series
    for row in desk.account.series.values():
        if str(row.serie) == serie:
            return row
    raise desk.refuse("Sequence is invalid")
