"""Checks as they are remembered: a day long, and never worn away by an outage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from invoicing.domain.vat_numbers import VatAnswer, VatNumber
from invoicing.models import VatNumberCheck
from invoicing.services.vat_numbers import check_vat_number, known_check
from outbound.session import OutboundSession
from sandbox.server import SandboxServer
from tests.flow import FakeClock
from tests.models.rows import refused
from tests.vies.conftest import NUMBER, OUTAGES, SELLER, be_out, requests_seen

HOUR = 3600


def row() -> VatNumberCheck:
    return VatNumberCheck.objects.get()


def test_nothing_is_known_of_a_number_that_was_never_checked(vies: SandboxServer) -> None:
    assert known_check(NUMBER, requester=SELLER) is None
    assert requests_seen(vies) == 0
    assert not VatNumberCheck.objects.exists()


def test_a_valid_number_is_stored_with_its_proof(vies: SandboxServer, clock: FakeClock) -> None:
    found = check_vat_number(NUMBER, requester=SELLER)

    assert found.answer is VatAnswer.VALID
    assert found.consultation
    assert found.checked_at is not None
    assert abs(found.checked_at - clock.moment) < timedelta(seconds=1)
    kept = row()
    assert kept.value() == found
    assert (kept.country, kept.number, kept.requester, kept.tries) == ("ES", "B90100777", SELLER, 0)
    assert str(kept) == "ESB90100777: valid"


@pytest.mark.parametrize("vat_number", [NUMBER, VatNumber("DE", "874413674")], ids=["valid", "invalid"])
def test_a_definite_answer_is_not_asked_for_twice(vies: SandboxServer, vat_number: VatNumber) -> None:
    first = check_vat_number(vat_number, requester=SELLER)
    second = check_vat_number(vat_number, requester=SELLER)

    assert first == second == known_check(vat_number, requester=SELLER)
    assert requests_seen(vies) == 1
    assert VatNumberCheck.objects.count() == 1


def test_after_a_day_it_is_asked_for_again(vies: SandboxServer, clock: FakeClock) -> None:
    first = check_vat_number(NUMBER, requester=SELLER)
    vies.state.vies.remove(NUMBER.country, NUMBER.number)
    clock.advance(24 * HOUR - 1)
    assert check_vat_number(NUMBER, requester=SELLER) == first
    clock.advance(2)

    assert known_check(NUMBER, requester=SELLER) is None
    assert check_vat_number(NUMBER, requester=SELLER).answer is VatAnswer.INVALID
    assert row().answer == "invalid"
    assert requests_seen(vies) == 2


def test_each_seller_has_a_proof_of_his_own(vies: SandboxServer) -> None:
    check_vat_number(NUMBER, requester=SELLER)

    without = check_vat_number(NUMBER, requester="")

    assert without.consultation == ""
    assert VatNumberCheck.objects.count() == 2
    assert requests_seen(vies) == 2


def test_a_number_has_one_row_for_one_seller(vies: SandboxServer) -> None:
    check_vat_number(NUMBER, requester=SELLER)
    kept = row()
    same = {"country": kept.country, "number": kept.number, "requester": SELLER}

    refused(
        "one_check_per_number_and_requester",
        VatNumberCheck.objects.create,
        **same,
        checked_at=kept.checked_at,
    )


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_is_stored_as_unknown_and_counted(
    vies: SandboxServer, settings: Any, clock: FakeClock, outage: str
) -> None:
    be_out(vies, outage, settings)

    found = check_vat_number(NUMBER, requester=SELLER)

    kept = row()
    assert found.answer is VatAnswer.UNKNOWN
    assert kept.value() == found
    assert (kept.tries, kept.consultation) == (1, "")
    assert kept.remark
    assert abs(kept.checked_at - clock.moment) < timedelta(seconds=1)
    assert known_check(NUMBER, requester=SELLER) is None


def test_an_outage_twice_is_one_row_and_two_tries(vies: SandboxServer, clock: FakeClock) -> None:
    vies.state.vies.switches.outage = "user_error_200"
    check_vat_number(NUMBER, requester=SELLER)
    vies.state.vies.switches.outage_code = "TIMEOUT"
    clock.advance(60)

    check_vat_number(NUMBER, requester=SELLER)

    kept = row()
    assert (kept.answer, kept.tries, requests_seen(vies)) == ("unknown", 2, 2)
    assert kept.remark == "VIES could not tell: TIMEOUT."
    assert abs(kept.checked_at - clock.moment) < timedelta(seconds=1)


def test_a_definite_answer_ends_the_counting(vies: SandboxServer) -> None:
    vies.state.vies.switches.outage = "error_wrappers"
    check_vat_number(NUMBER, requester=SELLER)
    vies.state.vies.switches.outage = "none"

    found = check_vat_number(NUMBER, requester=SELLER)

    kept = row()
    assert found.answer is VatAnswer.VALID
    assert kept.value() == found
    assert (kept.tries, kept.remark) == (0, "")


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("vat_number", [NUMBER, VatNumber("DE", "874413674")], ids=["valid", "invalid"])
def test_an_outage_destroys_no_answer_and_is_not_hidden_by_an_old_one(
    vies: SandboxServer, settings: Any, clock: FakeClock, outage: str, vat_number: VatNumber
) -> None:
    first = check_vat_number(vat_number, requester=SELLER)
    clock.advance(25 * HOUR)
    be_out(vies, outage, settings)

    later = [check_vat_number(vat_number, requester=SELLER) for _ in range(2)]

    assert [each.answer for each in later] == [VatAnswer.UNKNOWN] * 2
    kept = row()
    assert kept.value() == first
    assert kept.tries == 2
    assert known_check(vat_number, requester=SELLER) is None


def test_a_refused_requester_is_known_as_well(vies: SandboxServer) -> None:
    vies.state.vies.switches.requester = "refused"

    found = check_vat_number(NUMBER, requester=SELLER)

    assert (found.answer, found.consultation) == (VatAnswer.VALID, "")
    assert "asked without it" in row().remark
    assert check_vat_number(NUMBER, requester=SELLER) == found
    assert requests_seen(vies) == 2


@pytest.mark.parametrize("hours", [-48, -1, 1, 48])
def test_a_strange_date_of_theirs_does_not_change_how_long_it_is_good(
    vies: SandboxServer, clock: FakeClock, hours: int
) -> None:
    vies.state.now = lambda: clock.moment.timestamp() + hours * HOUR

    found = check_vat_number(NUMBER, requester=SELLER)

    assert found.checked_at is not None
    assert abs(found.checked_at - clock.moment) < timedelta(seconds=1)


def test_their_date_is_kept_where_the_clocks_differ_a_little(vies: SandboxServer, clock: FakeClock) -> None:
    vies.state.now = lambda: clock.moment.timestamp() - 90

    found = check_vat_number(NUMBER, requester=SELLER)

    assert found.checked_at is not None
    assert timedelta(seconds=89) < clock.moment - found.checked_at < timedelta(seconds=91)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_held_while_asking(vies: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    real = OutboundSession.send

    def send(session: OutboundSession, *args: Any, **named: Any) -> Any:
        held.append(connection.in_atomic_block)
        return real(session, *args, **named)

    monkeypatch.setattr(OutboundSession, "send", send)

    check_vat_number(NUMBER, requester=SELLER)

    assert held == [False]
    assert not connection.in_atomic_block
    assert row().answer == "valid"
