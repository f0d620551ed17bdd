from __future__ import annotations

import pytest

from invoicing.models import Document, InvoicingAccount
from stores.models import Order
from tests.models import rows


@pytest.fixture
def account(db: None) -> InvoicingAccount:
    return rows.account()


@pytest.fixture
def order(db: None) -> Order:
    return rows.order(rows.store())


@pytest.fixture
def invoice(order: Order, account: InvoicingAccount) -> Document:
    """A planned invoice."""
    return rows.document(order, account)
