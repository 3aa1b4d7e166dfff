"""Why a time is, or is not, offered."""

from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.staff import staff_page
from appointments.models import CalendarReason, VisitReason
from appointments.selectors.explaining import explain_time
from appointments.selectors.visible import visible_calendars
from doctolib.forms import Form


class WhyForm(Form):
    calendar = forms.ModelChoiceField(label=_("Calendar"), queryset=None, empty_label=None)
    reason = forms.ModelChoiceField(label=_("Reason"), queryset=None, empty_label=None)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    clock = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args, calendars, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].queryset = calendars
        self.fields["reason"].queryset = VisitReason.objects.filter(
            is_archived=False, pk__in=CalendarReason.objects.values_list("reason_id", flat=True)
        )


@staff_page
@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """The question as a form, and every rule's answer below it, as patients are offered the time."""
    sent = request.GET if set(request.GET) - {"calendar"} else None  # a calendar alone is a link to the question
    initial = {"calendar": request.GET.get("calendar")}
    form = WhyForm(sent, initial=initial, calendars=visible_calendars(request.user))
    context = {"form": form}
    if form.is_valid():
        asked, organisation = form.cleaned_data, request.user.organisation
        starts_at = datetime.combine(asked["day"], asked["clock"], tzinfo=organisation.zone)
        context["starts_at"] = starts_at
        context["explained"] = explain_time(
            organisation=organisation,
            calendar=asked["calendar"],
            reason=asked["reason"],
            starts_at=starts_at,
            now=timezone.now(),
        )
    return render(request, "pro/why.html", context, status=422 if form.errors else 200)
