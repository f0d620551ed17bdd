"""One order through many hands: each step is a verb of staff, and what it must have come to afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from invoicing.models import Document, Ruling
from invoicing.services import rulings
from invoicing.services.rulings import Answer
from tests.flow import Shop, drain


@dataclass(frozen=True)
class Step:
    """`row` finds what is acted on, `papers` says what the provider must hold once the work is done."""

    name: str
    row: Callable[[Shop, int], Any]
    act: Callable[[Any, User], Answer]
    page: str  # of the admin: app, model and act
    outcome: str
    papers: tuple[str, ...]
    before: Callable[[Shop, int], None] = lambda shop, order_id: None


def order_row(shop: Shop, order_id: int) -> Model:
    return shop.order(order_id)


def last_document(shop: Shop, order_id: int) -> Document:
    return shop.documents(order_id)[-1]


def first_invoice(shop: Shop, order_id: int) -> Document:
    return shop.documents(order_id)[0]


def last_ruling(shop: Shop, order_id: int) -> Ruling:
    found = Ruling.objects.filter(order=shop.order(order_id)).order_by("id").last()
    assert found is not None
    return found


def cancel(shop: Shop, order_id: int) -> None:
    shop.put(order_id, status="canceled")
    shop.ring(order_id, "order_canceled")
    drain(shop.clock)


def papers(shop: Shop, order_id: int) -> tuple[str, ...]:
    """What the provider holds of the order, drafts and numbered ones, oldest first."""
    reference = f"{shop.store.reference_prefix}-{order_id}-"
    found = [d for d in shop.stored() if (d.reference or "").startswith(reference)]
    return tuple(f"{str(d.reference).removeprefix(reference)} {d.status}" for d in found)


# A store that makes drafts only and asks before it credits, so that every step is a person's.
STORY: tuple[Step, ...] = (
    Step(
        "finalize",
        last_document,
        lambda row, user: rulings.request_finalize(row, user=user),
        "invoicing/document/finalize",
        "issued",
        ("FT1 settled",),
    ),
    Step(
        "approve the credit",
        first_invoice,
        lambda row, user: rulings.approve_credit(row, user=user),
        "invoicing/document/approve-credit",
        "pending",
        ("FT1 settled", "NC1 draft"),
    ),
    Step(
        "finalize the note",
        last_document,
        lambda row, user: rulings.request_finalize(row, user=user),
        "invoicing/document/finalize",
        "credited",
        ("FT1 settled", "NC1 final"),
    ),
    Step(
        "issue anyway",
        order_row,
        lambda row, user: rulings.issue_anyway(row, user=user),
        "stores/order/issue-anyway",
        "issued",
        ("FT1 settled", "NC1 final", "FT2 draft"),
    ),
    Step(
        "delete the draft",
        last_document,
        lambda row, user: rulings.delete_draft(row, user=user),
        "invoicing/document/delete-draft",
        "held",
        ("FT1 settled", "NC1 final"),
    ),
    Step(
        "issue anyway again",
        order_row,
        lambda row, user: rulings.issue_anyway(row, user=user),
        "stores/order/issue-anyway",
        "issued",
        ("FT1 settled", "NC1 final", "FT3 draft"),
    ),
    Step(
        "do not invoice",
        order_row,
        lambda row, user: rulings.do_not_invoice(row, user=user),
        "stores/order/do-not-invoice",
        "excluded",
        ("FT1 settled", "NC1 final"),
    ),
    Step(
        "take it back",
        last_ruling,
        lambda row, user: rulings.revoke(row, user=user),
        "invoicing/ruling/revoke",
        "issued",
        ("FT1 settled", "NC1 final", "FT4 draft"),
    ),
    Step(
        "finalize at last",
        last_document,
        lambda row, user: rulings.request_finalize(row, user=user),
        "invoicing/document/finalize",
        "issued",
        ("FT1 settled", "NC1 final", "FT4 settled"),
    ),
    Step(
        "settle otherwise",
        last_document,
        lambda row, user: rulings.settle_otherwise(row, user=user),
        "invoicing/document/settle-otherwise",
        "issued",
        ("FT1 settled", "NC1 final", "FT4 settled"),
        before=cancel,
    ),
)
