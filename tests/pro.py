"""For tests of the clinic staff's door: a clinic with a professional, and their browser."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import verified
from accounts.enums import Factor, UserKind
from accounts.models import Organisation, User
from accounts.services import devices
from accounts.sessions import SessionStore
from appointments.models import Calendar, VisitReason
from crypto import keyring
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # 9 o'clock in Berlin


def user(kind: UserKind, *, organisation: Organisation | None = None, **fields: Any) -> User:
    """An account that signs in without a password (``client_of``)."""
    keyring.create_keys(keyring.PLATFORM_OWNER)
    made = User(kind=kind, organisation=organisation, login_token=uuid.uuid4().hex, **fields)
    made.contact = {"email": f"{made.pk}@example.org", "first_name": "Ute", "last_name": "Empfang"}
    made.set_unusable_password()
    with keyring.platform_keys():
        made.save()
    return made


def client_of(account: User | None, *, door: str = "pro") -> Client:
    """A browser at a door, signed in there as this account, which gave a second factor just now."""
    host = {"pro": settings.PRO_HOST, "www": settings.WWW_HOST, "admin": settings.ADMIN_HOST}[door]
    client = Client(headers={"host": host, "accept-language": "de"}, **{"wsgi.url_scheme": "https"})
    if account:
        client.force_login(account)
        session = client.session
        session[verified.GIVEN], session[verified.GIVEN_AT] = str(Factor.APP), timezone.now().timestamp()
        session.save()
        client.cookies[settings.DOOR_SESSION_COOKIES[door]] = client.cookies.pop(settings.SESSION_COOKIE_NAME).value
    return client


def know(client: Client, account: User) -> None:
    """This browser is one in which the account gave a second factor before."""
    request = RequestFactory().get("/")
    now = timezone.now()
    client.cookies[devices.cookie_name(account)] = devices.remember(request, account, Factor.APP, now=now)


def met(client: Client) -> Client:
    """This browser's session at the pro door gave a second factor just now."""
    session = SessionStore(client.cookies[settings.DOOR_SESSION_COOKIES["pro"]].value)
    session[verified.GIVEN], session[verified.GIVEN_AT] = str(Factor.APP), timezone.now().timestamp()
    session.save()
    return client


def stale(client: Client) -> Client:
    """The second factor of this browser's session at the pro door was given too long ago for what matters."""
    session = SessionStore(client.cookies[settings.DOOR_SESSION_COOKIES["pro"]].value)
    session[verified.GIVEN_AT] -= 11 * 60
    session.save()
    return client


@dataclass
class Clinic:
    """A clinic with one calendar, one reason and one professional, who is signed in: an administrator."""

    organisation: Organisation
    calendar: Calendar
    reason: VisitReason
    professional: User
    client: Client
    made: list[Any] = field(default_factory=list)

    def scope(self):
        return organisation_scope(self.organisation)

    def book(self, starts_at: datetime = MONDAY, **fields: Any):
        """An appointment of a new patient in the clinic's calendar."""
        with self.scope():
            calendar = fields.pop("calendar", self.calendar)
            patient = fields.pop("patient", None) or factories.patient(**fields.pop("record", {}))
            return factories.appointment(calendar, self.reason, patient, starts_at, **fields)

    def fill(self, count: int, starts_at: datetime = MONDAY) -> None:
        """As many appointments as that, earlier calls counted in: seven days from a Monday on, five minutes each."""
        for number in range(len(self.made), count):
            at = starts_at + timedelta(days=number % 7, minutes=5 * (number // 7))
            self.made.append(self.book(at, ends_at=at + timedelta(minutes=5)))


def clinic(**fields: Any) -> Clinic:
    organisation = factories.organisation(**fields)
    factories.agreement(organisation)
    with organisation_scope(organisation):
        calendar = factories.calendar(name="Sprechstunde Dr. Kaya", practitioner=factories.practitioner())
        reason = factories.reason(calendars=[calendar], name_de="Erstgespräch", code="EG", duration=20)
        factories.hours(calendar)
    professional = user(UserKind.PROFESSIONAL, organisation=organisation, is_organisation_admin=True)
    return Clinic(organisation, calendar, reason, professional, client_of(professional))
