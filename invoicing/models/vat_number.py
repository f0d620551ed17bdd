"""What VIES said of the VAT numbers of buyers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from invoicing.domain.vat_numbers import VatAnswer, VatCheck, VatNumber


class VatNumberCheck(models.Model):
    """The last word on a number for one seller: a definite answer stays until a definite one replaces it."""

    country = models.CharField(_("prefix of the country"), max_length=2)
    number = models.CharField(_("number without the prefix"), max_length=12)
    requester = models.CharField(_("asked by (NIF)"), max_length=32, blank=True)
    answer = models.CharField(
        _("answer"),
        max_length=8,
        choices=[(str(a), str(a)) for a in VatAnswer],
        default=VatAnswer.UNKNOWN.value,
    )
    checked_at = models.DateTimeField(_("answered at"))
    consultation = models.CharField(_("consultation number"), max_length=64, blank=True)
    remark = models.CharField(_("remark"), max_length=255, blank=True)
    tries = models.PositiveIntegerField(_("tries without an answer"), default=0)

    class Meta:
        verbose_name = _("check of a VAT number")
        verbose_name_plural = _("checks of VAT numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["country", "number", "requester"], name="one_check_per_number_and_requester"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country}{self.number}: {self.answer}"

    def value(self) -> VatCheck:
        return VatCheck(
            VatNumber(self.country, self.number),
            VatAnswer(self.answer),
            self.checked_at,
            self.consultation,
            self.remark,
        )
