"""What staff come for, in Portuguese, click by click."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from invoicing.models import Document, Ruling
from stores.models import Store
from tests.flow import Shop, drain


def test_review_a_draft_and_finalize_it(careful: Shop, member: Any) -> None:
    careful.pay(1001, name="Inês", surname="Exemplo", taxid="123456789")
    (document,) = careful.documents(1001)
    rita = member(careful.store, "operator")

    assert "1 rascunho sem número" in rita.text()
    rita.picture("por-resolver-rascunhos")
    rita.link("Rever os rascunhos").click()
    rita.link(f"Fatura-recibo {document.reference}").click()
    assert "Os três dizem o mesmo." in rita.text()
    rita.picture("rever-documento")
    rita.link("Finalizar").click()
    assert "Isto não pode ser desfeito." in rita.text()
    rita.picture("confirmar-finalizar")
    document.refresh_from_db()
    assert document.status == "draft"
    rita.button("Finalizar").click()
    assert "O documento está a ser finalizado." in rita.text()
    drain(careful.clock)
    rita.reload()

    document.refresh_from_db()
    assert document.status == "settled"
    assert str(document) in rita.text()
    assert rita.link("Finalizar").count() == 0
    assert rita.errors == []


def test_a_double_click_and_the_back_button_do_nothing_twice(careful: Shop, member: Any) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    rita = member(careful.store, "operator")
    page = reverse("admin:invoicing_document_change", args=[document.pk])
    rita.open(page)

    rita.link("Finalizar").click()
    rita.button("Finalizar").dblclick()
    rita.page.wait_for_url(f"**{page}")
    rita.page.go_back()
    rita.button("Finalizar").click()
    drain(careful.clock)

    assert Ruling.objects.filter(kind="finalize").count() == 1
    assert [d.status for d in careful.stored()] == ["settled"]
    document.refresh_from_db()
    assert document.status == "settled"


def test_repair_a_bad_tax_id(careful: Shop, member: Any) -> None:
    careful.pay(1001, name="Inês", surname="Exemplo", taxid="12345678")
    careful.pay(1002)
    rita = member(careful.store, "operator")

    assert "1 encomenda" in rita.text()
    assert "O NIF não é válido." in rita.text()
    rita.picture("por-resolver")
    rita.link("Abrir a encomenda").click()
    rita.link("Corrigir o comprador").click()
    rita.field("NIF").fill("123456780")
    rita.button("Corrigir o comprador").click()
    assert "Este NIF não pode ser usado" in rita.text()
    assert not Ruling.objects.exists()
    rita.field("NIF").fill("123456789")
    rita.picture("corrigir-comprador")
    rita.button("Corrigir o comprador").click()
    assert "O comprador está corrigido" in rita.text()
    drain(careful.clock)

    (document,) = careful.documents(1001)
    assert (document.status, document.customer_tax_id) == ("draft", "123456789")
    rita.open("/admin/")
    assert "O NIF não é válido." not in rita.text()
    assert rita.errors == []


def test_a_viewer_looks_and_changes_nothing(careful: Shop, member: Any) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    page = reverse("admin:invoicing_document_change", args=[document.pk])
    vera = member(careful.store, "viewer")

    assert vera.open(page) == 200
    assert vera.link("Finalizar").count() == 0
    assert vera.open(page.replace("change/", "finalize/")) == 403

    document.refresh_from_db()
    assert (document.status, Ruling.objects.count()) == ("draft", 0)


def test_another_store_is_not_there(careful: Shop, member: Any) -> None:
    careful.pay(1001, name="Inês", surname="Exemplo")
    (document,) = careful.documents(1001)
    other = Store.objects.create(code="outra", name="Outra Loja", reference_prefix="OUTRA")
    vera = member(other, "manager")

    assert "1001" not in vera.text()
    vera.open(reverse("admin:stores_order_changelist"))
    assert "Inês Exemplo" not in vera.text()
    vera.open(reverse("admin:invoicing_document_change", args=[document.pk]))
    assert "Inês Exemplo" not in vera.text()
    assert Document.objects.get().status == "draft"
