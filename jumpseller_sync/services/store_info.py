"""What the shop says about itself, read again when something does not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from invoicing.queue import now
from jumpseller_sync.clients import client_for
from jumpseller_sync.models import JumpsellerConnection
from outbound.errors import OutboundError
from stores.models import Store

logger = structlog.get_logger(__name__)
_AT_MOST_EVERY = timedelta(minutes=10)


def refresh_store_info(connection: JumpsellerConnection) -> None:
    """Read the store info at most once in ten minutes: a shop can be renamed, its hooks token replaced."""
    moment = now()
    fresh = JumpsellerConnection.objects.filter(pk=connection.pk, info_read_at__gt=moment - _AT_MOST_EVERY)
    if fresh.exists():
        return
    JumpsellerConnection.objects.filter(pk=connection.pk).update(info_read_at=moment)
    try:
        info = client_for(connection.store).store_info()
    except OutboundError as error:
        logger.warning("store_info_not_read", store=connection.store.code, error=type(error).__name__)
        return
    keep_store_info(connection, info)


def keep_store_info(connection: JumpsellerConnection, info: dict[str, Any]) -> None:
    """Write what the info tells of the shop's code, name and hooks token."""
    token, code = str(info.get("hooks_token") or ""), str(info.get("code") or "")[:100]
    if token:
        JumpsellerConnection.objects.filter(pk=connection.pk).update(hooks_token=token)
        connection.hooks_token = token
    if code and code != connection.store.code:
        try:
            with transaction.atomic():
                Store.objects.filter(pk=connection.store_id).update(code=code)
        except IntegrityError:
            logger.error("store_code_taken", code=code)
            return
        connection.store.code = code
