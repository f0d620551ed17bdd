"""The health routes: what "ready" needs, and what only degrades it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from config import health
from invoicing.models import SweepMark
from outbound.clock import now

OK = {"status": "ok", "degraded": []}


@pytest.fixture(autouse=True)
def swept(db: None) -> None:
    SweepMark.objects.create(pk=1, swept_at=now())


def ask(path: str, **headers: str) -> tuple[int, Any]:
    response = Client(raise_request_exception=False).get(path, headers=headers)
    return response.status_code, json.loads(response.content)


def test_live_and_ready(db: None) -> None:
    assert ask("/health/live") == (200, {"status": "ok"})
    assert ask("/health/ready") == (200, OK)
    assert ask("/health/ready/") == (200, OK)


@pytest.mark.parametrize(
    "host", ["10.0.0.7:8000", "evil.example", "localhost", "[::1]", "_", "a b", "x" * 300]
)
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_any_host_header_is_answered(path: str, host: str) -> None:
    assert ask(path, host=host)[0] == 200


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/d/token/"])
def test_only_these_routes_answer_to_any_host(path: str) -> None:
    assert Client().get(path, headers={"host": "evil.example"}).status_code == 400


def test_no_session_no_cookie_and_no_redirect_to_https(settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    response = Client().get("/health/ready")

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


def test_a_missing_migration_is_not_ready() -> None:
    recorder = MigrationRecorder(connection)
    latest = max(name for app, name in recorder.applied_migrations() if app == "invoicing")
    recorder.record_unapplied("invoicing", latest)

    assert ask("/health/ready") == (503, {"status": "unavailable", "problems": ["migrations are missing"]})
    assert ask("/health/live") == (200, {"status": "ok"})


def dead(error: type[Exception]) -> Callable[..., Iterator[Any]]:
    def cursor(*_args: Any, **_kwargs: Any) -> Iterator[Any]:
        raise error("could not connect to 10.0.0.5 as user invoicing, password hunter2")

    return cursor


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_dead_database_is_not_ready_and_says_little(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(connection, "cursor", dead(error))
        status, said = ask("/health/ready")

    assert status == 503
    assert said == {"status": "unavailable", "problems": [f"database: {error.__name__}"]}
    assert ask("/health/live") == (200, {"status": "ok"})


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_dies_half_way_is_not_ready(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> str:
        raise error("gone")

    monkeypatch.setattr(health, "_scheduler_problem", die)

    assert ask("/health/ready")[0] == 503


def test_without_a_broker_it_is_ready_and_degraded(settings, tmp_path) -> None:
    settings.REDIS_URL = ""
    settings.BROKER_DIR = tmp_path / "missing"

    assert ask("/health/ready") == (
        200,
        {"status": "degraded", "degraded": ["broker folder is not there or not writable"]},
    )


def test_a_redis_that_does_not_answer_degrades_within_seconds(settings) -> None:
    settings.REDIS_URL = "redis://:canary-redis-password@127.0.0.1:1/0"

    status, said = ask("/health/ready")

    assert (status, said["status"]) == (200, "degraded")
    assert said["degraded"] == ["broker: ConnectionError"]


def test_without_a_scheduler_it_is_ready_and_degraded() -> None:
    SweepMark.objects.all().delete()
    assert ask("/health/ready") == (200, {"status": "degraded", "degraded": ["no scheduler has run yet"]})

    SweepMark.objects.create(pk=1, swept_at=now() - timedelta(hours=1))
    status, said = ask("/health/ready")
    assert (status, said["status"]) == (200, "degraded")
    assert said["degraded"][0].startswith("no sweep for 36")
