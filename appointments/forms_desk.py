"""What staff type to book, move, and say about a visit."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Calendar, Resource, VisitReason
from appointments.selectors.series_dates import minutes_of
from appointments.selectors.slots import Slot
from doctolib.forms import Form

STATUSES = [choice for choice in AppointmentStatus.choices if choice[0] != AppointmentStatus.CANCELLED]
OFF = {"autocomplete": "off"}  # other people's data


class LocalMomentField(forms.DateTimeField):
    """``2026-11-26T09:00`` in the clinic's own time; whole minutes."""

    default_error_messages = {
        "required": _("Enter day and time."),
        "invalid": _("Enter day and time, like 26.11.2026, 09:00."),
    }
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y, %H:%M", "%d.%m.%Y %H:%M")

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "datetime-local", "step": "300", "class": "width-20", **OFF}
        widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%dT%H:%M")
        super().__init__(**{"widget": widget, "input_formats": self.input_formats, **kwargs})

    def to_python(self, value: Any) -> datetime | None:
        """On a day when clocks change, a time that does not exist is moved on, not refused."""
        found = forms.Field.to_python(self, value)
        for form in self.input_formats if found else ():
            try:
                naive = datetime.strptime(str(found).strip(), form)
            except ValueError:
                continue
            if not 2000 <= naive.year <= 2200:
                break
            return naive.replace(tzinfo=timezone.get_current_timezone())
        if found:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return None


class MinutesField(forms.IntegerField):
    default_error_messages = {
        "required": _("Enter the length in minutes."),
        "invalid": _("The length must be 5 to 720 minutes."),
        "min_value": _("The length must be 5 to 720 minutes."),
        "max_value": _("The length must be 5 to 720 minutes."),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.NumberInput(attrs={"step": "5", "inputmode": "numeric", "class": "width-5", **OFF})
        super().__init__(
            **{"min_value": 5, "max_value": 720, "widget": widget, "label": _("Length in minutes"), **kwargs}
        )
        for message in ("min_value", "max_value"):
            self.error_messages[message] = self.default_error_messages[message]


class CalendarField(forms.ModelChoiceField):
    default_error_messages = {
        "required": _("Choose a calendar."),
        "invalid_choice": _("There is no such calendar."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"queryset": Calendar.objects.none(), "label": _("Calendar"), "empty_label": None, **kwargs})


class RoomField(forms.ModelChoiceField):
    """The room or device that somebody wishes for; without a wish the clinic's rules choose."""

    default_error_messages = {"invalid_choice": _("There is no such room or device.")}

    def __init__(self, **kwargs: Any) -> None:
        usual = {"queryset": Resource.objects.none(), "label": _("Room or device"), "required": False}
        super().__init__(**{**usual, **kwargs})


class VersionField(forms.IntegerField):
    """The version seen: whoever changes something that is another one by now is told."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "widget": forms.HiddenInput, **kwargs})


class MoveForm(Form):
    """Another time, calendar, length or room. Without ``room`` it keeps its rooms where they are free."""

    start = LocalMomentField(label=_("Day and time"))
    minutes = MinutesField()
    calendar = CalendarField()
    room = RoomField(empty_label=_("As now, if it is free"))
    version = VersionField()

    def __init__(
        self,
        *args: Any,
        calendars: QuerySet[Calendar],
        equipment: QuerySet[Resource],
        appointment: Appointment,
        **kwargs: Any,
    ) -> None:
        initial = {
            "start": timezone.localtime(appointment.starts_at),
            "minutes": minutes_of(appointment),
            "calendar": appointment.calendar_id,
            "version": appointment.version,
        }
        super().__init__(*args, **{**kwargs, "initial": {**initial, **(kwargs.get("initial") or {})}})
        self.appointment = appointment
        self.fields["calendar"].queryset = calendars
        self.fields["room"].queryset = equipment

    @property
    def has_rooms(self) -> bool:
        return self.fields["room"].queryset.exists()

    def slot(self) -> Slot:
        data = self.cleaned_data
        return Slot(
            data["calendar"].pk, self.appointment.reason_id, data["start"], data["minutes"], pk_of(data["room"])
        )


def pk_of(resource: Resource | None) -> int | None:
    return resource.pk if resource else None


class StatusForm(Form):
    status = forms.ChoiceField(choices=STATUSES)
    version = VersionField()


class StatusOfChosenForm(Form):
    status = forms.ChoiceField(label=_("Status"), choices=STATUSES)


class NoteForm(Form):
    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, **OFF}),
        help_text=_("For your colleagues. The patient does not see it."),
    )
    version = VersionField()


class PreviewForm(Form):
    """A time to look at: for an appointment that is moved, or a reason."""

    calendar = CalendarField()
    start = LocalMomentField()
    minutes = MinutesField(required=False)
    room = RoomField()
    appointment = forms.ModelChoiceField(queryset=Appointment.objects.none(), required=False)
    reason = forms.ModelChoiceField(queryset=VisitReason.objects.none(), required=False)

    def __init__(
        self, *args: Any, calendars: QuerySet, equipment: QuerySet, appointments: QuerySet, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].queryset = calendars
        self.fields["room"].queryset = equipment
        self.fields["appointment"].queryset = appointments
        self.fields["reason"].queryset = VisitReason.objects.all()


class CancelReasonForm(Form):
    """Why a visit, or several, is cancelled by the clinic."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=_("For your colleagues. The patient does not see it."),
    )
