"""The key of a document: what ties it to one order, at the provider and here."""

from __future__ import annotations

import hashlib
import re

from invoicing.domain.plan import DocumentRole

MAX_LENGTH = 64
_MARKS = {DocumentRole.INVOICE: "FT", DocumentRole.CREDIT_NOTE: "NC"}
_PLAIN = re.compile(r"[A-Za-z0-9]")


def reference_for(prefix: str, shop_order_id: str, role: DocumentRole, generation: int) -> str:
    """The reference of one document, e.g. ``LOJA-1001-FT1``.

    Two different inputs never share a reference: the order id cannot hold the separator, and an
    over-long one is replaced by a digest. The mark depends on the role alone, because the kind of a
    document may change (a simplified invoice above its limit) while its key must not.

    Raises:
        ValueError: an empty prefix or order id, or a generation below one.
    """
    if not prefix or not shop_order_id or generation < 1:
        raise ValueError(f"no reference for {prefix!r}, {shop_order_id!r}, generation {generation}")
    tail = f"{_MARKS[role]}{generation}"
    reference = f"{_escaped(prefix, keep='-')}-{_escaped(shop_order_id)}-{tail}"
    if len(reference) <= MAX_LENGTH:
        return reference
    digest = hashlib.sha256(f"{len(prefix)}:{prefix}:{shop_order_id}".encode()).hexdigest()[:32]
    # "~" cannot come out of the escaping, so a digest never meets a written-out reference.
    return f"{_escaped(prefix, keep='-')[:16]}~{digest}-{tail}"


def _escaped(text: str, keep: str = "") -> str:
    return "".join(char if _PLAIN.match(char) or char in keep else f"_{ord(char):x}_" for char in text)
