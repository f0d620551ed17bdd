"""Verbs of staff from lists and pages: asked first, carried out once, told in words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from invoicing.domain.reasons import HoldReason
from invoicing.models import Document, DocumentOperation, Ruling
from jumpseller_sync.models import WebhookDelivery
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.models import Order
from tests.flow import FakeClock, Shop, connect_shop, drain


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    return connect_shop(sandbox, clock, finalize=False)


def page_of(row: Model, act: str) -> str:
    meta = row._meta
    return f"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/{act}/"


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def choose(row: Model, action: str, **more: str) -> dict[str, Any]:
    return {"action": f"{action}_selected", "_selected_action": [str(row.pk)], "index": "0", **more}


def confirm(response: Any, **more: str) -> dict[str, Any]:
    """What the browser sends from the page that asks."""
    data: dict[str, Any] = {"confirmed": "yes", **more}
    for name, value in response.context["hidden"]:
        data.setdefault(name, []).append(value)
    return data


def told(response: Any) -> str:
    return " | ".join(str(message) for message in get_messages(response.wsgi_request))


def facts() -> Any:
    return (
        list(Ruling.objects.values_list("kind", "revoked_at")),
        list(DocumentOperation.objects.order_by("id").values_list("verb", "state")),
        list(Document.objects.order_by("id").values_list("status")),
    )


DOCUMENT_ACTS = ["finalize", "delete-draft"]


@pytest.mark.parametrize("act", DOCUMENT_ACTS)
def test_a_page_asks_before_it_acts(careful: Shop, staff: Client, act: str) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    before = facts()

    response = staff.get(page_of(document, act), headers={"Accept-Language": "en"})

    assert response.status_code == 200
    assert facts() == before
    page = response.content.decode()
    assert document.reference in page
    assert 'method="post"' in page
    assert "csrfmiddlewaretoken" in page
    assert ("This cannot be undone." in page) == (act == "finalize")


@pytest.mark.parametrize(
    ("act", "verb", "end"), [("finalize", "finalize", "settled"), ("delete-draft", "delete", "deleted")]
)
def test_a_page_acts_once_however_often_it_is_sent(
    careful: Shop, staff: Client, act: str, verb: str, end: str
) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)

    first = staff.post(page_of(document, act), {"confirmed": "yes", "reason": "because"})
    second = staff.post(page_of(document, act), {"confirmed": "yes"})
    drain(careful.clock)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == reverse("admin:invoicing_document_change", args=[document.pk])
    assert DocumentOperation.objects.filter(verb=verb).count() == 1
    assert Ruling.objects.count() == 1
    document.refresh_from_db()
    assert document.status == end
    assert LogEntry.objects.filter(object_id=str(document.pk)).count() == 1


def test_a_post_without_a_token_is_refused(careful: Shop, ana: Any) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ana)
    before = facts()

    assert browser.post(page_of(document, "finalize"), {"confirmed": "yes"}).status_code == 403
    assert facts() == before


@pytest.mark.parametrize("action", ["finalize", "delete_draft"])
def test_a_list_asks_before_it_acts(careful: Shop, staff: Client, action: str) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    before = facts()

    asked = staff.post(list_of(Document), choose(document, action))

    assert asked.status_code == 200
    assert asked.templates[0].name == "invoicing/admin/confirm.html"
    assert facts() == before

    first = staff.post(list_of(Document), confirm(asked, reason="because"))
    second = staff.post(list_of(Document), confirm(asked, reason="because"))

    assert (first.status_code, second.status_code) == (302, 302)
    assert Ruling.objects.get().reason == "because" or action == "finalize"
    assert DocumentOperation.objects.filter(verb=action.split("_", maxsplit=1)[0]).count() == 1


def test_credit_from_the_list_is_confirmed_and_done_once(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    before = facts()
    asked = staff.post(list_of(Document), choose(document, "approve_credit"))
    assert facts() == before

    for reason in ("", "whatever somebody types"):
        staff.post(list_of(Document), confirm(asked, reason=reason))
        assert facts() == before

    for _ in range(2):
        staff.post(list_of(Document), confirm(asked, reason="Direito de livre resolução"))
    drain(shop.clock)

    assert [d.role for d in shop.documents(1001)] == ["invoice", "credit_note"]
    note = shop.documents(1001)[1]
    assert note.plan["observations"].endswith("Motivo: Direito de livre resolução.")
    assert shop.row(1001)["outcome"] == "credited"


def test_what_is_not_possible_is_told_and_changes_nothing(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    before = facts()

    response = staff.post(
        page_of(document, "delete-draft"), {"confirmed": "yes"}, headers={"Accept-Language": "en"}
    )

    assert told(response).endswith("Not possible. The document is final: it can only be credited.")
    assert facts() == before
    assert not LogEntry.objects.exists()


def test_a_held_mail_is_retried_from_the_list(shop: Shop, staff: Client, mailoutbox: list[Any]) -> None:
    shop.pay(1001)
    mail = DocumentOperation.objects.get(verb="mail")
    DocumentOperation.objects.filter(pk=mail.pk).update(state="held", hold_reason=HoldReason.MAIL_REFUSED)
    sent = len(mailoutbox)

    for _ in range(2):
        response = staff.post(list_of(DocumentOperation), choose(mail, "retry"))
        assert response.status_code == 302
    drain(shop.clock)

    mail.refresh_from_db()
    assert (mail.state, len(mailoutbox)) == ("done", sent + 1)


def test_a_held_mail_is_given_up(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    mail = DocumentOperation.objects.get(verb="mail")
    DocumentOperation.objects.filter(pk=mail.pk).update(state="held", hold_reason=HoldReason.MAIL_REFUSED)

    assert staff.get(page_of(mail, "give-up")).status_code == 200
    mail.refresh_from_db()
    assert mail.state == "held"

    for _ in range(2):
        staff.post(page_of(mail, "give-up"), {"confirmed": "yes"})

    mail.refresh_from_db()
    assert mail.state == "superseded"


@pytest.mark.parametrize("act", ["do-not-invoice", "issue-anyway", "reprocess"])
def test_orders_are_ruled_on_their_page(careful: Shop, staff: Client, act: str) -> None:
    order = careful.pay(1001)
    before = facts()
    assert staff.get(page_of(order, act)).status_code == 200
    assert facts() == before

    for _ in range(2):
        assert staff.post(page_of(order, act), {"confirmed": "yes"}).status_code == 302
    drain(careful.clock)

    outcomes = {"do-not-invoice": "excluded", "issue-anyway": "issued", "reprocess": "issued"}
    assert careful.row(1001)["outcome"] == outcomes[act]
    assert len(careful.documents(1001)) == 1


def test_a_ruling_is_taken_back(careful: Shop, staff: Client) -> None:
    order = careful.pay(1001)
    staff.post(page_of(order, "do-not-invoice"), {"confirmed": "yes"})
    drain(careful.clock)
    ruling = Ruling.objects.get()

    for _ in range(2):
        staff.post(page_of(ruling, "revoke"), {"confirmed": "yes"})
    drain(careful.clock)

    assert careful.row(1001)["outcome"] == "issued"


def test_deliveries_are_reprocessed_from_the_list(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    delivery = WebhookDelivery.objects.get()
    reads = shop.calls("GET", "/orders/1001.json")

    for _ in range(2):
        staff.post(list_of(WebhookDelivery), choose(delivery, "reprocess"))
    drain(shop.clock)

    assert shop.calls("GET", "/orders/1001.json") == reads + 1


def test_a_delivery_without_an_order_is_not_reprocessed(shop: Shop, staff: Client) -> None:
    shop.ring_raw(b'{"order": {"id": null}}')
    delivery = WebhookDelivery.objects.get()

    response = staff.post(
        page_of(delivery, "reprocess"), {"confirmed": "yes"}, headers={"Accept-Language": "en"}
    )

    assert told(response).endswith("It names no order.")
    assert not Order.objects.exists()


def test_too_many_rows_at_once_are_refused(careful: Shop, staff: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("invoicing.admin.acts.AT_MOST", 1)
    careful.pay(1001)
    careful.pay(1002)
    before = facts()
    pks = [str(pk) for pk in Document.objects.values_list("pk", flat=True)]

    response = staff.post(
        list_of(Document),
        {"action": "finalize_selected", "_selected_action": pks, "confirmed": "yes"},
        headers={"Accept-Language": "en"},
    )

    assert "Choose at most 1 rows" in told(response)
    assert facts() == before


def test_a_row_that_is_gone_is_told(staff: Client, db: None) -> None:
    response = staff.get("/admin/invoicing/document/999/finalize/")

    assert response.status_code == 302


def offered(staff: Client, row: Model) -> set[str]:
    """The acts whose links stand on the row's page."""
    meta = row._meta
    page = staff.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]))
    links = re.findall(
        rf"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/([a-z-]+)/", page.content.decode()
    )
    return set(links) - {"change", "delete", "history", "pdf"}


