"""People sign up, fail, book and get messages; then nothing of them is found in clear anywhere."""

import base64
import io
import logging
import re
import subprocess
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import SignUp
from appointments.models import Appointment
from crypto import keyring
from doctolib.dev import postgres
from doctolib.logs import JsonFormatter
from doctolib.outbox import dispatching
from doctolib.outbox.models import OutboxMessage, PhoneMessage
from doctolib.outbox.tasks import send_now
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.pages import make_clinic

from .canaries import Canaries, files_below

PEOPLE = 200  # first name, last name, e-mail, phone and code each: 1,000 values
PASSWORD = "vier Wörter sind genug"


@pytest.fixture
def canaries(settings, monkeypatch) -> Canaries:
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)  # the real cost is not what is looked at here
    settings.EMAIL_BACKEND = "doctolib.outbox.channels.PhoneEmailBackend"
    settings.SMS_BACKEND = "doctolib.outbox.channels.PhoneSMS"
    return Canaries()


@pytest.fixture
def log():
    """What the process writes to its log, at its most talkative."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_thousand_canaries_is_found_in_clear(canaries, log):
    clinic = make_clinic()
    clinic_day = timezone.localdate() + timedelta(days=1)
    for number in range(PEOPLE):
        while (slots := _free(clinic, clinic_day)) == []:
            clinic_day += timedelta(days=1)
        _sign_up_and_book(canaries, clinic, number, slots[0])
    dispatching.dispatch(send_now)

    with organisation_scope(clinic.organisation):
        assert Appointment.objects.count() == PEOPLE
        assert set(OutboxMessage.objects.values_list("status", flat=True)) == {"sent"}
    assert PhoneMessage.objects.count() >= 3 * PEOPLE  # code, account, appointment
    assert len(canaries.codes) > PEOPLE * 0.9
    assert canaries.found_in(_dump()) == []
    assert canaries.found_in(_redis()) == []
    assert canaries.found_in(log.getvalue().encode()) == []
    assert _in_files(canaries) == {}


@pytest.mark.django_db(transaction=True)
def test_a_canary_that_was_planted_is_found(canaries, log, tmp_path):
    """The search can find: each spelling, in each place."""
    make_clinic(name=canaries.name(1), profile_de=canaries.phone(1), profile_en="code 123987 sent")
    canaries.codes.add("123987")
    in_dump = " ".join(canaries.found_in(_dump()))
    assert canaries.mark in in_dump and canaries.digits in in_dump and "code 123987" in in_dump

    assert [path for path in _in_files(canaries) if "/pg/data/base/" in path]

    connection = redis.Redis.from_url(settings.REDIS_URL)
    connection.set("canary", canaries.email(2))
    try:
        assert canaries.found_in(_redis())
    finally:
        connection.delete("canary")

    logging.getLogger("doctolib").info("hello %s", canaries.name(3))
    assert canaries.found_in(log.getvalue().encode())

    for shift in range(3):
        text = ("x" * shift + canaries.name(4) + "yy").encode()
        for spelled in (text, text.hex().encode(), base64.b64encode(text), text.decode().encode("utf-16-le")):
            (tmp_path / "file").write_bytes(spelled)
            files = files_below(tmp_path, since=canaries.since)
            assert [1 for _path, data in files if canaries.found_in(data)], spelled


def test_base64_is_found_whatever_stands_around_and_not_by_chance(canaries):
    """Four characters stand in any long text: session data are base64."""
    for text in (canaries.mark, canaries.digits):
        for before, after in product(("", "x", "xy", "xyz"), repeat=2):
            spelled = base64.b64encode(f"{before}{text}{after}".encode())
            assert f"base64 of {text}" in canaries.found_in(spelled), spelled
    assert canaries.found_in(base64.b64encode(f"x{canaries.digits[:5]}".encode())) == []


def _free(clinic, day) -> list[datetime]:
    from appointments.selectors.availability import free_slots
    from doctolib.tenancy.scopes import visitor_scope

    with visitor_scope(clinic.organisation):
        found = free_slots(
            reason_id=clinic.reason.pk,
            calendar_ids=[clinic.calendar.pk],
            first_day=day,
            last_day=day,
            now=timezone.now(),
        )
    return found[clinic.calendar.pk]


def _sign_up_and_book(canaries: Canaries, clinic, number: int, starts_at: datetime) -> None:
    """One person's way; every fifth makes the mistakes that people make on it."""
    stumbles = number % 5 == 0
    # Everyone from a network of their own, or the limits would stop them.
    browser = Client(SERVER_NAME=settings.WWW_HOST.split(":")[0], REMOTE_ADDR=f"198.{number % 250}.{number // 250}.7")
    last_name, email, phone = canaries.name(number), canaries.email(number), canaries.phone(number)
    next_page = f"/{clinic.slug}/book/check/"

    def post(path: str, **data):
        return browser.post(f"{path}?next={next_page}", data)

    assert browser.post(f"/{clinic.slug}/book/hold/", clinic.chosen(starts_at)).status_code == 303
    if stumbles:
        post("/account/sign-in/", email=email, password=last_name)
        post("/account/sign-up/", email=f"{last_name} no address", phone=f"{phone}0000000")
    assert post("/account/sign-up/", email=email, phone=phone).status_code == 302
    if stumbles:
        post("/account/sign-up/password/", password="short")
    assert post("/account/sign-up/password/", password=PASSWORD, terms="on").status_code == 302
    dispatching.dispatch(send_now)
    code = _code_sent_to(phone)
    canaries.codes.add(code)
    if stumbles:
        post("/account/sign-up/code/", code="000000" if code != "000000" else "111111")
    assert post("/account/sign-up/code/", code=code).status_code == 302
    person = {"first_name": f"{last_name} Ada", "last_name": f"von {last_name}-{last_name}"}
    if stumbles:
        post("/account/sign-up/person/", **person, birth_date_0="31", birth_date_1="2", birth_date_2="1980")
    done = post("/account/sign-up/person/", **person, birth_date_0="3", birth_date_1="2", birth_date_2="1980")
    assert done.status_code == 302, done.content.decode()
    booked = browser.post(next_page, {"insurance": "statutory"})
    assert booked.status_code == 303, booked.content.decode()


