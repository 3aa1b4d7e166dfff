"""Links from e-mails: what they hold moves into a signed cookie, so no address, history or log keeps one that works.

Mail programs look at links before people do. So a link only leads to a page, and the page's button does something.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class KeptCookie:
    """A signed cookie for the pages below the page ``under``."""

    name: str
    under: str
    seconds: int

    def put(self, response: HttpResponse, value: str) -> None:
        response.set_signed_cookie(
            self.name,
            value,
            salt=self.name,
            max_age=self.seconds,
            path=reverse(self.under),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )

    def read(self, request: HttpRequest) -> str:
        """Its value; "" without one, and for one that is too old or not ours."""
        return request.get_signed_cookie(self.name, default="", salt=self.name, max_age=self.seconds) or ""

    def drop(self, response: HttpResponse) -> None:
        response.delete_cookie(self.name, path=reverse(self.under))

    def opened(self, value: str, *, page: str) -> HttpResponse:
        """The link was opened: go on to the page without it."""
        response = HttpResponseRedirect(reverse(page))
        self.put(response, value)
        return response