def test_a_page_offers_only_what_is_possible(shop: Shop, staff: Client) -> None:
    issued = shop.pay(1001)
    unreadable = shop.pay(1002, lines=[Line(rate=None)])
    (invoice,) = shop.documents(1001)

    assert offered(staff, issued) == {"reprocess"}
    always = {"compare", "open-provider", "resend", "refund", "approve-credit", "cancel-document"}
    assert offered(staff, unreadable) == {"reprocess", "do-not-invoice", "correct-buyer"}
    assert offered(staff, invoice) == always

    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    drain(shop.clock)
    assert offered(staff, invoice) == {*always, "settle-otherwise"}

    staff.post(page_of(invoice, "settle-otherwise"), {"confirmed": "yes"})
    assert offered(staff, invoice) == always


def test_an_order_left_out_may_be_issued_anyway(careful: Shop, staff: Client) -> None:
    order = careful.pay(1001)
    assert offered(staff, order) == {"reprocess", "do-not-invoice", "correct-buyer"}

    staff.post(page_of(order, "do-not-invoice"), {"confirmed": "yes"})
    drain(careful.clock)

    assert offered(staff, order) == {"reprocess", "issue-anyway"}


def test_a_confirmation_says_where_the_mail_goes(careful: Shop, staff: Client) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)

    page = staff.get(page_of(document, "finalize"), headers={"Accept-Language": "en"}).content.decode()

    assert f"The PDF is mailed to {document.planned().deliver_to}." in page
    assert "After that it can only be corrected by a credit note." in page


