"""Reminders for patients: allow and stop them at a clinic, and the links of messages, which need no signing in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.selectors import PersonView, persons_at
from appointments.enums import NoticeKind
from appointments.message_links import MessageLink, Purpose, link_of_token
from appointments.models import Appointment, Notice, Recall, Reminder
from appointments.services.refusals import BookingRefused
from appointments.services.reminders import cancel_by_link, cancel_by_link_refusal, stop_by_link
from crypto import keyring
from doctolib.tenancy.middleware import in_scope
from doctolib.tenancy.scopes import organisation_scope, patient_scope
from patients.enums import ConsentSource, ContactPurpose
from patients.forms import ConsentForm
from patients.models import Patient
from patients.selectors_consents import channels_for, consents_of
from patients.services.consents import set_consents

from .frame import at_known_clinic, page, see_other

LINK_ACTOR = "reminder-link"  # whoever opened the link of a message, not signed in
Row = Reminder | Recall | Notice


# Signed in -----------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_known_clinic)
def my_reminders(request: HttpRequest, slug: str) -> HttpResponse:
    """What the clinic may write to this account's persons for. Never been there: 404."""
    organisation, persons = request.organisation, persons_at(request.user.pk, request.organisation.pk)
    if not persons:
        raise Http404
    keyring.warm(organisation.pk, ("data", "audit"))
    forms = [(person, _form(request, person)) for person in persons]
    if request.method == "POST" and all(form.is_valid() for _person, form in forms):
        for person, form in forms:
            with patient_scope(organisation, person.id, actor=request.user.actor):
                for record in _records(person):
                    set_consents(patient=record, wanted=form.wanted(), source=ConsentSource.PATIENT, now=timezone.now())
        messages.success(request, _("Saved."))
        return see_other(reverse("my-reminders", args=[slug]))
    return page(request, "my_reminders", status=422 if request.method == "POST" else 200, persons=forms)


def _form(request: HttpRequest, person: PersonView) -> ConsentForm:
    """Each person has fields of their own; ticked is what counts for all of their records."""
    with patient_scope(request.organisation, person.id, actor=request.user.actor):
        given = [consents_of(record.pk) for record in _records(person)]
    shown = frozenset.intersection(*given) if given else frozenset()
    data = request.POST if request.method == "POST" else None
    return ConsentForm(data, given=shown, prefix=person.id.hex)


def _records(person: PersonView) -> list[Patient]:
    return list(Patient.objects.filter(person_id=person.id).order_by("pk"))


# By the link of a message --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_known_clinic)
def by_message_link(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """What the message said, and its one purpose as a button. Looking changes nothing. A wrong link: 404, in words."""
    link = link_of_token(request.organisation.pk, token)
    if link is None:
        return page(request, "link_over", status=404, wrong=True)
    if timezone.localdate() > link.last_day:
        return page(request, "link_over")
    keyring.warm(request.organisation.pk, ("data", "audit"))
    with organisation_scope(request.organisation, actor=LINK_ACTOR):
        row = _row(link)
        if row is None:  # the clinic has deleted the visit
            return page(request, "link_over")
        if link.purpose == Purpose.CANCEL:
            assert isinstance(row, Reminder)
            return _cancel(request, row)
        return _stop(request, row)


def _row(link: MessageLink) -> Row | None:
    if link.purpose == Purpose.RECALL:
        return Recall.objects.select_related("visit__patient").filter(pk=link.row_id).first()
    if link.purpose == Purpose.NOTICE:
        return Notice.objects.select_related("appointment__patient").filter(pk=link.row_id).first()
    related = ("appointment__patient", "appointment__reason", "appointment__calendar__site")
    return Reminder.objects.select_related(*related).filter(pk=link.row_id).first()


def _cancel(request: HttpRequest, row: Reminder) -> HttpResponse:
    now, appointment = timezone.now(), row.appointment
    refusal = cancel_by_link_refusal(row, appointment, now=now)
    if request.method == "POST" and refusal is None:
        try:
            cancel_by_link(reminder=row, now=now)
            return see_other(request.path)
        except BookingRefused as lost:
            refusal = lost
    return page(request, "link_cancel", appointment=appointment, site=appointment.calendar.site, refusal=refusal)


def _stop(request: HttpRequest, row: Row) -> HttpResponse:
    """Stop what the message was allowed as; after a visit, the way to book comes first."""
    visit, purpose = _allowed_as(row)
    if request.method == "POST":
        stop_by_link(appointment=visit, purpose=purpose, now=timezone.now())
        return see_other(request.path)
    context: dict[str, Any] = {
        "invited": purpose == ContactPurpose.RECALL,
        "recalled": isinstance(row, Recall),
        "stopped": not channels_for(visit.patient_id, purpose),
    }
    return page(request, "link_stop", **context)


def _allowed_as(row: Row) -> tuple[Appointment, ContactPurpose]:
    if isinstance(row, Recall):
        return row.visit, ContactPurpose.RECALL
    follows = isinstance(row, Notice) and row.kind == NoticeKind.FOLLOW_UP
    return row.appointment, ContactPurpose.RECALL if follows else ContactPurpose.REMINDER
