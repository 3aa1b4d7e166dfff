"""Ten wrong passwords lock a professional's account; its owner opens it by a link."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import LockReason, UserKind
from accounts.models import User
from accounts.services import locking, signin
from accounts.services.locking import TRIES, lock_account, reserve_try, unlock_account
from crypto import keyring
from doctolib.outbox.models import PlatformMessage
from tests.accounts.conftest import EMAIL, PASSWORD, session_of, written
from tests.accounts.test_enumeration import UNKNOWN, count_hashes, seen
from tests.pro import know

pytestmark = pytest.mark.django_db
HERE = "/account/sign-in/"
UNLOCK = re.compile(r"https?://[^/]+(/account/unlock/\S+)")


def browser(number: int = 0) -> Client:
    """A browser of another network each: only the account's own count stands in the way."""
    return Client(HTTP_HOST=settings.PRO_HOST, REMOTE_ADDR=f"198.51.{number}.7")


def sign_in(password: str, client: Client | None = None, *, email: str = EMAIL):
    return (client or browser()).post(HERE, {"email": email, "password": password})


def fail(times: int) -> None:
    for number in range(times):
        sign_in("wrong password", browser(number + 1))


@pytest.fixture
def locked(professional) -> User:
    fail(TRIES)
    professional.refresh_from_db()
    return professional


@pytest.fixture
def administrator(professional) -> User:
    with keyring.platform_keys():
        return User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email="admin@example.org",
            password=PASSWORD,
            contact={"first_name": "Ida", "last_name": "Rhodes"},
            organisation=professional.organisation,
            is_organisation_admin=True,
        )


def link() -> str:
    return next(found.group(1) for part in reversed(written()) if (found := UNLOCK.search(part.body)))


# Locking


def test_nine_wrong_passwords_lock_nothing(professional):
    fail(TRIES - 1)

    assert sign_in(PASSWORD).status_code == 302


def test_the_tenth_locks_and_tells_owner_and_administrators(administrator, locked):
    assert (locked.is_active, locked.lock_reason) == (False, LockReason.FAILURES)
    assert sign_in(PASSWORD).status_code == 422
    assert [(part.to, part.subject) for part in written()] == [
        (EMAIL, "Ihr Konto ist gesperrt"),
        ("admin@example.org", f"{locked.organisation.name}: Ein Konto wurde gesperrt"),
    ]
    assert "Grace Hopper" in written()[1].body


def test_a_right_password_starts_the_count_again(professional):
    fail(TRIES - 1)
    sign_in(PASSWORD)
    fail(TRIES - 1)

    assert sign_in(PASSWORD).status_code == 302


def test_a_lock_ends_all_sessions_and_unlocking_does_not_bring_them_back(professional):
    client = browser()
    know(client, professional)
    sign_in(PASSWORD, client)
    before = client.get("/account/").status_code
    lock_account(professional, reason=LockReason.ADMINISTRATOR, now=timezone.now())
    locked = client.get("/account/").status_code
    unlock_account(professional, now=timezone.now())

    assert (before, locked, client.get("/account/").status_code) == (200, 302, 302)


def test_a_try_whose_process_died_locks_with_the_next(professional, now):
    User.objects.filter(pk=professional.pk).update(failed_tries=TRIES, last_try_at=timezone.now())
    sign_in("wrong password")
    fresh = User.objects.get(pk=professional.pk).is_active
    User.objects.filter(pk=professional.pk).update(last_try_at=timezone.now() - timedelta(minutes=2))
    sign_in(PASSWORD)

    assert (fresh, User.objects.get(pk=professional.pk).is_active) == (True, False)
    assert [part.subject for part in written()] == ["Ihr Konto ist gesperrt"]


def test_a_right_password_that_came_in_between_keeps_the_account_open(professional, now):
    for _ in range(TRIES):
        reserve_try(professional.pk, now=now)
    locking.forgive(professional)

    assert not lock_account(professional, reason=LockReason.FAILURES, now=now)
    assert written() == []


def test_a_lock_that_came_in_between_wins_over_a_right_password(professional, monkeypatch):
    real = User.check_password

    def locked_while_looking(user: User, raw: str) -> bool:
        lock_account(user, reason=LockReason.ADMINISTRATOR, now=timezone.now())
        return real(user, raw)

    monkeypatch.setattr(User, "check_password", locked_while_looking)
    client = browser()

    assert sign_in(PASSWORD, client).status_code == 422
    assert session_of(client, "pro_session") == {}


def test_patients_are_never_locked(patient):
    for number in range(TRIES + 5):
        Client(HTTP_HOST=settings.WWW_HOST, REMOTE_ADDR=f"198.51.{number}.7").post(
            HERE, {"email": EMAIL, "password": "wrong password"}
        )

    assert User.objects.get(pk=patient.pk).is_active


