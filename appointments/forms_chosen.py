"""What staff type to move several chosen appointments."""

from typing import Any

from django import forms
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from appointments.forms_desk import OFF, CalendarField
from appointments.models import Calendar
from doctolib.forms import Form


class Shift(TextChoices):
    DAYS_LATER = "days-later", _("days later")
    WEEKS_LATER = "weeks-later", _("weeks later")
    DAYS_EARLIER = "days-earlier", _("days earlier")
    WEEKS_EARLIER = "weeks-earlier", _("weeks earlier")


DAYS = {Shift.DAYS_LATER: 1, Shift.WEEKS_LATER: 7, Shift.DAYS_EARLIER: -1, Shift.WEEKS_EARLIER: -7}


class ShiftChosenForm(Form):
    """By so many days at the same clock time, into another calendar, or both."""

    count = forms.IntegerField(
        label=pgettext_lazy("move appointments by so many days", "By"),
        min_value=0,
        max_value=366,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "width-5", **OFF}),
        error_messages={
            "required": _("Enter a number, 0 for the same day."),
            "invalid": _("Enter a number from 0 to 366."),
            "min_value": _("Enter a number from 0 to 366."),
            "max_value": _("Enter a number from 0 to 366."),
        },
    )
    unit = forms.ChoiceField(label=_("Days or weeks"), choices=Shift.choices)
    calendar = CalendarField(required=False, empty_label=_("Each in its own"))

    def __init__(self, *args: Any, calendars: QuerySet[Calendar], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].queryset = calendars

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("count") == 0 and not data.get("calendar") and "calendar" not in self.errors:
            self.add_error("count", _("Choose another day, another calendar, or both."))
        return data

    @property
    def days(self) -> int:
        """Whole days, negative for earlier."""
        return self.cleaned_data["count"] * DAYS[Shift(self.cleaned_data["unit"])]
