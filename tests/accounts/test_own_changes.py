"""What one signs in with, changed by its owner: password, e-mail address, mobile number, at both doors."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.enums import UserKind
from accounts.models import ContactChange, User
from accounts.selectors import contact_of
from accounts.services import contact_changes
from accounts.tasks import remove_stale
from crypto import keyring
from doctolib.outbox.models import PlatformMessage
from tests.accounts.conftest import EMAIL, PASSWORD, sent_code, written
from tests.accounts.test_enumeration import seen
from tests.pro import know, met

pytestmark = pytest.mark.django_db

HOSTS = {"patient": settings.WWW_HOST, "professional": settings.PRO_HOST}
NEW_PASSWORD = "ein ganz neues Passwort"
NEW_EMAIL = "grace@neue-post.example"
NEW_PHONE = "+491713920001"
LINK = re.compile(r"https?://[^/]+(/account/email/\S+)")


@pytest.fixture(params=["patient", "professional"])
def owner(request) -> User:
    return request.getfixturevalue(request.param)


def signed_in(owner: User, password: str = PASSWORD, email: str = EMAIL) -> Client:
    client = Client(HTTP_HOST=HOSTS[owner.kind])
    know(client, owner)
    assert client.post("/account/sign-in/", {"email": email, "password": password}).status_code == 302
    return met(client) if owner.kind == UserKind.PROFESSIONAL else client  # their number is a second factor


@pytest.fixture
def browser(owner) -> Client:
    return signed_in(owner)


@pytest.fixture
def elsewhere(owner) -> Client:
    return signed_in(owner)


def is_in(client: Client) -> bool:
    return client.get("/account/change/password/").status_code == 200


def change_password(client: Client, current: str = PASSWORD, new: str = NEW_PASSWORD):
    return client.post("/account/change/password/", {"current": current, "new": new})


def ask_for_email(client: Client, email: str = NEW_EMAIL, current: str = PASSWORD):
    return client.post("/account/change/email/", {"email": email, "current": current})


def ask_for_phone(client: Client, phone: str = "0171 3920001", current: str = PASSWORD):
    return client.post("/account/change/phone/", {"phone": phone, "current": current})


def link() -> str:
    """The path of the newest mail's link."""
    return [found.group(1) for part in written() if (found := LINK.search(part.body))][-1]


def follow(client: Client, path: str):
    """Open the link and press the page's button."""
    return client.post(client.get(path).url)


# Who may


@pytest.mark.parametrize("page", ["password/", "email/", "email/sent/", "phone/", "phone/code/"])
@pytest.mark.parametrize("host", HOSTS.values())
def test_a_stranger_is_sent_to_sign_in(keys, host, page):
    answer = Client(HTTP_HOST=host).get(f"/account/change/{page}")

    assert (answer.status_code, answer.url) == (302, f"/account/sign-in/?next=/account/change/{page}")


def test_every_change_asks_for_the_current_password(owner, browser):
    acts = (change_password, ask_for_email, ask_for_phone)
    wrong = [act(browser, current="wrong") for act in acts]

    assert [answer.status_code for answer in wrong] == [422] * 3
    assert all("Das Passwort stimmt nicht." in answer.content.decode() for answer in wrong)
    assert written() == []


def test_guessing_the_current_password_locks_a_professional(professional):
    browser = signed_in(professional)
    for _ in range(10):
        change_password(browser, "wrong")

    assert not User.objects.get(pk=professional.pk).is_active
    assert not is_in(browser)


def test_guessing_the_current_password_of_a_patient_is_slowed_down(patient):
    browser = signed_in(patient)
    answers = [change_password(browser, "wrong").status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_pages_are_listed_in_the_professional_s_account(professional):
    shown = signed_in(professional).get("/account/").content.decode()

    assert all(f'href="/account/change/{page}/"' in shown for page in ("password", "email", "phone"))


def test_the_patient_s_account_leads_to_each_change(patient):
    with keyring.platform_keys():
        assert contact_of(patient).phone
    shown = signed_in(patient).get("/account/").content.decode()

    assert all(f'href="/account/change/{page}/"' in shown for page in ("password", "email", "phone"))


# Password


def test_a_changed_password_ends_all_other_sessions_and_is_told(owner, browser, elsewhere):
    answer = change_password(browser)

    assert (answer.status_code, answer.url) == (303, "/account/")
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    assert signed_in(owner, NEW_PASSWORD)
    assert [(part.to, part.subject) for part in written()] == [(EMAIL, "Ihr Passwort wurde geändert")]


def test_administrators_hear_of_a_professional_s_new_password(professional):
    with keyring.platform_keys():
        User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email="admin@example.org",
            organisation=professional.organisation,
            is_organisation_admin=True,
        )
    change_password(signed_in(professional))

    told = {part.to: part for part in written()}
    assert told["admin@example.org"].subject.endswith(": Ein Passwort wurde geändert")
    assert "Grace Hopper" in told["admin@example.org"].body


