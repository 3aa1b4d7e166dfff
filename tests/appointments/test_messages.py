"""What patients read when an appointment is booked, moved or cancelled, and what is not sent any more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar

from appointments.models import Appointment
from appointments.services import booking
from doctolib.audit.models import AuditEvent
from doctolib.outbox.kinds import kind_of
from doctolib.outbox.segments import segments_of
from doctolib.tenancy.scopes import organisation_scope
from patients.models import Patient
from patients.services.records import create_patient
from tests.appointments.bookings import NINE, NOW, booker, clinic


@pytest.fixture
def place(db):
    return clinic(name="Universitätsklinikum Lahnberg", phone="030 23125 000", slug="lahnberg")


def booked(place, **fields):
    return place.confirm(place.hold(), booker(**fields))


def parts(place, kind: str, appointment_id) -> dict[str, object]:
    with organisation_scope(place.organisation):
        return {part.channel: part for part in kind_of(kind).render(str(appointment_id), None)}


def change(place, appointment_id, verb, **arguments):
    with organisation_scope(place.organisation, actor="professional:1"):
        verb(appointment=Appointment.objects.get(pk=appointment_id), now=NOW, **arguments)


def test_the_confirmation_says_where_and_when_in_words(place):
    found = parts(place, "appointment.confirmed", booked(place))

    assert (found["sms"].to, found["sms"].body) == (
        "+4915228817386",
        "Universitätsklinikum Lahnberg: Ihr Termin ist gebucht: Dienstag, 24. November 2026, 09:00 Uhr."
        " Fragen: 030 23125 000",
    )
    mail = found["email"]
    assert (mail.to, mail.subject) == (
        "erika@example.org",
        "Ihr Termin ist gebucht: Universitätsklinikum Lahnberg",
    )
    for text in (mail.body, mail.html):
        assert "Dienstag, 24. November 2026, 09:00 Uhr" in text
        assert "Musterstraße 1, 10115 Berlin" in text
        assert "Sprechstunde" not in text and "Mustermann" not in text  # nothing of the reason or the person


def test_an_english_patient_reads_english(place):
    found = parts(place, "appointment.confirmed", booked(place, language="en"))
    assert found["sms"].body == (
        "Universitätsklinikum Lahnberg: Your appointment is booked for Tuesday 24 November 2026, 09:00."
        " Questions: 030 23125 000"
    )


@pytest.mark.parametrize("made_by", ["patient", "staff"])
def test_who_books_in_another_language_than_before_reads_that_one(place, made_by):
    person = booker(language="en")
    if made_by == "staff":
        with organisation_scope(place.organisation):
            create_patient(first_name="Erika", last_name="Mustermann", birth_date=person.birth_date, phone=person.phone)
    else:
        place.confirm(place.hold(), replace(person, language="de"))

    for days in (1, 2):
        made = place.confirm(place.hold(NINE + timedelta(days=days)), person)
        text = parts(place, "appointment.confirmed", made)["sms"].body
        assert text.startswith("Universitätsklinikum Lahnberg: Your appointment is booked for")

    with organisation_scope(place.organisation):
        assert Patient.objects.get().language == "en"
        assert AuditEvent.objects.filter(action="patient.language_changed").count() == 1


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_sms_is_one_part_of_gsm_7(place, language):
    appointment_id = booked(place, language=language)
    messages = [parts(place, "appointment.confirmed", appointment_id)]
    change(place, appointment_id, booking.move_appointment,
           calendar_id=place.calendar_ids[0], starts_at=NINE + timedelta(days=1))  # fmt: skip
    messages.append(parts(place, "appointment.moved", appointment_id))
    change(place, appointment_id, booking.cancel_appointment)
    messages.append(parts(place, "appointment.cancelled", appointment_id))
    for message in messages:
        found = segments_of(message["sms"].body)
        assert (found.is_gsm7, found.count) == (True, 1), message["sms"].body


def test_the_mail_puts_the_visit_into_a_calendar_changes_it_there_and_takes_it_out(place):
    appointment_id = booked(place)
    first = event(parts(place, "appointment.confirmed", appointment_id)["email"])
    change(place, appointment_id, booking.move_appointment,
           calendar_id=place.calendar_ids[0], starts_at=NINE + timedelta(days=1))  # fmt: skip
    second = event(parts(place, "appointment.moved", appointment_id)["email"])
    change(place, appointment_id, booking.cancel_appointment)
    third = event(parts(place, "appointment.cancelled", appointment_id)["email"])

    assert [found[0] for found in (first, second, third)] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [found[1]["SEQUENCE"] for found in (first, second, third)] == [0, 1, 2]
    assert {str(found[1]["UID"]) for found in (first, second, third)} == {f"{appointment_id}@localhost"}
    assert (first[1].decoded("DTSTART"), second[1].decoded("DTSTART")) == (NINE, NINE + timedelta(days=1))
    assert str(first[1]["SUMMARY"]) == "Termin: Universitätsklinikum Lahnberg"
    assert str(first[1]["ATTENDEE"]) == "mailto:erika@example.org"
    assert (str(first[1]["STATUS"]), str(third[1]["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert "Sprechstunde" not in first[1].to_ical().decode()  # nothing of the reason


def event(mail):
    calendar = Calendar.from_ical(mail.calendar)
    return str(calendar["METHOD"]), calendar.events[0]


def test_a_stale_message_is_not_sent(place):
    appointment_id = booked(place)
    assert parts(place, "appointment.cancelled", appointment_id) == {}
    change(place, appointment_id, booking.move_appointment,
           calendar_id=place.calendar_ids[0], starts_at=NINE + timedelta(days=1))  # fmt: skip
    assert parts(place, "appointment.confirmed", appointment_id) == {}
    assert "25. November" in parts(place, "appointment.moved", appointment_id)["sms"].body
    change(place, appointment_id, booking.cancel_appointment)
    assert parts(place, "appointment.moved", appointment_id) == {}
    assert "abgesagt" in parts(place, "appointment.cancelled", appointment_id)["sms"].body


def test_an_appointment_that_is_gone_is_no_error(place):
    assert parts(place, "appointment.confirmed", "00000000-0000-4000-8000-000000000000") == {}
