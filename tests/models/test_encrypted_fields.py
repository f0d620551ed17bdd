"""Secrets at rest: ciphertext in the column, keys that can be changed without a stop."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from invoicing.models import InvoicingAccount
from jumpseller_sync.models import JumpsellerConnection
from stores.fields import EncryptedTextField, UndecryptableSecret
from tests.models import rows

SECRET = "segredo-inventado-€-0123456789"
COLUMNS = [
    ("invoicing_invoicingaccount", "api_key"),
    ("jumpseller_sync_jumpsellerconnection", "auth_token"),
    ("jumpseller_sync_jumpsellerconnection", "access_token"),
    ("jumpseller_sync_jumpsellerconnection", "refresh_token"),
    ("jumpseller_sync_jumpsellerconnection", "hooks_token"),
]


def raw(table: str, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        (value,) = cursor.fetchone()
    return str(value)


@pytest.fixture
def secrets(db: None) -> InvoicingAccount:
    JumpsellerConnection.objects.create(
        store=rows.store(),
        login="login",
        auth_token=SECRET,
        access_token=SECRET,
        refresh_token=SECRET,
        hooks_token=SECRET,
    )
    return rows.account(api_key=SECRET)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_the_column_holds_ciphertext(secrets: InvoicingAccount, settings, table: str, column: str) -> None:
    stored = raw(table, column)

    assert SECRET not in stored
    assert stored.startswith("gAAAA")
    assert Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).decrypt(stored.encode()).decode() == SECRET


def test_every_secret_field_of_the_models_is_encrypted() -> None:
    encrypted = {
        (model._meta.db_table, field.name)
        for model in (InvoicingAccount, JumpsellerConnection)
        for field in model._meta.get_fields()
        if isinstance(field, EncryptedTextField)
    }

    assert encrypted == set(COLUMNS)


def test_it_reads_as_it_was_written(secrets: InvoicingAccount) -> None:
    assert InvoicingAccount.objects.get().api_key == SECRET
    assert InvoicingAccount.objects.values_list("api_key", flat=True).get() == SECRET
    assert JumpsellerConnection.objects.get().hooks_token == SECRET


def test_two_equal_secrets_do_not_look_equal(secrets: InvoicingAccount) -> None:
    assert len({raw(*place) for place in COLUMNS}) == len(COLUMNS)


def test_nobody_can_search_by_a_secret(secrets: InvoicingAccount) -> None:
    assert not InvoicingAccount.objects.filter(api_key=SECRET).exists()


def test_empty_stays_empty(db: None) -> None:
    JumpsellerConnection.objects.create(store=rows.store(), login="login", auth_token="x")

    assert raw("jumpseller_sync_jumpsellerconnection", "hooks_token") == ""
    assert JumpsellerConnection.objects.get().hooks_token == ""


def test_an_old_key_still_opens_and_a_new_one_closes(secrets: InvoicingAccount, settings) -> None:
    (old,) = settings.FIELD_ENCRYPTION_KEYS
    new = Fernet.generate_key().decode()
    before = raw(*COLUMNS[0])

    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    account = InvoicingAccount.objects.get()
    assert account.api_key == SECRET
    account.save()

    after = raw(*COLUMNS[0])
    assert after != before
    assert Fernet(new).decrypt(after.encode()).decode() == SECRET
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert InvoicingAccount.objects.get().api_key == SECRET


def test_a_key_that_was_removed_too_early_is_named_without_the_value(
    secrets: InvoicingAccount, settings
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(UndecryptableSecret) as error:
        InvoicingAccount.objects.get()

    assert str(error.value) == (
        "invoicing.InvoicingAccount.api_key cannot be decrypted with FIELD_ENCRYPTION_KEYS"
    )
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    assert raw(*COLUMNS[0]).startswith("gAAAA")


@pytest.mark.parametrize("stored", ["plain text", "gAAAAAtruncated", "é"])
def test_a_column_that_was_tampered_with_is_not_believed(secrets: InvoicingAccount, stored: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE invoicing_invoicingaccount SET api_key = %s", [stored])

    with pytest.raises(UndecryptableSecret):
        InvoicingAccount.objects.get()


@pytest.mark.parametrize("key", ["short", "", "not-base64-" + "é" * 21])
def test_a_key_that_is_none_is_told_as_a_setting(db: None, settings, key: str) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [key]

    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS"), transaction.atomic():
        rows.account()

    assert not InvoicingAccount.objects.exists()


def test_no_secret_is_in_the_text_of_a_row(secrets: InvoicingAccount) -> None:
    for row in (secrets, JumpsellerConnection.objects.get()):
        assert SECRET not in f"{row!r} {row} {row.__class__!r}"
