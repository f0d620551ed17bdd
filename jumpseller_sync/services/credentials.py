"""The ways into the shop and into the invoicing account: tested, and replaced by ones that work.

Nothing is saved that a vendor has not just let in, and no transaction is open while it is asked. An answer
never holds a secret; `detail` is a vendor's words, redacted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction

from invoicing.models import InvoicingAccount, InvoicingProfile
from invoicing.providers.base import AccountFacts
from invoicing.providers.registry import provider_for
from invoicing.services.accounts import accept_facts, may_for_all, save_account
from invoicing.services.availability import resume
from invoicing.services.profiles import SettingsChangedMeanwhile, save_profile
from jumpseller_sync.clients import client_for
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.credential_checks import AccountCheck, ask_account, ask_shop
from jumpseller_sync.services.store_info import keep_store_info
from jumpseller_sync.services.tokens import forget_grant
from outbound.errors import AccountStopped, OutboundError, Unavailable
from stores.domain.roles import Right
from stores.fields import UndecryptableSecret
from stores.models import Store

# Not read where they are not needed: a secret whose key is gone must be replaceable.
SECRETS = ("auth_token", "access_token", "refresh_token", "hooks_token")

# Somebody else's changes of the settings between reading and saving them.
_MOVES = 3


class Side(StrEnum):
    SHOP = "shop"
    ACCOUNT = "account"


class Verdict(StrEnum):
    WORKS = "works"
    REFUSED = "refused"  # the vendor does not let these credentials in
    NO_ANSWER = "no_answer"
    SHARED = "shared"  # other people's stores invoice with the account
    OTHER_SHOP = "other_shop"  # they open another shop than this one
    STRANGE = "strange"  # an answer that cannot be understood
    UNREADABLE = "unreadable"  # what is stored cannot be decrypted
    NONE = "none"  # nothing is connected yet


@dataclass(frozen=True)
class Trial:
    side: Side
    verdict: Verdict
    detail: str = ""

    @property
    def works(self) -> bool:
        return self.verdict is Verdict.WORKS


def try_connections(store: Store) -> tuple[Trial, Trial]:
    """Call both vendors with what is stored. Changes nothing, not even what is stopped."""
    return (
        _tried(Side.SHOP, lambda: str(client_for(store).store_info().get("code"))),
        _tried(Side.ACCOUNT, lambda: _ping_account(store)),
    )


def replace_shop_credentials(store: Store, login: str, auth_token: str) -> Trial:
    """Enter the shop by these from now on, if they open this very shop; else those in use stay."""
    check = ask_shop(login, auth_token)
    if check.info is None:
        return _failed(Side.SHOP, check.trouble)
    connection = _connection(store)
    if connection is None:
        return Trial(Side.SHOP, Verdict.NONE)
    if _is_another_shop(connection, check.info):
        return Trial(Side.SHOP, Verdict.OTHER_SHOP, str(check.info.get("code"))[:100])
    with transaction.atomic():
        rows = JumpsellerConnection.objects.filter(pk=connection.pk)
        rows.update(login=login, auth_token=auth_token)
        keep_store_info(connection, check.info)
        forget_grant(connection)  # the app's tokens would go before them
        resume(store)
    return Trial(Side.SHOP, Verdict.WORKS, connection.store.code)


def replace_api_key(store: Store, api_key: str, *, user: Any) -> Trial:
    """Enter the store's account by this key from now on, if it opens it; else the one in use stays. So it
    does where the person may not replace the key of every store of the account."""
    account = _account(store)
    if account is None:
        return Trial(Side.ACCOUNT, Verdict.NONE)
    if not may_for_all(user, Right.CREDENTIALS, account):
        return Trial(Side.ACCOUNT, Verdict.SHARED)
    check = ask_account(account.provider, account.account_name, api_key, tried_by=str(store.pk))
    if check.facts is None:
        return _failed(Side.ACCOUNT, check.trouble)
    with transaction.atomic():
        InvoicingAccount.objects.filter(pk=account.pk).update(api_key=api_key)
        accept_facts(account, check.facts)
    return Trial(Side.ACCOUNT, Verdict.WORKS, account.account_name)


def move_to_account(store: Store, account_name: str, api_key: str, *, user: Any) -> Trial:
    """Invoice with another account of the same provider from now on, if the key opens it. Documents keep the
    account that they were made in, and other people's stores their key.

    Raises:
        SettingsChangedMeanwhile: again and again; nothing was changed.
    """
    profile = _profile(store)
    if profile is None or profile.current is None:
        return Trial(Side.ACCOUNT, Verdict.NONE)
    provider = profile.account.provider
    check: AccountCheck = ask_account(provider, account_name, api_key, tried_by=str(store.pk))
    if check.facts is None:
        return _failed(Side.ACCOUNT, check.trouble)
    for tries_left in reversed(range(_MOVES)):
        try:
            _move(profile, account_name, api_key, check.facts, user)
            break
        except SettingsChangedMeanwhile:
            if not tries_left:
                raise
    return Trial(Side.ACCOUNT, Verdict.WORKS, account_name)


@transaction.atomic
def _move(profile: InvoicingProfile, name: str, api_key: str, facts: AccountFacts, user: Any) -> None:
    account = _account_to_join(profile.account.provider, name, api_key, user)
    accept_facts(account, facts)
    current = InvoicingProfile.objects.select_related("current").get(pk=profile.pk).current
    assert current is not None
    save_profile(profile.store, account, current.value(), user=user, based_on=current.number)


def _account_to_join(provider: str, name: str, api_key: str, user: Any) -> InvoicingAccount:
    named = InvoicingAccount.objects.filter(provider=provider, account_name=name)
    known = named.defer("api_key").first()
    if known is None:
        return save_account(provider=provider, account_name=name, api_key=api_key)
    if may_for_all(user, Right.CREDENTIALS, known):
        named.update(api_key=api_key)
    return known


def _is_another_shop(connection: JumpsellerConnection, info: dict[str, Any]) -> bool:
    """A shop that was renamed keeps the key of its webhooks; any other code is another shop's."""
    code, told = str(info.get("code")), str(info.get("hooks_token") or "")
    others = Store.objects.filter(platform="jumpseller", code=code).exclude(pk=connection.store_id)
    if others.exists():
        return True
    if code == connection.store.code:
        return False
    try:
        return not told or told != connection.hooks_token
    except UndecryptableSecret:
        return True


