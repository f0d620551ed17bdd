"""Whom a document is made out to."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from invoicing.domain.plan import Customer, DocumentPlan, Why
from invoicing.domain.profile import InvalidTaxId, Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.tax_ids import TaxId, TaxIdState, read_tax_id
from invoicing.domain.texts import clean
from stores.domain.order import Address, OrderSnapshot

FINAL_CONSUMER = "Consumidor final"
IDENTITY_LIMIT = Decimal(1000)  # EUR with VAT; CIVA art. 36.º n.º 15
_HOME = "PT"
_NAME_LIMIT = 100
_FIELD_LIMIT = 150
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


def billing_customer(
    order: OrderSnapshot, profile: Profile, *, code_prefix: str
) -> tuple[Customer, tuple[Why, ...]]:
    """The buyer as printed, with the reasons.

    Raises:
        Hold: FOREIGN_BUYER, COMPANY_WITHOUT_TAX_ID, INVALID_TAX_ID or IDENTITY_REQUIRED.
    """
    _refuse_foreign(order)
    tax_id = read_tax_id(order.buyer.tax_id, phone=order.buyer.phone)
    company = _company_name(order)
    if company and tax_id.state is not TaxIdState.VALID:
        raise Hold(HoldReason.COMPANY_WITHOUT_TAX_ID, f"The buyer is {company}; the tax id: {tax_id.remark}.")
    if tax_id.state is TaxIdState.INVALID:
        return _without_valid_id(order, profile, tax_id, code_prefix)
    name = company or _person_name(order)
    _require_identity(order, name)
    if not name and tax_id.state is TaxIdState.MISSING:
        return final_consumer(code_prefix), (_why(FINAL_CONSUMER, f"{tax_id.remark}, no name"),)
    return (
        _named(order, name, tax_id, code_prefix),
        (_why(tax_id.number or "named, without NIF", tax_id.remark, "CIVA art. 36.º n.º 16"),),
    )


def final_consumer(code_prefix: str) -> Customer:
    """The buyer nobody names.

    One client per store stands for all of them, and a provider overwrites a known client with what a
    document brings: so it has a fixed code and nothing but the name.
    """
    return Customer(name=FINAL_CONSUMER, code=f"{code_prefix}-CF", is_final_consumer=True)


def is_taxable_person(order: OrderSnapshot, customer: Customer) -> bool:
    """Whether the buyer is in business, as far as the number and the company name tell."""
    if _company_name(order) and not customer.is_final_consumer:
        return True
    return read_tax_id(customer.fiscal_id).is_taxable_person


def _why(choice: str, because: str, source: str = "CIVA art. 36.º n.º 15 and 16") -> Why:
    return Why("customer", choice, because, source)


def _refuse_foreign(order: OrderSnapshot) -> None:
    for role, address in (("billing", order.billing), ("delivery", order.delivery)):
        if address is not None and _is_abroad(address):
            where = address.country_code or clean(address.country, 60)
            raise Hold(HoldReason.FOREIGN_BUYER, f"The {role} address is in {where}.")


def _is_abroad(address: Address) -> bool:
    if address.country_code:
        return address.country_code != _HOME
    return address.country.strip().casefold() not in ("", "portugal")


def _without_valid_id(
    order: OrderSnapshot, profile: Profile, tax_id: TaxId, code_prefix: str
) -> tuple[Customer, tuple[Why, ...]]:
    if profile.invalid_tax_id is InvalidTaxId.HOLD:
        raise Hold(HoldReason.INVALID_TAX_ID, f"The tax id cannot be used: {tax_id.remark}.")
    if order.paid_gross >= IDENTITY_LIMIT:
        raise Hold(
            HoldReason.INVALID_TAX_ID,
            f"The tax id cannot be used: {tax_id.remark}. From {IDENTITY_LIMIT} EUR on, the document "
            "cannot go to an unnamed final consumer instead.",
        )
    because = f"the tax id cannot be used: {tax_id.remark}"
    return final_consumer(code_prefix), (_why(FINAL_CONSUMER, because, "setting invalid_tax_id"),)


def _require_identity(order: OrderSnapshot, name: str) -> None:
    if order.paid_gross < IDENTITY_LIMIT:
        return
    address = order.billing
    missing = [
        what
        for what, given in (
            ("name", name),
            ("street", clean(address.line, _FIELD_LIMIT)),
            ("city or postal code", clean(address.city or address.postal_code, _FIELD_LIMIT)),
        )
        if not given
    ]
    if missing:
        raise Hold(
            HoldReason.IDENTITY_REQUIRED, f"Paid {order.paid_gross} EUR; missing: {', '.join(missing)}."
        )


def _company_name(order: OrderSnapshot) -> str:
    """A dash or a full stop, typed to get past the field, is no company."""
    name = clean(order.buyer.company_name, _NAME_LIMIT)
    return name if sum(char.isalnum() for char in name) > 1 else ""


def _person_name(order: OrderSnapshot) -> str:
    """An e-mail standing in the place of a name is no name."""
    for candidate in (order.billing.full_name, order.buyer.full_name):
        name = clean(candidate, _NAME_LIMIT)
        if name and "@" not in name:
            return name
    return ""


def _named(order: OrderSnapshot, name: str, tax_id: TaxId, code_prefix: str) -> Customer:
    address = order.billing
    return Customer(
        # "Consumidor final" beside a number would contradict it, and names are unique at the provider.
        name=name or f"Contribuinte {tax_id.number}",
        code=_code(order, tax_id, code_prefix),
        fiscal_id=tax_id.number,
        email=mail_address(order),
        phone=clean(order.buyer.phone, 30),
        address=clean(address.line, _FIELD_LIMIT),
        city=clean(address.city, 100),
        postal_code=clean(address.postal_code, 20),
        country_code=_HOME,
    )


def mail_address(order: OrderSnapshot) -> str:
    """The buyer's address if a mail can be sent there, else empty."""
    email = clean(order.buyer.email, 254)
    return email if _EMAIL.fullmatch(email) else ""


def _code(order: OrderSnapshot, tax_id: TaxId, code_prefix: str) -> str:
    """Stable over a buyer's orders. The letter keeps a NIF apart from a shop id of the same digits."""
    if tax_id.number:
        return f"{code_prefix}-N{tax_id.number}"
    if order.buyer.shop_customer_id:
        return f"{code_prefix}-C{clean(order.buyer.shop_customer_id, 64)}"
    return f"{code_prefix}-O{clean(order.shop_order_id, 64)}"


def with_distinct_name(plan: DocumentPlan) -> DocumentPlan:
    """The plan with a customer's name that no namesake has: client names are unique at the provider.

    Asked for only when the provider refused the name; the rest of the document stays. Twice changes
    nothing more.
    """
    customer = plan.customer
    mark = f" ({customer.fiscal_id or customer.code.rpartition('-')[2]})"
    if customer.name.endswith(mark):
        return plan
    name = customer.name[: _NAME_LIMIT - len(mark)] + mark
    why = _why(name, "another client of the account has the same name", "provider: client names are unique")
    return replace(plan, customer=replace(customer, name=name), why=(*plan.why, why))
