"""Invented people with a role, and what they are told."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stores.models import Membership, Store

EN = {"Accept-Language": "en"}


def person(store: Store | None, role: str | None, name: str = "rui") -> Client:
    """A browser in which a member of the staff is logged in."""
    user = User.objects.create_user(name, f"{name}@example.com", is_staff=True)
    if store is not None and role is not None:
        Membership.objects.create(user=user, store=store, role=role)
    client = Client()
    client.force_login(user, backend="stores.auth.MembershipBackend")
    return client


def told(response: Any) -> str:
    return " | ".join(str(message) for message in get_messages(response.wsgi_request))


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)
