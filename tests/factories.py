"""A clinic for tests, row by row: each function makes one row with sensible values; name only what the test is about.

``organisation`` and ``agreement`` stand alone; everything else belongs to a clinic and is made inside a scope:

    clinic = factories.organisation()
    with organisation_scope(clinic):
        calendar = factories.calendar()
        reason = factories.reason(calendars=[calendar], duration=20)
        factories.hours(calendar, weekdays=[1, 2], starts="08:00", ends="12:00")
"""

import itertools
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from accounts.enums import Level
from accounts.models import Organisation, Practitioner, Site, TravelTime, Unit, UnitMember, User
from appointments.enums import OccupancyStatus, ResourceKind
from appointments.models import (
    Absence,
    Appointment,
    AppointmentChange,
    Calendar,
    CalendarReason,
    CalendarRight,
    Chain,
    Hold,
    Occupancy,
    OpeningHours,
    OpeningHoursReason,
    Prescription,
    Question,
    Reminder,
    RequiredResource,
    Requirement,
    Resource,
    Selection,
    SelectionCalendar,
    Series,
    VisitReason,
    WaitingEntry,
    WaitingOffer,
)
from appointments.selectors.slots import Slot
from appointments.services.staff.booking import book
from crypto import keyring
from doctolib.tenancy.scopes import support_scope
from patients.models import Document, Patient, PatientConsent
from retention.models import ProcessingAgreement

_numbers = itertools.count(1)
LONG_AGO = date(2000, 1, 1)


def organisation(**fields: Any) -> Organisation:
    """A clinic in Berlin with keys, without an agreement. ``database="dedicated"`` puts it into the second database."""
    number = next(_numbers)
    values = {
        "slug": f"clinic-{number}",
        "name": f"Klinik {number}",
        "kind": "hospital",
        "phone": "+49 30 5550100",
        "federal_state": "BE",
        **fields,
    }
    clinic = Organisation.objects.create(**values)
    keyring.create_keys(clinic.id)
    return clinic


def agreement(clinic: Organisation, **fields: Any) -> ProcessingAgreement:
    """An agreement in force: without one the database refuses patients and appointments."""
    values = {
        "version": "1.0",
        "signed_on": LONG_AGO,
        "signatory": "Dr. Ada Vertrag",
        "valid_from": datetime(2000, 1, 1, tzinfo=UTC),
        **fields,
    }
    with support_scope(clinic), keyring.lend(keyring.Access.sealing(clinic.id)):
        return ProcessingAgreement.objects.create(**values)


def site(**fields: Any) -> Site:
    values = {"name": "Haupthaus", "street": "Musterstraße 1", "postal_code": "10115", "city": "Berlin", **fields}
    return Site.objects.create(**values)


def travel(one: Site, other: Site, minutes: int) -> TravelTime:
    first, second = sorted([one, other], key=lambda each: each.pk)
    return TravelTime.objects.create(site=first, other=second, minutes=minutes)


def unit(**fields: Any) -> Unit:
    """A unit; its site is the clinic's first, made when there is none."""
    number = next(_numbers)
    values = {
        "slug": f"unit-{number}",
        "name_de": f"Ambulanz {number}",
        "name_en": f"Clinic {number}",
        "specialty": "ALLG",
        **fields,
    }
    values["site"] = values.get("site") or Site.objects.first() or site()
    return Unit.objects.create(**values)


def member(unit: Unit, user: User, **fields: Any) -> UnitMember:
    return UnitMember.objects.create(unit=unit, user_id=user.pk, **fields)


def practitioner(**fields: Any) -> Practitioner:
    values = {"title": "Dr.", "first_name": "Grace", "last_name": "Hopper", "specialty": "ALLG", **fields}
    return Practitioner.objects.create(**values)


def calendar(**fields: Any) -> Calendar:
    """A calendar of the clinic's first unit, without hours and reasons."""
    values = {"name": f"Sprechstunde {next(_numbers)}", **fields}
    values["unit"] = values.get("unit") or Unit.objects.first() or unit()
    values.setdefault("site", values["unit"].site)
    return Calendar.objects.create(kind=ResourceKind.CALENDAR, **values)


def room(**fields: Any) -> Resource:
    return _resource(ResourceKind.ROOM, "Raum", fields)


def device(**fields: Any) -> Resource:
    return _resource(ResourceKind.DEVICE, "Gerät", fields)


def reason(*, calendars: Iterable[Calendar] = (), **fields: Any) -> VisitReason:
    """A reason that these calendars offer: 20 minutes, every 20 minutes, without notice, unless said otherwise."""
    values = {"name_de": "Sprechstunde", "name_en": "Consultation", "duration": 20, "step": 20, "minimum_notice": 0}
    values |= fields
    values["unit"] = values.get("unit") or Unit.objects.first() or unit()
    made = VisitReason.objects.create(**values)
    for each in calendars:
        offer(each, made)
    return made


