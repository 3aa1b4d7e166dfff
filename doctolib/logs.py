"""Structured logs with a request id and without personal data; error reports without values.

A line holds time, level, logger, the message *template*, the request id, and for an exception its type and the places
it passed. Messages of exceptions, arguments, local variables, form and header values may quote a patient and stay out.
"""

import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

request_id: ContextVar[str] = ContextVar("request_id", default="-")
requests = logging.getLogger("doctolib.request")

# Loggers whose arguments are no more than addresses and names of ours; all others lose them.
TRUSTED = ("doctolib", "accounts", "patients", "appointments", "crypto", "retention", "integrations", "gunicorn")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # Django logs a refused request when the middleware is left already; the record brings the request along.
        given = getattr(getattr(record, "request", None), "id", None)
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "request": given or request_id.get(),
        }
        line |= getattr(record, "fields", {})
        task = getattr(record, "data", None) or record.args
        if record.name.startswith("celery.") and isinstance(task, dict) and "name" in task:
            line |= {"task": task["name"], "task_id": task.get("id", "")}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__qualname__
            line["at"] = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(record.exc_info[2])][-12:]
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    if record.name.split(".")[0] in TRUSTED:
        return record.getMessage()
    if record.name == "django.request" and hasattr(record, "status_code"):  # its template says nothing
        return f"answered {record.status_code}"
    error = record.msg if isinstance(record.msg, BaseException) else record.exc_info and record.exc_info[1]
    if error and str(error) in str(record.msg):
        return type(error).__qualname__  # the library made the exception's text its template
    return str(record.msg)


class RequestIdMiddleware:
    """Gives each request an id (a proxy's own is kept), says it in the answer and logs one line a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else uuid.uuid4().hex
        reset, started = request_id.set(request.id), time.perf_counter()
        try:
            response = self.get_response(request)
            match = request.resolver_match
            fields = {
                "method": request.method,
                # The route, not the path: a path holds whatever someone typed.
                "route": match.route if match else "",
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
            }
            requests.info("request", extra={"fields": fields})
        finally:
            request_id.reset(reset)
        response["X-Request-ID"] = request.id
        return response


class ScrubbingFilter(SafeExceptionReporterFilter):
    """Error reports name types and places; every value is hidden, in development too where it costs least."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        return {} if request is None else dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame) -> list[tuple[str, str]]:
        return [(name, self.cleansed_substitute) for name in tb_frame.f_locals]


class ScrubbedReporter(ExceptionReporter):
    """An error report without the request and without what exceptions say; development sees the latter."""

    def __init__(self, request: HttpRequest | None, *exception: Any, **options: Any) -> None:
        super().__init__(None, *exception, **options)

    def get_traceback_data(self) -> dict[str, Any]:
        data = super().get_traceback_data()
        for frame in data["frames"]:
            if frame.get("exc_cause") is not None:
                frame["exc_cause"] = type(frame["exc_cause"]).__qualname__
        if not settings.DEBUG:
            data |= {"exception_value": self.filter.cleansed_substitute, "exception_notes": "", "unicode_hint": ""}
            data["template_info"] = None
        return data
