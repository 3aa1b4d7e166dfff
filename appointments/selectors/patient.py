"""A patient's own appointments, over all clinics they are linked to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.db.models import Model, Q, QuerySet

from accounts.enums import ConsentPurpose
from accounts.models import ClinicLink, Organisation, User
from accounts.selectors import PersonView, person_view, persons_at
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, VisitReason
from crypto import keyring
from doctolib import prepared
from doctolib.tenancy.scopes import patient_scope, person_scope
from patients.models import Patient

from .changes import Changes, changes_of
from .visits import FollowUp, follow_up_window, follow_ups_after, limits_and_visits
from .waiting_pages import EntryView, entries_of

AHEAD = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT)
OVER = (AppointmentStatus.DONE, AppointmentStatus.NO_SHOW)
PAST = timedelta(days=3 * 365 + 1)  # how far back the list goes
MOST_COMING, MOST_PAST = 100, 300  # of one person at one clinic
CONSENT_TO_PAST = f"""
SELECT EXISTS (SELECT FROM accounts_accountconsent
               WHERE purpose = '{ConsentPurpose.PAST_APPOINTMENTS}' AND withdrawn_at IS NULL)"""


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """What a patient sees of an appointment. Times are aware instants; ``time_zone`` is the clinic's."""

    id: UUID
    organisation: Organisation
    calendar_id: int
    practitioner: str
    unit_name: str
    unit_slug: str
    site_name: str
    address: str
    access: str
    reason_id: int
    reason_name: str
    instructions: str
    referral: str  # enums.Referral
    starts_at: datetime
    ends_at: datetime
    status: str
    begun: bool
    over: bool  # shown with the owner's consent only
    moves: int
    changes: Changes  # what may be changed online, and until when
    follow_up: FollowUp | None  # what may be booked after it
    for_whom: str = ""  # a relative's name; empty for the account's owner

    @property
    def day(self) -> date:
        """The clinic's local day."""
        return self.starts_at.astimezone(self.organisation.zone).date()

    @property
    def cancelled(self) -> bool:
        return self.status == AppointmentStatus.CANCELLED

    @property
    def changeable(self) -> bool:
        return self.status == AppointmentStatus.BOOKED and not self.begun


@dataclass(slots=True)
class MyAppointments:
    """What an account's persons have at all clinics that answered. ``past`` is None without the owner's consent."""

    coming: list[AppointmentView] = field(default_factory=list)  # the next one first
    past: list[AppointmentView] | None = None  # the latest first
    waiting: list[EntryView] = field(default_factory=list)  # what they wait for, the oldest first
    away: list[Organisation] = field(default_factory=list)
    clinics: list[Organisation] = field(default_factory=list)  # all of them

    def days(self) -> list[tuple[date, list[AppointmentView]]]:
        """The coming ones by the clinics' local day."""
        in_order = sorted(self.coming, key=lambda view: (view.day, view.starts_at))
        return [(day, list(views)) for day, views in groupby(in_order, key=lambda view: view.day)]


def person_of(
    user: User, organisation: Organisation, row_id: UUID | None = None, *, model: type[Model] = Appointment
) -> PersonView | None:
    """The person of this account whose appointment (or other row) this is; without one, the owner before relatives.

    None when nobody of the account is linked to the organisation. A row that is none of theirs is found to be
    nobody's in the scope of whoever is returned.
    """
    persons = persons_at(user.pk, organisation.pk)
    if row_id is None or len(persons) < 2:
        return persons[0] if persons else None
    for person in persons:
        with patient_scope(organisation, person.id, actor=user.actor):
            if model._default_manager.filter(pk=row_id).exists():
                return person
    return persons[0]


def person_at(user: User, organisation: Organisation, appointment_id: UUID | None = None) -> UUID | None:
    """As ``person_of``, the id alone."""
    person = person_of(user, organisation, appointment_id)
    return person and person.id


def invited_reasons(user: User | AnonymousUser, organisation: Organisation, *, now: datetime) -> frozenset[int]:
    """Reasons that someone of this account may book as a follow-up, today or later: ids. Not signed in: none.

    Read from the records that are linked to the account's persons, staff's bookings included.
    """
    if not user.is_authenticated:
        return frozenset()
    found: set[int] = set()
    for person in persons_at(user.pk, organisation.pk):
        with patient_scope(organisation, person.id, actor=user.actor):
            found |= _invitations(person, organisation.zone, now)
    return frozenset(found)


