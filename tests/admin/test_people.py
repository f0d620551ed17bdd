"""Users are made in the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse


@pytest.fixture
def client(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("rita", "rita@example.com", "invented-1234"))
    return client


def test_a_user_can_be_created(client: Client) -> None:
    page = client.get(reverse("admin:auth_user_add"))
    answer = client.post(
        reverse("admin:auth_user_add"),
        {
            "username": "clara",
            "usable_password": "true",
            "password1": "palavra-passe-inventada",
            "password2": "palavra-passe-inventada",
        },
    )

    assert b'name="username"' in page.content
    assert b'name="password1"' in page.content
    assert answer.status_code == 302
    assert User.objects.get(username="clara").check_password("palavra-passe-inventada")
