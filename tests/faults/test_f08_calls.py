"""F8: each kind of call by itself, under any answer: a value, or the one family of errors; and its memory."""

from __future__ import annotations

import random
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from invoicing.domain.mechanisms import Mechanism
from invoicing.domain.plan import DocumentKind, StoredDocument, Tax
from invoicing.models import Document, InvoicingAccount
from invoicing.providers.base import InvoicingProvider
from invoicing.providers.invoicexpress.files import download_pdf
from invoicing.providers.registry import provider_for
from outbound.errors import OutboundError, OutcomeUnknown, Unavailable
from sandbox.server import SandboxServer
from stores.platform import DocumentEntry, ShopConnection, platform_for
from tests.faults.ledger import Trials
from tests.faults.malformed import distorted, distortions, drawn
from tests.faults.simulator import in_process
from tests.flow import FakeClock, Shop, connect_shop
from tests.outbound.servers import RawServer, raw_server

_KIND = DocumentKind.INVOICE_RECEIPT
_ORDER = 20_001
_ENTRY = DocumentEntry("invoice", "5007", "FR-1-2026", "https://faturas.example/d/1")
_MEGABYTE = 1024 * 1024


@pytest.fixture
def issued(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop with an issued order; the provider knows a repeated create by its key."""
    shop = connect_shop(sandbox, clock, email_customer=False)
    with in_process(shop):
        shop.pay(_ORDER)
    return shop


class Desk:
    """Every kind of call, on one document and its order."""

    def __init__(self, shop: Shop) -> None:
        self.document: Document = shop.documents(_ORDER)[0]
        self.id = self.document.provider_id
        self.provider: InvoicingProvider = provider_for(InvoicingAccount.objects.get())
        self.shop: ShopConnection = platform_for(shop.store).connect(shop.store)

    def calls(self) -> dict[str, Callable[[], Any]]:
        reference, day = self.document.reference, self.document.issued_on
        return {
            "ping": self.provider.ping,
            "tax": lambda: self.provider.create_tax(Tax("IVA37", Decimal(37), "PT")),
            "account": self.provider.read_account,
            "create": lambda: self.provider.create(_KIND, self.document.sent_body),
            "update": lambda: self.provider.update(_KIND, self.id, self.document.sent_body),
            "find": lambda: self.provider.find(reference, issued_on=day),
            "read": lambda: self.provider.read(_KIND, self.id),
            "finalize": lambda: self.provider.finalize(_KIND, self.id),
            "delete": lambda: self.provider.delete_draft(_KIND, self.id),
            "cancel": lambda: self.provider.cancel(_KIND, self.id, "Encomenda cancelada"),
            "settle": lambda: self.provider.settle(
                self.id,
                self.document.gross_total,
                paid_on=date(2026, 7, 1),
                mechanism=Mechanism.OTHER,
                note="MB WAY",
            ),
            "related": lambda: self.provider.related(self.id),
            "pdf": lambda: self.provider.fetch_pdf(self.id),
            "store": self.shop.ping,
            "order": lambda: self.shop.read_order(str(_ORDER)),
            "entries": lambda: self.shop.list_document_entries(str(_ORDER)),
            "entry": lambda: self.shop.add_document_entry(str(_ORDER), _ENTRY),
        }


_READS = ("ping", "account", "find", "read", "related", "pdf", "store", "order", "entries")
_WRITES = ("create", "update", "finalize", "delete", "cancel", "settle", "entry", "tax")
_CALLS = (*_READS, *_WRITES)


def assert_believable(call: str, document: Document, value: Any) -> None:
    """What came through is what was asked for."""
    if call == "read":
        assert isinstance(value, StoredDocument)
        assert value.provider_id == document.provider_id
    if call == "find":
        assert all(isinstance(item, StoredDocument) for item in value)
        assert {item.reference for item in value} <= {document.reference}
    if call == "order":
        assert isinstance(value, str)
    if call in ("related", "entries"):
        assert isinstance(value, list)
    if call == "pdf":
        assert value is None or value.startswith(b"%PDF")


@pytest.mark.fault("F8", 40, 200, 2000)
@pytest.mark.timeout(3600)
def test_any_answer_to_any_call_ends_in_a_value_or_in_the_family(issued: Shop, trials: Trials) -> None:
    plain = st.tuples(st.sampled_from(_CALLS), distortions(), st.integers(1, 3))

    with in_process(issued):
        for call, distortion, times in drawn(plain, trials.planned, trials.seed):
            desk = Desk(issued)
            print(f"{call} {times} x {distortion}")
            with distorted("", "", distortion, times):
                try:
                    value = desk.calls()[call]()
                except OutboundError as error:
                    if call in _WRITES:
                        assert not isinstance(error, Unavailable)  # it was sent
                else:
                    assert_believable(call, desk.document, value)
            trials.add()


# --- ten megabytes


@pytest.fixture
def flood() -> Iterator[RawServer]:
    """Answers everything with ten megabytes of JSON, and keeps none of it in memory."""
    size = 10 * _MEGABYTE
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n".encode()
    piece = b'{"id":1},' * 7281 + b" " * 7  # 64 KiB

    def behave(opened: socket.socket) -> None:
        opened.sendall(head + b"[")
        for _ in range(size // len(piece)):
            opened.sendall(piece)

    assert len(piece) == 64 * 1024
    with raw_server(behave) as server:
        yield server


@pytest.mark.fault("F8", 4, 16, 48)
@pytest.mark.timeout(3600)
def test_ten_megabytes_cost_no_more_than_twenty(
    issued: Shop, trials: Trials, flood: RawServer, settings: Any
) -> None:
    trials.processes = "real sockets, injected clock"
    settings.INVOICEXPRESS_URL = flood.url + "/invoicexpress/{account}"
    settings.JUMPSELLER_API_URL = flood.url
    order = random.Random(trials.seed).sample(_CALLS, len(_CALLS))
    most = 0
    tracemalloc.start()
    try:
        for number in range(trials.planned):
            call = order[number % len(order)]
            print(call)
            desk = Desk(issued)
            before, _peak = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            with pytest.raises(OutcomeUnknown if call in _WRITES else Unavailable):
                desk.calls()[call]()
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
            trials.add()
    finally:
        tracemalloc.stop()
    trials.notes.append(f"ten megabytes: at most {most / _MEGABYTE:.1f} MB more")
    assert most <= 20 * _MEGABYTE


@pytest.mark.fault("F8", 1, 3, 10)
@pytest.mark.timeout(3600)
def test_a_paper_of_ten_megabytes_costs_no_more_than_twenty(trials: Trials) -> None:
    """Papers may be larger than answers; ten megabytes are allowed, and not held twice over."""
    trials.processes = "real sockets, injected clock"
    size = 10 * _MEGABYTE
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: {size}\r\n\r\n".encode()
    piece = b"%PDF-1.4" * 8192

    def behave(opened: socket.socket) -> None:
        opened.sendall(head)
        for _ in range(size // len(piece)):
            opened.sendall(piece)

    with raw_server(behave) as server:
        tracemalloc.start()
        most = 0
        try:
            for _ in range(trials.planned):
                before, _peak = tracemalloc.get_traced_memory()
                tracemalloc.reset_peak()
                paper = download_pdf(f"{server.url}/paper.pdf", api_url=server.url, deadline_seconds=30)
                most = max(most, tracemalloc.get_traced_memory()[1] - before)
                assert len(paper) == size
                del paper
                trials.add()
        finally:
            tracemalloc.stop()
    trials.notes.append(f"a paper of ten megabytes: at most {most / _MEGABYTE:.1f} MB more")
    assert most <= 20 * _MEGABYTE
