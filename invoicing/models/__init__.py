"""Documents and the work on them."""

from invoicing.models.account import AccountSeries, AccountTax, InvoicingAccount
from invoicing.models.decision import OrderDecision, Ruling
from invoicing.models.document import CreditNote, Document, DocumentLine, Invoice
from invoicing.models.operation import DocumentOperation, OperationAttempt, SweepMark
from invoicing.models.profile import InvoicingProfile, InvoicingProfileVersion
from invoicing.models.sync_run import SyncRun, SyncRunOrder
from invoicing.models.vat_number import VatNumberCheck

__all__ = [
    "AccountSeries",
    "AccountTax",
    "CreditNote",
    "Document",
    "DocumentLine",
    "DocumentOperation",
    "Invoice",
    "InvoicingAccount",
    "InvoicingProfile",
    "InvoicingProfileVersion",
    "OperationAttempt",
    "OrderDecision",
    "Ruling",
    "SweepMark",
    "SyncRun",
    "SyncRunOrder",
    "VatNumberCheck",
]
