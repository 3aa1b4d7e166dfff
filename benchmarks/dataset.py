"""A hospital of up to 1,000,000 appointments to measure on, made by SQL in some minutes.

    python -m benchmarks.dataset make 1m     a database bench_1m: migrated, filled, vacuumed; kept when it is there
    python -m benchmarks.dataset drop 1m

One hospital ("bench"): 500 calendars from 08:00 to 16:00 on all days, slots of 15 minutes of which every second is
booked (so no two bookings touch: the worst case for merging), 125 days of them. Sizes differ in calendars and days,
never in density: the same question has the same answer at every size; "wide" has 1,000 calendars in half as many days.
Two of five were booked online; all 0 to 79 days ahead; who came has waited, every twelfth did not come. "Sprechstunde"
needs the calendar alone; "Untersuchung" also one of 4 rooms and one of 2 devices, which are busy three quarters of the
time. Patients are sealed as real ones are. A second hospital of 10,000 appointments is there for row-level security to
hide.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from appointments.models import Calendar, CalendarReason, OpeningHours  # noqa: E402
from doctolib.tenancy import bootstrap  # noqa: E402
from doctolib.tenancy.scopes import organisation_scope  # noqa: E402
from patients.models import Patient  # noqa: E402
from tests import factories  # noqa: E402
from tests.databases import admin_url  # noqa: E402

BENCH, OTHER = UUID(int=0xBE), UUID(int=0x07)
ZONE = "Europe/Berlin"
PER_DAY = 16
PATIENTS = 2000
FORM = "2"  # of the rows: a database of another form is made again
KEPT = timedelta(days=3)  # 90 days from tomorrow are still filled then


@dataclass(frozen=True)
class Size:
    calendars: int
    days: int

    @property
    def appointments(self) -> int:
        return self.calendars * self.days * PER_DAY


SIZES = {"10k": Size(20, 32), "100k": Size(50, 125), "1m": Size(500, 125), "wide": Size(1000, 62)}
HIDDEN = Size(20, 32)

# In the order of the indexes: rows that lie together are read together, as in a database that grew.
FILL = """
CREATE TEMP TABLE visit ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, c.id AS calendar_id, c.site_id, r.id AS reason_id,
       p.ids[1 + (c.number * 7919 + d * 16 + n) %% cardinality(p.ids)] AS patient_id,
       (%(first_day)s + d + time '08:00' + n * interval '30 min') AT TIME ZONE %(zone)s AS starts_at
FROM (SELECT id, site_id, row_number() OVER (ORDER BY id) - 1 AS number FROM appointments_resource
      WHERE organisation_id = %(organisation)s AND kind = 'calendar') c,
     generate_series(0, %(days)s - 1) d, generate_series(0, 15) n,
     (SELECT id FROM appointments_visitreason WHERE organisation_id = %(organisation)s AND name_de = 'Sprechstunde') r,
     (SELECT array_agg(id ORDER BY id) AS ids FROM patients_patient WHERE organisation_id = %(organisation)s) p;
INSERT INTO appointments_appointment (organisation_id, id, calendar_id, reason_id, patient_id, starts_at, ends_at,
                                      status, origin, moves, created_at, arrived_at, started_at)
SELECT %(organisation)s, id, calendar_id, reason_id, patient_id, starts_at, starts_at + interval '15 min',
       CASE WHEN NOT is_past THEN 'booked' WHEN number %% 12 = 0 THEN 'no_show' ELSE 'done' END,
       CASE WHEN number %% 5 < 2 THEN 'online' ELSE 'staff' END, 0, starts_at - number %% 80 * interval '1 day',
       CASE WHEN is_past AND number %% 12 > 0 THEN starts_at - number %% 15 * interval '1 min' END,
       CASE WHEN is_past AND number %% 12 > 0 THEN starts_at + number %% 30 * interval '1 min' END
FROM (SELECT *, starts_at < now() AS is_past, (calendar_id * 31 + row_number() OVER (ORDER BY starts_at, id)) AS number
      FROM visit) v
ORDER BY calendar_id, starts_at;
INSERT INTO appointments_occupancy (organisation_id, resource_id, lane, starts_at, ends_at, status, appointment_id,
                                    reason_id, site_id)
SELECT %(organisation)s, calendar_id, 0, starts_at, starts_at + interval '15 min', 'booked', id, reason_id, site_id
FROM visit ORDER BY calendar_id, starts_at;
-- Rooms and devices: each busy three quarters of the time, at different times.
INSERT INTO appointments_occupancy (organisation_id, resource_id, lane, starts_at, ends_at, status)
SELECT %(organisation)s, r.id, 0, s, s + interval '15 min', 'blocked'
FROM appointments_resource r, generate_series(0, %(days)s - 1) d, generate_series(0, 31) n,
     LATERAL (SELECT (%(first_day)s + d + time '08:00' + n * interval '15 min') AT TIME ZONE %(zone)s AS s) x
