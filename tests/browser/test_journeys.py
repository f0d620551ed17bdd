"""What staff come for, in Portuguese, click by click."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from invoicing.models import Document, Ruling
from sandbox.orders import Line
from stores.models import Store
from tests.flow import Shop, drain


@pytest.fixture
def shop_of_two(shop: Shop) -> Shop:
    """An invoice over two mugs of 12,30 €."""
    shop.pay(1001, name="Inês", surname="Exemplo", lines=[Line(qty=2)])
    return shop


def test_review_a_draft_and_finalize_it(careful: Shop, member: Any) -> None:
    careful.pay(1001, name="Inês", surname="Exemplo", taxid="123456789")
    (document,) = careful.documents(1001)
    rita = member(careful.store, "operator")

    assert "1 rascunho sem número" in rita.text()
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


def test_refund_a_part(shop_of_two: Shop, member: Any) -> None:
    (invoice,) = shop_of_two.documents(1001)
    rita = member(shop_of_two.store, "manager")
    rita.open(reverse("admin:invoicing_document_change", args=[invoice.pk]))

    rita.link("Registar reembolso").click()
    rita.button("Pré-visualizar").click()
    assert "É preciso um motivo: é impresso na nota de crédito." in rita.text()
    rita.page.get_by_label("Caneca de barro", exact=True).check()
    rita.page.get_by_label("Unidades de Caneca de barro").fill("1")
    rita.page.get_by_label("Motivo (impresso)").select_option(label="Devolução parcial")
    rita.page.get_by_label("Sim, são devolvidos").check()
    rita.picture("registar-reembolso")
    rita.button("Pré-visualizar").click()
    assert "Depois disso restam 12,30 € de 24,60 €." in rita.text().replace("\xa0", " ")
    rita.picture("rever-reembolso")
    assert not Ruling.objects.exists()
    issue = rita.page.get_by_role("button", name=re.compile("Emitir nota de crédito de 12,30"))
    issue.dblclick()
    rita.page.wait_for_url("**/change/")
    rita.page.wait_for_load_state()
    drain(shop_of_two.clock)

    _invoice, note = shop_of_two.documents(1001)
    assert (note.status, note.gross_total, note.role) == ("final", Decimal("12.30"), "credit_note")
    assert Ruling.objects.filter(kind="refund").count() == 1
    assert shop_of_two.row(1001)["credited_total"] == "12.30"
    assert rita.errors == []


def test_list_the_latest_orders_and_issue_one(shop: Shop, member: Any) -> None:
    shop.put(1001, name="Inês", surname="Exemplo")
    shop.put(1002, lines=[Line(rate=None)])
    rita = member(shop.store, "operator")

    rita.link("Listar últimas encomendas").click()
    rita.page.get_by_label("Número de encomendas").fill("10")
    rita.button("Listar as encomendas").click()
    rita.page.wait_for_url("**/syncrun/**/change/")
    drain(shop.clock)
    rita.reload()
    assert "Encomendas vistas: 2 de 2." in rita.text() or "Encomendas listadas: 2." in rita.text()
    rita.picture("listar-ultimas-encomendas")
    assert shop.stored() == []
    rita.page.locator("input[name=row]").first.check()
    rita.button("Emitir as encomendas assinaladas (1)").click()
    rita.button("Emitir as encomendas assinaladas (1)").click()
    rita.page.wait_for_url("**/syncrun/**/change/**")
    drain(shop.clock)
    rita.reload()

    (document,) = shop.documents(1001)
    assert document.status == "settled"
    assert str(document) in rita.text()
    assert len(shop.stored()) == 1
    assert rita.errors == []


def test_correct_a_setting_and_its_group_goes_on(careful: Shop, member: Any) -> None:
    for order_id in (1001, 1002, 1003):
        careful.pay(order_id, lines=[Line(rate=None)])
    rita = member(careful.store, "manager")

    assert "3 encomendas" in rita.text()
    rita.link("Definir «motivo de isenção a 0 %»").click()
    rita.page.wait_for_url("**/settings/**")
    rita.picture("definicoes-da-loja")
    rita.page.locator("#id_exemption_code").select_option("M10")
    rita.button("Ver o que muda").click()
    assert "M10" in rita.text()
    assert careful.stored() == []
    rita.page.locator("form button[type=submit]").last.click()
    rita.page.wait_for_load_state()
    drain(careful.clock)

    rita.open("/admin/")
    assert "3 encomendas" not in rita.text()
    assert "3 rascunhos sem número" in rita.text()
    assert [d.status for d in careful.stored()] == ["draft"] * 3
    assert rita.errors == []


def test_try_a_group_again(careful: Shop, member: Any) -> None:
    careful.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=422,
        body={"errors": [{"error": "A série está fechada"}]},
        method="POST",
        path_regex="invoice_receipts",
        times=2,
    )
    careful.pay(1001)
    careful.pay(1002)
    rita = member(careful.store, "operator")

    assert "O outro lado recusou: «A série está fechada»." in rita.text()
    rita.button("Tentar todas de novo").click()
    assert "2 vão ser tentadas de novo." in rita.text()
    drain(careful.clock)
    rita.reload()

    assert "2 rascunhos sem número" in rita.text()
    assert len(careful.stored()) == 2
    assert rita.errors == []
