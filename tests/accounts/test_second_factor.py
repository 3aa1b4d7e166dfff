"""The second factor after the password: when it is due, what meets it, what does not."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.enums import UserKind
from accounts.models import (
    AuthenticatorDevice,
    FactorAttempt,
    FactorCode,
    KnownDevice,
    Organisation,
    PhoneDevice,
    RecoveryCode,
    Throttle,
    User,
)
from accounts.services import authenticators, codes, devices, recovery
from crypto import keyring
from tests.accounts.conftest import EMAIL, PASSWORD, sent_code, session_of, written
from tests.pro import client_of, know, stale

pytestmark = pytest.mark.django_db
NUMBER = "+4915228817386"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def colleague(professional) -> User:
    """A professional who takes codes by text message."""
    return with_number(professional)


@pytest.fixture
def somewhere_else() -> Client:
    return Client(HTTP_HOST=settings.PRO_HOST)


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


# When it is due


def test_the_password_alone_signs_no_professional_in_on_a_new_device(colleague, pro):
    answer = password(pro, next="/week/")

    assert (answer.status_code, answer.url) == (302, "/account/sign-in/code/?next=%2Fweek%2F")
    assert not signed_in(pro)
    assert pro.get("/").status_code == 302


def test_the_code_signs_in_and_goes_on_where_they_wanted(colleague, pro):
    password(pro)
    answer = pro.post("/account/sign-in/code/?next=/week/", {"code": sent_code()})

    assert (answer.status_code, answer.url) == (302, "/week/")
    assert session_of(pro, "pro_session")["_auth_user_id"] == str(colleague.pk)


def test_on_a_known_device_the_password_is_enough(colleague, pro):
    password(pro)
    give(pro, sent_code())
    pro.post("/account/sign-out/")

    assert password(pro).url == "/"
    assert signed_in(pro)


def test_a_device_is_known_for_30_days(colleague, pro, clock):
    know(pro, colleague)
    clock(timedelta(days=30, seconds=1))

    assert password(pro).url == "/account/sign-in/code/"


def test_the_known_device_of_a_colleague_is_nothing(colleague, pro):
    with keyring.platform_keys():
        thief = User.objects.create_account(
            kind=UserKind.PROFESSIONAL, email="x@example.org", password="x", organisation=colleague.organisation
        )
    know(pro, thief)
    pro.cookies[devices.cookie_name(colleague)] = pro.cookies[devices.cookie_name(thief)].value

    assert password(pro).url == "/account/sign-in/code/"


def test_an_organisation_can_require_it_at_every_sign_in(colleague, pro):
    know(pro, colleague)
    require(colleague, factor_every_time=True)

    assert password(pro).url == "/account/sign-in/code/"


def test_patients_are_asked_only_when_they_chose_so(patient, www):
    assert password(www).url == "/my/appointments/"
    www.post("/account/choices/second-factor/")
    www.post("/account/sign-out/")

    assert password(www).url == "/account/sign-in/code/"
    assert give(www, sent_code()).url == "/my/appointments/"
    www.post("/account/sign-out/")
    assert password(www).url == "/my/appointments/"  # known now


# The attempt


def test_the_attempt_is_bound_to_the_browser(colleague, pro, somewhere_else):
    password(pro)

    answer = give(somewhere_else, sent_code())

    assert (answer.status_code, answer.url) == (303, "/account/sign-in/")
    assert not signed_in(somewhere_else)


def test_a_code_is_bound_to_its_attempt(colleague, pro, somewhere_else, clock):
    password(pro)
    first = sent_code()
    clock(timedelta(seconds=31))
    password(somewhere_else)

    assert give(somewhere_else, first).status_code == 422
    FactorCode.objects.update(attempt=FactorAttempt.objects.latest("code_sent_at"))  # by whoever can write to the table
    assert give(somewhere_else, first).status_code == 422


def test_an_attempt_of_the_patients_door_is_nothing_at_the_pro_door(patient, professional, www, pro):
    codes.turn_on(patient)
    password(www)
    pro.cookies["factor_attempt"] = www.cookies["factor_attempt"].value

    assert give(pro, sent_code()).url == "/account/sign-in/"


def test_an_attempt_ends_after_half_an_hour(colleague, pro, clock):
    password(pro)
    clock(timedelta(minutes=30, seconds=1))

    assert pro.get("/account/sign-in/code/").url == "/account/sign-in/"


def test_a_locked_account_goes_no_further(colleague, pro):
    password(pro)
    code = sent_code()
    User.objects.filter(pk=colleague.pk).update(is_active=False)

    assert give(pro, code).url == "/account/sign-in/"
    assert not signed_in(pro)


def test_neither_codes_nor_cookies_are_stored(colleague, pro):
    password(pro)
    code, cookie = sent_code(), pro.cookies["factor_attempt"].value
    rows = [*FactorCode.objects.values(), *FactorAttempt.objects.values()]

    assert code not in str(rows) and cookie not in str(rows)
    assert bytes(FactorCode.objects.get().mac) != code.encode()


# Codes by text message


def test_the_number_is_not_shown_in_full(colleague, pro):
    password(pro)
    page = pro.get("/account/sign-in/code/").content.decode()

    assert "386" in page
    assert "28817386" not in page and "+4915228" not in page


def test_the_text_message_names_the_doors_own_host(colleague, pro):
    password(pro)

    assert f"@{settings.PRO_HOST.split(':')[0]} #" in written()[-1].body


def test_five_wrong_codes_end_a_code(colleague, pro):
    password(pro)
    code = sent_code()
    answers = [give(pro, other(code)).status_code for _ in range(5)]

    assert answers == [422] * 5
    assert give(pro, code).status_code == 422
    assert not signed_in(pro)


def test_a_code_works_for_ten_minutes(colleague, pro, clock):
    password(pro)
    code = sent_code()
    clock(timedelta(minutes=10, seconds=1))

    assert give(pro, code).status_code == 422


def test_a_code_works_once(colleague, pro):
    password(pro)
    code, cookie = sent_code(), pro.cookies["factor_attempt"].value
    give(pro, code)
    again = Client(HTTP_HOST=settings.PRO_HOST)
    again.cookies["factor_attempt"] = cookie

    assert give(again, code).url == "/account/sign-in/"


def test_another_code_comes_after_30_seconds(colleague, pro, clock):
    password(pro)
    pro.post("/account/sign-in/code/new/")
    assert FactorCode.objects.count() == 1
    clock(timedelta(seconds=31))
    pro.post("/account/sign-in/code/new/")

    assert FactorCode.objects.count() == 2
    assert give(pro, sent_code()).url == "/"


@pytest.mark.parametrize(
    "limit",
    [{"FACTOR_SMS_PER_NUMBER": 1}, {"FACTOR_SMS_PER_NETWORK": 1}, {"SMS_PER_DAY": 1}],
    ids=lambda one: [*one][0],
)
def test_text_messages_are_limited(colleague, pro, clock, settings, limit):
    for name, value in limit.items():
        setattr(settings, name, value)
    password(pro)
    clock(timedelta(seconds=31))

    answer = pro.post("/account/sign-in/code/new/")

    assert answer.status_code == 429
    assert FactorCode.objects.count() == 1


def test_wrong_codes_are_limited_over_all_attempts(colleague, pro, clock):
    for _ in range(4):
        clock(timedelta(seconds=31))
        password(pro)
        for _ in range(5):
            give(pro, other(sent_code()))
    clock(timedelta(seconds=31))
    password(pro)

    assert give(pro, sent_code()).status_code == 429


# The first sign-in


def test_a_first_sign_in_asks_for_the_number_and_makes_the_device_known(professional, pro):
    assert password(pro, next="/week/").url == "/account/sign-in/code/?next=%2Fweek%2F"
    assert pro.get("/account/sign-in/code/?next=/week/").url == "/account/sign-in/number/?next=%2Fweek%2F"
    assert pro.post("/account/sign-in/number/?next=/week/", {"phone": "030 123456"}).status_code == 422
    sent = pro.post("/account/sign-in/number/?next=/week/", {"phone": "0152 28817386"})
    assert sent.url == "/account/sign-in/code/?next=%2Fweek%2F"

    assert pro.post(sent.url, {"code": sent_code()}).url == "/week/"

    professional.refresh_from_db()
    with keyring.platform_keys():
        assert professional.contact["phone"] == NUMBER
    assert (PhoneDevice.objects.count(), KnownDevice.objects.count()) == (1, 1)
    assert written()[-1].to == EMAIL  # the owner hears of it


def test_a_corrected_number_makes_the_code_to_the_wrong_one_void(professional, pro):
    password(pro)
    pro.post("/account/sign-in/number/", {"phone": "0171 3920001"})
    wrong = sent_code()
    pro.post("/account/sign-in/number/", {"phone": "0152 28817386"})

    assert give(pro, wrong).status_code == 422
    assert give(pro, sent_code()).url == "/"


def test_who_has_a_factor_cannot_add_a_number_with_the_password_alone(colleague, pro):
    password(pro)
    PhoneDevice.objects.all()
    answer = pro.post("/account/sign-in/number/", {"phone": "0171 3920001"})

    assert answer.url == "/account/sign-in/code/"
    assert FactorAttempt.objects.get().phone_sealed is None


# Authenticator app


def test_the_code_of_an_app_signs_in_once(colleague, pro, somewhere_else):
    code = authenticators.code_at(with_app(colleague), timezone.now())
    password(pro)
    password(somewhere_else)

    assert give(pro, code).url == "/"
    assert give(somewhere_else, code).status_code == 422  # a replay


@pytest.mark.parametrize(("seconds", "status"), [(-30, 302), (30, 302), (-90, 422), (90, 422)])
def test_a_clock_may_be_one_step_wrong(colleague, pro, seconds, status):
    secret = with_app(colleague)
    password(pro)

    code = authenticators.code_at(secret, timezone.now() + timedelta(seconds=seconds))

    assert give(pro, code).status_code == status


def test_no_text_message_is_sent_to_who_has_an_app_but_may_be_asked_for(colleague, pro):
    with_app(colleague)
    password(pro)
    assert FactorCode.objects.count() == 0
    pro.post("/account/sign-in/code/new/")

    assert give(pro, sent_code(), factor="sms").url == "/"


def test_the_secret_is_stored_sealed(colleague):
    secret = with_app(colleague)

    assert secret.encode() not in bytes(AuthenticatorDevice.objects.values_list("secret", flat=True)[0])


# Recovery codes


def test_a_recovery_code_signs_in_once_and_the_owner_hears_of_it(colleague, pro, somewhere_else):
    first, *rest = recovery.make(colleague)
    password(pro)
    password(somewhere_else)

    assert give(pro, first.lower().replace("-", " "), factor="recovery").url == "/"
    assert give(somewhere_else, first, factor="recovery").status_code == 422
    assert RecoveryCode.objects.filter(used_at=None).count() == len(rest) == 9
    assert "Wiederherstellungscode" in written()[-1].body


def test_a_new_set_replaces_the_old_one(colleague, pro):
    old = recovery.make(colleague)
    recovery.make(colleague)
    password(pro)

    assert give(pro, old[0], factor="recovery").status_code == 422


def test_recovery_codes_have_120_bits_and_are_not_stored(colleague):
    made = recovery.make(colleague)

    assert {len(code.replace("-", "")) for code in made} == {24} and len(set(made)) == 10
    assert len(set(recovery.ALPHABET)) == 32
    assert made[0].replace("-", "").encode() not in [
        bytes(mac) for mac in RecoveryCode.objects.values_list("mac", flat=True)
    ]


def test_the_recovery_codes_of_a_colleague_are_nothing(colleague, pro):
    with keyring.platform_keys():
        stranger = User.objects.create_account(
            kind=UserKind.PROFESSIONAL, email="x@example.org", password="x", organisation=colleague.organisation
        )
    theirs = recovery.make(stranger)
    recovery.make(colleague)
    password(pro)

    assert give(pro, theirs[0], factor="recovery").status_code == 422


# A stronger one than text messages


def test_where_more_is_required_a_text_message_leads_to_adding_it_before_anything_else(colleague, pro):
    require(colleague, factor_strong=True)
    password(pro)
    give(pro, sent_code())

    assert pro.get("/").url == "/account/second-factor/?next=%2F"
    assert pro.get("/api/calendar/events").url.startswith("/account/second-factor/")
    page = pro.post("/account/second-factor/app/")
    device = AuthenticatorDevice.objects.get()
    pro.post(page.url, {"code": authenticators.code_at(authenticators.secret_of(device), timezone.now())})
    assert pro.get("/").status_code != 303


def test_where_more_is_required_text_messages_end_with_the_first_app(colleague, pro):
    with_app(colleague)
    require(colleague, factor_strong=True)
    password(pro)

    assert pro.post("/account/sign-in/code/new/").url == "/account/sign-in/"
    assert FactorCode.objects.count() == 0


def test_the_rule_holds_at_once_for_who_is_signed_in(colleague, pro):
    password(pro)
    give(pro, sent_code())
    assert pro.get("/account/").status_code == 200
    require(colleague, factor_strong=True)

    assert pro.get("/account/").url == "/account/second-factor/?next=%2Faccount%2F"


def test_a_device_that_a_text_message_made_known_does_not_do_where_more_is_required(colleague, pro):
    password(pro)
    give(pro, sent_code())
    pro.post("/account/sign-out/")
    require(colleague, factor_strong=True)

    assert password(pro).url == "/account/sign-in/code/"


def test_a_device_that_an_app_made_known_does(colleague, pro):
    require(colleague, factor_strong=True)
    know(pro, colleague)

    assert password(pro).url == "/"
    assert pro.get("/account/").status_code == 200


# The page


@pytest.fixture
def page(colleague) -> Client:
    return client_of(colleague)


def test_an_app_counts_from_its_first_code_on(colleague, page):
    address = page.post("/account/second-factor/app/").url
    shown = page.get(address)
    device = AuthenticatorDevice.objects.get()
    secret = authenticators.secret_of(device)

    assert "data:image/svg+xml" in shown.content.decode()
    assert page.post(address, {"code": other(authenticators.code_at(secret, timezone.now()))}).status_code == 422
    assert not AuthenticatorDevice.objects.get().confirmed
    assert page.post(address, {"code": authenticators.code_at(secret, timezone.now())}).url == "/account/second-factor/"
    assert AuthenticatorDevice.objects.get().confirmed
    assert page.get(address).status_code == 404  # the secret is never shown again


def test_a_strangers_app_and_devices_are_not_found(colleague, page, patient):
    device = authenticators.add(patient, now=timezone.now())
    know(Client(), patient)
    known = KnownDevice.objects.get()
    answers = [
        page.get(f"/account/second-factor/app/{device.pk}/"),
        page.get(f"/account/second-factor/app/{device.pk}/remove/"),
        page.post(f"/account/second-factor/devices/{known.pk}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert KnownDevice.objects.count() == 1


def test_recovery_codes_are_shown_once_and_counted(colleague, page):
    shown = page.post("/account/second-factor/recovery/").content.decode()

    assert len(re.findall(r"<code>[A-Z0-9-]{29}</code>", shown)) == 10
    again = page.get("/account/second-factor/").content.decode()
    assert "10 Codes" in again and "<code>" not in again


def test_the_last_factor_stays(colleague, page):
    phone = PhoneDevice.objects.get()

    assert page.post(f"/account/second-factor/sms/{phone.pk}/remove/").status_code == 409
    assert PhoneDevice.objects.count() == 1


def test_the_last_strong_factor_stays_where_more_is_required(colleague, page):
    with_app(colleague)
    require(colleague, factor_strong=True)
    app = AuthenticatorDevice.objects.get()

    assert page.post(f"/account/second-factor/app/{app.pk}/remove/").status_code == 409


def test_a_factor_is_removed_and_known_devices_with_it(colleague, page):
    with_app(colleague)
    know(Client(), colleague)
    app = AuthenticatorDevice.objects.get()

    assert page.post(f"/account/second-factor/app/{app.pk}/remove/").url == "/account/second-factor/"
    assert (AuthenticatorDevice.objects.count(), KnownDevice.objects.count()) == (0, 0)


def test_patients_may_turn_it_off_and_their_recovery_codes_go(patient):
    codes.turn_on(patient)
    recovery.make(patient)
    browser = client_of(patient, door="www")
    phone = PhoneDevice.objects.get()

    browser.post(f"/account/second-factor/sms/{phone.pk}/remove/")

    assert (PhoneDevice.objects.count(), RecoveryCode.objects.count()) == (0, 0)


def test_known_devices_are_listed_and_revoked_one_by_one_and_all(colleague, page):
    browsers = [Client(HTTP_HOST=settings.PRO_HOST, HTTP_USER_AGENT=FIREFOX) for _ in range(3)]
    for browser in browsers:
        FactorAttempt.objects.all().delete()
        password(browser)
        give(browser, sent_code())
        browser.post("/account/sign-out/")
    assert page.get("/account/second-factor/").content.decode().count("Firefox, Windows") == 2 * 3  # name, hidden name

    first = KnownDevice.objects.order_by("created_at").first()
    page.post(f"/account/second-factor/devices/{first.pk}/")
    assert [password(browser).url for browser in browsers] == ["/account/sign-in/code/", "/", "/"]
    page.post("/account/second-factor/devices/")
    browsers[1].post("/account/sign-out/")
    assert password(browsers[1]).url == "/account/sign-in/code/"


def test_an_added_number_counts_once_its_code_is_typed(colleague, page):
    PhoneDevice.objects.all().delete()
    page.post("/account/second-factor/number/", {"phone": "0171 3920001"})
    colleague.refresh_from_db()
    with keyring.platform_keys():
        assert colleague.contact["phone"] == NUMBER
    give(page, sent_code())

    colleague.refresh_from_db()
    with keyring.platform_keys():
        assert colleague.contact["phone"] == "+491713920001"
    assert PhoneDevice.objects.count() == 1


def test_another_number_is_changed_where_the_former_one_hears_of_it(page):
    assert page.get("/account/second-factor/number/").url == "/account/change/phone/"


# Step-up


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_matters_asks_again_after_ten_minutes_and_comes_back_by_get(colleague, page, method):
    stale(page)
    address = f"/account/second-factor/sms/{PhoneDevice.objects.get().pk}/remove/"

    answer = getattr(page, method)(address, {"secret": "typed"})

    assert (answer.status_code, answer.url) == (303, f"/account/confirm/?next={address.replace('/', '%2F')}")
    page.post(answer.url)
    back = page.post(f"/account/sign-in/code/?next={address}", {"code": sent_code()})
    assert back.url == address
    assert page.get(address).status_code == 200
    assert PhoneDevice.objects.count() == 1  # nothing of what was sent is repeated


def test_a_step_up_begun_by_someone_else_is_nothing(colleague, page, patient):
    codes.turn_on(patient)
    stale(page)
    page.post("/account/confirm/")
    code = sent_code()
    thief = client_of(colleague)  # another session of the same account, without that cookie
    assert give(thief, code).url == "/account/sign-in/"


def test_the_session_gets_a_new_key_with_it(colleague, page):
    stale(page)
    before = page.cookies["pro_session"].value
    page.post("/account/confirm/")
    give(page, sent_code())

    assert page.cookies["pro_session"].value != before


@pytest.mark.parametrize(
    "path",
    [
        "/account/second-factor/app/",
        "/account/second-factor/passkey/",
        "/account/second-factor/passkey/options/",
        "/account/second-factor/number/",
        "/account/second-factor/recovery/",
        "/account/change/phone/",
        "/account/change/phone/code/",
    ],
)
def test_adding_a_factor_asks_again(colleague, page, path):
    assert stale(page).post(path).url.startswith("/account/confirm/?next=")


# The organisation's rules


@pytest.fixture
def administrator(colleague) -> Client:
    User.objects.filter(pk=colleague.pk).update(is_organisation_admin=True)
    return client_of(colleague)


def test_administrators_set_the_rules_and_the_trail_says_so(administrator, colleague):
    from doctolib.audit.models import AuditEvent
    from doctolib.tenancy.scopes import organisation_scope

    assert administrator.post("/settings/sign-in/", {"factor_strong": "on", "idle_minutes": "30"}).status_code == 303
    organisation = Organisation.objects.get()
    assert (organisation.factor_every_time, organisation.factor_strong) == (False, True)
    with organisation_scope(organisation):
        events = list(AuditEvent.objects.values_list("actor", "action"))
    assert events == [(colleague.actor, "organisation.sign_in_rules_changed")]


def test_nobody_else_does(page):
    assert page.get("/settings/sign-in/").status_code == 403
    assert page.post("/settings/sign-in/", {"factor_strong": "on", "idle_minutes": "30"}).status_code == 403
    assert not Organisation.objects.get().factor_strong


def test_setting_the_rules_asks_again(administrator):
    assert stale(administrator).get("/settings/sign-in/").url.startswith("/account/confirm/")


# Passkeys: the ceremonies themselves are in tests/browser/test_second_factor.py


@pytest.mark.parametrize("answer", ["", "{}", "[]", "no json", json.dumps({"id": "x", "rawId": "x", "type": "y"})])
def test_what_is_no_passkey_is_refused(colleague, page, answer):
    page.post("/account/second-factor/passkey/options/")

    refused = page.post("/account/second-factor/passkey/", {"name": "PC", "answer": answer})

    assert refused.status_code == 422
    assert page.post("/account/second-factor/passkey/", {"name": "PC", "answer": "{}"}).status_code == 422


def test_everything_about_an_account_is_rid_of_when_it_is_over(colleague, pro, clock):
    from accounts.tasks import remove_stale

    password(pro)
    give(pro, sent_code())
    clock(timedelta(days=31))
    remove_stale()

    assert (FactorAttempt.objects.count(), FactorCode.objects.count(), KnownDevice.objects.count()) == (0, 0, 0)
    assert Throttle.objects.count() == 0
