"""Headers that every answer carries and that no package sets, or not as cheaply."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

PUBLIC = ("/static/", "/health/")


class HeadersMiddleware:
    """``no-store`` unless a view said otherwise: any page may hold personal data. CORP, COEP beside Django's COOP."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(PUBLIC):
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        return response


class PolicyMiddleware(CSPMiddleware):
    """django-csp's. It builds the policy for each answer, which takes longer than to find the view; nearly all answers
    have the one of the settings."""

    @cached_property
    def usual(self) -> str:
        return build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        has_its_own = "_csp_nonce" in vars(request) or any(name.startswith("_csp") for name in vars(response))
        if has_its_own or settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response
