"""Can the broker be reached? Never longer than two seconds."""

from __future__ import annotations

import os

from django.conf import settings


def broker_problem() -> str:
    """Empty when the broker can be reached, else a word on why not."""
    if not settings.REDIS_URL:
        is_usable = settings.BROKER_DIR.is_dir() and os.access(settings.BROKER_DIR, os.W_OK | os.X_OK)
        return "" if is_usable else "broker folder is not there or not writable"
    import redis

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return f"broker: {type(error).__name__}"
    return ""
