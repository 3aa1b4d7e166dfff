"""One row of every isolated model: a model that is added without a maker fails test_two_tenants."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from accounts.enums import Level
from accounts.models import (
    AccountConsent,
    ClinicLink,
    Person,
    ProfileDraft,
    ProfilePhoto,
    PublishedProfile,
    TermsAcceptance,
    UnitMember,
)
from appointments.enums import OccupancyStatus
from appointments.models import (
    BookingRules,
    FreedTime,
    MessageSettings,
    MessageText,
    Notice,
    Occupancy,
    PaletteUse,
    Question,
    Recall,
    ReminderRule,
    ReminderSettings,
    SelectionDefault,
)
from doctolib import audit
from doctolib.audit.models import AuditEvent, AuditSeal
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from patients.enums import TokenKind
from patients.models import PatientToken
from tests import factories

MORNING = datetime(2026, 11, 26, 8, tzinfo=UTC)


def fill(organisation, *, person_id=None) -> dict[str, object]:
    """A row of each tenant model in this organisation, by model label."""
    agreement = factories.agreement(organisation)
    with organisation_scope(organisation, actor="test"):
        calendar, room = factories.calendar(), factories.room()
        practitioner = factories.practitioner()
        reason = factories.reason(calendars=[calendar])
        requirement = factories.requirement(reason, [room])
        (hours,) = factories.hours(calendar, weekdays=[4], reasons=[reason])
        hold = factories.hold(calendar, reason, MORNING, expires_at=MORNING)
        patient = factories.patient(person_id=person_id)
        appointment = factories.appointment(
            calendar, reason, patient, MORNING + timedelta(hours=1), person_id=person_id
        )
        audit.record("test.done", appointment, about=patient, details={"note": "x"})
        event = AuditEvent.objects.get()
        rows = [
            agreement,
            calendar.site,
            calendar.unit,
            practitioner,
            calendar,
            reason,
            reason.offers.get(),
            requirement,
            requirement.alternatives.get(),
            hours,
            hours.allowed.get(),
            factories.absence(room, MORNING, MORNING + timedelta(hours=1), note="Wartung"),
            hold,
            patient,
            PatientToken.objects.create(patient=patient, kind=TokenKind.PHONE, token=b"\0" * 16),
            factories.document(patient),
            appointment,
            Occupancy.objects.get(status=OccupancyStatus.BOOKED),
            event,
            AuditSeal.objects.create(sequence=0, event_id=event.pk, mac=b"\0" * 32, **_version(AuditSeal)),
            _subject_key(),
            OutboxMessage.objects.create(kind="test", about=str(appointment.pk), payload={"note": "x"}),
            factories.travel(calendar.site, factories.site(name="Nebenhaus"), 20),
            Question.objects.create(reason=reason, text_de="Nehmen Sie Medikamente?"),
            BookingRules.objects.create(most_a_day=2),
            UnitMember.objects.create(unit=calendar.unit, user_id=uuid4()),
            factories.right(calendar, calendar.unit, Level.READ),
            (entry := factories.waiting(patient, reason)),
            factories.offer_of(entry, calendar, MORNING + timedelta(hours=2), expires_at=MORNING),
            FreedTime.objects.create(resource_id=room.pk, starts_at=MORNING),
            factories.consent(patient),
            ReminderSettings.objects.create(),
            ReminderRule.objects.create(position=0, amount=24, unit="hours", channel="sms"),
            factories.reminder(appointment),
            Recall.objects.create(visit=appointment, queued_at=MORNING),
            factories.series(patient),
            factories.chain(patient),
            factories.prescription(patient),
            factories.change(appointment),
            (selection := factories.selection([calendar])),
            selection.places.get(),
            SelectionDefault.objects.create(selection=selection, user_id=selection.user_id),
            PaletteUse.objects.create(user_id=selection.user_id, patient=patient, used_at=MORNING),
            (photo := ProfilePhoto.objects.create(content=b"jpeg", width=1, height=1, is_public=True)),
            ProfileDraft.objects.create(unit=calendar.unit, changed_at=MORNING, changed_by=uuid4()),
            PublishedProfile.objects.create(photo=photo, published_at=MORNING),
            MessageText.objects.create(kind="waiting.offered", channel="sms", language="de", body="{Link}"),
            MessageSettings.objects.create(),
            Notice.objects.create(
                kind="check_in", appointment=appointment, starts_at=appointment.starts_at, queued_at=MORNING
            ),
        ]
    return {type(row)._meta.concrete_model._meta.label: row for row in rows}


def fill_account(user) -> dict[str, object]:
    """A row of each person model of this account. Inside its person scope."""
    person = Person.objects.create(is_owner=True, identity={"first_name": "Ada", "last_name": "Ä"})
    rows = [
        person,
        ClinicLink.objects.create(person=person, organisation_id=user.pk),
        TermsAcceptance.objects.create(document="terms", version="1", accepted_at=MORNING),
        AccountConsent.objects.create(purpose="past_appointments", version="1", given_at=MORNING),
    ]
    return {type(row)._meta.label: row for row in rows}


def _version(model) -> dict[str, int]:
    names = {field.name for field in model._meta.fields}
    return {name: 1 for name in ("key_version", "form") if name in names}


def _subject_key():
    from doctolib.audit.models import SubjectKey

    return SubjectKey.objects.get()
