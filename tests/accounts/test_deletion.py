"""Deleting an account: what goes at once, what clinics keep, and what is finished later."""

from datetime import date, timedelta

import pytest
from django.db import OperationalError

from accounts import tasks
from accounts.models import AccountConsent, ClinicLink, Person, Session, TermsAcceptance, Unlinking, User
from accounts.services import deletion
from accounts.services.deletion import SETTLED, delete_account, finish_all
from accounts.services.persons import add_relative, create_owner, give_consent, link_clinic, remove_relative
from appointments.models import Appointment, Occupancy
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import PlatformMessage
from doctolib.tenancy.classes import TableClass, models_of
from doctolib.tenancy.scopes import organisation_scope, person_scope
from patients.models import Patient
from tests import factories
from tests.accounts.conftest import EMAIL, PASSWORD, SignUpWalk, written
from tests.appointments.pages import text
from tests.pro import client_of

pytestmark = pytest.mark.django_db

PERSON_MODELS = (AccountConsent, ClinicLink, Person, TermsAcceptance)


@pytest.fixture
def ada(patient, now):
    details = {"first_name": "Ada", "last_name": "Müller", "birth_date": date(1961, 3, 3), "terms_version": "1"}
    patient.person_id = create_owner(account_id=patient.pk, **details, terms_accepted_at=now)
    give_consent(patient.pk, "past_appointments", now=now)
    return patient


@pytest.fixture
def browser(ada):
    return client_of(ada, door="www")


def clinic_of(ada, now, person_id=None, **fields):
    """A clinic with one coming appointment of this person."""
    person_id = person_id or ada.person_id
    clinic = factories.organisation(**fields)
    factories.agreement(clinic)
    with organisation_scope(clinic):
        calendar = factories.calendar()
        record, reason = factories.patient(person_id=person_id), factories.reason(calendars=[calendar])
        factories.appointment(calendar, reason, record, now + timedelta(days=1), person_id=person_id)
    link_clinic(ada.pk, person_id, clinic.pk)
    return clinic


def tied(clinic):
    """How many records, appointments and occupied times carry a person's id; and how many there are."""
    with organisation_scope(clinic):
        models = (Patient, Appointment, Occupancy)
        return [(m.objects.exclude(person_id=None).count(), m.objects.count()) for m in models]


def rows_of(account_id):
    with person_scope(account_id):
        return {model.__name__: model.objects.count() for model in PERSON_MODELS if model.objects.exists()}


def test_nothing_of_the_person_stays_on_the_platform(ada, now):
    mia = add_relative(ada.pk, first_name="Mia", last_name="Öz", birth_date=date(2015, 5, 4))
    clinic_of(ada, now)
    clinic_of(ada, now, person_id=mia)
    account_id, kept = ada.pk, rows_of(ada.pk)

    delete_account(ada, now=now)

    assert len(kept) == len(PERSON_MODELS)
    assert rows_of(account_id) == {}
    assert not User.objects.filter(pk=account_id).exists()
    traces = []
    for model in models_of(TableClass.IDENTITY):
        for row in model.objects.all().values():
            if str(account_id) in str(row) or "Müller" in str(row) or EMAIL in str(row):
                traces.append(model.__name__)
    # Ids alone: the work that is left, and the e-mail that says good-bye.
    assert sorted(traces) == ["PlatformMessage", "Unlinking"]


def test_every_person_table_is_emptied(ada):
    assert set(models_of(TableClass.PERSON)) == set(PERSON_MODELS)


def test_the_e_mail_address_may_sign_up_again(ada, now, www):
    delete_account(ada, now=now)

    walk = SignUpWalk(www).until_person()
    walk.person()

    assert User.objects.count() == 1


def test_clinics_keep_everything_but_the_tie(ada, now):
    clinics = [clinic_of(ada, now), clinic_of(ada, now, database="dedicated")]
    before = [tied(clinic) for clinic in clinics]
    with organisation_scope(clinics[0]):
        record = Patient.objects.values("pk", "contact", "language").get()

    delete_account(ada, now=now)
    finish_all(now=now)

    assert before == [[(1, 1), (1, 1), (1, 1)]] * 2
    assert [tied(clinic) for clinic in clinics] == [[(0, 1), (0, 1), (0, 1)]] * 2
    with organisation_scope(clinics[0]):
        assert Patient.objects.values("pk", "contact", "language").get() == record
        assert Appointment.objects.get().status == "booked"


def test_each_clinic_reads_in_its_trail_what_was_done(ada, now):
    clinic = clinic_of(ada, now)

    delete_account(ada, now=now)
    finish_all(now=now)
    finish_all(now=now)  # again: nothing is done, nothing is written

    with organisation_scope(clinic):
        trail = list(AuditEvent.objects.order_by("action").values_list("actor", "action"))
    assert trail == [("account-deletion", "appointment.unlinked"), ("account-deletion", "patient.unlinked")]


def test_others_at_the_same_clinic_stay_tied(ada, now):
    clinic = clinic_of(ada, now)
    with organisation_scope(clinic):
        factories.patient(person_id=clinic.pk)  # anybody's

    delete_account(ada, now=now)
    finish_all(now=now)

    assert tied(clinic)[0] == (1, 2)