def test_a_draft_in_review_is_kept_by_a_word_and_goes_on_when_it_is_taken_back(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.5)
    (draft,) = shop.documents(1001)
    assert "keep-draft" in offered(staff, draft)

    first = staff.post(page_of(draft, "keep-draft"), {"confirmed": "yes", "reason": "wrong name"})
    second = staff.post(page_of(draft, "keep-draft"), {"confirmed": "yes"}, headers={"Accept-Language": "en"})
    drain(clock)

    assert (first.status_code, second.status_code) == (302, 302)
    assert "so already" in told(second)
    assert "keep-draft" not in offered(staff, draft)
    assert [d.status for d in shop.stored()] == ["draft"]

    (ruling,) = Ruling.objects.all()
    staff.post(page_of(ruling, "revoke"), {"confirmed": "yes"})
    drain(clock)
    assert [d.status for d in shop.stored()] == ["settled"]


def test_a_document_is_cancelled_once_and_only_for_a_reason(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    (invoice,) = shop.documents(1001)
    before = facts()

    asked = staff.get(page_of(invoice, "cancel-document")).content.decode()
    refused = staff.post(
        page_of(invoice, "cancel-document"),
        {"confirmed": "yes", "reason": "  "},
        headers={"Accept-Language": "en"},
    )
    assert "required" in asked
    assert "A reason is required: it is reported to the tax authority." in told(refused)
    assert facts() == before

    for _ in range(2):
        staff.post(page_of(invoice, "cancel-document"), {"confirmed": "yes", "reason": "Wrong buyer"})
        drain(shop.clock)

    assert shop.calls("PUT", "/change-state") == 2  # finalized, cancelled
    (paper,) = shop.stored()
    assert (paper.status, paper.cancel_message) == ("canceled", "Wrong buyer")
    assert shop.row(1001)["outcome"] == "held"


def test_a_comparison_reads_and_writes_nothing(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    (invoice,) = shop.documents(1001)
    writes = sum(shop.calls(method, "/") for method in ("POST", "PUT", "DELETE"))
    (paper,) = shop.stored()
    paper.reference = "outra"

    staff.post(page_of(invoice, "compare"), {"confirmed": "yes"})
    drain(shop.clock)

    assert sum(shop.calls(method, "/") for method in ("POST", "PUT", "DELETE")) == writes
    held = DocumentOperation.objects.get(state="held")
    assert (held.verb, held.hold_reason) == ("verify", HoldReason.STORED_DIFFERS)
    assert "outra" in held.detail
