"""The list of an account's appointments: all persons, all clinics, what is past only when its owner allows it."""

import re
from datetime import date, timedelta

import pytest

from accounts.enums import ConsentPurpose
from accounts.selectors import persons_of
from accounts.services.persons import add_relative, give_consent, link_clinic, withdraw_consent
from appointments.models import Appointment
from appointments.selectors import patient as selectors
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import (
    NOW,
    TOMORROW_AT_NINE,
    Visitor,
    ada,
    at_nine,
    booked,
    clinic,
    make_clinic,
    queries,
    signed_in,
    text,
    visitor,
)
from tests.outages.conftest import postgres_away

__all__ = ["ada", "at_nine", "clinic", "postgres_away"]

WHEN = "Dienstag, 24. November 2026"
LATER = TOMORROW_AT_NINE + timedelta(hours=1)
YESTERDAY = NOW - timedelta(days=1)
PAST = ConsentPurpose.PAST_APPOINTMENTS
URL = "/my/appointments/"
FOOT = "Vergangene Termine werden nicht gezeigt. Mein Konto"


def relative_of(visitor_: Visitor, first_name="Mia") -> Visitor:
    """The same browser, for a relative of its account."""
    person_id = add_relative(visitor_.user.pk, first_name=first_name, last_name="Lovelace", birth_date=date(2015, 5, 4))
    return Visitor(visitor_.client, visitor_.user, person_id)


def plain(response) -> str:
    return text(response).replace("\u00a0", " ")


def allow_past(visitor_) -> None:
    give_consent(visitor_.user.pk, PAST, now=NOW)


# What is coming ------------------------------------------------------------------------------------------------------


def test_coming_appointments_of_all_clinics_stand_by_day_in_order_of_time(clinic, ada):
    elsewhere = make_clinic(name="Praxis am Markt", database="dedicated")
    booked(clinic, ada, LATER)
    booked(elsewhere, ada, TOMORROW_AT_NINE)
    booked(clinic, ada, LATER + timedelta(days=1))
    booked(clinic, ada, YESTERDAY)

    shown = plain(ada.get(URL))

    address = "Herzambulanz Dr. Selin Kaya Musterstraße 1, 10115 Berlin"
    assert shown == (
        f"Meine Termine {WHEN}"
        f" 09:00 Uhr , Erstgespräch Praxis am Markt, {address}"
        f" Ansehen, verschieben, absagen : {WHEN}, 09:00 Uhr Hinweise für den Termin : {WHEN}, 09:00 Uhr"
        f" 10:00 Uhr , Erstgespräch Klinikum Musterstadt, {address}"
        f" Ansehen, verschieben, absagen : {WHEN}, 10:00 Uhr Hinweise für den Termin : {WHEN}, 10:00 Uhr"
        " Mittwoch, 25. November 2026"
        f" 10:00 Uhr , Erstgespräch Klinikum Musterstadt, {address}"
        " Ansehen, verschieben, absagen : Mittwoch, 25. November 2026, 10:00 Uhr"
        " Hinweise für den Termin : Mittwoch, 25. November 2026, 10:00 Uhr"
        " Weiteren Termin buchen"
        f" Erinnerungen Was Klinikum Musterstadt schicken darf Was Praxis am Markt schicken darf {FOOT}"
    )


def test_each_clinic_tells_its_own_local_time(clinic, ada):
    abroad = make_clinic(time_zone="Pacific/Auckland")
    booked(abroad, ada, TOMORROW_AT_NINE + timedelta(hours=3))  # midnight there

    assert "Mittwoch, 25. November 2026 00:00 Uhr" in plain(ada.get(URL))


def test_without_appointments_the_list_says_so(ada):
    assert text(ada.get(URL)) == f"Meine Termine Sie haben keine kommenden Termine Termin online buchen {FOOT}"


def test_the_list_needs_an_account(clinic):
    answer = visitor().get(URL)

    assert (answer.status_code, answer["Location"]) == (302, f"/account/sign-in/?next={URL}")


