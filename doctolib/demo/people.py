"""Who works at the demo clinics, who runs the platform, and a patient."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.enums import Level, UserKind
from accounts.models import Organisation, PhoneDevice, Practitioner, Unit, UnitMember, User
from accounts.services import authenticators
from accounts.services.persons import create_owner
from appointments.enums import CalendarView, Colouring, ResourceKind
from appointments.models import Calendar, CalendarRight, Resource
from appointments.models.selections import ZOOMS
from appointments.services.selections import save_selection
from crypto import keyring
from doctolib.tenancy.scopes import organisation_scope

from . import clinics, erika

PASSWORD = "Termin-Demo-2026"  # printed on purpose: demo accounts exist only where `manage.py demo` was run


@dataclass(frozen=True)
class Colleague:
    """Someone who works at a demo clinic: an administrator, or a member of a unit."""

    email: str
    first_name: str
    last_name: str
    phone: str
    unit: str = ""  # slug
    is_administrator: bool = False


STAFF = {
    clinics.HOSPITAL.slug: (
        Colleague("leitung@lahnberg.example", "Birgit", "Sommer", "+4915228817301", is_administrator=True),
        Colleague("empfang@lahnberg.example", "Doris", "Lindner", "+4915228817302", unit="kardiologie"),
        Colleague("kaya@lahnberg.example", "Ayşe", "Kaya", "+4915228817303", unit="kardiologie"),
    ),
    clinics.PRACTICE.slug: (
        Colleague("empfang@schillerplatz.example", "Uta", "Schlüter", "+4915228817304", is_administrator=True),
    ),
}
SHOWN = (ResourceKind.CALENDAR, ResourceKind.ROOM)
PLATFORM = "support@platform.example"
AUTHENTICATOR = "DEMO" * 8  # its key, printed on purpose as the password is
PATIENT = ("erika@example.org", "+4915228817386")


def load() -> None:
    """Make the demo accounts. The clinics are there."""
    for slug, staff in STAFF.items():
        organisation = Organisation.objects.get(slug=slug)
        with organisation_scope(organisation, actor="demo"):
            for unit in Unit.objects.all():
                _give(unit, Calendar.objects.filter(unit=unit), Level.READ)
        for colleague in staff:
            _staff(organisation, colleague)
    with keyring.platform_keys():
        platform = User.objects.create_account(
            kind=UserKind.PLATFORM, email=PLATFORM, password=PASSWORD, is_staff=True, is_superuser=True
        )
        patient = User.objects.create_account(
            kind=UserKind.PATIENT, email=PATIENT[0], password=PASSWORD, contact={"phone": PATIENT[1]}
        )
    authenticators.add(platform, now=datetime.now(UTC), secret=AUTHENTICATOR, confirmed=True)
    person = create_owner(
        account_id=patient.pk,
        **erika.NAME,
        birth_date=erika.BIRTH_DATE,
        terms_version="2026-1",
        terms_accepted_at=datetime.now(UTC),
    )
    hospital = Organisation.objects.get(slug=clinics.HOSPITAL.slug)
    erika.settle(hospital, account_id=patient.pk, person_id=person, email=PATIENT[0], phone=PATIENT[1])


def logins() -> list[tuple[str, str, str]]:
    """(door, e-mail, password) of the demo accounts."""
    found = [("pro", each.email, PASSWORD) for staff in STAFF.values() for each in staff]
    return [*found, ("admin", PLATFORM, PASSWORD), ("www", PATIENT[0], PASSWORD)]


def platform_code(now: datetime) -> str:
    """What the authenticator app of the demo's platform account shows."""
    return authenticators.code_at(AUTHENTICATOR, now)


def _staff(organisation: Organisation, colleague: Colleague) -> None:
    """A practitioner has their own calendar in full and reads the unit's; the front desk books for the unit."""
    with keyring.platform_keys():
        user = User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email=colleague.email,
            password=PASSWORD,
            contact={"first_name": colleague.first_name, "last_name": colleague.last_name, "phone": colleague.phone},
            organisation=organisation,
            is_organisation_admin=colleague.is_administrator,
        )
    PhoneDevice.objects.create(user=user, name="sms")
    with organisation_scope(organisation, actor="demo"):
        own = Practitioner.objects.filter(first_name=colleague.first_name, last_name=colleague.last_name)
        is_practitioner = bool(own.update(user_id=user.pk))
        if not colleague.unit:
            return
        unit = Unit.objects.get(slug=colleague.unit)
        UnitMember.objects.create(unit=unit, user_id=user.pk)
        if is_practitioner:
            _give(user, Calendar.objects.filter(practitioner__user_id=user.pk), Level.FULL)
        else:
            _give(user, Calendar.objects.filter(unit=unit), Level.APPOINTMENTS)
            _selections(user, unit)


def _selections(user: User, unit: Unit) -> None:
    """What a front desk looks at: the unit's rooms beside who works in them, and a week of the first two."""
    doctors, rooms = ([each.pk for each in Resource.objects.filter(unit=unit, kind=kind)] for kind in SHOWN)
    for name, resources, view, shared in (
        ("Ultraschall mit Räumen", [*rooms, *doctors[:3]], CalendarView.DAY, unit),
        ("Arbeitswoche, zwei Ärzte", doctors[:2], CalendarView.WORK_WEEK, None),
    ):
        look = {"view": view, "zoom": ZOOMS[0], "colours": Colouring.REASON}
        save_selection(user=user, name=name, resource_ids=resources, unit=shared, **look)


def _give(holder: User | Unit, calendars: Iterable[Calendar], level: Level) -> None:
    who = {"unit": holder} if isinstance(holder, Unit) else {"user_id": holder.pk}
    CalendarRight.objects.bulk_create(CalendarRight(calendar=each, level=level, **who) for each in calendars)
