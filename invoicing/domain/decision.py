"""What `decide` looks at and what it answers: values, no rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.domain.reasons import ExclusionReason, HoldReason
from stores.domain.order import OrderStatus


class Outcome(StrEnum):
    """What an order comes to. Values are exported; never rename one."""

    NOT_DUE = "not_due"
    PENDING = "pending"
    ISSUED = "issued"
    CREDITED = "credited"
    DELETED = "deleted"
    HELD = "held"
    EXCLUDED = "excluded"


class RulingKind(StrEnum):
    DO_NOT_INVOICE = "do_not_invoice"
    ISSUE_ANYWAY = "issue_anyway"
    APPROVE_CREDIT = "approve_credit"
    SETTLED_OTHERWISE = "settled_otherwise"
    DELETE_DRAFT = "delete_draft"
    FINALIZE = "finalize"
    KEEP_DRAFT = "keep_draft"
    CANCEL = "cancel"
    CORRECT_BUYER = "correct_buyer"
    REFUND = "refund"  # a part of the document is taken back; also the word that numbers its note
    ACCEPT_RATES = "accept_rates"  # for the whole store: the rates of another region are right


@dataclass(frozen=True, slots=True)
class Basis:
    """The facts of an order that its document stands on; when they change, the document is stale."""

    paid_gross: Decimal
    tax_id: str
    company_name: str
    # What is paid at each rate, e.g. (("23", "12.30"),): the same total at another rate is another document.
    rates: tuple[tuple[str, str], ...] = ()
    destination: str = "PT"  # the place that the goods go to, in the sense of VAT
    corrected_name: str = ""  # the buyer's, where staff corrected it


@dataclass(frozen=True, slots=True)
class OrderView:
    """What `decide` needs to know of an order. `problem` says why there is no basis, if so."""

    status: OrderStatus | None
    paid_on: date | None  # in the store's zone
    basis: Basis | None
    problem: HoldReason | None = None
    problem_detail: str = ""
    last_read_unpaid_at: datetime | None = None
    first_seen_paid_at: datetime | None = None
    has_foreign_entries: bool = False  # documents of another application hang on the order
    is_foreign_currency: bool = False
    sells_gift_card: bool = False
    is_shipped: bool = False
    payment_doubt: str = ""  # why the day of payment is not certain


@dataclass(frozen=True, slots=True)
class DocumentView:
    id: int
    role: DocumentRole
    generation: int
    status: DocumentStatus
    gross_total: Decimal
    basis: Basis
    planned_at: datetime
    is_reversed: bool = False
    ended_by_person: bool = False
    original_id: int | None = None
    is_unpaid: bool = False  # issued before the payment
    revised_at: datetime | None = None
    has_open_update: bool = False  # the provider's draft is being brought up to date
    refund_id: int | None = None  # of a note: the ruling that it carries out

    @property
    def stands_since(self) -> datetime:
        """When its present content was planned."""
        return self.revised_at or self.planned_at

    @property
    def is_ended(self) -> bool:
        return self.status in (DocumentStatus.DELETED, DocumentStatus.CANCELED)

    @property
    def is_final(self) -> bool:
        return self.status in (DocumentStatus.FINAL, DocumentStatus.SETTLED)


@dataclass(frozen=True, slots=True)
class RulingView:
    kind: RulingKind
    document_id: int | None
    at: datetime
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class PlanInvoice:
    generation: int


@dataclass(frozen=True, slots=True)
class PlanCredit:
    original_id: int
    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class PlanRefund:
    original_id: int
    ruling_id: int
    generation: int


@dataclass(frozen=True, slots=True)
class EnsureCreate:
    document_id: int


@dataclass(frozen=True, slots=True)
class EnsureUpdate:
    document_id: int


@dataclass(frozen=True, slots=True)
class EnsureFinalize:
    """`not_before` is the end of the time given to people; None: at once."""

    document_id: int
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnsureSettle:
    document_id: int


@dataclass(frozen=True, slots=True)
class CancelDocument:
    document_id: int


@dataclass(frozen=True, slots=True)
class DeleteDraft:
    document_id: int
    by_person: bool = False


Intent = (
    PlanInvoice
    | PlanCredit
    | PlanRefund
    | EnsureCreate
    | EnsureUpdate
    | EnsureFinalize
    | EnsureSettle
    | DeleteDraft
    | CancelDocument
)


@dataclass(frozen=True, slots=True)
class Decision:
    """`wanted` are the documents that should go on existing; finalizing anything else is refused."""

    outcome: Outcome
    reason: HoldReason | ExclusionReason | None = None
    detail: str = ""
    subject: str = ""  # of a hold: the one thing that is wrong or missing
    intents: tuple[Intent, ...] = ()
    document_id: int | None = None
    wanted: frozenset[int] = field(default=frozenset())
