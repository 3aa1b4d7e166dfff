"""The first member of the platform's staff is made by an operator."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "vier Wörter sind genug"


def add(monkeypatch, email: str = "ops@example.org", password: str = PASSWORD) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command("add_platform_account", email, stdout=io.StringIO())


def test_an_account_is_made_that_may_use_the_admin(monkeypatch):
    add(monkeypatch)

    user = User.objects.get()
    assert (user.kind, user.is_staff, user.is_superuser, user.check_password(PASSWORD)) == (
        "platform",
        True,
        True,
        True,
    )


@pytest.mark.parametrize(("email", "password"), [("no address", PASSWORD), ("ops@example.org", "kurz")])
def test_a_bad_address_or_password_is_refused(monkeypatch, email, password):
    with pytest.raises(CommandError):
        add(monkeypatch, email, password)
    assert not User.objects.exists()


def test_the_same_address_twice_is_refused(monkeypatch):
    add(monkeypatch)
    with pytest.raises(CommandError, match="already"):
        add(monkeypatch)
    assert User.objects.count() == 1
