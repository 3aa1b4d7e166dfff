"""Steps that several of these tests take."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Appointment
from doctolib.outbox.models import OutboxMessage
from tests import factories, pro

HTMX = {"hx-request": "true"}
BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)


def monday():
    """The Monday after next week: no matter when the tests run."""
    today = timezone.now().astimezone(BERLIN).date()
    return today + timedelta(days=14 - today.weekday())


def at(clock: str, day=None) -> datetime:
    return datetime.combine(day or monday(), time.fromisoformat(clock), tzinfo=BERLIN)


def someone(clinic, level: Level | None):
    account = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    if level is not None:
        with clinic.scope():
            factories.right(clinic.calendar, account, level)
    return pro.client_of(account)


def rule(**fields) -> dict:
    return {"every": "1", "unit": "weeks", "count": "4", **fields}


def choice(weeks: int, clock: str = "09:00", day=None) -> tuple[str, str]:
    """A date's key and moment as the page's form sends it."""
    wanted = (day or monday()) + WEEK * weeks
    return f"date-{wanted.isoformat()}", at(clock, wanted).astimezone(ZoneInfo("UTC")).isoformat()


def chosen(*weeks: int, **fields) -> dict:
    return {**rule(), **dict(choice(number) for number in weeks), **fields}


def book(client, appointment, data, **options):
    return client.post(f"/series/new/?appointment={appointment.pk}", data, **options)


def times(clinic) -> list[str]:
    with clinic.scope():
        rows = Appointment.objects.exclude(status="cancelled").order_by("starts_at")
        return [
            f"{(start.astimezone(BERLIN).date() - monday()).days} {start.astimezone(BERLIN):%H:%M}"
            for start in rows.values_list("starts_at", flat=True)
        ]


def kinds(clinic) -> list[str]:
    with clinic.scope():
        return list(OutboxMessage.objects.order_by("created_at").values_list("kind", flat=True))


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def queries(client, address: str) -> int:
    client.get(address)
    counters = [CaptureQueriesContext(connections[alias]) for alias in ("default", "pool")]
    with counters[0], counters[1]:
        assert client.get(address).status_code == 200
    return sum(map(len, counters))


def moved(rows, days: int, clock: str = "09:00", base=None) -> dict:
    found = {}
    for each in rows:
        day = each.starts_at.astimezone(BERLIN).date() + timedelta(days=days)
        found[f"date-{each.pk}"] = at(clock, day).astimezone(ZoneInfo("UTC")).isoformat()
    return found
