"""The week of 20 calendars, names decrypted: the JSON's server time against bare SQL and bare AES-GCM of the same rows.

Usage: python -m benchmarks.calendar [10k 100k 1m]      makes the databases of benchmarks.dataset that are not there

Everything that a request does is measured: session, account, scope, six queries, decryption, JSON, middleware; only
the network is not. Patients are made for the appointments of that week and rolled back with everything else.
"""

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
    django.setup()

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections, transaction
from django.test import override_settings

from benchmarks import dataset

CALENDARS = 20
DAYS = 5  # Monday to Friday: 20 × 5 × 16 = 1,600 appointments
ROUNDS = 25
NAMES = ("Müller", "Yıldırım-Hagenbach", "von der Leyen", "Groß", "Krämer-Weiß", "Schmidt", "Nguyễn")
BARE = """
SELECT a.id, a.calendar_id, a.reason_id, a.starts_at, a.ends_at, a.status, a.origin, a.patient_id, p.name_sealed
FROM appointments_appointment a JOIN patients_patient p ON p.id = a.patient_id
WHERE a.calendar_id = ANY (%s) AND a.starts_at >= %s AND a.starts_at < %s
ORDER BY a.starts_at, a.calendar_id, a.id
"""


def run(sizes: tuple[str, ...] = ("10k", "100k", "1m")) -> list[dict]:
    """A line for each size: value and floor in ms (medians), ``ratio`` the median over paired rounds. Then how much
    the largest costs more than the smallest."""
    lines = [_measured(size) for size in sizes]
    if len(lines) > 1:
        smallest, largest = lines[0]["value"], lines[-1]["value"]
        grown = f"week view: {sizes[-1]} / {sizes[0]} appointments"
        lines.append(
            {"name": grown, "value": largest, "unit": "ms", "floor": smallest, "ratio": round(largest / smallest, 2)}
        )
    return lines


def _measured(size: str) -> dict:
    dataset.make(size)
    with override_settings(DEBUG=False, KMS_ALLOW_LOCAL=True), dataset.pointed_at(dataset.name_of(size)):
        with _week() as (get, bare):
            pairs = []
            gc.collect()
            gc.freeze()  # as the web process does once it has started
            for _ in range(ROUNDS):
                below = _milliseconds(bare)
                pairs.append((_milliseconds(get), below))
    return {
        "name": f"week view of {CALENDARS} calendars, {CALENDARS * DAYS * dataset.PER_DAY} names, {size} appointments",
        "value": round(statistics.median(value for value, _ in pairs), 2),
        "unit": "ms",
        "floor": round(statistics.median(below for _, below in pairs), 2),
        "ratio": round(statistics.median(value / below for value, below in pairs), 2),
    }


@contextmanager
def _week() -> Iterator[tuple[Callable[[], object], Callable[[], object]]]:
    """The request, and the bare work on the same rows."""
    from accounts.enums import UserKind
    from accounts.models import Organisation
    from appointments.models import Calendar
    from crypto import keyring
    from doctolib.tenancy.scopes import organisation_scope
    from tests import pro

    monday = date.today() + timedelta(days=7 - date.today().weekday())
    begins = datetime.combine(monday, datetime.min.time(), ZoneInfo(dataset.ZONE))
    ends = begins + timedelta(days=DAYS)
    keyring.forget_all()
    with ExitStack() as rolled_back:
        for alias in ("default", "pool"):
            rolled_back.enter_context(transaction.atomic(using=alias))
            rolled_back.callback(transaction.set_rollback, True, using=alias)
        hospital = Organisation.objects.get(pk=dataset.BENCH)
        keyring.create_keys(hospital.id)
        client = pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=hospital, is_organisation_admin=True))
        with organisation_scope(hospital):
            calendars = list(Calendar.objects.order_by("pk").values_list("pk", flat=True)[:CALENDARS])
            _give_patients(calendars, begins, ends)
        numbers = ",".join(map(str, calendars))
        address = f"/api/calendar/events?calendars={numbers}&from={monday}&to={monday + timedelta(days=DAYS)}"

        def get() -> None:
            answer = client.get(address)
            assert answer.status_code == 200, answer.content[:200]
            assert answer.content.count(b'"born"') >= CALENDARS * DAYS * dataset.PER_DAY  # and what was booked since

        with organisation_scope(hospital):
            with connections["pool"].cursor() as cursor:
                cursor.execute(BARE, [calendars, begins, ends])
                sealed = _sealed_again(len(cursor.fetchall()))

        def bare() -> None:
            box, values = sealed
            with connections["pool"].connection.cursor() as cursor:
                cursor.adapters.register_loader("timestamptz", _plain_loader())  # Django's is slower
                cursor.execute(BARE, [calendars, begins, ends]).fetchall()
            for nonce, value, place in values:
                box.decrypt(nonce, value, place)

        get()
        with organisation_scope(hospital):
            Calendar.objects.exists()  # the scope begins with a statement of ours; the bare one goes past Django
            yield lambda: get(), bare


def _plain_loader() -> type:
    oid = psycopg.adapters.types["timestamptz"].oid
    loader = psycopg.adapters.get_loader(oid, psycopg.pq.Format.TEXT)
    assert loader is not None
    return loader


def _give_patients(calendars: list[int], begins: datetime, ends: datetime) -> None:
    """A patient with a sealed name for each appointment of the week."""
    from appointments.models import Appointment
    from patients.models import Patient

    found = Appointment.objects.filter(calendar_id__in=calendars, starts_at__gte=begins, starts_at__lt=ends)
    ids = list(found.values_list("pk", flat=True))
    patients = [Patient(name=_name(number), contact={"phone": ""}) for number in range(len(ids))]
    Patient.objects.bulk_create(patients, batch_size=400)
    with connections["pool"].cursor() as cursor:
        cursor.executemany(
            "UPDATE appointments_appointment SET patient_id = %s WHERE id = %s",
            [(patient.pk, appointment) for patient, appointment in zip(patients, ids, strict=True)],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _name(number: int) -> dict[str, str]:
    last = f"{NAMES[number % len(NAMES)]}-{number}"
    return {"title": "", "first_name": "Jörg", "last_name": last, "birth_date": "1980-02-03", "sex": "male"}


def _sealed_again(count: int) -> tuple[AESGCM, list[tuple[bytes, bytes, bytes]]]:
    """The same names under a bare key, with additional data of the usual length."""
    box, values = AESGCM(os.urandom(32)), []
    for number in range(count):
        nonce, place = os.urandom(12), b"patients.patient.name" + UUID(int=number).bytes + uuid4().bytes * 4
        text = json.dumps(_name(number), ensure_ascii=False).encode()
        values.append((nonce, box.encrypt(nonce, text, place), place))
    return box, values


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    for line in run(tuple(sys.argv[1:]) or ("10k", "100k", "1m")):
        print(json.dumps(line, ensure_ascii=False))
