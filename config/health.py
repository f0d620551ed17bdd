"""`/health/live` and `/health/ready`, answered before hosts and sessions are looked at.

A load balancer asks by address, so these two must not depend on ALLOWED_HOSTS.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseFailure
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from config.broker import broker_problem


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info.rstrip("/")
        if path == "/health/live":
            return JsonResponse({"status": "ok"})
        if path == "/health/ready":
            return self._ready()
        return self.get_response(request)

    def _ready(self) -> HttpResponse:
        """Ready means database and migrations; the broker only degrades, because webhooks are taken
        without it and the sweep makes up for it."""
        scheduler = ""
        try:
            problem = self._database_problem()
            if not problem:
                scheduler = _scheduler_problem()
        except (DatabaseFailure, ImproperlyConfigured) as error:
            problem = f"database: {type(error).__name__}"
        if problem:
            return JsonResponse({"status": "unavailable", "problems": [problem]}, status=503)
        degraded = [text for text in (broker_problem(), scheduler) if text]
        return JsonResponse({"status": "degraded" if degraded else "ok", "degraded": degraded})

    def _database_problem(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not self._migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "migrations are missing"
            self._migrated = True
        return ""


def _scheduler_problem() -> str:
    from invoicing.services.sweep import seconds_since_sweep

    since = seconds_since_sweep()
    if since is None:
        return "no scheduler has run yet"
    if since > 6 * settings.SWEEP_SECONDS + 30:
        return f"no sweep for {since:.0f} s"
    return ""
