"""The reason that a line without VAT must name. No reason, no document: never a default code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase

from invoicing.domain.exemptions import exemption, problem_with
from invoicing.domain.plan import Why
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import Supply, SupplyKind, is_small_business
from invoicing.domain.vat_numbers import VatAnswer


def exemption_for(sku: str, said: str, supply: Supply, profile: Profile, *, on: date) -> tuple[str, Why]:
    """The code for goods without VAT, on the day of the document. `said` is what the shop charged, in words.

    Raises:
        Hold: MISSING_EXEMPTION, EXEMPTION_NOT_IN_FORCE, VAT_NUMBER_INVALID, VAT_NUMBER_UNCHECKED or
            UNTAXED_EU_SALE.
    """
    if supply.kind is SupplyKind.OSS and not is_small_business(profile):
        raise _untaxed_in_the_eu(supply, said)  # taxed in the buyer's country, so no reason of ours applies
    by_sku = _code_of(sku, profile)
    if by_sku:
        return in_force(by_sku, f"{sku}, {said}", "setting exemption_by_sku", on)
    if is_small_business(profile):
        return in_force(profile.exemption_code, said, "setting exemption_code", on)
    if supply.is_service and supply.is_abroad:
        # M05 and M16 are for goods. Which reason a service has depends on what it is.
        raise Hold(
            HoldReason.MISSING_EXEMPTION,
            f"A service to {supply.where.name} has no VAT ({said}), and its product has no exemption code of "
            "its own (exemption_by_sku).",
        )
    if supply.kind is SupplyKind.EXPORT:
        _require(profile.export_exemption_code, "export_exemption_code", said)
        return in_force(profile.export_exemption_code, said, "setting export_exemption_code", on)
    if supply.kind is SupplyKind.INTRA_EU:
        return in_force(profile.intra_eu_exemption_code, said, "setting intra_eu_exemption_code", on)
    if supply.kind is not SupplyKind.DOMESTIC:
        if supply.vat_number is not None:
            _require(profile.intra_eu_exemption_code, "intra_eu_exemption_code", said)
        raise _untaxed_in_the_eu(supply, said)
    _require(profile.exemption_code, "exemption_code", said)
    return in_force(profile.exemption_code, said, "setting exemption_code", on)


def shipping_exemption_for(said: str, supply: Supply, profile: Profile, *, on: date) -> tuple[str, Why]:
    """The code for delivery without VAT: its own in the settings, else as for goods.

    Raises:
        Hold: as `exemption_for`.
    """
    if profile.shipping_exemption_code and not supply.is_abroad and not is_small_business(profile):
        return in_force(profile.shipping_exemption_code, said, "setting shipping_exemption_code", on)
    return exemption_for("", said, supply, profile, on=on)


def one_code(codes: Iterable[str]) -> str:
    """The provider keeps one reason for a whole document.

    Raises:
        Hold: MIXED_EXEMPTIONS.
    """
    found = sorted({code for code in codes if code})
    if len(found) > 1:
        raise Hold(HoldReason.MIXED_EXEMPTIONS, f"Its lines need {' and '.join(found)}.")
    return found[0] if found else ""


def in_force(code: str, said: str, setting: str, on: date) -> tuple[str, Why]:
    """The code with its ground.

    Raises:
        Hold: EXEMPTION_NOT_IN_FORCE.
    """
    problem = problem_with(code, on)
    if problem:
        raise Hold(HoldReason.EXEMPTION_NOT_IN_FORCE, f"{problem} ({setting}).", subject=code)
    known = exemption(code)
    basis = f", {known.basis}" if known else ""
    return code, Why("exemption", code, said, f"{setting}{basis}")


def _code_of(sku: str, profile: Profile) -> str:
    """The longest pattern that fits is the most particular one."""
    fitting = [(len(wanted), code) for wanted, code in profile.exemption_by_sku if fnmatchcase(sku, wanted)]
    return max(fitting)[1] if fitting and sku else ""


def _require(code: str, setting: str, said: str) -> None:
    if not code:
        raise Hold(
            HoldReason.MISSING_EXEMPTION,
            f"A line has no VAT ({said}) and no exemption code is set ({setting}).",
            subject=setting,
        )


def _untaxed_in_the_eu(supply: Supply, said: str) -> Hold:
    check, where = supply.vat_check, supply.where.name
    if check is not None and check.answer is VatAnswer.INVALID:
        return Hold(
            HoldReason.VAT_NUMBER_INVALID,
            f"A line has no VAT ({said}), and VIES says that the buyer's number in {where} is not valid.",
        )
    if check is not None and check.answer is VatAnswer.UNKNOWN:
        return Hold(
            HoldReason.VAT_NUMBER_UNCHECKED,
            f"A line has no VAT ({said}), and VIES could not say whether the buyer's number is valid"
            f"{f' ({check.remark})' if check.remark else ''}.",
        )
    return Hold(
        HoldReason.UNTAXED_EU_SALE,
        f"A line has no VAT ({said}), and the buyer in {where} gave no VAT number that could be checked.",
    )
