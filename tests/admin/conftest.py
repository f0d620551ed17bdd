"""A shop in which everything that the screens show has happened, with hostile texts in it."""

from __future__ import annotations

from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import Group, User
from django.test import Client

from invoicing.domain.reasons import HoldReason
from invoicing.models import DocumentOperation, SweepMark, SyncRun
from invoicing.services.rulings import approve_credit, delete_draft
from outbound.models import Allowance
from sandbox.orders import Line
from stores.models import Membership
from tests.flow import Shop, drain

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Pages are rendered without collecting the static files first."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def staff(ana: User, client: Client) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def busy(shop: Shop, ana: User) -> Shop:
    """Orders: 1001 issued, to a hostile buyer; 1002 credited; 1003 not decidable; 1004 cancelled;
    1005 with its mail held."""
    shop.pay(
        1001,
        customer_id=666,
        name=SCRIPT,
        surname=IMAGE,
        lines=[Line(name=f"Caneca {SCRIPT} {IMAGE}", sku="A<b>")],
    )
    shop.pay(1002)
    approve_credit(shop.documents(1002)[0], user=ana, reason=f"note {SCRIPT} {IMAGE}")
    drain(shop.clock)
    shop.pay(1003, lines=[Line(rate=None)])
    shop.pay(1004)
    shop.put(1004, status="canceled")
    shop.ring(1004, "order_canceled")
    drain(shop.clock)
    shop.pay(1005)
    DocumentOperation.objects.filter(document__order__shop_order_id="1005", verb="mail").update(
        state="held", hold_reason=HoldReason.MAIL_REFUSED, detail=f"550 {SCRIPT} {IMAGE}"
    )
    shop.ring_raw(b'{"order": {"id": "x"}}', "order_paid")
    _rest(shop, ana)
    return shop


def _rest(shop: Shop, ana: User) -> None:
    """Rows that no flow makes."""
    Group.objects.create(name=f"Equipa {SCRIPT}")
    Membership.objects.create(user=ana, store=shop.store, role="manager")
    SweepMark.objects.get_or_create(pk=1, defaults={"swept_at": shop.clock()})
    Allowance.objects.get_or_create(key=f"key {SCRIPT}")
    run = SyncRun.objects.create(store=shop.store, limit=5, error=SCRIPT, state="failed")
    run.rows.create(position=1, shop_order_id="1001", buyer_name=SCRIPT, outcome="held", detail=IMAGE)
    typed: dict[str, Any] = {
        "username": SCRIPT,
        "ip_address": "192.0.2.1",
        "user_agent": IMAGE,
        "path_info": "/admin/",
        "http_accept": "*/*",
    }
    AccessAttempt.objects.create(**typed, failures_since_start=3, get_data="", post_data=f"password={SCRIPT}")
    AccessFailureLog.objects.create(**typed)
    AccessLog.objects.create(**typed)


def delete_first_draft(shop: Shop, order_id: int, user: User) -> None:
    delete_draft(shop.documents(order_id)[0], user=user)
    drain(shop.clock)
