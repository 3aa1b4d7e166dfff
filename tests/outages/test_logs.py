"""Logs tell which request did what and where it went wrong, and quote nobody."""

import io
import json
import logging
import sys

import pytest
from celery import shared_task
from django.db import IntegrityError
from django.http import HttpResponse
from django.urls import path
from django.views.debug import get_exception_reporter_class, get_exception_reporter_filter

from doctolib.logs import JsonFormatter

CANARY = "Kanarienvögel-4711"
ADVICE = "what a developer needs"
pytestmark = pytest.mark.django_db


@pytest.fixture
def log():
    """Everything that is logged, as it would be written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def fails(request, **_):
    name = request.POST.get("name", CANARY)
    raise ValueError(f"cannot book for {name}")


def refuses(request, **_):
    raise IntegrityError(f"Key (email)=({CANARY}) already exists.")


urlpatterns = [
    path("fails/<name>", fails),
    path("refuses", refuses),
    path("well/<name>", lambda request, name: HttpResponse()),
]


@pytest.fixture
def browser(browser, monkeypatch):
    def this_urlconf(self, request):
        request.door, request.urlconf = "www", __name__
        return self.get_response(request)

    monkeypatch.setattr("doctolib.hosts.DoorMiddleware.__call__", this_urlconf)
    return browser


def test_a_request_is_one_line_with_its_id_and_its_route(browser, log):
    response = browser.get(f"/well/{CANARY}?q={CANARY}")

    [line] = [line for line in log() if line["logger"] == "doctolib.request"]
    assert line.pop("ms") >= 0 and line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "doctolib.request",
        "message": "request",
        "request": response["X-Request-ID"],
        "method": "GET",
        "route": "well/<name>",
        "status": 200,
    }


@pytest.mark.parametrize(
    ("given", "kept"), [("a1b2c3d4-e5f6", True), ("short", False), (f"{CANARY} x", False), ("x" * 65, False)]
)
def test_a_proxys_request_id_is_kept_if_it_is_one(browser, log, given, kept):
    response = browser.get("/well/x", headers={"x-request-id": given})
    assert (response["X-Request-ID"] == given) is kept
    assert response["X-Request-ID"] in {line["request"] for line in log()}


@pytest.mark.parametrize("address", [f"/fails/{CANARY}", "/refuses", f"/nowhere/{CANARY}"])
def test_whatever_someone_sent_is_in_no_line(browser, log, address):
    browser.cookies["patient_session"] = CANARY
    browser.post(
        f"{address}?name={CANARY}",
        {"name": CANARY, "password": CANARY},
        headers={"user-agent": CANARY, "referer": f"https://localhost/{CANARY}", "x-request-id": CANARY},
    )

    lines = log()
    assert CANARY not in json.dumps(lines, ensure_ascii=False)
    assert len({line["request"] for line in lines}) == 1
    statuses = [line["status"] for line in lines if line["logger"] == "doctolib.request"]
    assert statuses == [404 if "nowhere" in address else 500]


def test_what_django_says_of_a_refused_request_names_the_status_and_not_the_address(browser, log):
    browser.get(f"/no/such/page/{CANARY}")

    (line,) = [each for each in log() if each["logger"] == "django.request"]
    assert line["message"] == "answered 404"
    assert CANARY not in json.dumps(line, ensure_ascii=False)


def test_an_error_is_logged_with_its_type_and_places(browser, log):
    browser.get(f"/fails/{CANARY}")

    [line] = [line for line in log() if "exception" in line]
    assert line["exception"] == "ValueError"
    assert any("test_logs.py:" in place for place in line["at"])


def test_a_host_that_is_not_ours_is_not_quoted(client, log, settings):
    settings.SECURE_SSL_REDIRECT = False
    assert client.get("/", headers={"host": f"{CANARY}.example.org"}).status_code == 400
    assert CANARY not in json.dumps(log(), ensure_ascii=False)


@shared_task
def quotes_a_patient(name):
    secret = f"patient {name}"
    raise ValueError(secret)


def test_a_failing_task_is_logged_without_its_message_and_arguments(log):
    quotes_a_patient.apply([CANARY], throw=False)

    [line] = [line for line in log() if line["logger"] == "celery.app.trace" and line["level"] == "ERROR"]
    assert CANARY not in json.dumps(line, ensure_ascii=False)
    assert (line["task"], line["exception"]) == ("tests.outages.test_logs.quotes_a_patient", "ValueError")


def test_lines_of_libraries_lose_their_arguments(log):
    logging.getLogger("some.library").warning("cannot reach %s", CANARY)
    logging.getLogger("some.library").warning(ValueError(CANARY))
    logging.getLogger("doctolib.outbox").warning("message %s waits", "6a4c4a4e")

    assert [line["message"] for line in log()] == ["cannot reach %s", "ValueError", "message 6a4c4a4e waits"]


@pytest.mark.parametrize("form", ["get_traceback_html", "get_traceback_text"])
@pytest.mark.parametrize("debug", [False, True])
def test_an_error_report_quotes_nobody(rf, settings, form, debug):
    settings.DEBUG = debug
    request = rf.post(
        f"/fails/{CANARY}?name={CANARY}",
        {"name": CANARY},
        headers={"user-agent": CANARY, "referer": CANARY, "x-other": CANARY},
    )
    request.COOKIES = {"patient_session": CANARY, CANARY: "x"}
    request.user = CANARY
    try:
        fails(request, name=CANARY)
    except ValueError as error:
        if debug:
            error.args = (ADVICE,)
        else:
            error.add_note(CANARY)
        reporter = get_exception_reporter_class(request)(request, *sys.exc_info())

    report = getattr(reporter, form)()

    assert CANARY not in report and "KanarienvÃ" not in report and "Kanarienv" not in report
    assert "ValueError" in report and "test_logs.py" in report
    assert (ADVICE in report) is debug


def test_reports_are_scrubbed_in_development_too(rf, settings):
    settings.DEBUG = True
    assert get_exception_reporter_filter(rf.get("/")).is_active(None)


def test_nothing_goes_to_admins_by_mail():
    handlers = [handler for name in ("", "django", "django.request") for handler in logging.getLogger(name).handlers]
    assert not any("AdminEmail" in type(handler).__name__ for handler in handlers)
