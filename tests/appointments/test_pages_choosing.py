"""Why and when: the pages before a time is held."""

import re
from datetime import date, timedelta

import pytest
from django.utils import translation

from appointments.forms import DayField
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import (
    NOW,
    TOMORROW_AT_NINE,
    at_nine,
    clinic,
    make_clinic,
    queries,
    text,
    title,
    visitor,
)

__all__ = ["at_nine", "clinic"]


def headings(response) -> list[str]:
    """The days of a page of times."""
    return re.findall(r'<h2 id="day-([\d-]+)"', response.content.decode())


def buttons(response) -> list[str]:
    """The time buttons as a screen reader hears them."""
    found = re.findall(r"<button [^>]*time-button.*?</button>", response.content.decode())
    return [re.sub(r"<[^>]+>", "", button) for button in found]


def times(clinic, **query):
    return visitor().get(clinic.url("book/times/"), reason=clinic.reason.pk, **query)


# Reasons -------------------------------------------------------------------------------------------------------------


def test_reasons_are_shown_with_length_and_preparation_under_the_emergency_line(clinic):
    page = visitor().get(clinic.url("book/"))

    assert text(page) == (
        "Zurück Herzambulanz Grund wählen Notfall? Wählen Sie 112 . Ärztlicher Bereitschaftsdienst: 116117 ."
        " Warum brauchen Sie einen Termin? Erstgespräch 20 Minuten. Bitte bringen Sie Ihre Befunde mit. Weiter"
    )


def test_people_who_take_differently_long_show_as_a_range(clinic):
    with organisation_scope(clinic.organisation):
        slow = factories.calendar()
        factories.offer(slow, clinic.reason, duration=45)

    assert "Erstgespräch 20 bis 45 Minuten." in text(visitor().get(clinic.url("book/")))
    assert "Erstgespräch 45 Minuten." in text(visitor().get(clinic.url("book/"), calendar=slow.pk))


def test_a_chosen_reason_leads_to_its_times(clinic):
    sent = visitor().get(clinic.url("book/"), reason=clinic.reason.pk, calendar=clinic.calendar.pk, next="times")

    assert (sent.status_code, sent["Location"]) == (
        303,
        clinic.url(f"book/times/?reason={clinic.reason.pk}&calendar={clinic.calendar.pk}"),
    )


def test_no_reason_chosen_says_so_in_title_summary_and_at_the_field(clinic):
    page = visitor().get(clinic.url("book/"), next="times")

    assert page.status_code == 422
    assert title(page).startswith("Fehler: Grund wählen")
    assert "Bitte prüfen Sie Ihre Angaben Bitte wählen Sie einen Grund für Ihren Besuch." in text(page)
    assert "Fehler: Bitte wählen Sie einen Grund für Ihren Besuch." in text(page)
    assert 'href="#id_reason_0"' in page.content.decode()


def test_reasons_that_are_not_online_are_not_shown(clinic):
    with organisation_scope(clinic.organisation):
        factories.reason(calendars=[clinic.calendar], name_de="Operation", is_online=False)
        away = factories.calendar(is_online=False)
        factories.reason(calendars=[away], name_de="Nur am Telefon")

    shown = text(visitor().get(clinic.url("book/")))

    assert "Operation" not in shown
    assert "Nur am Telefon" not in shown


def test_a_unit_with_nothing_online_names_the_phone(clinic):
    with organisation_scope(clinic.organisation):
        empty = factories.unit()

    shown = text(visitor().get(clinic.url("book/"), unit=empty.slug))

    assert "Zurzeit gibt es online keine Termine Bitte rufen Sie für einen Termin an: Telefon 030 23125 000" in shown


def test_without_a_unit_a_clinic_with_several_lets_choose_one(clinic):
    with organisation_scope(clinic.organisation):
        factories.unit()

    for query in ({}, {"unit": "nonsense"}):
        answer = visitor().get(clinic.url("book/"), **query)
        assert (answer.status_code, answer["Location"]) == (303, clinic.url())


