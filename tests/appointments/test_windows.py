"""Moving and cancelling online: until when, how often; what the patient's pages say about the rules; follow-ups."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from accounts.enums import ConsentPurpose
from accounts.services.persons import give_consent
from appointments.models import Appointment, VisitReason
from appointments.services import booking, refusals
from doctolib.tenancy.scopes import organisation_scope, patient_scope
from patients.models import Patient
from tests import factories
from tests.appointments import bookings
from tests.appointments.bookings import booker
from tests.appointments.pages import NOW, TOMORROW_AT_NINE, ada, at_nine, booked, clinic, queries, text, wait

__all__ = ["ada", "at_nine", "clinic"]

DAY = 24 * 60  # minutes
NINE = bookings.NINE
TEN = NINE + timedelta(hours=1)
PHONE = "Bitte rufen Sie die Klinik an: Telefon 030 23125 000"


@pytest.fixture
def place(db):
    return bookings.clinic(calendars=2)


@pytest.fixture
def erika():
    return booker()


@pytest.fixture
def visit(place, erika):
    return place.book(erika)


def before(minutes: float):
    """So long before the visit."""
    return NINE - timedelta(minutes=minutes)


def as_patient(place, person, act, visit, **arguments):
    with patient_scope(place.organisation, person.person_id, actor=person.actor):
        return act(appointment=Appointment.objects.get(pk=visit), **arguments)


def as_staff(place, act, visit, **arguments):
    with organisation_scope(place.organisation, actor="professional:1"):
        return act(appointment=Appointment.objects.get(pk=visit), **arguments)


def to(place, starts_at, calendar: int = 0) -> dict:
    return {"calendar_id": place.calendar_ids[calendar], "starts_at": starts_at}


def state(place) -> list[tuple]:
    with organisation_scope(place.organisation):
        return list(Appointment.objects.values_list("starts_at", "status", "moves"))


# The services --------------------------------------------------------------------------------------------------------


def test_a_move_has_its_window(place, erika, visit):
    place.change_reason(move_until=120)

    with override("de"), pytest.raises(refusals.MoveTooLate) as refused:
        as_patient(place, erika, booking.move_appointment, visit, **to(place, TEN), now=before(119))
    assert str(refused.value.message) == "Sie können diesen Termin online nur bis 2 Stunden vorher verschieben."
    assert state(place) == [(NINE, "booked", 0)]

    as_patient(place, erika, booking.move_appointment, visit, **to(place, TEN), now=before(120))
    assert state(place) == [(TEN, "booked", 1)]


def test_cancelling_has_a_window_of_its_own(place, erika, visit):
    place.change_reason(move_until=2 * DAY, cancel_until=45)

    with override("de"), pytest.raises(refusals.CancelTooLate) as refused:
        as_patient(place, erika, booking.cancel_appointment, visit, now=before(44))
    assert str(refused.value.message) == "Sie können diesen Termin online nur bis 45 Minuten vorher absagen."
    assert state(place) == [(NINE, "booked", 0)]

    as_patient(place, erika, booking.cancel_appointment, visit, now=before(45))
    assert state(place) == [(NINE, "cancelled", 0)]


def test_an_appointment_is_moved_so_often(place, erika, visit):
    place.change_reason(most_moves=2)
    for starts_at in (TEN, NINE):
        as_patient(place, erika, booking.move_appointment, visit, **to(place, starts_at), now=bookings.NOW)

    with override("de"), pytest.raises(refusals.MovedTooOften) as refused:
        as_patient(place, erika, booking.move_appointment, visit, **to(place, TEN), now=bookings.NOW)

    assert str(refused.value.message) == "Sie können einen Termin online nur 2 Mal verschieben."
    assert state(place) == [(NINE, "booked", 2)]


def test_some_appointments_are_never_moved_online(place, erika, visit):
    place.change_reason(most_moves=0)

    with override("de"), pytest.raises(refusals.MovedTooOften) as refused:
        as_patient(place, erika, booking.move_appointment, visit, **to(place, TEN), now=bookings.NOW)

    assert str(refused.value.message) == "Diesen Termin können Sie nicht online verschieben."


def test_staff_has_no_windows(place, visit):
    place.change_reason(move_until=DAY, cancel_until=DAY, most_moves=0)

    as_staff(place, booking.move_appointment, visit, **to(place, TEN), now=before(1), online=False)
    as_staff(place, booking.cancel_appointment, visit, now=before(1))

    assert state(place) == [(TEN, "cancelled", 1)]


def test_who_does_not_fit_on_the_new_day_stays_on_the_old(place):
    """A child may come until its birthday."""
    child = booker(birth_date=date(2008, 11, 25))
    place.change_reason(age_until=17)
    visit = place.book(child)

    with pytest.raises(refusals.OtherAge):
        as_patient(
            place, child, booking.move_appointment, visit, **to(place, NINE + timedelta(days=1)), now=bookings.NOW
        )
    as_patient(place, child, booking.move_appointment, visit, **to(place, TEN), now=bookings.NOW)


def test_a_follow_up_is_moved_inside_its_window(place, erika):
    with organisation_scope(place.organisation):
        checkup = factories.reason(follow_up_id=place.reason_id, follow_up_from=14, follow_up_until=15)
    place.change_reason(only_as_follow_up=True)
    place.visit(place.record(erika), NINE - timedelta(days=14), reason=checkup, status="done")
    visit = place.book(erika)

    as_patient(place, erika, booking.move_appointment, visit, **to(place, TEN + timedelta(days=1)), now=bookings.NOW)
    with pytest.raises(refusals.OutsideFollowUp):
        as_patient(
            place, erika, booking.move_appointment, visit, **to(place, NINE + timedelta(days=2)), now=bookings.NOW
        )


def test_the_blocked_may_still_move_and_cancel(place, erika, visit):
    """Better than not to come."""
    place.limit(no_shows=1)
    with organisation_scope(place.organisation):
        Patient.objects.update(is_blocked_online=True)
        place_record = Patient.objects.get()
    place.visit(place_record, NINE - timedelta(days=30), status="no_show")

    as_patient(place, erika, booking.move_appointment, visit, **to(place, TEN), now=bookings.NOW)
    as_patient(place, erika, booking.cancel_appointment, visit, now=bookings.NOW)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 Minuten"), (1, "1 Minute"), (90, "90 Minuten"), (60, "1 Stunde"), (DAY, "24 Stunden"),
     (36 * 60, "36 Stunden"), (2 * DAY, "2 Tage")],
)  # fmt: skip
def test_windows_are_said_as_people_say_them(minutes, words):
    with override("de"):
        assert refusals.ahead(minutes) == words


# The page ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def url(clinic, ada) -> str:
    return clinic.url(f"appointments/{booked(clinic, ada).pk}/")


def change(clinic, **fields) -> None:
    with organisation_scope(clinic.organisation):
        VisitReason.objects.filter(pk=clinic.reason.pk).update(**fields)


def test_the_page_names_until_when_it_can_be_changed(clinic, ada, url):
    change(clinic, move_until=12 * 60, cancel_until=120)

    shown = text(ada.get(url))

    assert "Termin verschieben Termin absagen" in shown
    assert "Sie können ihn online verschieben bis Montag, 23. November 2026, 21:00 Uhr." in shown
    assert "Sie können ihn online absagen bis Dienstag, 24. November 2026, 07:00 Uhr." in shown
    assert PHONE not in shown


def test_without_windows_the_page_names_none(ada, url):
    assert "online verschieben bis" not in text(ada.get(url))


def test_too_late_to_move_is_said_with_the_number_to_call(clinic, ada, url):
    change(clinic, move_until=2 * DAY, cancel_until=DAY)

    shown = text(ada.get(url))

    assert "Sie können diesen Termin online nur bis 2 Tage vorher verschieben." in shown
    assert "Termin verschieben" not in shown and "Termin absagen" in shown
    assert "Sie können ihn online absagen bis Montag, 23. November 2026, 09:00 Uhr." in shown  # this very minute
    assert PHONE in shown
    assert [ada.get(url + path)["Location"] for path in ("move/", "move/check/")] == [url, url]


def test_what_the_page_no_longer_offers_is_refused_when_sent(clinic, ada, url, monkeypatch):
    change(clinic, move_until=DAY, cancel_until=DAY)
    ada.get(url)
    wait(monkeypatch, minutes=1)

    later = TOMORROW_AT_NINE + timedelta(hours=1)
    assert ada.post(f"{url}move/check/", {"time": clinic.value(later)})["Location"] == url
    assert ada.post(f"{url}cancel/")["Location"] == url

    shown = text(ada.get(url))
    assert "Sie können diesen Termin online nur bis 24 Stunden vorher verschieben." in shown
    assert "Sie können diesen Termin online nur bis 24 Stunden vorher absagen." in shown
    assert PHONE in shown and "Termin absagen" not in shown
    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "booked")]


def test_moved_often_enough_is_said(clinic, ada, url):
    change(clinic, most_moves=1)
    ada.post(f"{url}move/check/", {"time": clinic.value(TOMORROW_AT_NINE + timedelta(hours=1))})

    shown = text(ada.get(url))

    assert "Sie können einen Termin online nur 1 Mal verschieben." in shown and PHONE in shown
    assert ada.get(f"{url}move/")["Location"] == url


def test_a_move_to_a_time_of_another_appointment_names_the_rule(clinic, ada, url):
    ten = TOMORROW_AT_NINE + timedelta(hours=1)
    with organisation_scope(clinic.organisation):
        other = factories.calendar(unit=clinic.reason.unit)
        factories.appointment(other, clinic.reason, Patient.objects.get(), ten, person_id=ada.person_id)

    page = ada.post(f"{url}move/check/", {"time": clinic.value(ten)})

    assert page.status_code == 409
    assert "Für diese Person gibt es zu dieser Zeit schon einen anderen Termin." in text(page)
    assert "Fragen? Rufen Sie uns an: Telefon 030 23125 000" in text(page)


def test_after_a_visit_the_page_leads_to_the_follow_up(clinic, ada):
    with organisation_scope(clinic.organisation):
        control = factories.reason(
            unit=clinic.reason.unit, calendars=[clinic.calendar], name_de="Kontrolle", only_as_follow_up=True
        )
    change(clinic, follow_up_id=control.pk, follow_up_from=28, follow_up_until=42)
    visit = booked(clinic, ada, NOW - timedelta(days=7), status="done")
    give_consent(ada.user.pk, ConsentPurpose.PAST_APPOINTMENTS, now=NOW)
    url = clinic.url(f"appointments/{visit.pk}/")

    page = ada.get(url)

    assert (
        "Folgetermin buchen Kontrolle: für einen Tag vom 14. Dezember 2026 bis 28. Dezember 2026. Zeit wählen"
    ) in text(page)
    href = f"{clinic.url('book/times/')}?reason={control.pk}&amp;from=2026-12-14"
    assert f'href="{href}"' in page.content.decode()
    assert ada.get(href.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("hide", [{"is_online": False}, {"published": False}, {"days": 60}])
def test_a_follow_up_that_cannot_be_booked_is_not_offered(clinic, ada, hide):
    with organisation_scope(clinic.organisation):
        control = factories.reason(
            unit=clinic.reason.unit, calendars=[clinic.calendar], is_online=hide.get("is_online", True)
        )
    change(clinic, follow_up_id=control.pk, follow_up_from=28, follow_up_until=42)
    clinic.organisation.is_published = hide.get("published", True)
    clinic.organisation.save()
    give_consent(ada.user.pk, ConsentPurpose.PAST_APPOINTMENTS, now=NOW)
    visit = booked(clinic, ada, NOW - timedelta(days=hide.get("days", 7)), status="done")

    assert "Folgetermin" not in text(ada.get(clinic.url(f"appointments/{visit.pk}/")))


def test_the_page_needs_as_many_queries_with_windows(clinic, ada, url):
    plain = queries(lambda: ada.get(url))
    change(clinic, move_until=60, cancel_until=60, most_moves=3)

    assert queries(lambda: ada.get(url)) == plain


# Booking -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"insurances": ["private"]}, "Dieser Termin ist nur für privat Versicherte."),
        ({"age_from": 60}, "die am Tag des Termins mindestens 60 Jahre alt sind."),
        ({"audience": "known"}, "Diesen Termin können Sie nicht online buchen. Bitte rufen Sie die Klinik an."),
    ],
    ids=["insurance", "age", "known"],
)
def test_the_page_names_the_rule_and_the_number_to_call(clinic, ada, rule, said):
    ada.post(clinic.url("book/hold/"), clinic.chosen())
    change(clinic, **rule)

    page = ada.post(clinic.url("book/check/"), {"insurance": "statutory"})

    assert page.status_code == 409
    assert said in text(page) and "Fragen? Rufen Sie uns an: Telefon 030 23125 000" in text(page)
    assert clinic.appointments() == []
