"""From an order to its document, with a reason for each choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain.build import catalogue_key, require_exact
from invoicing.domain.plan import DocumentKind, DocumentPlan
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.order import Shipping

from .orders import BUYER, DAY, build, order_line, snapshot

D = Decimal


def held(*args: object, **changes: object) -> HoldReason:
    with pytest.raises(Hold) as caught:
        build(*args, **changes)  # type: ignore[arg-type]
    assert caught.value.detail
    return caught.value.reason


def test_every_choice_has_its_reason() -> None:
    shipping = Shipping(price=D("4.92"), tax_rate=D(23), method="CTT")
    line = order_line(quantity=D(2), discount=D("4.92"))

    plan = build(snapshot(line, shipping=shipping), issued_on=date(2026, 7, 4))

    subjects = [why.subject for why in plan.why]
    assert subjects == ["kind", "reading", "supply", "customer", "rate", "discount", "shipping", "date"]
    assert all(why.choice and why.source for why in plan.why)
    assert plan.observations == "Encomenda n.º 1001. Data do pagamento: 01/07/2026."
    assert plan.due_on == plan.issued_on == date(2026, 7, 4)


def test_an_adjusted_price_is_explained() -> None:
    line = order_line(quantity=D(80), unit_price=D("3.33"))

    plan = build(snapshot(line))

    assert [why.choice for why in plan.why if why.subject == "price"] == ["1 x CAM-1: 2.7087 less 0 %"]


@pytest.mark.parametrize(
    ("total", "tax_id", "company", "kind"),
    [
        ("1000.00", "", "", DocumentKind.SIMPLIFIED_INVOICE),
        ("1000.01", "", "", DocumentKind.INVOICE_RECEIPT),
        ("1000.00", "112345670", "", DocumentKind.SIMPLIFIED_INVOICE),
        ("100.00", "512345678", "", DocumentKind.SIMPLIFIED_INVOICE),
        ("100.01", "512345678", "", DocumentKind.INVOICE_RECEIPT),
        ("100.01", "112345670", "Empresa Exemplo Lda", DocumentKind.INVOICE_RECEIPT),
    ],
)
def test_a_simplified_invoice_keeps_its_legal_limits(
    total: str, tax_id: str, company: str, kind: DocumentKind
) -> None:
    buyer = replace(BUYER, tax_id=tax_id, company_name=company)
    order = snapshot(order_line(unit_price=D(total)), buyer=buyer)

    plan = build(order, Profile(document_type=DocumentKind.SIMPLIFIED_INVOICE))

    assert plan.kind is kind
    assert plan.why[0].source == "CIVA art. 40.º n.º 1"


def test_the_kind_of_the_settings_is_kept() -> None:
    assert build(profile=Profile(document_type=DocumentKind.INVOICE)).kind is DocumentKind.INVOICE
    assert build().kind is DocumentKind.INVOICE_RECEIPT


def test_what_no_document_is_built_for() -> None:
    assert held(snapshot(currency="USD")) is HoldReason.FOREIGN_CURRENCY
    assert held(snapshot(order_line(product_type="gift_card"))) is HoldReason.GIFT_CARD_SALE
    assert held(snapshot(order_line(discount=D("24.60")))) is HoldReason.ZERO_TOTAL


def test_settings_that_contradict_the_order_are_held() -> None:
    assert held(snapshot(), Profile(prices_include_vat=False)) is HoldReason.TOTAL_AMBIGUOUS
    assert build(profile=Profile(prices_include_vat=True)).figures.total == D("24.60")


def test_free_shipping_has_no_line() -> None:
    plan = build(snapshot(shipping=Shipping(price=D(5), discount=D(5), tax_rate=D(23))))

    assert not any(line.is_shipping for line in plan.lines)
    assert "no line" in [why.choice for why in plan.why if why.subject == "shipping"]


def test_untaxed_shipping_beside_taxed_goods_is_held_even_with_a_code() -> None:
    order = snapshot(shipping=Shipping(price=D(5)))

    assert held(order, Profile(exemption_code="M10")) is HoldReason.SHIPPING_UNTAXED


def test_untaxed_goods_and_shipping_share_the_exemption() -> None:
    order = snapshot(order_line(tax_rate=None), shipping=Shipping(price=D(5)))

    plan = build(order, Profile(exemption_code="M10"))

    assert plan.exemption_code == "M10"
    assert [line.exemption_code for line in plan.lines] == ["M10", "M10"]
    assert plan.figures.taxes == 0


def test_a_code_is_not_sent_where_nothing_is_exempt() -> None:
    assert build(profile=Profile(exemption_code="M10")).exemption_code == ""


def test_a_free_article_is_left_out_with_a_reason() -> None:
    plan = build(snapshot(order_line(), order_line(name="Amostra", unit_price=D(0), tax_rate=None)))

    assert [line.description for line in plan.lines] == ["Camisola"]
    assert "Amostra" in [why.choice for why in plan.why]


def test_a_paid_gift_card_is_told_and_does_not_lower_the_document() -> None:
    plan = build(snapshot(total=D("4.60"), gift_card=D(20)))

    assert plan.figures.total == D("24.60")
    assert plan.observations.endswith("Pago com cartão-oferta: 20,00 EUR.")


def test_keys_of_articles() -> None:
    assert catalogue_key(order_line(sku=" A\n1 ")) == "A 1"
    assert catalogue_key(order_line(sku="", variant_id="9")) == "P5-V9"
    assert catalogue_key(order_line(sku="")) == "P5"
    nameless = catalogue_key(order_line(sku="", product_id="", name="Embrulho"))
    assert nameless == catalogue_key(order_line(sku="", product_id="", name="Embrulho"))
    assert nameless != catalogue_key(order_line(sku="", product_id="", name="Outro"))


def test_a_line_without_a_name_is_described_by_its_key() -> None:
    assert build(snapshot(order_line(name=""))).lines[0].description == "CAM-1"


def test_the_last_gate_refuses_figures_that_are_not_the_payment() -> None:
    plan = build()

    with pytest.raises(Hold) as caught:
        require_exact(plan, snapshot(paid_gross=D("24.61")))

    assert caught.value.reason is HoldReason.NOT_EXACT


def test_the_same_order_gives_the_same_plan() -> None:
    assert build() == build()
    assert build().issued_on == DAY


def test_goods_that_left_before_the_money_say_why_they_have_their_date() -> None:
    (why,) = (why for why in build(paid_on=None).why if why.subject == "date")

    assert (why.choice, why.because) == (DAY.isoformat(), "the goods left before the payment")
    assert why.source == "CIVA art. 36.º n.º 1 a)"


def test_what_is_paid_at_each_rate() -> None:
    book = order_line(sku="LIV-1", unit_price=D("10.60"), tax_rate=D(6))
    untaxed = order_line(sku="X", unit_price=D("5.00"), tax_rate=None)
    free = order_line(sku="Y", unit_price=D(0), tax_rate=D(13))
    order = snapshot(
        order_line(), book, untaxed, free, shipping=Shipping(price=D("4.92"), tax_rate=D("23.00"))
    )

    assert order.gross_by_rate() == (("-", "5.00"), ("23", "29.52"), ("6", "10.60"))


def test_one_order_under_two_settings_explains_itself_from_each() -> None:
    order = snapshot(order_line(tax_rate=D(0)), shipping=Shipping(price=D(5), tax_rate=D(0)))
    first = Profile(exemption_code="M07")
    second = Profile(exemption_code="M10", document_type=DocumentKind.INVOICE, observations="Obrigado.")

    before, after = build(order, first), build(order, second)

    def grounds(plan: DocumentPlan) -> dict[str, tuple[str, str]]:
        return {why.subject: (why.choice, why.source) for why in plan.why}

    assert grounds(before)["exemption"] == ("M07", "setting exemption_code, CIVA art. 9.º")
    assert grounds(after)["exemption"] == ("M10", "setting exemption_code, CIVA art. 53.º n.º 1")
    assert (grounds(before)["kind"][0], grounds(after)["kind"][0]) == ("invoice_receipt", "invoice")
    assert before.observations == "Encomenda n.º 1001. Isento artigo 9.º do CIVA."
    assert after.observations == "Encomenda n.º 1001. IVA – regime de isenção. Obrigado."
    assert before.figures == after.figures
