"""The SMS code: wrong, late, old, for another number; how often one is sent."""

from datetime import timedelta

import pytest
from django.conf import settings

from accounts.models import SignUp, SignUpCode, Throttle
from crypto import keyring
from tests.accounts.conftest import EMAIL, SignUpWalk, sent_code, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(keys, www) -> SignUpWalk:
    return SignUpWalk(www).until_code()


def wrong() -> str:
    """A code that was not sent."""
    return f"{(int(sent_code()) + 1) % 10**6:06d}"


def error(response) -> str:
    """The form's error, from the page."""
    assert response.status_code == 422
    return response.context["form"].errors["code"][0]


def test_the_code_may_be_typed_with_blanks_and_hyphens(walk):
    code = sent_code()

    assert walk.code(f" {code[:3]} - {code[3:]}").url == "/account/sign-up/person/"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef"])
def test_what_is_no_code_is_not_counted(walk, typed):
    assert walk.code(typed).status_code == 422
    assert SignUp.objects.get().code_failures == 0


def test_five_wrong_codes_end_a_code_even_for_the_right_one(walk):
    code = sent_code()
    answers = [error(walk.code(wrong())) for _ in range(5)]
    last = error(walk.code(code))

    assert answers == [
        *["Der Code stimmt nicht. Bitte prüfen Sie die SMS oder fordern Sie einen neuen Code an."] * 4,
        "Das waren zu viele falsche Codes. Bitte fordern Sie einen neuen Code an.",
    ]
    assert last == answers[-1]
    assert SignUp.objects.get().verified_at is None


def test_a_new_code_gives_new_tries(walk, clock):
    for _ in range(5):
        walk.code(wrong())
    clock(timedelta(seconds=31))
    walk.resend()

    assert walk.code(sent_code()).url == "/account/sign-up/person/"


def test_an_expired_code_is_replaced_by_a_new_one(walk, clock):
    old = sent_code()
    clock(timedelta(minutes=10, seconds=1))

    answer = error(walk.code(old))

    assert answer == "Der Code ist abgelaufen. Wir haben Ihnen einen neuen geschickt."
    assert len(written()) == 1  # the old one would not be sent any more
    assert walk.code(sent_code()).url == "/account/sign-up/person/"


def test_an_older_code_works_until_its_own_end(walk, clock):
    first = sent_code()
    clock(timedelta(minutes=9))
    walk.resend()
    still = SignUpCode.objects.count()
    clock(timedelta(minutes=2))
    late = walk.code(first)
    second = walk.code(sent_code())

    assert still == 2
    assert error(late) == "Der Code stimmt nicht. Bitte prüfen Sie die SMS oder fordern Sie einen neuen Code an."
    assert second.url == "/account/sign-up/person/"


def test_the_older_code_still_works_when_it_is_young(walk, clock):
    first = sent_code()
    clock(timedelta(seconds=31))
    walk.resend()

    assert walk.code(first).url == "/account/sign-up/person/"


def test_a_code_works_once(walk):
    code = sent_code()
    walk.code(code)

    assert not SignUpCode.objects.exists()
    assert written() == []


def test_another_code_is_sent_after_thirty_seconds_only(walk, clock):
    walk.resend()
    early = len(written())
    clock(timedelta(seconds=31))
    walk.resend()

    assert (early, len(written())) == (1, 2)


def test_a_second_click_on_send_sends_one_code_and_counts_one(walk):
    walk.password()

    assert len(written()) == 1
    assert sorted(Throttle.objects.exclude(key__startswith="start").values_list("count", flat=True)) == [1, 1, 1, 1]


def test_the_number_can_be_corrected_at_once_and_the_old_code_is_void(walk):
    old = sent_code()

    changed = walk.post("phone/", phone="0171 3920001")

    assert changed.url == "/account/sign-up/code/"
    assert "0171 3920001" in walk.get("code/").content.decode()
    assert [part.to for part in written()] == ["+491713920001"]
    assert SignUpCode.objects.count() == 1
    assert walk.code(old).status_code == 422
    assert walk.code(sent_code()).url == "/account/sign-up/person/"


