"""The front desk's grid in Chromium: a week of 20 calendars with about 1,500 appointments, and a card dragged.

First byte and size of the page, size of the feed, how long until all cards are drawn; from letting a card go until the
notice says it is moved. The floor of what the browser draws is the same page with three calendars; the floor of a move
is the bare view that writes one row.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from . import booking, dataset, floors, web

SIZE = "1m"
ROUNDS = 7
CALENDARS, FEW, DAYS = 20, 3, 5
WIDE = {"width": 1920, "height": 1080}
DRAWN = "wanted => document.querySelectorAll('button.card-button').length >= wanted && performance.now()"
TIMING = "() => performance.getEntriesByType('navigation')[0].responseStart"


def run() -> Iterator[dict]:
    from crypto import keyring

    dataset.make(SIZE)
    monday = date.today() + timedelta(days=7 - date.today().weekday())
    with dataset.pointed_at(dataset.name_of(SIZE)):
        keyring.create_keys(keyring.PLATFORM_OWNER)
        keyring.create_keys(dataset.BENCH)
        cookies, calendars = _somebody(), _calendars()
    floor, _session = floors.make(today=date.today())
    with (
        web.serving("doctolib.wsgi:application", booking.environment(dataset.name_of(SIZE))) as port,
        web.serving("benchmarks.floor:application", {"FLOOR_DATABASE_URL": floor}) as floor_port,
        _desk(port, cookies) as page,
    ):
        address = f"http://{web.HOSTS['pro']}:{port}"
        yield from _drawn(page, address, calendars, monday)
        yield _moved(page, address, calendars[:FEW], monday, floor_port)


def _drawn(page: Any, address: str, calendars: list[int], monday: date) -> Iterator[dict]:
    found: dict[int, list[tuple[float, float]]] = {CALENDARS: [], FEW: []}
    sizes = {}
    for _ in range(ROUNDS):
        for count, taken in found.items():
            answer = page.goto(_week(address, calendars[:count], monday))
            assert answer.status == 200, answer.status
            wanted = count * DAYS * dataset.PER_DAY
            drawn = page.wait_for_function(DRAWN, arg=wanted).json_value()
            taken.append((page.evaluate(TIMING), drawn))
            sizes[count] = len(answer.body())
    firsts, drawn = ({n: statistics.median(each[at] for each in taken) for n, taken in found.items()} for at in (0, 1))
    what = f"week of {CALENDARS} calendars, {CALENDARS * DAYS * dataset.PER_DAY} appointments"
    yield booking.figure(f"{what}: first byte", firsts[CALENDARS], "ms", firsts[FEW])
    yield booking.figure(f"{what}: page with its feed, uncompressed", sizes[CALENDARS] / 1000, "kB", sizes[FEW] / 1000)
    yield booking.figure(f"{what}: until the grid is drawn", drawn[CALENDARS], "ms", drawn[FEW])


def _moved(page: Any, address: str, calendars: list[int], monday: date, floor_port: int) -> dict:
    """A card down by a quarter of an hour and back, from letting go until the notice: moved, or why not."""
    page.goto(f"{address}/day/?date={monday}&calendars={','.join(map(str, calendars))}")
    page.wait_for_selector("button.card-button")
    taken, bare = [], []
    for number in range(2 * ROUNDS):
        began = _drag(page, down=number % 2 == 0)
        page.wait_for_selector("#calendar-notice:not([hidden])")
        taken.append((time.perf_counter() - began) * 1e3)
        page.locator("#calendar-notice .btn-icon").click()
        page.wait_for_selector("#calendar-notice", state="hidden")
        starts_at = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        form = {"resource": "1", "start": starts_at.isoformat()}
        bare += web.timed(lambda form=form: web.Browser(floor_port).send("POST", "/book/", form), runs=1)
    return booking.figure("a card dragged until the server's answer is shown", statistics.median(taken), "ms",
                          statistics.median(bare) * 1e3)  # fmt: skip


def _drag(page: Any, *, down: bool) -> float:
    """Every second quarter of an hour is free (dataset): the first card goes there. Returns when it was let go."""
    box = page.locator("button.card-button").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    goal = y + (box["height"] + 4) * (1 if down else -1)
    page.mouse.move(x, goal - 6, steps=4)
    page.mouse.move(x, goal, steps=2)
    began = time.perf_counter()
    page.mouse.up()
    return began


def _week(address: str, calendars: list[int], monday: date) -> str:
    return f"{address}/week/?date={monday}&calendars={','.join(map(str, calendars))}"


def _somebody() -> dict[str, str]:
    """The cookies of an administrator of the hospital."""
    from accounts.enums import UserKind
    from accounts.models import Organisation
    from tests import pro

    hospital = Organisation.objects.get(pk=dataset.BENCH)
    made = pro.user(UserKind.PROFESSIONAL, organisation=hospital, is_organisation_admin=True)
    return {name: morsel.value for name, morsel in pro.client_of(made).cookies.items()}


def _calendars() -> list[int]:
    from accounts.models import Organisation
    from appointments.models import Calendar
    from doctolib.tenancy.scopes import organisation_scope

    with organisation_scope(Organisation.objects.get(pk=dataset.BENCH)):
        return list(Calendar.objects.order_by("pk").values_list("pk", flat=True)[:CALENDARS])


@contextmanager
def _desk(port: int, cookies: dict[str, str]) -> Iterator[Any]:
    """A page of Chromium that is signed in."""
    from playwright.sync_api import sync_playwright

    from tests.browser.tools import ARGUMENTS, CHROMIUM

    rules = f"--host-resolver-rules=MAP {web.HOSTS['pro']} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS[:-1], rules])
        context = browser.new_context(viewport=WIDE, locale="de-DE", extra_http_headers={"X-Forwarded-Proto": "https"})
        base = f"http://{web.HOSTS['pro']}:{port}"
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
        try:
            yield context.new_page()
        finally:
            browser.close()