def offer(calendar: Calendar, reason: VisitReason, **fields: Any) -> CalendarReason:
    return CalendarReason.objects.create(calendar=calendar, reason=reason, **fields)


def right(calendar: Calendar, holder: User | Unit, level: Level) -> CalendarRight:
    """An entry for a person or for a unit."""
    who = {"unit": holder} if isinstance(holder, Unit) else {"user_id": holder.pk}
    return CalendarRight.objects.create(calendar=calendar, level=level, **who)


def selection(calendars: Iterable[Calendar], **fields: Any) -> Selection:
    """A saved selection of these calendars, in this order; somebody's own unless ``unit`` is given."""
    values = {"name": f"Auswahl {next(_numbers)}", "user_id": uuid.uuid4(), **fields}
    made = Selection.objects.create(**values)
    for position, each in enumerate(calendars):
        SelectionCalendar.objects.create(selection=made, resource=each, position=position)
    return made


def question(reason: VisitReason, **fields: Any) -> Question:
    return Question.objects.create(reason=reason, **{"text_de": "Haben Sie Allergien?", **fields})


def requirement(reason: VisitReason, alternatives: Iterable[Resource], *, name: str = "Raum", quantity: int = 1):
    """One of these resources (or ``quantity`` of them) must be free as well."""
    made = Requirement.objects.create(reason=reason, name=name, quantity=quantity)
    for each in alternatives:
        RequiredResource.objects.create(requirement=made, resource=each)
    return made


def hours(
    calendar: Calendar,
    *,
    weekdays: Iterable[int] = (1, 2, 3, 4, 5),
    starts: str | time = "08:00",
    ends: str | time = "16:00",
    reasons: Iterable[VisitReason] = (),
    share: int | None = None,
    **fields: Any,
) -> list[OpeningHours]:
    """A block of local time on each of these ISO weekdays, for these reasons (none: all) with this share of it each."""
    values = {"starts": _time(starts), "ends": _time(ends), "valid_from": LONG_AGO, **fields}
    blocks = [OpeningHours.objects.create(calendar=calendar, weekday=weekday, **values) for weekday in weekdays]
    for block, each in itertools.product(blocks, tuple(reasons)):
        OpeningHoursReason.objects.create(hours=block, reason=each, share=share)
    return blocks


def absence(resource: Resource, starts_at: datetime, ends_at: datetime, **fields: Any) -> Absence:
    return Absence.objects.create(resource=_plain(resource), starts_at=starts_at, ends_at=ends_at, **fields)


def busy(resource: Resource, starts_at: datetime, ends_at: datetime, **fields: Any) -> Occupancy:
    """Time that is taken without an appointment."""
    values = {"status": OccupancyStatus.BLOCKED, **fields}
    return Occupancy.objects.create(resource=_plain(resource), starts_at=starts_at, ends_at=ends_at, **values)


def hold(
    calendar: Calendar,
    reason: VisitReason,
    starts_at: datetime,
    *,
    expires_at: datetime,
    minutes: int = 20,
    occupies: bool = True,
) -> Hold:
    """A hold with its occupancy of the calendar."""
    ends_at = starts_at + timedelta(minutes=minutes)
    made = Hold.objects.create(
        token_hash=uuid.uuid4().bytes,
        calendar=calendar,
        reason=reason,
        starts_at=starts_at,
        ends_at=ends_at,
        expires_at=expires_at,
    )
    if occupies:
        fields = {"status": OccupancyStatus.HELD, "hold": made, "expires_at": expires_at, "reason": reason}
        busy(calendar, starts_at, ends_at, site_id=calendar.site_id, **fields)
    return made


def patient(**fields: Any) -> Patient:
    """A patient record. The clinic needs an agreement."""
    values = {
        "name": {
            "title": "",
            "first_name": "Änne",
            "last_name": "von Müller-Lüdenscheidt",
            "birth_date": "1961-02-03",
            "sex": "female",
        },
        "contact": {"phone": "+4915112345678", "email": "aenne@example.org"},
        **fields,
    }
    return Patient.objects.create(**values)


def appointment(
    calendar: Calendar, reason: VisitReason, patient: Patient, starts_at: datetime, **fields: Any
) -> Appointment:
    """A booked visit and its occupancy of the calendar (not of rooms and devices)."""
    values = {"ends_at": starts_at + timedelta(minutes=reason.duration), "origin": "staff", **fields}
    made = Appointment.objects.create(calendar=calendar, reason=reason, patient=patient, starts_at=starts_at, **values)
    busy(
        calendar,
        starts_at - timedelta(minutes=reason.buffer_before),
        made.ends_at + timedelta(minutes=reason.buffer_after),
        status=OccupancyStatus.BOOKED,
        appointment=made,
        person_id=made.person_id,
        reason=reason,
        site_id=calendar.site_id,
    )
    return made


