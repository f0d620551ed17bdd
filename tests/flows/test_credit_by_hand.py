"""Staff credited inside InvoiceXpress already: nothing is credited twice."""

from __future__ import annotations

from dataclasses import replace

from invoicing.domain.credit import build_credit_note
from invoicing.domain.plan import DocumentKind
from invoicing.providers.registry import provider_for
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain


def credit_by_hand(shop: Shop, order_id: int) -> None:
    (document,) = shop.documents(order_id)
    note = build_credit_note(
        document.planned(),
        reference="FEITA-A-MAO",
        issued_on=document.issued_on,
        original_provider_id=document.provider_id,
        original_number=document.number,
        reason="Feita à mão",
    )
    provider = provider_for(document.account)
    made = provider.create(
        DocumentKind.CREDIT_NOTE, provider.render_create(replace(note, series=""), series_id="")
    )
    assert made is not None
    provider.finalize(DocumentKind.CREDIT_NOTE, made.provider_id)


def test_what_was_credited_by_hand_is_not_credited_again(sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = connect_shop(sandbox, clock, on_cancel="credit_note")
    shop.pay(1001)
    credit_by_hand(shop, 1001)

    for _ in range(2):
        shop.put(1001, status="canceled")
        shop.ring(1001, "order_canceled")
        drain(clock)

    assert [d.reference for d in shop.stored()] == ["LOJA-EXEMPLO-1001-FT1", "FEITA-A-MAO"]
    assert shop.row(1001)["outcome"] == "held"
    assert shop.row(1001)["hold_reason"] == "nothing_left_to_credit"
    assert shop.calls("POST", "credit_notes.json") == 1
