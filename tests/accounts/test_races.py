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

from accounts.models import Person, SignUp, SignUpCode, TermsAcceptance, Throttle, User
from accounts.selectors import owner_person
from accounts.services import resets, signin, signup
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


def test_a_link_used_twice_at_once_works_once(keys, patient):
    token = resets.tokens.make_token(patient)

    answers = at_once(
        4, lambda at: resets.set_password(door="www", user_id=patient.pk, token=token, password=f"neues Passwort {at}")
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
