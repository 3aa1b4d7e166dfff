"""Second factors, many at the same time, over real connections."""

from collections import Counter
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.utils import timezone

from accounts.enums import AttemptPurpose, Factor
from accounts.models import AuthenticatorDevice, FactorAttempt, FactorCode, PhoneDevice, User
from accounts.services import authenticators, codes, devices, factors, recovery
from accounts.throttling import Throttled
from tests.accounts.conftest import sent_code
from tests.accounts.second_factor.tools import other, with_app, with_number
from tests.accounts.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 50


@pytest.fixture
def colleague(professional) -> User:
    return with_number(professional)


def attempt_of(user: User) -> FactorAttempt:
    return factors.begin(user, AttemptPurpose.SIGN_IN, now=timezone.now())[0]


def sent(user: User) -> tuple[FactorAttempt, str]:
    attempt = attempt_of(user)
    codes.send(attempt, door="pro", network="here", now=timezone.now())
    return attempt, sent_code()


def kinds(answers: list[object]) -> set[type]:
    return {type(answer) for answer in answers}


def test_one_of_fifty_submissions_of_a_code_signs_in(colleague):
    attempt, code = sent(colleague)

    answers = at_once(MANY, lambda number: codes.verify(attempt, code, now=timezone.now()))

    assert Counter(map(type, answers))[User] == 1
    assert kinds(answers) <= {User, factors.AttemptGone, factors.TooManyTries, Throttled}
    assert FactorCode.objects.count() == 0


def test_fifty_wrong_codes_are_looked_at_five_times(colleague, monkeypatch):
    attempt, code = sent(colleague)
    looks: list[int] = []
    real = codes._mac
    monkeypatch.setattr(codes, "_mac", lambda *args: looks.append(1) or real(*args))

    answers = at_once(MANY, lambda number: codes.verify(attempt, other(code), now=timezone.now()))

    assert len(looks) == factors.TRIES
    assert Counter(map(type, answers))[factors.WrongCode] == factors.TRIES
    assert not FactorAttempt.objects.get().met_at


def test_one_code_of_an_app_meets_one_of_many_attempts(colleague):
    code = authenticators.code_at(with_app(colleague), timezone.now())
    attempts = [attempt_of(colleague) for _ in range(10)]

    answers = at_once(10, lambda number: authenticators.verify(attempts[number], code, now=timezone.now()))

    assert Counter(map(type, answers)) == {User: 1, factors.WrongCode: 9}


def test_one_recovery_code_meets_one_of_many_attempts(colleague):
    code = recovery.make(colleague)[0].replace("-", "")
    attempts = [attempt_of(colleague) for _ in range(10)]

    answers = at_once(10, lambda number: recovery.verify(attempts[number], code, now=timezone.now()))

    assert Counter(map(type, answers)) == {User: 1, factors.WrongCode: 9}


def test_many_who_ask_at_once_get_one_text_message(colleague):
    attempt = attempt_of(colleague)

    answers = at_once(10, lambda number: codes.send(attempt, door="pro", network="here", now=timezone.now()))

    assert Counter(map(type, answers)) == {type(None): 1, codes.TooSoon: 9}
    assert FactorCode.objects.count() == 1


def test_two_removals_at_once_leave_one_factor(colleague, monkeypatch):
    with_app(colleague)
    both, real = Barrier(2), devices.may_remove

    def decide(*args) -> bool:
        with suppress(BrokenBarrierError):  # the other one waits for the lock, and does not come
            both.wait(timeout=1)
        return real(*args)

    monkeypatch.setattr(devices, "may_remove", decide)
    chosen = [(Factor.APP, str(AuthenticatorDevice.objects.get().pk)), (Factor.SMS, str(PhoneDevice.objects.get().pk))]

    answers = at_once(2, lambda number: devices.remove(colleague, *chosen[number]))

    assert Counter(map(type, answers)) == {bool: 1, devices.LastFactor: 1}
    assert AuthenticatorDevice.objects.count() + PhoneDevice.objects.count() == 1
