"""The access token of a store: renewed ahead of its end, by one worker at a time over all machines.

A refresh token may be good for one use only, so two workers that renew at once can lock the store out. A
lease on the row makes it one; the number of the renewal, compared when the lease is taken, makes sure that
nobody renews what was renewed meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from jumpseller_sync.authorization import bearer, credential_of
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.oauth import OAuthClient, TokenGrant
from outbound.answers import Call
from outbound.clock import now
from outbound.errors import AccountStopped, OutcomeUnknown, Unavailable

# So long before its end a token is renewed: calls on their way and clocks apart find it still good.
_AHEAD = timedelta(minutes=5)
_LOOK_AGAIN_SECONDS = 0.05
# Longer than a renewal takes, shorter than a worker should be kept from other work.
_PATIENCE_SECONDS = 10.0
_COME_BACK = timedelta(seconds=5)
# Shorter than the time between two probes, which ask again.
_REFUSED_FOR = timedelta(seconds=30)


class StoreToken:
    """Implements `Authorization` for a store that has authorized our app."""

    def __init__(
        self, connection: JumpsellerConnection, *, on_call: Callable[[Call], None] | None = None
    ) -> None:
        self._pk, self._on_call = connection.pk, on_call

    def header(self) -> str:
        return bearer(current_token(self._pk, on_call=self._on_call))

    def renewed(self, refused: str) -> str:
        return bearer(current_token(self._pk, refused=credential_of(refused), on_call=self._on_call))

    def secrets(self) -> tuple[str, ...]:
        return ()  # the client hides each token as it comes


def keep_grant(connection: JumpsellerConnection, grant: TokenGrant, *, asked_at: datetime) -> None:
    """Write the tokens that the shop's owner has just granted. `asked_at` is the moment before they were
    asked for: their life is counted from there, whatever the vendor's clock says."""
    _rows(connection.pk).update(**_facts(grant, connection.refresh_token, asked_at))


def forget_grant(connection: JumpsellerConnection) -> None:
    """Enter by login and token again. A renewal that is under way writes nothing any more."""
    facts = {"access_token": "", "refresh_token": "", "access_token_expires_at": None}
    _rows(connection.pk).update(
        **facts, renewals=F("renewals") + 1, renewing_until=None, renewal_refused_at=None
    )
    connection.refresh_from_db()


def current_token(
    pk: int,
    *,
    refused: str = "",
    on_call: Callable[[Call], None] | None = None,
    patience: float = _PATIENCE_SECONDS,
) -> str:
    """A token that should work: the one we have, or a new one. `refused` is one that the shop did not take.

    Raises:
        AccountStopped: the shop does not let us in any more.
        Unavailable: no token for now; what it was needed for was not done.
    """
    until = time.monotonic() + patience
    while True:
        row, moment = JumpsellerConnection.objects.get(pk=pk), now()
        token: str = row.access_token
        is_taken = token == refused
        expires_at = row.access_token_expires_at or moment
        ahead = min(_AHEAD, timedelta(seconds=row.access_token_lives / 4))
        if not is_taken and expires_at > moment + ahead:
            return token
        if row.renewal_refused_at is not None and moment - row.renewal_refused_at < _REFUSED_FOR:
            raise AccountStopped("jumpseller: the shop's permission for the app is gone")
        if _take_lease(row, moment):
            return _renew(row, on_call)
        if not is_taken and expires_at > moment:
            return token  # somebody is renewing it ahead of time; this one is still good
        if time.monotonic() > until:
            raise Unavailable(
                "jumpseller: another worker is renewing the store's token",
                retry_after=_COME_BACK,
                counts=False,
            )
        time.sleep(_LOOK_AGAIN_SECONDS)


def _take_lease(row: JumpsellerConnection, moment: datetime) -> bool:
    """Whether this worker renews now. If it dies, another may when the lease is over."""
    free = Q(renewing_until__isnull=True) | Q(renewing_until__lte=moment)
    mine = _rows(row.pk).filter(free, renewals=row.renewals)
    return bool(mine.update(renewing_until=moment + timedelta(seconds=2 * settings.HTTP_TIMEOUT_SECONDS)))


def _renew(row: JumpsellerConnection, on_call: Callable[[Call], None] | None) -> str:
    client = OAuthClient(
        settings.JUMPSELLER_ACCOUNTS_URL,
        client_id=settings.JUMPSELLER_CLIENT_ID,
        client_secret=settings.JUMPSELLER_CLIENT_SECRET,
        deadline_seconds=settings.HTTP_TIMEOUT_SECONDS,
        on_call=on_call,
    )
    mine = _rows(row.pk).filter(renewals=row.renewals)
    asked_at = now()
    try:
        grant = client.refresh(row.refresh_token)
    except AccountStopped:
        # Whoever waited for this one need not hear the same.
        mine.update(renewing_until=None, renewal_refused_at=asked_at)
        raise
    except OutcomeUnknown as error:
        mine.update(renewing_until=None)
        # Only the token is in doubt, not the work that needs it: that was not begun.
        raise Unavailable(error.message, status=error.status) from None
    except Exception:
        mine.update(renewing_until=None)
        raise
    mine.update(**_facts(grant, row.refresh_token, asked_at))
    return grant.access_token


def _facts(grant: TokenGrant, refresh_token: str, asked_at: datetime) -> dict[str, Any]:
    return {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token or refresh_token,
        "access_token_expires_at": asked_at + grant.lives,
        "access_token_lives": grant.lives.total_seconds(),
        "renewals": F("renewals") + 1,
        "renewing_until": None,
        "renewal_refused_at": None,
    }


def _rows(pk: int) -> Any:
    return JumpsellerConnection.objects.filter(pk=pk)