def test_three_reasons_need_as_many_queries_as_one(clinic):
    one = queries(lambda: visitor().get(clinic.url("book/")))
    with organisation_scope(clinic.organisation):
        other = factories.calendar()
        for _number in range(2):
            factories.reason(calendars=[clinic.calendar, other])

    assert queries(lambda: visitor().get(clinic.url("book/"))) == one


# Times ---------------------------------------------------------------------------------------------------------------


def test_ten_days_with_free_times_beginning_with_the_first(clinic):
    page = times(clinic)

    weekdays = [date(2026, 11, 23) + timedelta(days=number) for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
    assert headings(page) == [day.isoformat() for day in weekdays]
    assert f'href="{clinic.url("book/times/")}?reason={clinic.reason.pk}&amp;from=2026-12-07"' in page.content.decode()


def test_it_opens_on_the_first_day_with_a_free_time_even_months_ahead(clinic):
    with organisation_scope(clinic.organisation):
        factories.absence(clinic.calendar, NOW, NOW + timedelta(days=60))

    assert headings(times(clinic))[0] == "2027-01-22"


def test_a_time_button_says_time_day_and_person(clinic):
    assert buttons(times(clinic, **{"from": "24.11."}))[0] == "08:00 Uhr, Dienstag, 24. November, Dr. Selin Kaya"


def test_more_than_twelve_times_in_half_a_day_fold(clinic):
    with organisation_scope(clinic.organisation):
        factories.hours(clinic.calendar, weekdays=[2], starts="07:00", ends="08:00")

    page = times(clinic, **{"from": "24.11.2026"}).content.decode()
    tuesday = page.partition('id="day-2026-11-24"')[2].partition("</section>")[0]

    shown, _, folded = tuesday.partition("<details>")
    assert (shown.count("time-button"), folded.count("time-button")) == (12, 3)


def test_with_anyone_each_time_shows_once_and_is_nobody_s_yet(clinic):
    with organisation_scope(clinic.organisation):
        other = factories.calendar(practitioner=factories.practitioner(first_name="Noor", last_name="Arslan"))
        factories.offer(other, clinic.reason)
        factories.hours(other, starts="08:00", ends="09:00", weekdays=[2])

    heard = [line for line in buttons(times(clinic, **{"from": "24.11."})) if "24. November" in line]
    assert len(heard) == 12
    assert {line.rpartition(", ")[2] for line in heard} == {"24. November"}

    heard = buttons(times(clinic, calendar=other.pk))
    assert [line for line in heard if "24. November" in line] == [
        f"08:{minute} Uhr, Dienstag, 24. November, Dr. Noor Arslan" for minute in ("00", "20", "40")
    ]


def test_each_person_shows_their_next_free_time(clinic):
    with organisation_scope(clinic.organisation):
        other = factories.calendar(practitioner=factories.practitioner(first_name="Noor", last_name="Arslan"))
        factories.offer(other, clinic.reason)
        factories.hours(other, weekdays=[4], starts="14:00", ends="15:00")
        away = factories.calendar(practitioner=factories.practitioner(first_name="Ida", last_name="Behrens"))
        factories.offer(away, clinic.reason)

    shown = text(times(clinic))

    assert "Egal, bei wem Nächste freie Zeit: Montag, 23. November, 09:" in shown
    assert "Dr. Noor Arslan Nächste freie Zeit: Donnerstag, 26. November, 14:00 Uhr" in shown
    assert "Dr. Ida Behrens Zurzeit ist online keine Zeit frei." in shown


def test_the_jump_goes_to_the_day_that_was_typed(clinic):
    assert headings(times(clinic, **{"from": "3. Dezember"}))[0] == "2026-12-03"


def test_a_date_that_is_none_is_answered_in_words_and_the_times_stay(clinic):
    page = times(clinic, **{"from": "bald"})

    assert (page.status_code, title(page)[:7]) == (422, "Fehler:")
    assert "Bitte geben Sie ein Datum ein, zum Beispiel 26.11.2026." in text(page)
    assert 'href="#id_from"' in page.content.decode()
    assert 'value="bald"' in page.content.decode()
    assert len(headings(page)) == 10


def test_nothing_free_says_until_when_and_the_ways_on(clinic):
    with organisation_scope(clinic.organisation):
        factories.absence(clinic.calendar, NOW, NOW + timedelta(days=120))

    shown = text(times(clinic))

    assert "Bis 21. Februar 2027 ist online keine Zeit frei" in shown
    assert "Bitte rufen Sie für einen Termin an: Telefon 030 23125 000" in shown


def test_what_is_not_offered_is_not_found(clinic):
    other = make_clinic()
    with organisation_scope(clinic.organisation):
        silent = factories.calendar()
        hidden = factories.reason(calendars=[clinic.calendar], is_online=False)

    for query in (
        {},
        {"reason": "x"},
        {"reason": "9" * 30},
        {"reason": other.reason.pk},
        {"reason": hidden.pk},
        {"reason": clinic.reason.pk, "calendar": silent.pk},
        {"reason": clinic.reason.pk, "calendar": other.calendar.pk},
        {"reason": clinic.reason.pk, "calendar": "x"},
    ):
        assert visitor().get(clinic.url("book/times/"), **query).status_code == 404, query


def test_who_is_not_signed_in_may_do_so_here_and_come_back(clinic):
    page = times(clinic, calendar=clinic.calendar.pk)

    back = f"%2F{clinic.slug}%2Fbook%2Ftimes%2F%3Freason%3D{clinic.reason.pk}%26calendar%3D{clinic.calendar.pk}"
    assert f'href="/account/sign-in/?next={back}"' in page.content.decode()


def test_three_people_need_as_many_queries_as_one(clinic):
    one = queries(lambda: times(clinic))
    with organisation_scope(clinic.organisation):
        for _number in range(2):
            other = factories.calendar(practitioner=factories.practitioner())
            factories.offer(other, clinic.reason)
            factories.hours(other)

    assert queries(lambda: times(clinic)) == one


def test_a_booked_time_is_not_offered(clinic):
    with organisation_scope(clinic.organisation):
        factories.busy(clinic.calendar, TOMORROW_AT_NINE, TOMORROW_AT_NINE + timedelta(minutes=20))

    heard = buttons(times(clinic, **{"from": "24.11."}))

    assert "09:00 Uhr, Dienstag, 24. November, Dr. Selin Kaya" not in heard
    assert "09:20 Uhr, Dienstag, 24. November, Dr. Selin Kaya" in heard


# Typed days ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("26.11.2026", date(2026, 11, 26)),
        ("26.11.", date(2026, 11, 26)),
        ("26.11", date(2026, 11, 26)),
        (" 26. 11. 26 ", date(2026, 11, 26)),
        ("26/11/2026", date(2026, 11, 26)),
        ("2026-11-26", date(2026, 11, 26)),
        ("3. Dezember", date(2026, 12, 3)),
        ("3 dez 2027", date(2027, 12, 3)),
        ("3 December", date(2026, 12, 3)),
        ("1. März", date(2027, 3, 1)),
        ("1. maerz", date(2027, 3, 1)),
        ("22.11.", date(2027, 11, 22)),
        ("29. Februar", date(2028, 2, 29)),
        ("", None),
    ],
)
def test_days_are_understood_as_people_write_them(typed, day):
    field = DayField(required=False)
    field.today = date(2026, 11, 23)

    with translation.override("de"):
        assert field.clean(typed) == day


@pytest.mark.parametrize("typed", ["bald", "31.11.2026", "0.1.", "2026-13-01", "99", "26.11.2026 10:00", "30. Februar"])
def test_what_is_no_day_is_refused(typed):
    field = DayField(required=False)
    field.today = date(2026, 11, 23)

    with pytest.raises(Exception, match="date|Datum"):
        field.clean(typed)
