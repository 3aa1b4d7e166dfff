"""Customer success invites and deletes a clinic's people without seeing its patients."""

import pytest
from django.contrib.auth.models import Permission

from accounts.enums import UserKind
from accounts.models import UnitMember, User
from appointments.models import CalendarRight
from crypto import keyring
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import PlatformMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.admin.conftest import SECRETS, choose, platform_account
from tests.pro import client_of

PERSON = {"email": "neu@example.org", "first_name": "Nele", "last_name": "Uhl", "language": "de"}
RIGHTS = ["view_organisation", "view_user", "add_user", "delete_user"]


@pytest.fixture
def success(db):
    """Someone of customer success: accounts and organisations, nothing else."""
    user = platform_account("cs@example.org", is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(codename__in=RIGHTS, content_type__app_label="accounts"))
    return user


@pytest.fixture
def client(success):
    return client_of(success, door="admin")


def trail(clinic) -> list[tuple[str, str]]:
    with organisation_scope(clinic):
        return list(AuditEvent.objects.filter(action__startswith="account").values_list("actor", "action"))


def test_without_an_organisation_nobody_is_invited(client):
    answer = client.get("/accounts/user/add/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/organisation/")


def test_a_professional_is_invited_with_rights_and_the_clinic_can_read_who_did(client, success, filled):
    choose(client, filled.clinic)
    unit = filled.rows["accounts.Unit"]

    page = client.get("/accounts/user/add/")
    answer = client.post("/accounts/user/add/", {**PERSON, "units": [unit.pk], "is_administrator": "on"})

    with keyring.platform_keys():
        user = User.objects.with_email(UserKind.PROFESSIONAL, "neu@example.org")
    assert (page.status_code, answer.status_code) == (200, 302)
    assert not [secret for secret in SECRETS if secret in page.content.decode()]
    assert (user.organisation, user.is_organisation_admin, user.is_active) == (filled.clinic, True, False)
    with organisation_scope(filled.clinic):
        assert UnitMember.objects.filter(unit=unit, user_id=user.pk).count() == 1
    assert PlatformMessage.objects.filter(kind="account.invited", about=str(user.pk)).count() == 1
    assert trail(filled.clinic) == [(success.actor, "account.invited")]


def test_an_address_that_is_taken_is_said(client, filled):
    choose(client, filled.clinic)

    answer = client.post("/accounts/user/add/", {**PERSON, "email": "hilde@example.org"})

    assert "Es gibt schon ein Konto mit dieser Adresse." in answer.content.decode()
    assert trail(filled.clinic) == []


def test_a_professional_is_deleted_with_all_rights(client, success, filled):
    with organisation_scope(filled.clinic):
        factories.right(filled.rows["appointments.Resource"], filled.professional, 5)
        factories.member(factories.unit(), filled.professional)
    address = f"/accounts/user/{filled.professional.pk}/delete/"

    page = client.get(address)
    answer = client.post(address, {"post": "yes"})

    assert (page.status_code, answer.status_code) == (200, 302)
    assert not [secret for secret in SECRETS if secret in page.content.decode()]
    assert not User.objects.filter(pk=filled.professional.pk).exists()
    with organisation_scope(filled.clinic):
        assert not CalendarRight.objects.filter(user_id=filled.professional.pk).exists()
        assert not UnitMember.objects.filter(user_id=filled.professional.pk).exists()
    assert trail(filled.clinic) == [(success.actor, "account.deleted")]


def test_the_last_administrator_is_not_deleted(client, filled):
    User.objects.filter(pk=filled.professional.pk).update(is_organisation_admin=True)

    client.post(f"/accounts/user/{filled.professional.pk}/delete/", {"post": "yes"})

    assert User.objects.filter(pk=filled.professional.pk).exists()
    assert trail(filled.clinic) == []


@pytest.mark.parametrize("page", ["/patients/patient/", "/appointments/appointment/"])
def test_customer_success_sees_no_patients(client, filled, page):
    choose(client, filled.clinic)

    assert client.get(page).status_code == 403


def test_patients_and_platform_staff_are_not_deleted_here(client, success, filled):
    answers = [client.post(f"/accounts/user/{who.pk}/delete/", {"post": "yes"}) for who in (filled.patient, success)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert User.objects.filter(pk__in=[filled.patient.pk, success.pk]).count() == 2


def test_without_the_right_nobody_is_invited_or_deleted(filled):
    viewer = platform_account("nur-lesen@example.org", is_superuser=False)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_user"))
    client = client_of(viewer, door="admin")

    answers = [client.get("/accounts/user/add/"), client.post(f"/accounts/user/{filled.professional.pk}/delete/")]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_an_invited_account_is_not_unlocked(admin, filled):
    choose(admin, filled.clinic)
    admin.post("/accounts/user/add/", PERSON)
    with keyring.platform_keys():
        user = User.objects.with_email(UserKind.PROFESSIONAL, "neu@example.org")

    admin.post("/accounts/user/", {"action": "unlock", "_selected_action": [str(user.pk)]})

    user.refresh_from_db()
    assert not user.is_active
