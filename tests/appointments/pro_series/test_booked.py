"""A series that is booked: its list, moving and cancelling one, the following or all."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from accounts.enums import Level
from appointments.models import Appointment, Series
from doctolib.audit.models import AuditEvent
from tests import factories

from .tools import (
    HTMX,
    WEEK,
    at,
    kinds,
    monday,
    moved,
    queries,
    someone,
    text,
    times,
)

pytestmark = pytest.mark.django_db


def test_the_panel_says_which_of_how_many(clinic, series):
    page = text(clinic.client.get(f"/appointments/{series[2].pk}/", headers=HTMX))
    assert "3 von 4" in page and "Serie zeigen oder ändern" in page
    assert "Als Serie wiederholen" not in page


def test_the_series_lists_its_appointments_and_looking_is_in_the_trail(clinic, series):
    answer = clinic.client.get(f"/appointments/{series[1].pk}/series/")

    assert len(re.findall(r'class="row-name"', answer.content.decode())) == 4
    with clinic.scope():
        assert AuditEvent.objects.filter(action="series.viewed").count() == 1
        Appointment.objects.filter(pk__in=[each.pk for each in series[2:]]).update(series=None)
    fewer = queries(clinic.client, f"/appointments/{series[1].pk}/series/")
    with clinic.scope():
        Appointment.objects.filter(pk__in=[each.pk for each in series[2:]]).update(series=Series.objects.get())
    assert queries(clinic.client, f"/appointments/{series[1].pk}/series/") == fewer


def shift(scope: str, day, clock: str = "09:00") -> dict:
    return {"scope": scope, "day": f"{day:%d.%m.%Y}", "clock": clock}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("one", ["0 09:00", "8 09:40", "14 09:00", "21 09:00"]),
        ("following", ["0 09:00", "8 09:40", "15 09:40", "22 09:40"]),
        ("all", ["1 09:40", "8 09:40", "15 09:40", "22 09:40"]),
    ],
)
def test_one_the_following_or_all_move_by_the_same_shift(clinic, series, scope, expected):
    address = f"/appointments/{series[1].pk}/series/move/"
    form = shift(scope, monday() + WEEK + timedelta(days=1), "09:40")
    rows = {"one": series[1:2], "following": series[1:], "all": series}[scope]
    preview = clinic.client.get(f"{address}?{urlencode(form)}")

    answer = clinic.client.post(address, {**form, **moved(rows, 1, "09:40")})

    assert preview.status_code == 200
    assert len(re.findall(r'<select name="date-', preview.content.decode())) == len(rows)
    assert (answer.status_code, answer["Location"]) == (303, f"/appointments/{series[1].pk}/series/")
    assert times(clinic) == expected
    assert kinds(clinic) == ["appointment.series_moved"]


def test_a_preview_of_a_move_changes_nothing_and_does_not_stand_in_its_own_way(clinic, series):
    """Twenty minutes later each visit touches its own old time."""
    with clinic.scope():
        type(clinic.reason).objects.update(duration=40)
    form = shift("all", monday(), "09:20")
    answer = clinic.client.get(f"/appointments/{series[0].pk}/series/move/?{urlencode(form)}")

    assert "Alle sind frei." in text(answer)
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]
    with clinic.scope():
        assert Appointment.objects.filter(occupancy__isnull=False).count() == 4


def test_a_move_onto_what_was_taken_meanwhile_is_refused(clinic, series):
    with clinic.scope():
        day = monday() + WEEK * 2 + timedelta(days=1)
        factories.busy(clinic.calendar, at("09:00", day), at("09:20", day))
    form = shift("all", monday() + timedelta(days=1))
    answer = clinic.client.post(f"/appointments/{series[0].pk}/series/move/", {**form, **moved(series, 1)})

    assert answer.status_code == 409
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]


def test_a_wrong_day_is_said_and_the_form_is_open(clinic, series):
    address = f"/appointments/{series[0].pk}/series/move/?scope=all&day=gestern&clock=09:00"
    answer = clinic.client.get(address)
    assert answer.status_code == 422
    assert 'value="gestern"' in answer.content.decode()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("one", ["0 09:00", "14 09:00", "21 09:00"]),
        ("following", ["0 09:00"]),
        ("all", []),
    ],
)
def test_one_the_following_or_all_are_cancelled(clinic, series, scope, expected):
    address = f"/appointments/{series[1].pk}/series/cancel/"
    answer = clinic.client.post(address, {"scope": scope, "reason": "Umzug"})

    assert answer.status_code == 303
    assert times(clinic) == expected
    assert kinds(clinic) == ["appointment.series_cancelled"]


def test_who_may_only_read_sees_the_series_and_changes_nothing(clinic, series):
    client = someone(clinic, Level.READ)
    page = client.get(f"/appointments/{series[0].pk}/series/")

    assert (page.status_code, "Absagen" in text(page)) == (200, False)
    assert client.post(f"/appointments/{series[0].pk}/series/cancel/", {"scope": "all"}).status_code == 403
    form = urlencode(shift("all", monday()))
    assert client.get(f"/appointments/{series[0].pk}/series/move/?{form}").status_code == 403
    assert len(times(clinic)) == 4
