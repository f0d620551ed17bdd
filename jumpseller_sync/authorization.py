"""How a store lets us in: login and token as they were given, or an access token that is renewed."""

from __future__ import annotations

import base64
from typing import Protocol

from outbound.redaction import basic_pair


class Authorization(Protocol):
    """What opens one store, asked for each call."""

    def header(self) -> str:
        """The value of the header `Authorization`. May go over the network, so it raises the family of
        `outbound.errors`; the call itself is then not made."""
        ...

    def renewed(self, refused: str) -> str:
        """Another value to try after this one was refused with a 401; empty if there is none."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """What must not be told, as far as it is known beforehand."""
        ...


class LoginAndToken:
    """HTTP Basic, from the account page of the shop. It has no successor: once refused, a person must act."""

    def __init__(self, login: str, auth_token: str) -> None:
        self._pair = (login, auth_token)

    def header(self) -> str:
        return "Basic " + base64.b64encode(":".join(self._pair).encode()).decode("ascii")

    def renewed(self, refused: str) -> str:  # noqa: ARG002 - it has no successor, whichever it was
        return ""

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in basic_pair(*self._pair) if secret.strip(":"))


def bearer(access_token: str) -> str:
    return f"Bearer {access_token}"


def credential_of(header: str) -> str:
    """The part of the header that is secret."""
    return header.partition(" ")[2]
