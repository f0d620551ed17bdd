"""Delivery as lines: as charged, as the goods, exempt, or held."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoicing.domain.plan import PlanLine
from invoicing.domain.profile import Profile, ShippingVat, UntaxedShipping
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.order import Shipping

from .orders import build, order_line, snapshot

D = Decimal
AS_GOODS = Profile(shipping_vat=ShippingVat.AS_GOODS)
BOOK = order_line(sku="LIV-1", name="Livro", unit_price=D("10.60"), tax_rate=D(6))


def delivery(profile: Profile, *lines: Any, **shipping: Any) -> list[PlanLine]:
    plan = build(snapshot(*lines, shipping=Shipping(**shipping)), profile)
    return [line for line in plan.lines if line.is_shipping]


def shown(lines: list[PlanLine]) -> list[tuple[str, str, str, str]]:
    return [(line.sku, f"{line.unit_price:f}", line.tax.name, line.exemption_code) for line in lines]


def test_delivery_follows_the_goods_at_their_one_rate() -> None:
    lines = delivery(AS_GOODS, BOOK, price=D("5.30"), tax_rate=D(23))

    assert shown(lines) == [("PORTES", "5.0000", "IVA6", "")]


def test_delivery_is_shared_by_net_value_to_the_cent() -> None:
    lines = delivery(AS_GOODS, order_line(unit_price=D("36.90")), BOOK, price=D("4.00"), tax_rate=D(23))

    # 30.00 and 10.00 net: three quarters and one quarter of 4.00.
    assert shown(lines) == [("PORTES-23", "2.4390", "IVA23", ""), ("PORTES-6", "0.9434", "IVA6", "")]


def test_goods_that_cost_nothing_after_their_discount_count_at_their_price() -> None:
    free = order_line(discount=D("24.60"))

    lines = delivery(AS_GOODS, free, price=D("4.92"), tax_rate=D(6))

    assert shown(lines) == [("PORTES", "4.0000", "IVA23", "")]


def test_a_share_of_less_than_a_cent_is_no_line() -> None:
    crumb = order_line(sku="CRO-1", unit_price=D("0.05"), tax_rate=D(6))

    lines = delivery(AS_GOODS, order_line(unit_price=D(123)), crumb, price=D("1.23"), tax_rate=D(23))

    assert shown(lines) == [("PORTES-23", "1.0000", "IVA23", "")]


def test_delivery_without_goods_that_count_is_as_charged() -> None:
    gift = order_line(unit_price=D(0))

    lines = delivery(AS_GOODS, gift, price=D("4.92"), tax_rate=D(23))

    assert shown(lines) == [("PORTES", "4.0000", "IVA23", "")]


def test_delivery_with_vat_on_top_keeps_what_was_paid() -> None:
    line = order_line(unit_price=D(20), price_includes_vat=False)

    plan = build(
        snapshot(line, shipping=Shipping(price=D(4), tax_rate=D(23), price_includes_vat=False)), AS_GOODS
    )

    assert plan.figures.total == D("29.52")
    assert [f"{each.unit_price:f}" for each in plan.lines] == ["20.0000", "4.0000"]


def test_untaxed_delivery_beside_taxed_goods_waits_for_the_settings() -> None:
    for rate in (None, D(0)):
        with pytest.raises(Hold) as caught:
            delivery(Profile(exemption_code="M99"), price=D(5), tax_rate=rate)
        assert caught.value.reason is HoldReason.SHIPPING_UNTAXED
        assert caught.value.detail.startswith("Shipping of 5 EUR carries no VAT")


def test_untaxed_delivery_holds_vat_by_the_settings() -> None:
    profile = Profile(untaxed_shipping=UntaxedShipping.INCLUDES_VAT)

    assert shown(delivery(profile, price=D("4.92"), tax_rate=D(0))) == [("PORTES", "4.0000", "IVA23", "")]


def test_untaxed_delivery_is_exempt_by_the_settings() -> None:
    profile = Profile(untaxed_shipping=UntaxedShipping.EXEMPT, shipping_exemption_code="M99")

    plan = build(snapshot(shipping=Shipping(price=D(5), tax_rate=None)), profile)

    assert shown([line for line in plan.lines if line.is_shipping]) == [("PORTES", "5.0000", "Isento", "M99")]
    assert plan.exemption_code == "M99"
    (why,) = [why for why in plan.why if why.subject == "exemption"]
    assert why.source.startswith("setting shipping_exemption_code, ")


def test_delivery_between_untaxed_goods_is_untaxed_like_them() -> None:
    profile = Profile(exemption_code="M10")
    goods = order_line(tax_rate=None)

    assert shown(delivery(profile, goods, price=D(5), tax_rate=None)) == [
        ("PORTES", "5.0000", "Isento", "M10")
    ]
