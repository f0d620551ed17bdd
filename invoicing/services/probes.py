"""The probes of stopped vendors, as due work like any other."""

from __future__ import annotations

from functools import partial

from invoicing.models import InvoicingAccount
from invoicing.providers.registry import provider_for
from invoicing.queue import WorkSource
from invoicing.services.availability import probe
from stores import stops
from stores.models import Store
from stores.platform import platform_for


def probe_account(pk: int) -> None:
    account = InvoicingAccount.objects.get(pk=pk)
    probe(account, lambda: provider_for(account).ping())


def probe_store(pk: int) -> None:
    store = Store.objects.get(pk=pk)
    probe(store, lambda: platform_for(store).connect(store).ping())


ACCOUNTS = WorkSource(
    "invoicing.probe_account",
    partial(stops.due_probes, InvoicingAccount),
    probe_account,
    partial(stops.next_probe_at, InvoicingAccount),
)
STORES = WorkSource(
    "invoicing.probe_store",
    partial(stops.due_probes, Store),
    probe_store,
    partial(stops.next_probe_at, Store),
)
