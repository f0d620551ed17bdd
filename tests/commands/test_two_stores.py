"""Two stores on one account: equal order ids, equal figures, and they do not meet."""

from __future__ import annotations

import json

from django.core import mail

from invoicing.models import InvoicingAccount
from sandbox.server import SandboxServer
from stores.models import Order, Store
from tests.commands.run import command
from tests.commands.stores import EXAMPLE, connect, example, open_shops
from tests.flow import AUTH_TOKEN, HOOKS_TOKEN, LOGIN, FakeClock, Shop, drain


def test_two_stores_with_equal_order_ids_do_not_meet(
    sandbox: SandboxServer, clock: FakeClock, monkeypatch
) -> None:
    open_shops(sandbox, "loja-exemplo", "outra-loja")
    assert connect(EXAMPLE, monkeypatch).status == 0
    second = example(
        code="outra-loja", jumpseller__login=f"{LOGIN}-1", jumpseller__auth_token=f"{AUTH_TOKEN}-1"
    )
    assert connect(second, monkeypatch).status == 0
    shops = [Shop(sandbox, clock, store, store.jumpseller) for store in Store.objects.order_by("id")]
    assert [shop.connection.hooks_token for shop in shops] == [HOOKS_TOKEN, f"{HOOKS_TOKEN}-1"]

    for shop, name in zip(shops, ("Beatriz", "Carlota"), strict=True):
        shop.put(1001, name=name, email=f"{name.lower()}@example.com")
        sandbox.state.jumpseller.send = lambda *_args: 200
        body = json.dumps({"order": shop.shop_side.orders[1001]}, default=float).encode()
        assert shop.ring_raw(body, **{"Jumpseller-Hmac-Sha256": signature(body, shop)}) == 200
    drain(clock)

    assert InvoicingAccount.objects.count() == 1
    assert list(Order.objects.order_by("id").values_list("store__code", "shop_order_id", "buyer_name")) == [
        ("loja-exemplo", "1001", "Beatriz Fictícia"),
        ("outra-loja", "1001", "Carlota Fictícia"),
    ]
    assert [d.reference for d in shops[0].stored()] == ["LOJA-EXEMPLO-1001-FT1", "OUTRA-LOJA-1001-FT1"]
    for shop, prefix in zip(shops, ("LOJA-EXEMPLO", "OUTRA-LOJA"), strict=True):
        (document,) = shop.documents(1001)
        assert document.reference == f"{prefix}-1001-FT1"
        assert [entry["external_id"] for entry in shop.shop_side.documents] == [document.provider_id]
        (row,) = command("export_documents", shop.store.code).json
        assert (row["order_id"], row["reference"], row["outcome"]) == ("1001", document.reference, "issued")
    assert sorted(message.to for message in mail.outbox) == [["beatriz@example.com"], ["carlota@example.com"]]


def signature(body: bytes, shop: Shop) -> str:
    from jumpseller_sync.signature import sign

    return sign(body, shop.connection.hooks_token)
