"""Jumpseller's accounts host over HTTP: the tokens of our app. RFC 6749; what the vendor leaves open is read
either way (a refresh may or may not bring a new refresh token)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from outbound.answers import Answer, Call, Pairs, UnreadableBody
from outbound.errors import AccountStopped, OutcomeUnknown
from outbound.session import OutboundSession

# What the vendor documents for tokens that do not say how long they live.
_LIFE = timedelta(hours=1)
_LONGEST_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Tokens as the vendor gave them. `refresh_token` is empty where the one that was used stays."""

    access_token: str
    refresh_token: str
    lives: timedelta

    def __repr__(self) -> str:
        return f"<TokenGrant for {self.lives}>"


class OAuthClient:
    """The calls that our app makes with its own id and secret."""

    def __init__(
        self,
        accounts_url: str,
        *,
        client_id: str,
        client_secret: str,
        deadline_seconds: float = 30,
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        self._app = (("client_id", client_id), ("client_secret", client_secret))
        self._session = OutboundSession(
            "jumpseller",
            accounts_url,
            deadline_seconds=deadline_seconds,
            secrets=tuple(secret for secret in (client_secret,) if secret),
            on_call=on_call,
        )

    def __repr__(self) -> str:
        return f"<OAuthClient {self._session!r}>"

    def refresh(self, refresh_token: str) -> TokenGrant:
        """New tokens for old ones.

        Raises:
            AccountStopped: the shop, or the vendor, does not let the app in any more.
            OutcomeUnknown: new tokens may have been made; the old refresh token may work no more.
            Unavailable: nothing was done.
        """
        self._session.hide(refresh_token)
        return self._token([("grant_type", "refresh_token"), ("refresh_token", refresh_token)])

    def _token(self, grant: Pairs) -> TokenGrant:
        answer = self._session.send("POST", "/oauth/token", form=[*grant, *self._app], is_write=True)
        if not answer.is_success:
            raise AccountStopped(
                f"jumpseller: the shop's permission for the app is gone ({_error_of(answer)})",
                status=answer.status,
            )
        try:
            value = answer.json()
        except UnreadableBody:
            value = None
        token = value.get("access_token") if isinstance(value, dict) else None
        if not isinstance(token, str) or not token.strip():
            raise OutcomeUnknown("jumpseller: the new token cannot be read", status=answer.status)
        return TokenGrant(token, _text(value.get("refresh_token")), _life(value.get("expires_in")))


def _error_of(answer: Answer) -> str:
    """The code of RFC 6749 section 5.2, which holds no secret; its description may."""
    try:
        value = answer.json()
    except UnreadableBody:
        value = None
    code = value.get("error") if isinstance(value, dict) else None
    known = isinstance(code, str) and code.isascii() and code.replace("_", "").isalpha() and len(code) <= 40
    return code if known else f"status {answer.status}"  # type: ignore[return-value]


def _life(value: Any) -> timedelta:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return _LIFE
    return min(timedelta(seconds=seconds), _LONGEST_LIFE) if 0 < seconds < 1e9 else _LIFE


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
