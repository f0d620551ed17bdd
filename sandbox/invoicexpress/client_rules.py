"""Clients as documents meet them: found by code, then by name, else created; what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.invoicexpress import answers
from sandbox.invoicexpress.codes import is_portuguese_nif
from sandbox.invoicexpress.countries import COUNTRY_NAMES
from sandbox.invoicexpress.desk import Desk, text_or_none
from sandbox.invoicexpress.numbers import number_in
from sandbox.invoicexpress.records import Client

FIELDS = (
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
    "observations",
    "send_options",
)
NAME_TAKEN = "Name has already been taken"
NAME_MISSING = "Name can't be blank"


@dataclass
class ClientChoice:
    """What a document's client block leads to: a client that is there, or the fields of a new one."""

    existing: Client | None
    fields: dict[str, Any]


def read_fields(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """The client fields that were sent, with a bad tax id dropped if the switch says so."""
    fields: dict[str, Any] = {name: text_or_none(given[name]) or None for name in FIELDS if name in given}
    if desk.switches.bad_nif == "drop" and has_bad_nif(desk, fields):
        fields["fiscal_id"] = None
    options = fields.get("send_options")
    if options is not None and options in {"1", "2", "3"}:
        fields["send_options"] = int(options)
    return fields


def field_problems(desk: Desk, fields: dict[str, Any]) -> list[str]:
    """Complaints about the fields of a client, whatever else the account holds."""
    problems = []
    if not (fields.get("name") or "").strip():
        problems.append(NAME_MISSING)
    for name in ("name", "code", "fiscal_id"):
        if len(str(fields.get(name) or "")) > 255:
            problems.append(f"{name.capitalize()} is too long (maximum is 255 characters)")
    country = fields.get("country")
    if country is not None and country not in COUNTRY_NAMES:
        problems.append(f"Country {country} was not found")
    email = fields.get("email")
    if email is not None and not is_email(email):
        problems.append("Email must be an email address")
    if desk.switches.bad_nif == "refuse" and has_bad_nif(desk, fields):
        problems.append("Fiscal is invalid")
    options = fields.get("send_options")
    if options is not None and options not in (1, 2, 3):
        number = number_in(options)
        problems.append(
            "Send options is not a number" if number is None else "Send options must be within 1 and 3"
        )
    return problems


def has_bad_nif(desk: Desk, fields: dict[str, Any]) -> bool:
    """Whether a Portuguese client carries a tax number that is none; foreign numbers are never judged."""
    country = fields.get("country") or desk.account.country
    fiscal_id = fields.get("fiscal_id")
    return country == "Portugal" and fiscal_id is not None and not is_portuguese_nif(str(fiscal_id))


def is_email(text: str) -> bool:
    local, at, domain = text.partition("@")
    return bool(local and at and "." in domain and not set(text) & set(" \t\r\n,;<>"))


def choose(desk: Desk, given: Any) -> tuple[ClientChoice, list[str]]:
    """The client that a document is for; nothing is changed yet."""
    if not isinstance(given, dict):
        return ClientChoice(None, {}), [answers.CLIENT_INVALID, NAME_MISSING]
    fields = read_fields(desk, given)
    existing, problems = _find(desk, given, fields)
    if existing is None and not problems:
        problems = field_problems(desk, fields)
    if existing is not None:
        after = {**existing.fields, **fields} if updates(desk) else existing.fields
        problems = problems or field_problems(desk, after)
        if after["name"] != existing.name and by_name(desk, str(after["name"])) is not None:
            problems.append(NAME_TAKEN)
    if problems:
        # A country that is not found is complained about before the client as a whole.
        countries = [problem for problem in problems if problem.startswith("Country ")]
        others = [problem for problem in problems if problem not in countries]
        problems = [*countries, answers.CLIENT_INVALID, *others]
    return ClientChoice(existing, fields), problems


def settle(desk: Desk, choice: ClientChoice) -> Client:
    """Carries the choice out: creates the client, or updates the one found if the switch says so."""
    if choice.existing is None:
        return add(desk, choice.fields, None)
    if updates(desk):
        choice.existing.fields.update(choice.fields)
        desk.account.index_clients()
    return choice.existing


def add(desk: Desk, fields: dict[str, Any], preferred_contact: dict[str, Any] | None) -> Client:
    whole = {name: fields.get(name) for name in FIELDS}
    client = Client(desk.new_id(1), whole, preferred_contact)
    desk.account.add_client(client)
    return client


def updates(desk: Desk) -> bool:
    return desk.switches.reused_client == "updated"


def by_name(desk: Desk, name: str) -> Client | None:
    return desk.account.clients_by_name.get(name)


def by_code(desk: Desk, code: str) -> Client | None:
    return desk.account.clients_by_code.get(code)


def _find(desk: Desk, given: dict[str, Any], fields: dict[str, Any]) -> tuple[Client | None, list[str]]:
    wanted_id = number_in(given.get("id"))
    if wanted_id is not None and int(wanted_id) in desk.account.clients:
        return desk.account.clients[int(wanted_id)], []
    code, name = fields.get("code"), fields.get("name")
    found = by_code(desk, code) if code else None
    if found is not None:
        return found, []
    namesake = by_name(desk, name) if name else None
    if namesake is None:
        return None, []
    if code and namesake.code:  # another person of the same name
        return None, [NAME_TAKEN]
    return namesake, []
