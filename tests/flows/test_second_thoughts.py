"""Orders, people and vendors that change their minds: each story ends visibly and never twice."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from invoicing import queue
from invoicing.domain.profile import parse_profile
from invoicing.models import Document, DocumentOperation, InvoicingAccount
from invoicing.services import sweep
from invoicing.services.profiles import save_profile
from invoicing.services.rulings import (
    AnswerKind,
    approve_credit,
    issue_anyway,
    reprocess,
    request_finalize,
    retry_operation,
)
from sandbox.orders import Line
from tests.flow import Shop, connect_shop, drain, run_once


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def careful(sandbox, clock) -> Shop:
    return connect_shop(sandbox, clock, finalize=False)


def again(shop, order_id, **facts):
    shop.put(order_id, **facts)
    assert shop.ring(order_id, "order_updated") == 200
    drain(shop.clock)


def test_an_order_corrected_before_its_draft_exists_is_invoiced(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=422,
        method="POST",
        path_regex="invoice_receipts",
        body={"errors": [{"error": "Fiscal ID is invalid"}]},
    )
    shop.pay(1001, taxid="501964843")
    assert shop.row(1001)["hold_reason"] == "rejected"

    again(shop, 1001, taxid="123456789")
    assert shop.row(1001)["outcome"] == "issued"


def test_an_order_edited_after_final_can_be_credited(shop: Shop, ana) -> None:
    shop.pay(1001)
    again(shop, 1001, lines=[Line(price="24.60")])
    assert shop.row(1001)["hold_reason"] == "changed_after_final"
    (doc,) = shop.documents(1001)
    answer = approve_credit(doc, user=ana)
    assert answer.kind is AnswerKind.DONE, answer


def test_an_order_no_longer_paid_can_be_credited(shop: Shop, ana) -> None:
    shop.pay(1001)
    again(shop, 1001, status="pending_payment")
    assert shop.row(1001)["hold_reason"] == "changed_after_final"
    (doc,) = shop.documents(1001)
    answer = approve_credit(doc, user=ana)
    assert answer.kind is AnswerKind.DONE, answer


def test_a_draft_is_not_finalized_while_the_order_does_not_add_up(careful: Shop, ana) -> None:
    careful.pay(1001)
    (doc,) = careful.documents(1001)
    again(careful, 1001, total=99.99)
    request_finalize(doc, user=ana)
    drain(careful.clock)
    doc.refresh_from_db()
    assert doc.status == "draft"


def test_a_draft_that_stopped_adding_up_gets_no_number_by_itself(shop: Shop) -> None:
    from tests.faults.points import visited

    def visit(_n, name):
        if name.startswith("after POST") and "invoice_receipts" in name:
            shop.put(1001, total=99.99)

    shop.put(1001)
    shop.ring(1001)
    with visited(visit):
        drain(shop.clock)
    assert [d.status for d in shop.stored()] == ["draft"]


@pytest.mark.parametrize("shown", ["shown", "404"])
def test_a_draft_removed_at_the_provider_ends_visibly(shop: Shop, ana, shown, monkeypatch) -> None:
    """The remedy of stored_differs: 'correct or delete the draft there, then retry'."""
    shop.sandbox.state.invoicexpress.switches.update({"deleted_document": shown})
    shop.account.documents  # noqa
    from invoicing.services import verify

    real = verify.differences
    monkeypatch.setattr(
        verify, "differences", lambda *a: [type("D", (), {"field": "name", "sent": "a", "stored": "b"})()]
    )
    shop.pay(1001)
    op = DocumentOperation.objects.get(verb="create")
    assert (op.state, op.hold_reason) == ("held", "stored_differs")
    monkeypatch.setattr(verify, "differences", real)
    (stored,) = shop.stored()
    stored.status = "deleted"
    shop.clock.advance(1000)
    for _ in range(3):
        op.refresh_from_db()
        if op.state != "held":
            break
        retry_operation(op, user=ana)
        drain(shop.clock)
    assert shop.row(1001)["outcome"] == "held" and shop.row(1001)["hold_reason"] == "ended_by_person"


def test_an_approved_credit_is_not_undone_after_an_old_cancellation(shop: Shop, ana) -> None:
    shop.pay(1001)
    shop.clock.advance(60)
    again(shop, 1001, status="canceled")
    shop.clock.advance(60)
    again(shop, 1001)  # the shop takes the cancellation back
    assert shop.row(1001)["outcome"] == "issued"
    shop.clock.advance(3600)
    (doc,) = shop.documents(1001)
    assert approve_credit(doc, user=ana).is_done
    drain(shop.clock)
    assert [(d.role, d.status) for d in shop.documents(1001)] == [
        ("invoice", "settled"),
        ("credit_note", "final"),
    ]


def test_a_note_obeys_the_settings_in_force(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, finalize=True, on_cancel="credit_note")
    shop.pay(1001)
    save_profile(
        shop.store,
        InvoicingAccount.objects.get(),
        parse_profile({"finalize": False, "on_cancel": "credit_note"}),
    )
    again(shop, 1001, status="canceled")
    assert [(d.role, d.status) for d in shop.documents(1001)] == [
        ("invoice", "settled"),
        ("credit_note", "draft"),
    ]


def test_a_note_is_finalized_when_the_settings_say_so_by_now(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, finalize=False, on_cancel="credit_note")
    shop.pay(1001)
    (doc,) = shop.documents(1001)
    request_finalize(doc, user=None if False else User.objects.create_superuser("x"))
    drain(clock)
    save_profile(
        shop.store,
        InvoicingAccount.objects.get(),
        parse_profile({"finalize": True, "on_cancel": "credit_note"}),
    )
    again(shop, 1001, status="canceled")
    assert [(d.role, d.status) for d in shop.documents(1001)] == [
        ("invoice", "settled"),
        ("credit_note", "final"),
    ]


def test_issue_anyway_survives_a_corrected_draft(sandbox, clock, ana) -> None:
    shop = connect_shop(sandbox, clock, finalize=False, go_live_on="2026-07-15")
    order = shop.pay(1001)
    assert shop.row(1001)["outcome"] == "excluded"
    assert issue_anyway(order, user=ana).is_done
    drain(clock)
    assert shop.row(1001)["status"] == "draft"
    again(shop, 1001, taxid="123456789")
    assert shop.row(1001)["outcome"] == "issued"


def test_a_long_lane_does_not_starve(shop: Shop, clock) -> None:
    """Many drafts wait for their number in one series; the oldest was tried last, and bells are lost."""
    shop.pay(1001)
    (doc,) = shop.documents(1001)
    doc_fields = {f.attname: getattr(doc, f.attname) for f in Document._meta.concrete_fields}
    docs = []
    for i in range(210):
        order = type(doc.order).objects.create(store=shop.store, shop_order_id=str(5000 + i))
        fields = {
            **doc_fields,
            "id": None,
            "order_id": order.pk,
            "reference": f"R{i}",
            "provider_id": str(900000 + i),
            "number": "",
            "status": "draft",
            "pdf": "",
            "access_key": f"k{i}",
        }
        docs.append(Document.objects.create(**fields))
    moment = clock()
    for i, d in enumerate(docs):
        DocumentOperation.objects.create(
            document=d,
            verb="finalize",
            is_fiscal=True,
            lane="L",
            lane_date=d.issued_on,
            not_before=moment - timedelta(seconds=(10 if i == 0 else 20)),
        )
    clock.advance(60)
    other = DocumentOperation.objects.create(document=doc, verb="attach", is_fiscal=False, not_before=clock())
    clock.advance(60)
    for _ in range(5):
        for pk in queue.due_operations(queue.now(), sweep._AT_MOST):
            from invoicing.services.run import run_operation

            run_operation(pk)
    other.refresh_from_db()
    assert other.state == "done"


def test_a_document_finalized_by_hand_is_delivered_too(shop: Shop, ana, mailoutbox) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_after", method="POST", path_regex="invoice_receipts"
    )
    shop.put(1001)
    shop.ring(1001)
    while not shop.stored():
        assert run_once()
    (stored,) = shop.stored()
    import json
    import urllib.request

    from django.conf import settings

    from tests.flow import API_KEY

    url = (
        settings.INVOICEXPRESS_URL.replace("{account}", "lojaexemplo")
        + f"/invoice_receipts/{stored.id}/change-state.json?api_key={API_KEY}"
    )
    req = urllib.request.Request(
        url,
        data=json.dumps({"invoice": {"state": "finalized"}}).encode(),
        method="PUT",
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(req).read()
    drain(shop.clock)
    for _ in range(3):
        op = DocumentOperation.objects.get(verb="create")
        if op.state == "held":
            retry_operation(op, user=ana)
            drain(shop.clock)
    reprocess(shop.order(1001), user=ana)
    drain(shop.clock)
    (doc,) = shop.documents(1001)
    assert doc.is_final and doc.pdf and doc.attached_at


def test_a_slow_create_at_midnight_is_not_held(shop: Shop, clock) -> None:
    clock.moment = clock.moment.replace(hour=22, minute=59, second=30)  # 23:59:30 in Lisbon
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=503, method="POST", path_regex="invoice_receipts"
    )
    shop.put(1001)
    shop.ring(1001)
    for _ in range(4):
        run_once()
    clock.advance(40)  # 00:00:10: another order
    shop.put(1002)
    shop.ring(1002)
    drain(clock)
    assert [shop.row(1001)["outcome"], shop.row(1002)["outcome"]] == ["issued", "issued"]


def test_a_refused_shop_token_is_not_called_by_every_attach(shop: Shop, clock) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller", kind="status", status=401, path_regex="documents", times=None, skip=8
    )
    for i in range(8):
        shop.put(1001 + i)
        shop.ring(1001 + i)
    drain(clock, hours=0.01)
    sum(1 for r in shop.sandbox.state.requests if "documents" in r.path and "jumpseller" in r.path)
    before = len([1 for r in shop.sandbox.state.requests if "documents" in r.path])
    DocumentOperation.objects.filter(verb="attach", state="queued").update(not_before=clock())
    run_once()
    after = len([1 for r in shop.sandbox.state.requests if "documents" in r.path])
    assert after - before <= 1


def test_the_remedy_of_a_refused_mail_works(shop: Shop, ana, mailoutbox, monkeypatch) -> None:
    from invoicing.services import mail

    real = mail.send
    monkeypatch.setattr(mail, "send", lambda m, before_handing_over: {m.to[0]: "550 no such user"})
    shop.pay(1001, email="tpyo@example.com")
    op = DocumentOperation.objects.get(verb="mail")
    assert op.hold_reason == "mail_refused"
    monkeypatch.setattr(mail, "send", real)
    again(shop, 1001, email="right@example.com")
    retry_operation(op, user=ana)
    drain(shop.clock)
    assert mailoutbox[-1].to == ["right@example.com"]


def test_a_retried_pdf_is_polled_again_for_a_while(shop: Shop, ana) -> None:
    shop.sandbox.state.invoicexpress.switches.update({"pdf": "always_pending"})
    shop.pay(1001)
    op = DocumentOperation.objects.get(verb="fetch_pdf")
    assert op.hold_reason == "pdf_not_ready"
    shop.sandbox.state.invoicexpress.switches.update({"pdf": "ready", "pdf_pending_answers": 45})
    a = op.attempts
    retry_operation(op, user=ana)
    drain(shop.clock)
    op.refresh_from_db()
    assert op.attempts > a + 1


def test_a_tax_created_at_the_account_is_seen(shop: Shop, ana) -> None:
    from invoicing.models import AccountTax

    AccountTax.objects.filter(rate=23).delete()  # it did not exist when the store was connected
    order = shop.pay(1001)
    assert shop.row(1001)["hold_reason"] == "unknown_tax_rate"
    shop.clock.advance(86400 * 3)
    reprocess(order, user=ana)
    drain(shop.clock)
    assert shop.row(1001)["outcome"] == "issued"


def test_a_poison_refresh_becomes_visible(shop: Shop, monkeypatch, clock) -> None:
    from invoicing.services import refresh

    class Dead(BaseException):
        pass

    def die(*a, **k):
        raise Dead

    shop.put(1001)
    shop.ring(1001)
    from jumpseller_sync.models import WebhookDelivery
    from jumpseller_sync.services.deliveries import process_delivery

    process_delivery(WebhookDelivery.objects.get().pk)
    monkeypatch.setattr(refresh, "decide_order", die)
    from stores.models import OrderRefresh

    pk = OrderRefresh.objects.get().pk
    for _ in range(10):
        with contextlib.suppress(Dead):
            refresh.refresh_order(pk)
        clock.advance(3600)
        queue.recover_lost()
    assert shop.row(1001)["outcome"] == "held"


def test_another_applications_entry_without_an_id_is_seen(shop: Shop, ana) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=422, method="POST", path_regex="invoice_receipts"
    )
    shop.pay(1001)
    again(shop, 1001, status="canceled")
    assert [(d.status, d.provider_id) for d in shop.documents(1001)] == [("deleted", "")]
    shop.shop_side.documents.append(
        {
            "order_id": 1001,
            "document_type": 1,
            "external_id": "",
            "public_id": "FT 1/7",
            "url": "https://other.example/7",
        }
    )
    again(shop, 1001)
    assert shop.row(1001)["hold_reason"] == "other_app_document"


def test_a_draft_that_somebody_finalized_is_delivered_when_its_removal_fails(careful: Shop, ana) -> None:
    """finalize's answer lost; the order is cancelled meanwhile."""
    shop = careful
    shop.pay(1001)
    (doc,) = shop.documents(1001)
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_after", method="PUT", path_regex="change-state"
    )
    request_finalize(doc, user=ana)
    for _ in range(3):
        run_once()
    assert shop.stored()[0].status == "settled"
    again(shop, 1001, status="canceled")
    doc.refresh_from_db()
    assert doc.is_final and doc.pdf and doc.attached_at


