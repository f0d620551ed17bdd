"""Connect a store from its settings: check both sets of credentials, register the hooks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.db import transaction

from invoicing.domain.profile import Profile, ProfileError, parse_profile
from invoicing.models import InvoicingAccount
from invoicing.providers.registry import provider_names
from invoicing.services.accounts import refresh_account, save_account
from invoicing.services.profiles import save_profile
from jumpseller_sync.client import JumpsellerClient
from jumpseller_sync.clients import client_of
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.hooks import register_hooks
from jumpseller_sync.services.store_info import keep_store_info
from outbound.errors import AccountStopped, OutboundError
from stores import stops
from stores.models import Store
from stores.services import reference_prefix_for

_ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
# No database keeps NUL and half a character in a text.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Credentials travel in headers and addresses.
_PRINTABLE = re.compile(r"[ -~]*")


@dataclass
class ConnectReport:
    """What `connect_store` prints. `status`: connected, incomplete (saved, a check failed) or refused
    (nothing was saved)."""

    store: str
    status: str = "connected"
    webhook_url: str = ""
    hooks: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class BadSettings(ValueError):
    """The JSON cannot be used; `problems` names every key that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class StoreSettings:
    """The JSON of `connect_store`, checked. Secrets stay out of its text form."""

    code: str
    name: str
    country: str
    currency: str
    timezone: str
    login: str = field(repr=False)
    auth_token: str = field(repr=False)
    provider: str
    account_name: str
    api_key: str = field(repr=False)
    profile: Profile


def read_settings(raw: Any) -> StoreSettings:
    """
    Raises:
        BadSettings: naming every key that is missing, unknown or wrong.
    """
    if not isinstance(raw, Mapping):
        raise BadSettings(["the settings must be a JSON object"])
    problems: list[str] = []
    known = {"code", "name", "country", "currency", "timezone", "jumpseller", "invoicing", "profile"}
    problems += [f"{key}: unknown key" for key in raw if key not in known]
    shop, account = _section(raw, "jumpseller", problems), _section(raw, "invoicing", problems)
    problems += [f"jumpseller.{key}: unknown key" for key in shop if key not in ("login", "auth_token")]
    problems += [
        f"invoicing.{key}: unknown key" for key in account if key not in ("provider", "account", "api_key")
    ]
    profile, chosen = Profile(), _section(raw, "profile", problems)
    problems += [
        f"profile.{key}: must be a text that can be kept"
        for key, value in chosen.items()
        if isinstance(value, str) and _UNSTORABLE.search(value)
    ]
    try:
        profile = parse_profile(chosen)
    except ProfileError as error:
        if not any(problem.startswith(f"profile.{error.key}:") for problem in problems):
            problems.append(f"profile.{error.message}")
    settings = StoreSettings(
        code=_text(raw, "code", problems, limit=100),
        name=_text(raw, "name", problems, required=False, limit=200),
        country=_text(raw, "country", problems, required=False, limit=2).upper() or "PT",
        currency=_text(raw, "currency", problems, required=False, limit=3).upper() or "EUR",
        timezone=_text(raw, "timezone", problems, required=False, limit=64) or "Europe/Lisbon",
        login=_text(shop, "login", problems, "jumpseller."),
        auth_token=_text(shop, "auth_token", problems, "jumpseller."),
        provider=_text(account, "provider", problems, "invoicing.", required=False) or "invoicexpress",
        account_name=_text(account, "account", problems, "invoicing."),
        api_key=_text(account, "api_key", problems, "invoicing."),
        profile=profile,
    )
    problems += _unsuitable(settings)
    if problems:
        raise BadSettings(problems)
    return settings


def _section(raw: Mapping[str, Any], key: str, problems: list[str]) -> Mapping[str, Any]:
    value = raw.get(key)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    problems.append(f"{key}: must be an object")
    return {}


def _text(
    raw: Mapping[str, Any],
    key: str,
    problems: list[str],
    where: str = "",
    *,
    required: bool = True,
    limit: int = 255,
) -> str:
    value = raw.get(key)
    if value is None or value == "":
        if required:
            problems.append(f"{where}{key}: missing")
        return ""
    if not isinstance(value, str) or len(value) > limit or _UNSTORABLE.search(value):
        problems.append(f"{where}{key}: must be a text of at most {limit} characters")
        return ""
    if required and not value.strip():
        problems.append(f"{where}{key}: missing")
    return value.strip()


