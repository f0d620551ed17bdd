"""Every address of the admin, opened by every role, in the own store and in another one.

The addresses come from the resolver: a new one fails here until the table says who may open it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from invoicing.models import Document, DocumentOperation, InvoicingProfileVersion, Ruling, SyncRun
from invoicing.services.rulings import approve_credit, issue_anyway, keep_draft, request_finalize
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.admin.base import StaffAdmin
from stores.domain.roles import RIGHTS, Right, Role
from stores.models import Membership, Order
from tests.flow import FakeClock, Shop, connect_shop, drain

EVERYBODY, STAFF, SUPERUSERS = "everybody", "staff", "superusers"
# Addresses of the framework, and of pages that are about no row.
FRAMEWORK: dict[str, str | Right] = {
    "index": STAFF,
    "login": EVERYBODY,
    "logout": EVERYBODY,
    "password_change": STAFF,
    "password_change_done": STAFF,
    "jsi18n": STAFF,
    "autocomplete": STAFF,
    "view_on_site": STAFF,
    "app_list": STAFF,
    "search": STAFF,
    "toggle_sidebar": STAFF,
    "stores_order_waiting": Right.VIEW,
    "stores_order_waiting_retry": Right.WORK,
    "invoicing_syncrun_new": Right.ISSUE,
}
# What is opened from a row, by the end of its name.
OF_A_ROW: dict[str, Right | None] = {
    "finalize": None,  # the row's kind decides; its own right is asked below
    "keep_draft": Right.ISSUE,
    "delete_draft": Right.ISSUE,
    "approve_credit": Right.CREDIT,
    "refund": Right.CREDIT,
    "settle_otherwise": Right.CREDIT,
    "cancel_document": Right.CREDIT,
    "compare": Right.WORK,
    "resend": Right.WORK,
    "open_provider": Right.VIEW,
    "correct_buyer": Right.ISSUE,
    "buyer": Right.ISSUE,
    "pdf": Right.VIEW,
    "reprocess": Right.WORK,
    "do_not_invoice": Right.ISSUE,
    "issue_anyway": Right.ISSUE,
    "accept_rates": Right.SETTINGS,
    "retry": Right.WORK,
    "give_up": Right.ISSUE,
    "revoke": None,
    "progress": Right.VIEW,
    "issue": Right.ISSUE,
    "change_settings": Right.SETTINGS,
    "taxes_of_store": Right.SETTINGS,
    "create_tax": Right.SETTINGS,
    "series_of_account": Right.SETTINGS,
    "read_account": Right.SETTINGS,
    "settings_history": Right.VIEW,
    "credentials": Right.CREDENTIALS,
    "test_connections": Right.CREDENTIALS,
    "change_account": Right.CREDENTIALS,
    "change_role": Right.MEMBERS,
    "make_link": Right.MEMBERS,
    "remove_member": Right.MEMBERS,
    "changelist": Right.VIEW,
    "export": Right.EXPORT,
    "change": Right.VIEW,
    "history": Right.VIEW,
}
NOBODY_ELSE = ("add", "delete")  # superusers, or not even they


class Address(NamedTuple):
    name: str
    model: type[Model] | None
    page: str


def names(patterns: Any = None) -> Iterator[str]:
    """Every named address under the admin's own resolver."""
    if patterns is None:
        (mounted,) = [p for p in get_resolver().url_patterns if getattr(p, "namespace", None) == "admin"]
        patterns = mounted.url_patterns
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name


def addresses() -> list[Address]:
    models = {f"{m._meta.app_label}_{m._meta.model_name}": m for m in admin.site._registry}
    prefixes = sorted(models, key=len, reverse=True)
    found = []
    for name in sorted(set(names())):
        prefix = next((p for p in prefixes if name.startswith(f"{p}_")), None)
        if name in FRAMEWORK or prefix is None:
            found.append(Address(name, None, name))
        else:
            found.append(Address(name, models[prefix], name.removeprefix(f"{prefix}_")))
    return found


def right_of(address: Address) -> str | Right | None:
    """Who may open it; the table is the whole of it."""
    if address.model is None:
        return FRAMEWORK.get(address.name)
    screen = admin.site._registry[address.model]
    if getattr(screen, "store_path", None) is None:
        return SUPERUSERS
    own = OWN.get(address.name)
    if own is None and address.page in NOBODY_ELSE:
        return SUPERUSERS
    return own or OF_A_ROW.get(address.page)


# Pages of single screens, by their whole name.
OWN: dict[str, Right] = {
    f"stores_membership_{page}": Right.MEMBERS for page in ("changelist", "add", "change", "history")
}


