from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from invoicing.providers import registry
from invoicing.providers.registry import provider_for, provider_names, register_provider
from outbound.answers import Call
from outbound.errors import AccountStopped, Unavailable
from outbound.models import Allowance
from sandbox.server import SandboxServer

KEY = "registry-canary-0123456789"


@dataclass
class AnAccount:
    provider: str = "invoicexpress"
    account_name: str = "loja"
    api_key: str = KEY
    requests_per_minute: int | None = None


@pytest.fixture
def own_sandbox(settings: Any) -> Any:
    with SandboxServer() as server:
        server.state.invoicexpress.add_account("loja", KEY)
        settings.INVOICEXPRESS_URL = server.url + "/invoicexpress/{account}"
        settings.INVOICEXPRESS_REQUESTS_PER_MINUTE = 100
        settings.HTTP_TIMEOUT_SECONDS = 5
        yield server


@pytest.mark.django_db
def test_an_account_gets_its_provider_its_allowance_and_its_observer(own_sandbox: SandboxServer) -> None:
    calls: list[Call] = []

    facts = provider_for(AnAccount(), on_call=calls.append).read_account()

    assert [tax.name for tax in facts.taxes][:1] == ["IVA23"]
    assert [call.outcome for call in calls] == ["ok", "ok"]
    assert Allowance.objects.get().key == "invoicexpress:loja"
    assert KEY not in repr(calls)
    assert KEY not in repr(provider_for(AnAccount()))


@pytest.mark.django_db
def test_an_account_has_its_own_limit(own_sandbox: SandboxServer) -> None:
    account = AnAccount(requests_per_minute=1)
    with pytest.raises(Unavailable):
        provider_for(account).read_account()

    with pytest.raises(Unavailable) as caught:
        provider_for(account).find("x")

    assert caught.value.counts is False
    assert len(own_sandbox.state.requests) == 1


@pytest.mark.django_db
def test_one_throttled_answer_keeps_everyone_of_the_account_away(own_sandbox: SandboxServer) -> None:
    own_sandbox.state.faults.add(kind="error_before", status=429, headers={"Retry-After": "30"})
    with pytest.raises(Unavailable):
        provider_for(AnAccount()).find("x")

    with pytest.raises(Unavailable) as caught:
        provider_for(AnAccount()).find("x")

    assert caught.value.retry_after is not None
    assert 25 < caught.value.retry_after.total_seconds() <= 30
    assert len(own_sandbox.state.requests) == 1


def test_a_name_that_is_none_opens_nothing() -> None:
    with pytest.raises(AccountStopped):
        provider_for(AnAccount(account_name="x@127.0.0.1"))


def test_providers_are_known_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    register_provider("other", lambda account, on_call, allowance: (account.account_name, on_call))  # type: ignore[arg-type, return-value]

    assert provider_names() == ("invoicexpress", "other")
    assert provider_for(AnAccount(provider="other")) == ("loja", None)
    with pytest.raises(KeyError):
        provider_for(AnAccount(provider="nobody"))
