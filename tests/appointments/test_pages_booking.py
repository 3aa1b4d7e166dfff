"""From a chosen time to an appointment, and everything that can come between."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from appointments.models import Hold, Occupancy, VisitReason
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import (
    NOW,
    TOMORROW_AT_NINE,
    ada,
    at_nine,
    booked,
    clinic,
    signed_in,
    text,
    title,
    visitor,
    wait,
)

__all__ = ["ada", "at_nine", "clinic"]

WHEN = "Dienstag, 24. November 2026, 09:00 Uhr"
INSURED = {"insurance": "statutory"}


def occupied(clinic) -> list[tuple]:
    with organisation_scope(clinic.organisation):
        return list(Occupancy.objects.order_by("starts_at").values_list("starts_at", "status"))


@pytest.fixture
def holding_ada(clinic, ada):
    """Ada, signed in, with tomorrow at nine held for her."""
    assert ada.post(clinic.url("book/hold/"), clinic.chosen()).status_code == 303
    return ada


# The happy path ------------------------------------------------------------------------------------------------------


def test_a_time_is_held_and_the_token_goes_into_a_cookie_of_this_clinic_alone(clinic):
    guest = visitor()

    answer = guest.post(clinic.url("book/hold/"), clinic.chosen())

    cookie = guest.client.cookies["hold"]
    assert (answer.status_code, answer["Location"]) == (303, clinic.url("book/who/"))
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (clinic.url(), True, "Lax")
    assert occupied(clinic) == [(TOMORROW_AT_NINE, "held")]


def test_who_is_not_signed_in_is_asked_to_and_told_until_when_the_time_is_held(clinic):
    guest = visitor()
    guest.post(clinic.url("book/hold/"), clinic.chosen())

    page = guest.get(clinic.url("book/who/"))

    shown, html = text(page), page.content.decode()
    assert "Diese Zeit ist bis 09:10 Uhr für Sie reserviert." in shown
    assert WHEN in shown
    after = f"?next=%2F{clinic.slug}%2Fbook%2Fcheck%2F"
    assert f'href="{reverse("sign-in", urlconf="doctolib.urls.www")}{after}"' in html
    assert f'href="{reverse("sign-up", urlconf="doctolib.urls.www")}{after}"' in html


def test_the_check_page_shows_everything_once_more(clinic, holding_ada):
    page = holding_ada.get(clinic.url("book/check/"))

    shown = text(page)
    for part in (
        "Diese Zeit ist bis 09:10 Uhr für Sie reserviert. 10 Minuten länger",
        "Für Ada Lovelace geboren am 10. Dezember 1985",
        "Grund Erstgespräch Ändern Grund",
        f"Zeit {WHEN} 20 Minuten Ändern Zeit",
        "Bei Dr. Selin Kaya Herzambulanz",
        "Ort Klinikum Musterstadt Musterstraße 1, 10115 Berlin",
        "Bestätigung an ada@example.org und per SMS an 01522 8817386",
        "Bitte bringen Sie Ihre Befunde mit.",
        "Bis zum Beginn können Sie den Termin online verschieben oder absagen. Termin buchen",
    ):
        assert part in shown


def test_the_check_page_says_until_when_the_visit_can_be_changed(clinic, holding_ada):
    with organisation_scope(clinic.organisation):
        VisitReason.objects.update(move_until=60, cancel_until=25 * 60)

    shown = text(holding_ada.get(clinic.url("book/check/")))

    assert "Sie können ihn online verschieben bis Dienstag, 24. November 2026, 08:00 Uhr." in shown
    # The visit is nearer than that: cancelling online is over before it is booked.
    assert "Sie können diesen Termin online nur bis 25 Stunden vorher absagen." in shown
    assert "Bis zum Beginn" not in shown


def test_confirming_books_and_shows_the_confirmation(clinic, holding_ada):
    answer = holding_ada.post(clinic.url("book/check/"), INSURED)

    assert answer.status_code == 303
    page = holding_ada.get(answer["Location"])
    assert clinic.appointments() == [(holding_ada.person_id, TOMORROW_AT_NINE, "booked")]
    assert occupied(clinic) == [(TOMORROW_AT_NINE, "booked")]
    assert text(page).startswith(f"Ihr Termin ist gebucht {WHEN} Sie müssen jetzt nichts weiter tun.")
    assert "Musterstraße 1, 10115 Berlin Auf der Karte zeigen" in text(page)
    assert f"{answer['Location'].replace('book/done', 'appointments')}calendar.ics" in page.content.decode()


def test_the_confirmation_panel_has_no_link_and_the_heading_has_the_focus(clinic, holding_ada):
    page = holding_ada.get(holding_ada.post(clinic.url("book/check/"), INSURED)["Location"]).content.decode()

    panel = page.partition('<div class="confirmation">')[2].partition("</div>")[0]
    assert "<a " not in panel
    assert "<h1" in panel
    assert 'tabindex="-1" autofocus>' in panel


def test_a_second_click_books_once_and_leads_to_the_same_confirmation(clinic, holding_ada):
    first = holding_ada.post(clinic.url("book/check/"), INSURED)
    second = holding_ada.post(clinic.url("book/check/"), INSURED)

    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert len(clinic.appointments()) == 1


def test_back_after_booking_leads_to_the_confirmation(clinic, holding_ada):
    done = holding_ada.post(clinic.url("book/check/"), INSURED)["Location"]

    back = holding_ada.get(clinic.url("book/check/"))

    assert (back.status_code, back["Location"]) == (303, done)


def test_the_hold_survives_sign_in(clinic, ada):
    guest = visitor()
    guest.post(clinic.url("book/hold/"), clinic.chosen())
    ada.client.cookies["hold"] = guest.client.cookies["hold"].value

    assert ada.get(clinic.url("book/who/"))["Location"] == clinic.url("book/check/")
    assert WHEN in text(ada.get(clinic.url("book/check/")))


# Refusals ------------------------------------------------------------------------------------------------------------


def test_no_insurance_chosen_says_so_and_keeps_the_time(clinic, holding_ada):
    page = holding_ada.post(clinic.url("book/check/"))

    assert (page.status_code, title(page)[:7]) == (422, "Fehler:")
    assert "Bitte prüfen Sie Ihre Angaben Bitte wählen Sie, wie Sie versichert sind." in text(page)
    assert 'href="#id_insurance_0"' in page.content.decode()
    assert WHEN in text(page)
    assert clinic.appointments() == []


def test_a_lost_race_names_what_happened_and_the_nearest_times(clinic):
    visitor().post(clinic.url("book/hold/"), clinic.chosen())
    loser = visitor()

    page = loser.post(clinic.url("book/hold/"), clinic.chosen())

    html = page.content.decode()
    assert (page.status_code, title(page)) == (409, "Diese Zeit ist vergeben – Doctolib")
    assert "Diese Zeit hat gerade jemand anderes gebucht." in text(page)
    assert "Die nächsten freien Zeiten Dienstag, 24. November 2026" in text(page)
    assert '<h1 tabindex="-1" autofocus>' in html
    assert html.count('class="btn time-button"') == 6
    assert "hold" not in loser.client.cookies


def test_the_nearest_time_of_a_lost_race_can_be_taken(clinic):
    visitor().post(clinic.url("book/hold/"), clinic.chosen())
    loser = visitor()
    loser.post(clinic.url("book/hold/"), clinic.chosen())

    answer = loser.post(clinic.url("book/hold/"), clinic.chosen(TOMORROW_AT_NINE + timedelta(minutes=20)))

    assert (answer.status_code, answer["Location"]) == (303, clinic.url("book/who/"))


@pytest.mark.parametrize("start", [NOW - timedelta(days=7), NOW + timedelta(days=400), NOW.replace(hour=3)])
def test_a_time_that_is_past_too_far_or_closed_is_refused(clinic, start):
    page = visitor().post(clinic.url("book/hold/"), clinic.chosen(start))

    assert (page.status_code, title(page)) == (409, "Diese Zeit können Sie nicht buchen – Doctolib")
    assert occupied(clinic) == []


@pytest.mark.parametrize("value", ["", "x", "1@", "@2026-11-24T08:00:00+00:00", "1@2026-11-24T08:00:00", "1@never"])
def test_a_time_that_no_button_sends_is_refused(clinic, value):
    page = visitor().post(clinic.url("book/hold/"), {**clinic.chosen(), "time": value})

    assert (page.status_code, occupied(clinic)) == (409, [])
    assert "Alle Zeiten ansehen" in text(page)


def test_a_reason_that_does_not_exist_is_refused(clinic):
    for reason, status in (("x", 404), ("", 404), ("999999999", 409)):
        answer = visitor().post(clinic.url("book/hold/"), {**clinic.chosen(), "reason": reason})
        assert answer.status_code == status, reason


def test_too_many_holds_say_when_it_goes_on(clinic, settings):
    settings.HOLDS_PER_NETWORK = 1
    visitor().post(clinic.url("book/hold/"), clinic.chosen())

    page = visitor().post(clinic.url("book/hold/"), clinic.chosen(TOMORROW_AT_NINE + timedelta(hours=1)))

    assert (page.status_code, page["Retry-After"]) == (429, "600")
    assert "Um 09:10 Uhr können Sie es noch einmal versuchen." in text(page)
    assert "Telefon 030 23125 000" in text(page)


def test_an_expired_hold_that_is_still_free_is_taken_again_with_one_button(clinic, holding_ada, monkeypatch):
    wait(monkeypatch, minutes=11)

    for page in (holding_ada.get(clinic.url("book/check/")), holding_ada.post(clinic.url("book/check/"), INSURED)):
        assert (page.status_code, title(page)) == (409, "Ihre Reservierung ist abgelaufen – Doctolib")
        assert "Die Zeit ist noch frei. Sie können sie noch einmal reservieren." in text(page)
        assert clinic.value() in page.content.decode()
    again = holding_ada.post(clinic.url("book/hold/"), clinic.chosen())
    assert (again.status_code, again["Location"]) == (303, clinic.url("book/check/"))
    assert holding_ada.post(clinic.url("book/check/"), INSURED).status_code == 303
    assert len(clinic.appointments()) == 1


def test_an_expired_hold_whose_time_is_gone_names_the_nearest(clinic, holding_ada, monkeypatch):
    wait(monkeypatch, minutes=11)
    visitor().post(clinic.url("book/hold/"), clinic.chosen())

    for page in (holding_ada.get(clinic.url("book/check/")), holding_ada.post(clinic.url("book/check/"), INSURED)):
        assert page.status_code == 409
        assert "Die nächsten freien Zeiten" in text(page)
        assert "noch einmal reservieren" not in text(page)


def test_without_a_hold_the_way_back_is_shown(clinic, ada):
    for browser, path in ((ada, "book/check/"), (visitor(), "book/who/")):
        page = browser.get(clinic.url(path))
        assert page.status_code == 409
        assert "Zurück zur Seite der Klinik" in text(page)


def test_another_time_gives_the_first_one_up(clinic, holding_ada):
    later = TOMORROW_AT_NINE + timedelta(minutes=40)

    holding_ada.post(clinic.url("book/hold/"), clinic.chosen(later))

    assert occupied(clinic) == [(later, "held")]


def visit_of(page) -> str:
    return re.search(r'name="visit" value="([^"]+)"', page.content.decode())[1]


def test_two_clicks_whose_first_answer_never_arrived_hold_one_time(clinic):
    times = visitor().get(clinic.url("book/times/"), reason=clinic.reason.pk)
    chosen = {**clinic.chosen(), "visit": visit_of(times)}

    answers = [visitor().post(clinic.url("book/hold/"), chosen) for _ in range(2)]  # without each other's cookie

    assert [answer["Location"] for answer in answers] == [clinic.url("book/who/")] * 2
    assert answers[0].cookies["hold"].value == answers[1].cookies["hold"].value
    assert occupied(clinic) == [(TOMORROW_AT_NINE, "held")]


def test_a_page_s_token_that_was_made_up_holds_under_a_new_one(clinic):
    visit = f"{uuid4()}.secret"

    answer = visitor().post(clinic.url("book/hold/"), {**clinic.chosen(), "visit": visit})

    assert not answer.cookies["hold"].value.startswith(visit[:36])


def test_going_back_after_booking_and_choosing_again_books_a_second_time(clinic, ada):
    times = ada.get(clinic.url("book/times/"), reason=clinic.reason.pk)
    for minutes in (0, 40):
        chosen = clinic.chosen(TOMORROW_AT_NINE + timedelta(minutes=minutes))
        ada.post(clinic.url("book/hold/"), {**chosen, "visit": visit_of(times)})
        assert ada.post(clinic.url("book/check/"), {"insurance": "statutory"}).status_code == 303

    assert len(clinic.appointments()) == 2


def test_a_reload_of_the_hold_page_shows_the_times_again(clinic):
    answer = visitor().get(clinic.url("book/hold/"), reason=clinic.reason.pk, calendar=clinic.calendar.pk)

    assert (answer.status_code, answer["Location"]) == (
        303,
        clinic.url(f"book/times/?reason={clinic.reason.pk}&calendar={clinic.calendar.pk}"),
    )


def test_the_address_of_the_hold_page_alone_leads_to_the_clinic(clinic):
    assert visitor().get(clinic.url("book/hold/"))["Location"] == clinic.url()


def test_another_language_after_a_lost_race_shows_the_times(clinic):
    visitor().post(clinic.url("book/hold/"), clinic.chosen())

    page = visitor().post(clinic.url("book/hold/"), clinic.chosen()).content.decode()

    assert f'name="next" value="{clinic.url("book/times/")}?reason={clinic.reason.pk}"' in page


# Ten minutes more ----------------------------------------------------------------------------------------------------


def test_ten_minutes_more_without_an_account_twice(clinic, monkeypatch):
    guest = visitor()
    guest.post(clinic.url("book/hold/"), clinic.chosen())

    for _time in range(2):
        wait(monkeypatch, minutes=5)
        answer = guest.post(clinic.url("book/longer/"))
        assert (answer.status_code, answer["Location"]) == (303, clinic.url("book/who/"))
    page = guest.get(clinic.url("book/who/"))
    assert "Diese Zeit ist bis 09:20 Uhr für Sie reserviert." in text(page)
    assert "10 Minuten länger" not in text(page)

    guest.post(clinic.url("book/longer/"))
    assert "Diese Reservierung lässt sich nicht noch einmal verlängern." in text(guest.get(clinic.url("book/who/")))


def test_an_ended_hold_is_not_extended(clinic, holding_ada, monkeypatch):
    wait(monkeypatch, minutes=11)

    assert holding_ada.post(clinic.url("book/longer/")).status_code == 409


# Strangers -----------------------------------------------------------------------------------------------------------


def test_a_guessed_token_opens_no_hold(clinic, holding_ada):
    with organisation_scope(clinic.organisation):
        hold = Hold.objects.get()
    stranger = signed_in("grace@example.org", last_name="Hopper")
    stranger.client.cookies["hold"] = f"{hold.pk}.guess"

    assert stranger.get(clinic.url("book/check/")).status_code == 409
    assert stranger.post(clinic.url("book/check/"), INSURED).status_code == 409
    assert clinic.appointments() == []


def test_a_used_token_does_not_lead_a_stranger_to_the_appointment(clinic, holding_ada):
    holding_ada.post(clinic.url("book/check/"), INSURED)
    stranger = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)
    stranger.client.cookies["hold"] = holding_ada.client.cookies["hold"].value

    for page in (stranger.get(clinic.url("book/check/")), stranger.post(clinic.url("book/check/"), INSURED)):
        assert page.status_code == 409
        assert WHEN not in text(page)
    assert len(clinic.appointments()) == 1


def test_the_confirmation_is_for_its_own_patient(clinic, ada):
    appointment = booked(clinic, ada)
    url = clinic.url(f"book/done/{appointment.pk}/")
    known = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)
    unknown = signed_in("mary@example.org", last_name="Somerville")

    assert ada.get(url).status_code == 200
    assert [browser.get(url).status_code for browser in (known, unknown)] == [404, 404]
    anonymous = visitor().get(url)
    assert (anonymous.status_code, anonymous["Location"]) == (302, f"/account/sign-in/?next={url}")


def test_confirming_needs_an_account(clinic):
    guest = visitor()
    guest.post(clinic.url("book/hold/"), clinic.chosen())

    answer = guest.post(clinic.url("book/check/"), INSURED)

    assert (answer.status_code, answer["Location"]) == (303, clinic.url("book/who/"))
    assert clinic.appointments() == []


def test_a_form_from_elsewhere_is_refused(clinic, ada):
    from django.test import Client

    foreign = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")

    assert foreign.post(clinic.url("book/hold/"), clinic.chosen()).status_code == 403
    assert occupied(clinic) == []


def test_a_device_is_held_with_the_calendar_and_freed_with_it(clinic, ada):
    with organisation_scope(clinic.organisation):
        factories.requirement(clinic.reason, [factories.device()])

    ada.post(clinic.url("book/hold/"), clinic.chosen())
    assert occupied(clinic) == [(TOMORROW_AT_NINE, "held")] * 2
    ada.post(clinic.url("book/check/"), INSURED)
    assert occupied(clinic) == [(TOMORROW_AT_NINE, "booked")] * 2
