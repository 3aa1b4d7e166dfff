"""What is asked on the way to a booking: about you, for whom, the clinic's questions; and what it leads to."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.services.persons import add_relative
from appointments.models import Appointment, VisitReason
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import TOMORROW_AT_NINE, ada, at_nine, clinic, signed_in, text, title, visitor

__all__ = ["ada", "at_nine", "clinic"]
ABOUT = {"insurance": "statutory", "known": "no"}


def change(clinic, **values) -> None:
    with organisation_scope(clinic.organisation):
        VisitReason.objects.filter(pk=clinic.reason.pk).update(**values)


def booked_for(clinic) -> tuple:
    """Person and first name of the only appointment."""
    with organisation_scope(clinic.organisation):
        found = Appointment.objects.select_related("patient").get()
        return found.person_id, found.patient.name["first_name"]


def details_of(clinic) -> dict | None:
    with organisation_scope(clinic.organisation):
        return Appointment.objects.get().details


def question(clinic, **fields):
    with organisation_scope(clinic.organisation):
        return factories.question(clinic.reason, **fields)


# About you


def test_what_no_reason_depends_on_is_not_asked(clinic):
    assert title(visitor().get(clinic.url("book/"))).startswith("Grund wählen")


INSURED_HOW, BEEN_HERE = "Wie sind Sie versichert?", "Waren Sie schon einmal in dieser Klinik?"


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ({"audience": "known"}, [BEEN_HERE]),
        ({"seen_within": 12}, [BEEN_HERE]),
        ({"insurances": ["private"]}, [INSURED_HOW]),
        ({"price": Decimal(40)}, [INSURED_HOW]),
        ({"price": Decimal(40), "audience": "new"}, [INSURED_HOW, BEEN_HERE]),
    ],
)
def test_what_a_reason_depends_on_is_asked_first_and_nothing_else(clinic, rule, asked):
    change(clinic, **rule)

    page = visitor().get(clinic.url("book/"))

    assert title(page).startswith("Über Sie")
    assert [question for question in (INSURED_HOW, BEEN_HERE) if question in text(page)] == asked


def test_answers_that_are_missing_are_asked_for(clinic):
    change(clinic, audience="known")

    page = visitor().get(clinic.url("book/"), next="reason", insurance="statutory")

    assert (page.status_code, title(page)[:7]) == (422, "Fehler:")
    assert "Bitte wählen Sie, ob Sie schon einmal in dieser Klinik waren." in text(page)


def test_a_reason_that_is_not_for_them_says_why_and_where_to_call(clinic):
    change(clinic, audience="known")

    page = text(visitor().get(clinic.url("book/"), **ABOUT))

    assert "Dieser Termin ist nur für Patientinnen und Patienten, die schon einmal hier waren." in page
    assert "030 23125 000" in page


def test_a_reason_chosen_on_the_clinic_s_own_page_leads_to_its_times(clinic):
    change(clinic, audience="new")
    link = {"reason": clinic.reason.pk}
    asked = visitor().get(clinic.url("book/"), **link)
    assert f'name="reason" value="{clinic.reason.pk}"' in asked.content.decode()

    answer = visitor().get(clinic.url("book/"), **link, **ABOUT, next="reason")

    assert answer["Location"] == clinic.url(f"book/times/?reason={clinic.reason.pk}&insurance=statutory&known=no")


def test_the_times_are_not_shown_to_whom_they_are_not_for(clinic):
    change(clinic, insurances=["private"])

    page = visitor().get(clinic.url("book/times/"), reason=clinic.reason.pk, **ABOUT)

    assert page.status_code == 409
    assert "Dieser Termin ist nur für privat Versicherte." in text(page)


def test_a_price_and_a_referral_stand_under_the_reason(clinic):
    change(clinic, price=Decimal("45.00"), referral="bring")

    page = text(visitor().get(clinic.url("book/"), insurance="self", known="no"))

    assert "Sie brauchen eine Überweisung. Bitte bringen Sie sie mit. Kosten für Selbstzahler: 45,00 €." in page


def test_what_was_said_is_not_asked_again(clinic, ada):
    change(clinic, audience="new")
    times = ada.get(clinic.url("book/times/"), reason=clinic.reason.pk, **ABOUT)
    assert 'name="insurance" value="statutory"' in times.content.decode()
    ada.post(clinic.url("book/hold/"), {**clinic.chosen(), **ABOUT})

    check = ada.get(clinic.url("book/check/"))

    assert "Gesetzlich versichert" in text(check) and "Wie sind Sie versichert?" not in text(check)
    assert ada.post(clinic.url("book/check/"), {}).status_code == 303


def test_who_says_to_be_new_cannot_book_what_is_for_known_patients(clinic, ada):
    change(clinic, audience="known")
    ada.post(clinic.url("book/hold/"), {**clinic.chosen(), **ABOUT})

    page = ada.post(clinic.url("book/check/"), {})

    assert (page.status_code, clinic.appointments()) == (409, [])
    assert "die schon einmal hier waren" in text(page)


# For whom


@pytest.fixture
def with_child(clinic):
    browser = signed_in("grace@example.org", last_name="Hopper")
    child = add_relative(browser.user.pk, first_name="Mia", last_name="Lovelace", birth_date=date(2020, 5, 1))
    return browser, child


def test_who_has_relatives_is_asked_for_whom(clinic, with_child):
    browser, child = with_child
    browser.post(clinic.url("book/hold/"), clinic.chosen())
    assert browser.get(clinic.url("book/check/"))["Location"] == clinic.url("book/for/")
    page = browser.get(clinic.url("book/for/"))
    assert "Mia Lovelace" in text(page) and "Andere Person" in text(page)

    browser.post(clinic.url("book/for/"), {"whom": str(child)})

    assert "Mia Lovelace" in text(browser.get(clinic.url("book/check/")))
    done = browser.post(clinic.url("book/check/"), {"insurance": "statutory"})
    assert done.status_code == 303
    assert booked_for(clinic) == (child, "Mia")
    assert browser.get(done["Location"]).status_code == 200


def test_the_next_booking_is_asked_for_again(clinic, with_child):
    browser, child = with_child
    browser.post(clinic.url("book/hold/"), clinic.chosen())
    browser.post(clinic.url("book/for/"), {"whom": str(child)})
    browser.post(clinic.url("book/check/"), {"insurance": "statutory"})

    browser.post(clinic.url("book/hold/"), clinic.chosen(TOMORROW_AT_NINE + timedelta(hours=1)))

    assert browser.get(clinic.url("book/check/"))["Location"] == clinic.url("book/for/")


def test_the_next_account_on_a_device_books_for_itself(clinic, with_child, ada):
    browser, child = with_child
    browser.post(clinic.url("book/hold/"), clinic.chosen())
    browser.post(clinic.url("book/for/"), {"whom": str(child)})
    browser.client.cookies["patient_session"] = ada.client.cookies["patient_session"].value

    assert "Ada Lovelace" in text(browser.get(clinic.url("book/check/")))
    browser.post(clinic.url("book/check/"), {"insurance": "statutory"})

    assert booked_for(clinic) == (ada.person_id, "Ada")


def test_somebody_else_is_added_first_and_the_way_leads_back(clinic, ada):
    ada.post(clinic.url("book/hold/"), clinic.chosen())

    answer = ada.post(clinic.url("book/for/"), {"whom": "other"})

    assert answer["Location"] == f"/account/relatives/add/?next=%2F{clinic.slug}%2Fbook%2Ffor%2F"
    added = ada.post(
        answer["Location"],
        {"first_name": "Mia", "last_name": "L", "birth_date_0": "1", "birth_date_1": "5", "birth_date_2": "2020"},
    )
    assert added["Location"] == clinic.url("book/for/")


def test_another_account_s_child_is_nobody(clinic, ada, with_child):
    _browser, child = with_child
    ada.post(clinic.url("book/hold/"), clinic.chosen())

    assert ada.post(clinic.url("book/for/"), {"whom": str(child)}).status_code == 422


def test_without_a_choice_it_is_asked_again(clinic, ada):
    ada.post(clinic.url("book/hold/"), clinic.chosen())

    page = ada.post(clinic.url("book/for/"), {})

    assert page.status_code == 422
    assert "Bitte wählen Sie, für wen der Termin ist." in text(page)


# The clinic's questions


def test_an_answer_is_kept_with_the_appointment(clinic, ada):
    asked = question(clinic, text_de="Nehmen Sie Blutverdünner?", kind="yes_no")
    ada.post(clinic.url("book/hold/"), clinic.chosen())
    assert "Nehmen Sie Blutverdünner?" in text(ada.get(clinic.url("book/check/")))

    answer = ada.post(clinic.url("book/check/"), {"insurance": "statutory", f"question-{asked.pk}": "yes"})

    assert answer.status_code == 303
    assert details_of(clinic) == {"answers": [{"question": "Nehmen Sie Blutverdünner?", "answer": "yes"}]}


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"kind": "yes_no"}, "perhaps"),
        ({"kind": "choice", "options_de": ["links", "rechts"]}, "oben"),
        ({"kind": "text"}, ""),
        ({"kind": "text"}, "x" * 501),
    ],
)
def test_without_a_right_answer_nothing_is_booked_and_the_rest_is_kept(clinic, ada, fields, answer):
    asked = question(clinic, text_de="Frage?", **fields)
    ada.post(clinic.url("book/hold/"), clinic.chosen())

    page = ada.post(clinic.url("book/check/"), {"insurance": "private", f"question-{asked.pk}": answer})

    assert (page.status_code, clinic.appointments()) == (422, [])
    assert 'value="private"' in page.content.decode() and "checked" in page.content.decode()


def test_a_question_that_nobody_must_answer_may_stay_empty(clinic, ada):
    question(clinic, text_de="Noch etwas?", is_required=False)
    ada.post(clinic.url("book/hold/"), clinic.chosen())

    assert ada.post(clinic.url("book/check/"), {"insurance": "statutory"}).status_code == 303
    assert details_of(clinic) is None


# After it


def test_the_confirmation_names_a_relative(clinic, with_child):
    browser, child = with_child
    browser.post(clinic.url("book/hold/"), clinic.chosen())
    browser.post(clinic.url("book/for/"), {"whom": str(child)})

    done = browser.post(clinic.url("book/check/"), {"insurance": "statutory"})

    shown = text(browser.get(done["Location"]))
    assert "Für Mia Lovelace" in shown
    for words in ("Sie müssen jetzt nichts weiter tun.", "Im Kalender speichern", "Auf der Karte zeigen", "Drucken"):
        assert words in shown
