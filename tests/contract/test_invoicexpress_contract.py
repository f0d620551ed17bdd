"""The InvoiceXpress provider against the sandbox, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain.plan import DocumentKind, DocumentPlan, DocumentStatus, StoredDocument, Tax
from invoicing.providers.invoicexpress.client import InvoiceXpressClient, account_url
from invoicing.providers.invoicexpress.files import download_pdf
from invoicing.providers.invoicexpress.provider import InvoiceXpressProvider
from outbound.errors import (
    AccountStopped,
    NotFound,
    OutboundError,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Unexpected,
)
from outbound.session import OutboundSession
from sandbox.server import SandboxServer
from tests.providers.plans import a_plan

KEY = "contract-key-0123456789"
RECEIPT, INVOICE, NOTE = DocumentKind.INVOICE_RECEIPT, DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE
INVOICE_KINDS = [INVOICE, RECEIPT, DocumentKind.SIMPLIFIED_INVOICE]


@pytest.fixture
def vendor() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        server.state.invoicexpress.add_account("loja", KEY)
        yield server


def provider_at(vendor: SandboxServer, key: str = KEY, name: str = "loja") -> InvoiceXpressProvider:
    url = account_url(vendor.url + "/invoicexpress/{account}", name)
    session = OutboundSession("invoicexpress", url, deadline_seconds=1.5, secrets=(key,))
    return InvoiceXpressProvider(
        InvoiceXpressClient(session, key), lambda link: download_pdf(link, api_url=url, deadline_seconds=5)
    )


@pytest.fixture
def provider(vendor: SandboxServer) -> InvoiceXpressProvider:
    return provider_at(vendor)


def create(provider: InvoiceXpressProvider, **changes: object) -> StoredDocument:
    plan: DocumentPlan = a_plan(**changes)
    stored = provider.create(plan.kind, provider.render_create(plan, series_id=""))
    assert stored is not None
    return stored


def ids(documents: list[StoredDocument]) -> list[str]:
    return [document.provider_id for document in documents]


@pytest.mark.parametrize("kind", INVOICE_KINDS)
def test_the_life_of_a_document(provider: InvoiceXpressProvider, kind: DocumentKind) -> None:
    draft = create(provider, kind=kind)
    assert (draft.kind, draft.status, draft.reference) == (kind, DocumentStatus.DRAFT, "LE-1001-1")
    assert (draft.number, draft.series_id, draft.customer_code) == ("", "", "LE-77")
    assert draft.issued_on == date(2026, 3, 5)
    # 2 x 10.5691 less 12.5 %, and 4.065, at 23 %
    assert (draft.figures.before_taxes, draft.figures.total) == (Decimal("22.56"), Decimal("27.75"))
    assert [line.unit_price for line in draft.lines] == [Decimal("10.5691"), Decimal("4.065")]

    final = provider.finalize(kind, draft.provider_id)

    assert final is not None
    assert final.status in (DocumentStatus.FINAL, DocumentStatus.SETTLED)
    assert final.number.startswith("1/")
    assert final.atcud
    assert provider.read(kind, draft.provider_id) == final
    assert provider.find("LE-1001-1") == [final]


def test_a_credit_note_hangs_on_its_document(provider: InvoiceXpressProvider) -> None:
    original = create(provider)
    provider.finalize(RECEIPT, original.provider_id)

    note = create(provider, kind=NOTE, reference="LE-1001-1-NC", original_provider_id=original.provider_id)
    provider.finalize(NOTE, note.provider_id)

    assert note.kind is NOTE
    assert ids(provider.related(original.provider_id)) == [note.provider_id]
    assert ids(provider.find("LE-1001-1-NC")) == [note.provider_id]
    assert ids(provider.find("LE-1001-1")) == [original.provider_id]


def test_a_deleted_draft_is_gone(provider: InvoiceXpressProvider) -> None:
    draft = create(provider)

    provider.delete_draft(RECEIPT, draft.provider_id)

    assert provider.find("LE-1001-1") == []
    with pytest.raises((Rejected, NotFound)):
        provider.finalize(RECEIPT, draft.provider_id)


def test_a_document_can_be_cancelled(provider: InvoiceXpressProvider) -> None:
    draft = create(provider, kind=INVOICE)
    provider.finalize(INVOICE, draft.provider_id)

    provider.cancel(INVOICE, draft.provider_id, "Nome errado")

    assert provider.read(INVOICE, draft.provider_id).status is DocumentStatus.CANCELED
    assert ids(provider.find("LE-1001-1")) == [draft.provider_id]


def test_the_account(provider: InvoiceXpressProvider) -> None:
    facts = provider.read_account()

    assert (facts.taxes[0].name, facts.taxes[0].rate) == ("IVA23", Decimal("23.0"))
    assert [series.is_default for series in facts.series] == [True]
    assert facts.series[0].registered is not None
    assert all(facts.series[0].id_for(kind) for kind in DocumentKind)


def test_a_series_is_chosen_by_its_id(provider: InvoiceXpressProvider) -> None:
    series_id = provider.read_account().series[0].id_for(RECEIPT)
    plan = a_plan()

    draft = provider.create(RECEIPT, provider.render_create(plan, series_id=series_id))

    assert draft is not None
    final = provider.finalize(RECEIPT, draft.provider_id)
    assert final is not None
    assert final.series_id == series_id


def test_the_pdf_comes_when_it_is_ready(provider: InvoiceXpressProvider) -> None:
    draft = create(provider)
    provider.finalize(RECEIPT, draft.provider_id)

    found = [provider.fetch_pdf(draft.provider_id) for _ in range(3)]

    assert found[0] is None
    assert found[-1] is not None
    assert found[-1].startswith(b"%PDF")


def test_a_draft_has_no_pdf(provider: InvoiceXpressProvider) -> None:
    draft = create(provider)

    with pytest.raises(Rejected):
        provider.fetch_pdf(draft.provider_id)


def test_what_is_not_there(provider: InvoiceXpressProvider) -> None:
    for call in (
        lambda: provider.read(RECEIPT, "999999"),
        lambda: provider.finalize(RECEIPT, "999999"),
        lambda: provider.fetch_pdf("999999"),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_wrong_key_and_a_wrong_account_stop_the_account(vendor: SandboxServer) -> None:
    for wrong in (provider_at(vendor, key="wrong-key-0123456789"), provider_at(vendor, name="outra")):
        with pytest.raises(AccountStopped):
            wrong.read_account()
        with pytest.raises(AccountStopped):
            create(wrong)


def test_a_refusal_carries_the_vendors_words(provider: InvoiceXpressProvider) -> None:
    plan = a_plan(customer=replace(a_plan().customer, fiscal_id="123456780"))

    with pytest.raises(Rejected) as caught:
        provider.create(RECEIPT, provider.render_create(plan, series_id=""))

    assert caught.value.status == 422
    assert caught.value.vendor_messages


def test_the_same_key_gives_the_same_document(provider: InvoiceXpressProvider) -> None:
    assert create(provider).provider_id == create(provider).provider_id


def test_a_creation_in_progress_is_unknown(vendor: SandboxServer, provider: InvoiceXpressProvider) -> None:
    vendor.state.invoicexpress.switches.update({"uid": "conflict"})
    create(provider)

    with pytest.raises(OutcomeUnknown):
        create(provider)


def test_an_exemption_code_arrives(provider: InvoiceXpressProvider) -> None:
    from invoicing.domain.plan import Tax

    exempt = replace(a_plan().lines[0], tax=Tax("Isento", Decimal(0)))

    stored = create(provider, lines=(exempt,), exemption_code="M10")

    assert stored.exemption_code == "M10"


def test_a_search_reads_all_pages_and_archived_ones(
    vendor: SandboxServer, provider: InvoiceXpressProvider
) -> None:
    vendor.state.invoicexpress.switches.update({"uid": "ignored"})
    made = [create(provider).provider_id for _ in range(103)]
    create(provider, reference="LE-1001-10")
    archived = vendor.state.invoicexpress.accounts["loja"].documents[int(made[7])]
    archived.archived = True
    archived.index.append(replace(archived.index[-1], archived=True))

    found = provider.find("LE-1001-1")

    assert ids(found) == made
    assert [document.provider_id for document in found if document.archived] == [made[7]]


FAULTS_AFTER = ["drop_after", "reset_after", "truncate", "garbage", "big", "error_after"]


@pytest.mark.parametrize("kind", FAULTS_AFTER)
def test_a_lost_answer_to_a_create_is_found_again(
    vendor: SandboxServer, provider: InvoiceXpressProvider, kind: str
) -> None:
    vendor.state.faults.add(kind=kind, method="POST")

    with pytest.raises(OutcomeUnknown):
        create(provider)

    assert len(provider.find("LE-1001-1")) == 1


@pytest.mark.parametrize("kind", ["drop_after", "reset_after", "truncate", "garbage", "error_after"])
@pytest.mark.parametrize("verb", ["finalize", "delete_draft"])
def test_a_lost_answer_to_a_change_of_state_is_unknown(
    vendor: SandboxServer, provider: InvoiceXpressProvider, kind: str, verb: str
) -> None:
    draft = create(provider)
    vendor.state.faults.add(kind=kind, method="PUT")

    with pytest.raises(OutcomeUnknown):
        getattr(provider, verb)(RECEIPT, draft.provider_id)


@pytest.mark.parametrize("kind", ["drop_before", "reset_before"])
def test_a_write_that_the_vendor_never_saw_is_unknown_too(
    vendor: SandboxServer, provider: InvoiceXpressProvider, kind: str
) -> None:
    vendor.state.faults.add(kind=kind, method="POST")

    with pytest.raises(OutcomeUnknown):
        create(provider)

    assert provider.find("LE-1001-1") == []


@pytest.mark.parametrize("kind", [*FAULTS_AFTER, "drop_before", "reset_before", "error_before"])
def test_a_failed_read_is_never_an_answer(
    vendor: SandboxServer, provider: InvoiceXpressProvider, kind: str
) -> None:
    draft = create(provider)
    vendor.state.faults.add(kind=kind, method="GET", times=None)

    for call in (
        lambda: provider.find("LE-1001-1"),
        lambda: provider.read(RECEIPT, draft.provider_id),
        lambda: provider.related(draft.provider_id),
        lambda: provider.fetch_pdf(draft.provider_id),
        provider.read_account,
    ):
        with pytest.raises(Unavailable):
            call()


@pytest.mark.parametrize(("method", "expected"), [("GET", Unavailable), ("POST", OutcomeUnknown)])
def test_a_trickled_answer_ends_at_the_deadline(
    vendor: SandboxServer, provider: InvoiceXpressProvider, method: str, expected: type[OutboundError]
) -> None:
    vendor.state.faults.add(kind="trickle", method=method, interval=0.2)
    started = time.monotonic()

    with pytest.raises(expected):
        provider.find("LE-1001-1") if method == "GET" else create(provider)

    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(("method", "expected"), [("GET", Unexpected), ("POST", OutcomeUnknown)])
def test_a_redirect_is_not_followed(
    vendor: SandboxServer, provider: InvoiceXpressProvider, method: str, expected: type[OutboundError]
) -> None:
    vendor.state.faults.add(kind="redirect", method=method, location="http://169.254.169.254/")

    with pytest.raises(expected):
        provider.find("LE-1001-1") if method == "GET" else create(provider)


def test_a_document_that_the_search_does_not_know_yet(
    vendor: SandboxServer, provider: InvoiceXpressProvider
) -> None:
    vendor.state.invoicexpress.switches.update({"list_lag_seconds": 30})
    draft = create(provider)

    assert provider.find("LE-1001-1") == []
    assert provider.read(RECEIPT, draft.provider_id).reference == "LE-1001-1"


@pytest.mark.parametrize(
    "switches",
    [
        {"change_state_body": "empty"},
        {"draft_number": "draft"},
        {"list_needs_non_archived": True},
        {"list_order": "newest_first"},
        {"no_exemption_shown": "empty"},
        {"simplified_finalizes_to": "settled"},
        {"language": "en"},
    ],
)
@pytest.mark.parametrize("kind", INVOICE_KINDS)
def test_either_reading_of_a_contradiction_works(
    vendor: SandboxServer,
    provider: InvoiceXpressProvider,
    kind: DocumentKind,
    switches: dict[str, object],
) -> None:
    vendor.state.invoicexpress.switches.update(switches)
    draft = create(provider, kind=kind)

    assert ids(provider.find("LE-1001-1")) == [draft.provider_id]
    final = provider.finalize(kind, draft.provider_id) or provider.read(kind, draft.provider_id)

    assert final.status in (DocumentStatus.FINAL, DocumentStatus.SETTLED)
    assert final.exemption_code == ""
    assert provider.find("LE-1001-1") == [final]


def test_a_throttled_call_says_how_long(vendor: SandboxServer, provider: InvoiceXpressProvider) -> None:
    vendor.state.invoicexpress.switches.update({"requests_per_minute": 2})
    provider.find("x")

    with pytest.raises(Unavailable) as caught:
        provider.find("x")

    assert caught.value.counts is False
    assert caught.value.retry_after is not None


def test_a_tax_is_added_once_under_its_name(provider: InvoiceXpressProvider) -> None:
    tax = Tax("IVA22 PT-MA", Decimal(22), "PT-MA")

    provider.create_tax(tax)
    with pytest.raises(Rejected) as refused:
        provider.create_tax(tax)

    assert refused.value.vendor_messages == ("name: não está disponível.",)
    assert [known for known in provider.read_account().taxes if known.name == tax.name] == [tax]
