"""Booking, moving and undoing as pages and in the panel: without scripts everything is there, too."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from appointments.models import Appointment, AppointmentChange
from doctolib.audit.models import AuditEvent
from patients.models import Patient
from patients.services.records import create_patient
from tests import factories, pro

from .test_desk_json import local, weekday_at

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def erika(clinic):
    with clinic.scope():
        return create_patient(
            first_name="Erika", last_name="Mustermann", birth_date=date(1964, 8, 12), phone="+4964212345678"
        )


def typed(clinic, starts_at, **data):
    return {"calendar": clinic.calendar.pk, "reason": clinic.reason.pk, "start": local(starts_at), **data}


def test_the_empty_form_takes_everything_from_the_address(clinic, erika):
    nine = weekday_at(9)
    address = f"/appointments/new/?calendar={clinic.calendar.pk}&start={local(nine)}&minutes=40&patient={erika.pk}"

    page = clinic.client.get(address).content.decode()

    assert f'value="{local(nine)}"' in page and 'value="40"' in page and "Gewählt: Erika Mustermann" in page
    assert f'<option value="{clinic.reason.pk}" data-minutes="20">Erstgespräch (20 min)</option>' in page


def test_a_search_without_scripts_offers_who_fits_and_keeps_what_was_typed(clinic, erika):
    sent = typed(clinic, weekday_at(9), q="muster 12.8.64", note="Bringt Befunde mit", find="1")

    answer = clinic.client.post("/appointments/new/", sent)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'name="patient" value="{erika.pk}"' in page and "Bringt Befunde mit" in page
    assert "geb. 12.08.1964" in page and "+49 6421 2345678" in page
    assert "error-summary" not in page


def test_a_patient_who_was_found_is_booked_and_the_page_says_so(clinic, erika):
    nine = weekday_at(9)

    answer = clinic.client.post("/appointments/new/", typed(clinic, nine, patient=erika.pk), follow=True)

    with clinic.scope():
        made = Appointment.objects.get()
    assert (made.patient_id, made.starts_at) == (erika.pk, nine)
    assert answer.redirect_chain == [(f"/appointments/{made.pk}/", 303)]
    assert "Gebucht: " in answer.content.decode()


def new_patient(**data):
    born = {"birth_date_0": "3", "birth_date_1": "4", "birth_date_2": "1985"}
    return {"last_name": "Neumann", "first_name": "Jo", **born, "phone": "0641 123456", **data}


def test_a_new_patient_is_entered_with_the_appointment(clinic):
    answer = clinic.client.post("/appointments/new/", typed(clinic, weekday_at(9), **new_patient()))

    with clinic.scope():
        made = Appointment.objects.select_related("patient").get().patient
        found = (made.name["last_name"], made.name["birth_date"], made.contact["phone"])
    assert (answer.status_code, found) == (303, ("Neumann", "1985-04-03", "+49641123456"))


def test_of_a_refused_booking_no_new_patient_stays_and_everything_typed_does(clinic):
    nine = weekday_at(9)
    clinic.book(nine)

    answer = clinic.client.post("/appointments/new/", typed(clinic, nine, **new_patient(note="Eilig")))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert all(text in page for text in ("Neumann", "0641 123456", "Eilig", 'name="overbook"', 'name="time"'))
    with clinic.scope():
        assert Patient.objects.count() == 1  # of the appointment that was there


def test_a_nearest_time_is_booked_by_its_button(clinic, erika):
    clinic.book(weekday_at(9))
    sent = typed(clinic, weekday_at(9), patient=erika.pk, time=f"{clinic.calendar.pk}@{local(weekday_at(10))}")

    clinic.client.post("/appointments/new/", sent)

    with clinic.scope():
        assert Appointment.objects.get(patient=erika).starts_at == weekday_at(10)


def test_a_new_patient_who_is_there_already_is_asked_about(clinic, erika):
    known = new_patient(
        last_name="Mustermann", first_name="Erika", birth_date_0="12", birth_date_1="8", birth_date_2="1964"
    )

    asked = clinic.client.post("/appointments/new/", typed(clinic, weekday_at(9), **known))
    made = clinic.client.post("/appointments/new/", typed(clinic, weekday_at(9), **known, anyway="on"))

    assert (asked.status_code, made.status_code) == (422, 303)
    assert f'name="patient" value="{erika.pk}"' in asked.content.decode()


def test_without_a_patient_the_form_says_what_is_missing(clinic):
    answer = clinic.client.post("/appointments/new/", typed(clinic, weekday_at(9)))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#new-q">Wählen Sie eine Person, oder legen Sie eine neue an.</a>' in page
    assert "Geben Sie den Nachnamen ein." not in page


def test_a_copy_takes_patient_reason_and_length(clinic, erika):
    nine = weekday_at(9)
    visit = clinic.book(nine, patient=erika, ends_at=nine + timedelta(minutes=50))

    page = clinic.client.get(f"/appointments/new/?copy={visit.pk}").content.decode()

    assert "Gewählt: Erika Mustermann" in page and 'value="50"' in page


def test_the_panel_gets_a_part_and_the_grid_is_told(clinic, erika):
    answer = clinic.client.post("/appointments/new/", typed(clinic, weekday_at(9), patient=erika.pk), headers=HTMX)

    page = answer.content.decode()
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "appointments-changed")
    assert "<html" not in page and "Gebucht: " in page and "Rückgängig" in page


def test_moving_by_the_form(clinic):
    visit = clinic.book(weekday_at(9))
    form = clinic.client.get(f"/appointments/{visit.pk}/move/").content.decode()

    sent = {"start": local(weekday_at(11)), "minutes": 20, "calendar": clinic.calendar.pk, "version": 1}
    answer = clinic.client.post(f"/appointments/{visit.pk}/move/", sent)

    with clinic.scope():
        visit.refresh_from_db()
    assert (answer.status_code, visit.starts_at, visit.version, visit.moves) == (303, weekday_at(11), 2, 1)
    assert "Nächste freie Zeiten" in form


def test_a_stale_move_shows_what_it_is_now_and_keeps_what_was_typed(clinic):
    visit = clinic.book(weekday_at(9))
    sent = {"minutes": 20, "calendar": clinic.calendar.pk, "version": 1}
    clinic.client.post(f"/appointments/{visit.pk}/move/", {**sent, "start": local(weekday_at(10))})

    answer = clinic.client.post(f"/appointments/{visit.pk}/move/", {**sent, "start": local(weekday_at(11))})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Jemand hat diesen Termin inzwischen geändert." in page and "10:00 Uhr" in page
    assert f'value="{local(weekday_at(11))}"' in page


def test_a_note_is_sealed_shown_and_marked(clinic):
    visit = clinic.book(weekday_at(9))

    clinic.client.post(f"/appointments/{visit.pk}/note/", {"note": "Angst vor Spritzen", "version": 1})

    page = clinic.client.get(f"/appointments/{visit.pk}/").content.decode()
    assert "Angst vor Spritzen" in page
    with clinic.scope():
        visit.refresh_from_db()
        assert (visit.has_note, visit.version, visit.details) == (True, 2, {"note": "Angst vor Spritzen"})


def test_a_stale_note_is_refused_and_what_was_typed_stays(clinic):
    visit = clinic.book(weekday_at(9))
    address = f"/appointments/{visit.pk}/note/"
    clinic.client.post(address, {"note": "Eins", "version": 1})

    answer = clinic.client.post(address, {"note": "Zwei", "version": 1})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Zwei" in page and "Eins" in page


def test_a_status_before_the_day_is_refused(clinic):
    visit = clinic.book(timezone.now() + timedelta(days=3))

    answer = clinic.client.post(f"/appointments/{visit.pk}/status/", {"status": "arrived", "version": 1}, headers=HTMX)

    assert (answer.status_code, "Der Termin ist erst am " in answer.content.decode()) == (409, True)


def test_last_changes_are_ones_own_and_each_can_be_undone(clinic, erika):
    nine = weekday_at(9)
    clinic.client.post("/appointments/new/", typed(clinic, nine, patient=erika.pk))
    with clinic.scope():
        visit = Appointment.objects.get()
        factories.change(visit)  # somebody else's
        own = AppointmentChange.objects.get(kind="created")

    page = clinic.client.get("/calendar/changes/").content.decode()
    undone = clinic.client.post("/calendar/undo/", {"change": own.pk}, follow=True).content.decode()

    assert page.count("Mustermann, Erika") == 2 and page.count('name="change"') == 1  # the name, and the button's
    assert "rückgängig gemacht" in undone
    with clinic.scope():
        visit.refresh_from_db()
        assert visit.status == "cancelled"


def test_somebody_elses_change_is_not_undone(clinic):
    visit = clinic.book(weekday_at(9))
    with clinic.scope():
        theirs = factories.change(visit)

    answer = clinic.client.post("/calendar/undo/", {"change": theirs.pk})

    assert (answer.status_code, "Es gibt nichts rückgängig zu machen." in answer.content.decode()) == (409, True)


@pytest.mark.parametrize(
    "text", ["Mustermann", "muster erika", "12.8.1964", "12.08.64", "06421 2345678", "1964-08-12 Mu"]
)
def test_a_patient_is_found_by_name_birth_date_or_phone(clinic, erika, text):
    with clinic.scope():
        factories.patient()

    answer = clinic.client.post("/patients/find/", {"q": text}, headers=HTMX)

    page = answer.content.decode()
    assert (page.count('role="option"'), str(erika.pk) in page) == (1, True)
    with clinic.scope():
        assert list(AuditEvent.objects.filter(action="patients.searched").values_list("subject", "details")) == [
            (f"user:{clinic.professional.pk}", None)
        ]


@pytest.mark.parametrize("text", ["", "M", "Niemand", "31.2.1990", "06421 99"])
def test_nobody_is_found_by_too_little_or_by_nonsense(clinic, erika, text):
    answer = clinic.client.post("/patients/find/", {"q": text}, headers=HTMX)

    assert 'role="option"' not in answer.content.decode()


def test_where_a_room_is_wanted_the_reasons_that_need_it_come_first(clinic):
    with clinic.scope():
        room, store = factories.room(name="Eingriffsraum 1"), factories.room(name="Lager")
        surgery = factories.reason(name_de="Ambulanter Eingriff", calendars=[clinic.calendar])
        factories.requirement(surgery, [room])

    def groups(**asked) -> list[tuple[str, list[str]]]:
        page = clinic.client.get("/appointments/new/", {"calendar": clinic.calendar.pk, **asked}).content.decode()
        found = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.S)
        return [(label, re.findall(r"<option [^>]*data-minutes=[^>]*>([^<]+)<", options)) for label, options in found]

    needs = ("Mit Eingriffsraum 1", [f"Ambulanter Eingriff ({surgery.duration} min)"])
    assert groups(room=room.pk) == [needs, ("Ohne Eingriffsraum 1", ["Erstgespräch (20 min)"])]
    assert [label for label, _options in groups(room=store.pk)] == ["Ohne Lager"]
    assert groups() == groups(room=2**60) == groups(room="x") == []
