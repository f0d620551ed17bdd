"""Mail the PDF to the buyer, the merchant in BCC.

Mail cannot be looked up, so it is never repeated blindly.
"""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override

from invoicing.domain.customer import mail_address
from invoicing.domain.plan import DocumentRole
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Document
from invoicing.queue import now
from invoicing.services.decide_order import parse_saved
from invoicing.services.work import Result, Work
from outbound.mail import send

_LANGUAGES = {"PT": "pt", "ES": "es"}


def mail_document(work: Work) -> Result:
    document = work.document
    if not document.is_final or not document.pdf:
        return Result(superseded=True, detail="There is no PDF to send.")
    if work.write_is_unknown:
        raise Hold(HoldReason.MAIL_PERHAPS_SENT)
    message = compose(document)
    refused = send(message, before_handing_over=work.begin_write)
    if refused:
        words = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
        if any(address in message.to for address in refused):
            raise Hold(HoldReason.MAIL_REFUSED, words)

    def apply() -> None:
        Document.objects.filter(pk=document.pk).update(mailed_at=now())

    return Result(apply)


def _address(document: Document) -> str:
    """The buyer's address as the order has it now: staff correct it there, and say "retry" here."""
    reading = parse_saved(document.order, document.profile_version.value())
    current = mail_address(reading.snapshot) if reading.snapshot else ""
    return current or document.planned().deliver_to


def compose(document: Document) -> EmailMessage:
    """The message to the buyer, in the language of the store's country."""
    store, profile = document.order.store, document.profile_version.value()
    with override(_LANGUAGES.get(store.country, "en")):
        if document.role == DocumentRole.CREDIT_NOTE:
            subject = _("%(store)s: credit note %(number)s")
            body = _("Hello,\n\nattached is credit note %(number)s, for order %(order)s.\n\n%(store)s\n")
        else:
            subject = _("%(store)s: invoice %(number)s")
            body = _(
                "Hello,\n\nattached is invoice %(number)s, for order %(order)s.\n\nThank you,\n%(store)s\n"
            )
        facts = {
            "store": store.name or store.code,
            "number": document.number,
            "order": document.order.shop_order_id,
        }
        message = EmailMessage(
            subject=" ".join((subject % facts).split()),
            body=body % facts,
            to=[_address(document)],
            bcc=[profile.bcc] if profile.bcc else [],
        )
    with document.pdf.open("rb") as file:
        message.attach(f"{document.reference}.pdf", file.read(), "application/pdf")
    return message
