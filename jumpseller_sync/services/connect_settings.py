"""The JSON of `connect_store`, checked key by key before anything is saved or called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from invoicing.domain.profile import Profile, parse_profile
from invoicing.domain.setting_values import ProfileError
from invoicing.providers.registry import provider_names
from stores.models import Store

_ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PRINTABLE = re.compile(r"[ -~]*")


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
