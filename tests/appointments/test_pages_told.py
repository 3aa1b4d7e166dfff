"""What patients read on an appointment's page about the messages we sent."""

from datetime import timedelta

import pytest

from crypto.testing import count_opened
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import (
    NOW,
    ada,
    at_nine,
    booked,
    clinic,
    queries,
    signed_in,
    text,
)

__all__ = ["ada", "at_nine", "clinic"]
THREE_PAST_TEN = NOW + timedelta(minutes=63)  # 10:03 in Berlin


@pytest.fixture
def appointment(clinic, ada):
    return booked(clinic, ada)


def told(clinic, about, kind="appointment.confirmed", **columns):
    values = {"status": "sent", "parts_sent": "sms", "finished_at": THREE_PAST_TEN, **columns}
    with organisation_scope(clinic.organisation):
        OutboxMessage.objects.create(kind=kind, about=str(about.pk), payload={"to": "+4915228817386"}, **values)


def shown(clinic, ada, appointment) -> str:
    page = text(ada.get(clinic.url(f"appointments/{appointment.pk}/")))
    return page.partition("Was wir Ihnen geschickt haben ")[2].partition(" Alle meine Dokumente")[0]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"outcome": "delivered"}, "Terminbestätigung per SMS zugestellt, 10:03 Uhr"),
        ({"parts_sent": "email"}, "Terminbestätigung per E-Mail gesendet, 10:03 Uhr"),
        (
            {"outcome": "delivered", "finished_at": THREE_PAST_TEN - timedelta(days=1)},
            "Terminbestätigung per SMS zugestellt, Sonntag, 22. November 2026, 10:03 Uhr",
        ),
        ({"outcome": "failed"}, "Terminbestätigung per SMS nicht angekommen"),
        ({"status": "waiting", "parts_sent": "", "finished_at": None}, "Terminbestätigung: wird gesendet"),
        ({"status": "dead", "parts_sent": ""}, "Terminbestätigung: konnte nicht gesendet werden"),
        ({"status": "dropped", "parts_sent": ""}, ""),
    ],
)
def test_a_patient_reads_simply_what_became_of_a_message(clinic, ada, appointment, columns, words):
    told(clinic, appointment, **columns)
    with count_opened() as opened:
        page = shown(clinic, ada, appointment)
    assert page == words
    told(clinic, appointment)
    with count_opened() as more:
        shown(clinic, ada, appointment)
    assert more.value == opened.value  # no payload is opened


def test_reminders_are_told_too_the_latest_first(clinic, ada, appointment):
    told(clinic, appointment, outcome="delivered", created_at=NOW)
    with organisation_scope(clinic.organisation):
        row = factories.reminder(appointment)
    told(clinic, row, "appointment.reminder", created_at=NOW + timedelta(minutes=1))
    assert shown(clinic, ada, appointment) == (
        "Erinnerung per SMS gesendet, 10:03 Uhr Terminbestätigung per SMS zugestellt, 10:03 Uhr"
    )


def test_english_patients_read_english(clinic, ada, appointment):
    told(clinic, appointment, outcome="delivered")
    ada.client.cookies["django_language"] = "en"
    page = text(ada.get(clinic.url(f"appointments/{appointment.pk}/")))
    assert "What we sent you Confirmation, SMS: delivered, 10:03" in page


def test_nothing_of_another_appointment_or_another_clinic_is_told(clinic, ada, appointment):
    grace = signed_in("grace@example.org")
    other = booked(clinic, grace, NOW + timedelta(days=2))
    told(clinic, other)
    elsewhere = factories.organisation()
    with organisation_scope(elsewhere):
        OutboxMessage.objects.create(kind="appointment.confirmed", about=str(appointment.pk), payload={})
    assert shown(clinic, ada, appointment) == ""
    assert grace.get(clinic.url(f"appointments/{appointment.pk}/")).status_code == 404


def test_the_page_takes_the_same_queries_for_one_message_and_for_three(clinic, ada, appointment):
    url = clinic.url(f"appointments/{appointment.pk}/")
    told(clinic, appointment)
    one = queries(lambda: ada.get(url))
    told(clinic, appointment, "appointment.moved")
    told(clinic, appointment, "appointment.cancelled")
    assert queries(lambda: ada.get(url)) == one
