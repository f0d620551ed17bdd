"""Where nobody knows how the provider behaves, the product is right either way.

The switches of the stand-in are turned to every position, and the same orders end right: as documents that
are lawful and equal to what was paid, or held with nothing made that could harm.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.invoicexpress.switches import InvoiceXpressSwitches
from sandbox.orders import Line, Shipping, nif
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain

# Every position of every switch stands in one of these; the first are the likeliest readings.
POSITIONS: dict[str, dict[str, Any]] = {
    "as documented": {},
    "lenient": {
        "bad_nif": "accept",
        "zero_rate_without_code": "stamp_m99",
        "code_without_zero_rate": "drop",
        "no_exemption_shown": "empty",
        "simplified_finalizes_to": "settled",
        "settled_source": "refuse",
        "unknown_tax": "exempt",
        "reused_client": "updated",
        "legal_text_appended": False,
    },
    "strange": {
        "bad_nif": "drop",
        "code_without_zero_rate": "refuse",
        "unknown_tax": "refuse",
        "tie": "half_even",
        "total": "before_taxes_plus_taxes",
        "change_state_body": "empty",
        "date_checked_on_create": True,
    },
}
OPEN = (
    "bad_nif",
    "zero_rate_without_code",
    "code_without_zero_rate",
    "no_exemption_shown",
    "simplified_finalizes_to",
    "settled_source",
    "unknown_tax",
    "reused_client",
)
TWO_RATES = [
    Line(price="9.99", qty=3),
    Line(name="Livro", sku="LIV-1", price="15.90", rate="6", product_id=2),
]
FINAL = ("final", "settled")


@pytest.fixture(params=POSITIONS)
def turned(request: pytest.FixtureRequest, sandbox: SandboxServer) -> str:
    name = str(request.param)
    sandbox.state.invoicexpress.switches.update(POSITIONS[name])
    return name


def test_every_position_of_the_open_behaviours_is_tried() -> None:
    defaults = InvoiceXpressSwitches()
    for name in OPEN:
        tried = {positions.get(name, getattr(defaults, name)) for positions in POSITIONS.values()}
        assert tried == set(InvoiceXpressSwitches.choices[name]), name


def shop_with(sandbox: SandboxServer, clock: FakeClock, **profile: Any) -> Shop:
    return connect_shop(sandbox, clock, email_customer=False, on_cancel="credit_note", **profile)


def paper(shop: Shop, order_id: int) -> Any:
    """The one live document of the order at the provider."""
    (stored,) = [d for d in shop.stored() if d.reference == f"LOJA-EXEMPLO-{order_id}-FT1"]
    return stored


def test_sales_end_right(turned: str, sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = shop_with(sandbox, clock, exemption_code="M10")

    shop.pay(1001, lines=TWO_RATES, shipping=Shipping())
    shop.pay(1002, taxid=nif(7))
    shop.pay(1003, taxid="123456780")
    shop.pay(1004, lines=[Line(price="50.00", rate="0")])

    rows = {order_id: shop.row(order_id) for order_id in (1001, 1002, 1003, 1004)}
    assert {row["outcome"] for row in rows.values()} == {"issued"}
    assert [rows[order_id]["gross_total"] for order_id in rows] == ["50.79", "12.30", "12.30", "50.00"]
    assert all(paper(shop, order_id).status in FINAL for order_id in rows)
    assert paper(shop, 1004).exemption == "M10"
    clients = [paper(shop, order_id).client.fields.get("fiscal_id") for order_id in (1002, 1003)]
    assert clients == [nif(7), None]


def test_a_simplified_invoice_ends_right(turned: str, sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = shop_with(sandbox, clock, document_type="simplified_invoice")

    shop.pay(1001)

    row = shop.row(1001)
    assert (row["outcome"], row["kind"], row["status"] in FINAL) == ("issued", "simplified_invoice", True)


def test_a_cancelled_order_is_credited_or_waits(
    turned: str, sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = shop_with(sandbox, clock)
    shop.pay(1001)

    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    drain(clock)

    row = shop.row(1001)
    refuses = sandbox.state.invoicexpress.switches.settled_source == "refuse"
    expected = ("held", "0.00", "rejected") if refuses else ("credited", "12.30", None)
    assert (row["outcome"], row["credited_total"], row["hold_reason"]) == expected
    assert len(shop.stored()) == (1 if refuses else 2)


def test_a_tax_that_was_renamed_makes_no_wrong_document(
    turned: str, sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = shop_with(sandbox, clock)
    (tax,) = [tax for tax in shop.account.taxes.values() if tax.name == "IVA6"]
    tax.name = "IVA reduzido"

    shop.pay(1001, lines=[Line(price="10.60", rate="6")])

    row = shop.row(1001)
    assert row["outcome"] == "held"
    assert row["hold_reason"] in ("stored_differs", "rejected")
    assert [stored for stored in shop.stored() if stored.status in FINAL] == []
