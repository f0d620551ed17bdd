import json
from decimal import Decimal

import pytest

from sandbox import jsontext, orders
from sandbox.invoicexpress.codes import is_portuguese_nif
from sandbox.orders import FREE_SHIPPING, Line, Shipping, order

MUG = Line("Caneca verde", "CAN-V", "12.30", 3, "23", "3.69")
BOOK = Line("Livro", "LIV-01", "10.60", 1, "6", "1.06")
FIGURES = ("subtotal", "tax", "shipping", "shipping_tax", "discount", "shipping_discount", "total")


def figures(built: dict[str, object]) -> tuple[object, ...]:
    return tuple(built[name] for name in FIGURES)


def test_vat_included_with_line_discounts_and_taxed_shipping() -> None:
    built = order(2001, lines=[MUG, BOOK], shipping=Shipping())

    assert figures(built) == (47.5, 6.75, 4.92, 0.92, 4.75, 0.0, 47.67)
    assert [(row["tax"], row["discount"]) for row in built["products"]] == [(6.21, 3.69), (0.54, 1.06)]


def test_line_values_can_be_per_unit() -> None:
    built = order(2001, lines=[MUG, BOOK], shipping=Shipping(), line_values="unit")

    assert built["total"] == 47.67
    assert [(row["tax"], row["discount"]) for row in built["products"]] == [(2.07, 1.23), (0.54, 1.06)]


def test_vat_on_top() -> None:
    built = order(2003, lines=[Line(price=100)], shipping=Shipping("5.00"), prices_include_vat=False)

    assert figures(built) == (100.0, 23.0, 5.0, 1.15, 0.0, 0.0, 129.15)
    assert built["products"][0]["taxes"][0]["tax_on_product_price"] is False


def test_shipping_free_untaxed_and_absent() -> None:
    free = order(1, shipping=FREE_SHIPPING)
    untaxed = order(2, shipping=Shipping(rate=None))
    absent = order(3)

    assert figures(free) == (12.3, 2.3, 4.92, 0.0, 4.92, 4.92, 12.3)
    assert (untaxed["total"], untaxed["shipping_tax"], untaxed["shipping_taxes"]) == (17.22, 0.0, [])
    assert (absent["shipping_required"], absent["shipping_address"], absent["shipping_option"]) == (
        False,
        None,
        "no_shipping",
    )


def test_gift_cards_lower_the_total() -> None:
    built = order(1, gift_card="5.00")

    assert (built["total"], built["gift_cards_discount"]) == (7.3, 5.0)


def test_no_tax_rule_and_a_rate_of_zero_are_two_things() -> None:
    none, zero = order(1, lines=[Line(rate=None)]), order(2, lines=[Line(rate=0)])

    assert none["products"][0]["taxes"] == []
    assert zero["products"][0]["taxes"][0]["rate"] == "0.0"
    assert (none["tax"], zero["tax"]) == (0.0, 0.0)


def test_exact_line_taxes_have_long_tails() -> None:
    built = order(1, lines=[Line(price="10.00")], exact_line_tax=True)

    assert built["products"][0]["tax"] == 1.8699186991869918
    assert built["tax"] == 1.87


def test_buyers_and_states() -> None:
    built = order(1, status="canceled", taxid="123456789", company="Exemplo Lda", note="x")

    assert built["billing_address"]["taxid"] == "123456789"
    assert built["billing_information"]["company_name"] == "Exemplo Lda"
    assert (built["status"], built["status_name"], built["status_enum"]) == (
        "Canceled",
        "Cancelado",
        "canceled",
    )
    assert built["note"] == "x"
    assert order(1, status="pending_payment")["completed_at"] is None
    json.dumps(built)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        order(1, status="free")


@pytest.mark.parametrize("seed", range(30))
def test_invented_tax_numbers_are_well_formed(seed: int) -> None:
    assert is_portuguese_nif(orders.nif(seed))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("123456789", True),
        ("999999990", True),
        ("123456780", False),
        ("12345678", False),
        ("423456781", False),
        ("PT1234567", False),
    ],
)
def test_portuguese_tax_numbers(text: str, good: bool) -> None:
    assert is_portuguese_nif(text) is good


@pytest.mark.parametrize(
    "text", ["1.50", "1e3", "1596.638655462185", "10000.0", '"\\ud800"', '{"a":[1,null,true]}']
)
def test_json_is_written_as_it_was_read(text: str) -> None:
    assert jsontext.dumps(jsontext.loads(text)) == text.encode()


@pytest.mark.parametrize("text", ["NaN", "[" * 100_000, "{", b"\xff"])
def test_what_is_not_json(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        jsontext.loads(text)


def test_numbers_are_decimals() -> None:
    assert jsontext.loads("1.10") == Decimal("1.10")
