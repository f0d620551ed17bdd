"""Security headers, cookies and the deployment check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]


def policy(response) -> dict[str, list[str]]:
    parts = response.headers["Content-Security-Policy"].split(";")
    return {name: values for name, *values in (part.split() for part in parts)}


def test_the_login_page_is_framed_by_nobody_and_runs_no_inline_script(db: None, settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}

    response = Client().get("/admin/login/")

    found = policy(response)
    assert response.status_code == 200
    assert found["default-src"] == ["'self'"]
    assert found["script-src"] == ["'self'", "'unsafe-eval'"]
    assert found["object-src"] == found["base-uri"] == found["frame-ancestors"] == ["'none'"]
    assert found["form-action"] == ["'self'"]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/d/token/", "/nowhere/", "/webhooks/jumpseller/x/", "/adminx/", "/ADMIN/"])
def test_everything_but_the_admin_has_the_strict_policy(db: None, path: str) -> None:
    found = policy(Client().get(path))

    assert found["default-src"] == ["'none'"]
    assert "script-src" not in found
    assert "'unsafe-inline'" not in str(found)
    assert found["frame-ancestors"] == ["'none'"]


def test_an_error_page_has_the_policy_and_no_traceback(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoicing.views.document_for", lambda _token: 1 / 0)

    response = Client(raise_request_exception=False).get("/d/token/")

    assert response.status_code == 500
    assert b"ZeroDivisionError" not in response.content
    assert b"Traceback" not in response.content
    assert policy(response)["default-src"] == ["'none'"]


def test_cookies_are_for_http_only_and_same_site(db: None, django_user_model) -> None:
    django_user_model.objects.create_superuser("ana", password="an-invented-password")
    client = Client()

    response = client.post("/admin/login/", {"username": "ana", "password": "an-invented-password"})

    assert response.status_code == 302
    session, csrf = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert (session["httponly"], session["samesite"], csrf["samesite"]) == (True, "Lax", "Lax")


SCRIPT = """
import django
from django.conf import settings
django.setup()
from django.test import Client
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT)
answer = Client().get("/d/x.y/", headers={"host": "faturas.example"})
print(answer.status_code, answer.headers.get("Location"))
answer = Client().get("/d/x.y/", headers={"host": "faturas.example", "x-forwarded-proto": "https"})
print(answer.status_code, answer.headers.get("Strict-Transport-Security"))
"""


def python(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Our code in a process of its own, with no other environment than what is given."""
    given = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "an-invented-secret-key-of-more-than-fifty-characters-0123456789",
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "VAR_DIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# What the deployment check prints when it has nothing to say; the silenced ones are about plain http.
CLEAN = "System check identified no issues (0 silenced)."


def test_with_an_https_address_everything_is_https_and_the_deployment_check_is_clean(tmp_path: Path) -> None:
    done = python("-c", SCRIPT, folder=tmp_path, PUBLIC_URL="https://faturas.example")

    assert done.stdout.splitlines() == [
        CLEAN,
        "True True True",
        "301 https://faturas.example/d/x.y/",
        "404 max-age=31536000; includeSubDomains; preload",
    ], done.stderr


def test_with_an_http_address_nothing_is_forced_and_the_deployment_check_is_clean(tmp_path: Path) -> None:
    done = python("-c", SCRIPT, folder=tmp_path, PUBLIC_URL="http://faturas.example")

    assert done.stdout.splitlines() == [
        CLEAN.replace("0 silenced", "4 silenced"),
        "False False False",
        "404 None",
        "404 None",
    ], done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
def test_production_does_not_start_without_its_secrets(tmp_path: Path, missing: str) -> None:
    done = python("manage.py", "check", folder=tmp_path, **{missing: ""})

    assert done.returncode == 1
    assert f"{missing} is not set" in done.stderr