def _code_sent_to(phone: str) -> str:
    with keyring.platform_keys():
        for found in PhoneMessage.objects.filter(channel="sms").order_by("-created_at")[:10]:
            if found.message["to"] == phone:
                return re.search(r"#(\d{6})", found.message["body"])[1]
    raise AssertionError("no code was sent")


def _dump() -> bytes:
    """Both databases in full, as an administrator of the server reads them."""
    parts = []
    for alias in ("default", "dedicated"):
        name = connections[alias].settings_dict["NAME"]
        address = postgres.admin_url().rsplit("/", 1)[0] + f"/{name}"
        command = [str(postgres.program("pg_dump")), "--data-only", "--inserts", address]
        parts.append(subprocess.run(command, capture_output=True, check=True).stdout)
    assert SignUp._meta.db_table.encode() in parts[0] or b"INSERT INTO" in parts[0]
    return b"\n".join(parts)


def _in_files(canaries: Canaries) -> dict[str, list[str]]:
    """What is found in the server's files and in uploads. Pages that only its memory holds are written down before."""
    with psycopg.connect(postgres.admin_url(), autocommit=True) as admin:
        admin.execute("CHECKPOINT")
    files = files_below(Path(settings.BASE_DIR) / "var", Path(settings.MEDIA_ROOT), since=canaries.since)
    return {str(path): marks for path, data in files if (marks := _marks(canaries, data))}


def _redis() -> bytes:
    """Keys and values as they were written: DUMP compresses, which hides what repeats and cuts ids into six digits."""
    connection = redis.Redis.from_url(settings.REDIS_URL)
    read = {
        b"string": lambda key: [connection.get(key)],
        b"list": lambda key: connection.lrange(key, 0, -1),
        b"set": connection.smembers,
        b"zset": lambda key: connection.zrange(key, 0, -1),
        b"hash": lambda key: [part for pair in connection.hgetall(key).items() for part in pair],
        b"none": lambda key: [],  # gone meanwhile
    }
    kept = [(key, read[connection.type(key)](key)) for key in connection.scan_iter()]
    return b"\n".join(part or b"" for key, parts in kept for part in (key, *parts))


def _marks(canaries: Canaries, data: bytes) -> list[str]:
    """Files of the server hold many numbers: codes are looked for in the dump, Redis and the log."""
    return [spelling for spelling in Canaries(canaries.mark, canaries.digits).found_in(data)]
