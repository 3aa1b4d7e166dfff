"""Pages of the frame: health, errors, a form that came from elsewhere."""

import redis
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import connection
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """The process can serve: PostgreSQL must answer (503 otherwise). Redis may be away, messages then wait."""
    parts = {"database": _answers(lambda: connection.cursor().execute("SELECT 1")), "redis": _answers(_ping)}
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)


def _ping() -> None:
    redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1).ping()


def _answers(question) -> str:
    try:
        question()
    except Exception:  # whatever went wrong, the answer is the same
        return "away"
    return "ok"


@receiver(got_request_exception)
def remember_outage(sender, request: HttpRequest | None = None, **_: object) -> None:
    """An exception in a middleware becomes a bare 500 on the way out; outages.OutageMiddleware asks what it was."""
    import sys

    if request is not None:
        request.outage = sys.exc_info()[1]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/403.html", {"csrf": True}, status=403)


def bad_request(request, exception):
    return render(request, "errors/400.html", status=400)


def forbidden(request, exception):
    """``PermissionDenied(_("…"))`` says in words what is not allowed."""
    return render(request, "errors/403.html", {"message": str(exception)}, status=403)


def not_found(request, exception):
    return render(request, "errors/404.html", status=404)


def server_error(request):
    return render(request, "errors/500.html", status=500)
