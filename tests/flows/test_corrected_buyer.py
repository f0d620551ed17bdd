"""Staff correct who bought: the draft follows, the shop keeps its word, and a number is never touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.domain.corrected import BuyerCorrection
from invoicing.models import Document, Ruling
from invoicing.services.rulings import (
    AnswerKind,
    Because,
    correct_buyer,
    keep_draft,
    request_finalize,
    revoke,
)
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain

COMPANY = BuyerCorrection("501964843", "Exemplo, Lda", "Inês Exemplo")


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    return connect_shop(sandbox, clock, finalize=False)


@pytest.fixture
def strict(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A wrong tax id waits for a person; everything else goes through by itself."""
    return connect_shop(sandbox, clock, invalid_tax_id="hold")


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


def facts(shop: Shop) -> Any:
    return (
        list(Ruling.objects.order_by("id").values_list("kind", "revoked_at", "data")),
        list(Document.objects.order_by("id").values_list("status", "customer_tax_id", "revised_at")),
        shop.calls("PUT", "invoice_receipts"),
        shop.calls("POST", "invoice_receipts"),
    )


def test_a_draft_follows_the_corrected_tax_id(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678", name="Inês", surname="Exemplo")
    (before,) = careful.documents(1001)
    assert before.customer_tax_id == ""

    answer = correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana, reason="phoned")
    drain(careful.clock)

    assert answer.kind is AnswerKind.DONE
    (document,) = careful.documents(1001)
    (stored,) = careful.stored()
    assert (document.pk, document.status, document.customer_tax_id) == (before.pk, "draft", "123456789")
    assert stored.client.fields["fiscal_id"] == "123456789"
    assert document.verified_hash == document.sent_hash
    ruling = Ruling.objects.get()
    assert (ruling.kind, ruling.by, ruling.reason) == ("correct_buyer", ana, "phoned")
    assert ruling.data["tax_id"] == "123456789"


def test_the_same_word_twice_changes_nothing(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678")
    said = BuyerCorrection("123456789", "", "Inês Exemplo")
    correct_buyer(order, said, user=ana)
    drain(careful.clock)
    before = facts(careful)

    again = correct_buyer(order, said, user=ana)
    drain(careful.clock)

    assert again.kind is AnswerKind.ALREADY
    assert facts(careful) == before


def test_a_held_order_is_issued_with_the_corrected_tax_id(strict: Shop, ana: User) -> None:
    order = strict.pay(1001, taxid="12345678")
    assert (strict.row(1001)["outcome"], strict.row(1001)["hold_reason"]) == ("held", "invalid_tax_id")

    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(strict.clock)

    (document,) = strict.documents(1001)
    assert (document.status, document.customer_tax_id) == ("settled", "123456789")
    assert strict.row(1001)["outcome"] == "issued"
    assert len(strict.stored()) == 1


def test_the_word_stands_when_the_shop_rings_again(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678")
    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(careful.clock)

    for _ in range(2):
        assert careful.ring(1001, "order_updated") == 200
        drain(careful.clock)

    (document,) = careful.documents(1001)
    assert document.customer_tax_id == "123456789"
    assert careful.calls("PUT", "invoice_receipts") == 1


def test_only_the_name_is_news_too(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="123456789", name="Ines", surname="Exenplo")

    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(careful.clock)

    (document,) = careful.documents(1001)
    assert (document.customer_name, document.status) == ("Inês Exemplo", "draft")
    assert careful.calls("PUT", "invoice_receipts") == 1


def test_taken_back_the_shops_word_counts_again(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678")
    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(careful.clock)

    assert revoke(Ruling.objects.get(), user=ana).is_done
    drain(careful.clock)

    (document,) = careful.documents(1001)
    assert (document.customer_tax_id, document.status) == ("", "draft")


def test_a_later_correction_replaces_an_earlier_one(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678")
    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(careful.clock)

    correct_buyer(order, COMPANY, user=ana)
    drain(careful.clock)

    (document,) = careful.documents(1001)
    assert (document.customer_tax_id, document.customer_name) == ("501964843", "Exemplo, Lda")
    assert [word.revoked_at is None for word in Ruling.objects.order_by("id")] == [False, True]


def test_a_word_to_finalize_is_asked_again_for_what_changed(careful: Shop, ana: User) -> None:
    """The person who said "finalize" saw another buyer."""
    order = careful.pay(1001, taxid="12345678")
    (document,) = careful.documents(1001)
    keep_draft(document, user=ana)

    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(careful.clock)

    document.refresh_from_db()
    assert document.status == "draft"
    assert request_finalize(document, user=ana).is_done
    drain(careful.clock)
    document.refresh_from_db()
    assert (document.status, document.customer_tax_id) == ("settled", "123456789")


def test_a_final_document_is_not_touched(shop: Shop, ana: User) -> None:
    order = shop.pay(1001, taxid="12345678")
    before = facts(shop)

    answer = correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(shop.clock)

    assert (answer.kind, answer.because) == (AnswerKind.NOT_POSSIBLE, Because.ALREADY_FINAL)
    assert facts(shop) == before


def test_an_order_that_cannot_be_read_names_no_buyer(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, total="99999")
    before = facts(careful)

    answer = correct_buyer(order, COMPANY, user=ana)

    assert (answer.kind, answer.because) == (AnswerKind.NOT_POSSIBLE, Because.NOT_READABLE)
    assert facts(careful) == before


def test_an_edit_of_the_name_in_the_shop_leaves_a_right_document_alone(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678", name="Inez", surname="Exemplo")
    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(careful.clock)
    (document,) = careful.documents(1001)
    request_finalize(document, user=ana)
    drain(careful.clock)

    for name in ("Inês", "Maria"):
        careful.put(1001, taxid="12345678", name=name, surname="Exemplo")
        careful.ring(1001, "order_updated")
        drain(careful.clock)
        assert careful.row(1001)["outcome"] == "issued", name


def test_a_name_in_the_shop_is_no_news_where_only_the_tax_id_was_corrected(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678", name="Inês", surname="Exemplo")
    correct_buyer(order, BuyerCorrection("123456789", "", "Inês Exemplo"), user=ana)
    drain(careful.clock)
    request_finalize(careful.documents(1001)[0], user=ana)
    drain(careful.clock)

    careful.put(1001, taxid="12345678", name="Maria", surname="Exemplo")
    careful.ring(1001, "order_updated")
    drain(careful.clock)

    assert careful.row(1001)["outcome"] == "issued"


def test_a_correction_is_not_taken_back_from_a_document_that_has_its_number(careful: Shop, ana: User) -> None:
    order = careful.pay(1001, taxid="12345678")
    correct_buyer(order, BuyerCorrection("123456789", "", "Beatriz Fictícia"), user=ana)
    drain(careful.clock)
    request_finalize(careful.documents(1001)[0], user=ana)
    drain(careful.clock)
    before = facts(careful)

    answer = revoke(Ruling.objects.get(kind="correct_buyer"), user=ana)
    drain(careful.clock)

    assert (answer.kind, answer.because) == (AnswerKind.NOT_POSSIBLE, Because.ALREADY_ACTED_ON)
    assert facts(careful) == before
    assert careful.row(1001)["outcome"] == "issued"