def _invitations(person: PersonView, zone: ZoneInfo, now: datetime) -> set[int]:
    leading = list(VisitReason.objects.filter(follow_up__isnull=False))
    records = Patient.objects.filter(person_id=person.id).values_list("pk", flat=True) if leading else []
    visits = [visit for record in records for visit in limits_and_visits(record)[1]]
    today = now.astimezone(zone).date()
    return {window.reason_id for window in follow_ups_after(visits, leading, zone, now) if window.last_day >= today}


def my_appointments(user: User, *, now: datetime) -> MyAppointments:
    """Appointments of all persons of this account at all clinics. A clinic whose database is away is named instead."""
    links, with_past = _links(user)
    mine = MyAppointments(past=[] if with_past else None, clinics=[organisation for organisation, _persons in links])
    for organisation, persons in links:
        try:
            for person in persons:
                with patient_scope(organisation, person.id, actor=user.actor):
                    mine.coming += _views(_coming(person, now), organisation, person, now)
                    if mine.past is not None:
                        mine.past += _views(_past(person, now), organisation, person, now)
                    mine.waiting += entries_of(organisation, person, now=now)
        except (OperationalError, InterfaceError):
            mine.away.append(organisation)
    mine.coming.sort(key=lambda view: view.starts_at)
    mine.waiting.sort(key=lambda view: view.joined_at)
    if mine.past:
        mine.past.sort(key=lambda view: view.starts_at, reverse=True)
    return mine


def _links(user: User) -> tuple[list[tuple[Organisation, list[PersonView]]], bool]:
    """The clinics of this account's persons with who of them is linked there, and whether the owner allows to show what
    is past. One message to the database, and one for the clinics."""
    keyring.warm(keyring.PLATFORM_OWNER)
    persons: dict[UUID, list[PersonView]] = {}
    with person_scope(user.pk, actor=user.actor) as scope:
        allowed = prepared.ask(CONSENT_TO_PAST, using=scope.database)
        for link in prepared.fetch(ClinicLink, "true ORDER BY this.id", [], related="person", ends=True):
            persons.setdefault(link.organisation_id, []).append(person_view(link.person))
    ((with_past,),) = allowed.rows()
    clinics = prepared.fetch(Organisation, "id = ANY ($1) ORDER BY name", [list(persons)]) if persons else []
    return [(clinic, persons[clinic.pk]) for clinic in clinics], with_past


def _coming(person: PersonView, now: datetime) -> QuerySet[Appointment]:
    ahead = _with_set_up().filter(person_id=person.id, ends_at__gt=now, status__in=AHEAD)
    return ahead.order_by("starts_at")[:MOST_COMING]


def _past(person: PersonView, now: datetime) -> QuerySet[Appointment]:
    over = Q(ends_at__lte=now) | Q(status__in=OVER)
    past = _with_set_up().filter(over, person_id=person.id, starts_at__gte=now - PAST)
    return past.order_by("-starts_at")[:MOST_PAST]


def _views(
    found: QuerySet[Appointment], organisation: Organisation, person: PersonView, now: datetime
) -> Iterator[AppointmentView]:
    for_whom = "" if person.is_owner else person.name
    return (view_of(appointment, organisation, now=now, for_whom=for_whom) for appointment in found)


def appointment_view(
    appointment_id: UUID, organisation: Organisation, *, now: datetime, for_whom: str = ""
) -> AppointmentView | None:
    """One appointment; inside the patient's own scope, so a stranger's id is None."""
    appointment = _with_set_up().filter(pk=appointment_id).first()
    return appointment and view_of(appointment, organisation, now=now, for_whom=for_whom)


def view_of(
    appointment: Appointment, organisation: Organisation, *, now: datetime, for_whom: str = ""
) -> AppointmentView:
    calendar = appointment.calendar
    return AppointmentView(
        id=appointment.pk,
        organisation=organisation,
        calendar_id=calendar.pk,
        practitioner=str(calendar.practitioner or calendar.name),
        unit_name=calendar.unit.name,
        unit_slug=calendar.unit.slug,
        site_name=calendar.site.name,
        address=calendar.site.address,
        access=calendar.site.access,
        reason_id=appointment.reason_id,
        reason_name=appointment.reason.name,
        instructions=appointment.reason.instructions,
        referral=appointment.reason.referral,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=appointment.status,
        begun=appointment.starts_at <= now,
        over=appointment.ends_at <= now or appointment.status in OVER,
        moves=appointment.moves,
        for_whom=for_whom,
        changes=changes_of(appointment),
        follow_up=follow_up_window(appointment, zone=organisation.zone, now=now),
    )


def _with_set_up():
    return Appointment.objects.select_related(
        "reason", "calendar", "calendar__unit", "calendar__site", "calendar__practitioner"
    )