def test_others_appointments_are_not_in_the_list(clinic, ada):
    booked(clinic, ada)
    stranger = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)

    assert WHEN not in plain(stranger.get(URL))


def test_cancelled_and_finished_ones_are_not_coming(clinic, ada):
    booked(clinic, ada, status="cancelled", cancelled_at=NOW)
    booked(clinic, ada, LATER, status="done")

    assert "Sie haben keine kommenden Termine" in text(ada.get(URL))


def test_a_relatives_appointment_says_for_whom_and_the_owners_does_not(clinic, ada):
    booked(clinic, ada)
    booked(clinic, relative_of(ada), LATER)

    shown = plain(ada.get(URL))

    assert shown.count("Termin für") == 1
    assert "10:00 Uhr , Erstgespräch Termin für Mia Lovelace Klinikum Musterstadt" in shown


def test_three_appointments_need_as_many_queries_as_one(clinic, ada):
    allow_past(ada)
    booked(clinic, ada), booked(clinic, ada, YESTERDAY)
    one = queries(lambda: ada.get(URL))
    booked(clinic, ada, LATER), booked(clinic, ada, LATER + timedelta(hours=1))
    booked(clinic, ada, YESTERDAY + timedelta(hours=1))

    assert queries(lambda: ada.get(URL)) == one


def test_headings_have_no_gaps(clinic, ada):
    allow_past(ada)
    booked(clinic, ada), booked(clinic, ada, YESTERDAY)

    main = ada.get(URL).content.decode().partition("</main>")[0]
    levels = [int(level) for level in re.findall(r"<h([1-6])", main)]

    assert levels == [1, 2, 3, 2, 3, 2]


def test_instructions_are_one_click_away(clinic, ada):
    made = booked(clinic, ada)
    url = clinic.url(f"appointments/{made.pk}/")

    assert f'href="{url}#instructions"' in ada.get(URL).content.decode()
    assert 'id="instructions"' in ada.get(url).content.decode()


# A clinic is away ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_clinic_whose_database_is_away_is_named_and_the_rest_is_shown(clinic, ada, postgres_away):
    away = make_clinic(name="Praxis am Markt", phone="030 23125 777", database="dedicated")
    booked(clinic, ada, LATER), booked(away, ada)

    with postgres_away("dedicated"):
        page = ada.get(URL)

    assert page.status_code == 200
    assert "Wir erreichen Praxis am Markt gerade nicht." in plain(page) and "030 23125 777" in plain(page)
    assert "10:00 Uhr , Erstgespräch Klinikum Musterstadt" in plain(page)


# What is past --------------------------------------------------------------------------------------------------------


def test_past_appointments_show_only_while_the_owner_allows_it(clinic, ada):
    booked(clinic, ada, YESTERDAY, status="done")
    line = "Sonntag, 22. November 2026, 09:00 Uhr"

    before = plain(ada.get(URL))
    allow_past(ada)
    allowed = plain(ada.get(URL))
    withdraw_consent(ada.user.pk, PAST, now=NOW)
    after = plain(ada.get(URL))

    assert (line in before, line in allowed, line in after) == (False, True, False)
    assert after == before


def test_someone_elses_consent_shows_nothing_of_mine(clinic, ada):
    booked(clinic, ada, YESTERDAY)
    allow_past(signed_in("grace@example.org", last_name="Hopper", clinic=clinic))

    assert "Sonntag" not in plain(ada.get(URL))


def test_past_ones_of_all_statuses_stand_newest_first_with_their_status(clinic, ada):
    allow_past(ada)
    for days, status in enumerate(["done", "no_show", "cancelled", "booked"], start=1):
        extra = {"cancelled_at": NOW} if status == "cancelled" else {}
        booked(clinic, ada, NOW - timedelta(days=days), status=status, **extra)

    shown = plain(ada.get(URL)).partition("Vergangene Termine")[2]

    assert re.findall(r"\d\d(?=\. November)|erledigt|nicht erschienen|abgesagt", shown) == [
        "22", "erledigt", "21", "nicht erschienen", "20", "abgesagt", "19",
    ]  # fmt: skip


