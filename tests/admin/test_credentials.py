"""Credentials: written, tested, never shown; nothing that is refused takes the place of what works."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils.translation import override

from invoicing.admin import accounts
from invoicing.models import InvoicingAccount, InvoicingProfile, InvoicingProfileVersion
from invoicing.services.profiles import SettingsChangedMeanwhile, save_profile
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services import credentials
from jumpseller_sync.services.credentials import Side, Verdict, try_connections
from outbound.models import Allowance
from sandbox.server import SandboxServer
from stores.admin.formats import money
from stores.admin.pages import address
from stores.models import Membership, Store
from stores.services import reference_prefix_for
from tests.admin.conftest import IMAGE, SCRIPT
from tests.admin.people import EN, person, queries, told
from tests.flow import ACCOUNT, API_KEY, AUTH_TOKEN, LOGIN, FakeClock, Shop, connect_shop, drain
from tests.security.canary import assert_clean, assert_no_secret_in_the_database, everything_logged, hits

NEW = {"login": "new-login-0123456789", "auth_token": "new-token-0123456789", "api_key": "new-key-0123456789"}
OTHER_KEY = "outra-chave-0123456789"


def row() -> JumpsellerConnection:
    return JumpsellerConnection.objects.only("store").get()


def page(view: str = "credentials") -> str:
    return address(row(), view)


def stored() -> tuple[str, str, str]:
    found = row()
    account = InvoicingProfile.objects.get(store=found.store).account
    return found.login, found.auth_token, account.api_key


def open_with_new(shop: Shop) -> None:
    """The vendors want the new credentials from now on."""
    shop.shop_side.login, shop.shop_side.auth_token = NEW["login"], NEW["auth_token"]
    shop.account.api_key = NEW["api_key"]


def enter(client: Client, **given: str) -> Any:
    return client.post(page(), given, headers=EN)


def test_the_page_shows_endings_only(shop: Shop, staff: Client) -> None:
    content = staff.get(page(), headers=EN).content.decode()

    assert hits(content) == []
    for secret in (LOGIN, AUTH_TOKEN, API_KEY):
        assert f"••••{secret[-4:]}" in content
    assert content.count('type="password"') == 3


def test_new_credentials_take_the_place_of_the_old(shop: Shop, staff: Client, ana: Any) -> None:
    open_with_new(shop)

    first = enter(staff, **NEW)
    second = enter(staff, **NEW)

    assert (first.status_code, second.status_code) == (302, 302)
    assert "Jumpseller: It answers and lets us in" in told(first)
    assert "InvoiceXpress: It answers and lets us in" in told(first)
    assert stored() == (NEW["login"], NEW["auth_token"], NEW["api_key"])
    shop.pay(1001)
    assert shop.row(1001)["outcome"] == "issued"
    entries = LogEntry.objects.filter(user=ana).order_by("id")
    messages = list(entries.values_list("change_message", flat=True))
    assert messages == ["The way into the shop replaced", f"The API key of {ACCOUNT} replaced"] * 2


def test_nothing_entered_changes_nothing(shop: Shop, staff: Client) -> None:
    calls = len(shop.sandbox.state.requests)

    response = enter(staff, login="", auth_token="  ", api_key="")

    assert "Nothing was entered; nothing was changed." in told(response)
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)
    assert len(shop.sandbox.state.requests) == calls
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", ["login", "auth_token"])
def test_one_half_is_completed_by_what_is_stored(shop: Shop, staff: Client, name: str) -> None:
    setattr(shop.shop_side, name, NEW[name])

    enter(staff, **{name: NEW[name]})

    expected = {"login": LOGIN, "auth_token": AUTH_TOKEN, name: NEW[name]}
    assert stored() == (expected["login"], expected["auth_token"], API_KEY)


@pytest.mark.parametrize(
    ("given", "field", "side"),
    [
        ({"auth_token": NEW["auth_token"]}, "auth_token", "Jumpseller"),
        ({"login": NEW["login"], "auth_token": NEW["auth_token"]}, "auth_token", "Jumpseller"),
        ({"api_key": NEW["api_key"]}, "api_key", "InvoiceXpress"),
    ],
)
def test_what_a_vendor_refuses_is_not_saved(
    shop: Shop, staff: Client, given: dict[str, str], field: str, side: str
) -> None:
    for _ in range(2):
        response = enter(staff, **given)

        assert response.status_code == 200
        (words,) = response.context["form"].errors[field]
        assert words.startswith(f"{side}: It refuses these credentials.")
        assert "What was in use stays." in words
        assert all(value not in response.content.decode() for value in given.values())
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)
    assert not LogEntry.objects.exists()
    assert Store.objects.get().stopped_at is None
    assert InvoicingAccount.objects.get().stopped_at is None


def test_the_side_that_works_is_saved_and_the_other_is_told(shop: Shop, staff: Client) -> None:
    shop.account.api_key = NEW["api_key"]

    response = enter(staff, auth_token=NEW["auth_token"], api_key=NEW["api_key"])

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["auth_token"]
    assert "InvoiceXpress: It answers and lets us in" in told(response)
    assert stored() == (LOGIN, AUTH_TOKEN, NEW["api_key"])


@pytest.mark.parametrize("vendor", ["jumpseller", "invoicexpress"])
def test_a_vendor_that_does_not_answer_leaves_all_as_it_was(shop: Shop, staff: Client, vendor: str) -> None:
    open_with_new(shop)
    shop.sandbox.state.faults.add(kind="error_before", vendor=vendor, status=503, times=None)
    given = {"api_key": NEW["api_key"]} if vendor == "invoicexpress" else {"login": "x", "auth_token": "y"}

    response = enter(staff, **given)

    assert "It does not answer, or not in time." in response.content.decode()
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)


def test_a_vendor_that_is_too_slow_is_not_waited_for(shop: Shop, staff: Client, settings: Any) -> None:
    settings.HTTP_TIMEOUT_SECONDS = 0.3
    shop.sandbox.state.faults.add(kind="delay_before", vendor="jumpseller", seconds=1.0)

    response = enter(staff, login=NEW["login"], auth_token=NEW["auth_token"])

    assert "It does not answer, or not in time." in response.content.decode()
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)


def test_another_shops_credentials_are_refused(sandbox: SandboxServer, shop: Shop, staff: Client) -> None:
    sandbox.state.jumpseller.add_store("outra-loja", NEW["login"], NEW["auth_token"], "outros-hooks-0123")

    response = enter(staff, login=NEW["login"], auth_token=NEW["auth_token"])

    assert "These credentials open another shop." in response.content.decode()
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)
    assert Store.objects.get().code == "loja-exemplo"


def test_a_renamed_shop_is_the_same_shop(shop: Shop, staff: Client) -> None:
    side = shop.sandbox.state.jumpseller.stores["loja-exemplo"]
    side.code, side.auth_token = "loja-nova", NEW["auth_token"]

    assert enter(staff, auth_token=NEW["auth_token"]).status_code == 302

    assert Store.objects.get().code == "loja-nova"
    assert row().auth_token == NEW["auth_token"]


def test_a_code_that_another_store_has_is_never_taken(shop: Shop, staff: Client) -> None:
    Store.objects.create(code="loja-nova", reference_prefix=reference_prefix_for("loja-nova"))
    side = shop.sandbox.state.jumpseller.stores["loja-exemplo"]
    side.code, side.auth_token = "loja-nova", NEW["auth_token"]

    response = enter(staff, auth_token=NEW["auth_token"])

    assert "These credentials open another shop." in response.content.decode()
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)


@pytest.mark.parametrize("value", ["palavra-passe-ç", "a\nb", SCRIPT + "é", "x" * 256])
def test_what_cannot_travel_is_refused_before_anything_is_asked(
    shop: Shop, staff: Client, value: str
) -> None:
    calls = len(shop.sandbox.state.requests)

    response = enter(staff, login=value, auth_token=value, api_key=value)

    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"login", "auth_token", "api_key"}
    assert len(shop.sandbox.state.requests) == calls
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)


def test_hostile_texts_are_sent_and_not_shown(shop: Shop, staff: Client) -> None:
    response = enter(staff, login=IMAGE, auth_token=SCRIPT, api_key=SCRIPT)

    content = response.content.decode()
    assert SCRIPT not in content
    assert "<img src=x" not in content
    assert "&lt;script&gt;" not in content


def test_work_that_waited_goes_on_with_the_new_credentials(shop: Shop, staff: Client) -> None:
    shop.account.api_key = NEW["api_key"]
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=0.3)
    assert InvoicingAccount.objects.get().stopped_at is not None

    enter(staff, api_key=NEW["api_key"])
    assert InvoicingAccount.objects.get().stopped_at is None
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "issued"
    assert len(shop.stored()) == 1


def test_a_stopped_shop_goes_on_with_the_new_token(shop: Shop, staff: Client) -> None:
    shop.shop_side.auth_token = NEW["auth_token"]
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=0.3)
    assert Store.objects.get().stopped_at is not None

    enter(staff, auth_token=NEW["auth_token"])
    assert Store.objects.get().stopped_at is None
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "issued"


def test_a_secret_that_cannot_be_opened_can_be_replaced(shop: Shop, staff: Client) -> None:
    open_with_new(shop)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jumpseller_sync_jumpsellerconnection SET auth_token = 'gAAAAAbroken'")
        cursor.execute("UPDATE invoicing_invoicingaccount SET api_key = 'gAAAAAbroken'")

    shown = staff.get(page(), headers=EN)
    half = enter(staff, login=NEW["login"])
    whole = enter(staff, **NEW)

    assert shown.content.decode().count("None of the encryption keys opens it.") == 2
    assert "Enter both, the login and the auth token." in half.content.decode()
    assert whole.status_code == 302
    assert stored() == (NEW["login"], NEW["auth_token"], NEW["api_key"])


def test_entered_credentials_take_the_place_of_the_app(shop: Shop, staff: Client) -> None:
    JumpsellerConnection.objects.update(
        access_token="old-access-0123456789", refresh_token="old-refresh-0123"
    )
    open_with_new(shop)
    assert "has authorized the app" in staff.get(page(), headers=EN).content.decode()

    enter(staff, login=NEW["login"], auth_token=NEW["auth_token"])

    assert (row().access_token, row().refresh_token) == ("", "")
    shop.account.api_key = API_KEY
    shop.pay(1001)
    assert shop.row(1001)["outcome"] == "issued"


# --- the test


def test_looking_at_the_test_calls_nobody(shop: Shop, staff: Client) -> None:
    calls = len(shop.sandbox.state.requests)

    assert staff.get(page("test_connections")).status_code == 200

    assert len(shop.sandbox.state.requests) == calls


def test_the_test_calls_both_and_changes_nothing(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    writes = sum(shop.calls(method, "/") for method in ("POST", "PUT", "DELETE"))
    before = stored(), list(Store.objects.values()), list(InvoicingAccount.objects.values())

    for _ in range(2):
        content = staff.post(page("test_connections"), headers=EN).content.decode()
        assert content.count("It answers and lets us in.") == 2

    assert sum(shop.calls(method, "/") for method in ("POST", "PUT", "DELETE")) == writes
    assert (stored(), list(Store.objects.values()), list(InvoicingAccount.objects.values())) == before


def test_each_side_is_told_with_its_remedy(shop: Shop, staff: Client) -> None:
    shop.account.api_key = "what-the-vendor-wants-now"
    shop.sandbox.state.faults.add(kind="error_before", vendor="jumpseller", status=503, times=None)

    content = staff.post(page("test_connections"), headers=EN).content.decode()

    assert "It refuses these credentials." in content
    assert "enter them under Credentials" in content
    assert "It does not answer, or not in time." in content
    # A stop is a matter of work that fails, not of somebody who looks.
    assert Store.objects.get().stopped_at is None
    assert InvoicingAccount.objects.get().stopped_at is None


def test_what_is_not_connected_is_said(db: None) -> None:
    store = Store.objects.create(code="vazia", reference_prefix="VAZIA")

    assert [(t.side, t.verdict) for t in try_connections(store)] == [
        (Side.SHOP, Verdict.NONE),
        (Side.ACCOUNT, Verdict.NONE),
    ]


# --- another account


@pytest.fixture
def two_accounts(sandbox: SandboxServer, shop: Shop) -> Shop:
    sandbox.state.invoicexpress.add_account("outraconta", OTHER_KEY)
    return shop


def ask(client: Client, name: str) -> Any:
    return client.post(page("change_account"), {"account_name": name}, headers=EN)


def move(client: Client, name: str, key: str) -> Any:
    return client.post(page("change_account"), {"account_name": name, "api_key": key}, headers=EN)


def test_another_account_is_asked_about_first(two_accounts: Shop, staff: Client) -> None:
    two_accounts.pay(1001)

    response = ask(staff, "outraconta")

    content = response.content.decode()
    assert response.status_code == 200
    assert "Those that exist keep the account that they were made in, lojaexemplo: 1" in content
    assert InvoicingProfile.objects.get().account.account_name == ACCOUNT
    assert InvoicingAccount.objects.count() == 1


def test_documents_keep_theirs_and_new_ones_are_made_in_the_other(two_accounts: Shop, staff: Client) -> None:
    shop = two_accounts
    shop.pay(1001)

    first, second = (move(staff, "outraconta", OTHER_KEY) for _ in range(2))
    shop.pay(1002)

    assert (first.status_code, second.status_code) == (302, 302)
    assert "nothing was changed" in told(second)
    assert [d.account.account_name for d in shop.documents(1001)] == [ACCOUNT]
    assert [d.account.account_name for d in shop.documents(1002)] == ["outraconta"]
    assert InvoicingAccount.objects.get(account_name=ACCOUNT).api_key == API_KEY
    assert InvoicingProfileVersion.objects.count() == 1
    messages = list(LogEntry.objects.values_list("change_message", flat=True))
    assert messages == [f"The invoicing account is outraconta instead of {ACCOUNT}"]


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("outraconta", "wrong-key-0123456789", "It refuses these credentials."),
        ("nenhuma", OTHER_KEY, "It refuses these credentials."),
        ("outraconta", "", "Enter the key of the new account."),
        ("Outra Conta", OTHER_KEY, "Small letters, digits and hyphens only."),
        ("x/../lojaexemplo", OTHER_KEY, "Small letters, digits and hyphens only."),
        (SCRIPT, OTHER_KEY, "Small letters, digits and hyphens only."),
    ],
)
def test_an_account_that_lets_nobody_in_is_not_used(
    two_accounts: Shop, staff: Client, name: str, key: str, words: str
) -> None:
    response = move(staff, name, key)

    content = response.content.decode()
    assert response.status_code == 200
    assert words in content
    assert SCRIPT not in content
    assert not key or key not in content
    assert InvoicingProfile.objects.get().account.account_name == ACCOUNT
    assert InvoicingAccount.objects.count() == 1
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("status", [401, 429])
def test_a_trial_never_spends_what_the_tried_account_may_call(
    two_accounts: Shop, staff: Client, status: int
) -> None:
    """Anybody's account can be named here, so the store that tries pays for it."""
    two_accounts.sandbox.state.faults.add(
        kind="error_before", vendor="invoicexpress", status=status, headers={"Retry-After": "600"}, times=None
    )
    before = list(Allowance.objects.exclude(key__startswith="trial:").values())
    calls = len(two_accounts.sandbox.state.requests)

    for _ in range(15):
        move(staff, "outraconta", "wrong-key-0123456789")
        enter(staff, api_key="wrong-key-0123456789")

    assert list(Allowance.objects.exclude(key__startswith="trial:").values()) == before
    assert Allowance.objects.filter(key=f"trial:{two_accounts.store.pk}").exists()
    assert 1 <= len(two_accounts.sandbox.state.requests) - calls <= 10