def test_a_held_removal_is_over_when_the_order_is_paid_again(careful: Shop, ana) -> None:
    shop = careful
    shop.pay(1001)
    (_doc,) = shop.documents(1001)
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=422,
        method="PUT",
        path_regex="change-state",
        body={"errors": [{"error": "no"}]},
    )
    again(shop, 1001, status="canceled")
    again(shop, 1001)
    print(
        shop.row(1001)["outcome"],
        shop.row(1001)["hold_reason"],
        list(DocumentOperation.objects.values_list("verb", "state")),
    )
    assert shop.row(1001)["outcome"] == "issued"


def test_the_same_total_at_another_rate_is_another_document(shop: Shop) -> None:
    from tests.faults.points import visited

    def visit(_n, name):
        if name.startswith("after POST") and "invoice_receipts" in name:
            shop.put(1001, lines=[Line(name="Livro", sku="LIV-1", price="12.30", rate="6")])

    shop.put(1001)
    shop.ring(1001)
    with visited(visit):
        drain(shop.clock)
    (doc,) = [d for d in shop.documents(1001) if d.is_final]
    assert [line.tax_rate for line in doc.lines.all()] == [6]


def test_absent_is_seen_twice_after_every_lost_create(shop: Shop) -> None:
    shop.sandbox.state.invoicexpress.switches.update(
        {"uid": "ignored", "list_lag_seconds": 50, "text_finds_reference": True}
    )
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_before", method="POST", path_regex="invoice_receipts"
    )
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_after", method="POST", path_regex="invoice_receipts"
    )
    shop.pay(1001)
    assert len(shop.stored()) == 1


