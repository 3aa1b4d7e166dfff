"""A patient's own appointment: details, calendar file, cancel, move. The list: test_my_appointments."""

from datetime import timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from accounts.enums import ConsentPurpose
from accounts.services.persons import give_consent
from appointments.models import Appointment, Occupancy
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import (
    NOW,
    TOMORROW_AT_NINE,
    ada,
    at_nine,
    booked,
    clinic,
    make_clinic,
    signed_in,
    text,
    title,
    visitor,
    wait,
)

__all__ = ["ada", "at_nine", "clinic"]

WHEN = "Dienstag, 24. November 2026, 09:00 Uhr"
LATER = TOMORROW_AT_NINE + timedelta(hours=1)


@pytest.fixture
def appointment(clinic, ada) -> Appointment:
    """Ada's, tomorrow at nine."""
    return booked(clinic, ada)


@pytest.fixture
def url(clinic, appointment) -> str:
    return clinic.url(f"appointments/{appointment.pk}/")


def occupied(clinic) -> list:
    with organisation_scope(clinic.organisation):
        return list(Occupancy.objects.order_by("starts_at").values_list("starts_at", flat=True))


# One appointment -----------------------------------------------------------------------------------------------------


def test_an_appointment_shows_what_one_needs_to_go_there(ada, url):
    shown = text(ada.get(url))

    for part in (WHEN, "Erstgespräch", "Dr. Selin Kaya Herzambulanz", "Bitte bringen Sie Ihre Befunde mit.",
                 "Haupthaus, Musterstraße 1, 10115 Berlin", "Eingang ohne Stufen.",
                 "Termin verschieben", "Termin absagen"):  # fmt: skip
        assert part in shown


PATHS = ("", "cancel/", "move/", "move/check/", "calendar.ics")


@pytest.mark.parametrize("path", PATHS)
def test_anothers_appointment_is_not_found(clinic, url, path):
    known = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)
    unknown = signed_in("mary@example.org", last_name="Somerville")

    assert [browser.get(url + path).status_code for browser in (known, unknown)] == [404, 404]


@pytest.mark.parametrize("path", ["cancel/", "move/check/"])
def test_anothers_appointment_is_not_changed(clinic, ada, url, path):
    stranger = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)

    answer = stranger.post(url + path, {"time": clinic.value(LATER)})

    assert answer.status_code == 404
    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "booked")]


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_id_or_another_clinics_address_is_not_found(clinic, ada, appointment, path):
    other = make_clinic()

    assert ada.get(clinic.url(f"appointments/{uuid4()}/{path}")).status_code == 404
    assert ada.get(other.url(f"appointments/{appointment.pk}/{path}")).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_is_asked_to(url, path):
    answer = visitor().get(url + path)

    assert (answer.status_code, answer["Location"]) == (302, f"/account/sign-in/?next={url}{path}")


def test_the_calendar_file_names_clinic_time_and_place_but_no_reason(ada, url, appointment):
    answer = ada.get(f"{url}calendar.ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="termin.ics"'
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Termin: Klinikum Musterstadt"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (appointment.starts_at, appointment.ends_at)
    assert str(event["LOCATION"]) == "Klinikum Musterstadt, Musterstraße 1, 10115 Berlin"
    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CONFIRMED", 0)
    content = answer.content.decode()
    assert [word for word in ("Erstgespräch", "Herzambulanz", "Kaya", "Ada", "Allgemein") if word in content] == []


def test_the_clinic_may_have_left_the_site_since(clinic, ada, url):
    clinic.organisation.is_published = False
    clinic.organisation.save()

    assert ada.get(url).status_code == 200
    assert ada.get(clinic.url()).status_code == 404


# Cancel --------------------------------------------------------------------------------------------------------------


def test_cancelling_asks_once(ada, url):
    page = ada.get(f"{url}cancel/")

    assert title(page) == "Diesen Termin absagen? – Doctolib"
    assert f"Diesen Termin absagen? {WHEN}" in text(page)
    assert "Warum sagen Sie ab? (freiwillig) Das liest nur die Klinik. Termin absagen Termin behalten" in text(page)


def test_a_cancelled_appointment_says_so_and_frees_its_time(clinic, ada, url):
    answer = ada.post(f"{url}cancel/", {"reason": "Ich bin wieder gesund."})

    assert (answer.status_code, answer["Location"]) == (303, url)
    page = ada.get(url)
    assert "Termin abgesagt Ihr Termin am 24. November 2026 ist abgesagt. Die Klinik weiß Bescheid." in text(page)
    assert f'href="{clinic.url("book/times/")}?reason={clinic.reason.pk}"' in page.content.decode()
    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "cancelled")]
    assert occupied(clinic) == []
    with organisation_scope(clinic.organisation):
        assert Appointment.objects.get().details == {"cancel_reason": "Ich bin wieder gesund."}