def test_a_series_that_the_other_account_lacks_is_told(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    connect_shop(sandbox, clock, series="2026")
    other = sandbox.state.invoicexpress.add_account("outraconta", OTHER_KEY)
    other.series.clear()

    response = move(staff, "outraconta", OTHER_KEY)

    assert "The settings name the series 2026, which this account does not have" in told(response)


# --- who may, and what is never told


@pytest.mark.parametrize("role", ["viewer", "operator", "accountant"])
@pytest.mark.parametrize("view", ["credentials", "test_connections", "change_account"])
def test_only_managers_come_near(shop: Shop, role: str, view: str) -> None:
    client = person(shop.store, role)
    calls = len(shop.sandbox.state.requests)

    answers = [client.get(page(view)), client.post(page(view), {**NEW, "account_name": "outraconta"})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert len(shop.sandbox.state.requests) == calls
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)


@pytest.mark.parametrize("view", ["credentials", "test_connections", "change_account"])
def test_another_stores_credentials_are_not_there(shop: Shop, view: str) -> None:
    other = Store.objects.create(code="outra", reference_prefix="OUTRA")
    client = person(other, "manager")

    assert client.get(page(view)).status_code == 404
    assert client.post(page(view), NEW).status_code == 404
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)


def test_a_manager_replaces_the_own_stores_credentials(shop: Shop) -> None:
    open_with_new(shop)

    response = enter(person(shop.store, "manager"), **NEW)

    assert response.status_code == 302
    assert stored() == (NEW["login"], NEW["auth_token"], NEW["api_key"])


