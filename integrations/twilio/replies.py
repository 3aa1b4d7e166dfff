"""What patients answer to a text.

A sender's number can be forged, and a family shares one: so a text may only cancel where there is nothing to choose,
and every other answer is the same, whether we know the number or not.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.throttling import Limit, give_back, key_of, take
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from appointments.selectors.changes import changes_of
from appointments.services.booking import BookingRefused, cancel_appointment
from appointments.services.changing import cancel_refusal
from crypto import keyring
from crypto.tokens import blind_token
from doctolib.hosts import address
from doctolib.tenancy.scopes import organisation_scope
from doctolib.tenancy.tenants import UnknownTenant, tenant
from integrations.twilio.numbers import organisations_that_wrote_to
from patients.enums import Channel, ConsentSource, TokenKind
from patients.models import Patient
from patients.services.consents import withdraw_channel

# The words that cancel, and the language of whoever uses them.
CANCEL = {"ABSAGE": "de", "ABSAGEN": "de", "CANCEL": "en"}
STOP = {"STOP", "STOPP", "ENDE"}  # no more reminders by text message
REPEATED = timedelta(days=2)  # longer than Twilio repeats a request
HELP_AGAIN = timedelta(days=1)


def answer(*, sid: str, number: str, text: str, now: datetime) -> str:
    """Do what a text asks for, once; what to answer, empty for nothing.

    ``sid``: Twilio's id of the text, the same when it is told again. Raises what a database that is away raises; the
    text then counts as not told.
    """
    once = Limit(key_of("sms-reply", sid), 1, REPEATED)
    if not take(once.key, limit=once.limit, window=once.window, now=now):
        return ""
    try:
        return _answered(number, text.strip(" .!\r\n\t").upper(), now=now)
    except Exception:
        give_back([once])
        raise


def _answered(number: str, word: str, *, now: datetime) -> str:
    if word in CANCEL:
        # The clinic's own message says that it is cancelled.
        return "" if _cancel_the_only_one(number, now=now) else _help(CANCEL[word])
    if word in STOP:
        _stop_reminders(number, now=now)
        return _stopped(settings.LANGUAGE_CODE)
    helped = take(key_of("sms-help", number), limit=1, window=HELP_AGAIN, now=now)
    return _help(settings.LANGUAGE_CODE) if helped else ""


def _help(language: str) -> str:
    with translation.override(language):
        link = address("www", "/my/appointments/")
        return _("Nobody reads this number. See, move or cancel your appointments: %(link)s") % {"link": link}


def _stopped(language: str) -> str:
    """The same for everybody, so it tells nobody whose number this is."""
    with translation.override(language):
        return _("You get no more reminders by text message. We still confirm what you book, move or cancel.")


def _stop_reminders(number: str, *, now: datetime) -> None:
    """Whoever has this number at a clinic that wrote to it allows no more reminders and invitations by SMS."""
    for organisation in _that_wrote_to(number, now=now):
        keyring.warm(organisation.id)
        with organisation_scope(organisation, actor="sms"):
            token = blind_token("phone", number, owner=organisation.id)
            of_number = {"tokens__kind": TokenKind.PHONE, "tokens__token": token}
            for patient in Patient.objects.filter(organisation_id=organisation.id, **of_number).distinct():
                withdraw_channel(patient=patient, channel=Channel.SMS, source=ConsentSource.PATIENT, now=now)


def _that_wrote_to(number: str, *, now: datetime) -> list[Any]:
    return [found for one in organisations_that_wrote_to(number, now=now) if (found := _tenant(one))]


def _cancel_the_only_one(number: str, *, now: datetime) -> bool:
    """Whether there was exactly one coming appointment, of which the clinic lets patients dispose."""
    organisations = _that_wrote_to(number, now=now)
    coming = [(one, appointment_id) for one in organisations for appointment_id in _coming(one, number, now=now)]
    return len(coming) == 1 and _cancel(*coming[0], now=now)


def _tenant(organisation_id: UUID) -> Any:
    try:
        return tenant(id=organisation_id)
    except UnknownTenant:  # left since
        return None


def _coming(organisation: Any, number: str, *, now: datetime) -> list[UUID]:
    keyring.warm(organisation.id)
    with organisation_scope(organisation, actor="sms"):
        token = blind_token("phone", number, owner=organisation.id)
        known = {"patient__tokens__kind": TokenKind.PHONE, "patient__tokens__token": token}
        found = _booked(organisation).filter(starts_at__gt=now, **known)
        return list(found.values_list("pk", flat=True).distinct()[:2])


def _cancel(organisation: Any, appointment_id: UUID, *, now: datetime) -> bool:
    """As patients may: not when it is too late for them, and not when it has changed meanwhile."""
    with organisation_scope(organisation, actor="sms"):
        locked = _booked(organisation).select_for_update(of=("self",), no_key=True).select_related("reason")
        appointment = locked.filter(pk=appointment_id).first()
        if appointment is None or cancel_refusal(changes_of(appointment), now=now):
            return False
        try:
            cancel_appointment(appointment=appointment, now=now)
        except BookingRefused:
            return False
    return True


def _booked(organisation: Any) -> QuerySet[Appointment]:
    return Appointment.objects.filter(organisation_id=organisation.id, status=AppointmentStatus.BOOKED)
