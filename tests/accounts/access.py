"""A clinic with professionals at known addresses, and what became of it."""

from django.conf import settings
from django.test import Client

from accounts.enums import KIND_OF_DOOR, UserKind
from accounts.models import AccessZone, Connection, Organisation, User
from accounts.services.zones import ZoneDetails, add_zone
from crypto import keyring
from doctolib.audit.models import AuditEvent
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.accounts.conftest import PASSWORD
from tests.pro import know

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
CLINIC_NETWORK = "203.0.113.0/24"


def clinic(**fields) -> Organisation:
    keyring.create_keys(keyring.PLATFORM_OWNER)
    return factories.organisation(name="Klinik am See", **fields)


def member(organisation: Organisation, name: str = "Ada", *, admin: bool = False, **fields) -> User:
    with keyring.platform_keys():
        return User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email=f"{name.lower()}@example.org",
            password=PASSWORD,
            organisation=organisation,
            contact={"first_name": name, "last_name": "Kaya"},
            is_organisation_admin=admin,
            **fields,
        )


def browser(address: str = HERE, *, door: str = "pro", agent: str = "") -> Client:
    host = {"pro": settings.PRO_HOST, "www": settings.WWW_HOST}[door]
    extra = {"HTTP_USER_AGENT": agent} if agent else {}
    return Client(HTTP_HOST=host, HTTP_ACCEPT_LANGUAGE="de", REMOTE_ADDR=address, **extra)


def sign_in(client: Client, name: str = "Ada", password: str = PASSWORD, **query: str):
    return client.post("/account/sign-in/", {"email": f"{name.lower()}@example.org", "password": password})


def signed_in(name: str = "Ada", address: str = HERE, **options) -> Client:
    """In a browser that is known: no second factor is asked."""
    client = browser(address, **options)
    with keyring.platform_keys():
        know(client, User.objects.with_email(KIND_OF_DOOR[options.get("door", "pro")], f"{name.lower()}@example.org"))
    assert sign_in(client, name).status_code == 302
    return client


def zone(by: User, *networks: str, name: str = "Haupthaus", members: tuple[User, ...] = ()) -> AccessZone:
    """A zone for these members, or for everybody; whatever it locks is confirmed."""
    details = ZoneDetails(name, networks, not members, frozenset(member.pk for member in members))
    with organisation_scope(by.organisation, actor=by.actor):
        return add_zone(details, by=by, address=None, confirmed=True)


def outcomes(user: User) -> list[str]:
    return list(Connection.objects.filter(user=user).order_by("at").values_list("outcome", flat=True))


def trail(organisation: Organisation) -> list[tuple[str, str]]:
    """Actor and action of what was done, oldest first."""
    with organisation_scope(organisation):
        return list(AuditEvent.objects.order_by("at").values_list("actor", "action"))
