"""Refunds that a person registers: notes over a part, exact, once, and never more than the document."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from invoicing.domain.credit import build_partial_note
from invoicing.domain.credit_reasons import CreditReason
from invoicing.domain.partial_credit import credit_amount
from invoicing.domain.plan import DocumentKind
from invoicing.domain.reasons import HoldReason
from invoicing.domain.refund import RefundRequest
from invoicing.models import Document, DocumentOperation, Ruling
from invoicing.providers.registry import provider_for
from invoicing.services.rulings import (
    Answer,
    AnswerKind,
    Because,
    approve_credit,
    cancel_document,
    delete_draft,
    keep_draft,
    register_refund,
    request_finalize,
    revoke,
    settle_otherwise,
)
from invoicing.services.run import run_operation
from sandbox.invoicexpress import rendering
from sandbox.invoicexpress.records import CREDIT_NOTE
from sandbox.orders import Line, Shipping
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain, run_once
from tests.flows.test_rulings import assert_refused, facts

D = Decimal
CREATE = {"vendor": "invoicexpress", "method": "POST", "path_regex": "credit_notes"}
CHANGE = {"vendor": "invoicexpress", "method": "PUT", "path_regex": "credit_notes/.*change-state"}
# With the shipping of 4,92: 49,79 with VAT.
SHIRTS, BOOK = "CAM-01", "LIV-01"
SHIPPING = "PORTES"
BASKET = [
    Line(name="Camisola", sku=SHIRTS, price="9.99", qty=3),
    Line(name="Livro", sku=BOOK, price="14.90", rate="6", product_id=2),
]


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A store in which a person gives every number, and that credits what is cancelled by itself."""
    return connect_shop(sandbox, clock, finalize=False, on_cancel="credit_note")


