"""Professionals' accounts that nobody uses."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.enums import UserKind
from accounts.models import Organisation, Session, User
from accounts.services import unused
from tests import factories
from tests.accounts.access import clinic, member, signed_in, trail
from tests.accounts.conftest import EMAIL, written
from tests.pro import client_of, user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def house():
    return clinic()


@pytest.fixture
def admin(house):
    return member(house, "Ada", admin=True, last_seen_on=NOW.date())


def last_seen(house: Organisation, day: date | None, name: str = "Bob", **fields) -> User:
    return member(house, name, last_seen_on=day, **fields)


def state(account: User) -> tuple[bool, date | None]:
    return User.objects.values_list("is_active", "deletion_proposed_on").get(pk=account.pk)


@pytest.mark.parametrize(
    ("day", "is_open", "proposed"),
    [
        (date(2026, 9, 25), True, None),
        (date(2026, 9, 24), False, None),
        (date(2026, 5, 25), False, None),
        (date(2026, 5, 24), False, NOW.date()),
    ],
)
def test_two_months_lock_and_six_propose_the_deletion(admin, house, day, is_open, proposed):
    bob = last_seen(house, day)

    unused.go_over_all(now=NOW, apply=True)

    assert state(bob) == (is_open, proposed)
    assert state(admin) == (True, None)


def test_who_never_came_counts_from_the_day_the_account_was_made(admin, house):
    bob = last_seen(house, None)
    User.objects.filter(pk=bob.pk).update(date_joined=NOW - timedelta(days=62))

    unused.go_over_all(now=NOW, apply=True)

    assert state(bob) == (False, None)


def test_the_administrators_are_told_once_and_the_trail_says_it(admin, house):
    bob = last_seen(house, date(2026, 1, 1))

    for _ in range(2):
        unused.go_over_all(now=NOW, apply=True)

    assert [(part.to, part.subject) for part in written()] == [
        ("ada@example.org", "Klinik am See: Ein Konto wurde gesperrt, weil niemand es benutzt"),
        ("ada@example.org", "Klinik am See: Ein Konto sollte gelöscht werden"),
    ]
    assert "Bob Kaya" in written()[0].body
    actions = [("unused-accounts", "account.locked_unused"), ("unused-accounts", "account.deletion_proposed")]
    assert trail(house) == actions
    assert User.objects.filter(pk=bob.pk).exists()  # a proposal, no more


def test_locking_ends_the_sessions(admin, house):
    bob = last_seen(house, None)
    client = signed_in("Bob")
    User.objects.filter(pk=bob.pk).update(last_seen_on=date(2026, 1, 1))

    unused.go_over_all(now=NOW, apply=True)

    assert not Session.objects.filter(user=bob).exists()
    assert client.get("/account/").status_code == 302


def test_patients_and_the_platforms_people_are_left_alone(admin, patient):
    User.objects.filter(pk=patient.pk).update(last_seen_on=date(2020, 1, 1))
    platform = user(UserKind.PLATFORM, last_seen_on=date(2020, 1, 1))

    unused.go_over_all(now=NOW, apply=True)

    assert (state(patient), state(platform)) == ((True, None), (True, None))
    assert EMAIL not in str(written())


def test_a_clinic_that_fails_does_not_stop_the_next(admin, house, monkeypatch):
    factories.organisation(slug="aaa")
    bob = last_seen(house, date(2026, 1, 1))
    real = unused.go_over

    def fails_first(organisation, **options):
        if organisation.slug == "aaa":
            raise OSError
        return real(organisation, **options)

    monkeypatch.setattr(unused, "go_over", fails_first)
    unused.go_over_all(now=NOW, apply=True)

    assert state(bob)[0] is False


def test_the_command_only_counts_until_it_is_told_to(admin, house):
    bob = last_seen(house, timezone.localdate() - timedelta(days=200))
    out = StringIO()

    call_command("lock_unused", stdout=out)
    assert state(bob) == (True, None)
    call_command("lock_unused", "--apply", stdout=out)

    assert out.getvalue().splitlines() == [
        f"organisation={house.slug} lock=1 propose=1 (dry run)",
        f"organisation={house.slug} lock=1 propose=1",
    ]
    assert state(bob) == (False, timezone.localdate())


def test_who_is_unlocked_is_not_locked_again_the_same_night(admin, house):
    bob = last_seen(house, date(2026, 1, 1), is_active=False)
    platform = user(UserKind.PLATFORM, is_staff=True, is_superuser=True)

    data = {"action": "unlock", "_selected_action": [str(bob.pk)]}
    client_of(platform, door="admin").post("/accounts/user/", data)
    unused.go_over_all(now=timezone.now(), apply=True)

    assert User.objects.get(pk=bob.pk).is_active


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 24), 2, date(2026, 9, 24)),
        (date(2026, 4, 30), 2, date(2026, 2, 28)),
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2026, 1, 15), 2, date(2025, 11, 15)),
        (date(2026, 2, 1), 6, date(2025, 8, 1)),
    ],
)
def test_months_are_calendar_months(day, months, before):
    assert unused.months_before(day, months) == before
