"""A double click on "book": the first books, the second must neither fail nor bring anything back."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from appointments.models import Appointment, Hold
from appointments.services import booking
from appointments.services.drafts import Draft, keep_draft
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.bookings import booker, clinic

WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


def until_someone_waits(seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    with connections["owner"].cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(WAITERS)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits.")


@pytest.mark.django_db(transaction=True)
def test_keeping_what_was_typed_waits_for_a_booking_and_then_keeps_nothing(monkeypatch):
    place, erika = clinic(), booker()
    token, appoint = place.hold(), booking._appoint

    def keep():
        try:
            keep_draft(organisation=place.organisation, token=token, account_id=None, draft=Draft("self"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:

        def with_a_second_click(*arguments):
            clicks.append(pool.submit(keep))
            until_someone_waits()
            return appoint(*arguments)

        clicks: list = []
        monkeypatch.setattr(booking, "_appoint", with_a_second_click)
        place.confirm(token, erika)
        assert clicks[0].result(10) is None

    with organisation_scope(place.organisation):
        assert (Hold.objects.count(), Appointment.objects.count()) == (0, 1)
