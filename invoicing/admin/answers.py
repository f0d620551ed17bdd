"""What a verb of staff came to, in words."""

from __future__ import annotations

from django.contrib import messages
from django.utils.translation import gettext as _

from invoicing.admin.labels import reason_text
from invoicing.services.ruling_answers import BECAUSE_TEXTS, Answer, AnswerKind


def in_words(done: object, answer: Answer) -> str:
    """What the person is told; `done` is the sentence for where it worked."""
    if answer.kind is AnswerKind.DONE:
        return str(done)
    if answer.kind is AnswerKind.ALREADY:
        return _("It was so already; nothing was changed.")
    if answer.kind is AnswerKind.IN_PROGRESS:
        return _("Already in progress; nothing was changed.")
    return refusal_in_words(answer)


def refusal_in_words(answer: Answer) -> str:
    """Why something is not possible, for people."""
    parts = [_("Not possible.")]
    if answer.because is not None:
        parts.append(str(BECAUSE_TEXTS[answer.because]))
    if answer.reason is not None:
        parts.append(reason_text(answer.reason.value).sentence)
    if answer.detail:
        parts.append(answer.detail)
    return " ".join(parts)


def level_of(answer: Answer) -> int:
    if answer.is_done:
        return messages.SUCCESS
    return messages.INFO if answer.kind is not AnswerKind.NOT_POSSIBLE else messages.WARNING
