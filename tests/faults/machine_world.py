"""The ground of the state machine: a store and an account for each example, and what people do by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F

from invoicing.domain.credit import build_credit_note
from invoicing.models import Document, DocumentOperation, InvoicingAccount
from invoicing.providers.registry import provider_for
from jumpseller_sync.models import WebhookDelivery
from jumpseller_sync.services.connect import connect_store
from sandbox.invoicexpress import rendering
from sandbox.invoicexpress.records import CREDIT_NOTE
from sandbox.invoicexpress.records import Document as Paper
from sandbox.messages import Request
from sandbox.orders import Line, nif
from sandbox.server import SandboxServer
from stores.models import OrderRefresh, Store
from tests.faults.watch import Watch, order_of
from tests.flow import API_KEY, AUTH_TOKEN, HOOKS_TOKEN, FakeClock, Shop, shop_settings

START = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
FIRST_ORDER = 1001


class OwnShop(Shop):
    """A shop whose invoicing account is nobody else's: its series and its dates begin afresh."""

    @property
    def account(self) -> Any:
        return self.sandbox.state.invoicexpress.accounts[self.store.code]


@dataclass
class ShopOrder:
    """An order as the shop has it now, and when it was last unpaid or edited."""

    order_id: int
    status: str
    price: Decimal = Decimal("12.30")
    tax_id: str | None = None
    edits: int = 0
    unpaid_at: datetime | None = None
    edited_at: datetime | None = None

    def edit(self, what: str, moment: datetime) -> None:
        self.edits += 1
        self.edited_at = moment
        if what in ("paid", "canceled"):
            self.status = what
        elif what == "total":
            self.price = Decimal("12.30") + self.edits
        elif what == "tax_id":
            self.tax_id = nif(self.order_id * 50 + self.edits)
        if self.status != "paid":
            self.unpaid_at = moment


class World:
    """What stays between examples: the sandbox, the clock, a person of staff."""

    def __init__(self, sandbox: SandboxServer, clock: FakeClock, user: User) -> None:
        self.sandbox, self.clock, self.user = sandbox, clock, user
        self.examples = 0

    def open_shop(self, **profile: Any) -> OwnShop:
        """A new store in an empty sandbox, at the same moment as every other one."""
        self._forget()
        self.examples += 1
        code = f"loja-{self.examples}"
        state = self.sandbox.state
        state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
        state.invoicexpress.add_account(code, API_KEY)
        state.jumpseller.add_store(code, code, AUTH_TOKEN, f"{HOOKS_TOKEN}-{code}")
        settings = shop_settings(code, email_customer=False, **profile)
        report = connect_store(replace(settings, login=code, account_name=code))
        assert report.problems == []
        store = Store.objects.get(code=code)
        return OwnShop(self.sandbox, self.clock, store, store.jumpseller)

    def _forget(self) -> None:
        """An example that broke off leaves work behind: nobody does it any more."""
        self.sandbox.reset()
        self.clock.moment = START
        DocumentOperation.objects.filter(state__in=("queued", "running")).update(
            state="superseded", lease_token="", lease_until=None
        )
        OrderRefresh.objects.update(processed=F("requested"), lease_token="", lease_until=None)
        WebhookDelivery.objects.filter(state="received").update(state="processed")
        for model in (Store, InvoicingAccount):
            model.objects.update(stopped_at=None, next_probe_at=None)


class ByHand:
    """What people do inside the invoicing account, past us. Each says whether it was possible."""

    def __init__(self, shop: OwnShop, watch: Watch) -> None:
        self.shop, self.watch = shop, watch
        self.touched: dict[str, datetime] = {}  # provider id: when

    def papers(self, *statuses: str) -> list[Paper]:
        found = self.shop.account.documents.values()
        return [d for d in found if order_of(d.reference) and d.status in statuses]

    def change(self, paper: Paper, state: str) -> bool:
        root = {"state": state, "message": "à mão"}
        path = f"{paper.kind.path}/{paper.id}/change-state.json"
        return self._send("PUT", path, json.dumps({"invoice": root}), paper)

    def credit(self, paper: Paper) -> bool:
        row = Document.objects.filter(order__store=self.shop.store, provider_id=str(paper.id)).first()
        if row is None or not row.is_final or paper.kind == CREDIT_NOTE:
            return False
        note = build_credit_note(
            row.planned(),
            reference="A-MAO",
            issued_on=self.shop.clock.moment.date(),
            original_provider_id=row.provider_id,
            original_number=row.number,
            reason="Feita à mão",
        )
        body = provider_for(row.account).render_create(replace(note, series=""), series_id="")
        if not self._send("POST", "credit_notes.json", body, paper):
            return False
        made = max(self.shop.account.documents.values(), key=lambda d: d.id)
        return self._send("PUT", f"credit_notes/{made.id}/change-state.json", _FINALIZED, paper)

    def _send(self, method: str, path: str, body: str, paper: Paper) -> bool:
        request = Request.of(
            method,
            f"/invoicexpress/{self.shop.store.code}/{path}?api_key={API_KEY}",
            headers={"Content-Type": "application/json"},
            body=body.encode(),
        )
        self.watch.is_by_hand = True
        try:
            answer = self.shop.sandbox.state.invoicexpress.handle(request)
        finally:
            self.watch.is_by_hand = False
        if answer.status in (200, 201):
            self.touched[str(paper.id)] = self.shop.clock()
            return True
        return False


_FINALIZED = json.dumps({"invoice": {"state": "finalized"}})


def total_of(shop: Shop, paper: Paper) -> Decimal:
    desk = shop.sandbox.state.invoicexpress.desk(shop.account)
    return rendering.figures_of(desk, paper).total


def credited_of(shop: Shop, paper: Paper) -> Decimal:
    """What final notes, ours or made by hand, have credited of it."""
    notes = [d for d in shop.account.related(paper.id) if d.kind == CREDIT_NOTE]
    numbered = [note for note in notes if note.status in ("final", "settled")]
    return sum((total_of(shop, note) for note in numbered), Decimal(0))


def put(shop: Shop, order: ShopOrder) -> dict[str, Any]:
    return shop.put(
        order.order_id,
        status=order.status,
        lines=[Line(price=order.price)],
        taxid=order.tax_id,
        customer_id=order.order_id,
        surname=f"Fictícia {order.order_id}",
    )