def test_the_work_is_done_once_every_booking_under_way_is_over(ada, now):
    clinic = clinic_of(ada, now)
    delete_account(ada, now=now)
    finish_all(now=now)
    with organisation_scope(clinic):  # a booking that had begun before writes the person's id after all
        Appointment.objects.update(person_id=ada.person_id)

    first = finish_all(now=now + SETTLED - timedelta(seconds=1))
    last = finish_all(now=now + SETTLED)

    assert (first, last, Unlinking.objects.count()) == (0, 1, 0)
    assert tied(clinic)[1] == (0, 1)


def test_a_clinic_that_is_away_is_told_later_and_the_others_now(ada, now, monkeypatch):
    near, away = clinic_of(ada, now), clinic_of(ada, now)
    scope = deletion.organisation_scope

    def unreachable(clinic, **options):
        if clinic.pk == away.pk:
            raise OperationalError("connection refused")
        return scope(clinic, **options)

    monkeypatch.setattr(deletion, "organisation_scope", unreachable)
    delete_account(ada, now=now)
    done = finish_all(now=now + SETTLED)
    left = Unlinking.objects.get().links
    monkeypatch.undo()
    later = finish_all(now=now + timedelta(days=3))

    assert (done, later) == (0, 1)
    assert left == [[str(ada.person_id), str(away.pk)]]
    assert tied(near)[0] == tied(away)[0] == (0, 1)
    assert not Unlinking.objects.exists()


def test_the_person_database_away_leaves_work_that_is_finished(ada, now, monkeypatch):
    account_id = ada.pk

    def away(*_arguments, **_options):
        raise OperationalError("connection refused")

    monkeypatch.setattr(deletion, "person_scope", away)
    delete_account(ada, now=now)
    left = rows_of(account_id)
    waiting = finish_all(now=now + SETTLED)
    monkeypatch.undo()

    finish_all(now=now + SETTLED)

    assert "Person" in left and waiting == 0
    assert rows_of(account_id) == {}


def test_a_clinic_that_was_linked_meanwhile_is_told_too(ada, now, monkeypatch):
    clinic = clinic_of(ada, now)
    monkeypatch.setattr(deletion, "linked_clinics", _at_first_none(deletion.linked_clinics))

    delete_account(ada, now=now)
    finish_all(now=now)

    assert tied(clinic)[0] == (0, 1)


def _at_first_none(really):
    calls = iter([lambda _account: []])
    return lambda account_id: next(calls, really)(account_id)


def test_a_removed_relative_is_no_longer_tied(ada, now):
    mia = add_relative(ada.pk, first_name="Mia", last_name="Öz", birth_date=date(2015, 5, 4))
    own, hers = clinic_of(ada, now), clinic_of(ada, now, person_id=mia)

    remove_relative(ada.pk, mia, now=now + timedelta(days=2))
    finish_all(now=now)

    assert (tied(own)[0], tied(hers)[0]) == ((1, 1), (0, 1))
    assert User.objects.filter(pk=ada.pk).exists() and "Person" in rows_of(ada.pk)


def test_a_second_call_finds_nothing_to_do(ada, now):
    delete_account(User.objects.get(), now=now)
    delete_account(ada, now=now)

    assert (Unlinking.objects.count(), PlatformMessage.objects.count()) == (1, 1)


def test_a_neutral_e_mail_confirms_it(ada, now):
    clinic_of(ada, now, name="Suchtambulanz")
    delete_account(ada, now=now)

    (mail,) = written()

    assert (mail.to, mail.subject) == (EMAIL, "Ihr Konto wurde gelöscht")
    assert "Ihr Doctolib-Konto wurde gelöscht" in mail.body and "Suchtambulanz" not in mail.body + mail.html


def test_the_task_finishes_what_is_left(ada, now):
    clinic = clinic_of(ada, now)
    delete_account(ada, now=now)

    tasks.finish_deletions()

    assert tied(clinic)[0] == (0, 1)


# The page ------------------------------------------------------------------------------------------------------------


def test_the_page_says_what_goes_what_stays_and_offers_to_cancel_first(browser):
    page = browser.get("/account/delete/")

    for part in ("Kommende Termine bleiben gebucht", "Was gelöscht wird", "Was bleibt",
                 "Die Kliniken behalten ihre Termine und Akten. Dazu verpflichtet sie das Gesetz."):  # fmt: skip
        assert part in text(page)
    assert 'href="/my/appointments/"' in page.content.decode()


def test_the_right_password_deletes_and_signs_out_everywhere(browser, ada):
    elsewhere = client_of(ada, door="www")

    answer = browser.post("/account/delete/", {"password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (303, "/account/deleted/")
    assert "Ihr Konto wurde gelöscht" in text(browser.get("/account/deleted/"))
    assert not User.objects.exists()
    for each in (browser, elsewhere):
        assert each.get("/account/").status_code == 302
    assert not Session.objects.filter(pk=browser.cookies["patient_session"].value).exists()


@pytest.mark.parametrize("password", ["", "etwas anderes"])
def test_without_the_right_password_nothing_is_deleted(browser, ada, password):
    answer = browser.post("/account/delete/", {"password": password})

    assert answer.status_code == 422
    assert User.objects.filter(pk=ada.pk).exists() and "Person" in rows_of(ada.pk)
    assert browser.get("/account/").status_code == 200


def test_passwords_cannot_be_tried_without_end(browser, ada):
    answers = [browser.post("/account/delete/", {"password": f"falsch {n}"}).status_code for n in range(11)]

    assert (answers[0], answers[-1]) == (422, 429)
    assert User.objects.exists()


def test_looking_at_the_page_deletes_nothing(browser, ada):
    browser.get("/account/delete/")

    assert User.objects.exists()
