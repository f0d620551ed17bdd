"""The life of a document: which change of state is allowed from where."""

from __future__ import annotations

from decimal import Decimal

from sandbox.invoicexpress import answers, rendering
from sandbox.invoicexpress.codes import EXEMPTION_TEXTS
from sandbox.invoicexpress.desk import Desk, body_root
from sandbox.invoicexpress.records import CREDIT_NOTE, INVOICE_RECEIPT, RECEIPT, SIMPLIFIED, Document
from sandbox.invoicexpress.sequencing import date_problem, give_number
from sandbox.messages import Request, Response


def change(desk: Desk, document: Document, request: Request) -> Response:
    root = body_root(request, document.kind.root, "invoice")
    wanted = root.get("state")
    if document.kind == RECEIPT:
        _cancel_receipt(desk, document, wanted, root.get("message"))
    elif wanted == "finalized":
        _finalize(desk, document)
    elif wanted == "deleted":
        _require(desk, document, "draft")
        document.status = "deleted"
    elif wanted == "canceled":
        _cancel(desk, document, root.get("message"))
    elif wanted == "settled":
        _require(desk, document, "final")
        document.status = "settled"
    elif wanted == "unsettled" and document.kind == CREDIT_NOTE:
        _require(desk, document, "settled")
        document.status = "final"
    else:
        raise desk.refuse(answers.INVALID_STATE)
    desk.account.count(str(wanted))
    document.index.append(rendering.index_entry(desk, document))
    if desk.switches.change_state_body == "empty":
        return answers.done()
    return answers.ok({document.kind.root: rendering.document_json(desk, document)})


def amount_paid(desk: Desk, document: Document) -> Decimal:
    """What the receipts of a document add up to."""
    return sum(
        (
            receipt.amount or Decimal(0)
            for receipt in desk.account.related(document.id)
            if receipt.kind == RECEIPT and receipt.status != "canceled"
        ),
        Decimal(0),
    )


def _require(desk: Desk, document: Document, *statuses: str) -> None:
    if document.status not in statuses:
        raise desk.refuse(answers.INVALID_STATE)


def _finalize(desk: Desk, document: Document) -> None:
    _require(desk, document, "draft")
    complaints = date_problem(document.kind, document.series, document.day)
    if complaints:
        raise desk.refuse(*complaints)
    give_number(document)
    if document.exemption and desk.switches.legal_text_appended:
        document.observations = (document.observations or "") + "\n" + EXEMPTION_TEXTS[document.exemption]
    paid_at_once = document.kind == INVOICE_RECEIPT or (
        document.kind == SIMPLIFIED and desk.switches.simplified_finalizes_to == "settled"
    )
    document.status = "settled" if paid_at_once else "final"


def _cancel(desk: Desk, document: Document, message: object) -> None:
    if document.kind == INVOICE_RECEIPT:
        _require(desk, document, "final", "settled")
    else:
        _require(desk, document, "final")
    notes = [
        note
        for note in desk.account.related(document.id)
        if note.kind == CREDIT_NOTE and note.status not in ("draft", "canceled")
    ]
    if notes and desk.switches.cancel_with_notes == "refuse":
        raise desk.refuse(answers.INVALID_STATE)
    if amount_paid(desk, document) > 0:
        raise desk.refuse(answers.INVALID_STATE)
    _take_message(desk, document, message)
    document.status = "canceled"


def _cancel_receipt(desk: Desk, receipt: Document, wanted: object, message: object) -> None:
    if wanted != "canceled" or receipt.status == "canceled":
        raise desk.refuse(answers.INVALID_STATE)
    _take_message(desk, receipt, message)
    receipt.status = "canceled"
    owner = desk.account.documents[receipt.owner_id or 0]
    if owner.status == "settled":
        owner.status = "final"
        owner.index.append(rendering.index_entry(desk, owner))


def _take_message(desk: Desk, document: Document, message: object) -> None:
    if not isinstance(message, str) or not message.strip():
        raise desk.refuse("Cancel message can't be blank")
    document.cancel_message = message