def test_a_paid_order_stays_issued(shop: Shop) -> None:
    shop.sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 50})
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_after", method="POST", path_regex="invoice_receipts"
    )
    shop.pay(1001)
    assert len(shop.stored()) == 1


def test_final_and_unreadable_is_not_silently_issued(shop: Shop) -> None:
    shop.pay(1001)
    again(shop, 1001, total=99.99)
    assert shop.row(1001)["outcome"] == "held"


def test_a_held_check_is_over_when_the_document_is_final(shop: Shop, ana, monkeypatch, clock) -> None:
    """CREATE is held, staff correct the draft there, and FINALIZE comes beside the held CREATE."""
    from invoicing.services import verify

    real = verify.differences
    monkeypatch.setattr(
        verify, "differences", lambda *a: [type("D", (), {"field": "name", "sent": "a", "stored": "b"})()]
    )
    shop.pay(1001)
    monkeypatch.setattr(verify, "differences", real)
    clock.advance(1000)
    again(shop, 1001)
    print(
        shop.row(1001)["outcome"],
        shop.row(1001)["hold_reason"],
        list(DocumentOperation.objects.values_list("verb", "state")),
        shop.documents(1001)[0].status,
    )
    assert shop.row(1001)["operation_state"] == "done" or shop.documents(1001)[0].status == "draft"


def test_a_known_buyer_who_gives_a_tax_id_next_time(shop: Shop) -> None:
    shop.pay(1001)
    shop.pay(1002, taxid="123456789")
    assert shop.row(1002)["outcome"] == "issued"


def test_two_buyers_of_one_name(shop: Shop) -> None:
    shop.pay(1001)
    shop.pay(1002, customer_id=77, email="other@example.com")
    assert shop.row(1002)["outcome"] == "issued"


def test_a_guest_buys_twice(shop: Shop) -> None:
    shop.pay(1001, customer_id=0)
    shop.pay(1002, customer_id=0)
    print(
        shop.documents(1002)[0].planned().customer.code,
        DocumentOperation.objects.filter(state="held").values_list("verb", "detail"),
    )
    assert shop.row(1002)["outcome"] == "issued"