def _tried(side: Side, call: Callable[[], str]) -> Trial:
    try:
        return Trial(side, Verdict.WORKS, call())
    except UndecryptableSecret:
        return Trial(side, Verdict.UNREADABLE)
    except (JumpsellerConnection.DoesNotExist, InvoicingProfile.DoesNotExist):
        return Trial(side, Verdict.NONE)
    except OutboundError as error:
        return _failed(side, error)


def _failed(side: Side, trouble: OutboundError | None) -> Trial:
    detail = trouble.message if trouble is not None else ""
    if isinstance(trouble, AccountStopped):
        return Trial(side, Verdict.REFUSED, detail)
    return Trial(side, Verdict.NO_ANSWER if isinstance(trouble, Unavailable) else Verdict.STRANGE, detail)


def _ping_account(store: Store) -> str:
    account = InvoicingProfile.objects.select_related("account").get(store=store).account
    provider_for(account).ping()
    return account.account_name


def _connection(store: Store) -> JumpsellerConnection | None:
    rows = JumpsellerConnection.objects.select_related("store").defer(*SECRETS)
    return rows.filter(store=store).first()


def _profile(store: Store) -> InvoicingProfile | None:
    rows = InvoicingProfile.objects.select_related("account", "current").defer("account__api_key")
    return rows.filter(store=store).first()


def _account(store: Store) -> InvoicingAccount | None:
    profile = _profile(store)
    return profile.account if profile is not None else None
