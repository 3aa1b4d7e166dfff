"""What statistics are asked for: a form sent by GET, so its address can be shared or kept."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from appointments.enums import Breakdown, Preset, Step
from appointments.models import Calendar, VisitReason
from appointments.selectors.periods import Period, fitting_step, named
from doctolib.forms import BoundField, Form

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST = 5 * 366  # days
MOST_STEPS = 120
AUTOMATIC = "auto"


class Filter(BoundField):
    """Everything is optional here, so nothing is marked."""

    shows_optional = False


def _date(label: Promise) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, error_messages={"invalid": _("Enter a date.")})


class StatisticsForm(Form):
    """Cleans to ``chosen_period`` and ``chosen_step``, which fit each other. What is not sent has its default."""

    bound_field_class = Filter

    period = forms.ChoiceField(label=_("Period"), choices=Preset.choices)
    first = _date(_("First day"))
    last = _date(_("Last day"))
    step = forms.ChoiceField(label=_("Steps"), choices=[(AUTOMATIC, _("as it fits")), *Step.choices])
    by = forms.ChoiceField(label=_("List"), choices=Breakdown.choices)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=None, empty_label=_("All units"), required=False)
    calendar = forms.ModelChoiceField(
        label=_("Calendar"), queryset=None, empty_label=_("All calendars"), required=False
    )
    reason = forms.ModelChoiceField(label=_("Reason"), queryset=None, empty_label=_("All reasons"), required=False)

    def __init__(self, sent: QueryDict, *, calendars: QuerySet[Calendar], today: date) -> None:
        dated = sent.get("first") or sent.get("last")
        usual = {"period": Preset.DATES if dated else Preset.THIS_MONTH, "step": AUTOMATIC, "by": Breakdown.CALENDAR}
        data = {**usual, **{name: value for name, value in sent.items() if value}}
        if data["period"] != Preset.DATES:
            data.pop("first", None)  # out of sight then
            data.pop("last", None)
        super().__init__(data)
        self.calendars, self.today = calendars, today
        self.fields["calendar"].queryset = calendars.order_by("name", "pk")
        self.fields["unit"].queryset = Unit.objects.filter(pk__in=calendars.values("unit_id"))
        self.fields["reason"].queryset = VisitReason.objects.order_by("name_de", "pk")
        for name in self.fields:
            self.fields[name].error_messages["invalid_choice"] = _("Choose one of the list.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            period = self._period(cleaned)
            cleaned["chosen_period"] = period
            cleaned["chosen_step"] = self._step(cleaned, period)
        return cleaned

    def _period(self, cleaned: dict[str, Any]) -> Period:
        if cleaned["period"] != Preset.DATES:
            return named(Preset(cleaned["period"]), self.today)
        first, last = cleaned["first"], cleaned["last"]
        for name, day in (("first", first), ("last", last)):
            if day is None:
                self.add_error(name, ValidationError(_("Enter a date."), code="required"))
            elif not FIRST_YEAR <= day.year <= LAST_YEAR:
                years = {"first": FIRST_YEAR, "last": LAST_YEAR}
                self.add_error(name, ValidationError(_("Enter a year from %(first)d to %(last)d."), params=years))
        if not self.errors and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        if not self.errors and (last - first).days >= LONGEST:
            self.add_error("last", _("Choose five years at most."))
        return Period(self.today, self.today) if self.errors else Period(first, last)

    def _step(self, cleaned: dict[str, Any], period: Period) -> Step:
        step = fitting_step(period) if cleaned["step"] == AUTOMATIC else Step(cleaned["step"])
        if len(period.steps(step)) > MOST_STEPS:
            message = _("This period has more than %(most)d of these steps. Choose longer steps or a shorter period.")
            self.add_error("step", ValidationError(message, params={"most": MOST_STEPS}))
        return step

    def counted(self) -> list[int]:
        """The calendars that are left to count."""
        found = self.calendars
        if unit := self.cleaned_data.get("unit"):
            found = found.filter(unit_id=unit.pk)
        if calendar := self.cleaned_data.get("calendar"):
            found = found.filter(pk=calendar.pk)
        return list(found.values_list("pk", flat=True))
