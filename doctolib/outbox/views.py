"""The phone page: in development it shows the SMS and e-mails that would have left the house."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crypto.keyring import platform_keys

from .models import PhoneMessage

SHOWN = 50
CHANNELS = ("sms", "email")
# As a mail program shows it: its own style attributes, nothing that runs, nothing from elsewhere.
AS_MAIL = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"


def in_development(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Anywhere else the page does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.PHONE_PAGE:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@in_development
@require_safe
@never_cache
def phone(request: HttpRequest) -> HttpResponse:
    """The newest messages; ``?channel=sms`` or ``email`` shows only these."""
    channel = request.GET.get("channel", "")
    found = PhoneMessage.objects.order_by("-created_at")
    if channel in CHANNELS:
        found = found.filter(channel=channel)
    with platform_keys():
        messages = [
            {"id": row.id, "channel": row.channel, "at": row.created_at, **row.message} for row in found[:SHOWN]
        ]
    context = {"phone_messages": messages, "channel": channel, "channels": CHANNELS}
    template = "outbox/_phone_messages.html" if request.headers.get("HX-Request") else "outbox/phone.html"
    return render(request, template, context)


@in_development
@require_safe
@never_cache
def phone_html(request: HttpRequest, id: UUID) -> HttpResponse:
    """One e-mail's HTML."""
    row = get_object_or_404(PhoneMessage, pk=id)
    with platform_keys():
        html = row.message["html"]
    if not html:
        raise Http404
    return HttpResponse(html, headers={"Content-Security-Policy": AS_MAIL})
