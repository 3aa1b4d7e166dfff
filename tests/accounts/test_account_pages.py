"""The account's own pages: overview, relatives, choices."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.enums import ConsentPurpose, UserKind
from accounts.models import AccountConsent, User
from accounts.selectors import has_consent, persons_of
from accounts.services.persons import HasAppointments, add_relative, create_owner
from crypto import keyring
from doctolib.tenancy.scopes import person_scope
from tests.appointments.pages import text
from tests.pro import client_of

pytestmark = pytest.mark.django_db

MIA = {"first_name": "Mia", "last_name": "Öz", "birth_date": date(2015, 5, 4), "sex": "female"}
TYPED = {
    "first_name": "Mia", "last_name": "Öz", "birth_date_0": "4", "birth_date_1": "mai", "birth_date_2": "2015",
    "sex": "female",
}  # fmt: skip
PAST = ConsentPurpose.PAST_APPOINTMENTS
PAGES = ["account", "relatives", "relative-add", "account-choices", "account-delete"]


def with_owner(user, now):
    details = {"first_name": "Ada", "last_name": "Müller", "birth_date": date(1961, 3, 3), "terms_version": "1"}
    create_owner(account_id=user.pk, **details, terms_accepted_at=now)
    return user


@pytest.fixture
def ada(patient, now):
    return with_owner(patient, now)


@pytest.fixture
def browser(ada):
    return client_of(ada, door="www")


@pytest.fixture
def strangers_relative(keys, now):
    with keyring.platform_keys():
        user = User.objects.create_account(kind=UserKind.PATIENT, email="grace@example.org", password="x" * 12)
    return add_relative(with_owner(user, now).pk, **MIA)


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_need_an_account(keys, name):
    answer = client_of(None, door="www").get(reverse(name, urlconf="doctolib.urls.www"))

    assert answer.status_code == 302 and answer["Location"].startswith("/account/sign-in/?next=/account/")


def test_the_overview_shows_what_is_kept(browser):
    shown = text(browser.get("/account/"))

    for part in ("Ada Müller", "3. März 1961", "ada.mueller@example.org", "01522 8817386", "Deutsch"):
        assert part in shown.replace("\u00a0", " ")


@pytest.mark.parametrize("path", ["", "relatives/", "relatives/add/", "choices/", "delete/", "deleted/"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_each_page_has_one_heading_and_no_gap_below_it(browser, path, language):
    import re

    add_relative(User.objects.get().pk, **MIA)

    page = browser.get(f"/account/{path}", headers={"accept-language": language}).content.decode()

    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))


def test_a_relative_is_added(browser, ada):
    answer = browser.post("/account/relatives/add/", TYPED)

    assert (answer.status_code, answer["Location"]) == (303, "/account/relatives/")
    assert [(person.name, person.sex) for person in persons_of(ada.pk)][1:] == [("Mia Öz", "female")]
    assert "Mia ist hinzugefügt." in text(browser.get("/account/relatives/"))


def test_who_adds_a_relative_while_booking_goes_on_booking(browser, ada):
    form = browser.get("/account/relatives/add/?next=/klinik/book/who/")
    answer = browser.post("/account/relatives/add/?next=/klinik/book/who/", TYPED)
    elsewhere = browser.post("/account/relatives/add/?next=//evil.example/", TYPED)

    assert 'class="back-link" href="/klinik/book/who/"' in form.content.decode()
    assert (answer["Location"], elsewhere["Location"]) == ("/klinik/book/who/", "/account/relatives/")


def test_the_sex_may_be_left_out(browser, ada):
    browser.post("/account/relatives/add/", {**TYPED, "sex": ""})

    assert persons_of(ada.pk)[1].sex == "unknown"


def test_what_is_missing_is_named(browser, ada):
    answer = browser.post("/account/relatives/add/", {"first_name": "", "last_name": "Öz"})

    assert answer.status_code == 422
    assert "Geben Sie den Vornamen ein." in text(answer) and "Geben Sie das Geburtsdatum ein." in text(answer)
    assert len(persons_of(ada.pk)) == 1


def test_the_eleventh_relative_is_refused_with_words(browser, ada):
    for number in range(10):
        add_relative(ada.pk, **{**MIA, "first_name": f"Kind {number}"})

    answer = browser.post("/account/relatives/add/", TYPED)

    assert answer.status_code == 422
    assert "Sie haben 10 Angehörige hinzugefügt. Mehr sind nicht möglich." in text(answer)
    assert "Mehr sind nicht möglich." in text(browser.get("/account/relatives/"))


def test_details_are_shown_and_changed(browser, ada):
    mia = add_relative(ada.pk, **MIA)
    shown = browser.get(f"/account/relatives/{mia}/").content.decode()

    answer = browser.post(f"/account/relatives/{mia}/", {**TYPED, "last_name": "Müller"})

    assert 'value="Mia"' in shown and 'value="2015"' in shown
    assert answer.status_code == 303
    assert persons_of(ada.pk)[1].name == "Mia Müller"


def test_a_relative_is_removed_after_one_question(browser, ada):
    mia = add_relative(ada.pk, **MIA)
    asked = text(browser.get(f"/account/relatives/{mia}/remove/"))
    kept = len(persons_of(ada.pk))

    answers = [browser.post(f"/account/relatives/{mia}/remove/").status_code for _click in range(2)]

    assert "Mia entfernen?" in asked and kept == 2
    assert (answers, len(persons_of(ada.pk))) == ([303, 303], 1)


def test_a_relative_with_appointments_is_not_removed_and_the_page_says_why(browser, ada, monkeypatch):
    mia = add_relative(ada.pk, **MIA)

    def refuse(*_arguments, **_options):
        raise HasAppointments("Praxis am Markt")

    monkeypatch.setattr("accounts.services.persons.remove_relative", refuse)
    answer = browser.post(f"/account/relatives/{mia}/remove/")

    assert answer.status_code == 409
    assert "Mia hat kommende Termine bei Praxis am Markt. Sagen Sie diese zuerst ab." in text(answer)


def test_someone_elses_relatives_are_not_there(browser, ada, strangers_relative):
    own_person = persons_of(ada.pk)[0].id
    for person_id in (strangers_relative, own_person, uuid4()):
        assert browser.get(f"/account/relatives/{person_id}/").status_code == 404
        assert browser.post(f"/account/relatives/{person_id}/", TYPED).status_code == 404
        assert browser.get(f"/account/relatives/{person_id}/remove/").status_code == 404
        browser.post(f"/account/relatives/{person_id}/remove/")

    assert len(persons_of(ada.pk)) == 1
    assert len(persons_of(User.objects.exclude(pk=ada.pk).get().pk)) == 2


def test_past_appointments_are_allowed_and_no_longer_allowed(browser, ada):
    assert not has_consent(ada.pk, PAST)

    browser.post("/account/choices/past-appointments/", {"show": "on"})
    browser.post("/account/choices/past-appointments/", {"show": "on"})
    allowed = has_consent(ada.pk, PAST)
    browser.post("/account/choices/past-appointments/", {"show": "off"})

    assert (allowed, has_consent(ada.pk, PAST)) == (True, False)
    with person_scope(ada.pk):
        consent = AccountConsent.objects.get()  # what was allowed from when until when
    assert consent.version == "2026-11-23" and consent.given_at <= consent.withdrawn_at


def test_allowing_again_is_a_row_of_its_own(browser, ada):
    for choice in ("on", "off", "on"):
        browser.post("/account/choices/past-appointments/", {"show": choice})

    with person_scope(ada.pk):
        assert list(AccountConsent.objects.order_by("pk").values_list("withdrawn_at", flat=True))[1:] == [None]
        assert AccountConsent.objects.count() == 2


def test_a_choice_is_not_made_by_a_link(browser, ada):
    assert browser.get("/account/choices/past-appointments/?show=on").status_code == 405
    assert not has_consent(ada.pk, PAST)
