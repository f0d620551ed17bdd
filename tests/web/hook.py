"""A connected shop's side of the webhook: signs, posts, and counts what was kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from invoicing.models import Document, DocumentOperation, OrderDecision
from jumpseller_sync.models import JumpsellerConnection, WebhookDelivery
from jumpseller_sync.signature import sign
from stores.models import Order, OrderRefresh, Store

TOKEN = "invented-hooks-token-of-the-shop"
BODY = b'{"order":{"id":1001,"status":"Paid","status_enum":"paid","total":12.3}}'
NOTHING = {
    "WebhookDelivery": 0,
    "Order": 0,
    "OrderRefresh": 0,
    "OrderDecision": 0,
    "Document": 0,
    "DocumentOperation": 0,
}


@dataclass
class Hook:
    connection: JumpsellerConnection
    rings: list[tuple[str, int]]

    @property
    def path(self) -> str:
        return f"/webhooks/jumpseller/{self.connection.hook_key}/"

    def post(
        self,
        body: bytes = BODY,
        event: str | None = "order_paid",
        *,
        path: str | None = None,
        content_type: str = "application/json",
        client: Client | None = None,
        **headers: str | None,
    ) -> HttpResponse:
        """Post a body, signed by the shop unless `signature` says otherwise; None leaves a header out."""
        given: dict[str, str | None] = {
            "Jumpseller-Event": event,
            "Jumpseller-Store-Code": headers.pop("store_code", self.connection.store.code),
            "Jumpseller-Hmac-Sha256": headers.pop("signature", sign(body, TOKEN)),
            "Jumpseller-Triggered-At": headers.pop("triggered_at", None),
        }
        assert not headers
        sent = {name: value for name, value in given.items() if value is not None}
        caller = client or Client(raise_request_exception=False)
        # Django's client leaves the type of an empty body out.
        answer: Any = caller.generic(
            "POST", path or self.path, body, content_type, headers=sent, CONTENT_TYPE=content_type
        )
        assert isinstance(answer, HttpResponse)
        return answer

    def row(self) -> WebhookDelivery:
        return WebhookDelivery.objects.get()


def kept() -> dict[str, int]:
    """How many rows there are of everything that a webhook may lead to."""
    models = (WebhookDelivery, Order, OrderRefresh, OrderDecision, Document, DocumentOperation)
    return {model.__name__: model._default_manager.count() for model in models}


def connect(code: str = "loja-exemplo", *, token: str = TOKEN, prefix: str = "LOJA") -> JumpsellerConnection:
    store = Store.objects.create(code=code, name=code, reference_prefix=prefix)
    return JumpsellerConnection.objects.create(
        store=store, login="login", auth_token="auth-token", hooks_token=token
    )


def said(response: HttpResponse) -> Any:
    """The JSON of an answer."""
    return json.loads(response.content)