@pytest.mark.parametrize("new", ["kurz", "Sommer2026!", EMAIL, PASSWORD, ""])
def test_the_new_password_follows_the_rules(owner, browser, new):
    assert change_password(browser, new=new).status_code == 422
    assert is_in(browser)
    assert written() == []


def test_a_name_is_no_password(professional, patient):
    assert change_password(signed_in(professional), new="gracehopper26").status_code == 422


# E-mail address


def test_a_new_address_is_the_account_s_once_its_mailbox_confirms(owner, browser, elsewhere):
    asked = ask_for_email(browser)
    mail = written()[-1]
    before = contact_of(User.objects.get(pk=owner.pk)).email
    done = follow(browser, link())

    assert asked.url == "/account/change/email/sent/"
    assert (mail.to, mail.subject) == (NEW_EMAIL, "Bestätigen Sie Ihre neue E-Mail-Adresse")
    assert (before, contact_of(User.objects.get(pk=owner.pk)).email) == (EMAIL, NEW_EMAIL)
    assert done.url == "/account/"
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    assert signed_in(owner, email=NEW_EMAIL)


def test_the_former_address_is_told(owner, browser):
    ask_for_email(browser)
    follow(browser, link())

    assert (written()[-1].to, written()[-1].subject) == (EMAIL, "Ihre E-Mail-Adresse wurde geändert")


def test_the_link_may_be_opened_in_another_browser(owner, browser):
    ask_for_email(browser)
    done = follow(Client(HTTP_HOST=HOSTS[owner.kind]), link())

    assert done.url == "/account/sign-in/"
    assert not is_in(browser)


def test_looking_at_a_link_changes_nothing(owner, browser):
    ask_for_email(browser)
    browser.get(browser.get(link()).url)

    assert contact_of(User.objects.get(pk=owner.pk)).email == EMAIL


def test_a_link_works_once(owner, browser):
    ask_for_email(browser)
    path = link()
    follow(browser, path)

    assert follow(browser, path).status_code == 410


def test_a_newer_wish_ends_the_older_link(owner, browser):
    ask_for_email(browser, "first@example.org")
    older = link()
    ask_for_email(browser)

    assert follow(browser, older).status_code == 410
    assert follow(browser, link()).status_code == 303
    assert contact_of(User.objects.get(pk=owner.pk)).email == NEW_EMAIL


def test_a_link_ends_after_two_hours(owner, browser, clock):
    ask_for_email(browser)
    path = link()
    clock(contact_changes.LINK_LIFETIME + timedelta(seconds=1))

    assert follow(Client(HTTP_HOST=HOSTS[owner.kind]), path).status_code == 410


def test_a_made_up_link_is_worn(keys, www):
    assert [follow(www, f"/account/email/{page}/x:y/").status_code for page in ("confirm", "undo")] == [410, 410]


def test_a_link_of_one_step_is_worthless_at_another(patient):
    browser = signed_in(patient)
    ask_for_email(browser)

    assert follow(browser, link().replace("/confirm/", "/undo/")).status_code == 410


def test_an_address_with_an_account_looks_the_same_and_its_owner_hears(professional, patient):
    with keyring.platform_keys():
        User.objects.create_account(kind=UserKind.PATIENT, email=NEW_EMAIL, password=PASSWORD)
    browser = signed_in(patient)
    pages = [seen(ask_for_email(browser, email)) for email in (NEW_EMAIL, "free@neue-post.example")]

    assert pages[0] == pages[1]
    assert [(part.to, part.subject) for part in written()][:1] == [
        (NEW_EMAIL, "Zu dieser E-Mail-Adresse gehört schon ein Konto")
    ]


def test_an_address_that_got_an_account_meanwhile_is_refused(patient):
    browser = signed_in(patient)
    ask_for_email(browser)
    path = link()
    with keyring.platform_keys():
        User.objects.create_account(kind=UserKind.PATIENT, email=NEW_EMAIL, password=PASSWORD)
    answer = follow(browser, path)

    assert answer.status_code == 409
    assert contact_of(User.objects.get(pk=patient.pk)).email == EMAIL
    assert is_in(browser)


@pytest.mark.parametrize("email", [EMAIL.upper(), "no address", ""])
def test_an_address_that_is_none_or_the_same_is_refused(owner, browser, email):
    assert ask_for_email(browser, email).status_code == 422


