"""Follow-ups are for who is invited; a new time is asked for by its rules first; what is past opens by consent."""

from datetime import timedelta

import pytest

from accounts.enums import ConsentPurpose
from accounts.services.directory import publish
from accounts.services.persons import give_consent, withdraw_consent
from appointments.models import Appointment, BookingRules, VisitReason
from appointments.selectors.directory import Asked, search
from doctolib.tenancy.scopes import organisation_scope
from patients.models import Patient
from tests import factories
from tests.appointments.pages import (
    NOW,
    TOMORROW_AT_NINE,
    ada,
    at_nine,
    booked,
    clinic,
    queries,
    signed_in,
    text,
    title,
    visitor,
    wait,
)

__all__ = ["ada", "at_nine", "clinic"]
LATER = TOMORROW_AT_NINE + timedelta(hours=1)
LAST_WEEK = NOW - timedelta(days=7)
PAST = ConsentPurpose.PAST_APPOINTMENTS
REFUSAL = "Diesen Termin können Sie nur nach einem früheren Besuch als Folgetermin buchen."


def change(clinic, **values) -> None:
    with organisation_scope(clinic.organisation):
        VisitReason.objects.filter(pk=clinic.reason.pk).update(**values)


@pytest.fixture
def control(clinic) -> VisitReason:
    """Only after a first visit, from the day after until two weeks later."""
    with organisation_scope(clinic.organisation):
        made = factories.reason(
            unit=clinic.reason.unit, calendars=[clinic.calendar], name_de="Fäden ziehen", only_as_follow_up=True
        )
    change(clinic, follow_up_id=made.pk, follow_up_from=1, follow_up_until=14)
    return made


def times(clinic, browser, reason):
    return browser.get(clinic.url("book/times/"), reason=reason.pk)


def buttons(page) -> list[str]:
    """What the time buttons send."""
    return [part.split('"')[0] for part in page.content.decode().split('name="time" value="')[1:]]


# Follow-ups ----------------------------------------------------------------------------------------------------------


def test_what_is_only_a_follow_up_stands_in_no_public_list(clinic, control):
    publish(clinic.organisation)
    guest, stranger = visitor(), signed_in("grace@example.org", last_name="Hopper")

    for browser in (guest, stranger):
        page = text(browser.get(clinic.url("book/")))
        assert ("Erstgespräch" in page, "Fäden" in page) == (True, False)
    assert "Fäden" not in text(guest.get(clinic.url("embed/")))
    json = guest.get(clinic.url("book/times.json"), reason=control.pk)
    assert json.status_code == 404


def test_a_clinic_with_nothing_else_offers_nothing_to_the_public(clinic, control):
    with organisation_scope(clinic.organisation):
        VisitReason.objects.exclude(pk=control.pk).update(is_online=False)
    publish(clinic.organisation)

    [hit] = search(Asked(), page=None, now=NOW).page
    assert (hit.is_online, hit.next_free, hit.entry.insurances) == (False, None, [])
    assert "/book/" not in visitor().get(clinic.url()).content.decode()


def test_who_was_there_finds_the_follow_up_among_the_reasons(clinic, ada, control):
    booked(clinic, ada, LAST_WEEK, status="done")

    assert "Fäden ziehen" in text(ada.get(clinic.url("book/"), insurance="statutory", known="yes"))
    assert (times(clinic, ada, control).status_code, len(buttons(times(clinic, ada, control))) > 0) == (200, True)


def test_a_visit_that_staff_booked_counts(clinic, ada, control):
    booked(clinic, ada, NOW + timedelta(days=1))
    with organisation_scope(clinic.organisation):
        record = Patient.objects.get()
        factories.appointment(clinic.calendar, clinic.reason, record, LAST_WEEK, status="done")

    assert times(clinic, ada, control).status_code == 200


