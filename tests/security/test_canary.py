"""After every fault that the sandbox knows, no secret is in a log, a row, a mail, a page or a message."""

from __future__ import annotations

import base64
import io
import json
import logging
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from invoicing import bell
from invoicing.models import InvoicingAccount
from invoicing.providers.registry import provider_for
from jumpseller_sync.clients import client_for
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.connect import (
    connect_store,
)
from outbound.errors import OutboundError
from sandbox.faults import KINDS
from sandbox.server import SandboxServer
from stores.models import Store
from tests.commands.run import command
from tests.flow import API_KEY, AUTH_TOKEN, HOOKS_TOKEN, LOGIN, Shop, drain, shop_settings
from tests.security.canary import (
    SECRETS,
    assert_clean,
    assert_no_secret_in_the_database,
    assert_no_secret_in_the_mails,
    everything_logged,
    hits,
    spellings,
)

# The vendor's answer repeats the credentials of the call, as a careless proxy or a debug page does.
_BASIC = base64.b64encode(f"{LOGIN}:{AUTH_TOKEN}".encode()).decode()
ECHO = {
    "invoicexpress": f"key {API_KEY} ?api_key={API_KEY}&x=1 (api_key: {API_KEY})",
    "jumpseller": f"login {LOGIN} token {AUTH_TOKEN} ?login={LOGIN}&authtoken={AUTH_TOKEN} Basic {_BASIC}",
}
TARGETS: dict[str, dict[str, Any]] = {
    "create": {"vendor": "invoicexpress", "method": "POST", "path_regex": r"invoice_receipts\.json"},
    "finalize": {"vendor": "invoicexpress", "path_regex": "change-state"},
    "PDF": {"vendor": "invoicexpress", "path_regex": r"api/pdf"},
    "attach": {"vendor": "jumpseller", "method": "POST", "path_regex": "documents"},
    "PDF file": {"vendor": "invoicexpress", "path_regex": "invoicexpress-files"},
    "order": {"vendor": "jumpseller", "method": "GET", "path_regex": r"orders/\d+\.json"},
}


def details(kind: str, vendor: str, url: str) -> dict[str, Any]:
    """What makes a fault of this kind as talkative as it can be."""
    echo = ECHO[vendor]
    talkative: dict[str, dict[str, Any]] = {
        "error_before": {"status": 422, "body": {"errors": [{"error": echo}]}, "headers": {"X-Debug": echo}},
        "error_after": {"body": f"<html><title>{echo}</title>{echo}</html>"},
        "garbage": {"body": {"echo": echo, "output": {"pdfUrl": f"{url}/x.pdf?api_key={API_KEY}"}}},
        "status": {"status": 500, "headers": {"X-Debug": echo}},
        "redirect": {"location": f"{url}/elsewhere?api_key={API_KEY}&login={LOGIN}&authtoken={AUTH_TOKEN}"},
        "delay_before": {"seconds": 0.4},
        "delay_after": {"seconds": 0.4},
        "trickle": {"interval": 0.1},
    }
    return talkative.get(kind, {})


def assert_clean_everywhere(shop: Shop, logs: list[io.StringIO], rung: list[Any], capture: Any) -> None:
    bell._bell.flush()
    assert_no_secret_in_the_database()
    assert_no_secret_in_the_mails()
    assert_clean(*(log.getvalue() for log in logs), rung)
    exported = command("export_documents", shop.store.code)
    assert_clean(exported.out, exported.err)
    printed = capture.readouterr()
    assert_clean(printed.out, printed.err)


SLOW = ("delay_before", "delay_after", "trickle")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_fault_brings_a_secret_to_light(
    sandbox: SandboxServer, shop: Shop, silent_bell, settings, capfd, kind: str
) -> None:
    """One order for each of the places at which the fault can strike."""
    settings.HTTP_TIMEOUT_SECONDS = 0.25 if kind in SLOW else 5
    with everything_logged() as logs:
        for order_id, (target, where) in enumerate(TARGETS.items(), start=1001):
            sandbox.state.faults.add(kind=kind, **where, **details(kind, where["vendor"], sandbox.url))
            shop.pay(order_id)
            assert sandbox.state.faults.pending() == [], f"{target}: the fault was never met"

    assert_clean_everywhere(shop, logs, silent_bell, capfd)
    assert len({d.reference for d in shop.stored()}) == len(shop.stored()) <= len(TARGETS)


@pytest.mark.parametrize("status", [401, 403, 409, 422, 429])
@pytest.mark.parametrize("vendor", ["invoicexpress", "jumpseller"])
def test_no_refusal_brings_a_secret_to_light(
    sandbox: SandboxServer, shop: Shop, silent_bell, capfd, vendor: str, status: int
) -> None:
    echo = ECHO[vendor]
    body = {"errors": [{"error": echo}], "message": echo}
    with everything_logged() as logs:
        sandbox.state.faults.add(
            kind="error_before", vendor=vendor, status=status, body=body, times=4, headers={"X-Debug": echo}
        )
        shop.pay(1001)

    assert_clean_everywhere(shop, logs, silent_bell, capfd)


@pytest.mark.parametrize("wrong", ["api_key", "auth_token", "login", "all"])
def test_wrong_credentials_are_not_repeated(
    sandbox: SandboxServer, shop: Shop, silent_bell, capfd, wrong: str
) -> None:
    """The secrets that we hold are the canaries; the vendors were given others."""
    account, shop_side = shop.account, shop.shop_side
    if wrong in ("api_key", "all"):
        account.api_key = "what-the-vendor-wants-now"
    if wrong in ("auth_token", "all"):
        shop_side.auth_token = "what-the-shop-wants-now"
    if wrong in ("login", "all"):
        shop_side.login = "who-the-shop-knows-now"
    with everything_logged() as logs:
        report = connect_store(shop_settings())
        shop.put(1001)
        shop.ring(1001)
        drain(shop.clock, hours=0.25)

    assert report.status == "incomplete"
    assert InvoicingAccount.objects.filter(stopped_at__isnull=False).exists() == (wrong in ("api_key", "all"))
    assert Store.objects.filter(stopped_at__isnull=False).exists() == (wrong != "api_key")
    assert_clean(report)
    assert_clean_everywhere(shop, logs, silent_bell, capfd)


