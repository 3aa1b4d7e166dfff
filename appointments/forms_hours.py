"""What somebody types to set the opening hours of a calendar."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Site
from appointments.models import Calendar, OpeningHours, VisitReason
from appointments.services.hours import Terms, terms_of
from doctolib.forms import CheckboxesField, CheckboxField, Form, RadioField

DAYS = [(str(number + 1), name) for number, name in WEEKDAYS.items()]
WEEKS = 52


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    attrs = {"type": "date", "class": "width-10", "autocomplete": "off"}
    kwargs.setdefault("error_messages", {"required": _("Enter a day.")})
    return forms.DateField(label=label, widget=forms.DateInput(attrs=attrs, format="%Y-%m-%d"), **kwargs)


def clock_field(label: Any, **kwargs: Any) -> forms.TimeField:
    attrs = {"type": "time", "class": "width-5", "autocomplete": "off", "step": 300}
    kwargs.setdefault("error_messages", {"required": _("Enter a time.")})
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs=attrs, format="%H:%M"), **kwargs)


def _number(label: Any, least: int, most: int, **kwargs: Any) -> forms.IntegerField:
    attrs = {"inputmode": "numeric", "class": "width-4", "autocomplete": "off"}
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, widget=forms.TextInput(attrs=attrs), **kwargs
    )


class TermsForm(Form):
    """What holds in a block: times, reasons, online or not, and the rarer rules."""

    starts = clock_field(pgettext_lazy("time of day", "From"))
    ends = clock_field(pgettext_lazy("time of day", "To"))
    is_online = CheckboxField(label=_("Patients may book in it online"), required=False)
    reasons = CheckboxesField(
        label=_("Reasons allowed"), help_text=_("Tick none: all reasons of the calendar."), required=False
    )
    on_holidays = CheckboxField(label=_("Open on public holidays, too"), required=False)
    site = forms.ModelChoiceField(label=_("Site"), queryset=None, required=False)
    late_share = _number(
        _("Held back for short notice (percent of the times)"),
        0,
        100,
        required=False,
        help_text=_("These times can be booked online only shortly before. Empty: none."),
    )
    late_hours = _number(_("Released so many hours before"), 0, 2000, required=False)

    def __init__(self, *args: Any, calendar: Calendar, reasons: Sequence[VisitReason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendar = calendar
        self.fields["site"].queryset = Site.objects.all()
        self.fields["site"].empty_label = _("as the calendar: %(site)s") % {"site": calendar.site.name}
        self.fields["reasons"].choices = [(str(reason.pk), reason.name) for reason in reasons]
        for reason in reasons:
            self.fields[f"share-{reason.pk}"] = _number(
                _("Share of %(reason)s (percent)") % {"reason": reason.name}, 1, 100, required=False
            )

    def reason_rows(self) -> list[dict[str, Any]]:
        """Each reason's box with the field of its share."""
        boxes = self["reasons"].choices
        return [
            {"box": box["widget"], "share": self[f"share-{value}"]}
            for box, (value, _name) in zip(boxes, self.fields["reasons"].choices, strict=True)
        ]

    @property
    def is_plain(self) -> bool:
        """Whether none of the rarer rules is set or wrong, so that they can stay folded."""
        rarer = ("every_weeks", "on_holidays", "site", "late_share", "late_hours")
        usual = {"every_weeks": ("", "1"), "late_hours": ("", "24"), "late_share": ("", "0")}
        given = {name: self[name].value() for name in rarer if name in self.fields}
        plain = all(str(value or "") in usual.get(name, ("", "False")) for name, value in given.items())
        return plain and not any(name in self.errors for name in rarer)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts") and data.get("ends") and data["starts"] >= data["ends"]:
            raise ValidationError({"ends": _("The end must be after the start, on the same day.")})
        return data

    def terms(self) -> Terms:
        given = self.cleaned_data
        site = given["site"]
        return Terms(
            starts=given["starts"],
            ends=given["ends"],
            every_weeks=given.get("every_weeks") or 1,
            on_holidays=given["on_holidays"],
            site_id=site.pk if site and site.pk != self.calendar.site_id else None,
            is_online=given["is_online"],
            late_share=given["late_share"] or 0,
            late_hours=24 if given["late_hours"] is None else given["late_hours"],
            reasons=tuple((int(number), given.get(f"share-{number}")) for number in given["reasons"]),
        )


