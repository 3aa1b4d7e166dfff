"""What someone waits for: the questions to patients, and to staff who ask on their behalf."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.selectors import PersonView
from appointments.models import Appointment, VisitReason, WaitingEntry
from appointments.selectors.public import CalendarOffer
from appointments.services.waiting import Wish
from doctolib.forms import CheckboxesField, Form, RadioField
from doctolib.templatetags.ui import moment_text

from .forms import DayField, WhomForm, insurance_field


class HalfDays(forms.CheckboxSelectMultiple):
    """Mornings and afternoons of the week, a row a day; each box knows its weekday."""

    def create_option(self, name, value, label, selected, index, subindex=None, attrs=None) -> dict[str, Any]:
        option = super().create_option(name, value, label, selected, index, subindex, attrs)
        return {**option, "day": WEEKDAYS[int(value) // 2]}


class HalfDaysField(forms.TypedMultipleChoiceField):
    widget = HalfDays

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, template_name="components/half_days.html", **kwargs)
        self.choices = self._halves

    @staticmethod
    def _halves() -> list[tuple[int, str]]:
        halves = pgettext("half of a day", "Morning"), pgettext("half of a day", "Afternoon")
        return [(number, halves[number % 2]) for number in range(14)]


def _day_field(label: str, **kwargs: Any) -> DayField:
    attrs = {"class": "width-10", "autocomplete": "off"}
    return DayField(label=label, required=False, widget=forms.TextInput(attrs=attrs), **kwargs)


class WishForm(Form):
    """With whom, which days, which halves of them."""

    def __init__(self, *args: Any, people: Sequence[CalendarOffer], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if len(people) > 1:
            self.fields["people"] = CheckboxesField(
                label=_("With whom?"),
                help_text=_("Choose nobody if anyone suits you."),
                required=False,
                choices=[(str(person.id), person.who) for person in people],
            )
        self.fields["from"] = _day_field(
            _("From which day on?"), help_text=_("For example 26 November or 26.11.2026. Empty: from today.")
        )
        self.fields["until"] = _day_field(_("Until which day?"), help_text=_("Empty: no last day."))
        for name in ("from", "until"):
            self.fields[name].today = today
        self.fields["half_days"] = HalfDaysField(
            label=_("Which times suit you?"),
            help_text=_("Tick all that suit. Tick nothing if any time suits you."),
            required=False,
        )

    def clean_until(self) -> date | None:
        until = self.cleaned_data["until"]
        if until and until < max(self.cleaned_data.get("from") or self.today, self.today):
            raise ValidationError(_("The last day must not be before the first day, or in the past."))
        return until

    def wish(self) -> Wish:
        given = self.cleaned_data
        people = tuple(int(number) for number in given.get("people", ()))
        return Wish(given["from"] or self.today, given["until"], people, tuple(given["half_days"]))

    @staticmethod
    def initial_of(entry: WaitingEntry) -> dict[str, Any]:
        written = "%d.%m.%Y"
        return {
            "people": [str(number) for number in entry.calendar_ids],
            "from": entry.from_day.strftime(written),
            "until": entry.until_day.strftime(written) if entry.until_day else "",
            "half_days": entry.half_days,
        }


class JoinForm(WishForm):
    """A patient joins: also for whom, and how they are insured unless they said so before."""

    def __init__(self, *args: Any, persons: Sequence[PersonView], ask_insurance: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first: dict[str, forms.Field] = {}
        if len(persons) > 1:
            first["whom"] = WhomForm(persons=persons).fields["whom"]
            first["whom"].label = _("Who is waiting?")
            first["whom"].choices = first["whom"].choices[:-1]  # somebody else is added in the account
        if ask_insurance:
            first["insurance"] = insurance_field()
        self.fields = {**first, **self.fields}


class StaffWishForm(WishForm):
    """Staff put a patient on the list, perhaps for a time before an appointment that the patient has."""

    def __init__(self, *args: Any, appointments: Iterable[Appointment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(each.pk), moment_text(each.starts_at)) for each in appointments]
        if choices:
            self.fields = {
                "appointment": RadioField(
                    label=_("Instead of an appointment?"),
                    choices=[("", _("No, for a new appointment")), *choices],
                    required=False,
                ),
                **self.fields,
            }


class ReasonChoiceForm(Form):
    reason = forms.ModelChoiceField(label=gettext_lazy("Reason"), queryset=VisitReason.objects.none(), empty_label=None)

    def __init__(self, *args: Any, reasons, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = reasons


class RemoveForm(Form):
    note = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("For the audit trail. The patient does not see it."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


class OfferLengthForm(Form):
    minutes = forms.IntegerField(
        label=gettext_lazy("How many minutes is a time kept for someone of the waiting list?"),
        help_text=gettext_lazy("It is less when the visit is near: an offer ends before the minimum notice begins."),
        min_value=15,
        max_value=2880,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "width-5", "autocomplete": "off"}),
    )
