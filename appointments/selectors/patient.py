"""A patient's own appointments, over all clinics they are linked to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import ClinicLink, Organisation, Person, User
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctolib.tenancy.scopes import patient_scope, person_scope


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
    starts_at: datetime
    ends_at: datetime
    status: str
    begun: bool
    moves: int

    @property
    def cancelled(self) -> bool:
        return self.status == AppointmentStatus.CANCELLED

    @property
    def changeable(self) -> bool:
        return self.status == AppointmentStatus.BOOKED and not self.begun


def clinics_of(user: User) -> list[tuple[UUID, UUID]]:
    """(organisation, person) pairs this account is linked to."""
    with person_scope(user.pk, actor=user.actor):
        return list(ClinicLink.objects.order_by("pk").values_list("organisation_id", "person_id"))


def person_at(user: User, organisation: Organisation) -> UUID | None:
    """The person of this account that is linked to the organisation; the owner before relatives."""
    with person_scope(user.pk, actor=user.actor):
        linked = ClinicLink.objects.filter(organisation_id=organisation.pk).values("person_id")
        return (
            Person.objects.filter(pk__in=linked)
            .order_by("-is_owner", "created_at")
            .values_list("pk", flat=True)
            .first()
        )


def my_appointments(user: User, *, now: datetime) -> list[AppointmentView]:
    """Coming appointments of all persons of this account, at all clinics, in order of time."""
    links = clinics_of(user)
    organisations = Organisation.objects.in_bulk({organisation for organisation, _person in links})
    found: list[AppointmentView] = []
    for organisation_id, person_id in links:
        if organisation := organisations.get(organisation_id):
            with patient_scope(organisation, person_id, actor=user.actor):
                coming = _with_set_up().filter(person_id=person_id, ends_at__gt=now)
                coming = coming.exclude(status=AppointmentStatus.CANCELLED).order_by("starts_at")[:100]
                found += [view_of(appointment, organisation, now=now) for appointment in coming]
    return sorted(found, key=lambda view: view.starts_at)


def appointment_view(appointment_id: UUID, organisation: Organisation, *, now: datetime) -> AppointmentView | None:
    """One appointment; inside the patient's own scope, so a stranger's id is None."""
    appointment = _with_set_up().filter(pk=appointment_id).first()
    return appointment and view_of(appointment, organisation, now=now)


def view_of(appointment: Appointment, organisation: Organisation, *, now: datetime) -> AppointmentView:
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
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=appointment.status,
        begun=appointment.starts_at <= now,
        moves=appointment.moves,
    )


def _with_set_up():
    return Appointment.objects.select_related(
        "reason", "calendar", "calendar__unit", "calendar__site", "calendar__practitioner"
    )
