"""Patients' pages of the waiting list: the ways in, the entry, the offer, the link of a message."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.services.persons import add_relative
from appointments.models import Absence, Appointment, WaitingEntry, WaitingOffer
from appointments.offer_links import offer_token
from appointments.services import offers
from doctolib.tenancy.scopes import organisation_scope
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
LATER = TOMORROW_AT_NINE + timedelta(days=2)
WISH = {"insurance": "statutory", "from": "", "until": "", "half_days": []}


def entries(clinic) -> list[WaitingEntry]:
    with organisation_scope(clinic.organisation):
        return list(WaitingEntry.objects.order_by("joined_at"))


def joining(clinic) -> str:
    return clinic.url(f"waiting/join/?reason={clinic.reason.pk}")


def waits(clinic, who, **fields) -> WaitingEntry:
    """An entry of this patient, who has been to the clinic."""
    with organisation_scope(clinic.organisation):
        earlier = Appointment.objects.count()
    patient = booked(clinic, who, NOW - timedelta(days=30 + earlier), status="done").patient
    with organisation_scope(clinic.organisation):
        return factories.waiting(patient, clinic.reason, joined_at=NOW, from_day=NOW.date(), **fields)


def offered(clinic, entry: WaitingEntry) -> WaitingOffer:
    """Tomorrow at nine is kept for this entry, for two hours."""
    with organisation_scope(clinic.organisation):
        return offers.offer_time(
            organisation=clinic.organisation, entry_id=entry.pk, calendar_id=clinic.calendar.pk,
            starts_at=TOMORROW_AT_NINE, now=NOW,
        )  # fmt: skip


@pytest.fixture
def entry(clinic, ada) -> WaitingEntry:
    return waits(clinic, ada)


@pytest.fixture
def offer(clinic, entry) -> WaitingOffer:
    return offered(clinic, entry)


def own(clinic, entry, path: str = "") -> str:
    return clinic.url(f"waiting/{entry.pk}/{path}")


def answer_url(clinic, entry, offer, verb: str = "accept") -> str:
    return own(clinic, entry, f"{verb}/{offer.pk}/")


# The ways in ---------------------------------------------------------------------------------------------------------


def test_the_page_of_times_and_an_appointment_lead_to_the_list(clinic, ada):
    appointment = booked(clinic, ada)
    times = ada.get(clinic.url("book/times/"), reason=clinic.reason.pk).content.decode()
    own_page = ada.get(clinic.url(f"appointments/{appointment.pk}/")).content.decode()

    assert f'href="{joining(clinic)}"' in times
    assert f'href="{joining(clinic)}&amp;appointment={appointment.pk}"' in own_page


def test_where_nothing_is_free_the_list_is_a_way_on(clinic):
    with organisation_scope(clinic.organisation):
        Absence.objects.create(resource_id=clinic.calendar.pk, starts_at=NOW, ends_at=NOW + timedelta(days=200))

    shown = visitor().get(clinic.url("book/times/"), reason=clinic.reason.pk)

    assert "Auf die Warteliste setzen" in text(shown)


def test_signing_in_keeps_the_way(clinic):
    answer = visitor().get(joining(clinic))

    assert answer.status_code == 302
    assert answer["Location"].endswith(f"next=/{clinic.slug}/waiting/join/%3Freason%3D{clinic.reason.pk}")


def test_who_joins_is_on_the_list(clinic, ada):
    answer = ada.post(joining(clinic), {**WISH, "from": "24.11.", "until": "1.12.2026", "half_days": ["2", "3"]})

    (entry,) = entries(clinic)
    assert (answer.status_code, answer["Location"]) == (303, f"/{clinic.slug}/waiting/{entry.pk}/?joined=1")
    assert (entry.person_id, entry.half_days, entry.insurance) == (ada.person_id, [2, 3], "statutory")
    page = text(ada.get(answer["Location"]))
    for part in ("Sie stehen auf der Warteliste", "Erstgespräch", "vom 24. November 2026 bis zum 1. Dezember 2026",
                 "Dienstag", "Warteliste verlassen"):  # fmt: skip
        assert part in page


def test_one_joins_for_a_relative(clinic, ada):
    mia = add_relative(ada.user.pk, first_name="Mia", last_name="Lovelace", birth_date=NOW.date(), sex="female")
    assert ada.post(joining(clinic), WISH).status_code == 422
    answer = ada.post(joining(clinic), {**WISH, "whom": str(mia)})

    assert [entry.person_id for entry in entries(clinic)] == [mia]
    assert "Mia Lovelace" in text(ada.get(answer["Location"]))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"insurance": ""}, "Bitte wählen Sie, wie Sie versichert sind."),
        ({"until": "gestern"}, "Bitte geben Sie ein Datum ein"),
        ({"from": "1.12.2026", "until": "30.11.2026"}, "Der letzte Tag darf nicht vor dem ersten"),
        ({"until": "22.11.2026"}, "Der letzte Tag darf nicht vor dem ersten"),
        ({"half_days": ["14"]}, "14"),
    ],
)
def test_a_wrong_answer_is_named_and_nobody_joins(clinic, ada, sent, words):
    answer = ada.post(joining(clinic), {**WISH, **sent})

    assert answer.status_code == 422 and words in text(answer)
    assert entries(clinic) == []


def test_who_may_not_book_reads_why_and_does_not_join(clinic, ada):
    with organisation_scope(clinic.organisation):
        clinic.reason.age_from = 80
        clinic.reason.save()

    answer = ada.post(joining(clinic), WISH)

    assert answer.status_code == 409 and "mindestens 80 Jahre" in text(answer)
    assert entries(clinic) == []


@pytest.mark.parametrize("query", ["", "?reason=x", "?reason=999999999"])
def test_an_unknown_reason_is_not_found(clinic, ada, query):
    assert ada.get(clinic.url(f"waiting/join/{query}")).status_code == 404


def test_anothers_appointment_is_not_replaced(clinic, ada):
    theirs = booked(clinic, signed_in("grace@example.org", last_name="Hopper"))
    booked(clinic, ada, LATER)

    for appointment in (theirs.pk, uuid4(), "x"):
        assert ada.get(f"{joining(clinic)}&appointment={appointment}").status_code == 404


# One's own entry -----------------------------------------------------------------------------------------------------


def test_my_appointments_show_what_i_wait_for(ada, entry):
    shown = text(ada.get("/my/appointments/"))

    assert "Warteliste Erstgespräch" in shown and "Sie warten seit dem 23. November 2026." in shown


def test_my_appointments_take_the_same_queries_for_many_entries(clinic, ada, entry):
    few = queries(lambda: ada.get("/my/appointments/"))
    with organisation_scope(clinic.organisation):
        for number in range(4):
            reason = factories.reason(calendars=[clinic.calendar], name_de=f"Kontrolle {number}")
            factories.waiting(entry.patient, reason)

    assert queries(lambda: ada.get("/my/appointments/")) == few


def test_the_wish_can_be_changed_and_one_can_leave(clinic, ada, entry):
    assert ada.get(own(clinic, entry, "change/")).status_code == 200
    assert ada.post(own(clinic, entry, "change/"), {"from": "x"}).status_code == 422
    ada.post(own(clinic, entry, "change/"), {"half_days": ["5"]})
    assert "Mittwoch nachmittags" in text(ada.get(own(clinic, entry)))

    assert "Warteliste verlassen?" in text(ada.get(own(clinic, entry, "leave/")))
    ada.post(own(clinic, entry, "leave/"))
    assert "Sie haben die Warteliste verlassen." in text(ada.get(own(clinic, entry)))
    assert ada.get(own(clinic, entry, "change/"))["Location"] == own(clinic, entry)


def test_who_was_paused_by_silence_says_that_they_still_wait(clinic, ada, entry):
    with organisation_scope(clinic.organisation):
        WaitingEntry.objects.update(status="paused", silences=3)
    assert "Auf drei Angebote kam keine Antwort" in text(ada.get(own(clinic, entry)))

    ada.post(own(clinic, entry, "go-on/"))

    assert [each.status for each in entries(clinic)] == ["waiting"]


PATHS = ("", "change/", "leave/")


@pytest.mark.parametrize("path", PATHS)
def test_anothers_entry_is_not_found(clinic, entry, path):
    known = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)
    unknown = signed_in("mary@example.org", last_name="Somerville")

    assert [each.get(own(clinic, entry, path)).status_code for each in (known, unknown)] == [404, 404]


@pytest.mark.parametrize("verb", ["accept", "refuse"])
def test_anothers_offer_is_not_answered(clinic, entry, offer, verb):
    known = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)
    their_entry = waits(clinic, known)

    assert known.post(answer_url(clinic, entry, offer, verb)).status_code == 404
    assert known.post(answer_url(clinic, their_entry, offer, verb)).status_code == 404
    with organisation_scope(clinic.organisation):
        assert WaitingOffer.objects.get().status == "open"


# The offer -----------------------------------------------------------------------------------------------------------


def test_an_offer_is_accepted(clinic, ada, entry, offer):
    page = text(ada.get(own(clinic, entry)))
    assert "Dienstag, 24. November 2026, 09:00 Uhr" in page
    assert "wird bis Montag, 23. November 2026, 11:00 Uhr für Sie freigehalten" in page

    first = ada.post(answer_url(clinic, entry, offer))
    second = ada.post(answer_url(clinic, entry, offer))

    assert first["Location"] == second["Location"] == clinic.url(f"book/done/{offer.pk}/")
    assert clinic.appointments()[-1] == (ada.person_id, TOMORROW_AT_NINE, "booked")
    assert "Sie haben einen Termin angenommen." in text(ada.get(own(clinic, entry)))


def test_an_offer_moves_the_appointment_that_one_has(clinic, ada):
    late = booked(clinic, ada, LATER)
    with organisation_scope(clinic.organisation):
        entry = factories.waiting(late.patient, clinic.reason, appointment=late)
    offer = offered(clinic, entry)
    assert "Ihr Termin am Donnerstag, 26. November 2026" in text(ada.get(own(clinic, entry)))

    answer = ada.post(answer_url(clinic, entry, offer))

    assert answer["Location"] == clinic.url(f"appointments/{late.pk}/?moved=1")
    assert clinic.appointments() == [(ada.person_id, TOMORROW_AT_NINE, "booked")]


def test_after_its_end_the_nearest_free_times_are_named_and_nothing_is_booked(
    clinic, ada, entry, offer, monkeypatch, settings
):
    settings.PATIENT_IDLE = timedelta(hours=3)  # signed in meanwhile
    wait(monkeypatch, 120)

    answer = ada.post(answer_url(clinic, entry, offer))

    assert answer.status_code == 409
    assert "Es ist abgelaufen. Sie bleiben auf der Warteliste." in text(answer)
    assert "Die nächsten freien Zeiten" in text(answer)
    assert len(clinic.appointments()) == 1
    assert "Das Angebot für Dienstag, 24. November 2026, 09:00 Uhr endete" in text(ada.get(own(clinic, entry)))


def test_a_time_that_staff_blocked_says_so(clinic, ada, entry, offer):
    with organisation_scope(clinic.organisation):
        factories.absence(clinic.calendar, TOMORROW_AT_NINE, TOMORROW_AT_NINE + timedelta(hours=3))

    assert "kann den Termin am" in text(ada.get(own(clinic, entry)))
    answer = ada.post(answer_url(clinic, entry, offer))
    assert answer.status_code == 409 and "kann diesen Termin nicht länger freihalten" in text(answer)


def test_a_refused_offer_leaves_one_waiting(clinic, ada, entry, offer):
    ada.post(answer_url(clinic, entry, offer, "refuse"))

    assert "Sie warten seit dem" in text(ada.get(own(clinic, entry)))
    assert [each.status for each in entries(clinic)] == ["waiting"]


# The link of a message -----------------------------------------------------------------------------------------------


def link(clinic, offer) -> str:
    return clinic.url(f"o/{offer_token(offer.pk)}")


def test_the_link_shows_the_time_and_no_more_and_leads_through_sign_in(clinic, entry, offer):
    answer = visitor().get(link(clinic, offer))

    shown = answer.content.decode()
    assert "Dienstag, 24. November 2026, 09:00 Uhr" in text(answer)
    words = set(re.findall(r"\w+", shown))  # a random token may hold any letters
    assert words & {"Erstgespräch", "Herzambulanz", "Ada", "Lovelace", "Kaya"} == set()
    assert f'href="{own(clinic, entry)}"' in shown
    assert "/account/sign-in/?next=" in visitor().get(own(clinic, entry))["Location"]


def test_who_is_signed_in_comes_to_the_offer_at_once(clinic, ada, entry, offer):
    assert ada.get(link(clinic, offer))["Location"] == own(clinic, entry)
    stranger = signed_in("grace@example.org", last_name="Hopper", clinic=clinic)
    assert stranger.get(link(clinic, offer)).status_code == 200


def test_the_link_refuses_without_signing_in(clinic, entry, offer):
    visitor().post(link(clinic, offer))

    assert "Sie haben diesen Termin abgelehnt." in text(visitor().get(link(clinic, offer)))


def test_looking_at_the_link_changes_nothing(clinic, entry, offer):
    visitor().get(link(clinic, offer))

    with organisation_scope(clinic.organisation):
        assert WaitingOffer.objects.get().status == "open"


def test_a_link_whose_offer_has_ended_says_so(clinic, entry, offer, monkeypatch):
    wait(monkeypatch, 121)

    assert title(visitor().get(link(clinic, offer))).startswith("Dieses Angebot ist vorbei")


def test_who_has_no_account_is_asked_to_call(clinic):
    with organisation_scope(clinic.organisation):
        entry = factories.waiting(factories.patient(), clinic.reason)
    offer = offered(clinic, entry)

    assert "rufen Sie bitte bis dahin in der Klinik an" in text(visitor().get(link(clinic, offer)))


def test_a_forged_link_is_not_found(clinic, offer):
    token = offer_token(offer.pk)
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:22], offer_token(uuid4()), "x"):
        assert visitor().get(clinic.url(f"o/{forged}")).status_code == 404
