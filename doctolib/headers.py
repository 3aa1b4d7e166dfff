"""Headers that every answer carries and that no package of ours sets."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
