"""A business in another Member State: no VAT only when VIES says that its number is valid."""

from __future__ import annotations

from typing import Any

import pytest

from invoicing.models import VatNumberCheck
from sandbox.orders import Line, Shipping
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain, run_once

NUMBER = "ESB12345674"
SALE: dict[str, Any] = {
    "lines": [Line(price="100.00", rate="0")],
    "shipping": Shipping(price="8.00", rate="0"),
    "country_code": "ES",
    "country": "Spain",
    "region": "Madrid",
    "postal": "28001",
    "taxid": NUMBER,
    "company": "Ejemplo SL",
}


@pytest.fixture
def abroad(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    return connect_shop(
        sandbox,
        clock,
        export_exemption_code="M05",
        intra_eu_exemption_code="M16",
        seller_tax_id="123456789",
        email_customer=False,
    )


def asked(shop: Shop) -> int:
    return shop.calls("GET", "/vies/")


def test_a_valid_number_gives_the_document_its_code_and_its_proof(abroad: Shop) -> None:
    abroad.pay(1001, **SALE)

    (document,) = abroad.documents(1001)
    assert (document.status, document.supply, document.destination) == ("settled", "intra_eu", "ES")
    (stored,) = abroad.stored()
    assert stored.exemption == "M16"
    assert (str(document.gross_total), document.customer_tax_id) == ("108.00", NUMBER)
    check = VatNumberCheck.objects.get()
    assert (check.answer, bool(check.consultation)) == ("valid", True)
    whys = {why["subject"]: why for why in document.plan["why"]}
    assert check.consultation in whys["supply"]["because"]
    assert asked(abroad) == 1


def test_a_second_order_of_the_day_asks_nobody(abroad: Shop) -> None:
    abroad.pay(1001, **SALE)
    abroad.pay(1002, **SALE)

    assert [len(abroad.documents(order)) for order in (1001, 1002)] == [1, 1]
    assert asked(abroad) == 1


def test_an_invalid_number_is_held_and_nothing_is_made(abroad: Shop) -> None:
    abroad.sandbox.state.vies.remove("ES", "B12345674")

    abroad.pay(1001, **SALE)

    assert abroad.row(1001)["hold_reason"] == "vat_number_invalid"
    assert (abroad.documents(1001), abroad.stored()) == ([], [])


@pytest.mark.parametrize("outage", ["user_error_200", "error_wrappers", "http_500"])
def test_an_outage_waits_and_the_document_follows_by_itself(abroad: Shop, outage: str) -> None:
    abroad.sandbox.state.vies.switches.update({"outage": outage})
    abroad.put(1001, **SALE)
    assert abroad.ring(1001) == 200
    run_once()
    run_once()

    assert abroad.row(1001)["outcome"] == "pending"
    assert abroad.documents(1001) == []

    abroad.sandbox.state.vies.switches.update({"outage": "none"})
    drain(abroad.clock)

    assert abroad.row(1001)["outcome"] == "issued"
    assert [document.supply for document in abroad.documents(1001)] == ["intra_eu"]
    assert len(abroad.stored()) == 1


def test_a_long_outage_is_held_visibly_and_still_asked(abroad: Shop) -> None:
    abroad.sandbox.state.vies.switches.update({"outage": "user_error_200"})

    abroad.pay(1001, **SALE)

    assert abroad.row(1001)["hold_reason"] == "vat_number_unchecked"
    assert (abroad.documents(1001), abroad.stored()) == ([], [])
    assert asked(abroad) >= 8

    abroad.sandbox.state.vies.switches.update({"outage": "none"})
    drain(abroad.clock)
    assert abroad.row(1001)["outcome"] == "issued"


def test_an_order_cancelled_during_an_outage_does_not_wait_for_it(abroad: Shop) -> None:
    abroad.sandbox.state.vies.switches.update({"outage": "http_500"})
    abroad.put(1001, **SALE)
    assert abroad.ring(1001) == 200
    run_once()

    abroad.put(1001, **{**SALE, "status": "canceled"})
    assert abroad.ring(1001, "order_canceled") == 200
    drain(abroad.clock)

    assert abroad.row(1001)["outcome"] == "not_due"
    assert abroad.stored() == []


def test_a_sale_with_vat_asks_nobody(abroad: Shop) -> None:
    taxed = {**SALE, "lines": [Line(price="123.00")], "shipping": Shipping(price="4.92")}

    abroad.pay(1001, **taxed)

    (document,) = abroad.documents(1001)
    assert (document.supply, str(document.tax_total)) == ("eu_consumer", "23.92")
    assert asked(abroad) == 0


def test_a_corrected_number_turns_the_hold_into_a_document(abroad: Shop) -> None:
    abroad.pay(1001, **{**SALE, "taxid": None, "company": None})
    assert abroad.row(1001)["hold_reason"] == "untaxed_eu_sale"

    abroad.put(1001, **SALE)
    assert abroad.ring(1001, "order_updated") == 200
    drain(abroad.clock)

    assert [document.supply for document in abroad.documents(1001)] == ["intra_eu"]
