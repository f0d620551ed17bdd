"""Connect a store from its settings: check both sets of credentials, register the hooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from invoicing.domain.profile import Profile
from invoicing.models import InvoicingAccount
from invoicing.services.accounts import accept_facts, save_account
from invoicing.services.availability import resume
from invoicing.services.profiles import save_profile
from jumpseller_sync.clients import client_of
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.connect_settings import StoreSettings
from jumpseller_sync.services.credential_checks import AccountCheck, ShopCheck, ask_account, ask_shop
from jumpseller_sync.services.hooks import register_hooks
from jumpseller_sync.services.store_info import keep_store_info
from jumpseller_sync.services.tokens import forget_grant
from outbound.errors import AccountStopped, OutboundError
from stores import stops
from stores.fields import UndecryptableSecret
from stores.models import Store
from stores.services import reference_prefix_for


@dataclass
class ConnectReport:
    """What `connect_store` prints. `status`: connected, incomplete (saved, a check failed) or refused
    (nothing was saved)."""

    store: str
    status: str = "connected"
    webhook_url: str = ""
    hooks: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def connect_store(settings: StoreSettings) -> ConnectReport:
    """Create or update the store, and check everything over the network.

    Both vendors are asked first, and nothing that worked is replaced by what is refused. A new store is
    saved all the same, so that an outage or a typing mistake loses nothing; credentials that are another
    shop's are not, because its orders would be invoiced as this store's. Called again it keeps the
    webhook address and registers no hook twice.
    """
    report = ConnectReport(store=settings.code)
    shop = ask_shop(settings.login, settings.auth_token)
    if shop.info is not None:
        if str(shop.info.get("code")) != settings.code:
            report.status = "refused"
            report.problems.append(
                f"jumpseller: these credentials are of the store {shop.info.get('code')!r}"
            )
            return report
        try:
            _follow_rename(settings, shop.info)
        except OutboundError as error:
            report.status = "refused"
            report.problems.append(
                f"jumpseller: another store has the same webhook key, and whether it is this shop under its"
                f" old code could not be asked ({error}); try again later"
            )
            return report
    account = ask_account(
        settings.provider, settings.account_name, settings.api_key, tried_by=f"connect:{settings.code}"
    )
    connection, row = _save(settings, shop, account, report)
    report.webhook_url = connection.webhook_url
    _finish_account(row, account, settings.profile, report)
    _finish_shop(connection, shop, report)
    if report.problems:
        report.status = "incomplete"
    return report


def _follow_rename(settings: StoreSettings, info: dict[str, Any]) -> None:
    """The same shop under another code stays the store that it was: as two it would be invoiced twice.

    The same credentials are the same shop. So is the same key of its webhooks, unless that store's own
    credentials still tell another code. Raises OutboundError where that cannot be asked.
    """
    told = str(info.get("hooks_token") or "")
    for pk in JumpsellerConnection.objects.exclude(store__code=settings.code).values_list("pk", flat=True):
        try:
            connection = JumpsellerConnection.objects.select_related("store").get(pk=pk)
        except UndecryptableSecret:
            continue  # of a store whose key is lost; nothing can be compared with it
        has_same_login = (connection.login, connection.auth_token) == (settings.login, settings.auth_token)
        if has_same_login or (told and connection.hooks_token == told and _may_be(connection, info)):
            keep_store_info(connection, info)


def _may_be(connection: JumpsellerConnection, info: dict[str, Any]) -> bool:
    """Whether the shop behind this connection now has the code of `info`; one that was left may have any."""
    try:
        return client_of(connection).store_info().get("code") == info.get("code")
    except AccountStopped:
        return True


def _save(
    settings: StoreSettings, shop: ShopCheck, account: AccountCheck, report: ConnectReport
) -> tuple[JumpsellerConnection, InvoicingAccount]:
    with transaction.atomic():
        store, created = Store.objects.get_or_create(
            platform="jumpseller",
            code=settings.code,
            defaults={"reference_prefix": reference_prefix_for(settings.code)},
        )
        store.name = settings.name or (settings.code if created else store.name)
        store.country, store.currency = settings.country, settings.currency
        store.timezone = settings.timezone
        store.save()
        connection = _save_connection(store, settings, shop, report)
        row = _save_account(store, settings, account, report)
        save_profile(store, row, settings.profile)
    return connection, row


def _save_connection(
    store: Store, settings: StoreSettings, shop: ShopCheck, report: ConnectReport
) -> JumpsellerConnection:
    known = JumpsellerConnection.objects.filter(store=store).first()
    if isinstance(shop.trouble, AccountStopped):
        problem = f"jumpseller: login or auth token are refused ({shop.trouble.message})"
        if known is not None and (known.login, known.auth_token) != (settings.login, settings.auth_token):
            report.problems.append(f"{problem}; those that were in use stay")
            return known
        report.problems.append(problem)
    if known is None:
        return JumpsellerConnection.objects.create(
            store=store, login=settings.login, auth_token=settings.auth_token
        )
    known.login, known.auth_token = settings.login, settings.auth_token
    known.save(update_fields=["login", "auth_token"])
    forget_grant(known)  # from now on it is entered with these
    return known


def _save_account(
    store: Store, settings: StoreSettings, account: AccountCheck, report: ConnectReport
) -> InvoicingAccount:
    """Other stores may invoice with the same account, so a mistyped key or name must not stop them."""
    named = InvoicingAccount.objects.filter(
        provider=settings.provider, account_name=settings.account_name
    ).first()
    if isinstance(account.trouble, AccountStopped):
        problem = f"invoicing: the account name or the API key is refused ({account.trouble.message})"
        before = InvoicingAccount.objects.filter(profiles__store=store).first()
        if named is not None and named.api_key != settings.api_key:
            report.problems.append(f"{problem}; the key that worked before stays in use")
            return named
        if named is None and before is not None:
            report.problems.append(f"{problem}; the account {before.account_name} stays in use")
            return before
        report.problems.append(problem)
    return save_account(
        provider=settings.provider, account_name=settings.account_name, api_key=settings.api_key
    )


def _finish_account(
    row: InvoicingAccount, account: AccountCheck, profile: Profile, report: ConnectReport
) -> None:
    if account.facts is not None:
        accept_facts(row, account.facts)
        if not account.facts.taxes:
            report.problems.append("invoicing: the account has no taxes")
        names = [series.name for series in account.facts.series]
        if profile.series and profile.series not in names:
            known = ", ".join(names) or "-"
            report.problems.append(
                f"profile.series: the account has no series {profile.series!r}, but {known}"
            )
    elif not isinstance(account.trouble, AccountStopped):
        report.problems.append(f"invoicing: {account.trouble.message if account.trouble else ''}")
    elif not any("stays in use" in problem for problem in report.problems):
        stops.stop(row, account.trouble.message)


def _finish_shop(connection: JumpsellerConnection, shop: ShopCheck, report: ConnectReport) -> None:
    """Keep what the shop said of itself and register the hooks, if it could be asked."""
    store = connection.store
    if isinstance(shop.trouble, AccountStopped):
        if not any(problem.endswith("those that were in use stay") for problem in report.problems):
            stops.stop(store, shop.trouble.message)
        return
    try:
        if shop.trouble is not None:
            raise shop.trouble
        keep_store_info(connection, shop.info or {})
        resume(store)
        if not connection.hooks_token:
            report.problems.append(
                "jumpseller: the store info holds no hooks token, so no webhook can be verified"
            )
        report.hooks = register_hooks(client_of(connection), connection.webhook_url)
    except OutboundError as error:
        report.problems.append(f"jumpseller: {error.message}")
