"""A store that has authorized the app: its token is renewed in time, once, and never lost by us."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from jumpseller_sync.clients import client_for
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.oauth import TokenGrant
from jumpseller_sync.services import tokens
from jumpseller_sync.services.connect import connect_store
from jumpseller_sync.services.tokens import current_token, keep_grant
from outbound.errors import AccountStopped, Unavailable
from sandbox.jumpseller import accounts
from tests.flow import LOGIN, Shop, drain, shop_settings

STYLES = ("rotating", "grace", "kept")


@pytest.fixture
def app_shop(shop: Shop) -> Shop:
    """The shop has authorized our app; its login and token are gone."""
    authorize(shop)
    return shop


def authorize(shop: Shop) -> None:
    access, refresh = accounts.authorize(shop.sandbox.state.jumpseller, shop.shop_side)
    grant = TokenGrant(access, refresh, timedelta(hours=1))
    keep_grant(shop.connection, grant, asked_at=shop.clock.moment)
    JumpsellerConnection.objects.update(login="", auth_token="")
    shop.connection.refresh_from_db()


def renewals(shop: Shop) -> int:
    return shop.calls("POST", "/oauth/token")


def test_a_token_that_lives_is_used_as_it_is(app_shop: Shop) -> None:
    app_shop.pay(1001)

    assert app_shop.row(1001)["outcome"] == "issued"
    assert renewals(app_shop) == 0


@pytest.mark.parametrize("style", STYLES)
def test_a_token_is_renewed_before_its_end_again_and_again(app_shop: Shop, style: str) -> None:
    app_shop.sandbox.state.jumpseller.switches.update({"refresh_tokens": style})

    for number in range(1, 4):
        app_shop.clock.advance(56 * 60)
        assert client_for(app_shop.store).store_info()["code"] == "loja-exemplo"
        assert client_for(app_shop.store).store_info()["code"] == "loja-exemplo"
        assert renewals(app_shop) == number
    assert app_shop.calls("GET", "/store/info") == 6 + 1  # one of connecting; none was refused


def test_the_life_of_a_token_is_counted_by_our_clock(app_shop: Shop) -> None:
    app_shop.clock.advance(56 * 60)
    before = app_shop.clock.moment

    client_for(app_shop.store).store_info()

    app_shop.connection.refresh_from_db()
    ends = app_shop.connection.access_token_expires_at
    assert ends is not None
    assert timedelta(0) <= ends - timedelta(hours=1) - before < timedelta(seconds=10)


@pytest.mark.parametrize("style", STYLES)
def test_a_token_that_the_shop_does_not_know_any_more_is_renewed_once(app_shop: Shop, style: str) -> None:
    app_shop.sandbox.state.jumpseller.switches.update({"refresh_tokens": style})
    app_shop.shop_side.access_token = "another"

    app_shop.pay(1001)

    assert app_shop.row(1001)["outcome"] == "issued"
    assert renewals(app_shop) == 1


def test_a_refused_token_that_somebody_has_renewed_meanwhile_is_not_renewed_again(app_shop: Shop) -> None:
    old = app_shop.connection.access_token
    new = current_token(app_shop.connection.pk, refused=old)

    assert current_token(app_shop.connection.pk, refused=old) == new != old
    assert renewals(app_shop) == 1


def test_an_app_that_was_removed_stops_the_store_and_comes_back_with_a_new_authorization(
    app_shop: Shop,
) -> None:
    accounts.revoke(app_shop.shop_side)

    app_shop.put(1001)
    app_shop.ring(1001)
    drain(app_shop.clock, hours=1)
    app_shop.store.refresh_from_db()
    assert app_shop.store.stopped_reason == (
        "jumpseller: the shop's permission for the app is gone (invalid_grant)"
    )
    assert app_shop.stored() == []

    authorize(app_shop)
    drain(app_shop.clock)
    assert app_shop.row(1001)["outcome"] == "issued"


def test_while_one_renews_others_use_what_still_works(app_shop: Shop) -> None:
    app_shop.clock.advance(57 * 60)
    held = app_shop.connection.access_token
    JumpsellerConnection.objects.update(renewing_until=app_shop.clock.moment + timedelta(seconds=30))

    assert current_token(app_shop.connection.pk) == held
    assert renewals(app_shop) == 0


def test_while_one_renews_nobody_waits_for_ever(app_shop: Shop) -> None:
    app_shop.clock.advance(61 * 60)
    JumpsellerConnection.objects.update(renewing_until=app_shop.clock.moment + timedelta(seconds=3600))
    started = time.monotonic()

    with pytest.raises(Unavailable) as caught:
        current_token(app_shop.connection.pk, patience=0.2)

    assert not caught.value.counts
    assert time.monotonic() - started < 5
    assert renewals(app_shop) == 0


def test_the_lease_of_a_worker_that_died_ends(app_shop: Shop) -> None:
    app_shop.clock.advance(61 * 60)
    JumpsellerConnection.objects.update(renewing_until=app_shop.clock.moment - timedelta(seconds=1))

    assert client_for(app_shop.store).store_info()["code"] == "loja-exemplo"
    assert renewals(app_shop) == 1


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_after", "garbage"])
def test_a_renewal_whose_answer_is_lost_leaves_the_work_undone_and_is_tried_again(
    app_shop: Shop, kind: str
) -> None:
    """With the grace that the vendor's library gives: the old token works until the new one is used."""
    app_shop.sandbox.state.jumpseller.switches.update({"refresh_tokens": "grace"})
    app_shop.sandbox.state.faults.add(kind=kind, path_regex="/oauth/token", status=500)
    app_shop.clock.advance(61 * 60)

    with pytest.raises(Unavailable):
        client_for(app_shop.store).store_info()
    assert client_for(app_shop.store).store_info()["code"] == "loja-exemplo"

    assert renewals(app_shop) == 2


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", '{"access_token": null}', '{"access_token": 7}', '{"access_token": " "}', "<html>"],
)
def test_an_answer_without_a_token_replaces_nothing(app_shop: Shop, body: str) -> None:
    app_shop.clock.advance(61 * 60)
    before = JumpsellerConnection.objects.values().get()
    app_shop.sandbox.state.faults.add(kind="error_before", path_regex="/oauth/token", status=200, body=body)

    with pytest.raises(Unavailable):
        current_token(app_shop.connection.pk)

    after = JumpsellerConnection.objects.values().get()
    assert after == before


