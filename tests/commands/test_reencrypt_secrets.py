from __future__ import annotations

import json
from io import StringIO
from typing import Any

from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from invoicing.models import InvoicingAccount
from jumpseller_sync.models import JumpsellerConnection
from tests.flow import API_KEY, AUTH_TOKEN, HOOKS_TOKEN, Shop


def stored_keys() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM invoicing_invoicingaccount")
        return [row[0] for row in cursor.fetchall()]


def test_after_it_the_old_key_is_not_needed(shop: Shop, settings: Any) -> None:
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    before, out = stored_keys(), StringIO()

    call_command("reencrypt_secrets", "--json", stdout=out)

    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert json.loads(out.getvalue()) == {
        "rewritten": {"invoicing.InvoicingAccount": 1, "jumpseller_sync.JumpsellerConnection": 1}
    }
    assert stored_keys() != before
    assert InvoicingAccount.objects.get().api_key == API_KEY
    connected = JumpsellerConnection.objects.get()
    assert (connected.auth_token, connected.hooks_token) == (AUTH_TOKEN, HOOKS_TOKEN)


def test_twice_changes_nothing_that_can_be_read(shop: Shop) -> None:
    for _ in range(2):
        call_command("reencrypt_secrets", stdout=StringIO())

    assert InvoicingAccount.objects.get().api_key == API_KEY
