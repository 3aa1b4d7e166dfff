"""What was typed on the last page is asked only once: after a lost race, an ended hold, signing in, a reload."""

from datetime import timedelta

import pytest

from appointments.models import Appointment, Hold, Occupancy
from appointments.services.drafts import LONGEST_KEPT, Draft, draft_of, keep_draft
from appointments.services.holds import KEPT, remove_expired
from crypto import keyring
from crypto.errors import KeyUnavailable
from doctolib.tenancy.scopes import booking_scope, organisation_scope
from tests import factories
from tests.appointments.pages import TOMORROW_AT_NINE, ada, at_nine, clinic, signed_in, text, wait

__all__ = ["ada", "at_nine", "clinic"]
LATER = TOMORROW_AT_NINE + timedelta(hours=1)


@pytest.fixture
def asked(clinic):
    """The clinic asks one thing, in words."""
    with organisation_scope(clinic.organisation):
        return factories.question(clinic.reason, text_de="Welche Medikamente nehmen Sie?")


@pytest.fixture
def typed(asked) -> dict[str, str]:
    return {"insurance": "private", f"question-{asked.pk}": "Marcumar"}


@pytest.fixture
def holding(clinic, ada):
    ada.post(clinic.url("book/hold/"), clinic.chosen())
    return ada


def hold_of(clinic) -> Hold:
    with organisation_scope(clinic.organisation):
        return Hold.objects.get()


def take_away(clinic) -> None:
    """A hospital information system writes without asking, and takes Ada's time."""
    with organisation_scope(clinic.organisation):
        Occupancy.objects.filter(hold__isnull=False).delete()
        factories.busy(clinic.calendar, TOMORROW_AT_NINE, TOMORROW_AT_NINE + timedelta(minutes=20))


def is_filled_in(page) -> bool:
    html = page.content.decode()
    checked = [part for part in html.split("<input") if 'value="private"' in part and "checked" in part.split(">")[0]]
    return ">\nMarcumar</textarea>" in html and len(checked) == 1


def test_a_lost_race_comes_back_to_a_form_that_is_filled_in(clinic, holding, typed):
    take_away(clinic)

    lost = holding.post(clinic.url("book/check/"), typed)

    assert (lost.status_code, clinic.appointments()) == (409, [])
    assert "Diese Zeit hat gerade jemand anderes gebucht. Ihre Angaben sind gespeichert." in text(lost)
    holding.post(clinic.url("book/hold/"), clinic.chosen(LATER))
    page = holding.get(clinic.url("book/check/"))
    assert is_filled_in(page)
    assert holding.post(clinic.url("book/check/"), typed).status_code == 303
    assert clinic.appointments() == [(holding.person_id, LATER, "booked")]


def test_a_hold_that_ended_comes_back_to_a_form_that_is_filled_in(clinic, holding, typed, monkeypatch):
    wait(monkeypatch, minutes=11)
    assert holding.post(clinic.url("book/check/"), typed).status_code == 409

    holding.post(clinic.url("book/hold/"), clinic.chosen())

    assert is_filled_in(holding.get(clinic.url("book/check/")))


def test_who_must_sign_in_again_finds_the_form_filled_in(clinic, holding, typed):
    session = holding.client.cookies.pop("patient_session")
    assert holding.post(clinic.url("book/check/"), typed)["Location"] == clinic.url("book/who/")

    holding.client.cookies["patient_session"] = session.value

    assert is_filled_in(holding.get(clinic.url("book/check/")))


def test_a_reload_after_a_wrong_answer_keeps_the_right_ones(clinic, holding, asked, typed):
    wrong = {**typed, "insurance": ""}
    assert holding.post(clinic.url("book/check/"), wrong).status_code == 422

    assert ">\nMarcumar</textarea>" in holding.get(clinic.url("book/check/")).content.decode()


def test_a_booking_that_breaks_down_comes_back_to_a_form_that_is_filled_in(clinic, holding, typed, monkeypatch):
    def broken(**_):
        raise RuntimeError

    monkeypatch.setattr("appointments.views.patient.booking.confirm_hold", broken)
    holding.client.raise_request_exception = False
    assert holding.post(clinic.url("book/check/"), typed).status_code == 500

    assert is_filled_in(holding.get(clinic.url("book/check/")))


def test_an_answer_to_another_question_is_not_kept(clinic, holding, typed):
    with organisation_scope(clinic.organisation):
        other = factories.question(factories.reason(calendars=[clinic.calendar]))
    holding.post(clinic.url("book/check/"), {**typed, "insurance": "", f"question-{other.pk}": "geheim"})

    with organisation_scope(clinic.organisation):
        assert list(hold_of(clinic).draft["answers"].values()) == ["Marcumar"]