def test_a_code_is_bound_to_the_number_that_it_went_to(walk):
    code, row = sent_code(), SignUp.objects.get()
    with keyring.platform_keys():
        row.contact = {**row.contact, "phone": "+491713920001"}
        row.save()

    assert walk.code(code).status_code == 422
    assert SignUpCode.objects.count() == 1


def test_a_wrong_new_number_is_explained(walk):
    response = walk.post("phone/", phone="030 23125000")

    assert response.status_code == 422
    assert "Diese Nummer kann keine SMS empfangen." in response.content.decode()


def test_the_same_number_again_is_not_another_code(walk):
    walk.post("phone/", phone="0152 28817386")

    assert len(written()) == 1
    assert SignUpCode.objects.count() == 1


def test_a_confirmed_number_cannot_be_changed(walk):
    walk.code(sent_code())

    assert walk.post("phone/", phone="0171 3920001").url == "/account/sign-up/person/"


def test_no_code_and_no_number_is_stored_in_clear(walk, keys):
    code, row = sent_code(), SignUp.objects.get()
    columns = b"".join(
        str(value).encode() + (bytes(value) if isinstance(value, bytes | memoryview) else b"")
        for model in (SignUp, SignUpCode, Throttle)
        for values in model.objects.values_list()
        for value in values
    )

    assert row.password.startswith("bcrypt_sha256$")
    assert [text for text in (code, "15228817386", EMAIL) if text.encode() in columns] == []


# Limits. Each is the only one that is reached.


@pytest.mark.parametrize(
    ("limit", "phone", "hours"),
    [
        ("SMS_PER_NUMBER", "0152 28817386", 24),
        ("SMS_PER_NETWORK", "0152 28817386", 1),
        ("SMS_PER_FOREIGN_COUNTRY", "+43 664 1234567", 24),
        ("SMS_PER_DAY", "0152 28817386", 24),
    ],
)
def test_text_messages_are_limited(keys, www, clock, settings, limit, phone, hours):
    setattr(settings, limit, 1)
    walk = SignUpWalk(www, phone=phone).until_code()
    clock(timedelta(seconds=31))

    refused = walk.resend()

    assert refused.status_code == 429
    assert hours * 3600 - 60 <= int(refused["Retry-After"]) <= hours * 3600
    assert "Wir können gerade keinen weiteren Code senden." in refused.content.decode()
    assert len(written()) == 1
    clock(timedelta(hours=hours))
    www.cookies.clear()
    SignUpWalk(www, phone=phone).until_code()
    assert len(written()) == 1  # the first is too old by now, the second is there


def test_a_refused_message_counts_nowhere(keys, www, settings):
    settings.SMS_PER_DAY = 0
    walk = SignUpWalk(www)
    walk.contact()

    refused = walk.password()

    assert refused.status_code == 429
    assert sum(Throttle.objects.exclude(key__startswith="start").values_list("count", flat=True)) == 0
    assert SignUp.objects.get().password == ""  # asked again later


def test_another_number_and_network_is_not_held_back(keys, www, settings):
    settings.SMS_PER_NUMBER = settings.SMS_PER_NETWORK = 1
    SignUpWalk(www).until_code()
    other = SignUpWalk(type(www)(HTTP_HOST=www.defaults["HTTP_HOST"], REMOTE_ADDR="198.51.100.7"), phone="0171 3920001")

    other.until_code()

    assert len(written()) == 2


def test_sign_ups_of_one_network_are_limited(keys, www, monkeypatch):
    monkeypatch.setattr("accounts.services.signup.STARTS_PER_NETWORK", 1)
    SignUpWalk(www).contact()
    www.cookies.clear()

    refused = SignUpWalk(www).contact()

    assert refused.status_code == 429
    assert SignUp.objects.count() == 1


def test_the_code_lives_as_long_as_the_text_message_says():
    assert settings.SIGN_UP_CODE_LIFETIME == timedelta(minutes=10)