def test_a_new_time_is_looked_for_where_it_is_still_offered(clinic, ada, url):
    ada.post(f"{url}cancel/")
    clinic.reason.is_online = False
    with organisation_scope(clinic.organisation):
        clinic.reason.save()
    assert f'class="btn btn-primary" href="{clinic.url()}"' in ada.get(url).content.decode()

    clinic.organisation.is_published = False
    clinic.organisation.save()
    assert 'class="btn btn-primary" href="/"' in ada.get(url).content.decode()


def test_no_reason_is_needed(clinic, ada, url):
    ada.post(f"{url}cancel/")

    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "cancelled")]


def test_a_reason_that_is_too_long_is_kept_and_explained(clinic, ada, url):
    page = ada.post(f"{url}cancel/", {"reason": "lang " * 200})

    assert (page.status_code, title(page)[:7]) == (422, "Fehler:")
    assert "Bitte schreiben Sie höchstens 500 Zeichen." in text(page)
    assert "lang lang" in page.content.decode()
    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "booked")]


def test_what_is_already_cancelled_says_so(ada, url):
    ada.post(f"{url}cancel/")

    for path in ("cancel/", "move/", "move/check/"):
        assert ada.get(url + path)["Location"] == url
    assert ada.post(f"{url}cancel/")["Location"] == url


def test_what_is_over_says_so_and_stays(clinic, ada, monkeypatch):
    url = clinic.url(f"appointments/{booked(clinic, ada, NOW + timedelta(hours=1)).pk}/")
    give_consent(ada.user.pk, ConsentPurpose.PAST_APPOINTMENTS, now=NOW)
    wait(monkeypatch, minutes=90)

    assert "Dieser Termin hat begonnen oder ist vorbei." in text(ada.get(url))
    assert ada.post(f"{url}cancel/")["Location"] == url
    assert ada.post(f"{url}move/check/", {"time": clinic.value(NOW + timedelta(days=7))})["Location"] == url
    assert clinic.appointments() == [(ada.person_id, NOW + timedelta(hours=1), "booked")]


# Move ----------------------------------------------------------------------------------------------------------------


def test_moving_shows_the_times_of_the_same_reason(clinic, ada, url):
    page = ada.get(f"{url}move/")

    assert f"Ihr jetziger Termin bleibt, bis Sie eine neue Zeit bestätigt haben: {WHEN}." in text(page)
    assert f'<form method="get" action="{url}move/check/"' in page.content.decode()
    assert clinic.value(LATER) in page.content.decode().replace("+01:00", "+00:00").replace("T10:", "T09:")


def test_old_and_new_time_are_shown_before_it_is_moved(clinic, ada, url):
    page = ada.get(f"{url}move/check/", time=clinic.value(LATER))

    assert (
        f"Neue Zeit Dienstag, 24. November 2026, 10:00 Uhr Bisherige Zeit {WHEN} Grund Erstgespräch Termin verschieben"
    ) in text(page)


def test_a_moved_appointment_has_its_new_time_and_frees_the_old(clinic, ada, url):
    answer = ada.post(f"{url}move/check/", {"time": clinic.value(LATER)})

    assert (answer.status_code, answer["Location"]) == (303, f"{url}?moved=1")
    assert text(ada.get(answer["Location"])).startswith(
        "Zurück Ihr Termin hat eine neue Zeit Dienstag, 24. November 2026, 10:00 Uhr"
    )
    assert clinic.appointments() == [(ada.person_id, LATER, "booked")]
    assert occupied(clinic) == [LATER]


def test_a_time_that_is_taken_meanwhile_changes_nothing(clinic, ada, url):
    with organisation_scope(clinic.organisation):
        factories.busy(clinic.calendar, LATER, LATER + timedelta(minutes=20))

    pages = (
        ada.get(f"{url}move/check/", time=clinic.value(LATER)),
        ada.post(f"{url}move/check/", {"time": clinic.value(LATER)}),
    )

    for page in pages:
        assert (page.status_code, title(page)) == (409, "Diese Zeit ist vergeben – Doctolib")
        assert f"Ihr Termin bleibt, wie er ist: {WHEN}." in text(page)
        assert f'<form method="get" action="{url}move/check/"' in page.content.decode()
    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "booked")]
    assert occupied(clinic) == [TOMORROW_AT_NINE, LATER]


def test_a_time_that_is_not_offered_changes_nothing(clinic, ada, url):
    page = ada.post(f"{url}move/check/", {"time": clinic.value(NOW + timedelta(days=365))})

    assert page.status_code == 409
    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "booked")]


def test_a_time_that_no_button_sends_leads_back_to_the_times(ada, url):
    assert ada.get(f"{url}move/check/", time="x")["Location"] == f"{url}move/"


def test_what_is_not_online_is_moved_by_phone(clinic, ada, url):
    clinic.reason.is_online = False
    with organisation_scope(clinic.organisation):
        clinic.reason.save()

    shown = text(ada.get(f"{url}move/"))

    assert (
        "Diesen Termin können Sie nicht online verschieben. Bitte rufen Sie die Klinik an: Telefon 030 23125 000"
        in shown
    )
