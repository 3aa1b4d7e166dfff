"""Pages over HTTP beside the bare floor: a signed-in page's rate, and the times of one calendar for 14 days."""

from datetime import timedelta

from . import booking, dataset, floors, web

ROUNDS, REQUESTS = 5, 40


def run() -> list[dict]:
    dataset.make(booking.SIZE)
    name = dataset.name_of(booking.SIZE)
    with dataset.pointed_at(name):
        from crypto import keyring

        keyring.create_keys(keyring.PLATFORM_OWNER)
        keyring.create_keys(dataset.BENCH)
        clinic, cookies = booking.clinic_of_dataset(), booking.signed_in_patients()
        asked_for = f"?reason={reason_of_a_unit(clinic)}&calendar={clinic.calendar_ids[3]}"
    floor, session = floors.make(today=clinic.today)
    day = (clinic.today + timedelta(days=3)).isoformat()
    asked_for += f"&from={day}"
    with (
        web.serving("doctolib.wsgi:application", booking.environment(name)) as port,
        web.serving("benchmarks.floor:application", {"FLOOR_DATABASE_URL": floor}) as floor_port,
    ):
        patient = web.Browser(port, host=web.HOSTS["www"], cookies=cookies[0])
        bare = web.Browser(floor_port, cookies={"sessionid": session})
        asked = {
            "page": lambda: _ok(patient, "/my/appointments/"),
            "times": lambda: _ok(patient, f"/bench/book/times.json{asked_for}"),
            "times page": lambda: _ok(patient, f"/bench/book/times/{asked_for}"),
            "html": lambda: _ok(bare, "/html/?resource=7"),
            "json": lambda: _ok(bare, "/json/?resource=7"),
        }
        rates: dict[str, list[float]] = {name: [] for name in asked}
        slow: dict[str, list[float]] = {name: [] for name in asked}
        for job in asked.values():
            [job() for _ in range(10)]
        for _ in range(ROUNDS):  # rounds outside, kinds inside: each kind sees every phase of the machine
            for kind, job in asked.items():
                rates[kind].append(web.rate([job] * REQUESTS, clients=8))
                slow[kind].append(web.percentile(web.timed(job, runs=REQUESTS), 0.95) * 1e3)
    return [
        booking.figure("signed-in page (my appointments), 8 clients", web.median(rates["page"]), "requests/s",
                       web.median(rates["html"]), over=True),
        booking.figure("free times of one calendar, 14 days, p95, 1 client", web.median(slow["times"]), "ms",
                       web.median(slow["json"])),
        booking.figure("page of these times, one of 20 people chosen, p95, 1 client", web.median(slow["times page"]),
                       "ms", web.median(slow["html"])),
    ]  # fmt: skip


def reason_of_a_unit(clinic: booking.Clinic) -> int:
    """A reason that 20 calendars offer, as in a unit; the dataset's own is offered by all 500."""
    from accounts.models import Organisation
    from appointments.models import CalendarReason, VisitReason
    from doctolib.tenancy.scopes import organisation_scope

    with organisation_scope(Organisation.objects.get(pk=dataset.BENCH)):
        own = VisitReason.objects.get(pk=clinic.reason_id)
        reason, _made = VisitReason.objects.get_or_create(
            name_de="Kontrolle", defaults={"unit_id": own.unit_id, "name_en": "Check-up", "duration": own.duration,
                                           "step": own.step, "horizon": own.horizon})  # fmt: skip
        for calendar in clinic.calendar_ids[:20]:
            CalendarReason.objects.get_or_create(calendar_id=calendar, reason=reason)
    return reason.pk


def _ok(browser: web.Browser, path: str) -> None:
    status, content, _headers = browser.send("GET", path)
    assert status == 200, (path, status, content[:200])