@pytest.fixture
def neighbour(shop: Shop) -> Store:
    """A store of somebody else's that invoices with the same account."""
    other = Store.objects.create(code="outra", name="Outra Loja", reference_prefix="OUTRA")
    profile = InvoicingProfile.objects.get(store=shop.store)
    save_profile(other, profile.account, profile.current.value())
    return other


def test_a_shared_accounts_key_is_not_one_stores_to_replace(shop: Shop, neighbour: Store) -> None:
    open_with_new(shop)
    calls = len(shop.sandbox.state.requests)
    client = person(shop.store, "manager")

    response = enter(client, api_key=NEW["api_key"])

    assert "Stores that you do not manage invoice with this account" in response.content.decode()
    assert "Outra Loja" not in response.content.decode()
    assert stored()[2] == API_KEY
    assert len(shop.sandbox.state.requests) == calls
    assert not LogEntry.objects.exists()


def test_a_shared_accounts_pace_is_not_one_stores_to_set(shop: Shop, neighbour: Store) -> None:
    account = InvoicingAccount.objects.get()
    client = person(shop.store, "manager")

    assert client.get(address(account, "change")).status_code == 200
    assert set_pace(client, "30").status_code == 403

    account.refresh_from_db()
    assert account.requests_per_minute is None


@pytest.mark.parametrize("role", ["viewer", "operator", "accountant"])
def test_credentials_of_every_store_are_asked_for(shop: Shop, neighbour: Store, role: str) -> None:
    open_with_new(shop)
    client = person(shop.store, "manager")
    Membership.objects.create(user=User.objects.get(username="rui"), store=neighbour, role=role)

    assert "do not manage" in enter(client, api_key=NEW["api_key"]).content.decode()
    assert set_pace(client, "30").status_code == 403
    assert stored()[2] == API_KEY


