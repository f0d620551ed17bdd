"""`connect_store`: a store connected, connected again, and what the checks say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from invoicing.models import AccountTax, InvoicingAccount, InvoicingProfileVersion
from jumpseller_sync.models import JumpsellerConnection
from sandbox.server import SandboxServer
from stores.models import Store
from tests.commands.run import command
from tests.commands.stores import EXAMPLE, LEFT_OUT, connect, example, open_shops, refused, saved
from tests.flow import ACCOUNT, API_KEY, AUTH_TOKEN, HOOKS_TOKEN, LOGIN

EVENTS = ["order_canceled", "order_paid", "order_pending_payment", "order_shipped", "order_updated"]
ONE = {
    "Store": 1,
    "JumpsellerConnection": 1,
    "InvoicingAccount": 1,
    "InvoicingProfile": 1,
    "InvoicingProfileVersion": 1,
}


@pytest.fixture
def shops(sandbox: SandboxServer) -> SandboxServer:
    """One shop and one account, not connected yet."""
    open_shops(sandbox)
    return sandbox


def hooks_at(sandbox: SandboxServer, code: str = "loja-exemplo") -> list[tuple[str, str]]:
    hooks = sandbox.state.jumpseller.stores[code].hooks.values()
    return sorted((hook["event"], hook["url"]) for hook in hooks)


def test_the_contracts_example_is_connected(shops: SandboxServer, monkeypatch, settings) -> None:
    ended = connect(EXAMPLE, monkeypatch)

    connection = JumpsellerConnection.objects.get()
    url = f"{settings.PUBLIC_URL}/webhooks/jumpseller/{connection.hook_key}/"
    assert (ended.status, ended.err) == (0, "")
    assert list(ended.json) == ["store", "status", "webhook_url", "hooks", "problems"]
    assert ended.json["store"] == "loja-exemplo"
    assert ended.json["status"] == "connected"
    assert ended.json["webhook_url"] == url
    assert ended.json["problems"] == []
    assert sorted(hook["event"] for hook in ended.json["hooks"]) == EVENTS
    assert all(hook["id"] for hook in ended.json["hooks"])
    assert hooks_at(shops) == [(event, url) for event in EVENTS]
    assert saved() == ONE


def test_what_was_told_is_saved(shops: SandboxServer, monkeypatch) -> None:
    connect(EXAMPLE, monkeypatch)

    store, connection = Store.objects.get(), JumpsellerConnection.objects.get()
    account, version = InvoicingAccount.objects.get(), InvoicingProfileVersion.objects.get()
    assert (store.code, store.name, store.country, store.currency) == (
        "loja-exemplo",
        "Loja Exemplo",
        "PT",
        "EUR",
    )
    assert (store.timezone, store.reference_prefix) == ("Europe/Lisbon", "LOJA-EXEMPLO")
    assert (connection.login, connection.auth_token) == (LOGIN, AUTH_TOKEN)
    assert connection.hooks_token == HOOKS_TOKEN
    assert (account.provider, account.account_name, account.api_key) == ("invoicexpress", ACCOUNT, API_KEY)
    assert (version.number, version.settings) == (
        1,
        {
            "document_type": "invoice_receipt",
            "unpaid_document_type": "invoice",
            "issue_on": "paid",
            "issue_delay_minutes": 0,
            "finalize": True,
            "email_customer": True,
            "bcc": "loja@example.com",
            "on_cancel": "credit_note",
            "prices_include_vat": None,
            "seller_tax_id": "",
            "vat_region": "PT",
            "exemption_code": "",
            "exemption_by_sku": {},
            "export_exemption_code": "",
            "intra_eu_exemption_code": "",
            "oss": False,
            "oss_from": None,
            "shipping_vat": "as_charged",
            "untaxed_shipping": "hold",
            "shipping_exemption_code": "",
            "invalid_tax_id": "final_consumer",
            "series": "",
            "observations": "",
            "print_fields": [],
            "go_live_on": "2026-01-01",
            "gift_card_sale": "hold",
            "zero_total": "hold",
            "foreign_currency": "hold",
        },
    )
    assert AccountTax.objects.filter(account=account).count() == 4


def test_left_out_the_careful_choice_holds(shops: SandboxServer, monkeypatch) -> None:
    values = {
        "code": "loja-exemplo",
        "jumpseller": {"login": LOGIN, "auth_token": AUTH_TOKEN},
        "invoicing": {"account": ACCOUNT, "api_key": API_KEY},
    }

    assert connect(values, monkeypatch).status == 0

    store, version = Store.objects.get(), InvoicingProfileVersion.objects.get()
    assert (store.name, store.country, store.currency, store.timezone) == (
        "loja-exemplo",
        "PT",
        "EUR",
        "Europe/Lisbon",
    )
    chosen = version.settings
    assert (chosen["document_type"], chosen["issue_on"], chosen["on_cancel"]) == (
        "invoice_receipt",
        "paid",
        "ask",
    )
    assert (chosen["finalize"], chosen["email_customer"], chosen["bcc"]) == (False, True, "")
    assert (chosen["invalid_tax_id"], chosen["exemption_code"]) == ("final_consumer", "")


def test_settings_come_from_a_file_too(shops: SandboxServer, tmp_path: Path) -> None:
    file = tmp_path / "loja.json"
    file.write_text(json.dumps({**EXAMPLE, "name": "Açaí & Cª"}, ensure_ascii=False), encoding="utf-8")

    ended = command("connect_store", "--from", str(file), "--json")

    assert (ended.status, ended.json["status"]) == (0, "connected")
    assert Store.objects.get().name == "Açaí & Cª"


def test_without_json_it_says_the_same_in_lines(shops: SandboxServer, monkeypatch) -> None:
    ended = connect(EXAMPLE, monkeypatch, "--no-color")

    lines = ended.out.splitlines()
    assert ended.status == 0
    assert lines[0] == "loja-exemplo: connected"
    assert lines[1] == f"webhook address: {JumpsellerConnection.objects.get().webhook_url}"
    assert sorted(lines[2:]) == [f"hook: {event}" for event in EVENTS]


def test_twice_keeps_the_address_and_registers_no_hook_twice(shops: SandboxServer, monkeypatch) -> None:
    first = connect(EXAMPLE, monkeypatch)
    hooks = hooks_at(shops)

    second = connect(EXAMPLE, monkeypatch)

    assert second.status == 0
    assert second.json["webhook_url"] == first.json["webhook_url"]
    assert sorted(hook["id"] for hook in second.json["hooks"]) == sorted(
        hook["id"] for hook in first.json["hooks"]
    )
    assert hooks_at(shops) == hooks
    assert saved() == ONE


def test_only_the_missing_hook_is_registered(shops: SandboxServer, monkeypatch) -> None:
    connect(EXAMPLE, monkeypatch)
    store = shops.state.jumpseller.stores["loja-exemplo"]
    doomed = next(number for number, hook in store.hooks.items() if hook["event"] == "order_paid")
    del store.hooks[doomed]
    kept = set(store.hooks)

    connect(EXAMPLE, monkeypatch)

    assert len(store.hooks) == 5
    assert kept < set(store.hooks)


def test_a_hook_whose_answer_was_lost_is_not_registered_twice(shops: SandboxServer, monkeypatch) -> None:
    shops.state.faults.add(vendor="jumpseller", kind="drop_after", method="POST", path_regex="hooks")
    first = connect(EXAMPLE, monkeypatch)
    assert (first.status, first.json["status"]) == (1, "incomplete")

    second = connect(EXAMPLE, monkeypatch)

    assert (second.status, second.json["status"]) == (0, "connected")
    assert [event for event, _url in hooks_at(shops)] == EVENTS


def test_hooks_of_others_are_left_alone(shops: SandboxServer, monkeypatch) -> None:
    store = shops.state.jumpseller.stores["loja-exemplo"]
    store.hooks[1] = {"id": 1, "event": "order_paid", "url": "https://outra.example/hook"}

    connect(EXAMPLE, monkeypatch)

    assert store.hooks[1] == {"id": 1, "event": "order_paid", "url": "https://outra.example/hook"}
    assert len(store.hooks) == 6


def test_a_changed_profile_is_a_new_version_and_an_equal_one_none(shops: SandboxServer, monkeypatch) -> None:
    for finalize in (True, True, False, False, True):
        assert connect(example(profile__finalize=finalize), monkeypatch).status == 0

    versions = InvoicingProfileVersion.objects.order_by("number")
    assert [(v.number, v.settings["finalize"]) for v in versions] == [(1, True), (2, False), (3, True)]


def test_a_profile_that_is_left_out_goes_back_to_the_careful_choice(
    shops: SandboxServer, monkeypatch
) -> None:
    connect(EXAMPLE, monkeypatch)

    connect(example(profile=LEFT_OUT), monkeypatch)

    assert InvoicingProfileVersion.objects.latest("number").settings["finalize"] is False


def test_wrong_shop_credentials_are_saved_stopped_and_told(shops: SandboxServer, monkeypatch) -> None:
    ended = connect(example(jumpseller__auth_token="wrong-token"), monkeypatch)

    assert (ended.status, ended.json["status"], ended.json["hooks"]) == (1, "incomplete", [])
    assert ended.json["problems"] == [
        "jumpseller: login or auth token are refused (jumpseller refuses the store's credentials)"
    ]
    assert "wrong-token" not in ended.out
    assert Store.objects.get().stopped_at is not None
    assert InvoicingAccount.objects.get().stopped_at is None
    assert hooks_at(shops) == []
    again = connect(EXAMPLE, monkeypatch)
    assert (again.status, again.json["webhook_url"]) == (0, ended.json["webhook_url"])
    assert Store.objects.get().stopped_at is None


def test_a_wrong_api_key_is_saved_stopped_and_told(shops: SandboxServer, monkeypatch) -> None:
    ended = connect(example(invoicing__api_key="wrong-key"), monkeypatch)

    assert (ended.status, ended.json["status"]) == (1, "incomplete")
    assert len(ended.json["problems"]) == 1
    assert ended.json["problems"][0].startswith("invoicing: the account name or the API key is refused")
    assert "wrong-key" not in ended.out + ended.err
    assert InvoicingAccount.objects.get().stopped_at is not None
    assert Store.objects.get().stopped_at is None
    assert connect(EXAMPLE, monkeypatch).status == 0
    assert InvoicingAccount.objects.get().stopped_at is None
    assert saved() == ONE


def test_an_unknown_account_is_told(shops: SandboxServer, monkeypatch) -> None:
    ended = connect(example(invoicing__account="naoexiste"), monkeypatch)

    assert ended.status == 1
    assert ended.json["problems"][0].startswith("invoicing: ")


def test_both_sets_of_credentials_are_judged_at_once(shops: SandboxServer, monkeypatch) -> None:
    ended = connect(example(invoicing__api_key="wrong", jumpseller__auth_token="wrong"), monkeypatch)

    assert [problem.split(":")[0] for problem in ended.json["problems"]] == ["jumpseller", "invoicing"]


def test_a_mistyped_key_does_not_stop_the_other_stores_of_the_account(
    sandbox: SandboxServer, monkeypatch
) -> None:
    open_shops(sandbox, "loja-exemplo", "outra-loja")
    assert connect(EXAMPLE, monkeypatch).status == 0

    ended = connect(
        example(
            code="outra-loja",
            jumpseller__login=f"{LOGIN}-1",
            jumpseller__auth_token=f"{AUTH_TOKEN}-1",
            invoicing__api_key="mistyped",
        ),
        monkeypatch,
    )

    account = InvoicingAccount.objects.get()
    assert (ended.status, ended.json["status"]) == (1, "incomplete")
    assert ended.json["problems"] == [
        "invoicing: the account name or the API key is refused "
        "(invoicexpress refuses the account's key); the key that worked before stays in use"
    ]
    assert (account.api_key, account.stopped_at) == (API_KEY, None)


@pytest.mark.parametrize("vendor", ["invoicexpress", "jumpseller"])
@pytest.mark.parametrize("kind", ["drop_before", "error_before", "garbage", "truncate", "big"])
def test_an_outage_loses_nothing_and_is_told(
    shops: SandboxServer, monkeypatch, vendor: str, kind: str
) -> None:
    shops.state.faults.add(vendor=vendor, kind=kind, times=None)

    ended = connect(EXAMPLE, monkeypatch)

    section = {"invoicexpress": "invoicing", "jumpseller": "jumpseller"}[vendor]
    assert (ended.status, ended.json["status"]) == (1, "incomplete")
    assert [problem.split(":")[0] for problem in ended.json["problems"]] == [section]
    assert saved() == ONE
    assert Store.objects.get().stopped_at is InvoicingAccount.objects.get().stopped_at is None
    shops.state.faults.clear()
    again = connect(EXAMPLE, monkeypatch)
    assert (again.status, again.json["webhook_url"]) == (0, ended.json["webhook_url"])


def test_credentials_of_another_shop_are_refused(sandbox: SandboxServer, monkeypatch) -> None:
    open_shops(sandbox, "outra-loja")

    ended = connect(EXAMPLE, monkeypatch)

    refused(ended, "jumpseller: these credentials are of the store 'outra-loja'")
    assert hooks_at(sandbox, "outra-loja") == []


def test_credentials_of_another_shop_do_not_replace_those_that_work(
    sandbox: SandboxServer, monkeypatch
) -> None:
    open_shops(sandbox, "loja-exemplo", "outra-loja")
    connect(EXAMPLE, monkeypatch)
    before = JumpsellerConnection.objects.values().get()

    ended = connect(
        example(jumpseller__login=f"{LOGIN}-1", jumpseller__auth_token=f"{AUTH_TOKEN}-1", name="Outra"),
        monkeypatch,
    )

    assert (ended.status, ended.json["status"]) == (1, "refused")
    assert JumpsellerConnection.objects.values().get() == before
    assert Store.objects.get().name == "Loja Exemplo"
    assert hooks_at(sandbox, "outra-loja") == []
    assert saved() == ONE


def test_a_renamed_shop_stays_the_store_that_it_was(shops: SandboxServer, monkeypatch) -> None:
    first = connect(EXAMPLE, monkeypatch)
    store = Store.objects.get()
    shops.state.jumpseller.stores["loja-exemplo"].code = "loja-nova"

    ended = connect(example(code="loja-nova"), monkeypatch)

    assert (ended.status, ended.json["store"]) == (0, "loja-nova")
    assert ended.json["webhook_url"] == first.json["webhook_url"]
    assert saved() == ONE
    renamed = Store.objects.get()
    assert (renamed.pk, renamed.code, renamed.reference_prefix) == (store.pk, "loja-nova", "LOJA-EXEMPLO")
    assert len(hooks_at(shops)) == 5


@pytest.mark.parametrize("old_login", ["works", "was revoked"])
def test_a_renamed_shop_is_known_by_its_webhook_key(
    shops: SandboxServer, monkeypatch, old_login: str
) -> None:
    connect(EXAMPLE, monkeypatch)
    store = Store.objects.get()
    side = shops.state.jumpseller.stores["loja-exemplo"]
    side.code = "loja-nova"
    if old_login == "was revoked":
        JumpsellerConnection.objects.update(auth_token="revoked")
    else:
        shops.state.jumpseller.add_store("loja-nova", "another-login", "another-token", HOOKS_TOKEN)

    new = example(
        code="loja-nova",
        jumpseller__login=LOGIN if old_login == "was revoked" else "another-login",
        jumpseller__auth_token=AUTH_TOKEN if old_login == "was revoked" else "another-token",
    )
    ended = connect(new, monkeypatch)

    assert (ended.status, ended.json["store"]) == (0, "loja-nova")
    assert (Store.objects.get().pk, Store.objects.get().code) == (store.pk, "loja-nova")


def test_an_equal_webhook_key_alone_does_not_join_two_shops(shops: SandboxServer, monkeypatch) -> None:
    connect(EXAMPLE, monkeypatch)
    shops.state.jumpseller.add_store("outra-loja", "another-login", "another-token", HOOKS_TOKEN)
    other = example(
        code="outra-loja", jumpseller__login="another-login", jumpseller__auth_token="another-token"
    )

    assert connect(other, monkeypatch).status == 0

    assert list(Store.objects.order_by("id").values_list("code", flat=True)) == ["loja-exemplo", "outra-loja"]


def test_a_shop_that_may_be_a_renamed_one_is_not_saved_on_a_guess(shops: SandboxServer, monkeypatch) -> None:
    connect(EXAMPLE, monkeypatch)
    shops.state.jumpseller.add_store("outra-loja", "another-login", "another-token", HOOKS_TOKEN)
    before = saved()
    other = example(
        code="outra-loja", jumpseller__login="another-login", jumpseller__auth_token="another-token"
    )
    # The first call reads the new shop, the second one asks the store that has its key.
    shops.state.faults.add(vendor="jumpseller", kind="error_before", status=503, skip=1, times=9)

    ended = connect(other, monkeypatch)

    assert (ended.status, ended.json["status"]) == (1, "refused")
    assert "could not be asked" in ended.json["problems"][0]
    assert saved() == before


def test_a_shop_that_tells_no_hooks_token_is_not_ready(shops: SandboxServer, monkeypatch) -> None:
    shops.state.jumpseller.stores["loja-exemplo"].hooks_token = ""

    ended = connect(EXAMPLE, monkeypatch)

    assert (ended.status, ended.json["status"]) == (1, "incomplete")
    assert ended.json["problems"] == [
        "jumpseller: the store info holds no hooks token, so no webhook can be verified"
    ]


def test_a_shop_that_answers_without_its_envelope_is_understood(shops: SandboxServer, monkeypatch) -> None:
    shops.state.jumpseller.switches.update({"store_info": "bare"})

    assert connect(EXAMPLE, monkeypatch).status == 0
    assert JumpsellerConnection.objects.get().hooks_token == HOOKS_TOKEN


def test_what_worked_is_not_replaced_by_what_is_refused(shops: SandboxServer, monkeypatch) -> None:
    """A typing mistake in either half leaves the working shop working, and says so."""
    assert connect(example(), monkeypatch).status == 0
    before = JumpsellerConnection.objects.get()

    token = connect(example(jumpseller__auth_token="mistyped-token"), monkeypatch)
    account = connect(example(invoicing__account="contaengano"), monkeypatch)

    after = JumpsellerConnection.objects.get()
    assert (token.status, account.status) == (1, 1)
    assert token.json["problems"][0].endswith("; those that were in use stay")
    assert account.json["problems"][0].endswith("stays in use")
    assert (after.login, after.auth_token) == (before.login, before.auth_token)
    assert Store.objects.get().stopped_at is None
    assert [row.stopped_at for row in InvoicingAccount.objects.all()] == [None]


def test_a_series_that_the_account_does_not_have_is_said_at_once(shops: SandboxServer, monkeypatch) -> None:
    ended = connect(example(profile__series="NAOEXISTE"), monkeypatch)

    assert ended.status == 1
    assert [problem.split(":")[0] for problem in ended.json["problems"]] == ["profile.series"]