def test_every_address_is_in_the_table() -> None:
    missing = [
        address.name
        for address in addresses()
        if right_of(address) is None and address.page not in ("finalize", "revoke")
    ]

    assert missing == []


def test_every_screen_of_ours_says_whose_its_rows_are() -> None:
    ours = ("stores", "invoicing", "jumpseller_sync", "outbound")
    strange = [
        model._meta.label
        for model, screen in admin.site._registry.items()
        if model._meta.app_label in ours and not isinstance(screen, StaffAdmin)
    ]

    assert strange == []


# --- opening them


@pytest.fixture
def two(sandbox: SandboxServer, clock: FakeClock) -> tuple[Shop, Shop]:
    """Two stores, in each of which everything has happened that a screen shows."""
    return tuple(  # type: ignore[return-value]
        _lively(connect_shop(sandbox, clock, code=code, finalize=False), base)
        for code, base in (("minha-loja", 1000), ("outra-loja", 2000))
    )


def _lively(shop: Shop, base: int) -> Shop:
    shop.pay(base + 1, name="Inês", surname=f"Exemplo {base}")
    order = shop.pay(base + 2, lines=[Line(rate=None)])
    ana, _made = User.objects.get_or_create(username="ana", is_superuser=True, is_staff=True)
    issue_anyway(order, user=ana, reason=f"reason {base}")
    Ruling.objects.create(order=order, kind="do_not_invoice", by=ana, reason=f"reason {base}")
    DocumentOperation.objects.filter(document__order__store=shop.store).update(
        state="held", hold_reason="internal", detail=f"detail {base}"
    )
    drain(shop.clock)
    run = SyncRun.objects.create(store=shop.store, state="failed", error=f"reason {base}")
    run.rows.create(position=1, shop_order_id=f"{base + 1}", buyer_name=f"Exemplo {base}", outcome="held")
    for document in shop.documents(base + 1):
        document.pdf.save("invented.pdf", ContentFile(b"%PDF-1.4"))
    return shop


def rows(model: type[Model], shop: Shop) -> list[Model]:
    screen = admin.site._registry[model]
    assert isinstance(screen, StaffAdmin)
    found = screen.of_stores(model._default_manager.all(), type(shop.store).objects.filter(pk=shop.store.pk))
    return list(found[:1])


def url_of(address: Address, row: Model | None) -> str | None:
    try:
        return reverse(f"admin:{address.name}", args=[] if row is None else [row.pk])
    except NoReverseMatch:
        return None


def everything() -> Any:
    return (
        list(Ruling.objects.order_by("id").values_list("kind", "revoked_at")),
        list(DocumentOperation.objects.order_by("id").values_list("verb", "state")),
        list(Document.objects.order_by("id").values_list("status")),
        list(Order.objects.order_by("id").values_list("pk")),
        list(InvoicingProfileVersion.objects.order_by("id").values_list("pk")),
        list(Membership.objects.order_by("id").values_list("user", "store", "role")),
    )


QUESTIONS = [
    ("jumpseller_sync_jumpsellerconnection", "hook_key__startswith=a"),
    ("jumpseller_sync_jumpsellerconnection", "login__regex=^c"),
    ("invoicing_invoicingaccount", "api_key__startswith=g"),
    ("stores_order", "buyer_name__regex=^(a%2B)%2B$"),
    ("stores_order", "payload__contains=x"),
    ("stores_order", "store__jumpseller__hook_key__startswith=a"),
    ("invoicing_document", "access_key__startswith=a"),
]


def test_a_list_answers_no_questions_that_it_does_not_offer(two: tuple[Shop, Shop]) -> None:
    mine, _other = two
    client = browser_of(mine, Role.VIEWER)

    answers = {
        query: client.get(f"{reverse(f'admin:{screen}_changelist')}?{query}").status_code
        for screen, query in QUESTIONS
    }

    assert answers == {query: 400 for _screen, query in QUESTIONS}


