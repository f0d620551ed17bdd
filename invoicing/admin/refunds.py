"""Registering a refund: a form, a page that shows the note and all that will happen, and one act."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from invoicing.admin import document_panels as tables
from invoicing.admin.acts import Opening
from invoicing.admin.answers import refusal_in_words
from invoicing.admin.refund_form import RefundForm
from invoicing.admin.refund_preview import note_lines, vat_by_rate, what_will_happen
from invoicing.domain.plan import DocumentPlan
from invoicing.models import Document
from invoicing.services.refund_rulings import (
    TOKEN_LENGTH,
    cannot_refund,
    is_registered,
    note_of_form,
    preview_refund,
    register_refund,
)
from invoicing.services.ruling_answers import BECAUSE_TEXTS, Answer, AnswerKind, Because
from stores.admin.formats import money
from stores.domain.money import NotANumber, to_decimal
from stores.domain.roles import Right

_TITLE = gettext_lazy("Register a refund")


REFUND = Opening(
    "refund",
    _TITLE,
    lambda row: reverse("admin:invoicing_document_refund", args=[row.pk]),
    right=Right.CREDIT,
    suits=lambda row: cannot_refund(row) is None,
    icon="currency_exchange",
)


def refund_action() -> Any:
    """The pages of a refund as an action of a document's page."""

    def refund(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        response: HttpResponse = self.refund_pages(request, object_id)
        return response

    refund.act = REFUND  # type: ignore[attr-defined]
    return action(
        description=REFUND.title,
        url_path=REFUND.name,
        icon=REFUND.icon,
        variant=REFUND.variant,
        permissions=["act"],
    )(refund)


class RefundPages:
    """Mixed into the admin of documents. Every step is one address; only "confirm" changes anything."""

    admin_site: Any
    opts: Any
    is_allowed: Callable[..., bool]
    page_of: Callable[[Any], str]

    refund = refund_action()

    def refund_pages(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if document is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
                request, self.opts, object_id
            )
            return missing
        if not self.is_allowed(request, Right.CREDIT, document):
            raise PermissionDenied
        token = _token(request)
        if token and is_registered(document, token):
            messages.info(request, _was_registered(document, token))
            return self._back(document)
        refusal = cannot_refund(document)
        if refusal is not None:
            return self._refused(request, document, refusal)
        if not token:
            return self._form(request, document, _new_form(document))
        return self._step(request, document, RefundForm(document, request.POST))

    def _step(self, request: HttpRequest, document: Document, form: RefundForm) -> HttpResponse:
        step = request.POST.get("step", "")
        if not form.is_valid() or step == "edit":
            return self._form(request, document, form)
        if form.lacks_shipping():
            note = _("Everything comes back, so shipping was ticked too. Untick it if it is not given back.")
            return self._form(request, document, RefundForm(document, form.with_shipping()), note)
        assert form.request is not None
        plan = preview_refund(document, form.request)
        if isinstance(plan, Answer):
            form.add_error(None, refusal_in_words(plan))
            return self._form(request, document, form)
        seen = _seen(request)
        if step != "confirm" or seen is None:
            return self._preview(request, document, form, plan)
        return self._confirm(request, document, form, plan, seen)

    def _confirm(
        self, request: HttpRequest, document: Document, form: RefundForm, plan: DocumentPlan, seen: Decimal
    ) -> HttpResponse:
        assert isinstance(request.user, User)
        assert form.request is not None
        token = form.cleaned_data["token"]
        answer = register_refund(
            document, user=request.user, request=form.request, token=token, confirmed=seen
        )
        if answer.is_done:
            gross = money(seen, document.currency)
            words = f"{REFUND.name}: {seen} {document.currency}"
            self.log_change(request, document, words)  # type: ignore[attr-defined]
            messages.success(request, _("The credit note of %(amount)s is being made.") % {"amount": gross})
        elif answer.kind is AnswerKind.ALREADY:
            messages.info(request, _was_registered(document, token))
        else:
            messages.warning(request, refusal_in_words(answer))
            if answer.because is Because.REFUND_CHANGED:
                return self._preview(request, document, form, plan)
        return self._back(document)

    # --- pages

    def _form(
        self, request: HttpRequest, document: Document, form: RefundForm, note: str = ""
    ) -> HttpResponse:
        notes = [row for row in document.credit_notes.all() if not row.is_ended]
        taken = document.gross_total - form.left
        context = {
            "form": form,
            "note": note,
            "figures": [
                (_("Total of the document"), money(document.gross_total, document.currency)),
                (_("Refunded before, or on its way"), money(taken, document.currency)),
                (_("Left"), money(form.left, document.currency)),
            ],
            "is_on_its_way": any(not row.is_final for row in notes),
            "panels": [tables.documents(_("Credit notes"), notes)] if notes else [],
        }
        return self._page(request, document, "refund_form", context)

    def _preview(
        self, request: HttpRequest, document: Document, form: RefundForm, plan: DocumentPlan
    ) -> HttpResponse:
        assert form.request is not None
        gross = money(plan.figures.total, plan.currency)
        context = {
            "hidden": [*form.sent(), ("gross", str(plan.figures.total))],
            "sentences": what_will_happen(document, form.request, plan, left=form.left),
            "panels": [note_lines(plan), vat_by_rate(plan)],
            "act": _("Issue a credit note of %(amount)s") % {"amount": gross},
        }
        return self._page(request, document, "refund_preview", context)

    def _refused(self, request: HttpRequest, document: Document, refusal: Answer) -> HttpResponse:
        if request.method == "POST":
            messages.warning(request, refusal_in_words(refusal))
            return self._back(document)
        return self._page(request, document, "refund_refused", {"because": _because(refusal)})

    def _page(
        self, request: HttpRequest, document: Document, name: str, context: dict[str, Any]
    ) -> HttpResponse:
        whole = {
            **self.admin_site.each_context(request),
            "title": _TITLE,
            "opts": self.opts,
            "name": self.name_of(document),  # type: ignore[attr-defined]
            "back": self.page_of(document),
            **context,
        }
        return TemplateResponse(request, f"invoicing/admin/{name}.html", whole)

    def _back(self, document: Document) -> HttpResponse:
        return HttpResponseRedirect(self.page_of(document))


def _token(request: HttpRequest) -> str:
    """The form's own; empty: a form that was not sent yet, or not by us."""
    token = request.POST.get("token", "")
    return token if len(token) <= TOKEN_LENGTH and "\x00" not in token else ""


def _new_form(document: Document) -> RefundForm:
    return RefundForm(document, initial={"token": secrets.token_urlsafe(16)})


def _seen(request: HttpRequest) -> Decimal | None:
    """The amount on the button that was pressed."""
    try:
        return to_decimal(request.POST.get("gross", ""))
    except NotANumber:
        return None


def _was_registered(document: Document, token: str) -> str:
    note = note_of_form(document, token)
    if note is not None and not note.is_final and not note.is_ended:
        return _("This refund is registered, and its credit note is on its way; nothing was made again.")
    return _("This refund was registered already; nothing was made again.")


def _because(answer: Answer) -> str:
    return str(BECAUSE_TEXTS[answer.because]) if answer.because is not None else ""
