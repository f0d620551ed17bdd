"""Logins that failed or were locked out. Deleting an attempt lets the person in again."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.contrib import admin

from stores.admin.base import MirrorAdmin

for _model in (AccessAttempt, AccessFailureLog, AccessLog, AccessAttemptExpiration):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(MirrorAdmin):
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    search_fields = ("^username", "^ip_address")
    # What was typed into the form is not shown: a mistyped password is still nearly one.
    fields = ("attempt_time", "username", "ip_address", "user_agent", "path_info", "failures_since_start")

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return self.is_allowed(request, None)


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(MirrorAdmin):
    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    list_filter = ("locked_out",)
    search_fields = ("^username", "^ip_address")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "path_info", "locked_out")


@admin.register(AccessLog)
class AccessLogAdmin(MirrorAdmin):
    list_display = ("attempt_time", "logout_time", "username", "ip_address")
    search_fields = ("^username", "^ip_address")
    fields = ("attempt_time", "logout_time", "username", "ip_address", "user_agent", "path_info")