def test_a_stranger_s_mailbox_is_not_filled(owner, browser):
    for _ in range(contact_changes.MAILS_PER_ADDRESS):
        ask_for_email(browser)
    ask_for_email(browser)

    assert PlatformMessage.objects.filter(kind="account.email_confirm").count() == 4
    assert written() == []  # three were for older wishes, the newest has no mail: each is dropped when sent


def test_wishes_of_an_account_are_limited(owner, browser):
    answers = [ask_for_email(browser, f"a{at}@example.org").status_code for at in range(6)]

    assert answers == [303] * 5 + [429]


# The way back


def test_the_former_address_takes_the_change_back(owner, browser):
    ask_for_email(browser)
    follow(browser, link())
    thief, owner_s = browser, Client(HTTP_HOST=HOSTS[owner.kind])
    done = follow(owner_s, link())

    assert done.url == "/account/email/undone/"
    assert owner_s.get(done.url).status_code == 200
    assert contact_of(User.objects.get(pk=owner.pk)).email == EMAIL
    assert not is_in(thief)
    again = Client(HTTP_HOST=HOSTS[owner.kind]).post("/account/sign-in/", {"email": EMAIL, "password": PASSWORD})
    assert again.status_code == 422  # the thief knows that password
    assert (written()[-1].to, written()[-1].subject) == (EMAIL, "Neues Passwort wählen")


def test_a_thief_s_second_change_hides_nothing(owner, browser):
    ask_for_email(browser)
    follow(browser, link())
    first_undo = link()
    ask_for_email(browser, "thief@example.org")
    follow(browser, link())
    follow(Client(HTTP_HOST=HOSTS[owner.kind]), first_undo)

    assert contact_of(User.objects.get(pk=owner.pk)).email == EMAIL
    assert ContactChange.objects.count() == 0  # nor does the thief have a way back


def test_after_three_days_nothing_is_taken_back(owner, browser, clock):
    ask_for_email(browser)
    follow(browser, link())
    path = link()
    clock(contact_changes.UNDO_LIFETIME + timedelta(seconds=1))
    remove_stale()

    assert ContactChange.objects.count() == 0
    assert follow(Client(HTTP_HOST=HOSTS[owner.kind]), path).status_code == 410


# Mobile number


def test_a_new_number_is_the_account_s_once_its_code_is_typed(owner, browser, elsewhere):
    former = contact_of(owner).phone
    asked = ask_for_phone(browser)
    texts = [part.to for part in written()]
    done = browser.post(asked.url, {"code": sent_code()})

    assert (asked.url, texts) == ("/account/change/phone/code/", [NEW_PHONE])
    assert done.url == "/account/"
    assert contact_of(User.objects.get(pk=owner.pk)).phone == NEW_PHONE
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    told = [(part.channel, part.to) for part in written()]
    assert told == [("email", EMAIL)] + ([("sms", former)] if former else [])


def test_wrong_codes_change_nothing_and_five_end_it(owner, browser):
    asked = ask_for_phone(browser)
    right = sent_code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    answers = [browser.post(asked.url, {"code": wrong}).status_code for _ in range(5)]
    late = browser.post(asked.url, {"code": right})

    assert answers == [422] * 5
    assert late.status_code == 422
    assert contact_of(User.objects.get(pk=owner.pk)).phone == contact_of(owner).phone


def test_a_code_for_another_number_is_worthless(owner, browser):
    ask_for_phone(browser)
    older = sent_code()
    asked = ask_for_phone(browser, "0171 3920002")

    assert older == sent_code() or browser.post(asked.url, {"code": older}).status_code == 422


def test_a_code_ends_after_ten_minutes(owner, browser, clock):
    asked = ask_for_phone(browser)
    code = sent_code()
    clock(settings.SIGN_UP_CODE_LIFETIME + timedelta(seconds=1))
    if owner.kind == UserKind.PROFESSIONAL:
        met(browser)

    assert browser.post(asked.url, {"code": code}).url == "/account/change/phone/"


def test_without_a_wish_there_is_no_code_page(owner, browser):
    assert browser.get("/account/change/phone/code/").url == "/account/change/phone/"


def test_text_messages_are_limited(owner, browser):
    answers = [ask_for_phone(browser).status_code for _ in range(settings.SMS_PER_NUMBER + 1)]

    assert answers == [303] * settings.SMS_PER_NUMBER + [429]


def test_the_code_is_for_the_door_s_host(professional):
    ask_for_phone(signed_in(professional))

    assert f"@{settings.PRO_HOST.split(':')[0]} #" in written()[-1].body


def test_a_locked_account_confirms_nothing(owner, browser):
    ask_for_email(browser)
    path = link()
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert follow(Client(HTTP_HOST=HOSTS[owner.kind]), path).status_code == 410
    with pytest.raises(contact_changes.CodeGone):
        contact_changes.confirm_phone(owner, "123456", now=timezone.now())
