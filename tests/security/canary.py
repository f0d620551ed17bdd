"""Look for the canaries everywhere that a secret could come to rest."""

from __future__ import annotations

import base64
import io
import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus

from django.core import mail
from django.db import connection

from config.logging import logging_config
from tests.flow import API_KEY, AUTH_TOKEN, HOOKS_TOKEN, LOGIN

SECRETS = (API_KEY, AUTH_TOKEN, HOOKS_TOKEN, LOGIN)
# Where a secret has its home: three columns of ciphertext, and the login, which is a name and no key.
HOMES = {
    ("invoicing_invoicingaccount", "api_key"),
    ("jumpseller_sync_jumpsellerconnection", "auth_token"),
    ("jumpseller_sync_jumpsellerconnection", "hooks_token"),
}
LOGIN_HOME = ("jumpseller_sync_jumpsellerconnection", "login")
_LOGGERS = ("", "urllib3", "urllib3.connectionpool", "requests", "django", "django.request", "django.server")


@cache
def spellings() -> frozenset[str]:
    """Each secret as it is, as it travels in an address, and as HTTP Basic and Base64 write it."""
    found = set()
    for secret in (*SECRETS, f"{LOGIN}:{AUTH_TOKEN}"):
        raw = secret.encode()
        found |= {secret, quote(secret, safe=""), quote_plus(secret), raw.hex()}
        # Base64 of a longer text holds the secret at one of three offsets; the ends depend on the rest.
        found |= {base64.b64encode(b"x" * shift + raw).decode()[4:-4] for shift in range(3)}
    return frozenset(found)


def hits(text: str) -> list[str]:
    """What of the secrets is in the text, with what stands around it."""
    return [text[max(text.find(s) - 60, 0) : text.find(s) + 60] for s in spellings() if s in text]


@contextmanager
def everything_logged() -> Iterator[list[io.StringIO]]:
    """All loggers at DEBUG, once with the bare records and once as the product writes its lines."""
    product = logging_config("DEBUG", "json")
    made = logging.config.DictConfigurator(product)
    structured = made.configure_formatter(product["formatters"]["structured"])
    root, levels, handlers, texts = logging.getLogger(), {}, [], []
    for formatter in (logging.Formatter("%(name)s %(levelname)s %(message)s"), structured):
        text = io.StringIO()
        handler = logging.StreamHandler(text)
        handler.setFormatter(formatter)
        root.addHandler(handler)
        handlers.append(handler)
        texts.append(text)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        levels[name] = logger.level
        logger.setLevel(logging.DEBUG)
    try:
        yield texts
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)


def dump() -> Iterator[tuple[str, str, str]]:
    """Every value of every table as the database holds it: table, column, text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    yield table, column, str(value)


def assert_no_secret_in_the_database() -> None:
    seen = set()
    for table, column, text in dump():
        place = (table, column)
        if place in HOMES and text:
            seen.add(place)
            assert text.startswith("gAAAA"), place
        if place != LOGIN_HOME:
            assert hits(text) == [], place
    assert seen == HOMES


def assert_no_secret_in_the_mails() -> None:
    for message in mail.outbox:
        assert hits(message.message().as_string()) == []
        for _name, content, _kind in message.attachments:
            assert hits(content.decode("latin-1") if isinstance(content, bytes) else str(content)) == []


def assert_clean(*texts: Any) -> None:
    for text in texts:
        assert hits(text if isinstance(text, str) else repr(text)) == []