@pytest.mark.parametrize(
    "visit",
    [
        {"starts_at": NOW - timedelta(days=15), "status": "done"},
        {"starts_at": LAST_WEEK, "status": "no_show"},
        {"starts_at": LAST_WEEK, "status": "cancelled", "cancelled_at": LAST_WEEK},
        {"starts_at": TOMORROW_AT_NINE},
    ],
    ids=["too long ago", "missed", "cancelled", "to come"],
)
def test_without_an_open_window_nobody_is_invited(clinic, ada, control, visit):
    booked(clinic, ada, **visit)

    assert "Fäden" not in text(ada.get(clinic.url("book/"), insurance="statutory", known="yes"))
    page = times(clinic, ada, control)
    assert (page.status_code, REFUSAL in text(page), buttons(page)) == (409, True, [])


def test_somebody_else_s_visit_invites_nobody_else(clinic, ada, control):
    booked(clinic, ada, LAST_WEEK, status="done")
    grace = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)

    assert times(clinic, grace, control).status_code == 409


def test_its_own_address_says_why_and_how_to_sign_in(clinic, control):
    page = times(clinic, visitor(), control)

    assert (page.status_code, REFUSAL in text(page), buttons(page)) == (409, True, [])
    assert "030 23125 000" in text(page)
    link = f"/account/sign-in/?next=%2F{clinic.slug}%2Fbook%2Ftimes%2F%3Freason%3D{control.pk}"
    assert f'href="{link}"' in page.content.decode()


def test_a_link_to_it_says_why_as_well(clinic, control):
    answer = visitor().get(clinic.url("book/"), reason=control.pk)

    assert answer["Location"] == clinic.url(f"book/times/?reason={control.pk}")


# A new time ----------------------------------------------------------------------------------------------------------


def moving(clinic, ada, appointment):
    return ada.get(clinic.url(f"appointments/{appointment.pk}/move/"))


def test_times_of_their_other_appointments_are_not_offered(clinic, ada):
    appointment = booked(clinic, ada)
    with organisation_scope(clinic.organisation):
        other = factories.calendar(unit=clinic.reason.unit)
        factories.appointment(other, clinic.reason, Patient.objects.get(), LATER, person_id=ada.person_id)
        factories.offer(other, clinic.reason)

    offered = buttons(moving(clinic, ada, appointment))

    assert clinic.value(LATER).replace("09:00:00+00:00", "10:00:00+01:00") not in offered
    assert clinic.value(LATER).replace("09:00:00+00:00", "10:20:00+01:00") in offered
    page = ada.get(clinic.url(f"appointments/{appointment.pk}/move/check/"), time=clinic.value(LATER))
    assert (page.status_code, "schon einen anderen Termin" in text(page)) == (409, True)


def test_a_day_that_is_full_is_not_offered(clinic, ada):
    appointment = booked(clinic, ada)
    with organisation_scope(clinic.organisation):
        BookingRules.objects.create(most_a_day=1)
        wednesday = TOMORROW_AT_NINE + timedelta(days=1)
        factories.appointment(clinic.calendar, clinic.reason, Patient.objects.get(), wednesday, person_id=ada.person_id)

    page = moving(clinic, ada, appointment)

    days = {value.partition("@")[2][:10] for value in buttons(page)}
    assert ("2026-11-24" in days, "2026-11-25" in days) == (True, False)
    assert "Eine Person kann online nur 1 Termin am Tag in dieser Klinik haben." in text(page)


def test_a_follow_up_is_moved_within_its_window(clinic, ada, control):
    booked(clinic, ada, LAST_WEEK, status="done")
    with organisation_scope(clinic.organisation):
        record = Patient.objects.get()
        follow_up = factories.appointment(clinic.calendar, control, record, TOMORROW_AT_NINE, person_id=ada.person_id)

    page = moving(clinic, ada, follow_up)

    assert max(value.partition("@")[2][:10] for value in buttons(page)) == "2026-11-30"
    assert "Der neue Tag muss in der Zeit vom 17. November 2026 bis 30. November 2026 liegen." in text(page)


