"""What the state machine holds true: of each number and draft as it is made, and of everything at the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from invoicing.models import Document, InvoicingProfile, Ruling
from sandbox.invoicexpress.records import CREDIT_NOTE
from sandbox.invoicexpress.records import Document as Paper
from tests.faults.machine_world import ByHand, OwnShop, ShopOrder, credited_of, total_of
from tests.faults.watch import order_of


def is_refund(row: Document) -> bool:
    """Whether a person's refund, still in force, asked for this very note, and so for its number."""
    return row.refund is not None and row.refund.revoked_at is None


class Verdict:
    """Sentences on what is wrong; empty: nothing."""

    def __init__(self, shop: OwnShop, orders: list[ShopOrder], by_hand: ByHand) -> None:
        self.shop, self.by_hand = shop, by_hand
        self.orders = {order.order_id: order for order in orders}

    def in_force(self, kind: str, order_id: int, document: Document | None = None) -> bool:
        rows = Ruling.objects.filter(
            order__store=self.shop.store, order__shop_order_id=str(order_id), kind=kind, revoked_at=None
        )
        return rows.filter(document=document).exists() if document else rows.exists()

    def row_of(self, paper: Paper) -> Document:
        return Document.objects.get(order__store=self.shop.store, reference=paper.reference)

    # --- at the moment

    def of_number(self, order_id: int, paper: Paper) -> str:
        """What people have said about a document that has just got its number from us."""
        row, found = self.row_of(paper), []
        if self.in_force("delete_draft", order_id, row):
            found.append("staff deleted it")
        found += self.called_for_too_soon(row)
        if paper.kind != CREDIT_NOTE:
            if self.in_force("do_not_invoice", order_id):
                found.append("staff said: do not invoice")
            return ", ".join(found)
        assert row.original is not None
        original = self.shop.account.documents[int(row.original.provider_id)]
        if credited_of(self.shop, original) > total_of(self.shop, original):
            found.append("more is credited than was invoiced")
        approved = self.in_force("approve_credit", order_id, row.original) or is_refund(row)
        if self.orders[order_id].status == "paid" and not approved:
            found.append("the order is paid, and nobody approved a credit")
        if row.refund is not None and row.refund.revoked_at is not None:
            found.append("its refund was taken back")
        return ", ".join(found)

    def called_for_too_soon(self, row: Document) -> list[str]:
        """The last word on this very content, else the settings of now."""
        invoicing = InvoicingProfile.objects.select_related("current").get(store=self.shop.store)
        assert invoicing.current is not None
        profile = invoicing.current.value()
        stands_since = row.revised_at or row.created_at
        words = Ruling.objects.filter(document=row, revoked_at=None)
        kept = words.filter(kind="keep_draft").order_by("id").last()
        asked = words.filter(kind="finalize", created_at__gt=stands_since).order_by("id").last()
        if kept is not None and (asked is None or asked.created_at < kept.created_at):
            return ["staff keep it as a draft"]
        if asked is not None or is_refund(row):
            return []
        if not profile.finalize:
            return ["nobody asked for it"]
        due = stands_since + timedelta(minutes=profile.issue_delay_minutes)
        return ["its time of review is not over"] if self.shop.clock() < due else []

    def of_draft(self, order_id: int, paper: Paper) -> str:
        """Whether a person had ended what stood before a draft that we have just made."""
        if paper.kind == CREDIT_NOTE:
            return ""
        row = self.row_of(paper)
        earlier = Document.objects.filter(order=row.order, role="invoice", generation__lt=row.generation)
        last = earlier.order_by("-generation").first()
        if last is None or self.insisted_after(last):
            return ""
        order = self.orders[order_id]
        if Ruling.objects.filter(kind="delete_draft", document=last, revoked_at=None).exists():
            return f"{last.reference} was deleted by staff"
        if Ruling.objects.filter(kind="cancel", document=last, revoked_at=None).exists():
            return f"{last.reference} was cancelled by staff"
        was_edited = order.edited_at is not None and order.edited_at > last.created_at
        if last.provider_id in self.by_hand.touched and not was_edited:
            return f"{last.reference} was ended at the provider"
        was_unpaid = order.unpaid_at is not None and order.unpaid_at > last.created_at
        if last.reversed_at is not None and not was_unpaid:
            return f"{last.reference} was credited, and the order stayed paid"
        return ""

    def insisted_after(self, document: Document) -> bool:
        """Staff said "issue anyway", or took "do not invoice" back, which comes to the same."""
        rows = Ruling.objects.filter(order=document.order_id)
        insisted = rows.filter(kind="issue_anyway", created_at__gt=document.created_at)
        return (
            insisted.exists()
            or rows.filter(kind="do_not_invoice", revoked_at__gt=document.created_at).exists()
        )

    # --- at the end

    def at_the_end(self) -> None:
        for order in self.orders.values():
            row = self.shop.row(order.order_id)
            where = f"{order}: {row}"
            self.rows_are_true(order, where)
            assert row["operation_state"] in ("done", "held", None), where
            if row["outcome"] == "held":
                assert row["hold_reason"], where
                continue
            if any(key in self.by_hand.touched for key in self.papers(order)):
                continue  # what people did there is theirs; that our rows do not deny it was looked at
            self.outcome_is_right(order, row, where)

    def papers(self, order: ShopOrder) -> dict[str, Paper]:
        found = self.shop.account.documents.values()
        return {str(d.id): d for d in found if order_of(d.reference) == order.order_id}

    def rows_are_true(self, order: ShopOrder, where: str) -> None:
        """Our word on each document is the provider's, but for what a person moved there unseen, or what
        is held: that is a question still."""
        ours = {d.provider_id: d for d in self.shop.documents(order.order_id) if d.provider_id}
        held = {
            d.reference
            for d in self.shop.documents(order.order_id)
            if d.operations.filter(state="held", is_fiscal=True).exists()
        }
        for key, paper in self.papers(order).items():
            if paper.status == "deleted" or paper.reference in held:
                continue
            assert key in ours, f"{where}: {paper.reference} is an orphan"
        for key, document in ours.items():
            paper = self.shop.account.documents[int(key)]
            if document.reference in held or not self.seen_since_touched(document):
                continue
            assert document.status == paper.status, f"{where}: {document.reference} is {paper.status}"

    def seen_since_touched(self, document: Document) -> bool:
        touched_at = self.by_hand.touched.get(document.provider_id)
        if touched_at is None:
            return True
        return document.operations.filter(state="done", is_fiscal=True, finished_at__gt=touched_at).exists()

    def outcome_is_right(self, order: ShopOrder, row: dict[str, Any], where: str) -> None:
        papers = self.papers(order).values()
        live = [
            d
            for d in papers
            if d.kind != CREDIT_NOTE
            and d.status in ("draft", "final", "settled")
            and credited_of(self.shop, d) < total_of(self.shop, d)
        ]
        notes = [d for d in papers if d.kind == CREDIT_NOTE and d.status == "draft"]
        outcome = row["outcome"]
        if order.status == "paid":
            expected = {"issued": 1, "pending": 1, "excluded": 0, "credited": 0}
            assert outcome in expected, where
            assert len(live) == expected[outcome], where
            if outcome == "pending":
                assert notes, f"{where}: nothing is on its way"
            if outcome == "excluded":
                assert self.in_force("do_not_invoice", order.order_id), where
            return
        numbered = [d for d in live if d.status != "draft"]
        assert len(numbered) == len(live), f"{where}: a draft is left"
        if numbered:
            settled = outcome == "issued" and self.in_force("settled_otherwise", order.order_id)
            assert settled or (outcome == "pending" and notes), where
        else:
            assert outcome in ("not_due", "deleted", "credited", "excluded"), where
