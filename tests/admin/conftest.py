"""A clinic full of rows, and platform staff at their door."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher

from accounts.enums import UserKind
from accounts.models import User
from crypto import keyring
from doctolib.outbox.models import PlatformMessage
from tests import factories
from tests.pro import client_of
from tests.tenancy.every_model import fill

PASSWORD = "ein langes Kennwort"
# What every page is searched for. The clinic's own public facts (its phone, its doctors) are not among them.
SECRETS = {
    "Änne", "von Müller", "Lüdenscheidt", "1961-02-03", "03.02.1961", "+4915112345678", "aenne@example.org",
    "Hildegard", "Empfängerin", "hilde@example.org", "+4915187654321", "015187654321", "chefin@example.org",
    "Ada Vertrag", "geheimer Inhalt",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)


def account(kind: UserKind, email: str, **fields) -> User:
    keyring.create_keys(keyring.PLATFORM_OWNER)
    with keyring.platform_keys():
        return User.objects.create_account(kind=kind, email=email, password=PASSWORD, **fields)


def platform_account(email: str = "chefin@example.org", **fields) -> User:
    return account(UserKind.PLATFORM, email, **{"is_staff": True, "is_superuser": True, **fields})


@pytest.fixture
def staff(db) -> User:
    return platform_account()


@pytest.fixture
def admin(staff):
    """The browser of a member of the platform's staff, signed in."""
    return client_of(staff, door="admin")


@pytest.fixture(params=["pool", "dedicated"])
def database(request) -> str:
    return request.param


@pytest.fixture
def filled(db, database) -> SimpleNamespace:
    """A clinic with a row of every model, a professional, a patient's account and a message of the platform."""
    clinic = factories.organisation(name="Klinik am See", database=database)
    rows = fill(clinic)
    contact = {"first_name": "Hildegard", "last_name": "Empfängerin", "phone": "+4915187654321"}
    professional = account(UserKind.PROFESSIONAL, "hilde@example.org", organisation=clinic, contact=contact)
    patient = account(UserKind.PATIENT, "aenne@example.org", contact={"phone": "+4915112345678"})
    with keyring.platform_keys():
        message = PlatformMessage.objects.create(kind="test", about="x", payload={"note": "geheimer Inhalt"})
    rows["outbox.PlatformMessage"] = message
    rows["accounts.User"] = professional
    rows["accounts.Organisation"] = clinic
    return SimpleNamespace(clinic=clinic, rows=rows, professional=professional, patient=patient)


def choose(client, clinic) -> None:
    """Look at the clinic's rows from now on."""
    assert client.post(f"/accounts/organisation/{clinic.pk}/choose/").status_code == 302
