"""What a patient typed on the last page and has not booked yet: kept sealed in the hold, for whoever typed it.

So a lost race, a hold that ended, signing in again or a reload asks nothing twice. It goes when the hold goes: with the
booking, when the time is given up, or ``holds.KEPT`` after the hold's end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from accounts.models import Organisation
from appointments.models import Hold, Question
from crypto import keyring
from doctolib.tenancy.scopes import booking_scope
from patients.enums import Insurance

from .holds import hold_id_of, own_hold

LONGEST_KEPT = 2000  # characters of an answer: more than a right one has, so that a too long one can be shortened


@dataclass(frozen=True, slots=True, repr=False)  # a traceback shows no answer
class Draft:
    """``answers`` are to the reason's questions, by their ids, right or wrong."""

    insurance: str = ""
    answers: Mapping[int, str] = field(default_factory=dict)


EMPTY = Draft()


def keep_draft(*, organisation: Organisation, token: str, account_id: UUID | None, draft: Draft) -> None:
    """Keep it with the hold of this token, live or ended, in place of an earlier one. No hold: nothing is kept.

    ``account_id``: whose it is; None when their session has ended meanwhile, then it is of who signs in next here.
    """
    hold_id = hold_id_of(token)
    if hold_id is None:
        return
    keyring.warm(organisation.id)
    with booking_scope(organisation, hold_id):
        hold = own_hold(token, lock=True)  # a click before this one may be booking
        if hold is None:
            return
        asked = set(Question.objects.filter(reason_id=hold.reason_id).values_list("pk", flat=True))
        answers = {str(pk): text[:LONGEST_KEPT] for pk, text in draft.answers.items() if pk in asked}
        insurance = draft.insurance if draft.insurance in Insurance.values else ""
        hold.draft = {"account": str(account_id or ""), "insurance": insurance, "answers": answers}
        hold.save(update_fields=["draft"])


def draft_of(*, organisation: Organisation, token: str, account_id: UUID) -> Draft:
    """What this account typed for the hold of this token; empty when it typed nothing, or another account did."""
    hold_id = hold_id_of(token)
    if hold_id is None:
        return EMPTY
    keyring.warm(organisation.id)
    with booking_scope(organisation, hold_id):
        hold = own_hold(token)
        kept = hold and _opened(hold)
    if not kept or kept["account"] not in ("", str(account_id)):
        return EMPTY
    return Draft(kept["insurance"], {int(pk): text for pk, text in kept["answers"].items()})


def _opened(hold: Hold) -> Mapping | None:
    """A booking's scope seals only. The key is lent for this one row, whose token was right."""
    with keyring.lend(keyring.Access.person(hold.organisation_id, hold.pk)):
        return hold.draft
