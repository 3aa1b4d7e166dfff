"""Booking over HTTP: hold and confirm by signed-in patients, with audit, outbox and encryption, on 1 M appointments.

The floor is measured in the same run: pgbench inserting into a copy of the occupancy table under the same constraint,
and a bare Django view that writes one such row.
"""

import random
import re
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from unittest import mock
from uuid import uuid4
from zoneinfo import ZoneInfo

from . import cpu, dataset, floors, web

SIZE = "1m"
ROUNDS = 5
AT_ONCE = 150  # bookings of a round by 8 clients
TURNS, ALONE = 40, 20  # by one client, in turns with the bare view: both feel what else the machine does
SECONDS = 4  # of pgbench
PATIENTS, RACERS = 200, 20
PASSWORD_HASH = "!unusable"
INSERT = """
\\set c random(1, 500)
\\set d random({first}, {last})
\\set n random(0, 15) * 2 + 1
\\set lane random(1, 30000)
INSERT INTO floor_slot (organisation_id, resource_id, lane, starts_at, ends_at, status)
SELECT '{organisation}', :c, :lane, s, s + interval '15 min', 'blocked'
FROM (SELECT to_timestamp({midnight} + :d * 86400 + 28800 + :n * 900) AS s) x
ON CONFLICT DO NOTHING;
"""


@dataclass
class Clinic:
    calendar_ids: list[int]
    reason_id: int
    today: date
    taken: set[tuple[int, datetime]]  # so far, by earlier runs and by this one

    def free(self) -> Iterator[tuple[int, datetime]]:
        """Random free times, none twice: every second quarter of an hour is free in each calendar (dataset)."""
        zone = ZoneInfo(dataset.ZONE)
        while True:
            calendar = random.choice(self.calendar_ids)
            day, quarter = random.randrange(2, 80), random.randrange(1, 32, 2)
            moment = datetime.combine(self.today + timedelta(days=day), time(8), tzinfo=zone)
            starts_at = moment.astimezone(UTC) + timedelta(minutes=15 * quarter)
            if (calendar, starts_at) not in self.taken:
                self.taken.add((calendar, starts_at))
                yield calendar, starts_at

    def apart(self) -> Iterator[tuple[int, datetime]]:
        """As ``free``, each at a time of its own: for one person, who is in one place at a time."""
        seen: set[datetime] = set()
        for calendar, starts_at in self.free():
            if starts_at not in seen:
                seen.add(starts_at)
                yield calendar, starts_at


def run() -> Iterator[dict]:
    from crypto import keyring

    dataset.make(SIZE)
    name = dataset.name_of(SIZE)
    with dataset.pointed_at(name):
        keyring.create_keys(keyring.PLATFORM_OWNER)
        keyring.create_keys(dataset.BENCH)
        clinic, cookies = clinic_of_dataset(), signed_in_patients()
        beside = _with_and_without(clinic)
    floor, _session = floors.make(today=clinic.today)
    with (
        web.serving("doctolib.wsgi:application", environment(name)) as port,
        web.serving("benchmarks.floor:application", {"FLOOR_DATABASE_URL": floor}) as floor_port,
    ):
        browsers = [web.Browser(port, host=web.HOSTS["www"], cookies=cookie) for cookie in cookies[RACERS:]]
        yield from beside
        yield from _throughput(browsers, floor_port, clinic, floor)
        yield from _race(port, cookies[:RACERS], clinic)


def environment(name: str) -> dict[str, str]:
    """Production settings on the bench database, behind what stands for the proxy."""
    from django.db import connections

    settings = connections["default"].settings_dict
    address = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**settings)
    return {
        "DATABASE_URL": address + name,
        "DJANGO_DEBUG": "false",
        "KMS_ALLOW_LOCAL": "true",
        "TRUSTED_PROXIES": "1",
        "PLATFORM_NETWORKS": "192.0.2.0/24",
        "WWW_HOST": web.HOSTS["www"],
        "PRO_HOST": web.HOSTS["pro"],
        "ADMIN_HOST": web.HOSTS["admin"],
        "HOLDS_PER_NETWORK": "999999999",
    }