def test_a_credit_note_is_no_operators_business(two: tuple[Shop, Shop]) -> None:
    """Neither to give it its number, nor to take back the word that kept it from it, nor to delete it."""
    mine, _other = two
    ana = User.objects.get(username="ana")
    DocumentOperation.objects.filter(state="held").update(state="queued", hold_reason="")
    invoice = mine.documents(1001)[0]
    assert request_finalize(invoice, user=ana).is_done
    drain(mine.clock)
    assert approve_credit(invoice, user=ana, reason="Erro no preço").is_done
    drain(mine.clock)
    _invoice, note = mine.documents(1001)
    assert keep_draft(note, user=ana).is_done
    word = Ruling.objects.get(kind="keep_draft")
    client = browser_of(mine, Role.OPERATOR)
    before = everything()

    for model, row, act in (
        ("document", note.pk, "finalize"),
        ("document", note.pk, "delete-draft"),
        ("document", note.pk, "keep-draft"),
        ("ruling", word.pk, "revoke"),
    ):
        url = f"/admin/invoicing/{model}/{row}/{act}/"
        assert client.post(url, {"confirmed": "yes"}).status_code == 403, act
    drain(mine.clock)

    assert everything() == before
    note.refresh_from_db()
    assert note.status == "draft"


def browser_of(shop: Shop, role: Role | None) -> Client:
    user = User.objects.create_user(f"rui-{role}", is_staff=True)
    if role is not None:
        Membership.objects.create(user=user, store=shop.store, role=role)
    client = Client()
    client.force_login(user, backend="stores.auth.MembershipBackend")
    return client


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_a_role_opens_what_it_may_and_changes_nothing_by_looking(
    two: tuple[Shop, Shop], role: Role | None
) -> None:
    mine, _other = two
    client = browser_of(mine, role)
    before = everything()
    wrong = {}

    for address in addresses():
        right = right_of(address)
        if not isinstance(right, Right) or address.model is None:
            continue
        needed = rows(address.model, mine) if address.page not in ("changelist", "add") else [None]
        for row in needed:
            url = url_of(address, row)
            if url is None:
                continue
            response = client.get(url)
            # A row that one may not see answers as if it did not exist.
            is_hidden = response.status_code == 302 and response.headers["Location"] == "/admin/"
            is_refused = is_hidden or response.status_code in (403, 404)
            is_allowed = role is not None and right in RIGHTS[role]
            if is_refused == is_allowed or response.status_code >= 500:
                wrong[url] = (str(right), response.status_code)

    assert wrong == {}
    assert everything() == before


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_another_stores_rows_are_not_there(two: tuple[Shop, Shop], role: Role | None) -> None:
    mine, other = two
    client = browser_of(mine, role)
    before = everything()
    seen = {}

    for address in addresses():
        if address.model is None or getattr(admin.site._registry[address.model], "store_path", None) is None:
            continue
        if address.page in ("changelist", "add"):
            continue
        for row in _only_of(address.model, other, mine):
            url = url_of(address, row)
            if url is None:
                continue
            sent = {"confirmed": "yes", "_save": "1"}
            for response in (client.get(url, sent), client.post(url, sent)):
                page = b"" if response.streaming else response.content
                if response.status_code not in (302, 403, 404, 405) or b"Exemplo 2000" in page:
                    seen[url] = response.status_code

    assert seen == {}
    assert everything() == before


def _only_of(model: type[Model], other: Shop, mine: Shop) -> list[Model]:
    """An account that both stores share belongs to both."""
    shared = {row.pk for row in rows(model, mine)}
    return [row for row in rows(model, other) if row.pk not in shared]


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_lists_and_searches_show_the_own_store_only(two: tuple[Shop, Shop], role: Role | None) -> None:
    mine, other = two
    client = browser_of(mine, role)

    for address in addresses():
        if address.page != "changelist" or address.model is None:
            continue
        url = url_of(address, None)
        for query in ("", "?q=2", f"?store={other.store.pk}", "?q=Exemplo"):
            page = client.get(f"{url}{query}").content.decode()
            for text in ("Exemplo 2000", "reason 2000", "detail 2000", "outra-loja", "/2001"):
                assert text not in page, (url, query, text)
    for words in ("2001", "Exemplo", "outra"):
        for extended in ("", "&extended=1"):
            page = client.get(f"{reverse('admin:search')}?s={words}{extended}").content.decode()
            assert "Exemplo 2000" not in page
            assert "outra-loja" not in page


@pytest.mark.parametrize("role", [r for r in Role if Right.ISSUE not in RIGHTS[r]], ids=str)
def test_an_act_from_a_list_needs_its_right(two: tuple[Shop, Shop], role: Role) -> None:
    mine, _other = two
    client = browser_of(mine, role)
    before = everything()
    (document, *_rest) = Document.objects.filter(order__store=mine.store)

    for action in ("finalize", "delete_draft", "approve_credit"):
        client.post(
            reverse("admin:invoicing_document_changelist"),
            {
                "action": f"{action}_selected",
                "_selected_action": [str(document.pk)],
                "index": "0",
                "confirmed": "yes",
            },
        )

    assert everything() == before
