"""Every page, in every language: no error, no serious barrier, nothing wider than a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from invoicing.services.rulings import approve_credit, request_finalize
from sandbox.orders import Line
from tests.flow import Shop, drain

# Axe's findings in the frame that the framework draws around every page; nothing of ours may be added.
_OF_THE_FRAME: frozenset[str] = frozenset()


def pages(shop: Shop) -> list[str]:
    """One of each kind, with rows on it."""
    order, waiting = shop.order(1001), shop.order(1003)
    invoice, note = shop.documents(1001)
    named = [
        "admin:index",
        *(
            f"admin:{model}_changelist"
            for model in (
                "stores_order",
                "invoicing_document",
                "invoicing_documentoperation",
                "invoicing_ruling",
                "jumpseller_sync_webhookdelivery",
                "stores_store",
                "invoicing_invoicingaccount",
                "invoicing_invoicingprofile",
            )
        ),
    ]
    return [
        *(reverse(name) for name in named),
        reverse("admin:stores_order_change", args=[order.pk]),
        reverse("admin:stores_order_change", args=[waiting.pk]),
        reverse("admin:stores_order_buyer", args=[waiting.pk]),
        reverse("admin:invoicing_document_change", args=[invoice.pk]),
        reverse("admin:invoicing_document_change", args=[note.pk]),
        f"{reverse('admin:stores_order_waiting')}?store={shop.store.pk}&reason=missing_exemption&subject=exemption_code",
        reverse("admin:invoicing_invoicingprofile_change", args=[shop.store.invoicing_profile.pk]),
        reverse("admin:invoicing_invoicingaccount_change", args=[shop.store.invoicing_profile.account_id]),
        reverse("admin:stores_store_change", args=[shop.store.pk]),
        reverse("admin:invoicing_syncrun_new"),
        reverse("admin:invoicing_document_export"),
        reverse("admin:invoicing_document_approve_credit", args=[invoice.pk]),
        reverse("admin:invoicing_document_refund", args=[shop.documents(1004)[0].pk]),
        *_settings(shop),
    ]


def _settings(shop: Shop) -> list[str]:
    profile = shop.store.invoicing_profile.pk
    of_profile = ("change_settings", "taxes_of_store", "series_of_account", "settings_history")
    of_connection = ("credentials", "change_account")
    return [
        *(reverse(f"admin:invoicing_invoicingprofile_{name}", args=[profile]) for name in of_profile),
        *(
            reverse(f"admin:jumpseller_sync_jumpsellerconnection_{name}", args=[shop.connection.pk])
            for name in of_connection
        ),
        reverse("admin:stores_membership_changelist"),
        reverse("admin:stores_membership_add"),
    ]


@pytest.fixture
def lively(careful: Shop, django_user_model: Any) -> Shop:
    """1001 issued and credited, 1002 a draft, 1003 held, 1004 issued."""
    ana = django_user_model.objects.create_superuser("ana", "ana@example.com", "invented")
    careful.pay(1001, name="Inês", surname="Exemplo", taxid="123456789")
    careful.pay(1002)
    careful.pay(1003, lines=[Line(rate=None)])
    careful.pay(1004)
    request_finalize(careful.documents(1001)[0], user=ana)
    request_finalize(careful.documents(1004)[0], user=ana)
    drain(careful.clock)
    approve_credit(careful.documents(1001)[0], user=ana, reason="Direito de livre resolução")
    drain(careful.clock)
    return careful


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["pt-PT", "es-ES", "en-GB"])
def test_every_page_is_sound(lively: Shop, member: Any, language: str) -> None:
    rita = member(lively.store, "manager", language=language)
    found: dict[str, Any] = {}

    for path in pages(lively):
        status = rita.open(path)
        barriers = [b for b in rita.barriers() if b not in _OF_THE_FRAME]
        wide = rita.sideways_on_a_phone()
        if status != 200 or barriers or wide > 0:
            found[path] = (status, barriers, wide)

    assert found == {}
    assert rita.errors == []


def test_the_keyboard_is_enough(lively: Shop, member: Any) -> None:
    """From the landing page to the page that asks, with Tab and Enter, and the focus always to be seen."""
    rita = member(lively.store, "manager")
    document = lively.documents(1002)[0]
    rita.open(reverse("admin:invoicing_document_change", args=[document.pk]))
    target = rita.link("Finalizar").get_attribute("href")

    for _ in range(200):
        rita.page.keyboard.press("Tab")
        focused = rita.page.evaluate("document.activeElement.getAttribute('href')")
        if focused == target:
            break
    outline = rita.page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement);"
        " return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()"
    )
    rita.page.keyboard.press("Enter")
    rita.page.wait_for_load_state()

    assert focused == target
    assert outline
    assert "Isto não pode ser desfeito." in rita.text()
