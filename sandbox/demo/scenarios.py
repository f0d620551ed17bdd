"""The orders of one day, and how each must end. Everybody in here is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox import orders
from sandbox.orders import Line, Shipping

STORE_CODE = "loja-exemplo"
ACCOUNT = "lojaexemplo"
MERCHANT = "loja@example.com"
NO_NIF = ""
COMPANY_NIF = "512345678"
WRONG_NIF = "123456780"
INVOICE, UNPAID_INVOICE, CREDIT_NOTE = "InvoiceReceipt", "Invoice", "CreditNote"
# One of the numbers that the stand-in of VIES calls valid.
SPANISH_VAT_NUMBER = "ESB12345674"


@dataclass(frozen=True)
class Expected:
    """How an order must end. `papers` are the live documents at the provider, by type, oldest first."""

    outcome: str
    total: Decimal
    papers: tuple[str, ...] = (INVOICE,)
    hold_reason: str | None = None
    fiscal_id: str = NO_NIF
    mail_to: str = ""
    credited: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Scenario:
    """One order. `times` is how often its webhook comes; `is_reply_lost` drops the answer to its create;
    `is_cancelled` cancels it once its document is final; `event` is what the shop tells of it."""

    title: str
    order: dict[str, Any]
    expected: Expected
    times: int = 1
    is_reply_lost: bool = False
    is_cancelled: bool = False
    event: str = "order_paid"
    is_explained: bool = False  # the grounds of its document are told, in two languages
    order_id: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "order_id", int(self.order["id"]))


def connect_settings(secrets: dict[str, str]) -> dict[str, Any]:
    """What a merchant hands to `connect_store`; `secrets` has `login`, `auth_token` and `api_key`."""
    return {
        "code": STORE_CODE,
        "name": "Loja Exemplo",
        "country": "PT",
        "currency": "EUR",
        "timezone": "Europe/Lisbon",
        "jumpseller": {"login": secrets["login"], "auth_token": secrets["auth_token"]},
        "invoicing": {"provider": "invoicexpress", "account": ACCOUNT, "api_key": secrets["api_key"]},
        "profile": {
            "document_type": "invoice_receipt",
            "issue_on": "paid_or_shipped",
            "finalize": True,
            "email_customer": True,
            "bcc": MERCHANT,
            "on_cancel": "credit_note",
            "invalid_tax_id": "final_consumer",
            "seller_tax_id": "123456789",
            "export_exemption_code": "M05",
            "intra_eu_exemption_code": "M16",
        },
    }


def a_day(moment: datetime) -> Sequence[Scenario]:
    """The orders of the day, as if paid at `moment` (aware)."""
    return (*_at_the_counter(moment), *_by_the_book(moment))


def _by_the_book(moment: datetime) -> Sequence[Scenario]:
    """Orders whose documents need a ground in law, which the admin gives."""
    return (
        _scenario(
            moment,
            "export",
            2010,
            "Anja",
            lines=[Line(name="Painel de azulejos", sku="PAI-10", price="150.00", rate="0")],
            shipping=Shipping(price="18.00", rate="0"),
            country_code="CH",
            country="Switzerland",
            region="Zürich",
            postal="8001",
            is_explained=True,
        ),
        _scenario(
            moment,
            "business in the EU, VIES",
            2011,
            "Carmen",
            lines=[Line(name="Pratos, lote", sku="LOT-11", price="240.00", rate="0")],
            shipping=Shipping(price="12.00", rate="0"),
            country_code="ES",
            country="Spain",
            region="Madrid",
            postal="28001",
            taxid=SPANISH_VAT_NUMBER,
            fiscal_id=SPANISH_VAT_NUMBER,
            company="Ejemplo SL",
            is_explained=True,
        ),
        _scenario(
            moment,
            "mainland stock to Funchal",
            2012,
            "Lucinda",
            shipping=Shipping(),
            region="Funchal",
            postal="9000-098",
            is_explained=True,
        ),
        _scenario(moment, "gift card as payment", 2013, "Nuno", gift_card="5.00", is_explained=True),
        _scenario(
            moment,
            "shipped, not paid yet",
            2014,
            "Sara",
            shipping=Shipping(),
            status="pending_payment",
            shipment_status="in_transit",
            papers=(UNPAID_INVOICE,),
            event="order_shipped",
            is_explained=True,
        ),
    )


def _at_the_counter(moment: datetime) -> Sequence[Scenario]:
    return (
        _scenario(moment, "plain", 2001, "Beatriz", lines=[Line(price="12.30")], shipping=Shipping()),
        _scenario(
            moment,
            "two VAT rates, line discount",
            2002,
            "Duarte",
            lines=[
                Line(name="Bule de faiança", sku="BUL-02", price="49.90", qty=2, discount="9.98"),
                Line(name="Livro de receitas", sku="LIV-07", price="15.90", rate="6", product_id=41002),
            ],
            shipping=Shipping(),
        ),
        _scenario(
            moment,
            "free shipping, bad tax id",
            2003,
            "Olívia",
            taxid=WRONG_NIF,
            shipping=orders.FREE_SHIPPING,
        ),
        _scenario(
            moment,
            "company with NIF",
            2004,
            "Rui",
            taxid=COMPANY_NIF,
            company="Empresa Exemplo Lda",
            fiscal_id=COMPANY_NIF,
            lines=[Line(price="9.99", qty=3)],
            shipping=Shipping(),
        ),
        _scenario(
            moment,
            "webhook twice, create's reply lost",
            2005,
            "Teresa",
            lines=[Line(name="Jarra de vidro", sku="JAR-05", price="24.50")],
            shipping=Shipping(),
            times=2,
            is_reply_lost=True,
        ),
        _scenario(
            moment,
            "paid, then cancelled",
            2006,
            "Vasco",
            taxid=orders.nif(6),
            fiscal_id=orders.nif(6),
            lines=[Line(name="Tapete de lã", sku="TAP-06", price="89.00")],
            outcome="credited",
            papers=(INVOICE, CREDIT_NOTE),
            is_cancelled=True,
        ),
        _scenario(
            moment,
            "0 % without a reason",
            2007,
            "Xavier",
            lines=[Line(name="Curso de olaria", sku="CUR-07", price="60.00", rate="0")],
            outcome="held",
            papers=(),
            hold_reason="missing_exemption",
            is_mailed=False,
        ),
        _scenario(
            moment,
            "80 units at 3.33: a residue",
            2008,
            "Zulmira",
            lines=[Line(name="Azulejo pintado", sku="AZU-08", price="3.33", qty=80)],
        ),
        # Off the line, and the card off the total; or off each unit, the card not off: both come to 16.00.
        _scenario(
            moment,
            "two ways to read its total",
            2009,
            "Abel",
            lines=[Line(name="Prato raso", sku="PRA-09", price="10.00", qty=2, discount="2.00")],
            gift_card="2.00",
            states_little=True,
            outcome="held",
            papers=(),
            hold_reason="total_ambiguous",
            is_mailed=False,
        ),
    )


def _scenario(
    moment: datetime,
    title: str,
    order_id: int,
    name: str,
    *,
    outcome: str = "issued",
    papers: tuple[str, ...] = (INVOICE,),
    hold_reason: str | None = None,
    fiscal_id: str = NO_NIF,
    is_mailed: bool = True,
    times: int = 1,
    is_reply_lost: bool = False,
    is_cancelled: bool = False,
    states_little: bool = False,
    event: str = "order_paid",
    is_explained: bool = False,
    **facts: Any,
) -> Scenario:
    at = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    email = f"cliente{order_id}@example.com"
    order = orders.order(
        order_id,
        name=name,
        surname="Fictícia" if name.endswith("a") else "Fictício",
        email=email,
        customer_id=5_550_000 + order_id,
        created_at=at,
        paid_at=None if facts.get("status") == "pending_payment" else at,
        store_code=STORE_CODE,
        **facts,
    )
    if states_little:  # neither the discount of the whole nor any tax, which would tell what is meant
        order |= {"discount": None, "tax": None}
        order["products"] = [{**line, "tax": None} for line in order["products"]]
    # A gift card is a means of payment: the document is over the goods' full value.
    total = orders.money(order["total"]) + (
        orders.money(0) if states_little else orders.money(facts.get("gift_card", 0))
    )
    expected = Expected(
        outcome,
        total,
        papers,
        hold_reason,
        fiscal_id,
        mail_to=email if is_mailed else "",
        credited=total if CREDIT_NOTE in papers else Decimal("0.00"),
    )
    return Scenario(title, order, expected, times, is_reply_lost, is_cancelled, event, is_explained)
