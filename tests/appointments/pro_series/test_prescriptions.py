"""Prescriptions, and the sessions that are left of them."""

import re
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.enums import Level
from appointments.models import Appointment, Prescription
from tests import factories

from .tools import (
    BERLIN,
    HTMX,
    WEEK,
    book,
    chosen,
    queries,
    rule,
    someone,
    text,
    times,
)

pytestmark = pytest.mark.django_db


def written(**fields) -> dict:
    today = timezone.now().astimezone(BERLIN).date()
    values = {"what": "Manuelle Therapie", "sessions": "3", "a_week": "1"}
    days = {"issued_on": f"{today:%d.%m.%Y}", "valid_until": f"{today + WEEK * 20:%d.%m.%Y}"}
    return {**values, **days, **fields}


@pytest.fixture
def prescription(clinic, first):
    clinic.client.post(f"/patients/{first.patient_id}/prescriptions/new/", written())
    with clinic.scope():
        return Prescription.objects.get()


def test_a_prescription_is_on_the_card_with_what_is_left(clinic, first, prescription):
    card = clinic.client.get(f"/patients/{first.patient_id}/")

    assert "Manuelle Therapie" in text(card) and "0 von 3 verbraucht, 0 gebucht, 3 übrig" in text(card)
    assert f"/series/new/?patient={first.patient_id}&amp;prescription={prescription.pk}" in card.content.decode()


def test_a_series_takes_the_number_that_is_left_and_no_more(clinic, first, prescription):
    fields = rule(count="", prescription=str(prescription.pk))
    page = clinic.client.get(f"/series/new/?{urlencode({'appointment': first.pk, **fields})}")
    booked = book(clinic.client, first, chosen(1, 2, count="", prescription=str(prescription.pk)))

    assert len(re.findall(r'<select name="date-', page.content.decode())) == 2  # the first is there already
    assert booked.status_code == 303
    panel = text(clinic.client.get(f"/appointments/{first.pk}/", headers=HTMX))
    assert "0 von 3 verbraucht, 3 gebucht, 0 übrig" in panel


def test_a_series_beyond_the_prescription_is_refused_in_words(clinic, first, prescription):
    data = chosen(1, 2, 3, prescription=str(prescription.pk))
    answer = book(clinic.client, first, data)

    assert answer.status_code == 409
    assert "Von der Verordnung sind noch 3 Behandlungen übrig, gewählt sind 4." in text(answer)
    assert times(clinic) == ["0 09:00"]


@pytest.mark.parametrize("fields", [{"what": ""}, {"sessions": "0"}, {"sessions": "105"}, {"valid_until": "1.1.2020"}])
def test_a_wrong_prescription_is_asked_again_with_what_was_typed(clinic, first, fields):
    answer = clinic.client.post(f"/patients/{first.patient_id}/prescriptions/new/", written(a_week="3", **fields))

    assert answer.status_code == 422
    assert 'name="a_week" value="3"' in answer.content.decode()
    with clinic.scope():
        assert Prescription.objects.count() == 0


def test_a_prescription_is_corrected_but_not_below_what_is_booked(clinic, first, prescription):
    book(clinic.client, first, chosen(1, 2, count="", prescription=str(prescription.pk)))
    address = f"/prescriptions/{prescription.pk}/"

    assert 'value="Manuelle Therapie"' in clinic.client.get(address).content.decode()
    assert clinic.client.post(address, written(sessions="2")).status_code == 409
    assert clinic.client.post(address, written(sessions="6", counts_no_shows="on")).status_code == 303
    with clinic.scope():
        assert list(Prescription.objects.values_list("sessions", "counts_no_shows")) == [(6, True)]


def test_an_appointment_is_tied_from_its_panel(clinic, first, prescription):
    address = f"/appointments/{first.pk}/prescription/"
    answer = clinic.client.post(address, {"prescription": str(prescription.pk)}, headers=HTMX)

    assert (answer.status_code, "Gespeichert" in text(answer)) == (200, True)
    assert "1 gebucht" in text(clinic.client.get(f"/appointments/{first.pk}/"))
    assert clinic.client.post(address, {"prescription": "00000000-0000-0000-0000-000000000000"}).status_code == 422
    assert clinic.client.post(address, {"prescription": ""}).status_code == 303
    with clinic.scope():
        assert Appointment.objects.get(pk=first.pk).prescription_id is None


def test_prescriptions_are_for_those_who_may_open_patients(clinic, first, prescription):
    client = someone(clinic, Level.READ)
    addresses = {
        f"/patients/{first.patient_id}/prescriptions/new/": 404,
        f"/prescriptions/{prescription.pk}/": 404,
        f"/appointments/{first.pk}/prescription/": 403,
    }
    assert {address: client.get(address).status_code for address in addresses} == addresses


def test_the_card_costs_as_many_queries_for_three_prescriptions_as_for_one(clinic, first, prescription):
    address = f"/patients/{first.patient_id}/"
    one = queries(clinic.client, address)
    with clinic.scope():
        for _ in range(2):
            factories.prescription(first.patient)
    assert queries(clinic.client, address) == one
