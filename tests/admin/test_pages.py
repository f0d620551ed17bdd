"""Every registered screen: it answers, in every language, to the right people, and tells no secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from unfold.admin import ModelAdmin

from invoicing.models import Document, DocumentOperation, OrderDecision, SyncRunOrder, VatNumberCheck
from jumpseller_sync.models import JumpsellerConnection
from outbound.models import Allowance
from stores.models import Order
from tests.admin.conftest import IMAGE, SCRIPT
from tests.flow import API_KEY, AUTH_TOKEN, HOOKS_TOKEN, LOGIN, Shop

SCREENS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = ("stores", "invoicing", "jumpseller_sync", "outbound")
WITHOUT_SCREEN = {
    Allowance: "the pace of the calls, which nobody can act on",
    OrderDecision: "the order's page shows it, beside what came of it",
    SyncRunOrder: "the page of its run shows it",
    VatNumberCheck: "what VIES last said, asked again by itself",
}


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def addresses() -> Iterator[str]:
    """Every list, and the page of a row of each, plain and as a deletion, an addition or a history."""
    yield reverse("admin:index")
    for model in SCREENS:
        yield address(model, "changelist")
        for row in model._default_manager.all()[:2]:
            yield address(model, "change", row.pk)
            yield address(model, "history", row.pk)
    for document in Document.objects.exclude(status="deleted")[:1]:
        for act in ("finalize", "delete-draft", "approve-credit", "settle-otherwise"):
            yield f"{address(Document, 'change', document.pk).removesuffix('change/')}{act}/"


def test_every_model_of_ours_has_a_screen_or_a_reason_for_none() -> None:
    models = {
        model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=False)
    }

    assert models - set(SCREENS) == set(WITHOUT_SCREEN)


def test_every_screen_is_unfolds() -> None:
    assert [s for s in admin.site._registry.values() if not isinstance(s, ModelAdmin)] == []


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_page_answers_a_superuser(busy: Shop, staff: Client, language: str) -> None:
    assert [m._meta.label for m in SCREENS if not m._default_manager.exists()] == []

    for url in addresses():
        response = staff.get(url, headers={"Accept-Language": language})

        assert response.status_code == 200, url
        assert response.headers["Content-Language"] == language
        _assert_harmless(response.content.decode(), url)


def _assert_harmless(page: str, url: str) -> None:
    assert SCRIPT not in page, url
    assert "<img src=x" not in page, url
    for secret in (API_KEY, AUTH_TOKEN, HOOKS_TOKEN, LOGIN):
        assert secret not in page, url
    for connection in JumpsellerConnection.objects.all():
        assert connection.hook_key not in page, url
    for document in Document.objects.all():
        assert document.access_key not in page, url


def test_hostile_texts_are_shown_as_texts(busy: Shop, staff: Client) -> None:
    order, document = busy.order(1001), busy.documents(1001)[0]

    page = staff.get(address(Order, "change", order.pk)).content.decode()
    listed = staff.get(address(Order, "changelist")).content.decode()
    lines = staff.get(address(Document, "change", document.pk)).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;img src=x onerror" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in listed
    assert "Caneca" in lines


def test_a_note_is_escaped_on_the_page_that_asks(busy: Shop, staff: Client) -> None:
    operation = DocumentOperation.objects.get(state="held")
    Document.objects.filter(pk=operation.document_id).update(customer_name=f"{SCRIPT}{IMAGE}", number=SCRIPT)
    document = Document.objects.get(pk=operation.document_id)

    url = address(Document, "change", document.pk).removesuffix("change/") + "approve-credit/"
    page = staff.get(url).content.decode()

    _assert_harmless(page, url)
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("who", ["anonymous", "staff"])
def test_nobody_else_sees_anything(busy: Shop, client: Client, who: str) -> None:
    if who == "staff":
        client.force_login(User.objects.create_user("rui", is_staff=True))

    for url in [*addresses(), _pdf(busy)]:
        if url == reverse("admin:index"):
            continue
        for response in (client.get(url), client.post(url, {"confirmed": "yes", "_save": "1"})):
            # A row that the person may not see answers as if it did not exist.
            is_hidden = response.status_code == 302 and response.headers["Location"] == "/admin/"
            assert is_hidden or response.status_code == (403 if who == "staff" else 302), url
            assert "1001" not in response.content.decode(), url
    index = client.get(reverse("admin:index"))
    assert index.status_code == (200 if who == "staff" else 302)
    assert "/admin/stores/" not in index.content.decode()


def _pdf(shop: Shop) -> str:
    return reverse("admin:invoicing_document_pdf", args=[shop.documents(1001)[0].pk])


def test_the_pdf_is_served_to_superusers(busy: Shop, staff: Client) -> None:
    response = staff.get(_pdf(busy))

    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "private, no-store" in response.headers["Cache-Control"]


def test_a_document_without_a_pdf_has_none(busy: Shop, staff: Client) -> None:
    document = busy.documents(1001)[0]
    Document.objects.filter(pk=document.pk).update(pdf="")

    assert staff.get(_pdf(busy)).status_code == 404


@pytest.mark.parametrize("model", [m for m in SCREENS if m._meta.app_label in OURS], ids=lambda m: m.__name__)
def test_mirrors_are_not_edited(model: type[Model], rf: Any, ana: User) -> None:
    """Only what people own can be changed; what happened cannot."""
    editable = {
        "Store": {"change"},
        "InvoicingAccount": {"change"},
        "Membership": {"add"},
    }
    request = rf.get("/admin/")
    request.user = ana
    screen = admin.site._registry[model]

    allowed = {
        verb for verb in ("add", "change", "delete") if getattr(screen, f"has_{verb}_permission")(request)
    }

    assert allowed == editable.get(model.__name__, set())


def test_a_secret_survives_a_saved_form(busy: Shop, staff: Client) -> None:
    account = busy.store.invoicing_profile.account
    url = address(type(account), "change", account.pk)

    response = staff.post(
        url,
        {
            "requests_per_minute": "30",
            "api_key": "overwritten",
            **{f"{p}-{n}": "0" for p in ("taxes", "series") for n in ("TOTAL_FORMS", "INITIAL_FORMS")},
        },
    )

    assert response.status_code == 302
    account.refresh_from_db()
    assert (account.api_key, account.requests_per_minute) == (API_KEY, 30)