def test_the_page_names_until_when_and_how_often(clinic, ada):
    change(clinic, move_until=120, most_moves=3)
    appointment = booked(clinic, ada, moves=1)

    page = text(moving(clinic, ada, appointment))

    assert "Sie können ihn online verschieben bis Dienstag, 24. November 2026, 07:00 Uhr." in page
    assert "Sie können ihn noch 2-mal online verschieben." in page


def test_the_age_on_the_new_day_counts(clinic, ada):
    appointment = booked(clinic, ada)  # the record's birth date is in the factory
    with organisation_scope(clinic.organisation):
        born = Patient.objects.get().name["birth_date"]
    change(clinic, age_from=200)

    page = moving(clinic, ada, appointment)

    assert (born != "", buttons(page)) == (True, [])
    assert "online keine Zeit frei" in text(page)


def test_rules_cost_the_same_queries_for_many_visits(clinic, ada):
    appointment = booked(clinic, ada)
    few = queries(lambda: moving(clinic, ada, appointment))
    with organisation_scope(clinic.organisation):
        for day in range(2, 8):
            record = Patient.objects.get()
            factories.appointment(clinic.calendar, clinic.reason, record, TOMORROW_AT_NINE + timedelta(days=day))

    assert queries(lambda: moving(clinic, ada, appointment)) == few


# What is past --------------------------------------------------------------------------------------------------------


def test_a_past_appointment_opens_only_while_the_owner_allows_it(clinic, ada):
    url = clinic.url(f"appointments/{booked(clinic, ada, LAST_WEEK, status='done').pk}/")

    closed = ada.get(url)
    assert (closed.status_code, title(closed)) == (403, "Vergangene Termine werden nicht gezeigt – Doctolib")
    assert "Erstgespräch" not in text(closed) and "Kaya" not in text(closed)
    assert 'href="/account/choices/"' in closed.content.decode()

    give_consent(ada.user.pk, PAST, now=NOW)
    assert (ada.get(url).status_code, "Erstgespräch" in text(ada.get(url))) == (200, True)

    withdraw_consent(ada.user.pk, PAST, now=NOW)
    assert ada.get(url).status_code == 403


@pytest.mark.parametrize("status", ["done", "no_show"])
def test_what_staff_closed_before_its_end_is_past(clinic, ada, status):
    url = clinic.url(f"appointments/{booked(clinic, ada, TOMORROW_AT_NINE, status=status).pk}/")

    assert ada.get(url).status_code == 403


def test_no_other_address_tells_of_it(clinic, ada):
    appointment = booked(clinic, ada, LAST_WEEK)
    url = clinic.url(f"appointments/{appointment.pk}/")

    for path in (url + "cancel/", url + "move/", url + "move/check/", url + "calendar.ics"):
        assert ada.get(path)["Location"] == url
    assert ada.get(clinic.url(f"book/done/{appointment.pk}/"))["Location"] == url
    with organisation_scope(clinic.organisation):
        assert Appointment.objects.get().status == "booked"


def test_what_has_begun_is_not_past_yet(clinic, ada, monkeypatch):
    url = clinic.url(f"appointments/{booked(clinic, ada, NOW + timedelta(hours=1)).pk}/")

    wait(monkeypatch, minutes=70)
    assert ada.get(url).status_code == 200
    wait(monkeypatch, minutes=10)
    assert ada.get(url).status_code == 403


def test_a_stranger_does_not_learn_that_it_is_there(clinic, ada):
    give_consent(ada.user.pk, PAST, now=NOW)
    url = clinic.url(f"appointments/{booked(clinic, ada, LAST_WEEK, status='done').pk}/")

    assert signed_in("grace@example.org", last_name="Hopper", clinic=clinic).get(url).status_code == 404