def test_past_ones_go_back_three_years(clinic, ada):
    allow_past(ada)
    booked(clinic, ada, NOW - timedelta(days=3 * 365))
    booked(clinic, ada, NOW - timedelta(days=3 * 365 + 2))

    shown = plain(ada.get(URL))

    assert "24. November 2023" in shown and "22. November 2023" not in shown


def test_without_past_ones_the_list_says_so(clinic, ada):
    allow_past(ada)

    assert "Vergangene Termine In den letzten 3 Jahren gab es keine." in text(ada.get(URL))


def test_twenty_past_ones_are_on_a_page_and_coming_ones_on_the_first(clinic, ada):
    allow_past(ada)
    booked(clinic, ada)
    for number in range(21):
        booked(clinic, ada, NOW - timedelta(days=1, hours=number))

    first, second, nonsense = (plain(ada.get(URL, page=page)) for page in ("1", "2", "x"))

    assert first.count("Erstgespräch") == 1 + 20 and "Seite 1 von 2" in first
    assert second.count("Erstgespräch") == 1 and WHEN not in second
    assert nonsense == first


# One appointment of one of several persons ---------------------------------------------------------------------------


def test_an_appointment_is_found_for_each_person_of_the_account(clinic, ada):
    mia, ben = relative_of(ada), relative_of(ada, "Ben")
    made = [
        (booked(clinic, person, TOMORROW_AT_NINE + timedelta(hours=hour)), name)
        for hour, (person, name) in enumerate([(ada, ""), (mia, "Mia Lovelace"), (ben, "Ben Lovelace")])
    ]

    for appointment, name in made:
        page = ada.get(clinic.url(f"appointments/{appointment.pk}/"))

        assert page.status_code == 200
        assert re.findall(r"Für (\w+ \w+)", plain(page)) == ([name] if name else [])


def test_a_relatives_appointment_is_cancelled_by_the_owner(clinic, ada):
    booked(clinic, ada)
    made = booked(clinic, relative_of(ada), LATER)

    ada.post(clinic.url(f"appointments/{made.pk}/cancel/"), {"reason": ""})

    assert [status for _person, _starts, status in clinic.appointments()] == ["booked", "cancelled"]


def test_strangers_and_strangers_relatives_appointments_are_not_there(clinic, ada):
    grace = signed_in("grace@example.org", last_name="Hopper")
    theirs = [booked(clinic, grace), booked(clinic, relative_of(grace, "Tom"), LATER)]
    for person in (ada, relative_of(ada)):
        booked(clinic, person, LATER + timedelta(hours=1 if person is ada else 2))

    for appointment in theirs:
        for path in ("", "cancel/", "move/", "calendar.ics"):
            assert ada.get(clinic.url(f"appointments/{appointment.pk}/{path}")).status_code == 404
        assert ada.post(clinic.url(f"appointments/{appointment.pk}/cancel/"), {"reason": ""}).status_code == 404


def test_the_person_at_a_clinic_is_the_owner_before_relatives(clinic, ada):
    mia = relative_of(ada)
    link_clinic(ada.user.pk, mia.person_id, clinic.organisation.pk)
    alone = selectors.person_at(ada.user, clinic.organisation)
    link_clinic(ada.user.pk, ada.person_id, clinic.organisation.pk)

    assert (alone, selectors.person_at(ada.user, clinic.organisation)) == (mia.person_id, ada.person_id)
    assert len(persons_of(ada.user.pk)) == 2


def test_an_appointment_without_a_person_is_nobodys(clinic, ada):
    """As the deletion of an account leaves it."""
    booked(clinic, ada), booked(clinic, relative_of(ada), LATER)
    with organisation_scope(clinic.organisation):
        made = factories.appointment(clinic.calendar, clinic.reason, factories.patient(), LATER + timedelta(hours=1))
        assert Appointment.objects.count() == 3

    assert ada.get(clinic.url(f"appointments/{made.pk}/")).status_code == 404