def test_an_administrator_locks_and_unlocks_and_all_of_them_hear(professional, administrator, now):
    made = lock_account(professional, reason=LockReason.ADMINISTRATOR, now=now, by=administrator)
    again = lock_account(professional, reason=LockReason.ADMINISTRATOR, now=now, by=administrator)
    opened = unlock_account(professional, now=now, by=administrator)
    twice = unlock_account(professional, now=now, by=administrator)

    assert (made, again, opened, twice) == (True, False, True, False)
    subjects = [part.subject.partition(": ")[2] for part in written()]
    assert subjects == ["Ein Konto wurde von Hand gesperrt", "Ein Konto wurde entsperrt"]
    assert all("Wer: Ida Rhodes (admin@example.org)" in part.body for part in written())


# The link


def test_the_link_opens_the_account_with_its_old_password(locked):
    client, path = browser(), link()
    opened = client.get(path)
    page = client.get(opened.url)
    done = client.post(opened.url)

    assert (opened.url, page.status_code, done.url) == ("/account/unlock/", 200, HERE)
    assert "Konto entsperren" in page.content.decode()
    assert sign_in(PASSWORD, client).status_code == 302


def test_looking_at_the_link_opens_nothing(locked):
    client = browser()
    client.get(client.get(link()).url)

    assert not User.objects.get(pk=locked.pk).is_active


def test_the_link_works_once(locked):
    path, client = link(), browser()
    client.post(client.get(path).url)
    fail(TRIES)
    other = browser()

    assert other.post(other.get(path).url).status_code == 410
    assert not User.objects.get(pk=locked.pk).is_active


def test_the_link_ends_after_half_an_hour_and_a_lost_password_brings_a_new_one(locked, monkeypatch):
    from datetime import datetime

    path, client = link(), browser()
    monkeypatch.setattr(locking.tokens, "_now", lambda: datetime.now() + timedelta(minutes=30, seconds=5))
    late = client.post(client.get(path).url)
    monkeypatch.undo()
    PlatformMessage.objects.all().delete()
    client.post("/account/password/", {"email": EMAIL})

    assert late.status_code == 410
    assert [part.subject for part in written()] == ["Ihr Konto ist gesperrt"]


def test_no_link_opens_what_an_administrator_locked(professional, now):
    fail(TRIES)
    path = link()
    unlock_account(professional, now=now)
    lock_account(professional, reason=LockReason.ADMINISTRATOR, now=now)
    PlatformMessage.objects.all().delete()
    client = browser()
    client.post("/account/password/", {"email": EMAIL})

    assert client.post(client.get(path).url).status_code == 410
    assert written() == []


@pytest.mark.parametrize("path", ["/account/unlock/", f"/account/unlock/{'0' * 8}-0000-0000-0000-{'0' * 12}/a-b/"])
def test_a_made_up_link_is_refused(professional, path):
    assert browser().get(path, follow=True).status_code == 410


def test_a_link_for_a_new_password_opens_no_lock(professional):
    client = browser()
    client.post("/account/password/", {"email": EMAIL})
    reset = re.findall(r"https?://[^/]+(/account/password/\S+)", written()[-1].body)[-1]
    fail(TRIES)

    assert client.get(client.get(reset).url).status_code == 410
    assert not User.objects.get(pk=professional.pk).is_active


def test_who_was_held_back_signs_in_after_unlocking(professional):
    client = browser()
    for _ in range(signin.FAILURES_HERE + 1):
        sign_in("wrong password", client)
    client.post(client.get(link()).url)

    assert sign_in(PASSWORD, client).status_code == 302


# What a stranger learns


def test_unknown_locked_and_wrong_are_answered_with_the_same_page(professional):
    wrong = seen(sign_in("wrong password"))
    unknown = seen(sign_in("wrong password", email=UNKNOWN))
    fail(TRIES)
    locked = seen(sign_in(PASSWORD))

    assert wrong == unknown == locked
    assert wrong[0] == 422


@pytest.mark.parametrize("door", ["pro", "www"])
def test_unknown_locked_and_wrong_cost_the_same_hashes_and_statements(professional, patient, monkeypatch, door):
    """What takes time is counted, not timed; benchmarks/sign_in.py measures."""
    host = {"pro": settings.PRO_HOST, "www": settings.WWW_HOST}[door]
    hashes = count_hashes(monkeypatch)
    work = []
    for number, (email, is_active) in enumerate([(UNKNOWN, True), (EMAIL, True), (EMAIL, False)]):
        User.objects.update(is_active=is_active)
        client = Client(HTTP_HOST=host, REMOTE_ADDR=f"198.51.{number}.7")
        client.get(HERE)
        hashes.clear()
        with CaptureQueriesContext(connections["default"]) as queries:
            client.post(HERE, {"email": email, "password": "wrong password"})
        work.append((len(hashes), [query["sql"].split()[0] for query in queries]))

    assert work[0] == work[1] == work[2]
    assert work[0][0] == 1


def test_a_lost_password_is_answered_the_same_for_a_locked_account(locked):
    answers = [seen(browser(number).post("/account/password/", {"email": email}))
               for number, email in enumerate((EMAIL, UNKNOWN))]  # fmt: skip

    assert answers[0] == answers[1]
