"""What patients read of a series or of a visit of several parts: one message, derived when it is sent."""

import pytest
from icalendar import Calendar

from appointments.models import Appointment
from appointments.services import series
from doctolib.outbox.kinds import kind_of
from doctolib.outbox.segments import segments_of

from .desk_series import NOW, USER, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def where(db, monkeypatch):
    """On the Friday before the first date."""
    monkeypatch.setattr("appointments.messages_series.timezone.now", lambda: NOW)
    return place(name="Universitätsklinikum Lahnberg", phone="030 23125 000")


def parts(where, kind: str, whole, payload=None) -> dict[str, object]:
    with where.scope():
        return {part.channel: part for part in kind_of(kind).render(str(whole.pk), payload)}


def speak(where, language: str) -> None:
    with where.scope():
        type(where.patient).objects.update(language=language)


def test_one_text_and_one_mail_with_all_dates(where):
    found = parts(where, "appointment.series_booked", where.book())

    assert found["sms"].body == (
        "Universitätsklinikum Lahnberg: 4 Termine gebucht, der erste: Mo 23.11.2026, 09:00. Fragen: 030 23125 000"
    )
    mail = found["email"]
    assert mail.subject == "Ihre Termine sind gebucht: Universitätsklinikum Lahnberg"
    for text in (mail.body, mail.html):
        for day in ("Mo 23.11.2026, 09:00", "Mo 30.11.2026, 09:00", "Mo 07.12.2026, 09:00", "Mo 14.12.2026, 09:00"):
            assert day in text
        assert "4 Termine sind für Sie gebucht:" in text
        assert "Krankengymnastik" not in text and "Physiotherapie" not in text and "Lüdenscheidt" not in text


def test_an_english_patient_reads_english(where):
    speak(where, "en")
    found = parts(where, "appointment.series_booked", where.book())

    assert found["sms"].body == (
        "Universitätsklinikum Lahnberg: 4 appointments booked, the first: Mon 23 Nov 2026, 09:00."
        " Questions: 030 23125 000"
    )
    assert "4 appointments are booked for you:" in found["email"].body


def test_the_file_has_all_dates_and_names_no_reason(where):
    made = where.book()
    file = Calendar.from_ical(parts(where, "appointment.series_booked", made)["email"].calendar)
    events = file.walk("VEVENT")

    assert file["METHOD"] == "PUBLISH"
    with where.scope():
        ids = {f"{pk}@localhost" for pk in Appointment.objects.values_list("pk", flat=True)}
    assert {str(event["UID"]).rpartition("@")[0] for event in events} == {each.rpartition("@")[0] for each in ids}
    assert len(events) == 4
    assert {str(event["SUMMARY"]) for event in events} == {"Termin: Universitätsklinikum Lahnberg"}


def test_what_was_cancelled_meanwhile_is_not_in_the_confirmation(where):
    made = where.book()
    with where.scope():
        last = list(Appointment.objects.order_by("starts_at").values_list("pk", flat=True))[1:]
        series.cancel_series(series=made, ids=last, user_id=USER, now=NOW)

    found = parts(where, "appointment.series_booked", made)

    assert found["sms"].body.startswith("Universitätsklinikum Lahnberg: 1 Termin gebucht: Mo 23.11.2026, 09:00.")


def test_a_cancellation_says_what_is_cancelled_and_what_stays(where):
    made = where.book()
    with where.scope():
        last = list(Appointment.objects.order_by("starts_at").values_list("pk", flat=True))[2:]
        series.cancel_series(series=made, ids=last, user_id=USER, now=NOW)

    found = parts(where, "appointment.series_cancelled", made, {"cancelled": [str(pk) for pk in last]})

    gone, _title, stays = found["email"].body.partition("Diese bleiben gebucht:")
    assert "07.12.2026" in gone and "14.12.2026" in gone and "30.11.2026" not in gone
    assert "23.11.2026" in stays and "30.11.2026" in stays and "07.12.2026" not in stays
    events = Calendar.from_ical(found["email"].calendar).walk("VEVENT")
    assert [str(event["STATUS"]) for event in events] == ["CANCELLED", "CANCELLED"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_sms_is_one_part_of_gsm_7(where, language):
    speak(where, language)
    made = where.book()
    with where.scope():
        ids = list(Appointment.objects.values_list("pk", flat=True))
    found = [parts(where, kind, made)["sms"].body for kind in ("appointment.series_booked", "appointment.series_moved")]
    with where.scope():
        series.cancel_series(series=made, ids=ids, user_id=USER, now=NOW)
    told = {"cancelled": [str(pk) for pk in ids]}
    found.append(parts(where, "appointment.series_cancelled", made, told)["sms"].body)

    for body in found:
        assert (segments_of(body).is_gsm7, segments_of(body).count) == (True, 1), body


def test_nothing_is_sent_when_nothing_is_ahead_or_the_series_is_gone(where):
    made = where.book()
    with where.scope():
        ids = list(Appointment.objects.values_list("pk", flat=True))
        series.cancel_series(series=made, ids=ids, user_id=USER, now=NOW)

    assert parts(where, "appointment.series_booked", made) == {}
    assert parts(where, "appointment.series_cancelled", made, {"cancelled": []}) == {}
