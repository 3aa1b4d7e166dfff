"""A clinic, its patients and a browser for tests of patients' pages. Import the fixtures you need by name."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from accounts.enums import UserKind
from accounts.models import Organisation, User
from accounts.services.persons import create_owner, link_clinic
from appointments.models import Appointment, Calendar, VisitReason
from crypto import keyring
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday, 9:00 in Berlin
TOMORROW_AT_NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass
class Clinic:
    """A published clinic with one unit, one calendar (weekdays 8 to 12) and one reason of 20 minutes."""

    organisation: Organisation
    calendar: Calendar
    reason: VisitReason

    @property
    def slug(self) -> str:
        return self.organisation.slug

    def url(self, path: str = "") -> str:
        return f"/{self.slug}/{path}"

    def value(self, starts_at: datetime = TOMORROW_AT_NINE) -> str:
        return f"{self.calendar.pk}@{starts_at.isoformat()}"

    def chosen(self, starts_at: datetime = TOMORROW_AT_NINE) -> dict[str, object]:
        """What a time button sends."""
        return {"reason": self.reason.pk, "calendar": "", "time": self.value(starts_at)}

    def appointments(self) -> list[tuple[UUID | None, datetime, str]]:
        """Person, start and status of all its appointments."""
        with organisation_scope(self.organisation):
            return list(Appointment.objects.order_by("starts_at").values_list("person_id", "starts_at", "status"))


def make_clinic(*, agreement: bool = True, **fields) -> Clinic:
    fields = {"name": "Klinikum Musterstadt", "phone": "030 23125 000", **fields}
    keyring.create_keys(keyring.PLATFORM_OWNER)
    organisation = factories.organisation(**fields)
    if agreement:
        factories.agreement(organisation)
    with organisation_scope(organisation):
        site = factories.site(access_de="Eingang ohne Stufen.")
        unit = factories.unit(name_de="Herzambulanz", name_en="Heart clinic", site=site)
        kaya = factories.practitioner(first_name="Selin", last_name="Kaya")
        calendar = factories.calendar(unit=unit, practitioner=kaya)
        reason = factories.reason(
            unit=unit, calendars=[calendar], name_de="Erstgespräch", name_en="First visit",
            instructions_de="Bitte bringen Sie Ihre Befunde mit.", instructions_en="Bring your findings.",
        )  # fmt: skip
        factories.hours(calendar, starts="08:00", ends="12:00")
    return Clinic(organisation, calendar, reason)


@dataclass
class Visitor:
    """A browser at the patients' door; signed in when ``user`` is given."""

    client: Client
    user: User | None = None
    person_id: UUID | None = None

    def get(self, url: str, **query):
        return self.client.get(url, query)

    def post(self, url: str, data: dict | None = None):
        return self.client.post(url, data or {})


def visitor(**headers: str) -> Visitor:
    return Visitor(Client(SERVER_NAME=settings.WWW_HOST.split(":")[0], **headers))


def signed_in(email: str = "ada@example.org", *, last_name: str = "Lovelace", clinic: Clinic | None = None) -> Visitor:
    """A patient with an account, known to a clinic or to none."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with quick, keyring.platform_keys():
        user = User.objects.create_account(
            kind=UserKind.PATIENT, email=email, password="ein langes Passwort", contact={"phone": "+4915228817386"}
        )
    person_id = create_owner(
        account_id=user.pk,
        first_name="Ada",
        last_name=last_name,
        birth_date=date(1985, 12, 10),
        terms_version="1",
        terms_accepted_at=NOW,
    )
    if clinic:
        link_clinic(user.pk, person_id, clinic.organisation.pk)
    browser = visitor()
    browser.client.force_login(user)
    browser.client.cookies["patient_session"] = browser.client.cookies[settings.SESSION_COOKIE_NAME].value
    return Visitor(browser.client, user, person_id)


def booked(clinic: Clinic, patient: Visitor, starts_at: datetime = TOMORROW_AT_NINE, **fields) -> Appointment:
    """An appointment of this patient at the clinic, with what it occupies."""
    with organisation_scope(clinic.organisation):
        record = factories.patient(person_id=patient.person_id)
        made = factories.appointment(
            clinic.calendar, clinic.reason, record, starts_at, person_id=patient.person_id, origin="online", **fields
        )
    link_clinic(patient.user.pk, patient.person_id, clinic.organisation.pk)
    return made


def text(response) -> str:
    """The page as it is read: no tags, single blanks."""
    main = re.search(r"<main[^>]*>(.*)</main>", response.content.decode(), re.DOTALL)
    assert main, response.content
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[1])).split())


def title(response) -> str:
    return response.content.decode().partition("<title>")[2].partition("</title>")[0]


def queries(call) -> int:
    """How many queries a call makes, over all connections. Called once before, so that caches are warm."""
    call()
    captured = [CaptureQueriesContext(connections[alias]) for alias in ("default", "pool", "dedicated")]
    for context in captured:
        context.__enter__()
    try:
        assert call().status_code == 200
    finally:
        for context in captured:
            context.__exit__(None, None, None)
    return sum(len(context) for context in captured)


@pytest.fixture
def at_nine(monkeypatch) -> datetime:
    """It is Monday, 23 November 2026, nine o'clock in Berlin; returns that instant. ``later`` moves on."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return NOW


@pytest.fixture
def clinic(db, at_nine) -> Clinic:
    return make_clinic()


@pytest.fixture
def ada(clinic) -> Visitor:
    return signed_in()


def wait(monkeypatch, minutes: int) -> datetime:
    """Let time pass."""
    later = timezone.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(timezone, "now", lambda: later)
    return later
