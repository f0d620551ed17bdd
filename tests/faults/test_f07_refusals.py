"""F7: the provider refuses the document: no second try, its own words to staff, and a way back.

The shapes of the bodies are those that were recorded or documented; all that is in them is invented.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from invoicing.models import Document, DocumentOperation
from tests.faults import lost_answers as lost
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import Shop, drain

_MARKUP = (
    'Fiscal <b onmouseover="alert(1)">509 999 990</b> inválido<script>alert(1)</script>'
    " &lt;img src=x onerror=alert(1)&gt;"
)


def errors(*messages: str) -> dict[str, Any]:
    return {"errors": [{"error": message} for message in messages]}


# Of a create: the body, and what staff must be shown of it.
_CREATE_BODIES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "vat-number": (
        errors("Client is invalid", "Fiscal não é válido"),
        ("Client is invalid", "Fiscal não é válido"),
    ),
    "zero-lines": (
        errors("Items element should be of type array"),
        ("Items element should be of type array",),
    ),
    "rounding": (
        {"errors": {"items": [{"unit_price": ["has more than 4 decimals"]}]}},
        ("items: unit_price: has more than 4 decimals",),
    ),
    "quantity": (errors("Quantity must be a number greater than 0"), ("Quantity must be a number",)),
    "due-date": (
        errors("Vencimento deve ser igual ou posterior à data do documento"),
        ("Vencimento deve ser igual ou posterior à data do documento",),
    ),
    "bad-date": ({"errors": ["Date is invalid"]}, ("Date is invalid",)),
    "unknown-sequence": (
        {"errors": {"sequence_id": ["Série 2031 não existe"]}},
        ("sequence_id: Série 2031 não existe",),
    ),
    "country": (errors("Country Portugual was not found"), ("Country Portugual was not found",)),
    "exemption": (
        {"error": "Razão de isenção deve ter uma opção selecionada"},
        ("Razão de isenção deve ter uma opção selecionada",),
    ),
    "pairs": ([["fiscal_id", "não é válido."]], ("fiscal_id: não é válido.",)),
    "text-in-json": ('"Retention must be a number"', ("Retention must be a number",)),
    "message": ({"message": "Unit kg is not included"}, ("Unit kg is not included",)),
    "plain-text": ("O documento não foi guardado", ("O documento não foi guardado",)),
    "markup": (errors(_MARKUP), ("509 999 990", "inválido", "<img src=x onerror=alert(1)>")),
    "page": (
        "<!DOCTYPE html><html><head><title>Pedido inválido (422)</title></head><body></body></html>",
        ("Pedido inválido (422)",),
    ),
    "several": (errors(*(f"Linha {n} é inválida" for n in range(40))), ("Linha 0 é", "Linha 9 é")),
    "very-long": (errors("Observações " + "muito longas " * 900), ("Observações muito longas",)),
    "empty": ("", ("invoicexpress refused it",)),
    "one-space": (" ", ("invoicexpress refused it",)),
    "no-error-in-it": ({"invoice": {"id": 7}}, ("invoicexpress refused it",)),
}
_FINALIZE_BODIES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "earlier-date": (
        errors("Date cannot be earlier than the last invoice-receipt of this sequence[02 Aug 26]"),
        ("Date cannot be earlier than the last invoice-receipt of this sequence[02 Aug 26]",),
    ),
    "state": (errors("Invalid state"), ("Invalid state",)),
    "unregistered-series": (errors("Série sem código de validação"), ("Série sem código de validação",)),
}


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Pages are rendered without collecting the static files first."""
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}


class _Page(HTMLParser):
    """The elements of a page, and its text as it is read on the screen, scripts left out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._parts: list[str] = []
        self._is_script = False
        self.feed(html)
        self.text = re.sub(r"\s+", " ", " ".join(self._parts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._is_script = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._is_script = False

    def handle_data(self, data: str) -> None:
        if not self._is_script:
            self._parts.append(data)
        assert "alert(1)" not in data or not self._is_script


def assert_shown(staff: Client, row: Document | DocumentOperation, words: tuple[str, ...]) -> None:
    """The page of the row shows the provider's words as text, and has no element that they brought."""
    url = f"/admin/invoicing/{row._meta.model_name}/{row.pk}/change/"
    response = staff.get(url, headers={"Accept-Language": "en"})
    assert response.status_code == 200
    page = _Page(response.content.decode())
    for word in words:
        assert word in page.text, url
    for tag, attributes in page.elements:
        assert not any(name.startswith("onmouseover") or name == "onerror" for name in attributes), tag
        assert attributes.get("src") != "x"


def refuse(shop: Shop, trials: Trials, step: dict[str, Any], body: Any, words: tuple[str, ...]) -> None:
    """Two orders, refused with 422 and with 400; each is held, shown, retried by staff, and issued."""
    ana = User.objects.create_superuser("ana")
    staff = Client()
    staff.force_login(ana)
    verb = "create" if step is lost.CREATE else "finalize"
    for number, status in enumerate((422, 400)[: trials.planned]):
        order_id = lost.begin_trial(shop, number)
        shop.sandbox.state.faults.add(kind="error_before", status=status, body=body, times=None, **step)

        shop.pay(order_id)

        sent = [r for r in shop.sandbox.state.requests if r.method == step["method"] and r.fault is not None]
        # A client that is refused as a whole is made anew, once, under another code.
        assert len(sent) == (2 if words[0] == "Client is invalid" else 1)
        operation = DocumentOperation.objects.get(document__order=shop.order(order_id), state="held")
        assert (operation.verb, operation.hold_reason) == (verb, "rejected")
        assert (operation.attempts, operation.tries) == (1, 0)
        assert lost.outcome(shop, order_id) == ("held", "held")
        assert [p.status for p in lost.papers(shop, order_id)] == ([] if verb == "create" else ["draft"])
        assert_shown(staff, operation, words)
        assert_shown(staff, operation.document, words)

        shop.sandbox.state.faults.clear()
        retry = f"/admin/invoicing/documentoperation/{operation.pk}/retry/"
        assert staff.post(retry, {"confirmed": "yes"}).status_code == 302
        drain(shop.clock)

        lost.enter(trials, shop, order_id, expected="issued")
        lost.assert_papers(shop, order_id, ("FT1", "settled"))
        assert lost.attempts(shop, order_id, verb) == ["rejected", "done"]


@pytest.mark.fault("F7", 1, 2, 2)
@pytest.mark.parametrize("body", _CREATE_BODIES)
def test_a_refused_create_is_held_with_its_words_and_retried_by_staff(
    shop: Shop, trials: Trials, body: str
) -> None:
    with in_process(shop):
        refuse(shop, trials, lost.CREATE, *_CREATE_BODIES[body])


@pytest.mark.fault("F7", 1, 2, 2)
@pytest.mark.parametrize("body", _FINALIZE_BODIES)
def test_a_refused_finalize_is_held_with_its_words_and_retried_by_staff(
    shop: Shop, trials: Trials, body: str
) -> None:
    with in_process(shop):
        refuse(shop, trials, lost.CHANGE, *_FINALIZE_BODIES[body])