def booked_by_staff(patient: Patient, slot: Slot, *, now: datetime) -> Appointment:
    """As the desk books: with its message and its line among the changes."""
    return book(slot=slot, patient=patient, user_id=uuid.uuid4(), now=now)[0]


def series(patient: Patient, **fields: Any) -> Series:
    """Every week at nine, four times; without its appointments."""
    rule = {"every": 1, "unit": "weeks", "weekdays": [1], "first_day": LONG_AGO, "count": 4}
    return Series.objects.create(patient=patient, **{**rule, "clock": time(9), **fields})


def chain(patient: Patient, **fields: Any) -> Chain:
    """A visit of several parts, without them."""
    return Chain.objects.create(patient=patient, **{"gap": 15, **fields})


def prescription(patient: Patient, **fields: Any) -> Prescription:
    """Six sessions, valid for a long time."""
    values = {"what": "Krankengymnastik", "sessions": 6, "a_week": 1, "issued_on": LONG_AGO, **fields}
    return Prescription.objects.create(patient=patient, **{"valid_until": date(2099, 12, 31), **values})


def change(appointment: Appointment, **fields: Any) -> AppointmentChange:
    """What a professional did to it, as the row of "undo" keeps it."""
    values = {"user_id": uuid.uuid4(), "kind": "status", "made_at": appointment.starts_at, "before": {}, "after": {}}
    return AppointmentChange.objects.create(
        appointment=appointment, **{**values, "from_version": 1, "version": 2, **fields}
    )


def document(patient: Patient, **fields: Any) -> Document:
    """The row of a document; its file is in no storage."""
    values = {
        "patient": patient,
        "person_id": patient.person_id,
        "kind": "other",
        "origin": "patient",
        "state": "ready",
        "details": {"name": "Befund.pdf", "type": "application/pdf", "size": 1000},
        "file_key": b"wrapped",
        "storage_name": f"{patient.organisation_id.hex}/{next(_numbers)}",
        **fields,
    }
    return Document.objects.create(**values)


def waiting(patient: Patient, reason: VisitReason, **fields: Any) -> WaitingEntry:
    """An entry of the waiting list: any time, with anyone."""
    values = {"from_day": LONG_AGO, "joined_at": datetime(2026, 11, 1, tzinfo=UTC), **fields}
    return WaitingEntry.objects.create(patient=patient, person_id=patient.person_id, reason=reason, **values)


def consent(patient: Patient, purpose: str = "reminder", channel: str = "sms", **fields: Any) -> PatientConsent:
    values = {"source": "patient", "given_at": patient.created_at, **fields}
    return PatientConsent.objects.create(patient=patient, purpose=purpose, channel=channel, **values)


def reminder(appointment: Appointment, **fields: Any) -> Reminder:
    """A reminder that was queued a day before."""
    starts_at = appointment.starts_at
    values = {"amount": 24, "unit": "hours", "channel": "sms", "queued_at": starts_at - timedelta(days=1), **fields}
    return Reminder.objects.create(appointment=appointment, starts_at=starts_at, **values)


def offer_of(
    entry: WaitingEntry, calendar: Calendar, starts_at: datetime, *, expires_at: datetime, **fields: Any
) -> WaitingOffer:
    """A row of an offer alone, without the hold that keeps its time."""
    ends_at = starts_at + timedelta(minutes=entry.reason.duration)
    values = {"made_at": datetime(2026, 11, 1, tzinfo=UTC), "ends_at": ends_at, **fields}
    return WaitingOffer.objects.create(
        entry=entry,
        person_id=entry.person_id,
        calendar=calendar,
        starts_at=starts_at,
        expires_at=expires_at,
        **values,
    )


def _resource(kind: ResourceKind, name: str, fields: dict[str, Any]) -> Resource:
    values = {"name": f"{name} {next(_numbers)}", **fields}
    values["site"] = values.get("site") or Site.objects.first() or site()
    return Resource.objects.create(kind=kind, **values)


def _plain(resource: Resource) -> Resource:
    """The resource itself where a calendar was given: a foreign key to Resource does not take the proxy's instances."""
    return (
        Resource(pk=resource.pk, organisation_id=resource.organisation_id) if type(resource) is Calendar else resource
    )


def _time(value: str | time) -> time:
    return value if isinstance(value, time) else time.fromisoformat(value)