def test_a_very_long_answer_is_cut(clinic, holding, typed, asked):
    holding.post(clinic.url("book/check/"), {**typed, f"question-{asked.pk}": "x" * 9000})

    with organisation_scope(clinic.organisation):
        assert len(hold_of(clinic).draft["answers"][str(asked.pk)]) == LONGEST_KEPT


def test_the_next_account_on_a_device_finds_an_empty_form(clinic, holding, typed):
    holding.post(clinic.url("book/check/"), {**typed, "insurance": ""})
    grace = signed_in("grace@example.org", last_name="Hopper")
    holding.client.cookies["patient_session"] = grace.client.cookies["patient_session"].value

    assert "Marcumar" not in holding.get(clinic.url("book/check/")).content.decode()


def test_another_visitor_finds_an_empty_form(clinic, holding, typed):
    holding.post(clinic.url("book/check/"), {**typed, "insurance": ""})
    grace = signed_in("grace@example.org", last_name="Hopper")
    grace.post(clinic.url("book/hold/"), clinic.chosen(LATER))

    assert "Marcumar" not in grace.get(clinic.url("book/check/")).content.decode()


def test_a_hold_s_id_without_its_secret_tells_and_changes_nothing(clinic, holding, typed):
    holding.post(clinic.url("book/check/"), {**typed, "insurance": ""})
    forged = f"{hold_of(clinic).pk}.guessed"
    who = {"organisation": clinic.organisation, "token": forged, "account_id": holding.user.pk}

    keep_draft(draft=Draft("self"), **who)

    assert draft_of(**who) == Draft()
    with organisation_scope(clinic.organisation):
        assert hold_of(clinic).draft["answers"] != {}


def test_what_was_typed_is_sealed_and_a_booking_s_scope_does_not_open_it(clinic, holding, typed):
    holding.post(clinic.url("book/check/"), {**typed, "insurance": ""})
    hold = hold_of(clinic)

    assert b"Marcumar" not in bytes(hold.draft_sealed)
    with booking_scope(clinic.organisation, hold.pk), pytest.raises(KeyUnavailable):
        _ = Hold.objects.get().draft
    with keyring.lend(keyring.Access.person(clinic.organisation.pk, holding.person_id)), pytest.raises(KeyUnavailable):
        _ = hold.draft  # the key is there, for other rows
    assert "Marcumar" not in str(holding.client.cookies) + str(dict(holding.client.session))


def test_it_goes_with_the_booking(clinic, holding, typed):
    holding.post(clinic.url("book/check/"), {**typed, "insurance": ""})

    holding.post(clinic.url("book/check/"), typed)

    with organisation_scope(clinic.organisation):
        assert (Hold.objects.count(), Appointment.objects.count()) == (0, 1)


def test_it_goes_twenty_hours_after_the_hold(clinic, holding, typed):
    holding.post(clinic.url("book/check/"), {**typed, "insurance": ""})
    end = hold_of(clinic).expires_at
    with organisation_scope(clinic.organisation):
        assert remove_expired(clinic.organisation, now=end + KEPT) == 0
        assert remove_expired(clinic.organisation, now=end + KEPT + timedelta(seconds=1)) > 0
        assert Hold.objects.count() == 0


def test_it_goes_when_the_time_is_given_up(clinic, holding, typed):
    holding.post(clinic.url("book/check/"), {**typed, "insurance": ""})
    assert "Zeit freigeben" in text(holding.get(clinic.url("book/check/")))

    answer = holding.post(clinic.url("book/give-up/"))

    assert (answer.status_code, answer["Location"]) == (303, clinic.url(f"book/times/?reason={clinic.reason.pk}"))
    assert answer.cookies["hold"].value == ""
    assert "Sie haben die Zeit freigegeben." in text(holding.get(answer["Location"]))
    with organisation_scope(clinic.organisation):
        assert (Hold.objects.count(), Occupancy.objects.count()) == (0, 0)


def test_giving_up_nothing_leads_to_the_clinic(clinic, ada):
    assert ada.post(clinic.url("book/give-up/"))["Location"] == clinic.url()
    assert ada.get(clinic.url("book/give-up/")).status_code == 405


def test_a_second_click_that_comes_late_keeps_nothing(clinic, holding, typed):
    first = holding.post(clinic.url("book/check/"), typed)

    second = holding.post(clinic.url("book/check/"), typed)

    assert second["Location"] == first["Location"]
    with organisation_scope(clinic.organisation):
        assert Hold.objects.count() == 0


def test_without_a_key_management_nothing_is_half_written(clinic, holding, typed, monkeypatch):
    def away(*_args, **_kwargs):
        raise KeyUnavailable("away")

    monkeypatch.setattr("appointments.services.drafts.keyring.warm", away)
    holding.client.raise_request_exception = False

    assert holding.post(clinic.url("book/check/"), typed).status_code >= 500

    assert (clinic.appointments(), hold_of(clinic).draft_sealed) == ([], None)
