"""The parts of an invented order that carry no arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.orders import Amount, Shipping


def source(base_url: str) -> dict[str, Any]:
    return {
        "created_from": "checkout",
        "created_from_app_code": None,
        "source_name": None,
        "medium": None,
        "campaign": None,
        "referral_url": None,
        "referral_code": None,
        "user_agent": "Mozilla/5.0 (example)",
        "first_page_visited": f"{base_url}/",
        "first_page_visited_at": "2026-07-02 10:05:00 UTC",
        "referral_source": "Direct",
    }


def customer(customer_id: int, name: str, surname: str, email: str) -> dict[str, Any]:
    return {
        "id": customer_id,
        "email": email,
        "phone": "930000000",
        "phone_prefix": "+351",
        "ip": "198.51.100.7",
        "fullname": f"{name} {surname}".strip(),
    }


def address(
    name: str, surname: str, country_code: str, country: str, region: str, postal: str
) -> dict[str, Any]:
    return {
        "name": name,
        "surname": surname,
        "address": "Travessa do Faz de Conta 3",
        "city": region,
        "postal": postal,
        "region": region,
        "country": country,
        "country_code": country_code,
        "region_code": "13" if region == "Porto" else None,
        "street_number": None,
        "complement": None,
        "municipality": None,
    }


def tax_entry(tax_id: int, name: str, rate: Amount) -> dict[str, Any]:
    """Rates are text in real orders."""
    return {"id": tax_id, "name": name, "rate": str(float(rate)), "fixed": False}


def shipping_part(shipping: Shipping | None) -> dict[str, Any]:
    """How the order travels; `None` is an order without anything to send."""
    return {
        "shipping_required": shipping is not None,
        "shipping_method_id": None if shipping is None else 3101,
        "shipping_service_id": None,
        "shipping_method_name": None if shipping is None else shipping.method,
        "shipping_option": "no_shipping" if shipping is None else shipping.option,
    }
