"""Write every stored secret again with the first of FIELD_ENCRYPTION_KEYS, so that an old key can go."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction

from stores.fields import EncryptedTextField


class Command(BaseCommand):
    help = "Encrypts every stored secret again with the first key. Afterwards the other keys can be removed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = {model._meta.label: _rewrite(model, fields) for model, fields in _encrypted_models()}
        if options["json"]:
            self.stdout.write(json.dumps({"rewritten": counts}, sort_keys=True))
            return
        for label, count in sorted(counts.items()):
            self.stdout.write(f"{label}: {count} rows")


def _encrypted_models() -> list[tuple[type[models.Model], list[str]]]:
    found = [
        (
            model,
            [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)],
        )
        for model in apps.get_models()
        if not model._meta.proxy
    ]
    return [(model, fields) for model, fields in found if fields]


def _rewrite(model: type[models.Model], fields: list[str]) -> int:
    """Row by row under its lock, so that a secret that is replaced meanwhile keeps its new value."""
    keys = list(model._default_manager.values_list("pk", flat=True))
    for pk in keys:
        with transaction.atomic():
            row = model._default_manager.select_for_update().get(pk=pk)
            row.save(update_fields=fields)
    return len(keys)
