"""The rows behind the allowances; see `outbound.allowance`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Allowance(models.Model):
    """How fast one account may be called, shared by all processes. Times are microseconds since 1970."""

    key = models.CharField(max_length=200, primary_key=True)
    next_slot = models.BigIntegerField(default=0)
    blocked_until = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager[Allowance]] = models.Manager()

    def __str__(self) -> str:
        return self.key
