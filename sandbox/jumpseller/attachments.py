"""What apps hang on an order and on a store: documents, history entries, hooks."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.jumpseller.dates import utc_text
from sandbox.jumpseller.orders_api import message, page
from sandbox.jumpseller.stores import JsonObject, Store
from sandbox.jumpseller.switches import JumpsellerSwitches
from sandbox.messages import Request, Response, json_response

_DOCUMENT_FIELDS = ("document_type", "external_id", "public_id", "url", "order_id", "app_code")
EVENTS = frozenset(
    {
        "order_pending_payment",
        "order_paid",
        "order_shipped",
        "order_canceled",
        "order_abandoned",
        "order_updated",
        "product_created",
        "product_updated",
        "product_deleted",
        "product_stock_updated",
        "customer_created",
        "customer_updated",
        "customer_deleted",
    }
)


def add_document(store: Store, switches: JumpsellerSwitches, order_id: int, request: Request) -> Response:
    """Appends; a second entry with the same number is not refused."""
    given = _inner(request, "document")
    problems = _document_problems(switches, given)
    if problems:
        return json_response(400, {"errors": problems})
    document: JsonObject = {name: given.get(name) for name in _DOCUMENT_FIELDS}
    document["order_id"] = order_id
    store.documents.append(document)
    return json_response(switches.create_status, {"document": document})


def list_documents(request: Request, documents: list[JsonObject], *, paged: bool) -> Response:
    rows = page(request, documents) if paged else documents
    return json_response(200, [{"document": document} for document in rows])


def change_document(
    store: Store, switches: JumpsellerSwitches, order_id: int, public_id: str, request: Request
) -> Response:
    """PUT and DELETE address a document by its number; the first one of that number is meant."""
    if "/" in public_id and switches.slash_in_public_id == "404":
        return message(404, "Document not found")
    for document in store.documents_of(order_id):
        if document["public_id"] == public_id:
            break
    else:
        return message(404, "Document not found")
    if request.method == "DELETE":
        store.documents.remove(document)
        return json_response(200, "OK")
    given = _inner(request, "document")
    changed = {name: given.get(name, document[name]) for name in _DOCUMENT_FIELDS}
    problems = _document_problems(switches, changed)
    if problems:
        return json_response(400, {"errors": problems})
    document.update(changed, order_id=order_id)
    return json_response(200, {"document": document})


def history(
    store: Store, switches: JumpsellerSwitches, order_id: int, request: Request, new_id: int, now: float
) -> Response:
    entries = store.history.setdefault(order_id, [])
    if request.method == "GET":
        return json_response(200, [{"order_history": entry} for entry in entries])
    text = _inner(request, "order_history").get("message")
    if not isinstance(text, str) or not text:
        return json_response(400, {"errors": ["Message can't be blank"]})
    entry = {"id": new_id, "message": text, "created_at": utc_text(now)}
    entries.append(entry)
    return json_response(switches.create_status, {"order_history": entry})


def route_hooks(
    store: Store,
    switches: JumpsellerSwitches,
    request: Request,
    rest: list[str],
    new_id: Callable[[], int],
    now: float,
) -> Response:
    match (request.method, rest):
        case ("GET", []):
            return json_response(200, [{"hook": hook} for hook in page(request, list(store.hooks.values()))])
        case ("POST", []):
            given = _inner(request, "hook")
            problems = _hook_problems(given)
            if problems:
                return json_response(400, {"errors": problems})
            hook: JsonObject = {
                "id": new_id(),
                "name": None,
                "event": given["event"],
                "url": given["url"],
                "created_at": utc_text(now),
                "application_id": None,
            }
            store.hooks[hook["id"]] = hook
            return json_response(switches.create_status, {"hook": hook})
        case (_, [hook_id]) if hook_id.isdigit() and int(hook_id) in store.hooks:
            return _one_hook(store, request, store.hooks[int(hook_id)])
    return message(404, "Hook not found")


def _one_hook(store: Store, request: Request, hook: JsonObject) -> Response:
    if request.method == "DELETE":
        del store.hooks[hook["id"]]
        return json_response(200, "OK")
    if request.method == "PUT":
        given = _inner(request, "hook")
        changed: JsonObject = {**hook, "event": given.get("event", hook["event"])}
        changed["url"] = given.get("url", hook["url"])
        problems = _hook_problems(changed)
        if problems:
            return json_response(400, {"errors": problems})
        hook.update(changed)
    return json_response(200, {"hook": hook})


def _document_problems(switches: JumpsellerSwitches, given: JsonObject) -> list[str]:
    kind = given.get("document_type")
    wanted: tuple[object, ...] = (0, 1)
    if switches.document_type == "string":
        wanted = ("0 - credit note", "1 - invoice")
    problems = []
    if isinstance(kind, bool) or kind not in wanted:
        problems.append("Document type is not included in the list")
    for name in ("public_id", "url"):
        if not isinstance(given.get(name), str) or not given[name]:
            problems.append(f"{name.replace('_', ' ').capitalize()} can't be blank")
    return problems


def _hook_problems(given: JsonObject) -> list[str]:
    problems = []
    if given.get("event") not in EVENTS:
        problems.append("Event is not included in the list")
    url = given.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        problems.append("Url is invalid")
    return problems


def _inner(request: Request, root: str) -> JsonObject:
    """The object under the root key, or the bare one."""
    try:
        whole = request.json() if request.body.strip() else {}
    except ValueError:
        return {}
    if not isinstance(whole, dict):
        return {}
    inner = whole.get(root, whole)
    return inner if isinstance(inner, dict) else {}