def _throughput(browsers: list[web.Browser], floor_port: int, clinic: Clinic, floor: str) -> list[dict]:
    bare_free = clinic.free()
    counted: Counter = Counter()
    idle = list(browsers)
    free = {browser: clinic.apart() for browser in browsers}
    fresh = random.randrange(10**6, 10**9)  # resources that no earlier run has used
    lock = threading.Lock()

    def book() -> None:
        with lock:
            browser = idle.pop(random.randrange(len(idle)))
            calendar, starts_at = next(free[browser])
        status = one_booking(browser, clinic.reason_id, calendar, starts_at)
        with lock:
            counted[status] += 1
            idle.append(browser)

    def bare() -> None:
        with lock:
            calendar, starts_at = next(bare_free)
        form = {"resource": str(fresh + calendar), "start": starts_at.isoformat()}
        counted["bare", web.Browser(floor_port).send("POST", "/book/", form)[0]] += 1

    for job in (book, bare):  # connections, key caches, plans
        [job() for _ in range(20)]
    ours, ours_c1, bare_c1, insert, cost, insert_cost = [], [], [], [], [], []
    for _ in range(ROUNDS):
        used = cpu.spent(lambda: insert.append(_pgbench(clinic, floor)))
        insert_cost.append(used / (insert[-1] * SECONDS))
        used = cpu.spent(lambda: ours.append(web.rate([book] * AT_ONCE, clients=8)))
        cost.append(used / AT_ONCE)
    for _ in range(TURNS):
        ours_c1.append(web.median(web.timed(book, runs=ALONE)))
        bare_c1.append(web.median(web.timed(bare, runs=2 * ALONE)))
    refused = sum(count for status, count in counted.items() if status not in (303, ("bare", 201)))
    requests = 2  # hold and confirm
    return [
        figure("booking over HTTP, 8 clients", web.median(ours), "bookings/s", web.median(insert), over=True),
        figure("booking, 1 client, p50 a request", web.median(ours_c1) / requests * 1e3, "ms",
               web.median(bare_c1) * 1e3),
        {"name": "booking, processor time of servers and database; floor: of one insert", "unit": "ms",
         "value": round(web.median(cost) * 1e3, 2), "floor": round(web.median(insert_cost) * 1e3, 3),
         "ratio": round(web.median(insert_cost) / web.median(cost), 4)},
        {"name": "bookings refused or failed", "value": refused, "unit": "of all", "floor": 0, "ratio": None},
    ]  # fmt: skip


def one_booking(browser: web.Browser, reason: int, calendar: int, starts_at: datetime) -> int:
    """Hold a time and confirm it, as the pages do; the status of the last answer."""
    form = {"reason": str(reason), "calendar": str(calendar), "time": f"{calendar}@{starts_at.isoformat()}"}
    status, _content, _headers = browser.send("POST", "/bench/book/hold/", form)
    if status != 303:
        return status
    return browser.send("POST", "/bench/book/check/", {"insurance": "statutory"})[0]


def _with_and_without(clinic: Clinic) -> list[dict]:
    """Bookings a second of one process by the services alone, with and without their audit and outbox rows."""
    from accounts.models import Organisation
    from appointments.services import booking
    from patients.services.records import Booker

    organisation = Organisation.objects.get(pk=dataset.BENCH)
    now, person = datetime.now(UTC), uuid4()
    booker = Booker(account_id=person, person_id=person, first_name="Ada", last_name="Müller",
                    birth_date=date(1970, 1, 1), sex="female", email="ada@example.org",
                    phone="+4915228817386", actor="bench")  # fmt: skip
    free = clinic.apart()

    def book() -> None:
        calendar, starts_at = next(free)
        slot = {"reason_id": clinic.reason_id, "calendar_id": calendar, "starts_at": starts_at, "now": now}
        _hold, token = booking.hold_slot(organisation=organisation, network=uuid4().hex, **slot)
        booking.confirm_hold(organisation=organisation, token=token, booker=booker, now=now)

    nothing = mock.Mock()
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS + 1):  # the first round warms up
        for whole in (True, False):
            places = () if whole else ("doctolib.audit.record", "doctolib.outbox.queue")
            patches = [mock.patch(place, nothing) for place in places]
            [patch.start() for patch in patches]
            taken[whole].append(sum(web.timed(book, runs=40)) / 40)
            [patch.stop() for patch in patches]
    whole, bare = (1 / web.median(taken[key][1:]) for key in (True, False))
    return [figure("booking with audit and outbox, 1 client, services", whole, "bookings/s", bare, over=True)]