WHERE r.organisation_id = %(organisation)s AND r.kind <> 'calendar' AND (n + r.position) %% 4 <> 0
ORDER BY r.id, s;
DROP TABLE visit;
"""


def name_of(size: str) -> str:
    return f"bench_{size}"


def url_of(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def make(size: str, *, today: date | None = None) -> None:
    """Make the database of this size, or bring the one that is there up to date. Needs an administrator's address.

    Appointments begin 30 days before ``today`` (size 10k: today); a database that is older than KEPT is made again.
    """
    name, today = name_of(size), today or date.today()
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        found = admin.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    made, _, form = (found and found[0] or "").partition(" ")
    if made and form == FORM and today - date.fromisoformat(made) <= KEPT:
        with pointed_at(name):
            call_command("migrate", database="owner", verbosity=0, skip_checks=True)
        return
    draft = f"{name}_draft"
    drop_database(draft)
    bootstrap.create_database(admin_url(), draft)
    with pointed_at(draft), psycopg.connect(url_of(admin_url(), draft), autocommit=True) as admin:
        call_command("migrate", database="owner", verbosity=0, skip_checks=True)
        _fill(admin, SIZES[size], BENCH, "bench", today)
        _fill(admin, HIDDEN, OTHER, "other", today)
        admin.execute("VACUUM (ANALYZE)")
    drop_database(name)
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
        admin.execute(f"COMMENT ON DATABASE {name} IS '{today} {FORM}'")


def _fill(admin: psycopg.Connection, size: Size, organisation: UUID, slug: str, today: date) -> None:
    """One hospital. ``admin`` is a superuser's connection: triggers and foreign keys rest while it writes."""
    clinic = factories.organisation(id=organisation, slug=slug, name=slug, closed_on_holidays=False, time_zone=ZONE)
    factories.agreement(clinic)
    with organisation_scope(clinic):
        Patient.objects.bulk_create(_patients(), batch_size=500)
        _set_up(size.calendars)
    past = min(30, size.days - 32)
    values = {
        "organisation": organisation,
        "zone": ZONE,
        "days": size.days,
        "first_day": today - timedelta(days=past),
    }
    with admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute("SET LOCAL synchronous_commit = off")
        psycopg.ClientCursor(admin).execute(FILL, values)


def _set_up(calendars: int) -> None:
    """Units of 25 calendars; Sprechstunde needs the calendar alone, Untersuchung also a room and a device."""
    site = factories.site()
    units = [factories.unit(site=site, slug=f"unit-{n}") for n in range(1, max(1, calendars // 25) + 1)]
    made = [
        Calendar(kind="calendar", name=f"Kalender {n}", site=site, unit=units[n // 25], position=n)
        for n in range(calendars)
    ]
    Calendar.objects.bulk_create(made)
    rooms = [factories.room(site=site, position=n) for n in range(4)]
    devices = [factories.device(site=site, position=n) for n in range(4, 6)]
    times = {"duration": 15, "step": 15, "horizon": 120}
    plain = factories.reason(unit=units[0], name_de="Sprechstunde", **times)
    with_room = factories.reason(unit=units[0], name_de="Untersuchung", **times)
    factories.requirement(with_room, rooms)
    factories.requirement(with_room, devices)
    CalendarReason.objects.bulk_create(
        CalendarReason(calendar=each, reason=reason) for each in made for reason in (plain, with_room)
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(calendar=each, weekday=day, starts=time(8), ends=time(16), valid_from=factories.LONG_AGO)
        for each in made
        for day in range(1, 8)
    )


def _patients() -> Iterator[Patient]:
    """Sealed records, as real ones are: 8 personal values in 3 ciphertexts."""
    for number in range(PATIENTS):
        name = {"title": "", "first_name": "Jürgen", "last_name": f"Müller-{number}", "birth_date": "1961-02-03"}
        contact = {"phone": f"+49151{number:08}", "email": f"patient{number}@example.org", "city": "Berlin"}
        insurance = {"kind": "statutory", "insurer": "AOK Nordost", "number": f"A{number:09}"}
        yield Patient(name={**name, "sex": "male"}, contact=contact, insurance=insurance)


@contextmanager
def pointed_at(database: str) -> Iterator[None]:
    """Point the aliases default, pool and owner at another database of the same server for a block."""
    aliases = ("default", "pool", "owner")
    before = {alias: connections.settings[alias]["NAME"] for alias in aliases}
    try:
        for alias in aliases:
            connections[alias].close()
            connections.settings[alias]["NAME"] = connections[alias].settings_dict["NAME"] = database
        yield
    finally:
        for alias, name in before.items():
            connections[alias].close()
            connections.settings[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


def drop_database(name: str) -> None:
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def main() -> None:
    verb, size = sys.argv[1:]
    if verb == "make":
        make(size)
    elif verb == "drop":
        drop_database(name_of(size))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
