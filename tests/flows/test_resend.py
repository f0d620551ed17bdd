"""A mail goes out twice only when a person says so, and then once for each word."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core import mail

from invoicing.models import DocumentOperation
from invoicing.services.rulings import AnswerKind, Because, resend_mail
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


def test_it_is_sent_once_more(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    assert len(mail.outbox) == 1

    first = resend_mail(document, user=ana)
    second = resend_mail(document, user=ana)
    drain(shop.clock)

    assert (first.kind, second.kind) == (AnswerKind.DONE, AnswerKind.IN_PROGRESS)
    assert [message.to for message in mail.outbox] == [mail.outbox[0].to] * 2
    assert DocumentOperation.objects.filter(verb="mail", state="done").count() == 2


def test_a_draft_is_not_mailed(sandbox: SandboxServer, clock: FakeClock, ana: User) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)
    (document,) = shop.documents(1001)

    answer = resend_mail(document, user=ana)
    drain(clock)

    assert (answer.kind, answer.because) == (AnswerKind.NOT_POSSIBLE, Because.NOT_FINAL)
    assert mail.outbox == []
    assert not DocumentOperation.objects.filter(verb="mail").exists()


def test_a_held_mail_is_tried_again_and_no_second_one_is_made(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    DocumentOperation.objects.filter(verb="mail").update(state="held", hold_reason="mail_refused")

    assert resend_mail(document, user=ana).is_done
    drain(shop.clock)

    assert list(DocumentOperation.objects.filter(verb="mail").values_list("state", flat=True)) == ["done"]
    assert len(mail.outbox) == 2
