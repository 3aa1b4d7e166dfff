"""What a time button sends, as somebody who is no browser writes it."""

import pytest

from appointments.selectors.times import read_time_value

from .pages import make_clinic

FAR = ["9999-12-31T23:00+00:00", "0001-01-01T00:00+14:00", "1999-12-31T23:59+00:00", "3000-01-01T00:00+00:00"]


@pytest.mark.parametrize("instant", [*FAR, "2026-11-30T09:00", "tomorrow", ""])
def test_an_instant_that_cannot_be_counted_with_is_none(instant):
    assert read_time_value(f"1@{instant}") is None


@pytest.mark.django_db
@pytest.mark.parametrize("instant", FAR[:2])
def test_a_time_at_the_end_of_the_calendar_is_refused_as_any_other(client, instant):
    clinic = make_clinic()
    sent = {**clinic.chosen(), "time": f"{clinic.calendar.pk}@{instant}"}

    answer = client.post(clinic.url("book/hold/"), sent, headers={"host": "localhost"})

    assert 400 <= answer.status_code < 500
