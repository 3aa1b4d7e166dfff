"""A series is planned and booked: each step, each refusal, who is turned away."""

import re
from urllib.parse import urlencode

import pytest

from accounts.enums import Level
from tests import factories, pro

from .tools import (
    HTMX,
    WEEK,
    at,
    book,
    choice,
    chosen,
    kinds,
    monday,
    queries,
    rule,
    someone,
    text,
    times,
)

pytestmark = pytest.mark.django_db


def dates_page(client, appointment, **fields):
    return client.get(f"/series/new/?{urlencode({'appointment': appointment.pk, **rule(**fields)}, doseq=True)}")


def test_the_panel_leads_to_a_series_and_the_form_says_with_what_it_begins(clinic, first):
    panel = clinic.client.get(f"/appointments/{first.pk}/", headers=HTMX).content.decode()
    answer = clinic.client.get(f"/series/new/?appointment={first.pk}")

    assert f'href="/series/new/?appointment={first.pk}"' in panel
    assert "Als Serie wiederholen" in panel
    assert answer.status_code == 200
    assert "Die Serie beginnt mit diesem Termin" in text(answer)


def test_all_dates_are_shown_with_their_state_and_suggestions(clinic, first):
    with clinic.scope():
        factories.busy(clinic.calendar, at("09:00", monday() + WEEK), at("09:20", monday() + WEEK))

    answer = dates_page(clinic.client, first)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert len(re.findall(r'<select name="date-', page)) == 3
    assert (page.count("> frei<") + text(answer).count(" frei "), " belegt " in text(answer)) >= (2, True)
    conflict = re.search(rf'<select name="{choice(1)[0]}".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r">([^<]+)</option>", conflict)[0] == "Bitte wählen"
    assert len(re.findall("<option", conflict)) == 5  # please choose, three suggestions, leave out
    assert "wird der erste Termin der Serie" in text(answer)
    assert times(clinic) == ["0 09:00"]  # looking books nothing


def test_the_chosen_dates_are_booked_with_one_message(clinic, first):
    answer = book(clinic.client, first, chosen(1, 2, 3))

    assert (answer.status_code, answer["Location"]) == (303, f"/appointments/{first.pk}/series/")
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]
    assert kinds(clinic) == ["appointment.series_booked"]
    page = text(clinic.client.get(answer["Location"]))
    assert "4 Termine sind gebucht" in page and "Jede Woche, Montag, 4 Mal" in page


def test_a_date_that_is_left_out_is_not_booked(clinic, first):
    book(clinic.client, first, chosen(1, 3, **{choice(2)[0]: "-"}))
    assert times(clinic) == ["0 09:00", "7 09:00", "21 09:00"]


def test_a_conflict_without_a_choice_is_asked_for_and_the_other_choices_stay(clinic, first):
    with clinic.scope():
        factories.busy(clinic.calendar, at("09:00", monday() + WEEK), at("09:20", monday() + WEEK))

    answer = book(clinic.client, first, chosen(3, **{choice(1)[0]: "", choice(2)[0]: "-"}))

    assert answer.status_code == 422
    assert "Wählen Sie eine andere Zeit oder lassen Sie diesen Termin aus." in text(answer)
    kept = re.search(rf'<select name="{choice(2)[0]}".*?</select>', answer.content.decode(), re.DOTALL)[0]
    assert '<option value="-" selected>auslassen' in kept
    assert times(clinic) == ["0 09:00"]


def test_a_date_that_was_lost_meanwhile_refuses_all_and_shows_what_is_free_now(clinic, first):
    with clinic.scope():
        factories.busy(clinic.calendar, at("09:00", monday() + WEEK), at("09:20", monday() + WEEK))

    answer = book(clinic.client, first, chosen(1, 2, 3))

    assert answer.status_code == 409
    assert "Die gewählte Zeit ist nicht mehr frei." in text(answer)
    assert (times(clinic), kinds(clinic)) == (["0 09:00"], [])


def test_all_left_out_is_refused(clinic, first):
    answer = book(clinic.client, first, {**rule(), **{choice(number)[0]: "-" for number in (1, 2, 3)}})
    assert (answer.status_code, "Wählen Sie mindestens einen Termin." in text(answer)) == (409, True)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"count": ""}, "Geben Sie eine Anzahl oder einen letzten Tag an."),
        ({"count": "105"}, "104"),
        ({"every": "0"}, "1"),
        ({"every": "5", "count": "104"}, "Der letzte Termin liegt mehr als zwei Jahre nach dem ersten."),
        ({"until": "31.12.2099"}, "in den nächsten drei Jahren"),
        ({"weekdays": ["2", "4"]}, "Der erste Termin ist an einem Montag. Kreuzen Sie diesen Tag mit an."),
    ],
)
def test_a_rule_that_is_none_is_asked_again(clinic, first, fields, says):
    answer = dates_page(clinic.client, first, **fields)

    assert answer.status_code == 422
    assert says in text(answer)
    assert 'class="error-summary"' in answer.content.decode()


