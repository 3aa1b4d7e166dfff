"""PostgreSQL or the key management is away: a clear page with status 503, nothing half-written."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from crypto.errors import KmsUnavailable

logger = logging.getLogger("doctolib.outages")
OUTAGES = (OperationalError, InterfaceError, KmsUnavailable)
RETRY_AFTER = 30  # seconds


def unavailable(request: HttpRequest) -> HttpResponse:
    """The page for an outage, in the language of the request as far as that is known by then."""
    lang = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    headers = {"Retry-After": str(RETRY_AFTER)}
    with translation.override(lang):
        try:
            # Without the request: its context processors may need the database.
            html = render_to_string("errors/503.html", {"lang": lang, "retry_after": RETRY_AFTER})
        except OUTAGES:
            html = _("Please try again in a moment.")
    return HttpResponse(html, status=503, headers=headers)


class OutageMiddleware:
    """Answers 503 for an outage in a view or in a middleware further in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        except OUTAGES as error:  # the page for status 500 needed what is away, too
            return self._answer(request, error)
        # Whatever is further in has turned the exception into a 500 by now; views.remember_outage tells which it was.
        error = getattr(request, "outage", None)
        if response.status_code == 500 and isinstance(error, OUTAGES):
            return self._answer(request, error)
        return response

    def _answer(self, request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("outage: %s", type(error).__name__)
        return unavailable(request)
