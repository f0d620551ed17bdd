"""The JSON of `connect_store`, and the shops that it connects."""

from __future__ import annotations

import copy
import io
import json
from typing import Any

import pytest

from invoicing.models import InvoicingAccount, InvoicingProfile, InvoicingProfileVersion
from jumpseller_sync.models import JumpsellerConnection
from sandbox.server import SandboxServer
from stores.models import Store
from tests.commands.run import Ended, command
from tests.flow import ACCOUNT, API_KEY, AUTH_TOKEN, HOOKS_TOKEN, LOGIN

SECRETS = (API_KEY, AUTH_TOKEN, HOOKS_TOKEN)
# The contract's example without the keys that are not obeyed yet.
EXAMPLE: dict[str, Any] = {
    "code": "loja-exemplo",
    "name": "Loja Exemplo",
    "country": "PT",
    "currency": "EUR",
    "timezone": "Europe/Lisbon",
    "jumpseller": {"login": LOGIN, "auth_token": AUTH_TOKEN},
    "invoicing": {"provider": "invoicexpress", "account": ACCOUNT, "api_key": API_KEY},
    "profile": {
        "document_type": "invoice_receipt",
        "unpaid_document_type": "invoice",
        "issue_on": "paid",
        "issue_delay_minutes": 0,
        "finalize": True,
        "email_customer": True,
        "bcc": "loja@example.com",
        "on_cancel": "credit_note",
        "prices_include_vat": None,
        "vat_region": "PT",
        "exemption_code": None,
        "oss": False,
        "invalid_tax_id": "final_consumer",
        "series": None,
        "go_live_on": "2026-01-01",
        "sync_stock": False,
    },
}
LEFT_OUT = object()


def example(**changes: Any) -> dict[str, Any]:
    """The example with some keys replaced; `jumpseller__login="x"` reaches into a section."""
    values = copy.deepcopy(EXAMPLE)
    for key, value in changes.items():
        *sections, name = key.split("__")
        place = values
        for section in sections:
            place = place[section]
        if value is LEFT_OUT:
            place.pop(name, None)
        else:
            place[name] = value
    return values


def open_shops(sandbox: SandboxServer, *codes: str) -> None:
    """One account, and a shop for each code with credentials of its own (the first has the example's)."""
    sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    for number, code in enumerate(codes or ("loja-exemplo",)):
        ending = "" if number == 0 else f"-{number}"
        sandbox.state.jumpseller.add_store(code, LOGIN + ending, AUTH_TOKEN + ending, HOOKS_TOKEN + ending)


def connect(values: Any, monkeypatch: pytest.MonkeyPatch, *options: str) -> Ended:
    """`connect_store --from - --json` with these settings on standard input."""
    text = values if isinstance(values, str) else json.dumps(values)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    ended = command("connect_store", "--from", "-", *(options or ("--json",)))
    for secret in SECRETS:
        assert secret not in ended.out + ended.err
    return ended


def saved() -> dict[str, int]:
    models = (Store, JumpsellerConnection, InvoicingAccount, InvoicingProfile, InvoicingProfileVersion)
    return {model.__name__: model._default_manager.count() for model in models}


NOTHING = {
    "Store": 0,
    "JumpsellerConnection": 0,
    "InvoicingAccount": 0,
    "InvoicingProfile": 0,
    "InvoicingProfileVersion": 0,
}


def refused(ended: Ended, *problems: str) -> None:
    """Exit 1, the problems named and no others, nothing saved."""
    assert ended.status == 1
    assert ended.json["status"] == "refused"
    assert ended.json["problems"] == list(problems)
    assert (ended.json["webhook_url"], ended.json["hooks"]) == ("", [])
    assert saved() == NOTHING
