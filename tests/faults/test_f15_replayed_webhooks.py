"""Captured webhooks are valid for ever, because no signed time is in them: played back, they do nothing."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

import pytest
from django.core import mail

from invoicing.models import Document, DocumentOperation
from jumpseller_sync.models import WebhookDelivery
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import Shop, drain

_EVENTS = {"pending_payment": "order_pending_payment", "paid": "order_paid", "canceled": "order_canceled"}
_HISTORIES = (
    ("paid",),
    ("pending_payment", "paid"),
    ("paid", "canceled"),
    ("pending_payment", "canceled"),
    ("paid", "canceled", "paid"),
    ("paid", "canceled", "paid", "canceled"),
)
_DAY = 86_400.0


@dataclass(frozen=True)
class Captured:
    """A webhook as it went over the wire. Only the body is signed."""

    body: bytes
    event: str
    triggered_at: str

    def play(self, shop: Shop, **headers: str) -> int:
        return shop.ring_raw(
            self.body, self.event, **{"Jumpseller-Triggered-At": self.triggered_at, **headers}
        )


def live_through(shop: Shop, order_id: int, history: tuple[str, ...]) -> list[Captured]:
    """Let the order's story happen, each chapter told and worked on; what a listener has caught of it."""
    caught = []
    for chapter in history:
        shop.clock.advance(60)
        payload = shop.put(order_id, status=chapter, customer_id=order_id, surname=f"Fictícia {order_id}")
        body = json.dumps({"order": payload}, default=float).encode()
        told_at = f"{shop.clock.moment:%Y-%m-%d %H:%M:%S}.000 UTC"
        for event in (_EVENTS[chapter], "order_updated"):
            caught.append(Captured(body, event, told_at))
            assert caught[-1].play(shop) == 200
        drain(shop.clock)
    return caught


def facts(shop: Shop, order_id: int) -> tuple[object, ...]:
    """Everything that a replay must leave alone: the provider, the shop's order, the mails, our papers."""
    return (
        sum(1 for request in shop.sandbox.state.requests if request.method != "GET"),
        [(d.id, d.reference, d.status, d.number) for d in shop.account.documents.values()],
        shop.shop_side.documents_of(order_id),
        len(mail.outbox),
        list(Document.objects.order_by("id").values_list("id", "status", "reversed_at")),
        list(DocumentOperation.objects.order_by("id").values_list("id", "verb", "state")),
        shop.row(order_id)["outcome"],
    )


@pytest.mark.fault("F15", 3, 10, 100)
@pytest.mark.timeout(3600)
def test_played_back_webhooks_have_no_effect_ever(careless_shop: Shop, trials: Trials) -> None:
    shop, chance = careless_shop, random.Random(trials.seed)
    with in_process(shop):
        for order_id in range(20_001, 20_001 + trials.planned):
            caught = live_through(shop, order_id, chance.choice(_HISTORIES))
            before, rows = facts(shop, order_id), WebhookDelivery.objects.count()

            play_back(shop, caught, chance, after=60)
            assert facts(shop, order_id) == before
            play_back(shop, caught, chance, after=30 * _DAY)
            assert facts(shop, order_id) == before
            # The body goes when its time is up; the key by which it is known again stays.
            WebhookDelivery.objects.update(body="")
            play_back(shop, caught, chance, after=chance.uniform(1, 1500) * _DAY)

            after = facts(shop, order_id)
            trials.add(duplicates=max(len(after[1]) - len(before[1]), 0))  # type: ignore[arg-type]
            assert after == before
            assert WebhookDelivery.objects.count() == rows


@pytest.mark.fault("F15", 2, 10, 100)
@pytest.mark.timeout(3600)
def test_played_back_under_other_headers_they_have_no_effect_either(
    careless_shop: Shop, trials: Trials
) -> None:
    """The event's name, its time and the store's code are not signed: whoever plays it back may choose."""
    shop, chance = careless_shop, random.Random(trials.seed)
    with in_process(shop):
        for order_id in range(20_001, 20_001 + trials.planned):
            caught = live_through(shop, order_id, chance.choice(_HISTORIES))
            before = facts(shop, order_id)

            for wait in (60.0, 30 * _DAY):
                play_back(shop, caught, chance, after=wait, disguised=True)
                assert facts(shop, order_id) == before
            WebhookDelivery.objects.update(body="")
            play_back(shop, caught, chance, after=chance.uniform(1, 1500) * _DAY, disguised=True)

            after = facts(shop, order_id)
            trials.add(duplicates=max(len(after[1]) - len(before[1]), 0))  # type: ignore[arg-type]
            assert after == before


def play_back(
    shop: Shop, caught: list[Captured], chance: random.Random, *, after: float, disguised: bool = False
) -> None:
    shop.clock.advance(after)
    for one in chance.sample(caught, len(caught)):
        headers = disguise(shop, chance) if disguised else {}
        assert one.play(shop, **headers) == 200
        if chance.random() < 0.15:
            drain(shop.clock)
    drain(shop.clock)


def disguise(shop: Shop, chance: random.Random) -> dict[str, str]:
    when = f"{shop.clock.moment:%Y-%m-%d %H:%M:%S}.000 UTC"
    return {
        "Jumpseller-Event": chance.choice(
            ("order_paid", "order_canceled", "order_updated", "order_shipped", "order_pending_payment")
        ),
        "Jumpseller-Triggered-At": chance.choice((when, "", "2020-01-01 00:00:00.000 UTC")),
        "Jumpseller-Store-Code": chance.choice((shop.store.code, "loja-alheia")),
    }
