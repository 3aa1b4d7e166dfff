"""What a phone has to load on the way to a booking, and when it shows the largest part of each page.

Weights are measured in Chromium with an empty cache: what crossed the wire for scripts, styles and images (compressed
by the application), and the HTML compressed as a proxy would. Largest contentful paint under Lighthouse's phone
profile: 150 ms of latency, 1.6 Mbit/s down, 750 kbit/s up, a quarter of this machine's speed.
"""

import gzip
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import booking, dataset, pages, web

ROUNDS = 3
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
CPU = 4
PHONE = {"width": 360, "height": 740}
GOAL = 150_000  # bytes
LARGEST = """() => new Promise(done => new PerformanceObserver(list =>
    done(list.getEntries().at(-1).startTime)).observe({type: 'largest-contentful-paint', buffered: true}))"""


@dataclass
class Loaded:
    html: int = 0
    sent: dict[str, int] = field(default_factory=dict)  # bytes on the wire by address, without the page itself


def run() -> Iterator[dict]:
    from crypto import keyring
    from tests.browser.tools import CHROMIUM

    dataset.make(booking.SIZE)
    name = dataset.name_of(booking.SIZE)
    with dataset.pointed_at(name):
        keyring.create_keys(keyring.PLATFORM_OWNER)
        keyring.create_keys(dataset.BENCH)
        clinic, (cookies, *_others) = booking.clinic_of_dataset(), booking.signed_in_patients()
        reason = pages.reason_of_a_unit(clinic)
    with web.serving("doctolib.wsgi:application", booking.environment(name)) as port:
        patient = web.Browser(port, host=web.HOSTS["www"], cookies=cookies)
        calendar, starts_at = next(slot for slot in clinic.free() if slot[0] in clinic.calendar_ids[:20])
        way = {
            "search": "/",
            "clinic": "/bench/",
            "reason": "/bench/book/?unit=unit-1",
            "times": f"/bench/book/times/?reason={reason}&calendar={calendar}",
        }
        form = {"reason": str(reason), "calendar": str(calendar), "time": f"{calendar}@{starts_at.isoformat()}"}
        assert patient.send("POST", "/bench/book/hold/", form)[0] == 303
        way["check"] = "/bench/book/check/"
        with _chromium(CHROMIUM, port) as chromium:
            yield from _weights(chromium, port, patient, way)
            yield from _paints(chromium, port, patient, way)


def _chromium(program: str, port: int):
    from contextlib import contextmanager

    from playwright.sync_api import sync_playwright

    from tests.browser.tools import ARGUMENTS

    @contextmanager
    def opened():
        rules = f"--host-resolver-rules=MAP {web.HOSTS['www']} 127.0.0.1"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS[:-1], rules])
            try:
                yield browser
            finally:
                browser.close()

    return opened()


def _visit(chromium: Any, port: int, patient: web.Browser, path: str, *, slow: bool) -> tuple[Loaded, float]:
    """A page in a fresh context, which has nothing cached: what it loaded, and its largest paint in milliseconds."""
    context = chromium.new_context(viewport=PHONE, locale="de-DE", is_mobile=True, has_touch=True,
                                   extra_http_headers={"X-Forwarded-Proto": "https"})  # fmt: skip
    base = f"http://{web.HOSTS['www']}:{port}"
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in patient.cookies.items()])
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if slow:
        session.send("Network.emulateNetworkConditions", SLOW)
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    loaded, addresses = Loaded(), {}
    session.on("Network.responseReceived", lambda e: addresses.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: loaded.sent.update(
        {addresses[e["requestId"]]: int(e["encodedDataLength"])} if e["requestId"] in addresses else {}))  # fmt: skip
    answer = page.goto(base + path, wait_until="load")
    assert answer.status == 200, (path, answer.status)
    loaded.html = len(gzip.compress(answer.body(), 6))
    largest = page.evaluate(LARGEST)
    loaded.sent.pop(page.url, None)
    context.close()
    return loaded, largest


def _weights(chromium: Any, port: int, patient: web.Browser, way: dict[str, str]) -> Iterator[dict]:
    """Each page with an empty cache, then the whole way: what is cached once comes once."""
    html, files = 0, {}
    for name, path in way.items():
        loaded, _largest = _visit(chromium, port, patient, path, slow=False)
        html += loaded.html
        files |= loaded.sent
        weight = loaded.html + sum(loaded.sent.values())
        yield booking.figure(f"weight of the page: {name} (empty cache, compressed)", weight, "bytes", GOAL)
    yield booking.figure("weight of the whole way to a booking, five pages", html + sum(files.values()), "bytes", GOAL)


def _paints(chromium: Any, port: int, patient: web.Browser, way: dict[str, str]) -> Iterator[dict]:
    for name, path in way.items():
        found = [_visit(chromium, port, patient, path, slow=True)[1] for _ in range(ROUNDS)]
        yield {"name": f"largest contentful paint, throttled phone: {name}", "value": round(statistics.median(found)),
               "unit": "ms", "floor": None, "ratio": None}  # fmt: skip
