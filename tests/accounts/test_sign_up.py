"""Signing up: the way through, each refusal, and the way back."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import terms
from accounts.models import Session, SignUp, TermsAcceptance, User
from accounts.selectors import contact_of, owner_person
from accounts.services import signup
from doctolib.tenancy.scopes import person_scope
from tests import factories
from tests.accounts.conftest import EMAIL, PASSWORD, PHONE, SignUpWalk, sent_code, session_of, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(keys, www) -> SignUpWalk:
    return SignUpWalk(www, next="/charite/check/")


def test_four_steps_make_an_account_with_its_person_and_sign_it_in(walk, www):
    steps = [walk.contact(), walk.password(), walk.code(sent_code()), walk.person()]

    assert [response.url for response in steps] == [
        "/account/sign-up/password/?next=%2Fcharite%2Fcheck%2F",
        "/account/sign-up/code/?next=%2Fcharite%2Fcheck%2F",
        "/account/sign-up/person/?next=%2Fcharite%2Fcheck%2F",
        "/charite/check/",
    ]
    user = User.objects.get()
    assert (user.kind, user.language, str(user.pk)) == ("patient", "de", session_of(www)["_auth_user_id"])
    contact = contact_of(user)
    assert (contact.email, contact.phone) == (EMAIL, "+4915228817386")
    person = owner_person(user.pk)
    assert (person.first_name, person.last_name, person.birth_date, person.sex) == (
        "Ada",
        "Müller-Lüdenscheidt",
        date(1961, 3, 3),
        "unknown",
    )
    with person_scope(user.pk):
        assert list(TermsAcceptance.objects.values_list("document", "version")) == [("terms", terms.VERSION)]
    assert not SignUp.objects.exists()
    assert "sign_up" not in {name for name, cookie in www.cookies.items() if cookie.value}


def test_the_hold_cookie_survives(walk, www):
    www.cookies["hold"] = "held"
    walk.until_person().person()

    assert www.cookies["hold"].value == "held"


def test_without_a_way_back_it_ends_at_my_appointments(keys, www):
    assert SignUpWalk(www).until_person().person().url == "/my/appointments/"


@pytest.mark.parametrize("stranger", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_the_way_back_is_never_another_site(keys, www, stranger):
    assert SignUpWalk(www, next=stranger).until_person().person().url == "/my/appointments/"


def test_a_new_session_begins_with_the_account(walk, www):
    www.get("/account/sign-up/")
    session = www.session  # an old session, as someone might have planted it
    session["planted"] = 1
    session.save()
    www.cookies["patient_session"] = session.session_key

    walk.until_person().person()

    assert www.cookies["patient_session"].value != session.session_key
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_messages_are_an_sms_and_a_welcome(walk):
    walk.until_person().person()

    assert [(part.channel, part.to, part.subject) for part in written()] == [
        ("email", EMAIL, "Ihr Konto ist angelegt"),
    ]  # the code is worth nothing any more, so it would not be sent either


def test_the_code_message_fits_one_sms_and_names_our_host(walk):
    walk.until_code()

    [message] = written()
    assert (message.channel, message.to) == ("sms", "+4915228817386")
    assert message.body.splitlines()[-1] == f"@localhost #{sent_code()}"
    assert len(message.body) <= 160
    assert set(message.body) <= GSM7


@pytest.mark.parametrize("language", ["de", "en"])
def test_sms_and_mails_are_in_the_language_of_the_sign_up(keys, www, language):
    www.cookies["django_language"] = language
    walk = SignUpWalk(www).until_code()
    sms = written()[0]
    walk.code(sent_code())
    walk.person()

    assert sms.body.startswith({"de": "Ihr Code für Doctolib", "en": "Your Doctolib code"}[language])
    assert written()[0].subject == {"de": "Ihr Konto ist angelegt", "en": "Your account has been created"}[language]
    assert len(sms.body) <= 160 and set(sms.body) <= GSM7
    assert User.objects.get().language == language


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"email": "", "phone": PHONE}, "Bitte geben Sie Ihre E-Mail-Adresse ein."),
        ({"email": "ada", "phone": PHONE}, "name@example.com"),
        ({"email": "ada@exa mple.org", "phone": PHONE}, "name@example.com"),
        ({"email": EMAIL, "phone": ""}, "Bitte geben Sie eine Handynummer ein, zum Beispiel 0152 28817386."),
        ({"email": EMAIL, "phone": "12"}, "Bitte geben Sie eine Handynummer ein, zum Beispiel 0152 28817386."),
        ({"email": EMAIL, "phone": "030 23125000"}, "Diese Nummer kann keine SMS empfangen."),
        ({"email": EMAIL, "phone": "+44 7400 123456"}, "nur an Nummern aus Deutschland, Österreich und der Schweiz"),
    ],
)
def test_a_wrong_contact_is_explained_and_kept(walk, typed, message):
    response = walk.post("", **typed)

    assert response.status_code == 422
    page = response.content.decode()
    assert message in page
    assert "<title>Fehler:" in page
    assert typed["email"] in page and typed["phone"] in page
    assert not SignUp.objects.exists()


@pytest.mark.parametrize("typed", ["01522 881 7386", "+49 1522 8817386", "0049-1522-8817386", "(01522) 8817386"])
def test_a_number_may_be_written_in_any_way(walk, typed):
    walk.phone = typed
    walk.until_code()

    assert written()[0].to == "+4915228817386"


def test_numbers_of_neighbours_are_welcome(walk):
    walk.phone = "+43 664 1234567"
    walk.until_code()

    assert written()[0].to == "+436641234567"


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "Bitte wählen Sie ein Passwort."),
        ("kurz123", "Das Passwort braucht mindestens 8 Zeichen."),
        ("password1", "Dieses Passwort oder ein ähnliches benutzen viele."),
        (EMAIL.upper(), "Das Passwort besteht aus Ihrem Namen, Ihrer E-Mail-Adresse, Telefonnummer oder Einrichtung."),
        ("x" * 4097, "Das Passwort darf höchstens 4096 Zeichen haben."),
    ],
)
def test_a_weak_password_is_refused_and_not_sent_back(walk, password, message):
    walk.contact()

    response = walk.password(password)

    assert response.status_code == 422
    assert message in response.content.decode()
    assert f'value="{password}"' not in response.content.decode() or not password
    assert written() == []


@pytest.mark.parametrize("password", ["äöü💡 ab", "vier Wörter. " * 315])
def test_long_and_unusual_passwords_work(walk, password):
    walk.contact()

    assert walk.password(password).status_code == (302 if len(password) >= 8 else 422)


def test_terms_must_be_accepted_and_are_not_ticked_before(walk):
    walk.contact()
    assert b"checked" not in walk.get("password/").content

    response = walk.post("password/", password=PASSWORD)

    assert response.status_code == 422
    assert "Bitte stimmen Sie den Nutzungsbedingungen zu" in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("first_name", "", "Bitte geben Sie Ihren Vornamen ein."),
        ("last_name", " 1 ", "Bitte geben Sie Ihren Nachnamen ein."),
        ("birth_date_1", "", "Beim Geburtsdatum fehlt der Monat."),
        ("birth_date_0", "31", "Diesen Tag gibt es in diesem Monat nicht."),
    ],
)
def test_a_missing_name_or_date_is_named(walk, field, value, message):
    walk.until_person()
    data = {
        "first_name": "Ada",
        "last_name": "M",
        "birth_date_0": "3",
        "birth_date_1": "2",
        "birth_date_2": "1961",
        field: value,
    }

    response = walk.post("person/", **data)

    assert response.status_code == 422
    assert message in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("step", ["password/", "code/", "phone/", "person/"])
def test_a_stranger_in_the_middle_is_sent_to_the_beginning(walk, step):
    assert walk.get(step).url == "/account/sign-up/?next=%2Fcharite%2Fcheck%2F"


def test_nobody_skips_a_step(walk):
    walk.contact()
    before_password = [walk.get(step).url for step in ("code/", "person/")]
    walk.password()
    before_code = walk.person().url
    walk.code(sent_code())
    after_code = walk.get("code/").url

    query = "?next=%2Fcharite%2Fcheck%2F"
    assert before_password == [f"/account/sign-up/password/{query}"] * 2
    assert before_code == f"/account/sign-up/code/{query}"
    assert after_code == f"/account/sign-up/person/{query}"
    assert not User.objects.exists()


def test_another_ones_cookie_cannot_be_made_up(walk, keys):
    walk.until_person()
    forger = Client(HTTP_HOST="localhost:8000")
    forger.cookies["sign_up"] = str(SignUp.objects.get().pk)

    assert forger.get("/account/sign-up/person/").url == "/account/sign-up/"


def test_going_back_shows_what_was_typed(walk):
    walk.contact()

    page = walk.get().content.decode()

    assert EMAIL in page and "01522 8817386" in page


def test_a_changed_contact_starts_over(walk):
    walk.until_code()
    code = sent_code()

    walk.email = "other@example.org"
    walk.contact()

    assert walk.code(code).url == "/account/sign-up/password/?next=%2Fcharite%2Fcheck%2F"
    assert SignUp.objects.get().verified_at is None


def test_a_code_does_not_follow_to_another_address(walk, www):
    """Otherwise one text message would tell of any number of addresses whether they have an account."""
    walk.until_code()
    code = sent_code()
    walk.email = "other@example.org"
    walk.until_code()

    assert walk.code(code).status_code == 422
    assert walk.code(sent_code()).status_code == 302


def test_nobody_finishes_without_a_confirmed_number(walk):
    walk.until_code()

    with pytest.raises(signup.NotVerified):
        signup.finish(
            SignUp.objects.get().pk, first_name="A", last_name="B", birth_date=date(1961, 3, 3), now=timezone.now()
        )


def test_a_sign_up_ends_after_twenty_hours(walk, clock):
    walk.until_person()
    clock(timedelta(hours=20, minutes=1))

    assert walk.get("person/").url == "/account/sign-up/?next=%2Fcharite%2Fcheck%2F"
    assert walk.person().url == "/account/sign-up/?next=%2Fcharite%2Fcheck%2F"
    assert not User.objects.exists()


def test_a_second_click_on_the_last_button_is_harmless(walk, www):
    walk.until_person()
    other_tab = Client(HTTP_HOST="localhost:8000")
    other_tab.cookies["sign_up"] = www.cookies["sign_up"].value

    answers = [walk.person(), SignUpWalk(other_tab, next="/charite/check/").person()]

    assert [answer.url for answer in answers] == ["/charite/check/", "/charite/check/"]
    assert User.objects.count() == 1
    with person_scope(User.objects.get().pk):
        assert TermsAcceptance.objects.count() == 1


def test_who_is_signed_in_does_not_sign_up(walk):
    walk.until_person().person()

    assert {walk.get(step).url for step in ("", "password/", "code/", "person/")} == {"/charite/check/"}


def test_the_clinic_that_one_books_at_is_on_every_page(keys, www):
    clinic = factories.organisation(slug="charite", phone="030 23125 000")
    walk = SignUpWalk(www, next="/charite/check/")
    pages = [walk.get()]
    walk.until_code()
    pages += [walk.get("code/"), walk.get("phone/"), walk.get("password/")]

    assert [(clinic.name in page.content.decode(), "030 23125 000" in page.content.decode()) for page in pages] == [
        (True, True)
    ] * 4


def test_no_page_may_be_kept_by_a_cache(walk):
    walk.until_code()

    assert {walk.get(step)["Cache-Control"] for step in ("", "password/", "code/", "phone/")} == {"no-store"}


def test_sessions_hold_no_personal_data(walk, www):
    walk.until_person().person()

    assert Session.objects.count() == 1
    assert set(session_of(www)) == {"_auth_user_id", "_auth_user_backend", "_auth_user_hash", "connection", "began_at"}


# GSM 03.38 without the extension table.
GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
