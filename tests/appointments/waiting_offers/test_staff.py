"""Staff offer a time; the task that serves all clinics."""

from datetime import timedelta

import pytest

from accounts import links
from appointments import tasks
from appointments.services import offers
from appointments.services.refusals import (
    NotOffered,
    NotWaiting,
    TooNear,
)
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.bookings import NINE, NOW, clinic
from tests.appointments.waiters import (
    entry,
    freed,
    join,
    made,
    status,
    sweep,
    wish,
)

from .tools import ELEVEN

pytestmark = pytest.mark.django_db


# Staff offer


def test_staff_offer_a_time_that_nobody_gave_back(place, ada):
    waits = join(place, ada, wish(half_days=(1,)))
    with organisation_scope(place.organisation):
        slot = {"entry_id": waits, "calendar_id": place.calendar_ids[0], "now": NOW, "online": False}
        offers.offer_time(organisation=place.organisation, starts_at=NINE, **slot)

    assert made(place) == [(waits, NINE, "open")]


def test_a_second_offer_at_a_time_is_refused(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)

    with organisation_scope(place.organisation), pytest.raises(NotWaiting):
        offers.offer_time(
            organisation=place.organisation, entry_id=waits, calendar_id=place.calendar_ids[0],
            starts_at=ELEVEN, now=NOW, online=False,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("starts_at", "refusal"),
    [(NOW + timedelta(minutes=10), TooNear), (NINE - timedelta(hours=5), NotOffered)],
)
def test_staff_cannot_offer_what_nobody_could_take(place, ada, starts_at, refusal):
    waits = join(place, ada)

    with organisation_scope(place.organisation), pytest.raises(refusal):
        offers.offer_time(
            organisation=place.organisation, entry_id=waits, calendar_id=place.calendar_ids[0],
            starts_at=starts_at, now=NOW, online=False,
        )  # fmt: skip

    assert made(place) == []


# The task


def test_one_clinic_that_fails_does_not_stop_the_next(place, ada, monkeypatch):
    other = clinic()
    join(other, ada)
    freed(other)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    whole = tasks.sweep

    def broken(organisation, **fields):
        if organisation == place.organisation:
            raise RuntimeError
        return whole(organisation, **fields)

    monkeypatch.setattr(tasks, "sweep", broken)
    tasks.serve_waiting_lists()

    assert [state for _entry, _starts_at, state in made(other)] == ["open"]


def test_an_account_that_is_deleted_takes_its_entry_along(place, ada):
    waits = join(place, ada)
    with organisation_scope(place.organisation):
        links.unlink(ada.person_id)

    assert (status(place, waits), entry(place, waits).person_id) == ("left", None)
