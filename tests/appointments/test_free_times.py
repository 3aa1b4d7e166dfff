"""Free times as JSON, for a clinic's own website."""

import pytest

from appointments.selectors import times as times_selectors
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import at_nine, clinic, make_clinic, text, visitor

__all__ = ["at_nine", "clinic"]


def free_times(clinic, **query):
    return visitor().get(clinic.url("book/times.json"), **{"reason": clinic.reason.pk, **query})


def test_the_times_of_a_day_with_their_offset(clinic):
    answer = free_times(clinic, **{"from": "2026-11-24", "to": "2026-11-24"}).json()

    times = [f"2026-11-24T{8 + number // 3:02}:{number % 3 * 20:02}:00+01:00" for number in range(12)]
    assert answer == {
        "from": "2026-11-24",
        "to": "2026-11-24",
        "calendars": [{"id": clinic.calendar.pk, "name": "Dr. Selin Kaya", "times": times}],
    }


def test_without_days_it_is_the_next_fortnight(clinic):
    answer = free_times(clinic).json()

    assert (answer["from"], answer["to"]) == ("2026-11-23", "2026-12-06")


def test_one_of_several_calendars(clinic):
    with organisation_scope(clinic.organisation):
        other = factories.calendar()
        factories.offer(other, clinic.reason)

    answer = free_times(clinic, calendar=other.pk).json()

    assert [calendar["id"] for calendar in answer["calendars"]] == [other.pk]
    assert len(free_times(clinic).json()["calendars"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"reason": "x"}, "reason"),
        ({"reason": 2**63}, "reason"),
        ({"calendar": "-1"}, "calendar"),
        ({"from": "2026-13-01"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "2026-12-01", "to": "2026-11-30"}, "to"),
        ({"from": "2026-12-01", "to": "2027-02-01"}, "to"),
    ],
)
def test_a_question_that_cannot_be_answered_names_the_field(clinic, query, field):
    answer = free_times(clinic, **query)

    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_another_clinic_s_reason_is_not_found(clinic):
    other = make_clinic()

    answer = visitor().get(clinic.url("book/times.json"), reason=other.reason.pk)

    assert answer.status_code == 404


@pytest.mark.django_db
def test_without_an_agreement_nothing_is_offered(at_nine):
    closed = make_clinic(agreement=False)

    assert free_times(closed).status_code == 404


def test_many_people_are_a_list_of_names_to_choose_from(clinic, monkeypatch):
    monkeypatch.setattr("appointments.forms.PEOPLE_COMPARED", 1)
    monkeypatch.setattr(times_selectors, "PEOPLE_COMPARED", 1)
    with organisation_scope(clinic.organisation):
        other = factories.calendar(name="Sprechzimmer 2")
        factories.offer(other, clinic.reason)

    page = visitor().get(clinic.url("book/times/"), reason=clinic.reason.pk, calendar=other.pk)

    assert '<select name="calendar"' in page.content.decode()
    assert "Nächste freie Zeit" not in text(page)
    assert "Sprechzimmer 2" in text(page)
