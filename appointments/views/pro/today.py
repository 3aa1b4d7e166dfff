"""The check-in list of today: who waits how long, and the buttons that take them on. Walk-ins: the next gap."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.rights import rights_of
from accounts.staff import staff_page
from appointments.enums import CalendarView
from appointments.models import VisitReason
from appointments.rules import may_create
from appointments.selectors.gap import next_gap as find_gap
from appointments.selectors.gap import reasons_of
from appointments.selectors.today import Today, today_of
from doctolib.forms import Form

from .live import live_tag
from .page import CalendarPage, page_of


class GapForm(Form):
    """For whom a time is looked for now."""

    reason = forms.ModelChoiceField(
        label=pgettext_lazy("of a visit", "Reason"),
        queryset=VisitReason.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose a reason.")},
    )

    def __init__(self, *args: Any, reasons: list[VisitReason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = VisitReason.objects.filter(pk__in=[each.pk for each in reasons])
        self.fields["reason"].choices = [(each.pk, each.name) for each in reasons]


@staff_page
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The page; a script that asks for the rows alone gets them, or 304 when they are as they were."""
    page = page_of(request, CalendarView.TODAY)
    if "HX-Request" not in request.headers:
        return render(request, "pro/today.html", _page(request, page))
    context = _rows(request, page)
    tag = _tag(context["today"], page)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return HttpResponse(render_to_string("pro/_today.html", context, request), headers={"ETag": tag})


@staff_page
@require_safe
def next_gap(request: HttpRequest) -> HttpResponse:
    """Someone stands at the desk: on to the form for the next free time of the reason, today or later."""
    page = page_of(request, CalendarView.TODAY)
    calendars = _bookable(request, page)
    if not calendars:
        raise PermissionDenied(_("You may not book in these calendars."))
    form = GapForm(request.GET, reasons=reasons_of(calendars))
    if not form.is_valid():
        return render(request, "pro/today.html", {**_page(request, page), "form": form}, status=422)
    reason = form.cleaned_data["reason"]
    gap = find_gap(reason=reason, calendars=calendars, now=timezone.now())
    if gap is None:
        context = {**_page(request, page), "gap_form": form, "no_gap": reason}
        return render(request, "pro/today.html", context, status=409)
    query = {
        "calendar": gap.calendar.pk,
        "start": timezone.localtime(gap.starts_at).strftime("%Y-%m-%dT%H:%M"),
        "minutes": gap.minutes,
        "reason": reason.pk,
    }
    return HttpResponseRedirect(f"{reverse('appointment-new')}?{urlencode(query)}")


def _rows(request: HttpRequest, page: CalendarPage) -> dict[str, Any]:
    found = today_of(
        rights=rights_of(request.user, page.organisation.pk),
        calendars=page.calendars,
        span=page.span,
        now=timezone.now(),
    )
    return {"page": page, "today": found}


def _tag(found: Today, page: CalendarPage) -> str:
    """What the rows say, and nothing else: forms carry a new token each time. Keyed, because names are in it."""
    said = [
        str(get_language()),
        page.title,
        page.chosen_text,
        *(visit.said for group in found.groups for visit in group.visits),
    ]
    return f'"{salted_hmac("calendar.today", chr(0).join(said)).hexdigest()}"'


def _page(request: HttpRequest, page: CalendarPage) -> dict[str, Any]:
    calendars = _bookable(request, page)
    return {
        "live_tag": live_tag(request, page),
        **_rows(request, page),
        "gap_form": GapForm(reasons=reasons_of(calendars)) if calendars else None,
        "section": "today",
        "organisation": page.organisation,
    }


def _bookable(request: HttpRequest, page: CalendarPage) -> list:
    return [calendar for calendar in page.calendars if may_create(request.user, calendar, inside=True)]