def test_who_manages_all_its_stores_sets_key_and_pace_in_every_history(shop: Shop, neighbour: Store) -> None:
    open_with_new(shop)
    client = person(shop.store, "manager")
    Membership.objects.create(user=User.objects.get(username="rui"), store=neighbour, role="manager")

    assert enter(client, api_key=NEW["api_key"]).status_code == 302
    assert stored()[2] == NEW["api_key"]
    told_to = LogEntry.objects.filter(change_message=f"The API key of {ACCOUNT} replaced")
    assert set(told_to.values_list("object_id", flat=True)) == {str(shop.store.pk), str(neighbour.pk)}

    assert set_pace(client, "30").status_code == 302
    assert InvoicingAccount.objects.get().requests_per_minute == 30


@pytest.mark.parametrize("sold", ["9996.00", "10000.00", "10000.01"])
def test_what_other_stores_sold_is_told_as_far_as_the_limit(
    shop: Shop, neighbour: Store, monkeypatch: pytest.MonkeyPatch, sold: str
) -> None:
    monkeypatch.setattr(accounts, "net_to_eu_consumers", lambda account, year: Decimal(sold))
    url = address(InvoicingAccount.objects.get(), "change")
    client = person(shop.store, "manager")
    is_above = Decimal(sold) > 10000

    alone = client.get(url, headers=EN).content.decode()
    Membership.objects.create(user=User.objects.get(username="rui"), store=neighbour, role="viewer")
    both = client.get(url, headers=EN).content.decode()

    with override("en"):
        figures = money(Decimal(sold), "EUR")
    assert figures not in alone
    assert "without VAT" not in alone
    assert ("The limit is passed." in alone) is is_above
    assert ("The limit is not passed." in alone) is not is_above
    assert figures in both


