"""What administrators type to set reminders and recalls up."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.enums import LeadUnit
from appointments.models import MOST_RULES, ReminderRule, ReminderSettings, VisitReason
from doctolib.forms import CheckboxField, Form
from patients.enums import Channel

LONGEST = {LeadUnit.DAYS: 60, LeadUnit.HOURS: 96}
NUMBER = {"inputmode": "numeric", "class": "width-5", "autocomplete": "off"}
CLOCK = {"class": "width-5", "autocomplete": "off"}
SETTINGS = ("quiet_from", "quiet_until", "may_cancel", "names_instructions")


class RemindersForm(Form):
    """Six rows at most, each a rule when it has a number; then what counts for all of them."""

    quiet_from = forms.TimeField(
        label=_("No reminders from"), help_text=_("For example 20:00"), widget=forms.TimeInput(CLOCK, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("No reminders until"),
        help_text=_("The same time twice: reminders are sent at night, too."),
        widget=forms.TimeInput(CLOCK, format="%H:%M"),
    )
    may_cancel = CheckboxField(
        label=_("Patients may cancel by the link of a reminder, without signing in"), required=False
    )
    names_instructions = CheckboxField(
        label=_("Emails may name the instructions before the visit"),
        help_text=_("They can tell what the visit is for, and emails can be read by others."),
        required=False,
    )

    def __init__(self, *args: Any, rules: Sequence[ReminderRule], settings: ReminderSettings, **kwargs: Any) -> None:
        super().__init__(*args, initial={name: getattr(settings, name) for name in SETTINGS}, **kwargs)
        for position in range(MOST_RULES):
            self._add_row(position, rules[position] if position < len(rules) else None)

    def _add_row(self, position: int, rule: ReminderRule | None) -> None:
        self.fields |= {
            f"amount-{position}": forms.IntegerField(
                label=_("How long before?"),
                min_value=1,
                required=False,
                initial=rule and rule.amount,
                widget=forms.TextInput(NUMBER),
            ),
            f"unit-{position}": forms.ChoiceField(
                label=_("Days or hours"), choices=LeadUnit.choices, initial=rule and rule.unit
            ),
            f"channel-{position}": forms.ChoiceField(
                label=_("By"), choices=Channel.choices, initial=rule and rule.channel
            ),
            f"active-{position}": CheckboxField(
                label=_("Switched on"), required=False, initial=rule.is_active if rule else True
            ),
        }

    def rows(self) -> Iterator[list[forms.BoundField]]:
        for position in range(MOST_RULES):
            yield [self[f"{name}-{position}"] for name in ("amount", "unit", "channel", "active")]

    def clean(self) -> dict[str, Any]:
        data, seen = super().clean() or self.cleaned_data, set()
        for position in range(MOST_RULES):
            amount, unit, channel = (data.get(f"{name}-{position}") for name in ("amount", "unit", "channel"))
            if not amount or not unit:
                continue
            if amount > LONGEST[LeadUnit(unit)]:
                self.add_error(f"amount-{position}", _("At most 60 days or 96 hours before."))
            hours = amount * 24 if unit == LeadUnit.DAYS else amount
            if (hours, channel) in seen:
                self.add_error(f"amount-{position}", ValidationError(_("There is such a reminder already.")))
            seen.add((hours, channel))
        return data

    def rules(self) -> list[ReminderRule]:
        given = self.cleaned_data
        return [
            ReminderRule(
                position=position,
                amount=given[f"amount-{position}"],
                unit=given[f"unit-{position}"],
                channel=given[f"channel-{position}"],
                is_active=given[f"active-{position}"],
            )
            for position in range(MOST_RULES)
            if given[f"amount-{position}"]
        ]

    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SETTINGS}


class RecallsForm(Form):
    """A number of months for each reason, or nothing."""

    def __init__(self, *args: Any, reasons: Sequence[VisitReason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ids = [reason.pk for reason in reasons]
        for reason in reasons:
            self.fields[f"months-{reason.pk}"] = forms.IntegerField(
                label=reason.name,
                min_value=1,
                max_value=120,
                required=False,
                initial=reason.recall_after,
                widget=forms.TextInput(NUMBER),
            )

    def months(self) -> dict[int, int | None]:
        return {reason_id: self.cleaned_data[f"months-{reason_id}"] for reason_id in self.ids}
