"""Fetching a file from the address that the vendor hands out, without going where it must not lead."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from outbound.answers import Call
from outbound.errors import Unavailable, Unexpected
from outbound.session import OutboundSession

MAX_PDF_BYTES = 20 * 1024 * 1024
_PDF_MARK = b"%PDF"


def download_pdf(
    url: str, *, api_url: str, deadline_seconds: float, on_call: Callable[[Call], None] | None = None
) -> bytes:
    """The PDF at the address. No credential goes along, no redirect is followed.

    HTTPS only, unless our own API address is plain HTTP; no private or local address, unless the API
    itself lives there.

    Raises:
        Unexpected: an address that is not to be visited, or a redirect.
        Unavailable: the file is not there (any more), or is no PDF.
    """
    base, rest = _split(url, api_url)
    session = OutboundSession(
        "invoicexpress-files",
        base,
        deadline_seconds=deadline_seconds,
        secrets=(rest,),
        on_call=on_call,
        max_body_bytes=MAX_PDF_BYTES,
        allow_address=address_rule(urlsplit(url).hostname or "", urlsplit(api_url).hostname or ""),
    )
    answer = session.send("GET", rest, headers={"Accept": "application/pdf"}, is_write=False)
    if answer.status != 200:
        raise Unavailable("invoicexpress: the PDF is not at its address", status=answer.status)
    if not answer.body.startswith(_PDF_MARK):
        raise Unavailable("invoicexpress: what is at the PDF's address is no PDF", status=answer.status)
    return answer.body


def address_rule(host: str, api_host: str) -> Callable[[str], bool]:
    """Tells for an IP address whether `host` may be reached there.

    An API on this machine (a stand-in) may hand out another name of this machine.
    """
    anywhere = host.lower() == api_host.lower() or (_is_loopback(host) and _is_loopback(api_host))

    def may_connect(address: str) -> bool:
        return anywhere or _is_public(address)

    return may_connect


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return _is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _split(url: str, api_url: str) -> tuple[str, str]:
    """The address as base URL and the rest."""
    try:
        parts = urlsplit(url)
        schemes = ("https", "http") if urlsplit(api_url).scheme == "http" else ("https",)
        fine = parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc
        fine = fine and parts.port != 0 and url.isascii() and not any(char <= " " for char in url)
    except ValueError:
        fine = False
    if not fine:
        raise Unexpected("invoicexpress gave an address for the PDF that is not to be visited")
    rest = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", f"{rest}?{parts.query}" if parts.query else rest