def _race(port: int, cookies: list[dict[str, str]], clinic: Clinic) -> list[dict]:
    """20 people on one time, 200 times: exactly one gets each."""
    winners: Counter = Counter()
    for calendar, starts_at in islice(clinic.apart(), 200):
        barrier, statuses = threading.Barrier(RACERS), []

        def try_it(cookie, calendar=calendar, starts_at=starts_at, barrier=barrier, statuses=statuses):
            browser = web.Browser(port, host=web.HOSTS["www"], cookies=cookie)
            barrier.wait()
            statuses.append(one_booking(browser, clinic.reason_id, calendar, starts_at))

        threads = [threading.Thread(target=try_it, args=(cookie,)) for cookie in cookies]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        winners[statuses.count(303)] += 1
        winners["server errors"] += sum(status >= 500 for status in statuses)
    return [
        {"name": f"race, {RACERS} clients on each of 200 times: times with exactly one winner", "value": winners[1],
         "unit": "times", "floor": 200, "ratio": winners[1] / 200},
        {"name": "race: server errors", "value": winners["server errors"], "unit": "answers", "floor": 0,
         "ratio": None},
    ]  # fmt: skip


def figure(name: str, value: float, unit: str, floor: float, *, over: bool = False) -> dict:
    """One measured line; ``ratio`` is value ÷ floor. ``over``: more is better."""
    digits = 4 if over else 2
    return {"name": name, "value": round(value, 3), "unit": unit, "floor": round(floor, 3),
            "ratio": round(value / floor, digits)}  # fmt: skip


def clinic_of_dataset() -> Clinic:
    from accounts.models import Organisation
    from appointments.models import Calendar, Occupancy, VisitReason
    from doctolib.tenancy.scopes import organisation_scope

    with organisation_scope(Organisation.objects.get(pk=dataset.BENCH)):
        reason = VisitReason.objects.get(name_de="Sprechstunde")
        calendars = list(Calendar.objects.order_by("pk").values_list("pk", flat=True))
        taken = set(Occupancy.objects.filter(starts_at__gt=datetime.now(UTC)).values_list("resource_id", "starts_at"))
    return Clinic(calendars, reason.pk, date.today(), taken)


def signed_in_patients() -> list[dict[str, str]]:
    """Signed-in patients: their cookies."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.middleware.csrf import _get_new_csrf_string

    from accounts.enums import UserKind
    from accounts.models import User
    from accounts.services.persons import create_owner
    from accounts.sessions import BEGAN_AT, SessionStore
    from crypto import keyring

    cookies = []
    with mock.patch.object(User, "set_password", lambda self, raw: setattr(self, "password", PASSWORD_HASH)):
        for number in range(PATIENTS):
            with keyring.platform_keys():
                user = User.objects.create_account(
                    kind=UserKind.PATIENT,
                    email=f"{uuid4().hex}@example.org",
                    password="unused",
                    contact={"phone": f"+49152288173{number:02d}"},
                )
            create_owner(
                account_id=user.pk,
                first_name="Ada",
                last_name=f"Müller-{number}",
                birth_date=date(1970, 1, 1) + timedelta(days=number),
                terms_version="bench",
                terms_accepted_at=datetime.now(UTC),
            )
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "accounts.backends.DoorBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session[BEGAN_AT] = datetime.now(UTC).timestamp()
            session.save()
            cookies.append({"patient_session": session.session_key, "csrftoken": _get_new_csrf_string()})
    return cookies


def _pgbench(clinic: Clinic, floor: str) -> float:
    """Single inserts a second, 8 clients, under the same constraint, by the superuser without row-level security."""
    from doctolib.dev import postgres

    midnight = int(datetime.combine(clinic.today, time(), tzinfo=ZoneInfo(dataset.ZONE)).timestamp())
    script = INSERT.format(
        first=2,
        last=90,
        organisation=dataset.BENCH,
        midnight=midnight,
    )
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(re.sub(r"\n(?=SELECT|FROM|ON CONFLICT)", " ", script))
        file.flush()
        command = [str(postgres.program("pgbench")), "-n", "-M", "prepared", "-f", file.name, "-c", "8", "-j", "2",
                   "-T", str(SECONDS), floor]  # fmt: skip
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", output)[1])
