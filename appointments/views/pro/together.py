"""What pages about several appointments at once have in common: a page, or the calendar's panel; a choice a date."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from appointments.selectors.series_dates import PlannedDate
from doctolib.forms import Form
from doctolib.templatetags.ui import moment_brief, moment_short

from .desk.answers import in_panel

LEAVE = "-"
GONE = "gone"  # the code of an error: what was chosen is no longer to be had


class DatesForm(Form):
    """For each date its own time where that is free, else what is suggested; or leave it out.

    Keys name the dates: their day, or the appointment that is moved.
    """

    def __init__(self, *args: Any, dates: Mapping[str, PlannedDate], leave: str | Promise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dates = dates
        for key, planned in dates.items():
            self.fields[f"date-{key}"] = _choice(planned, leave)

    def rows(self) -> list[tuple[PlannedDate, forms.BoundField]]:
        return [(planned, self[f"date-{key}"]) for key, planned in self.dates.items()]

    @property
    def free(self) -> int:
        return sum(planned.is_free for planned in self.dates.values())

    @property
    def conflicts(self) -> int:
        return len(self.dates) - self.free

    @property
    def is_stale(self) -> bool:
        """Whether something chosen was lost meanwhile."""
        return any(error.code == GONE for errors in self.errors.as_data().values() for error in errors)

    def chosen(self) -> dict[str, datetime]:
        """The chosen moments by key; dates that are left out are not in it."""
        given = {key: self.cleaned_data[f"date-{key}"] for key in self.dates}
        return {key: datetime.fromisoformat(value) for key, value in given.items() if value != LEAVE}


class _TimeField(forms.ChoiceField):
    def validate(self, value: str) -> None:
        if value and not self.valid_value(value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code=GONE)
        super().validate(value)


def _choice(planned: PlannedDate, leave: str | Promise) -> forms.ChoiceField:
    date = moment_short(planned.starts_at)
    starts = [planned.starts_at] if planned.is_free else planned.suggestions
    choices = [(start.isoformat(), moment_brief(start)) for start in starts]
    if not planned.is_free:
        choices.insert(0, ("", pgettext("in a list", "Please choose")))
    return _TimeField(
        label=date,
        choices=[*choices, (LEAVE, leave)],
        error_messages={
            "required": _("%(date)s: choose another time, or leave the date out.") % {"date": date},
            "invalid_choice": _("%(date)s: the time you chose is no longer free. Choose again.") % {"date": date},
        },
    )


def show(
    request: HttpRequest, partial: str, title: str | Promise, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The panel's fragment where htmx asks, else a page around it."""
    shared = {"section": "calendar", "organisation": request.user.organisation, "title": title, **context}
    if in_panel(request):
        return render(request, partial, shared, status=status)
    return render(request, "pro/together.html", {"partial": partial, "full_page": True, **shared}, status=status)


def changed(response: HttpResponse) -> HttpResponse:
    """The grid behind the panel fetches its events again."""
    response.headers["HX-Trigger"] = "appointments-changed"
    return response


def asked(request: HttpRequest, name: str) -> Any:
    """What was sent to a form in two steps, or None before anything was: the address asks, a POST decides."""
    data = request.POST if request.method == "POST" else request.GET
    return data if name in data else None


def hidden(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
