"""The platform's own people: from where, as what, and what is kept of what they did."""

import io
from ipaddress import ip_network

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuthenticatorDevice, KnownDevice, Organisation, PhoneDevice, User
from accounts.services import authenticators
from accounts.services.roles import ROLES, give_roles
from doctolib.audit.models import AuditEvent
from doctolib.audit.platform import PLATFORM
from doctolib.audit.tasks import seal_all
from doctolib.outbox.models import PlatformMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.admin.conftest import choose, platform_account
from tests.admin.tools import platform_trail
from tests.pro import client_of, know

pytestmark = pytest.mark.django_db
INSIDE, OUTSIDE = "192.0.2.7", "198.51.100.7"


@pytest.fixture
def networks(settings):
    settings.PLATFORM_NETWORKS = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/48"))


# From where


@pytest.mark.parametrize("path", ["/", "/login/", "/account/sign-in/code/", "/health/live", "/no/such/page/"])
def test_the_door_is_shut_from_outside_before_anybody_signs_in(networks, admin, path):
    answers = [client.get(path, REMOTE_ADDR=OUTSIDE) for client in (admin, client_of(None, door="admin"))]

    assert [(answer.status_code, answer.content) for answer in answers] == [(403, b"403 Forbidden\n")] * 2


@pytest.mark.parametrize("address", [INSIDE, "2001:db8::7", f"::ffff:{INSIDE}"])
def test_it_opens_from_the_platforms_networks(networks, admin, address):
    assert admin.get("/", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize("address", ["", "unix:", "2001:db8:1::7", f"::ffff:{OUTSIDE}"])
def test_whatever_else_it_is_it_stays_shut(networks, admin, address):
    assert admin.get("/", REMOTE_ADDR=address).status_code == 403


def test_what_a_client_says_of_its_address_opens_nothing(networks, settings, admin):
    said = {"REMOTE_ADDR": OUTSIDE, "HTTP_X_FORWARDED_FOR": INSIDE}
    assert admin.get("/", **said).status_code == 403
    settings.TRUSTED_PROXIES = 1  # ours wrote the last one
    assert admin.get("/", **{**said, "HTTP_X_FORWARDED_FOR": f"{INSIDE}, {OUTSIDE}"}).status_code == 403
    assert admin.get("/", **said).status_code == 200


def test_the_other_doors_stay_open(networks):
    for door in ("www", "pro"):
        assert client_of(None, door=door).get("/account/sign-in/", REMOTE_ADDR=OUTSIDE).status_code == 200


# As what


@pytest.fixture
def pages(filled) -> dict[str, str]:
    return {
        "organisations": "/accounts/organisation/",
        "new organisation": "/accounts/organisation/add/",
        "accounts": "/accounts/user/",
        "patients": "/patients/patient/",
        "appointments": "/appointments/appointment/",
        "sites": "/accounts/site/",
        "agreements": "/retention/processingagreement/",
        "messages": "/outbox/platformmessage/",
    }


OPEN = {
    "customer_success": {"organisations", "new organisation", "accounts", "sites", "agreements"},
    "support": {"organisations", "accounts", "patients", "appointments", "sites"},
    "security": {"organisations", "accounts"},
    "operations": {"organisations", "messages"},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("database", ["pool"], indirect=True)
def test_a_role_opens_what_its_work_needs_and_no_more(filled, pages, role):
    member = platform_account("member@example.org", is_superuser=False)
    give_roles(member, [role])
    client = client_of(member, door="admin")
    choose(client, filled.clinic)

    assert {name for name, path in pages.items() if client.get(path).status_code == 200} == OPEN[role]


def test_every_right_of_every_role_exists(db):
    give_roles(platform_account("member@example.org", is_superuser=False), [])

    for name, rights in ROLES.items():
        given = Group.objects.get(name=name).permissions.values_list("codename", flat=True)
        assert (name, sorted(given)) == (name, sorted(rights))


def test_rights_that_were_added_by_hand_go_when_the_roles_are_written(db):
    call_command("platform_roles", stdout=io.StringIO())
    support, security = Group.objects.get(name="support"), Group.objects.get(name="security")
    security.permissions.set(support.permissions.all())
    call_command("platform_roles", stdout=io.StringIO())

    assert security.permissions.count() == len(ROLES["security"])


# How one begins


def add(monkeypatch, *arguments: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO("vier Wörter sind genug\n"))
    out = io.StringIO()
    call_command("add_platform_account", "neu@example.org", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_shows_the_key_of_an_app_and_gives_just_the_role(monkeypatch):
    shown = add(monkeypatch, "--role", "support")

    user = User.objects.get()
    secret = authenticators.secret_of(AuthenticatorDevice.objects.get(user=user, confirmed=True))
    assert secret in shown and "█" in shown
    assert (user.is_superuser, [group.name for group in user.groups.all()]) == (False, ["support"])
    assert platform_trail() == [("operator", "user.added")]


def test_there_is_no_other_role(monkeypatch):
    with pytest.raises(CommandError):
        add(monkeypatch, "--role", "everything")
    assert not User.objects.exists()


# What is kept


@pytest.mark.parametrize("database", ["pool"], indirect=True)
def test_every_action_is_in_the_platforms_own_trail(admin, staff, filled):
    choose(admin, filled.clinic)
    chosen = [str(filled.professional.pk)]
    admin.post("/accounts/user/", {"action": "lock", "_selected_action": chosen})
    admin.post("/accounts/organisation/leave/")

    assert platform_trail() == [
        (staff.actor, "support.entered"),
        (staff.actor, "user.changed"),
        (staff.actor, "support.left"),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_platforms_trail_is_sealed_and_proved_like_any_other(monkeypatch, capsys):
    factories.organisation()
    add(monkeypatch)
    seal_all()
    call_command("audit", "verify", "--organisation", "platform")

    assert "organisation=platform links=2 late=0 breaks=0" in capsys.readouterr().out


def test_no_organisation_sees_the_platforms_trail(admin, staff):
    clinic = factories.organisation()
    choose(admin, clinic)
    with organisation_scope(clinic):
        assert list(AuditEvent.objects.values_list("action", flat=True)) == ["support.entered"]
        assert not AuditEvent.objects.filter(organisation_id=PLATFORM.id).exists()
    assert not Organisation.objects.filter(pk=PLATFORM.id).exists()


@pytest.mark.parametrize("database", ["pool"], indirect=True)
def test_a_lost_second_factor_is_reset_but_never_a_colleagues(admin, staff, filled):
    PhoneDevice.objects.create(user=filled.professional, name="sms")
    authenticators.add(staff, now=timezone.now(), confirmed=True)
    know(client_of(None), filled.professional)
    chosen = [str(filled.professional.pk), str(staff.pk)]

    admin.post("/accounts/user/", {"action": "reset_factor", "_selected_action": chosen})

    assert (PhoneDevice.objects.count(), KnownDevice.objects.count()) == (0, 0)
    assert AuthenticatorDevice.objects.filter(user=staff).count() == 1
    assert platform_trail() == [(staff.actor, "user.changed")]
    with organisation_scope(filled.clinic):
        assert AuditEvent.objects.filter(actor=staff.actor, action="account.factor_reset").count() == 1
    assert PlatformMessage.objects.filter(kind="account.factor_changed", about=str(filled.professional.pk)).exists()
