"""The patient's card: what it shows, the audit row, who is refused, what it costs."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Notice, Recall
from crypto.testing import count_opened
from doctolib.audit.models import AuditEvent
from doctolib.outbox.enums import Outcome
from doctolib.outbox.models import OutboxMessage
from patients.selectors import Name, name_of
from tests import factories, pro

pytestmark = pytest.mark.django_db
RECORD = {
    "name": {
        "title": "Dr.",
        "first_name": "Jürgen",
        "last_name": "Groß-Weiß",
        "birth_date": "1950-12-24",
        "sex": "male",
    },
    "contact": {
        "phone": "015228817386",
        "email": "j@example.org",
        "street": "Am Wall 3",
        "postal_code": "28195",
        "city": "Bremen",
    },
    "insurance": {"kind": "statutory", "insurer": "Muster BKK", "number": "A123456780"},
}


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def patient(clinic):
    with clinic.scope():
        return factories.patient(**RECORD)


def test_the_card_shows_name_contact_insurance_and_appointments(clinic, patient):
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    past = clinic.book(now - timedelta(days=3), patient=patient, status="done")
    ahead = clinic.book(now + timedelta(days=3), patient=patient)
    clinic.book(now + timedelta(days=4))

    answer = clinic.client.get(f"/patients/{patient.pk}/")

    page = answer.content.decode()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    for part in (
        "<h1><bdi>Dr. Jürgen Groß-Weiß</bdi></h1>",
        "24.12.1950",
        "männlich",
        "+49 1522 8817386",
        "j@example.org",
        "Am Wall 3<br>28195 Bremen",
        "Gesetzlich versichert",
        "A123456780",
    ):
        assert part in page
    assert "Groß-Weiß" not in page[: page.index("</title>")]  # a title reaches the browser's history
    section = answer.context["sections"][0]
    assert ([item.pk for item in section["ahead"]], [item.pk for item in section["past"]]) == ([ahead.pk], [past.pk])


def test_a_record_with_a_name_only_is_shown_all_the_same(clinic):
    with clinic.scope():
        bare = factories.patient(name={"last_name": "Unbekannt"}, contact={})

    answer = clinic.client.get(f"/patients/{bare.pk}/")

    assert answer.status_code == 200
    assert answer.content.decode().count("nicht bekannt") == 4


def test_a_record_imported_with_odd_values_is_shown_as_it_is(clinic):
    with clinic.scope():
        odd = factories.patient(
            name={"last_name": "Alt", "birth_date": "um 1950", "sex": "?"},
            contact={"phone": "Nachbarin fragen"},
            insurance={"kind": "BG"},
        )

    answer = clinic.client.get(f"/patients/{odd.pk}/")

    assert answer.status_code == 200
    assert "Nachbarin fragen" in answer.content.decode()


def test_opening_the_card_is_in_the_audit_trail(clinic, patient):
    clinic.client.get(f"/patients/{patient.pk}/")

    with clinic.scope():
        rows = list(AuditEvent.objects.values_list("actor", "action", "subject", "about"))
    subject = f"patient:{patient.pk}"
    assert rows == [(clinic.professional.actor, "patient.viewed", subject, subject)]


def test_another_clinics_patient_is_not_there_and_leaves_no_trail(clinic, patient):
    stranger = pro.clinic()

    answer = stranger.client.get(f"/patients/{patient.pk}/")

    assert answer.status_code == 404
    assert "Groß" not in answer.content.decode()
    for place in (clinic, stranger):
        with place.scope():
            assert AuditEvent.objects.count() == 0


def test_nobody_and_patients_are_sent_to_sign_in(clinic, patient):
    address = f"/patients/{patient.pk}/"
    answers = [pro.client_of(None).get(address), pro.client_of(pro.user(UserKind.PATIENT)).get(address)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, f"/account/sign-in/?next={address}")
    ] * 2


def test_the_number_of_queries_does_not_depend_on_the_number_of_appointments(clinic, patient):
    counts, made = [], 0
    for wanted in (1, 20, 200):
        for number in range(made, wanted):
            clinic.book(pro.MONDAY + timedelta(hours=number), patient=patient)
        made = wanted
        clinic.client.get(f"/patients/{patient.pk}/")
        with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["pool"]) as other:
            clinic.client.get(f"/patients/{patient.pk}/")
        counts.append(len(one) + len(other))

    assert counts == [counts[0]] * 3


def test_the_card_opens_this_record_and_no_appointment_details(clinic, patient):
    clinic.book(pro.MONDAY, patient=patient, details={"note": "privat"})
    clinic.book(pro.MONDAY + timedelta(hours=1))

    with count_opened() as opened:
        clinic.client.get(f"/patients/{patient.pk}/")

    assert opened.value == 3  # name, contact, insurance


@pytest.mark.parametrize(
    ("value", "sorted_name", "full"),
    [
        ({"last_name": "Groß", "first_name": "Uwe", "title": "Dr."}, "Groß, Uwe", "Dr. Uwe Groß"),
        ({"last_name": "Madonna"}, "Madonna", "Madonna"),
        ({}, "", ""),
    ],
)
def test_names_are_put_together_from_what_is_known(value, sorted_name, full):
    name = name_of(value)

    assert isinstance(name, Name)
    assert (name.sorted, name.full) == (sorted_name, full)


def test_the_card_says_what_was_sent_about_the_appointments_and_to_nobody_whom(clinic, patient):
    appointment = clinic.book(pro.MONDAY, patient=patient)
    elsewhere = clinic.book(pro.MONDAY + timedelta(hours=1))
    with clinic.scope():
        for about, outcome in ((appointment, Outcome.DELIVERED), (elsewhere, Outcome.FAILED)):
            sent = {"status": "sent", "parts_sent": "email sms", "outcome": outcome, "finished_at": timezone.now()}
            OutboxMessage.objects.create(kind="appointment.confirmed", about=str(about.pk), payload={}, **sent)

    answer = clinic.client.get(f"/patients/{patient.pk}/")

    [section] = [part for part in answer.context["sections"] if part["section"].name == "told"]
    assert [(message.about, at) for message, at in section["messages"]] == [(appointment.pk, appointment.starts_at)]
    page = answer.content.decode()
    for part in ("Benachrichtigungen", "Terminbestätigung", "E-Mail: gesendet", "SMS: zugestellt"):
        assert part in page
    assert "nicht zugestellt" not in page


def test_the_card_tells_of_reminders_recalls_and_notices_too(clinic, patient):
    appointment = clinic.book(pro.MONDAY, patient=patient)
    elsewhere = clinic.book(pro.MONDAY + timedelta(hours=1))
    now = timezone.now()
    with clinic.scope():
        for about in (appointment, elsewhere):
            rows = {
                "appointment.reminder": factories.reminder(about),
                "appointment.recall": Recall.objects.create(visit=about, queued_at=now),
                **{
                    f"appointment.{kind}": Notice.objects.create(
                        kind=kind, appointment=about, starts_at=about.starts_at, queued_at=now
                    )
                    for kind in ("check_in", "follow_up")
                },
            }
            for kind, row in rows.items():
                sent = {"status": "sent", "parts_sent": "sms", "finished_at": now}
                OutboxMessage.objects.create(kind=kind, about=str(row.pk), payload={}, **sent)
        # Rows of different kinds have the same numbers: a kind that is not about a reminder's number is not told.
        OutboxMessage.objects.create(kind="appointment.other", about=str(row.pk), payload={})

    answer = clinic.client.get(f"/patients/{patient.pk}/")

    [section] = [part for part in answer.context["sections"] if part["section"].name == "told"]
    assert sorted((str(message.title), message.about) for message, _at in section["messages"]) == [
        (title, appointment.pk)
        for title in ("Einladung", "Erinnerung", "Hinweis nach dem Besuch", "Hinweis zur Anmeldung")
    ]


def test_what_was_sent_about_appointments_that_one_may_not_see_is_not_told(clinic, patient):
    """A professional with one calendar of two."""
    appointment = clinic.book(pro.MONDAY, patient=patient)
    with clinic.scope():
        other = factories.calendar(name="Anderer Kalender", practitioner=factories.practitioner())
        OutboxMessage.objects.create(kind="appointment.confirmed", about=str(appointment.pk), payload={})
    reader = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(other, reader, Level.FULL)

    page = pro.client_of(reader).get(f"/patients/{patient.pk}/").content.decode()

    assert "Über Termine wurde nichts gesendet." in page
