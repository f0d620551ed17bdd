"""Rows built by hand, as small as the constraints allow."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from invoicing.domain.profile import Profile
from invoicing.models import (
    Document,
    DocumentOperation,
    InvoicingAccount,
    InvoicingProfile,
    InvoicingProfileVersion,
)
from invoicing.services.profiles import save_profile
from outbound.clock import now
from stores.models import Order, Store

_numbers = itertools.count(1)


def refused(constraint: str, write: Callable[..., Any], *args: Any, **fields: Any) -> None:
    """The database refuses the write by this constraint (SQLite names no unique one, only columns)."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        write(*args, **fields)
    words = str(error.value)
    assert constraint in words or words.startswith("UNIQUE constraint failed"), words


def store(code: str = "loja-exemplo", **fields: Any) -> Store:
    values = {"name": code, "reference_prefix": f"P{next(_numbers)}", **fields}
    return Store.objects.create(code=code, **values)


def account(name: str = "lojaexemplo", **fields: Any) -> InvoicingAccount:
    return InvoicingAccount.objects.create(account_name=name, **{"api_key": "invented-key", **fields})


def profile(for_store: Store, on_account: InvoicingAccount, value: Profile | None = None) -> InvoicingProfile:
    return save_profile(for_store, on_account, value or Profile())


def version(for_store: Store, on_account: InvoicingAccount) -> InvoicingProfileVersion:
    row = InvoicingProfile.objects.filter(store=for_store).first() or profile(for_store, on_account)
    assert row.current is not None
    return row.current


def order(of_store: Store, number: int | str = 1001, **fields: Any) -> Order:
    return Order.objects.create(store=of_store, shop_order_id=str(number), **fields)


def document(of_order: Order, on_account: InvoicingAccount, **fields: Any) -> Document:
    """A planned invoice unless `fields` say otherwise."""
    values: dict[str, Any] = {
        "profile_version": version(of_order.store, on_account),
        "role": "invoice",
        "kind": "invoice_receipt",
        "generation": 1,
        "status": "planned",
        "reference": f"{of_order.store.reference_prefix}-{of_order.shop_order_id}-{next(_numbers)}",
        "issued_on": date(2026, 7, 1),
        "currency": "EUR",
        "net_total": Decimal("10.00"),
        "tax_total": Decimal("2.30"),
        "gross_total": Decimal("12.30"),
        "plan": {},
        **fields,
    }
    return Document.objects.create(order=of_order, account=on_account, **values)


def operation(on_document: Document, verb: str = "create", **fields: Any) -> DocumentOperation:
    values: dict[str, Any] = {
        "is_fiscal": verb in ("create", "finalize", "delete", "cancel"),
        "not_before": now(),
        **fields,
    }
    return DocumentOperation.objects.create(document=on_document, verb=verb, **values)
