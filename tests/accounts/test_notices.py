"""What an organisation's administrators are told."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from accounts.critical_actions import WORDS
from accounts.enums import CriticalAction, UserKind
from accounts.models import User
from accounts.services.notices import tell_administrators
from crypto import keyring
from tests import factories
from tests.accounts.conftest import written

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)


def member(clinic, name: str, *, admin: bool = False, **fields) -> User:
    with keyring.platform_keys():
        return User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email=f"{name.lower()}@example.org",
            organisation=clinic,
            contact={"first_name": name, "last_name": "Kaya"},
            is_organisation_admin=admin,
            **fields,
        )


@pytest.fixture
def clinic(keys):
    return factories.organisation(name="Klinik am See")


def test_each_active_administrator_of_the_clinic_is_told_in_their_language(clinic):
    other = factories.organisation()
    ada, eve = member(clinic, "Ada", admin=True), member(clinic, "Eve")
    member(clinic, "Bob", admin=True, language="en")
    member(clinic, "Gone", admin=True, is_active=False)
    member(other, "Else", admin=True)

    tell_administrators(clinic, CriticalAction.ADMINISTRATOR_ADDED, about=eve, by=ada, now=NOON)

    told = {part.to: part for part in written()}
    assert {to: part.subject for to, part in told.items()} == {
        "ada@example.org": "Klinik am See: "
        "Ihre Einrichtung hat eine neue Administratorin oder einen neuen Administrator",
        "bob@example.org": "Klinik am See: Your clinic has a new administrator",
    }
    for text in (told["bob@example.org"].body, told["bob@example.org"].html):
        assert "Eve Kaya (eve@example.org)" in text
        assert "Ada Kaya (ada@example.org)" in text
        assert "12:05" in text  # the clinic's time
        assert "http://pro.localhost:8000/settings/" in text or "https://" in text


def test_names_are_looked_up_when_the_mail_is_written(clinic):
    eve = member(clinic, "Eve")
    member(clinic, "Ada", admin=True)
    tell_administrators(clinic, CriticalAction.ACCOUNT_DELETED, about=eve, now=NOON)
    eve.delete()

    assert "Was: ein Konto, das inzwischen gelöscht ist\nWer: von selbst" in written()[0].body


def test_what_is_no_account_is_named_by_its_words(clinic):
    ada = member(clinic, "Ada", admin=True)

    tell_administrators(clinic, CriticalAction.ZONE_ADDED, about="Station <3>", by=ada, now=NOON)

    mail = written()[0]
    assert "Was: Station <3>\n" in mail.body
    assert "Station &lt;3&gt;" in mail.html


def test_who_is_no_administrator_any_more_hears_nothing(clinic):
    ada = member(clinic, "Ada", admin=True)
    tell_administrators(clinic, CriticalAction.PATIENTS_EXPORTED, about="12", by=ada, now=NOON)
    User.objects.filter(pk=ada.pk).update(is_organisation_admin=False)

    assert written() == []


@pytest.mark.parametrize("action", list(CriticalAction))
def test_every_action_has_its_words_in_both_languages(action):
    with translation.override("en"):
        english = [str(text) for text in WORDS[action]]
    with translation.override("de"):
        german = [str(text) for text in WORDS[action]]

    assert all(english)
    assert not set(english) & set(german)