def test_the_way_back_to_the_rule_keeps_what_was_typed(clinic, first):
    page = dates_page(clinic.client, first, weekdays=["1", "3"], every="2").content.decode()
    back = re.search(r'href="(/series/new/[^"]+change=1)"', page)[1].replace("&amp;", "&")
    form = clinic.client.get(back).content.decode()

    assert 'name="every" value="2"' in form and 'name="count" value="4"' in form
    assert re.findall(r'name="weekdays" value="(\d)"[^>]*checked', form) == ["1", "3"]


def test_in_the_panel_the_steps_are_fragments_and_the_grid_hears_of_the_end(clinic, first):
    form = clinic.client.get(f"/series/new/?appointment={first.pk}", headers=HTMX)
    answer = book(clinic.client, first, chosen(1, 2, 3), headers=HTMX)

    for each in (form, answer):
        assert (each.status_code, "<html" in each.content.decode()) == (200, False)
        assert 'class="panel-head"' in each.content.decode()
    assert answer["HX-Trigger"] == "appointments-changed"


def test_a_new_series_for_a_patient_without_an_appointment(clinic):
    with clinic.scope():
        patient = factories.patient()
    fields = rule(offer=f"{clinic.calendar.pk}-{clinic.reason.pk}", first=f"{monday():%d.%m.%Y}", clock="09:00")
    form = clinic.client.get(f"/series/new/?patient={patient.pk}")
    answer = clinic.client.post(
        f"/series/new/?patient={patient.pk}", {**fields, **dict(choice(number) for number in (0, 1, 2, 3))}
    )

    assert "Kalender und Besuchsgrund" in text(form)
    assert answer.status_code == 303
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]


def test_the_form_of_a_new_appointment_leads_to_a_series_with_what_it_has(clinic):
    with clinic.scope():
        patient = factories.patient()
    sent = {"patient": patient.pk, "calendar": clinic.calendar.pk, "reason": clinic.reason.pk, "series": "1"}
    answer = clinic.client.post("/appointments/new/", {**sent, "start": at("09:00").strftime("%Y-%m-%dT%H:%M")})
    assert answer.status_code == 303
    page = clinic.client.get(answer["Location"]).content.decode()

    assert f'<option value="{clinic.calendar.pk}-{clinic.reason.pk}" selected>' in page
    assert f'value="{monday():%d.%m.%Y}"' in page and 'value="09:00"' in page
    assert times(clinic) == []


def test_an_appointment_of_a_series_leads_to_it(clinic, first):
    book(clinic.client, first, chosen(1, 2, 3))
    answer = clinic.client.get(f"/series/new/?appointment={first.pk}")
    assert (answer.status_code, answer["Location"]) == (303, f"/appointments/{first.pk}/series/")


@pytest.mark.parametrize(("level", "status"), [(None, 404), (Level.NONE, 404), (Level.READ, 403), (Level.INSIDE, 200)])
def test_who_may_plan_a_series(clinic, first, level, status):
    client = someone(clinic, level)
    assert dates_page(client, first).status_code == status
    assert book(client, first, chosen(1, 2, 3)).status_code == {200: 303}.get(status, status)


def test_strangers_are_turned_away(clinic, first):
    other = pro.clinic()
    book(clinic.client, first, chosen(1, 2, 3))
    addresses = [
        f"/series/new/?appointment={first.pk}",
        f"/series/new/?patient={first.patient_id}",
        f"/appointments/{first.pk}/series/",
        f"/appointments/{first.pk}/series/move/",
        f"/visits/new/?patient={first.patient_id}",
        f"/appointments/{first.pk}/visit/",
        f"/appointments/{first.pk}/prescription/",
        f"/patients/{first.patient_id}/prescriptions/new/",
        "/series/new/", "/series/new/?patient=x", "/visits/new/",
    ]  # fmt: skip
    assert {address: other.client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    assert other.client.post(f"/appointments/{first.pk}/series/cancel/", {"scope": "all"}).status_code == 404
    nobody = pro.client_of(None)
    assert {nobody.get(address).status_code for address in addresses} == {302}


def test_a_calendar_that_may_not_be_booked_is_no_choice(clinic, first):
    """Its number in the form is refused like any that is no choice."""
    client = someone(clinic, Level.INSIDE)
    with clinic.scope():
        other = factories.calendar()
        factories.offer(other, clinic.reason)
        factories.hours(other)
    fields = rule(offer=f"{other.pk}-{clinic.reason.pk}", first=f"{monday():%d.%m.%Y}", clock="09:00")
    answer = client.post(f"/series/new/?patient={first.patient_id}", {**fields, **dict([choice(0)])})
    assert answer.status_code == 422


def test_the_dates_cost_as_many_queries_for_thirty_as_for_three(clinic, first):
    base = f"/series/new/?appointment={first.pk}&every=1&unit=weeks"
    with clinic.scope():
        for number in (1, 2):
            factories.busy(
                clinic.calendar, at("09:00", monday() + WEEK * number), at("09:20", monday() + WEEK * number)
            )
    assert queries(clinic.client, f"{base}&count=3") == queries(clinic.client, f"{base}&count=31")
