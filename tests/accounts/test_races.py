"""Many at the same time, over real connections. How each was seen to fail without its guard: docs/testing.md."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts.enums import LockReason, UserKind
from accounts.models import Person, SignUp, SignUpCode, TermsAcceptance, Throttle, User
from accounts.selectors import owner_person
from accounts.services import contact_changes, locking, own_password, resets, signin, signup
from accounts.services.persons import create_owner
from accounts.throttling import Limit, Throttled, take, take_all
from crypto import keyring
from doctolib.outbox.models import PlatformMessage
from doctolib.tenancy.scopes import person_scope
from tests.accounts.conftest import EMAIL, PASSWORD, sent_code

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """What ``act`` answered or raised in each of ``count`` threads that begin together."""
    barrier = Barrier(count)

    def run(number: int) -> object:
        barrier.wait()
        try:
            return act(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def begun(now: datetime, email: str = EMAIL) -> SignUp:
    row = signup.start(email=email, phone="+4915228817386", language="de", network="here", now=now)
    signup.choose_password(row, password=PASSWORD, terms_version="1", network="here", now=now)
    return row


@pytest.fixture
def now() -> datetime:
    from django.utils import timezone

    return timezone.now()  # messages are written by the real clock


def test_parallel_codes_are_looked_at_five_times(keys, now, monkeypatch):
    row, right = begun(now), sent_code()
    looks: list[str] = []
    real = signup._code_mac
    monkeypatch.setattr(signup, "_code_mac", lambda signup, code: looks.append(code) or real(signup, code))
    wrong = [f"{(int(right) + at) % 10**6:06d}" for at in range(1, 31)]

    answers = at_once(30, lambda at: signup.verify(row, wrong[at], now=now))

    assert len(looks) == signup.TRIES == 5
    assert {type(answer) for answer in answers} <= {signup.WrongCode, signup.TooManyTries}
    with pytest.raises(signup.TooManyTries):
        signup.verify(row, right, now=now)


def test_parallel_right_codes_confirm_once(keys, now):
    row, right = begun(now), sent_code()

    answers = at_once(5, lambda at: signup.verify(row, right, now=now))

    assert answers == [None] * 5
    assert not SignUpCode.objects.exists()


def test_a_number_changed_while_its_code_is_typed_is_not_confirmed(keys, now):
    """Whichever comes first: the confirmed number is the one that the code went to."""
    later = now + timedelta(seconds=31)
    for attempt in range(5):
        row = begun(now - timedelta(days=2 * attempt + 2), f"ada{attempt}@example.org")
        code = sent_code_of(row)
        acts = [
            lambda row=row, code=code: signup.verify(row, code, now=row.created_at),
            lambda row=row: signup.change_phone(row, phone="+491713920001", network="here", now=later),
        ]
        at_once(2, lambda at, acts=acts: acts[at]())
        row.refresh_from_db()
        with keyring.platform_keys():
            assert row.verified_at is None or row.contact["phone"] == "+4915228817386"


def sent_code_of(row: SignUp) -> str:
    message = PlatformMessage.objects.filter(about=str(row.pk)).latest("created_at")
    with keyring.platform_keys():
        return message.payload["code"]


def test_parallel_last_clicks_make_one_account(keys, now):
    row = begun(now)
    signup.verify(row, sent_code(), now=now)
    person = {"first_name": "Ada", "last_name": "M", "birth_date": date(1961, 3, 3)}

    answers = at_once(8, lambda at: signup.finish(row.pk, **person, now=now))

    assert {getattr(answer, "pk", answer) for answer in answers} == {row.pk}
    assert User.objects.count() == 1
    with person_scope(row.pk):
        assert (Person.objects.count(), TermsAcceptance.objects.count()) == (1, 1)
    assert PlatformMessage.objects.filter(kind="account.created").count() == 1


def test_parallel_acceptances_of_a_new_version_are_one(keys, now):
    account_id = uuid4()
    person = {"first_name": "Ada", "last_name": "M", "birth_date": date(1961, 3, 3), "terms_accepted_at": now}
    create_owner(account_id=account_id, **person, terms_version="1")

    at_once(8, lambda at: create_owner(account_id=account_id, **person, terms_version="2"))

    with person_scope(account_id):
        assert sorted(TermsAcceptance.objects.values_list("version", flat=True)) == ["1", "2"]


def test_two_sign_ups_of_one_address_make_one_account(keys, now, settings):
    settings.SMS_PER_NUMBER = 10
    rows = []
    for _ in range(4):
        rows.append(begun(now))
        signup.verify(rows[-1], sent_code_of(rows[-1]), now=now)
    person = {"first_name": "Ada", "last_name": "M", "birth_date": date(1961, 3, 3)}

    answers = at_once(4, lambda at: signup.finish(rows[at].pk, **person, now=now))

    assert sorted(type(answer).__name__ for answer in answers) == ["AccountExists"] * 3 + ["User"]
    assert not SignUp.objects.exists()
    for row in rows:
        owner = User.objects.filter(pk=row.pk).exists()
        assert (owner_person(row.pk) is not None) == owner  # nothing is left of the others


def test_parallel_requests_send_one_code(keys, now):
    row = begun(now - timedelta(minutes=1))

    answers = at_once(4, lambda at: signup.send_code(row, network="here", now=now))

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["TooSoon"] * 3
    assert PlatformMessage.objects.count() == 2  # with the first one
    assert set(Throttle.objects.filter(key__startswith="sms").values_list("count", flat=True)) == {2}


def test_parallel_events_are_counted_exactly(keys, now):
    answers = at_once(40, lambda at: take("race", limit=10, window=timedelta(minutes=1), now=now))

    assert sorted(answers) == [False] * 30 + [True] * 10
    assert Throttle.objects.get(key="race").count == 10


def test_a_request_that_is_rolled_back_keeps_its_count(keys, now):
    with pytest.raises(RuntimeError), person_scope(User().pk):
        take("rolled back", limit=10, window=timedelta(minutes=1), now=now)
        raise RuntimeError

    assert Throttle.objects.get(key="rolled back").count == 1


def test_refusals_under_load_give_everything_back(keys, now):
    minute = timedelta(minutes=1)
    wide, narrow = Limit("wide", 100, minute), Limit("narrow", 3, minute)

    answers = at_once(20, lambda at: take_all([wide, narrow], now=now))

    assert sum(isinstance(answer, Throttled) for answer in answers) == 17
    assert dict(Throttle.objects.values_list("key", "count")) == {"wide": 3, "narrow": 3}


def test_parallel_passwords_are_looked_at_ten_times(keys, patient, monkeypatch):
    looks: list[str] = []
    real = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, raw: looks.append(raw) or real(user, raw))

    def sign_in(at: int) -> int:
        client = Client(HTTP_HOST=settings.WWW_HOST)
        return client.post("/account/sign-in/", {"email": EMAIL, "password": f"wrong {at}"}).status_code

    answers = at_once(30, sign_in)

    assert len(looks) == signin.FAILURES_HERE == 10
    assert sorted(answers) == [422] * 10 + [429] * 20


def test_a_link_used_twice_at_once_works_once(keys, patient, now):
    token = resets.tokens.make_token(patient)

    answers = at_once(
        4,
        lambda at: resets.set_password(
            door="www", user_id=patient.pk, token=token, password=f"neues Passwort {at}", now=now
        ),
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["LinkWorn"] * 3 + ["User"]


def test_a_failure_between_person_and_account_leaves_the_sign_up_as_it_was(keys, now, monkeypatch):
    row = begun(now)
    signup.verify(row, sent_code(), now=now)
    person = {"first_name": "Ada", "last_name": "M", "birth_date": date(1961, 3, 3)}
    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr("doctolib.outbox.queue_platform", raise_error)
        signup.finish(row.pk, **person, now=now)
    half_made = (User.objects.count(), SignUp.objects.count())

    user = signup.finish(row.pk, **{**person, "first_name": "Grace"}, now=now)

    assert half_made == (0, 1)
    assert owner_person(user.pk).first_name == "Grace"
    assert not SignUp.objects.exists()


def raise_error(*args: object, **kwargs: object) -> None:
    raise RuntimeError


def test_a_hundred_parallel_wrong_passwords_are_looked_at_ten_times_and_lock_once(professional, monkeypatch):
    looks: list[str] = []
    real = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, raw: looks.append(raw) or real(user, raw))

    def sign_in(at: int) -> int:  # each from a network of its own, so that only the account's count is in the way
        client = Client(HTTP_HOST=settings.PRO_HOST, REMOTE_ADDR=f"198.51.{at}.7")
        return client.post("/account/sign-in/", {"email": EMAIL, "password": f"wrong {at}"}).status_code

    monkeypatch.setattr(signin, "FAILURES", 1000)  # of an account from anywhere, which would help
    answers = at_once(100, sign_in)

    assert len(looks) == locking.TRIES == 10
    assert answers == [422] * 100
    professional.refresh_from_db()
    assert (professional.is_active, professional.failed_tries, professional.session_generation) == (False, 10, 1)
    assert [message.kind for message in PlatformMessage.objects.all()] == ["account.locked"]


def test_parallel_right_passwords_all_pass_and_leave_no_count(professional):
    def sign_in(at: int) -> int:
        client = Client(HTTP_HOST=settings.PRO_HOST, REMOTE_ADDR=f"198.51.{at}.7")
        return client.post("/account/sign-in/", {"email": EMAIL, "password": PASSWORD}).status_code

    assert at_once(8, sign_in) == [302] * 8
    professional.refresh_from_db()
    assert professional.failed_tries == 0


def test_an_unlock_link_used_twice_at_once_works_once(professional, now):
    User.objects.filter(pk=professional.pk).update(failed_tries=locking.TRIES)
    locking.lock_account(professional, reason=LockReason.FAILURES, now=now)
    professional.refresh_from_db()
    token = locking.tokens.make_token(professional)

    answers = at_once(4, lambda at: locking.unlock_by_link(door="pro", user_id=professional.pk, token=token))

    assert sorted(type(answer).__name__ for answer in answers) == ["LinkWorn"] * 3 + ["User"]


def test_a_hundred_failures_of_a_patient_send_one_mail(patient):
    def sign_in(at: int) -> int:
        client = Client(HTTP_HOST=settings.WWW_HOST, REMOTE_ADDR=f"198.51.{at}.7")
        return client.post("/account/sign-in/", {"email": EMAIL, "password": f"wrong {at}"}).status_code

    answers = at_once(40, sign_in)

    assert sorted(answers) == [422] * signin.BURST + [429] * 30
    assert [message.kind for message in PlatformMessage.objects.all()] == ["account.guessed"]


def test_of_two_password_changes_at_once_one_wins(patient, now):
    answers = at_once(2, lambda at: own_password.change_password(patient, password=f"neues Wort {at}", now=now))

    assert sorted(type(answer).__name__ for answer in answers) == ["PasswordStale", "User"]
    assert PlatformMessage.objects.count() == 1


def test_a_new_address_confirmed_twice_at_once_is_changed_once(patient, now):
    contact_changes.ask_for_email(patient, email="new@example.org", now=now)
    signed = signed_of(patient)

    answers = at_once(4, lambda at: contact_changes.confirm_email(signed, now=now))

    assert sorted(type(answer).__name__ for answer in answers) == ["LinkWorn"] * 3 + ["User"]
    assert patient.contact_changes.count() == 1  # the way back


def test_one_address_wanted_by_two_accounts_goes_to_one(keys, now):
    owners = []
    for number in range(2):
        with keyring.platform_keys():
            owner = User.objects.create_account(kind=UserKind.PATIENT, email=f"{number}@example.org", password=PASSWORD)
        contact_changes.ask_for_email(owner, email="new@example.org", now=now)
        owners.append(owner)
    links = [signed_of(owner) for owner in owners]

    answers = at_once(2, lambda at: contact_changes.confirm_email(links[at], now=now))

    assert sorted(type(answer).__name__ for answer in answers) == ["AddressTaken", "User"]


def test_parallel_codes_of_a_new_number_are_looked_at_five_times(patient, now, monkeypatch):
    contact_changes.ask_for_phone(patient, phone="+491713920001", network="here", now=now)
    looks: list[str] = []
    real = contact_changes._code_mac
    monkeypatch.setattr(contact_changes, "_code_mac", lambda change, code: looks.append(code) or real(change, code))

    answers = at_once(20, lambda at: contact_changes.confirm_phone(patient, f"wrong{at}", now=now))

    assert len(looks) == contact_changes.TRIES == 5
    assert {type(answer) for answer in answers} == {contact_changes.WrongCode, contact_changes.CodeGone}


def signed_of(user: User) -> str:
    return contact_changes.link_path(user.contact_changes.get())[1].split("/")[-2]
