"""Steps that several of these tests take."""

from django.test import Client
from django.utils import timezone

from accounts.models import (
    Organisation,
    PhoneDevice,
    User,
)
from accounts.services import authenticators
from crypto import keyring
from tests.accounts.conftest import EMAIL, PASSWORD, session_of

NUMBER = "+4915228817386"


def with_number(user: User) -> User:
    with keyring.platform_keys():
        user.contact = {**user.contact, "phone": NUMBER}
        user.save()
    PhoneDevice.objects.create(user=user, name="sms")
    return user


def with_app(user: User) -> str:
    """The secret of an authenticator app that this account has."""
    return authenticators.secret_of(authenticators.add(user, now=timezone.now(), confirmed=True))


def password(client: Client, *, next: str = ""):
    query = f"?next={next}" if next else ""
    return client.post(f"/account/sign-in/{query}", {"email": EMAIL, "password": PASSWORD})


def give(client: Client, code: str, *, factor: str = ""):
    return client.post(f"/account/sign-in/code/{factor and f'?with={factor}'}", {"code": code})


def signed_in(client: Client, cookie: str = "pro_session") -> bool:
    return "_auth_user_id" in session_of(client, cookie)


def require(user: User, **rules: bool) -> None:
    Organisation.objects.filter(pk=user.organisation_id).update(**rules)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"
