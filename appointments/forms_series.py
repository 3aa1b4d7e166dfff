"""What staff say of a series, of a visit of several parts, and of a prescription."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from appointments.enums import SeriesScope, SeriesUnit
from appointments.models import CalendarReason
from appointments.selectors.chains import FEWEST_PARTS, MOST_PARTS, Step
from appointments.selectors.prescriptions import PrescriptionView
from appointments.selectors.recurrence import MOST_DATES, Rule, TooLong, TooManyDates, days_of
from doctolib.forms import CheckboxesField, Form, RadioField

from .forms import DayField
from .forms_desk import CancelReasonForm

NUMBER = {"inputmode": "numeric", "class": "width-5", "autocomplete": "off"}
FURTHEST = timedelta(days=3 * 366)  # days that a form takes


def number_field(label: Any, *, least: int = 1, most: int, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, widget=forms.TextInput(attrs=dict(NUMBER)), **kwargs
    )


def day_field(label: Any, *, today: date, **kwargs: Any) -> DayField:
    field = DayField(label=label, widget=forms.TextInput(attrs={"class": "width-10", "autocomplete": "off"}), **kwargs)
    field.today = today
    return field


def clock_field() -> forms.TimeField:
    return forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "width-5"}),
        error_messages={"invalid": _("Enter a time, like 14:30."), "required": _("Enter a time, like 14:30.")},
    )


def _offers(bookable: Iterable[int]) -> list[CalendarReason]:
    """What can be booked in these calendars. One query."""
    rows = CalendarReason.objects.filter(calendar_id__in=bookable, reason__is_archived=False).select_related(
        "calendar", "reason"
    )
    rows = rows.select_related("calendar", "reason")
    return list(rows.order_by("calendar__position", "calendar__name", "calendar_id", "reason__name_de"))


@dataclass(frozen=True, slots=True)
class Start:
    """Where a series begins: a calendar with a reason, a day and a local time."""

    calendar_id: int
    reason_id: int
    day: date
    clock: time


class SeriesForm(Form):
    """The rule of a series. Without ``begins`` also what, where and when the first one is. ``tied``: the prescription
    for which what it begins with counts."""

    every = number_field(gettext_lazy("Every"), most=99, initial=1)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=SeriesUnit.choices, initial=SeriesUnit.WEEKS)
    weekdays = CheckboxesField(
        label=gettext_lazy("On these weekdays"),
        help_text=gettext_lazy("For weeks. Nothing ticked: on the weekday of the first date."),
        required=False,
    )
    count = number_field(
        gettext_lazy("Number of dates"),
        most=MOST_DATES,
        required=False,
        help_text=gettext_lazy("The first date counts, too."),
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        prescriptions: Sequence[PrescriptionView],
        begins: Start | None = None,
        tied: UUID | None = None,
        bookable: Iterable[int] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.begins, self.tied = today, begins, tied
        self.prescriptions = {str(each.prescription.pk): each for each in prescriptions if each.can_be_used}
        self.fields["weekdays"].choices = [(str(number + 1), WEEKDAYS[number]) for number in range(7)]
        self.fields["until"] = day_field(
            _("Or until"), today=today, required=False, help_text=_("The last day, for example 26.11.2026.")
        )
        self._ask_prescription()
        if begins is None:
            self._ask_beginning(bookable)

    def _ask_prescription(self) -> None:
        if not self.prescriptions:
            return
        choices = [(pk, prescription_text(each)) for pk, each in self.prescriptions.items()]
        self.fields = {
            "prescription": forms.ChoiceField(
                label=_("Prescription"),
                required=False,
                choices=[("", pgettext("in a list", "None")), *choices],
                help_text=_("Without a number of dates, as many as are left."),
            ),
            **self.fields,
        }

    def _ask_beginning(self, bookable: Iterable[int]) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for offer in _offers(bookable):
            value = f"{offer.calendar_id}-{offer.reason_id}"
            groups.setdefault(offer.calendar.name, []).append((value, offer.reason.name))
        self.fields = {
            "offer": forms.ChoiceField(
                label=_("Calendar and reason"),
                choices=[("", pgettext("in a list", "Please choose")), *groups.items()],
                error_messages={"required": _("Choose what the series is for.")},
            ),
            "first": day_field(_("From"), today=self.today, help_text=_("The first day, for example 26.11.2026.")),
            "clock": clock_field(),
            **self.fields,
        }

    def clean_first(self) -> date:
        return _near(self.cleaned_data["first"], self.today)

    def clean_until(self) -> date | None:
        until = self.cleaned_data["until"]
        return until and _near(until, self.today)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors:
            self._read_end(given)
        if not self.errors:
            self._read_rule(given)
        return given

    def _read_end(self, given: dict[str, Any]) -> None:
        """A count or a day; with a prescription its sessions and its last day do."""
        chosen = self.chosen
        if given["count"] and given["until"]:
            self.add_error("until", _("Give a number of dates or a last day, not both."))
        elif not given["count"] and not given["until"]:
            if chosen is None:
                self.add_error("count", _("Give a number of dates or a last day."))
            else:
                # What the series begins with may count already.
                given["count"] = chosen.usage.left + (chosen.prescription.pk == self.tied)

    def _read_rule(self, given: dict[str, Any]) -> None:
        first = self.start.day
        weekdays: tuple[int, ...] = ()
        if given["unit"] == SeriesUnit.WEEKS:
            weekdays = tuple(int(number) for number in given["weekdays"]) or (first.isoweekday(),)
        if self.begins and weekdays and first.isoweekday() not in weekdays:
            name = WEEKDAYS[first.weekday()]
            self.add_error("weekdays", _("The first date is a %(weekday)s. Tick this one, too.") % {"weekday": name})
            return
        self.rule = Rule(given["every"], SeriesUnit(given["unit"]), first, weekdays, given["count"], given["until"])
        try:
            self.days = days_of(self.rule)
        except TooManyDates:
            self.add_error("until", _("A series has at most %(most)d dates.") % {"most": MOST_DATES})
        except TooLong:
            self.add_error("count", _("The last date is more than two years after the first one."))
        else:
            if not self.days:
                self.add_error("until", _("There is no such day until then."))

    @property
    def start(self) -> Start:
        if self.begins:
            return self.begins
        calendar_id, _dash, reason_id = self.cleaned_data["offer"].partition("-")
        return Start(int(calendar_id), int(reason_id), self.cleaned_data["first"], self.cleaned_data["clock"])

    @property
    def chosen(self) -> PrescriptionView | None:
        return self.prescriptions.get(self.cleaned_data.get("prescription", ""))

    def typed(self) -> list[tuple[str, str]]:
        """What was sent, for the hidden fields of the next step."""
        return [(name, value) for name in self.fields for value in self.data.getlist(name) if value]


def _near(day: date, today: date) -> date:
    if not today <= day <= today + FURTHEST:
        raise ValidationError(_("Enter a day from today on, in the next three years."))
    return day


def prescription_text(view: PrescriptionView) -> str:
    """``Krankengymnastik: 4 von 10 übrig``."""
    return _("%(what)s: %(left)d of %(all)d left") % {
        "what": view.prescription.what, "left": view.usage.left, "all": view.usage.sessions,
    }  # fmt: skip


class ShiftForm(Form):
    """Where an appointment of a series goes, and which others go along by the same shift."""

    scope = RadioField(label=gettext_lazy("What is moved?"), choices=SeriesScope.choices, initial=SeriesScope.FOLLOWING)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"] = day_field(
            _("New day of this appointment"), today=today, help_text=_("For example 26 November or 26.11.2026.")
        )
        self.fields["clock"] = clock_field()
        self.today = today

    def clean_day(self) -> date:
        return _near(self.cleaned_data["day"], self.today)


class CancelSeriesForm(CancelReasonForm):
    field_order = ("scope", "reason")
    scope = RadioField(label=gettext_lazy("What is cancelled?"), choices=SeriesScope.choices, initial=SeriesScope.ONE)


class ChainForm(Form):
    """Two to five services one after the other, from a day on."""

    def __init__(self, *args: Any, bookable: Iterable[int], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = _offers(bookable)
        choices = self._choices()
        for number in range(1, MOST_PARTS + 1):
            self.fields[f"part-{number}"] = forms.ChoiceField(
                label=_("Part %(number)d") % {"number": number}, choices=choices, required=number <= FEWEST_PARTS,
                error_messages={"required": _("Choose at least two services.")},
            )  # fmt: skip
        self.fields["from"] = day_field(
            _("From date"), today=today, required=False, help_text=_("For example 26 November or 26.11.2026.")
        )
        self.fields["gap"] = number_field(
            _("Minutes between two parts, at most"), least=0, most=60, initial=15, help_text=_("0 to 60.")
        )
        self.today = today

    def _choices(self) -> list[tuple[str, Any]]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for offer in self.offers:
            own = groups.setdefault(offer.reason.name, [(str(offer.reason_id), _("Anyone"))])
            own.append((f"{offer.reason_id}-{offer.calendar_id}", offer.calendar.name))
        return list(groups.items())

    def clean_from(self) -> date | None:
        day = self.cleaned_data["from"]
        return day and _near(day, self.today)

    def steps(self) -> list[Step]:
        given = (self.cleaned_data.get(f"part-{number}") for number in range(1, MOST_PARTS + 1))
        return [self._step(value) for value in given if value]

    def _step(self, value: str) -> Step:
        reason, _dash, calendar = value.partition("-")
        offering = tuple(offer.calendar_id for offer in self.offers if offer.reason_id == int(reason))
        return Step(int(reason), (int(calendar),) if calendar else offering)

    @property
    def gap(self) -> timedelta:
        return timedelta(minutes=self.cleaned_data["gap"])

    def typed(self) -> list[tuple[str, str]]:
        return [(name, value) for name in self.fields for value in self.data.getlist(name) if value]