def test_no_webhook_brings_a_secret_to_light(shop: Shop, silent_bell, capfd) -> None:
    with everything_logged() as logs:
        shop.pay(1001)
        for headers in (
            {"Jumpseller-Hmac-Sha256": HOOKS_TOKEN},
            {"Jumpseller-Hmac-Sha256": base64.b64encode(HOOKS_TOKEN.encode()).decode()},
            {"Authorization": f"Basic {base64.b64encode(f'{LOGIN}:{AUTH_TOKEN}'.encode()).decode()}"},
            {"Cookie": f"token={AUTH_TOKEN}"},
        ):
            assert shop.ring(1001, **headers) in (200, 401)

    assert_clean_everywhere(shop, logs, silent_bell, capfd)


def test_a_secret_that_a_visitor_puts_into_an_address_is_not_written_down(db: None) -> None:
    with everything_logged() as (_records, lines):
        answer = Client().get(f"/d/x.y/?api_key={API_KEY}&authtoken={AUTH_TOKEN}")

    assert "request_started" in lines.getvalue()
    assert_clean(lines.getvalue(), answer.content.decode(), str(answer.headers))


def test_no_text_form_holds_a_secret(shop: Shop) -> None:
    connection, account = JumpsellerConnection.objects.get(), InvoicingAccount.objects.get()
    provider, client = provider_for(account), client_for(shop.store)

    for thing in (shop_settings(), connection, account, provider, client, connection.store):
        assert_clean(f"{thing!r} {thing}")
    from jumpseller_sync import views

    shop.put(1001)
    shop.ring(1001)
    assert views._hooks
    assert_clean(views._hooks)


@pytest.mark.parametrize("kind", ["drop_before", "error_before", "redirect", "truncate", "garbage"])
def test_no_exception_holds_a_secret(sandbox: SandboxServer, shop: Shop, kind: str) -> None:
    """Not even an exception's cause, context or arguments, which an error report would show."""
    for vendor in ECHO:
        sandbox.state.faults.add(kind=kind, vendor=vendor, times=None, **details(kind, vendor, sandbox.url))
    provider, client = provider_for(InvoicingAccount.objects.get()), client_for(shop.store)

    for call in (provider.read_account, client.store_info, lambda: client.read_order_text("1001")):
        with pytest.raises(OutboundError) as raised:
            call()
        error: BaseException | None = raised.value
        while error is not None:
            assert_clean(f"{error!r} {error} {error.args!r}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_the_libraries_own_debug_lines_are_cleaned(sandbox: SandboxServer, shop: Shop) -> None:
    """Somebody turns DEBUG on to look for an error, and a call outside our own session goes wrong."""
    with everything_logged() as logs:
        requests.get(f"{sandbox.url}/invoicexpress/x/taxes.json?api_key={API_KEY}", timeout=5)
        logging.getLogger("urllib3.connectionpool").debug(
            '%s://%s:%s "%s %s %s"', "https", "x", 443, "GET", f"/taxes.json?api_key={API_KEY}", "HTTP/1.1"
        )
        logging.getLogger("anything").warning("GET /taxes.json?api_key=%s", API_KEY)

    bare, product = (log.getvalue() for log in logs)
    assert "GET" in bare
    assert "***" in bare
    assert "***" in product
    assert hits(product) == []
    library = [line for line in bare.splitlines() if line.startswith(("urllib3", "requests"))]
    assert_clean(*library)


def admin_pages() -> list[str]:
    """Every list, and the page of every row, that the back-office has."""
    from django.contrib import admin

    pages = []
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages.append(reverse(f"{name}_changelist"))
        for row in model._default_manager.all()[:2]:
            for page in ("change", "history"):
                try:
                    pages.append(reverse(f"{name}_{page}", args=[row.pk]))
                except NoReverseMatch:
                    continue
    return pages


def test_no_page_of_the_back_office_shows_a_secret(sandbox: SandboxServer, shop: Shop, settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    sandbox.state.faults.add(
        kind="error_before",
        vendor="invoicexpress",
        status=422,
        body={"errors": [{"error": ECHO["invoicexpress"]}]},
        method="POST",
    )
    shop.pay(1001)
    shop.pay(1002)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("ana", password="an-invented-password"))

    seen = 0
    for page in (reverse("admin:index"), *admin_pages()):
        answer = client.get(page)
        assert answer.status_code in (200, 302, 403), page
        text = answer.content.decode()
        seen += answer.status_code == 200
        # A login is a name, and shown as such where it lives.
        shown = (
            text.replace(LOGIN, "") if "jumpsellerconnection" in page or "/stores/store/" in page else text
        )
        assert hits(shown) == [], page
    assert seen >= 2


def test_what_is_looked_for_would_be_found() -> None:
    """The search itself: each secret is noticed in every form in which it travels."""
    for text in (*SECRETS, f"x{API_KEY}y", f"Authorization: Basic {_BASIC}", json.dumps({"a": [AUTH_TOKEN]})):
        assert hits(text)
    for shift in range(4):
        assert hits(base64.b64encode(b"a" * shift + API_KEY.encode() + b"tail").decode())
    assert hits("nothing of the kind") == []
    assert all(len(form) >= 12 for form in spellings())
