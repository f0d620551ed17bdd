"""What can be turned about InvoiceXpress. The defaults are the likeliest reading of the sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.switches import Switches


@dataclass
class InvoiceXpressSwitches(Switches):
    """`docs/sandbox.md` has a line for each, with what is known about the vendor."""

    tie: str = "half_up"
    total: str = "own_sum"
    price_over_4_decimals: str = "round"
    uid: str = "same_document"
    uid_scope: str = "account"
    uid_after_end: str = "new_document"
    uid_busy_seconds: float = 0.0
    list_lag_seconds: float = 0.0
    list_needs_non_archived: bool = False
    list_order: str = "oldest_first"
    reference_filter: str = "exact"
    text_finds_reference: bool = True
    bad_nif: str = "refuse"
    zero_rate_without_code: str = "refuse"
    code_without_zero_rate: str = "keep"
    no_exemption_shown: str = "absent"
    unknown_tax: str = "default"
    legal_text_appended: bool = True
    reused_client: str = "not_updated"
    find_without_match: str = "404"
    wrong_sequence_id: str = "refuse"
    date_checked_on_create: bool = False
    simplified_finalizes_to: str = "final"
    settled_source: str = "allowed"
    notes_above_source: str = "allowed"
    notes_lower_due: str = "yes"
    cancel_with_notes: str = "refuse"
    receipt_status: str = "final"
    change_state_body: str = "document"
    item_price_as_number: str = "refuse"
    tax_value_as_number: str = "500"
    deleted_document: str = "shown"
    pdf: str = "ready"
    pdf_pending_answers: int = 1
    pdf_link_seconds: float = 86400.0
    email: str = "sent"
    language: str = "pt"
    draft_number: str = "rascunho"
    html_for_unknown_routes: bool = True
    requests_per_minute: int = 0
    retry_after: bool = True

    choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        "tie": ("half_up", "half_even"),
        "total": ("own_sum", "before_taxes_plus_taxes"),
        "price_over_4_decimals": ("round", "cut", "refuse"),
        "uid": ("same_document", "ignored", "conflict"),
        "uid_scope": ("account", "type"),
        "uid_after_end": ("new_document", "same_document"),
        "list_order": ("oldest_first", "newest_first"),
        "reference_filter": ("exact", "partial", "ignored"),
        "bad_nif": ("refuse", "accept", "drop"),
        "zero_rate_without_code": ("refuse", "stamp_m99"),
        "code_without_zero_rate": ("keep", "drop", "refuse"),
        "unknown_tax": ("default", "exempt", "refuse"),
        "no_exemption_shown": ("absent", "empty"),
        "reused_client": ("not_updated", "updated"),
        "find_without_match": ("404", "500"),
        "wrong_sequence_id": ("refuse", "default"),
        "simplified_finalizes_to": ("final", "settled"),
        "settled_source": ("allowed", "refuse"),
        "notes_above_source": ("allowed", "refuse"),
        "notes_lower_due": ("yes", "no"),
        "cancel_with_notes": ("refuse", "allowed"),
        "receipt_status": ("final", "settled"),
        "change_state_body": ("document", "empty"),
        "item_price_as_number": ("refuse", "accept"),
        "tax_value_as_number": ("500", "accept"),
        "deleted_document": ("shown", "404"),
        "pdf": ("ready", "always_pending"),
        "email": ("sent", "trial"),
        "language": ("pt", "en"),
        "draft_number": ("rascunho", "draft"),
    }
