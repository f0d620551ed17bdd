"""A person's word on who bought: a wrong tax id or name is put right here, and the draft follows."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.models import User

from invoicing.domain.corrected import BuyerCorrection, as_the_shop_says
from invoicing.domain.decision import RulingKind
from invoicing.domain.reasons import HoldReason
from invoicing.queue import ask_for_reading
from invoicing.services.decide_order import correction_of, decide_order
from invoicing.services.ruling_answers import Answer, Because, already, done, not_possible
from invoicing.services.ruling_facts import live_invoice, may_be_final, record_ruling, take_back
from invoicing.services.ruling_work import name_of, with_order
from invoicing.services.shop_word import shop_word
from stores.models import Order


def correct_buyer(order: Order, correction: BuyerCorrection, *, user: User, reason: str = "") -> Answer:
    """Let the document carry this tax id, company and name. What the shop says stays as it is there.

    A final document is not touched: that is corrected by cancelling or crediting it.
    """

    def act(locked: Order) -> Answer:
        live = live_invoice(locked)
        if live is not None and live.is_final:
            return not_possible(Because.ALREADY_FINAL)
        if live is not None and may_be_final(live):
            return not_possible(Because.BEING_FINALIZED)
        snapshot = shop_word(locked)
        if snapshot is None:
            return not_possible(Because.NOT_READABLE)
        said = as_the_shop_says(snapshot)
        if correction.says_the_same_as(correction_of(locked) or said):
            return already()
        word = replace(correction, is_renamed=correction.name != said.name)
        take_back(locked, RulingKind.CORRECT_BUYER)
        ruling = record_ruling(locked, RulingKind.CORRECT_BUYER, user, reason, data=word.as_json())
        decision = decide_order(locked, requested_by=name_of(user))
        if decision.reason is HoldReason.VAT_NUMBER_UNCHECKED:
            # The lane asks VIES, which must not be done while the order is locked.
            ask_for_reading(locked, requested_by=name_of(user))
        return done(ruling)

    return with_order(order.pk, act)