def test_what_a_store_sold_before_it_left_the_account_is_not_told(
    two_accounts: Shop, staff: Client, neighbour: Store
) -> None:
    two_accounts.pay(1001)
    url = address(InvoicingAccount.objects.get(account_name=ACCOUNT), "change")
    client = person(neighbour, "manager")
    move(staff, "outraconta", OTHER_KEY)

    content = client.get(url, headers=EN).content.decode()

    assert "The limit is not passed." in content
    assert "without VAT" not in content


def set_pace(client: Client, value: str) -> Any:
    empty = {f"{p}-{n}": "0" for p in ("taxes", "series") for n in ("TOTAL_FORMS", "INITIAL_FORMS")}
    url = address(InvoicingAccount.objects.get(), "change")
    return client.post(url, {"requests_per_minute": value, **empty}, headers=EN)


@pytest.mark.parametrize(("value", "is_saved"), [("0", False), ("9", False), ("10", True), ("", True)])
def test_a_pace_that_stops_the_account_is_refused(
    shop: Shop, staff: Client, value: str, is_saved: bool
) -> None:
    InvoicingAccount.objects.update(requests_per_minute=50)

    assert (set_pace(staff, value).status_code == 302) is is_saved

    expected = (int(value) if value else None) if is_saved else 50
    assert InvoicingAccount.objects.get().requests_per_minute == expected