@pytest.fixture
def automatic(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    return connect_shop(sandbox, clock, on_cancel="credit_note")


def sell(shop: Shop, order_id: int = 1001) -> Document:
    shop.pay(order_id, lines=BASKET, shipping=Shipping())
    (invoice,) = shop.documents(order_id)
    assert invoice.gross_total == D("49.79")
    return invoice


def give_back(
    invoice: Document,
    user: User,
    *,
    amount: str | None = None,
    token: str = "form-1",
    confirmed: str | None = None,
    goods_back: bool = True,
    reason: CreditReason = CreditReason.PARTIAL_RETURN,
    **units: int,
) -> Answer:
    """Units are named by the article's key, with "_" for "-"."""
    keys = [line.sku for line in invoice.planned().lines]
    chosen = {key.replace("_", "-"): quantity for key, quantity in units.items()}
    request = RefundRequest(
        reason=reason,
        goods_back=goods_back,
        units=tuple((keys.index(key), D(quantity)) for key, quantity in chosen.items()),
        amount=None if amount is None else D(amount),
    )
    return register_refund(
        invoice,
        user=user,
        request=request,
        token=token,
        confirmed=None if confirmed is None else D(confirmed),
    )


def notes(shop: Shop) -> list[tuple[str, str]]:
    """The notes at the provider: how they stand, and what they come to."""
    desk = shop.sandbox.state.invoicexpress.desk(shop.account)
    found = [paper for paper in shop.stored() if paper.kind == CREDIT_NOTE]
    return [(paper.status, f"{rendering.figures_of(desk, paper).total:.2f}") for paper in found]


def cancel(shop: Shop, order_id: int = 1001) -> None:
    shop.put(order_id, lines=BASKET, shipping=Shipping(), status="canceled")
    shop.ring(order_id, "order_canceled")
    drain(shop.clock)


def credit_by_hand(invoice: Document, amount: str) -> None:
    """Somebody makes a note inside the invoicing account, and gives it its number there."""
    whole = invoice.planned()
    note = build_partial_note(
        whole,
        lines=credit_amount(whole.lines, D(amount)),
        reference="FEITA-A-MAO",
        issued_on=invoice.issued_on,
        original_provider_id=invoice.provider_id,
        original_number=invoice.number,
        reason="Feita à mão",
    )
    provider = provider_for(invoice.account)
    made = provider.create(DocumentKind.CREDIT_NOTE, provider.render_create(note, series_id=""))
    assert made is not None
    provider.finalize(DocumentKind.CREDIT_NOTE, made.provider_id)


# --- what it makes


def test_units_are_given_back_by_a_final_note_of_their_own(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    answer = give_back(invoice, ana, CAM_01=2, confirmed="19.98")
    assert shop.row(1001)["outcome"] == "pending"
    drain(shop.clock)

    assert answer.is_done
    assert notes(shop) == [("final", "19.98")]
    invoice, note = shop.documents(1001)
    assert (note.refund, note.original, note.reason) == (answer.ruling, invoice, "Devolução parcial")
    assert (note.status, note.gross_total, note.net_total, note.tax_total) == (
        "final",
        D("19.98"),
        D("16.24"),
        D("3.74"),
    )
    assert [(line.sku, line.quantity) for line in note.planned().lines] == [(SHIRTS, 2)]
    assert note.planned().observations == f"Retifica o documento {invoice.number}. Motivo: Devolução parcial."
    assert ("goods", "the goods come back") in [(why.subject, why.choice) for why in note.planned().why]
    row = shop.row(1001)
    assert (row["outcome"], row["credited_total"], row["operation_state"]) == ("issued", "19.98", "done")
    assert invoice.reversed_at is None


def test_the_note_is_mailed_and_hung_on_the_order(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    mail.outbox.clear()

    give_back(invoice, ana, LIV_01=1)
    drain(shop.clock)

    (message,) = mail.outbox
    assert message.to == ["beatriz@example.com"]
    assert [entry["document_type"] for entry in shop.shop_side.documents] == [1, 0]


def test_the_persons_word_numbers_the_note_where_people_number_documents(careful: Shop, ana: User) -> None:
    invoice = sell(careful)
    request_finalize(invoice, user=ana)
    drain(careful.clock)
    invoice.refresh_from_db()

    give_back(invoice, ana, amount="5.00")
    drain(careful.clock)

    assert notes(careful) == [("final", "5.00")]
    assert careful.row(1001)["outcome"] == "issued"


def test_no_time_of_review_holds_a_note_back(sandbox: SandboxServer, clock: FakeClock, ana: User) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    invoice = sell(shop)

    give_back(invoice, ana, amount="5.00")
    drain(clock, hours=0.1)

    assert notes(shop) == [("final", "5.00")]


def test_an_amount_is_a_line_for_each_rate(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    give_back(invoice, ana, amount="10.00", goods_back=False, reason=CreditReason.PRICE_ERROR)
    drain(shop.clock)

    note = shop.documents(1001)[1]
    assert [line.tax.rate for line in note.planned().lines] == [23, 6]
    assert note.gross_total == D("10.00")
    assert notes(shop) == [("final", "10.00")]
    assert note.planned().observations.endswith("Motivo: Erro no preço.")


def test_shipping_alone_is_given_back(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    give_back(invoice, ana, PORTES=1)
    drain(shop.clock)

    assert notes(shop) == [("final", "4.92")]


def test_everything_with_its_shipping_is_the_whole(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    give_back(invoice, ana, CAM_01=3, LIV_01=1, PORTES=1, reason=CreditReason.WITHDRAWAL)
    drain(shop.clock)

    assert notes(shop) == [("final", "49.79")]
    invoice, note = shop.documents(1001)
    assert note.planned().lines == invoice.planned().lines
    assert invoice.reversed_at is not None
    row = shop.row(1001)
    assert (row["outcome"], row["credited_total"]) == ("credited", "49.79")

    shop.ring(1001, "order_updated")
    drain(shop.clock)
    assert len(shop.documents(1001)) == 2  # not invoiced again by itself


def test_refunds_in_turn_come_to_the_whole(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    for number, units in enumerate(({"CAM_01": 1}, {"CAM_01": 1, "PORTES": 1}, {"LIV_01": 1}, {"CAM_01": 1})):
        assert give_back(invoice, ana, token=f"form-{number}", **units).is_done
        drain(shop.clock)

    assert notes(shop) == [("final", "9.99"), ("final", "14.91"), ("final", "14.90"), ("final", "9.99")]
    assert shop.row(1001)["outcome"] == "credited"
    assert [document.reference[-3:] for document in shop.documents(1001)] == [
        "FT1",
        "NC1",
        "NC2",
        "NC3",
        "NC4",
    ]


def test_what_is_left_after_an_amount_is_given_back_exactly(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="7.77", token="first")
    drain(shop.clock)

    give_back(invoice, ana, CAM_01=3, LIV_01=1, PORTES=1, token="rest", confirmed="42.02")
    drain(shop.clock)

    assert notes(shop) == [("final", "7.77"), ("final", "42.02")]
    assert shop.row(1001)["outcome"] == "credited"


def test_an_order_that_rings_again_makes_nothing_more(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="5.00")
    drain(shop.clock)

    for event in ("order_updated", "order_paid"):
        shop.ring(1001, event)
        drain(shop.clock)

    assert notes(shop) == [("final", "5.00")]
    assert shop.row(1001)["outcome"] == "issued"


def test_an_order_that_waits_for_a_person_can_be_refunded(shop: Shop, ana: User) -> None:
    """The shop took an article off the order after its document was final."""
    invoice = sell(shop)
    shop.put(1001, lines=BASKET[:1], shipping=Shipping())
    shop.ring(1001, "order_updated")
    drain(shop.clock)
    assert shop.row(1001)["hold_reason"] == "changed_after_final"

    assert give_back(invoice, ana, LIV_01=1).is_done
    drain(shop.clock)

    assert notes(shop) == [("final", "14.90")]


# --- twice, and at once


def test_the_same_form_twice_makes_one_note(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    answers = [give_back(invoice, ana, CAM_01=1), give_back(invoice, ana, CAM_01=1)]
    drain(shop.clock)
    answers.append(give_back(invoice, ana, LIV_01=1))  # "back", something else chosen, sent again

    assert [answer.kind for answer in answers] == [
        AnswerKind.DONE,
        AnswerKind.ALREADY,
        AnswerKind.ALREADY,
    ]
    drain(shop.clock)
    assert notes(shop) == [("final", "9.99")]
    assert Ruling.objects.filter(kind="refund").count() == 1


def test_its_work_done_twice_makes_one_note(shop: Shop, ana: User) -> None:
    give_back(sell(shop), ana, CAM_01=1)
    drain(shop.clock)

    for operation in DocumentOperation.objects.filter(document__role="credit_note"):
        run_operation(operation.pk)

    assert notes(shop) == [("final", "9.99")]


def test_two_refunds_at_once_are_two_notes(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    answers = [give_back(invoice, ana, CAM_01=1, token=token) for token in ("one", "two")]
    drain(shop.clock)

    assert all(answer.is_done for answer in answers)
    assert notes(shop) == [("final", "9.99"), ("final", "9.99")]


@pytest.mark.parametrize("is_held", [False, True])
def test_what_is_under_way_counts_as_given_back(shop: Shop, ana: User, is_held: bool) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="30.00", token="first")
    if is_held:
        DocumentOperation.objects.filter(document__role="credit_note").update(
            state="held", hold_reason=HoldReason.REJECTED
        )
    before = facts()

    assert_refused(give_back(invoice, ana, amount="19.80", token="second"), Because.MORE_THAN_LEFT, before)
    assert_refused(give_back(invoice, ana, LIV_01=2, token="third"), Because.MORE_THAN_LEFT, before)
    assert give_back(invoice, ana, amount="19.79", token="fourth").is_done
    before = facts()
    assert_refused(give_back(invoice, ana, amount="0.01", token="fifth"), Because.NOTHING_LEFT, before)


def test_another_amount_than_the_one_that_was_seen_is_refused(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="5.00", token="first")
    before = facts()

    answer = give_back(invoice, ana, CAM_01=3, LIV_01=1, PORTES=1, token="second", confirmed="49.79")

    assert_refused(answer, Because.REFUND_CHANGED, before)


def test_a_form_without_a_token_is_no_form(shop: Shop, ana: User) -> None:
    invoice = sell(shop)

    for token in ("", "x" * 65):
        with pytest.raises(ValueError, match="token"):
            give_back(invoice, ana, amount="5.00", token=token)
    assert not Ruling.objects.exists()


# --- refused


def test_a_draft_is_not_refunded(careful: Shop, ana: User) -> None:
    invoice = sell(careful)
    before = facts()

    assert_refused(give_back(invoice, ana, CAM_01=1), Because.REFUND_OF_DRAFT, before)


def test_what_has_ended_is_not_refunded(careful: Shop, ana: User) -> None:
    invoice = sell(careful)
    delete_draft(invoice, user=ana)
    drain(careful.clock)
    before = facts()

    assert_refused(give_back(invoice, ana, CAM_01=1), Because.ENDED, before)


def test_what_is_credited_in_full_is_not_refunded_nor_is_its_note(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    approve_credit(invoice, user=ana)
    under_way = facts()
    assert_refused(give_back(invoice, ana, CAM_01=1), Because.CREDIT_UNDER_WAY, under_way)

    drain(shop.clock)
    before = facts()
    note = shop.documents(1001)[1]

    assert_refused(give_back(invoice, ana, CAM_01=1), Because.FULLY_CREDITED, before)
    assert_refused(give_back(note, ana, CAM_01=1), Because.IS_CREDIT_NOTE, before)


def test_what_is_being_cancelled_is_not_refunded(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    cancel_document(invoice, user=ana, reason="engano")
    before = facts()

    assert_refused(give_back(invoice, ana, CAM_01=1), Because.BEING_CANCELED, before)


def test_what_was_refunded_in_part_is_not_cancelled(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, CAM_01=1)
    under_way = facts()
    assert_refused(cancel_document(invoice, user=ana, reason="engano"), Because.HAS_CREDIT_NOTE, under_way)

    drain(shop.clock)
    before = facts()

    assert_refused(cancel_document(invoice, user=ana, reason="engano"), Because.HAS_CREDIT_NOTE, before)


def test_an_order_that_cannot_be_read_is_not_refunded(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    type(invoice.order).objects.filter(pk=invoice.order_id).update(status="")
    before = facts()

    answer = give_back(invoice, ana, CAM_01=1)

    assert_refused(answer, Because.NOT_WANTED, before)
    assert answer.reason is HoldReason.ORDER_UNREADABLE


# --- what follows after it


def test_a_cancelled_order_is_credited_over_the_rest(automatic: Shop, ana: User) -> None:
    invoice = sell(automatic)
    give_back(invoice, ana, CAM_01=2)
    drain(automatic.clock)

    cancel(automatic)

    assert notes(automatic) == [("final", "19.98"), ("final", "29.81")]
    rest = automatic.documents(1001)[2]
    assert [(line.sku, line.quantity) for line in rest.planned().lines] == [
        (SHIRTS, 1),
        (BOOK, 1),
        (SHIPPING, 1),
    ]
    assert rest.planned().observations.startswith("Retifica o documento")
    assert rest.refund is None
    row = automatic.row(1001)
    assert (row["outcome"], row["credited_total"]) == ("credited", "49.79")


def test_a_refund_on_its_way_and_the_rest_are_made_together(automatic: Shop, ana: User) -> None:
    invoice = sell(automatic)
    give_back(invoice, ana, amount="19.98")

    cancel(automatic)

    assert notes(automatic) == [("final", "19.98"), ("final", "29.81")]
    assert automatic.row(1001)["outcome"] == "credited"


def test_a_person_credits_what_refunds_have_left(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="9.79")
    drain(shop.clock)

    answers = [approve_credit(invoice, user=ana, reason="Artigo em falta") for _ in range(2)]
    drain(shop.clock)

    assert [answer.kind for answer in answers] == [AnswerKind.DONE, AnswerKind.IN_PROGRESS]
    assert notes(shop) == [("final", "9.79"), ("final", "40.00")]
    assert shop.row(1001)["outcome"] == "credited"


def test_refunds_that_are_all_leave_nothing_to_approve(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="49.79")
    before = facts()

    answer = approve_credit(invoice, user=ana)

    assert (answer.kind, facts()) == (AnswerKind.IN_PROGRESS, before)


def test_a_cancelled_order_that_was_refunded_can_be_settled_otherwise(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="5.00")
    drain(shop.clock)
    cancel(shop)
    assert shop.row(1001)["hold_reason"] == "credit_needs_approval"

    assert settle_otherwise(invoice, user=ana).is_done
    drain(shop.clock)

    assert notes(shop) == [("final", "5.00")]
    assert shop.row(1001)["outcome"] == "issued"


def test_an_order_paid_again_after_its_refunds_is_invoiced_again(automatic: Shop, ana: User) -> None:
    invoice = sell(automatic)
    give_back(invoice, ana, amount="20.00")
    drain(automatic.clock)
    automatic.clock.advance(60)
    cancel(automatic)
    automatic.clock.advance(60)

    sold_again = automatic.pay(1001, lines=BASKET, shipping=Shipping())

    papers = [(d.reference[-3:], d.status) for d in automatic.documents(sold_again.shop_order_id)]
    assert papers == [("FT1", "settled"), ("NC1", "final"), ("NC2", "final"), ("FT2", "settled")]


def test_a_later_refund_replaces_an_approval_whose_draft_was_deleted(careful: Shop, ana: User) -> None:
    invoice = sell(careful)
    request_finalize(invoice, user=ana)
    drain(careful.clock)
    approve_credit(invoice, user=ana)
    drain(careful.clock)
    delete_draft(careful.documents(1001)[1], user=ana)
    drain(careful.clock)
    invoice.refresh_from_db()

    assert give_back(invoice, ana, amount="5.00").is_done
    drain(careful.clock)

    assert notes(careful) == [("final", "5.00")]
    assert careful.row(1001)["outcome"] == "issued"


# --- taken back, kept, deleted


def test_a_refund_taken_back_in_time_leaves_nothing(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    answer = give_back(invoice, ana, CAM_01=1)
    assert answer.ruling is not None

    answers = [revoke(answer.ruling, user=ana) for _ in range(2)]
    drain(shop.clock)

    assert [one.kind for one in answers] == [AnswerKind.DONE, AnswerKind.ALREADY]
    assert notes(shop) == []
    assert [document.status for document in shop.documents(1001)] == ["settled", "deleted"]
    row = shop.row(1001)
    assert (row["outcome"], row["credited_total"]) == ("issued", "0.00")
    assert give_back(invoice, ana, CAM_01=3, token="another").is_done


def test_a_refund_whose_draft_exists_is_taken_back(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    answer = give_back(invoice, ana, CAM_01=1)
    keep_draft(shop.documents(1001)[1], user=ana)
    drain(shop.clock)
    assert notes(shop) == [("draft", "9.99")]
    assert shop.row(1001)["outcome"] == "pending"

    assert answer.ruling is not None
    assert revoke(answer.ruling, user=ana).is_done
    drain(shop.clock)

    assert notes(shop) == []
    assert shop.row(1001)["outcome"] == "issued"


def test_a_refund_with_its_number_is_not_taken_back(shop: Shop, ana: User) -> None:
    answer = give_back(sell(shop), ana, CAM_01=1)
    drain(shop.clock)
    before = facts()

    assert answer.ruling is not None
    assert_refused(revoke(answer.ruling, user=ana), Because.ALREADY_ACTED_ON, before)


def test_a_refund_that_may_have_its_number_is_not_taken_back(shop: Shop, ana: User) -> None:
    answer = give_back(sell(shop), ana, CAM_01=1)
    while not DocumentOperation.objects.filter(document__role="credit_note", verb="finalize").exists():
        assert run_once()
    DocumentOperation.objects.filter(document__role="credit_note", verb="finalize").update(
        write_started_at=shop.clock()
    )
    before = facts()

    assert answer.ruling is not None
    assert_refused(revoke(answer.ruling, user=ana), Because.BEING_FINALIZED, before)


def test_a_note_that_a_person_deletes_is_not_made_again(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, CAM_01=1)
    note = shop.documents(1001)[1]

    assert delete_draft(note, user=ana).is_done
    drain(shop.clock)
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    assert notes(shop) == []
    assert len(shop.documents(1001)) == 2
    assert shop.row(1001)["outcome"] == "issued"
    assert give_back(invoice, ana, CAM_01=1, token="another").is_done
    drain(shop.clock)
    assert notes(shop) == [("final", "9.99")]


def test_a_draft_removed_at_the_provider_is_not_made_again(shop: Shop, ana: User) -> None:
    give_back(sell(shop), ana, CAM_01=1)
    keep_draft(shop.documents(1001)[1], user=ana)
    drain(shop.clock)
    (paper,) = [paper for paper in shop.stored() if paper.kind == CREDIT_NOTE]
    paper.status = "deleted"

    request_finalize(shop.documents(1001)[1], user=ana)
    shop.clock.advance(3600)
    drain(shop.clock)

    assert notes(shop) == []
    assert [document.status for document in shop.documents(1001)] == ["settled", "deleted"]
    assert shop.row(1001)["outcome"] == "issued"


def test_a_note_that_fell_behind_its_series_gives_way_to_one_of_the_same_amount(
    shop: Shop, ana: User
) -> None:
    answer = give_back(sell(shop), ana, CAM_01=1)
    keep_draft(shop.documents(1001)[1], user=ana)
    drain(shop.clock)
    shop.clock.advance(86_400)
    later = sell(shop, 1002)
    give_back(later, ana, amount="1.00")
    drain(shop.clock)

    request_finalize(shop.documents(1001)[1], user=ana)
    drain(shop.clock)

    assert notes(shop) == [("final", "1.00"), ("final", "9.99")]
    _invoice, first, second = shop.documents(1001)
    assert [(d.status, d.refund) for d in (first, second)] == [("deleted", None), ("final", answer.ruling)]
    assert second.issued_on > first.issued_on
    assert shop.row(1001)["outcome"] == "issued"


# --- others made notes, and answers get lost


@pytest.mark.parametrize(("by_hand", "made"), [("40.00", False), ("39.79", True)])
def test_notes_made_by_hand_count(shop: Shop, ana: User, by_hand: str, made: bool) -> None:
    invoice = sell(shop)
    credit_by_hand(invoice, by_hand)

    answer = give_back(invoice, ana, amount="10.00")
    drain(shop.clock)

    assert answer.is_done
    row = shop.row(1001)
    if made:
        assert notes(shop) == [("final", by_hand), ("final", "10.00")]
        assert row["outcome"] == "issued"
        return
    assert notes(shop) == [("final", by_hand)]
    assert (row["outcome"], row["hold_reason"]) == ("held", "nothing_left_to_credit")

    assert answer.ruling is not None
    assert revoke(answer.ruling, user=ana).is_done
    drain(shop.clock)
    assert shop.row(1001)["outcome"] == "issued"
    assert notes(shop) == [("final", by_hand)]


def test_a_note_made_by_hand_while_the_draft_waited_counts(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    give_back(invoice, ana, amount="10.00")
    keep_draft(shop.documents(1001)[1], user=ana)
    drain(shop.clock)
    credit_by_hand(invoice, "40.00")

    request_finalize(shop.documents(1001)[1], user=ana)
    drain(shop.clock)

    assert notes(shop) == [("draft", "10.00"), ("final", "40.00")]
    assert shop.row(1001)["hold_reason"] == "nothing_left_to_credit"


LOST: list[dict[str, Any]] = [
    {"kind": "drop_after"},
    {"kind": "drop_before"},
    {"kind": "truncate"},
    {"kind": "error_after", "status": 500},
]


@pytest.mark.parametrize("uid", ["same_document", "ignored"])
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["kind"])
def test_a_note_whose_creation_was_not_answered_is_made_once(
    shop: Shop, ana: User, fault: dict[str, Any], uid: str
) -> None:
    shop.sandbox.state.invoicexpress.switches.update({"uid": uid})
    invoice = sell(shop)
    shop.sandbox.state.faults.add(**fault, **CREATE)

    give_back(invoice, ana, CAM_01=2)
    drain(shop.clock)

    assert notes(shop) == [("final", "19.98")]
    assert shop.row(1001)["outcome"] == "issued"


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["kind"])
def test_a_note_whose_number_was_not_answered_gets_one(shop: Shop, ana: User, fault: dict[str, Any]) -> None:
    invoice = sell(shop)
    shop.sandbox.state.faults.add(**fault, **CHANGE)

    give_back(invoice, ana, CAM_01=2)
    drain(shop.clock)

    assert notes(shop) == [("final", "19.98")]
    assert shop.row(1001)["credited_total"] == "19.98"


def test_a_refund_taken_back_while_its_creation_is_unknown_leaves_no_draft(shop: Shop, ana: User) -> None:
    invoice = sell(shop)
    shop.sandbox.state.faults.add(kind="drop_after", **CREATE)
    answer = give_back(invoice, ana, CAM_01=2)
    while not DocumentOperation.objects.filter(
        document__role="credit_note", write_started_at__isnull=False
    ).exists():
        assert run_once()

    assert answer.ruling is not None
    assert revoke(answer.ruling, user=ana).is_done
    drain(shop.clock)

    assert notes(shop) == []
    assert shop.row(1001)["outcome"] == "issued"


# --- before the money


def test_the_receipt_of_a_refunded_invoice_is_over_what_is_still_owed(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    shop = connect_shop(sandbox, clock, issue_on="paid_or_shipped")
    sending = Shipping()
    shop.put(1001, status="pending_payment", lines=BASKET, shipping=sending, shipment_status="in_transit")
    shop.ring(1001, "order_shipped")
    drain(clock)
    (invoice,) = shop.documents(1001)
    give_back(invoice, ana, LIV_01=1)
    drain(clock)

    shop.put(1001, lines=BASKET, shipping=sending, shipment_status="in_transit")
    shop.ring(1001, "order_paid")
    drain(clock)

    receipts = [paper.amount for paper in shop.stored() if paper.kind.name == "Receipt"]
    assert receipts == [D("34.89")]
    assert notes(shop) == [("final", "14.90")]
    row = shop.row(1001)
    assert (row["status"], row["outcome"], row["credited_total"]) == ("settled", "issued", "14.90")
