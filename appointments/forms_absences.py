"""What somebody types to enter or change an absence."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from appointments.enums import AbsenceReach
from appointments.models import Absence, Resource
from appointments.services.absences import MOST, WEEK, Span, every_week
from doctolib.forms import CheckboxesField, CheckboxField, Form, RadioField

from .forms_hours import clock_field, day_field

DAY = timedelta(days=1)
LONGEST = timedelta(days=3660)
MOST_ROWS = 10 * MOST  # of all resources together


class SpanForm(Form):
    """From when to when, and why."""

    all_day = CheckboxField(label=_("All day"), required=False)
    first_day = day_field(_("First day"))
    starts = clock_field(pgettext_lazy("time of day", "From"), required=False)
    last_day = day_field(_("Last day"), required=False, help_text=_("Empty: the first day."))
    ends = clock_field(pgettext_lazy("time of day", "To"), required=False)
    note = forms.CharField(
        label=_("Note"),
        help_text=_("For your colleagues, kept encrypted. Patients do not see it."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first = data.get("first_day")
        if first is None:
            return data
        if "last_day" in data:
            data["last_day"] = data["last_day"] or first
        missing = {} if data.get("all_day") else {
            name: text
            for name, text in (
                ("starts", _("Enter from when, or choose “All day”.")),
                ("ends", _("Enter until when, or choose “All day”.")),
            )
            if name not in self.errors and data.get(name) is None
        }  # fmt: skip
        if missing:
            raise ValidationError(missing)
        if not self.errors:
            self._refuse_order(data)
        return data

    def _refuse_order(self, data: dict[str, Any]) -> None:
        span = self.span()
        if span.starts >= span.ends:
            field = "last_day" if data["last_day"] < data["first_day"] else "ends"
            raise ValidationError({field: _("The end must be after the start.")})
        if span.ends - span.starts > LONGEST:
            raise ValidationError({"last_day": _("An absence is ten years long at most.")})

    def span(self) -> Span:
        given = self.cleaned_data
        if given["all_day"]:
            return Span(_at(given["first_day"], time.min), _at(given["last_day"] + DAY, time.min))
        return Span(_at(given["first_day"], given["starts"]), _at(given["last_day"], given["ends"]))


class AbsenceForm(SpanForm):
    """A new one: of whom, and perhaps every week."""

    resources = CheckboxesField(
        label=_("Who or what is absent?"),
        error_messages={"required": _("Choose at least one calendar, room or device.")},
    )
    until = day_field(
        _("Repeat every week until"), required=False, help_text=_("Empty: once. At most 104 times, two years.")
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, resources: Sequence[Resource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resources"].choices = [(str(each.pk), each.name) for each in resources]

    def _refuse_order(self, data: dict[str, Any]) -> None:
        super()._refuse_order(data)
        until, span = data.get("until"), self.span()
        if until is None:
            return
        if until < span.starts.date():
            raise ValidationError({"until": _("The last repetition must not be before the first day.")})
        if span.ends - span.starts > WEEK:
            raise ValidationError({"until": _("What repeats every week is a week long at most.")})
        if (until - span.starts.date()) // WEEK + 1 > MOST:
            raise ValidationError({"until": _("At most 104 times: choose an earlier day.")})
        if len(self.spans()) * len(data.get("resources", ())) > MOST_ROWS:
            raise ValidationError(
                {"until": _("These are too many at once: choose an earlier day, or fewer calendars.")}
            )

    def spans(self) -> list[Span]:
        return every_week(self.span(), self.cleaned_data.get("until"))


class DeleteForm(Form):
    """What a change is about: asked only of an absence that belongs to a series."""

    def __init__(self, *args: Any, is_series: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_series:
            self.fields["reach"] = reach_field()

    @property
    def chosen_reach(self) -> AbsenceReach:
        return AbsenceReach(self.cleaned_data.get("reach") or AbsenceReach.ONE)


class AbsenceChangeForm(DeleteForm, SpanForm):
    pass


def reach_field() -> RadioField:
    return RadioField(
        label=_("Which of the series?"),
        help_text=_("A series may be of several calendars: “following” and “all” are about each of them."),
        choices=AbsenceReach.choices,
        initial=AbsenceReach.ONE,
    )


def initial_of(absence: Absence, zone: ZoneInfo) -> dict[str, Any]:
    starts, ends = absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone)
    all_day = starts.time() == ends.time() == time.min
    return {
        "all_day": all_day,
        "first_day": starts.date(),
        "last_day": ends.date() - DAY if all_day else ends.date(),
        "starts": None if all_day else starts.time(),
        "ends": None if all_day else ends.time(),
        "note": absence.note or "",
        "reach": AbsenceReach.ONE,
    }


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock)