def test_who_joins_an_account_leaves_the_others_their_key(two_accounts: Shop) -> None:
    """A key that the vendor lets in opens the account, and the stores that are in it keep theirs."""
    other = Store.objects.create(code="outra", reference_prefix="OUTRA")
    account = InvoicingAccount.objects.create(account_name="outraconta", api_key="theirs-0123456789")
    profile = InvoicingProfile.objects.get()
    save_profile(other, account, profile.current.value())

    assert move(person(two_accounts.store, "manager"), "outraconta", OTHER_KEY).status_code == 302

    assert InvoicingProfile.objects.get(store=two_accounts.store).account == account
    account.refresh_from_db()
    assert account.api_key == "theirs-0123456789"
    assert list(LogEntry.objects.values_list("object_id", flat=True)) == [str(two_accounts.store.pk)]


def test_a_key_replaced_by_a_move_is_told_to_the_stores_of_the_account(
    two_accounts: Shop, staff: Client
) -> None:
    other = Store.objects.create(code="outra", reference_prefix="OUTRA")
    account = InvoicingAccount.objects.create(account_name="outraconta", api_key="theirs-0123456789")
    save_profile(other, account, InvoicingProfile.objects.get().current.value())

    assert move(staff, "outraconta", OTHER_KEY).status_code == 302

    account.refresh_from_db()
    assert account.api_key == OTHER_KEY
    assert [
        (entry.object_id, entry.change_message.split(" is ")[0]) for entry in LogEntry.objects.order_by("pk")
    ] == [
        (str(two_accounts.store.pk), "The invoicing account"),
        (str(other.pk), "The API key of outraconta replaced"),
    ]


def test_a_change_of_the_settings_meanwhile_is_not_undone_by_a_move(
    two_accounts: Shop, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int | None] = []

    def busy(*args: Any, based_on: int | None = None, **kwargs: Any) -> InvoicingProfile:
        seen.append(based_on)
        if len(seen) == 1:
            raise SettingsChangedMeanwhile(InvoicingProfileVersion.objects.get())
        return save_profile(*args, based_on=based_on, **kwargs)

    monkeypatch.setattr(credentials, "save_profile", busy)

    trial = credentials.move_to_account(two_accounts.store, "outraconta", OTHER_KEY, user=ana)

    assert trial.works
    assert seen == [1, 1]
    assert InvoicingProfile.objects.get().account.account_name == "outraconta"


def test_a_post_without_a_token_is_refused(shop: Shop, ana: Any) -> None:
    open_with_new(shop)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ana)

    assert browser.post(page(), NEW).status_code == 403
    assert browser.post(page("test_connections")).status_code == 403
    assert stored() == (LOGIN, AUTH_TOKEN, API_KEY)


def test_no_secret_is_told_whatever_happens(shop: Shop, staff: Client) -> None:
    """The canaries are what is entered here, and the vendors repeat them in their refusals."""
    shop.shop_side.auth_token, shop.account.api_key = "another-token-0123", "another-key-0123"
    echo = {"message": f"token {AUTH_TOKEN} login {LOGIN}", "errors": [{"error": f"api_key={API_KEY}"}]}
    for vendor in ("jumpseller", "invoicexpress"):
        shop.sandbox.state.faults.add(kind="error_before", vendor=vendor, status=422, body=echo, times=2)
    given = {"login": LOGIN, "auth_token": AUTH_TOKEN, "api_key": API_KEY}

    with everything_logged() as logs:
        answers = [
            enter(staff, **given),
            enter(staff, **given),
            move(staff, "outraconta", API_KEY),
            staff.post(page("test_connections"), headers=EN),
        ]

    for answer in answers:
        assert_clean(answer.content.decode(), told(answer), str(answer.headers))
    assert_clean(*(log.getvalue() for log in logs))
    assert_no_secret_in_the_database()


def test_pages_cost_a_fixed_number_of_queries(shop: Shop, staff: Client) -> None:
    for view in ("credentials", "test_connections", "change_account"):
        staff.get(page(view))
        assert queries(staff, page(view)) <= 12
