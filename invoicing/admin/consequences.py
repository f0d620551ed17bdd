"""What follows by itself from what staff do: numbers, waits and mails, as the settings of now say."""

from __future__ import annotations

from django.utils.translation import gettext as _

from invoicing.domain.customer import mail_address
from invoicing.domain.profile import Profile
from invoicing.models import Document, InvoicingProfile
from invoicing.services.decide_order import parse_saved
from stores.models import Order


def settings_of(order: Order) -> Profile | None:
    """Those in force now, which decide what follows by itself."""
    rows = InvoicingProfile.objects.select_related("current").filter(store=order.store_id)
    profile = rows.first()
    return profile.current.value() if profile is not None and profile.current is not None else None


def finalizes(order: Order) -> bool:
    settings = settings_of(order)
    return settings is not None and settings.finalize


def following(order: Order) -> list[str]:
    """What a document that the order calls for goes through by itself."""
    settings = settings_of(order)
    if settings is None or not settings.finalize:
        return [_("A document is made as a draft; it gets its legal number only when somebody finalizes it.")]
    mailing_to = _where_to(settings, _buyers_address(order, settings))
    if settings.issue_delay_minutes:
        return [after_delay(settings), mailing_to]
    return [_("The document is created and finalized at once: it gets its legal number."), mailing_to]


def after_delay(settings: Profile) -> str:
    return _("It is made as a draft, and gets its legal number by itself %(minutes)d minutes later.") % {
        "minutes": settings.issue_delay_minutes
    }


def mailing(document: Document) -> str:
    """To whom its PDF goes. The order's address of now comes first, as when the mail is written."""
    settings = document.profile_version.value()
    planned = document.planned().deliver_to
    address = (_buyers_address(document.order, settings) or planned) if planned else ""
    return _where_to(settings, address)


def _buyers_address(order: Order, settings: Profile) -> str:
    reading = parse_saved(order, settings)
    return mail_address(reading.snapshot) if reading.snapshot else ""


def _where_to(settings: Profile, address: str) -> str:
    if not settings.email_customer:
        return _("No mail is sent: the settings of the store say so.")
    if not address:
        return _("No mail is sent: the order names no address.")
    return _("The PDF is mailed to %(address)s.") % {"address": address}


def following_of_any(settings: Profile) -> list[str]:
    """The same for orders that were not read yet, whose addresses nobody knows."""
    if not settings.finalize:
        return [_("A document is made as a draft; it gets its legal number only when somebody finalizes it.")]
    number = _("The document is created and finalized at once: it gets its legal number.")
    if not settings.email_customer:
        mail = _("No mail is sent: the settings of the store say so.")
    else:
        mail = _("The PDF is mailed to the buyer, if the order names an address.")
    return [after_delay(settings) if settings.issue_delay_minutes else number, mail]