@pytest.mark.parametrize("life", [None, "soon", 0, -5, True, 1e300, "nan", 10**400])
def test_a_strange_life_is_an_hour(app_shop: Shop, life: Any) -> None:
    body = {"access_token": "strange-0123456789", "expires_in": life}
    app_shop.sandbox.state.faults.add(kind="error_before", path_regex="/oauth/token", status=200, body=body)
    app_shop.clock.advance(61 * 60)

    assert current_token(app_shop.connection.pk) == "strange-0123456789"

    app_shop.connection.refresh_from_db()
    ends = app_shop.connection.access_token_expires_at
    assert ends is not None
    assert ends - app_shop.clock.moment <= timedelta(hours=1)


def test_no_secret_is_told_of_a_refused_renewal(app_shop: Shop, caplog: Any) -> None:
    refresh = app_shop.connection.refresh_token
    error = {"error": refresh, "error_description": f"{refresh} {accounts.CLIENT_SECRET}"}
    app_shop.sandbox.state.faults.add(kind="error_before", path_regex="/oauth/token", status=400, body=error)
    app_shop.clock.advance(61 * 60)
    calls: list[Any] = []

    with pytest.raises(AccountStopped) as caught:
        current_token(app_shop.connection.pk, on_call=calls.append)

    shown = repr(caught.value) + repr(calls) + caplog.text + repr(tokens.StoreToken(app_shop.connection))
    assert refresh not in shown
    assert accounts.CLIENT_SECRET not in shown
    assert calls[0].status == 400


def test_login_and_token_that_are_given_during_a_renewal_stay_in_use(app_shop: Shop) -> None:
    def give(*_arguments: Any) -> TokenGrant:
        report = connect_store(shop_settings())
        assert report.problems == []
        return TokenGrant("late-0123456789", "late-refresh-0123456789", timedelta(hours=1))

    app_shop.clock.advance(61 * 60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens.OAuthClient, "refresh", give)
        current_token(app_shop.connection.pk)

    app_shop.connection.refresh_from_db()
    assert (app_shop.connection.access_token, app_shop.connection.refresh_token) == ("", "")
    assert app_shop.connection.login == LOGIN


def test_a_short_life_is_used_for_most_of_it(app_shop: Shop) -> None:
    app_shop.sandbox.state.jumpseller.switches.update({"access_token_seconds": 240})
    app_shop.clock.advance(61 * 60)

    for _ in range(10):
        client_for(app_shop.store).store_info()

    assert renewals(app_shop) == 1