def _unsuitable(settings: StoreSettings) -> list[str]:
    problems = []
    for key, value in (
        ("code", settings.code),
        ("jumpseller.login", settings.login),
        ("jumpseller.auth_token", settings.auth_token),
        ("invoicing.api_key", settings.api_key),
    ):
        if not _PRINTABLE.fullmatch(value):
            problems.append(f"{key}: must be printable ASCII")
    if not _COUNTRY.fullmatch(settings.country):
        problems.append("country: must be a code of two letters, such as PT")
    if not _CURRENCY.fullmatch(settings.currency):
        problems.append("currency: must be a code of three letters, such as EUR")
    if settings.account_name and not _ACCOUNT_NAME.fullmatch(settings.account_name):
        problems.append("invoicing.account: only the account's own name, such as lojaexemplo")
    if settings.provider not in provider_names():
        problems.append(f"invoicing.provider: must be one of {', '.join(provider_names())}")
    try:
        Store._meta.get_field("timezone").run_validators(settings.timezone)
    except ValidationError:
        problems.append("timezone: no such time zone")
    return problems


def connect_store(settings: StoreSettings) -> ConnectReport:
    """Create or update the store, and check everything over the network.

    The store is saved before the account is checked and the hooks are registered, and the report says
    what is wrong with it, so that a vendor's outage loses nothing. Credentials that are another shop's are
    refused before: its orders would be invoiced as this store's. Called again it keeps the webhook
    address and registers no hook twice.
    """
    report = ConnectReport(store=settings.code)
    info, trouble = _ask_shop(settings)
    if info is not None:
        if str(info.get("code")) != settings.code:
            report.status = "refused"
            report.problems.append(f"jumpseller: these credentials are of the store {info.get('code')!r}")
            return report
        _follow_rename(settings, info)
    known = InvoicingAccount.objects.filter(
        provider=settings.provider, account_name=settings.account_name
    ).first()
    connection, account = _save(settings)
    report.webhook_url = connection.webhook_url
    _check_account(account, report, former_key=known.api_key if known else "")
    _finish_shop(connection, info, trouble, report)
    if report.problems:
        report.status = "incomplete"
    return report


def _ask_shop(settings: StoreSettings) -> tuple[dict[str, Any] | None, OutboundError | None]:
    """What the shop with these credentials says about itself, or why it did not."""
    client = JumpsellerClient(
        django_settings.JUMPSELLER_API_URL,
        login=settings.login,
        auth_token=settings.auth_token,
        deadline_seconds=django_settings.HTTP_TIMEOUT_SECONDS,
    )
    try:
        return client.store_info(), None
    except OutboundError as error:
        return None, error


def _follow_rename(settings: StoreSettings, info: dict[str, Any]) -> None:
    """The same credentials under another code are the same shop: as two stores it would be invoiced twice."""
    for connection in JumpsellerConnection.objects.select_related("store").filter(login=settings.login):
        if connection.auth_token == settings.auth_token:
            keep_store_info(connection, info)


def _save(settings: StoreSettings) -> tuple[JumpsellerConnection, InvoicingAccount]:
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
        connection, _created = JumpsellerConnection.objects.update_or_create(
            store=store, defaults={"login": settings.login, "auth_token": settings.auth_token}
        )
        account = save_account(
            provider=settings.provider, account_name=settings.account_name, api_key=settings.api_key
        )
        save_profile(store, account, settings.profile)
    return connection, account


def _check_account(account: InvoicingAccount, report: ConnectReport, *, former_key: str) -> None:
    try:
        facts = refresh_account(account)
    except AccountStopped as error:
        problem = f"invoicing: the account name or the API key is refused ({error.message})"
        if former_key and former_key != account.api_key and account.stopped_at is None:
            # Other stores may invoice with this account; a mistyped key must not stop them.
            save_account(provider=account.provider, account_name=account.account_name, api_key=former_key)
            problem += "; the key that worked before stays in use"
        else:
            stops.stop(account, error.message)
        report.problems.append(problem)
        return
    except OutboundError as error:
        report.problems.append(f"invoicing: {error.message}")
        return
    if not facts.taxes:
        report.problems.append("invoicing: the account has no taxes")


def _finish_shop(
    connection: JumpsellerConnection,
    info: dict[str, Any] | None,
    trouble: OutboundError | None,
    report: ConnectReport,
) -> None:
    """Keep what the shop said of itself and register the hooks, if it could be asked."""
    store = connection.store
    try:
        if trouble is not None:
            raise trouble
        keep_store_info(connection, info or {})
        stops.resume(store)
        if not connection.hooks_token:
            report.problems.append(
                "jumpseller: the store info holds no hooks token, so no webhook can be verified"
            )
        report.hooks = register_hooks(client_of(connection), connection.webhook_url)
    except AccountStopped as error:
        stops.stop(store, error.message)
        report.problems.append(f"jumpseller: login or auth token are refused ({error.message})")
    except OutboundError as error:
        report.problems.append(f"jumpseller: {error.message}")
