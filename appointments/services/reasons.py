"""Visit reasons, set up by administrators. In the organisation's scope; changes of one clinic wait for each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext

from accounts.services.set_up import (
    FOREIGN_KEY,
    AlreadyThere,
    InUse,
    SetUpRefused,
    move,
    next_position,
    one_at_a_time,
)
from appointments.models import (
    CalendarReason,
    Hold,
    OpeningHoursReason,
    Question,
    RequiredResource,
    Requirement,
    VisitReason,
    WaitingEntry,
)
from appointments.selectors.needs import Need, Terms, needs_of, offers_of
from doctolib import audit
from doctolib.tenancy.scopes import require_scope
from doctolib.violations import violation_raises

LONGEST_NAME = 120


class StillWaited(SetUpRefused):
    message = _("Patients are still on the waiting list for this reason. Take them off the list first.")


def add_reason(*, reason: VisitReason) -> VisitReason:
    """A new one at the end of its unit's list, not online yet. Raises AlreadyThere."""
    one_at_a_time()
    _refuse_twin(reason)
    reason.is_online = False
    reason.position = next_position(VisitReason.objects.filter(unit=reason.unit))
    reason.save()
    audit.record("reason.added", reason)
    return reason


def change_reason(*, reason: VisitReason, section: str, fields: Sequence[str]) -> None:
    """Save these fields of the instance. ``section`` names them in the audit trail. Raises AlreadyThere."""
    one_at_a_time()
    if "name_de" in fields:
        _refuse_twin(reason)
    reason.save(update_fields=[*fields])
    audit.record(f"reason.{section}_changed", reason)


def set_offers(*, reason: VisitReason, offers: Mapping[int, Terms]) -> bool:
    """The calendars (ids) that offer the reason from now on; returns whether anything changed."""
    one_at_a_time()
    if offers_of(reason) == offers:
        return False
    there = {offer.calendar_id: offer for offer in CalendarReason.objects.filter(reason=reason)}
    CalendarReason.objects.filter(reason=reason, calendar_id__in=there.keys() - offers.keys()).delete()
    for calendar_id, terms in offers.items():
        offer = there.get(calendar_id) or CalendarReason(calendar_id=calendar_id, reason=reason)
        offer.duration, offer.most_a_day = terms.duration, terms.most_a_day
        offer.save()
    audit.record("reason.calendars_changed", reason)
    return True


def set_needs(*, reason: VisitReason, needs: Sequence[Need]) -> bool:
    """The rooms and devices that a visit takes besides the calendar; returns whether anything changed."""
    one_at_a_time()
    if list(needs) == needs_of(reason):
        return False
    Requirement.objects.filter(reason=reason).delete()
    for need in needs:
        made = Requirement.objects.create(reason=reason, name=need.name, quantity=need.quantity)
        RequiredResource.objects.bulk_create(
            RequiredResource(requirement=made, resource_id=resource_id) for resource_id in sorted(need.resources)
        )
    audit.record("reason.needs_changed", reason)
    return True


def set_questions(*, reason: VisitReason, questions: Sequence[Mapping[str, Any]]) -> None:
    """What patients are asked, in this order. A question with the ``id`` of one of the reason's own changes that one,
    so that a form which a patient has open keeps its answer; the others are gone."""
    one_at_a_time()
    there = {question.pk: question for question in reason.questions.all()}
    kept = {each["id"] for each in questions if each.get("id") in there}
    Question.objects.filter(pk__in=there.keys() - kept).delete()
    for position, said in enumerate(questions):
        question = there.get(said.get("id") or 0) or Question(reason=reason)
        for name, value in said.items():
            if name != "id":
                setattr(question, name, value)
        question.position = position
        question.save()
    audit.record("reason.questions_changed", reason)


def copy_reason(*, reason: VisitReason) -> VisitReason:
    """A new reason with everything of this one but its place in opening hours, not online. Raises AlreadyThere."""
    one_at_a_time()
    copy = VisitReason.objects.get(pk=reason.pk)
    copy.pk, copy._state.adding = None, True
    copy.name_de, copy.name_en = _copied(reason.name_de, "de"), _copied(reason.name_en, "en")
    copy.is_online = copy.is_archived = False
    copy.position = next_position(VisitReason.objects.filter(unit=reason.unit))
    _refuse_twin(copy)
    copy.save()
    for rows in (reason.offers.all(), reason.questions.all()):
        for row in rows:
            row.pk, row._state.adding, row.reason = None, True, copy
            row.save()
    for need in needs_of(reason):
        made = Requirement.objects.create(reason=copy, name=need.name, quantity=need.quantity)
        for resource_id in sorted(need.resources):
            RequiredResource.objects.create(requirement=made, resource_id=resource_id)
    audit.record("reason.copied", copy)
    return copy


def archive_reason(*, reason: VisitReason) -> None:
    """Nobody books it any more; appointments keep it. Raises StillWaited."""
    one_at_a_time()
    if WaitingEntry.objects.filter(reason=reason, closed_at=None).exists():
        raise StillWaited
    if VisitReason.objects.filter(pk=reason.pk, is_archived=False).update(is_archived=True, is_online=False):
        audit.record("reason.archived", reason)


def restore_reason(*, reason: VisitReason) -> None:
    """Bring it back, not online. Raises AlreadyThere when another one took its name."""
    one_at_a_time()
    _refuse_twin(reason)
    if VisitReason.objects.filter(pk=reason.pk, is_archived=True).update(is_archived=False):
        audit.record("reason.restored", reason)


def remove_reason(*, reason: VisitReason) -> None:
    """Delete one that was never used. Raises InUse."""
    one_at_a_time()
    # Their rows would go along: a held time, and a block of opening hours would be open for everything.
    for model in (Hold, OpeningHoursReason):
        if model.objects.filter(reason=reason).exists():
            raise InUse
    number = reason.pk
    try:
        with violation_raises(InUse, state=FOREIGN_KEY, using=require_scope().database):
            reason.delete()
    except ProtectedError:
        raise InUse from None
    reason.pk = number
    audit.record("reason.removed", reason)


def move_reason(*, reason: VisitReason, up: bool) -> None:
    """One place up or down among its unit's."""
    move(reason, VisitReason.objects.filter(unit=reason.unit, is_archived=False), up=up)


def _refuse_twin(reason: VisitReason) -> None:
    same = VisitReason.objects.filter(unit=reason.unit_id, name_de__iexact=reason.name_de, is_archived=False)
    if same.exclude(pk=reason.pk).exists():
        raise AlreadyThere


def _copied(name: str, language: str) -> str:
    with override(language):
        suffix = pgettext("copy of a visit reason", "copy")
    return f"{name[: LONGEST_NAME - len(suffix) - 3]} ({suffix})" if name else ""
