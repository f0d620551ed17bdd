"""Whom a document is made out to."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from invoicing.domain.plan import Customer, DocumentKind, DocumentPlan, Why
from invoicing.domain.profile import InvalidTaxId, Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import HOME, Supply, buyer_vat_number, is_abroad
from invoicing.domain.tax_ids import TaxId, TaxIdState, read_tax_id
from invoicing.domain.texts import clean
from invoicing.domain.vat_numbers import VatAnswer
from stores.domain.order import OrderSnapshot

FINAL_CONSUMER = "Consumidor final"
# CIVA art. 40.º n.º 1, in EUR with VAT: sales of goods to consumers, and any other sale.
SIMPLIFIED_LIMIT_CONSUMER = Decimal(1000)
SIMPLIFIED_LIMIT_BUSINESS = Decimal(100)
IDENTITY_LIMIT = Decimal(1000)  # EUR with VAT; CIVA art. 36.º n.º 15
_NAME_LIMIT = 100
_FIELD_LIMIT = 150
_FOREIGN_ID_LIMIT = 20
_CLEAN = "-2"
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


def billing_customer(
    order: OrderSnapshot, profile: Profile, supply: Supply, *, code_prefix: str
) -> tuple[Customer, tuple[Why, ...]]:
    """The buyer as printed, with the reasons.

    Raises:
        Hold: COMPANY_WITHOUT_TAX_ID, INVALID_TAX_ID or IDENTITY_REQUIRED.
    """
    if is_abroad(order.billing):
        return foreign_customer(order, supply, code_prefix)
    tax_id = read_tax_id(order.buyer.tax_id, phone=order.buyer.phone)
    company = _company_name(order)
    if company and tax_id.state is not TaxIdState.VALID:
        raise Hold(HoldReason.COMPANY_WITHOUT_TAX_ID, f"The buyer is {company}; the tax id: {tax_id.remark}.")
    if tax_id.state is TaxIdState.INVALID:
        if supply.is_abroad:
            raise Hold(
                HoldReason.INVALID_TAX_ID,
                f"The tax id cannot be used: {tax_id.remark}. Goods that leave the country are not sold to "
                "an unnamed final consumer.",
            )
        return _without_valid_id(order, profile, tax_id, code_prefix)
    name = company or _person_name(order)
    in_business = bool(company) or tax_id.is_taxable_person
    _require_identity(
        order, name, always=supply.is_abroad or (in_business and not _is_simplified(order, profile))
    )
    if not name and tax_id.state is TaxIdState.MISSING:
        return final_consumer(code_prefix), (_why(FINAL_CONSUMER, f"{tax_id.remark}, no name"),)
    return (
        _named(order, name, tax_id, code_prefix),
        (_why(tax_id.number or "named, without NIF", tax_id.remark, "CIVA art. 36.º n.º 16"),),
    )


def foreign_customer(
    order: OrderSnapshot, supply: Supply, code_prefix: str
) -> tuple[Customer, tuple[Why, ...]]:
    """A buyer who lives abroad: no Portuguese check is made, and the country is printed.

    Raises:
        Hold: IDENTITY_REQUIRED: nobody abroad is "the final consumer".
    """
    name = _company_name(order) or _person_name(order)
    _require_identity(order, name, always=True)
    vat_number = buyer_vat_number(order)
    nif = read_tax_id(order.buyer.tax_id, phone=order.buyer.phone)
    typed = clean(order.buyer.tax_id, _FOREIGN_ID_LIMIT)
    # A number of another country may pass the check digit of a NIF by chance.
    is_nif = nif.state is TaxIdState.VALID and supply.vat_number is None
    if is_nif:
        fiscal_id, key, because = nif.number, f"N{nif.number}", nif.remark
    elif vat_number is not None:
        checked = supply.vat_check is not None and supply.vat_check.answer is VatAnswer.VALID
        because = "valid at VIES" if checked else "a VAT number in form; nothing depends on it"
        fiscal_id, key = str(vat_number), f"V{vat_number}"
    elif nif.state is TaxIdState.INVALID and _is_foreign_id(typed, order.buyer.phone):
        fiscal_id, key, because = typed, "", "as typed; no check is known for it"
    else:
        fiscal_id, key, because = "", "", "no tax id given"
    customer = replace(
        _named(order, name, TaxId(TaxIdState.MISSING), code_prefix),
        fiscal_id=fiscal_id,
        country_code=order.billing.country_code,
    )
    if key:
        customer = replace(customer, code=f"{code_prefix}-{key}")
    return customer, (_why(fiscal_id or "named, without NIF", because, "buyer lives abroad"),)


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


def _is_foreign_id(typed: str, phone: str) -> bool:
    digits = "".join(char for char in typed if char.isdecimal())
    return bool(digits) and not "".join(char for char in phone if char.isdecimal()).endswith(digits)


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


def _is_simplified(order: OrderSnapshot, profile: Profile) -> bool:
    """CIVA art. 40.º n.º 2 d): a simplified invoice needs only the number of a buyer in business."""
    is_chosen = profile.document_type is DocumentKind.SIMPLIFIED_INVOICE
    return is_chosen and order.paid_gross <= SIMPLIFIED_LIMIT_BUSINESS


def _require_identity(order: OrderSnapshot, name: str, *, always: bool = False) -> None:
    """Name and address: from the law's limit on; abroad and for a buyer in business on every document
    (CIVA art. 36.º n.º 5 a)."""
    if order.paid_gross < IDENTITY_LIMIT and not always:
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
        country_code=HOME,
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


def with_clean_code(plan: DocumentPlan) -> DocumentPlan:
    """The plan with a code that no client of the account has yet, for where the client that has it is broken.

    A client may carry a tax id or a country of long ago that the provider refuses now, whatever is sent. The
    new one needs a name of its own, too. Twice changes nothing more.
    """
    customer = plan.customer
    if customer.code.endswith(_CLEAN) or customer.is_final_consumer:
        return plan
    renamed = with_distinct_name(plan)
    why = _why(
        customer.name, "the client that the account has is refused", "provider: documents need a client"
    )
    return replace(
        renamed,
        customer=replace(renamed.customer, code=f"{customer.code}{_CLEAN}"),
        why=(*renamed.why, why),
    )


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
