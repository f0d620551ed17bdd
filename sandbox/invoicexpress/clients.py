"""The clients of an account: list, create, read, change, find."""

from __future__ import annotations

from typing import Any

from sandbox.invoicexpress import answers, client_rules, listing
from sandbox.invoicexpress.client_rules import NAME_TAKEN
from sandbox.invoicexpress.desk import Desk, body_object, body_root, page_of, text_or_none
from sandbox.invoicexpress.records import Client
from sandbox.messages import Request, Response

_CONTACT_FIELDS = ("name", "email", "phone", "mobile")
_ORDER = (
    "name",
    "code",
    "language",
    "email",
    "address",
    "city",
    "postal_code",
    "fiscal_id",
    "website",
    "country",
    "phone",
    "fax",
)


def route(desk: Desk, request: Request, rest: list[str]) -> Response:
    """Everything under `/clients`; `rest` is the path after it, without `.json`."""
    match (request.method, rest):
        case ("GET", []):
            rows, pagination = page_of(
                request, list(desk.account.clients.values())[::-1], desk.account.default_per_page
            )
            return answers.ok({"clients": [client_json(row) for row in rows], "pagination": pagination})
        case ("POST", []):
            return _create(desk, request)
        case ("GET", ["find-by-name"]):
            return _found(desk, client_rules.by_name(desk, request.first("client_name") or ""))
        case ("GET", ["find-by-code"]):
            return _found(desk, client_rules.by_code(desk, request.first("client_code") or ""))
        case ("GET", [client_id]):
            return answers.ok({"client": _full_json(desk, _client(desk, client_id))})
        case ("PUT", [client_id]):
            return _update(desk, _client(desk, client_id), request)
        case ("POST", [client_id, "invoices"]):
            if not client_id.isdigit() or int(client_id) not in desk.account.clients:
                raise answers.no_such_page()
            filters = body_object(request).get("filter")
            return listing.list_of_client(desk, int(client_id), filters if isinstance(filters, dict) else {})
    raise answers.no_such_page()


def client_json(client: Client) -> dict[str, Any]:
    """A client outside documents: null members are shown, except the country."""
    fields = client.fields
    shown = {name: fields[name] for name in _ORDER if name != "country" or fields["country"] is not None}
    return {
        "id": client.id,
        **shown,
        "preferred_contact": client.preferred_contact or {},
        "observations": fields["observations"],
        "send_options": fields["send_options"],
    }


def _full_json(desk: Desk, client: Client) -> dict[str, Any]:
    return {
        **client_json(client),
        "open_account_link": f"{desk.base_url}/invoicexpress-files/suppliers/{client.id:040x}",
        "payment_days": 0,
        "tax_exemption_code": "M00",
    }


def _client(desk: Desk, client_id: str) -> Client:
    client = desk.account.clients.get(int(client_id)) if client_id.isdigit() else None
    if client is None:
        raise answers.not_found()
    return client


def _found(desk: Desk, client: Client | None) -> Response:
    if client is None:
        raise answers.not_found() if desk.switches.find_without_match == "404" else answers.broken()
    return answers.ok({"client": _full_json(desk, client)})


def _create(desk: Desk, request: Request) -> Response:
    root = body_root(request, "client")
    fields = client_rules.read_fields(desk, root)
    problems = client_rules.field_problems(desk, fields)
    if fields.get("name") and client_rules.by_name(desk, fields["name"]):
        problems.append(NAME_TAKEN)
    if fields.get("code") and client_rules.by_code(desk, fields["code"]):
        problems.append("Code has already been taken")
    contact = _contact(root, problems)
    if problems:
        raise desk.refuse(*problems)
    return answers.created({"client": client_json(client_rules.add(desk, fields, contact))})


def _update(desk: Desk, client: Client, request: Request) -> Response:
    root = body_root(request, "client")
    changes = client_rules.read_fields(desk, root)
    fields = {**client.fields, **changes}
    problems = client_rules.field_problems(desk, fields)
    if client_rules.by_name(desk, str(fields.get("name"))) not in (None, client):
        problems.append(NAME_TAKEN)
    if fields.get("code") and client_rules.by_code(desk, fields["code"]) not in (None, client):
        problems.append("Code has already been taken")
    contact = _contact(root, problems)
    if problems:
        raise desk.refuse(*problems)
    client.fields = fields
    desk.account.index_clients()
    client.preferred_contact = contact or client.preferred_contact
    return answers.done()


def _contact(root: dict[str, Any], problems: list[str]) -> dict[str, Any] | None:
    given = root.get("preferred_contact")
    if not isinstance(given, dict) or not given:
        return None
    email = text_or_none(given.get("email"))
    if email and not client_rules.is_email(email):
        problems.append("Preferred contact: email must be an email")
    return {name: text_or_none(given.get(name)) for name in _CONTACT_FIELDS}