class ValidityForm(TermsForm):
    """A block of every week, or of every n-th."""

    valid_until = day_field(_("Last day"), required=False, help_text=_("Empty: no last day."))
    every_weeks = _number(_("Every how many weeks"), 1, WEEKS, required=False, help_text=_("1: every week."))

    def _refuse_order(self, first: date | None) -> None:
        last = self.cleaned_data.get("valid_until")
        if first and last and last < first:
            raise ValidationError({"valid_until": _("The last day must not be before the first one.")})


class AddForm(ValidityForm):
    weekdays = CheckboxesField(
        label=_("Weekdays"), choices=DAYS, error_messages={"required": _("Choose at least one weekday.")}
    )
    valid_from = day_field(_("First day"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._refuse_order(data.get("valid_from"))
        return data


class ExtraForm(TermsForm):
    """Hours of one day."""

    day = day_field(_("Day"))


class ChangeForm(ValidityForm):
    """``since``: from which day on the change counts."""

    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=DAYS, coerce=int)
    since = day_field(_("From which day on?"), help_text=_("Until the day before, all stays as it is."))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._refuse_order(data.get("since"))
        return data


class EndForm(Form):
    since = day_field(_("From which day on is it closed?"))


def initial_of(block: OpeningHours) -> dict[str, Any]:
    terms = terms_of(block)
    shares = {f"share-{reason_id}": share for reason_id, share in terms.reasons}
    return {
        "weekday": block.weekday,
        "starts": terms.starts,
        "ends": terms.ends,
        "valid_until": block.valid_until,
        "every_weeks": terms.every_weeks,
        "on_holidays": terms.on_holidays,
        "site": terms.site_id,
        "is_online": terms.is_online,
        "late_share": terms.late_share or None,
        "late_hours": terms.late_hours,
        "reasons": [str(reason_id) for reason_id, _share in terms.reasons],
        **shares,
    }


class CopyForm(Form):
    """A day's or the week's hours, for other days and calendars."""

    what = RadioField(label=_("What?"))
    to_weekdays = CheckboxesField(
        label=_("To which weekdays?"),
        help_text=_("Counts when you copy one day. The whole week keeps its days."),
        choices=DAYS,
        required=False,
    )
    targets = CheckboxesField(
        label=_("Into which calendars?"), error_messages={"required": _("Choose at least one calendar.")}
    )
    since = day_field(_("From which day on?"))
    replaces = CheckboxField(
        label=_("End the hours that are there on these days"),
        help_text=_("Otherwise the copied hours are added."),
        required=False,
    )

    def __init__(self, *args: Any, calendar: Calendar, targets: Iterable[Calendar], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [("week", _("The whole week")), *DAYS]
        self.fields["targets"].choices = [
            (str(each.pk), _("this calendar: %(name)s") % {"name": each.name} if each == calendar else each.name)
            for each in targets
        ]
        self.calendar = calendar

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        what, days, targets = data.get("what"), data.get("to_weekdays"), data.get("targets")
        if what and what != "week" and not days:
            raise ValidationError({"to_weekdays": _("Choose at least one weekday.")})
        own = {str(self.calendar.pk)}
        if what == "week" and targets is not None and set(targets) == own:
            raise ValidationError({"targets": _("Choose another calendar: the whole week is already in this one.")})
        if what and what != "week" and days == [what] and targets is not None and set(targets) == own:
            raise ValidationError({"to_weekdays": _("Choose another weekday or another calendar.")})
        return data
