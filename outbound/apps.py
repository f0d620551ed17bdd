from __future__ import annotations

from django.apps import AppConfig


class OutboundConfig(AppConfig):
    name = "outbound"
    label = "outbound"
    default_auto_field = "django.db.models.BigAutoField"
