"""Secrets at rest: a text column encrypted with `FIELD_ENCRYPTION_KEYS`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except (ValueError, TypeError):
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS: each key must be a Fernet key (32 bytes, url-safe base64)."
        ) from None


def cipher() -> MultiFernet:
    """The first key encrypts, all of them decrypt, so keys can be rotated without a stop."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


class UndecryptableSecret(Exception):
    """None of the keys opens the stored value: a key was removed before the rows were rewritten."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Text that is readable in Python and ciphertext in the database. Empty stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if not value:
            return value
        return cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise UndecryptableSecret(
                f"{self.model._meta.label}.{self.name} cannot be decrypted with FIELD_ENCRYPTION_KEYS"
            ) from None
