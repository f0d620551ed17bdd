"""Looks over the provider's shoulder: each number that it gives is compared with the shop at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from sandbox.invoicexpress import drafts, rendering, states
from sandbox.invoicexpress.desk import Desk
from sandbox.invoicexpress.records import CREDIT_NOTE, Document, DocumentType
from tests.flow import Shop

Judge = Callable[[int, Document], str]


def order_of(reference: str | None) -> int:
    """The shop's number of the order, from one of our references; 0 for those of others."""
    parts = (reference or "").split("-")
    return int(parts[-2]) if len(parts) > 2 and parts[-2].isdigit() else 0


def _approves(_order_id: int, _note: Document) -> str:
    return ""


@dataclass
class Watch:
    """`violations` are sentences; an exception inside the vendor would only look like an outage.

    `judge` may say what else is wrong with a finalization of ours, `judge_draft` with a draft of ours, in
    words; empty: nothing.
    """

    shop: Shop
    judge: Judge = _approves
    judge_draft: Judge = _approves
    credit_needs_cancel: bool = True
    violations: list[str] = field(default_factory=list)
    numbered: list[int] = field(default_factory=list)
    is_by_hand: bool = False

    @contextmanager
    def open(self) -> Iterator[None]:
        real, real_store = states._finalize, drafts._store

        def finalize(desk: Desk, document: Document) -> None:
            real(desk, document)
            self.numbered.append(document.id)
            if not self.is_by_hand:
                self.look(desk, document)

        def store(desk: Desk, kind: DocumentType, reading: drafts.Reading) -> Document:
            made = real_store(desk, kind, reading)
            if not self.is_by_hand:
                words = self.judge_draft(order_of(made.reference), made)
                self.violations += [f"{made.reference} drafted: {words}"] if words else []
            return made

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(states, "_finalize", finalize)
            patch.setattr(drafts, "_store", store)
            yield

    def look(self, desk: Desk, document: Document) -> None:
        order_id = order_of(document.reference)
        order: dict[str, Any] = self.shop.shop_side.orders[order_id]
        status = order["status_enum"]
        found = []
        if document.kind != CREDIT_NOTE:
            total, tax_id = rendering.figures_of(desk, document).total, document.client.fields["fiscal_id"]
            if status != "paid":
                found.append(f"the order is {status}")
            if total != Decimal(str(order["total"])):
                found.append(f"{total} instead of {order['total']}")
            if (tax_id or None) != order["billing_address"]["taxid"]:
                found.append(f"for {tax_id} instead of {order['billing_address']['taxid']}")
        elif status == "paid" and self.credit_needs_cancel:
            found.append("a credit note, but the order is paid")
        words = self.judge(order_id, document)
        self.violations += [f"{document.reference} finalized: {what}" for what in [*found, words] if what]
