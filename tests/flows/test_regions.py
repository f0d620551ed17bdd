"""Rates of another region wait for a person once, and then no more."""

from __future__ import annotations

import pytest
import requests
from django.contrib.auth.models import User

from invoicing.services.rulings import AnswerKind, accept_rates, revoke
from sandbox.orders import Line
from sandbox.server import SandboxServer
from tests.flow import ACCOUNT, API_KEY, FakeClock, Shop, connect_shop, drain

MADEIRA = {"lines": [Line(price="12.20", rate="22")], "region": "Funchal", "postal": "9000-098"}


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana")


@pytest.fixture
def madeira(sandbox: SandboxServer) -> SandboxServer:
    """The account has Madeira's rates, too."""
    sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    for name, rate in (("IVA22", "22.0"), ("IVA12", "12.0"), ("IVA4", "4.0")):
        tax = {"name": name, "value": rate, "region": "PT-MA", "default_tax": "0"}
        answer = requests.post(
            f"{sandbox.url}/invoicexpress/{ACCOUNT}/taxes.json?api_key={API_KEY}",
            json={"tax": tax},
            timeout=10,
        )
        assert answer.status_code == 201, answer.text
    return sandbox


@pytest.fixture
def islands(madeira: SandboxServer, clock: FakeClock) -> Shop:
    """The goods leave from the mainland."""
    return connect_shop(madeira, clock, email_customer=False)


def test_the_first_order_is_held_and_so_are_those_after_it(islands: Shop) -> None:
    for order_id in (1001, 1002):
        islands.pay(order_id, **MADEIRA)
    islands.pay(1003)

    held = [islands.row(order_id)["hold_reason"] for order_id in (1001, 1002, 1003)]
    assert held == ["rate_of_other_region", "rate_of_other_region", None]
    assert len(islands.stored()) == 1


def test_one_word_frees_them_all_and_holds_for_the_store(islands: Shop, ana: User) -> None:
    for order_id in (1001, 1002):
        islands.pay(order_id, **MADEIRA)

    assert accept_rates(islands.order(1001), user=ana, reason="armazém no Funchal").is_done
    drain(islands.clock)
    islands.pay(1003, **MADEIRA)

    documents = [islands.documents(order_id) for order_id in (1001, 1002, 1003)]
    assert [len(found) for found in documents] == [1, 1, 1]
    assert {document.lines.get().tax_name for (document,) in documents} == {"IVA22"}
    assert accept_rates(islands.order(1002), user=ana).kind is AnswerKind.ALREADY


def test_a_word_taken_back_counts_no_more(islands: Shop, ana: User) -> None:
    islands.pay(1001, **MADEIRA)
    ruling = accept_rates(islands.order(1001), user=ana).ruling
    drain(islands.clock)
    assert ruling is not None
    assert revoke(ruling, user=ana).is_done
    drain(islands.clock)

    islands.pay(1002, **MADEIRA)

    assert [len(islands.documents(order_id)) for order_id in (1001, 1002)] == [1, 0]
    assert islands.row(1002)["hold_reason"] == "rate_of_other_region"


def test_goods_that_leave_from_the_island_need_no_word(madeira: SandboxServer, clock: FakeClock) -> None:
    shop = connect_shop(madeira, clock, vat_region="PT-MA", email_customer=False)

    shop.pay(1001, **MADEIRA)
    shop.pay(1002)

    (document,) = shop.documents(1001)
    assert (document.lines.get().tax_name, str(document.gross_total)) == ("IVA22", "12.20")
    assert shop.row(1002)["hold_reason"] == "rate_of_other_region"
