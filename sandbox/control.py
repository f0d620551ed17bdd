"""`/_sandbox/...`: filling the sandbox, turning its switches, making it misbehave, looking into it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

from sandbox import report
from sandbox.faults import Fault
from sandbox.jumpseller.stores import Store
from sandbox.messages import Request, Response, json_response
from sandbox.state import SandboxState
from sandbox.switches import Switches

PREFIX = "/_sandbox/"
Key = TypeVar("Key")
Row = TypeVar("Row")
_ACCOUNT_SETTINGS = frozenset(
    {"api_key", "country", "default_per_page", "has_at_credentials", "has_payment_provider"}
)
_STORE_SETTINGS = frozenset(
    {
        "login",
        "auth_token",
        "hooks_token",
        "name",
        "country",
        "currency",
        "timezone",
        "email",
        "access_token",
        "taxes",
    }
)


class Unknown(Exception):
    """There is no such thing in the sandbox."""


def handle(state: SandboxState, request: Request) -> Response:
    """Answers a control request: 404 for what is not there, 400 with a sentence for what makes no sense."""
    try:
        return _route(state, request, request.segments[1:])
    except Unknown as missing:
        return json_response(404, {"error": str(missing)})
    except (ValueError, TypeError, KeyError) as problem:
        return json_response(400, {"error": f"{type(problem).__name__}: {problem}"})


def _route(state: SandboxState, request: Request, rest: list[str]) -> Response:
    match (request.method, rest):
        case ("POST", ["reset"]):
            state.reset()
            return json_response(200, {"reset": True})
        case ("GET", ["state"]):
            with state.lock:
                return json_response(200, report.state_json(state))
        case ("GET", ["requests"]):
            return json_response(200, report.requests_json(state, request))
        case ("DELETE", ["requests"]):
            state.requests.clear()
            return json_response(200, [])
        case ("GET", ["faults"]):
            return json_response(200, [fault.to_json() for fault in state.faults.pending()])
        case ("POST", ["faults"]):
            given = request.json()
            faults = [Fault(**one) for one in (given if isinstance(given, list) else [given])]
            for fault in faults:
                state.faults.add(fault)
            return json_response(201, [fault.to_json() for fault in faults])
        case ("DELETE", ["faults"]):
            state.faults.clear()
            return json_response(200, [])
        case ("GET" | "PUT", ["switches"]):
            return _switches(state, request)
        case (_, ["accounts", *more]):
            with state.lock:
                return _accounts(state, request, more)
        case (_, ["stores", *more]):
            return _stores(state, request, more)
        case (_, ["vies", *more]):
            with state.lock:
                return _vies(state, request, more)
    raise Unknown(f"no control at {request.method} {request.path}")


def _switches(state: SandboxState, request: Request) -> Response:
    vendors: dict[str, Switches] = {
        "invoicexpress": state.invoicexpress.switches,
        "jumpseller": state.jumpseller.switches,
        "vies": state.vies.switches,
    }
    if request.method == "PUT":
        changes = _object(request)
        unknown = set(changes) - set(vendors)
        if unknown:
            raise ValueError(f"unknown vendor: {', '.join(sorted(unknown))}")
        for name, values in changes.items():
            vendors[name].update(values)
    return json_response(200, {name: switches.to_json() for name, switches in vendors.items()})


def _accounts(state: SandboxState, request: Request, rest: list[str]) -> Response:
    accounts = state.invoicexpress.accounts
    match (request.method, rest):
        case ("POST", []):
            given = _object(request)
            name = str(given.pop("account"))
            _only(given, _ACCOUNT_SETTINGS)
            account = state.invoicexpress.add_account(name, **given)
            return json_response(201, report.account_json(state, account))
        case ("GET", [name]):
            return json_response(200, report.account_json(state, _one(accounts, name, "account")))
        case ("PUT", [name]):
            account = _one(accounts, name, "account")
            _change(account, _object(request), _ACCOUNT_SETTINGS)
            return json_response(200, report.account_json(state, account))
        case ("PUT", [name, "documents", document_id]):
            account = _one(accounts, name, "account")
            document = _one(account.documents, int(document_id), "document")
            document.archived = bool(_object(request)["archived"])
            document.index.append(report.index_entry(state, account, document))
            return json_response(200, report.document_json(state, account, document))
    raise Unknown(f"no control at {request.method} {request.path}")


def _stores(state: SandboxState, request: Request, rest: list[str]) -> Response:
    match (request.method, rest):
        case ("POST", []):
            given = _object(request)
            code = str(given.pop("code"))
            _only(given, _STORE_SETTINGS)
            with state.lock:
                return json_response(201, report.store_json(state.jumpseller.add_store(code, **given)))
        case ("POST", [code, "emit"]):
            return _emit(state, _one(state.jumpseller.stores, code, "store"), _object(request))
    with state.lock:
        return _one_store(state, request, rest)


def _one_store(state: SandboxState, request: Request, rest: list[str]) -> Response:
    if not rest:
        raise Unknown(f"no control at {request.method} {request.path}")
    store = _one(state.jumpseller.stores, rest[0], "store")
    match (request.method, rest[1:]):
        case ("GET", []):
            return json_response(200, report.store_json(store))
        case ("PUT", []):
            _change(store, _object(request), _STORE_SETTINGS)
            return json_response(200, report.store_json(store))
        case ("PUT", ["orders", order_id]):
            given = _object(request)
            inner = given.get("order", given)
            if inner.get("id") != int(order_id):
                raise ValueError("the id in the body is not the id in the path")
            store.put_order(inner)
            return json_response(200, {"order": inner})
        case ("DELETE", ["orders", order_id]):
            _one(store.orders, int(order_id), "order")
            del store.orders[int(order_id)]
            return json_response(200, {})
        case ("PUT", ["products", product_id]):
            given = _object(request)
            store.products[int(product_id)] = given.get("product", given)
            return json_response(200, {"product": store.products[int(product_id)]})
    raise Unknown(f"no control at {request.method} {request.path}")


def _vies(state: SandboxState, request: Request, rest: list[str]) -> Response:
    match (request.method, rest):
        case ("GET", []):
            return json_response(200, report.vies_json(state))
        case ("PUT", [country, number]):
            state.vies.register(country, number)
            return json_response(200, report.vies_json(state))
        case ("DELETE", [country, number]):
            if not state.vies.remove(country, number):
                raise Unknown(f"no such number: {country}{number}")
            return json_response(200, report.vies_json(state))
    raise Unknown(f"no control at {request.method} {request.path}")


def _emit(state: SandboxState, store: Store, given: dict[str, Any]) -> Response:
    order_id = int(given["order_id"])
    _one(store.orders, order_id, "order")
    times = int(given.get("times", 1))
    deliveries = state.jumpseller.emit(str(given["event"]), order_id, times, store=store.code)
    return json_response(200, {"deliveries": [delivery.to_json() for delivery in deliveries]})


def _object(request: Request) -> dict[str, Any]:
    given = request.json()
    if not isinstance(given, dict):
        raise ValueError("the body is not a JSON object")
    return given


def _only(given: dict[str, Any], allowed: frozenset[str]) -> None:
    unknown = set(given) - allowed
    if unknown:
        raise ValueError(f"unknown setting: {', '.join(sorted(unknown))}")


def _change(target: Any, changes: dict[str, Any], allowed: frozenset[str]) -> None:
    _only(changes, allowed)
    known = {each.name for each in fields(target)}
    for name, value in changes.items():
        if name in known:
            setattr(target, name, value)


def _one(rows: dict[Key, Row], key: Key, what: str) -> Row:
    if key not in rows:
        raise Unknown(f"no such {what}: {key}")
    return rows[key]
