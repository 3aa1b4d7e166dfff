"""A new appointment: for whom, what for, when. A patient who is not known yet is entered in the same form."""

from collections.abc import Collection, Iterator
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from accounts.enums import Sex
from appointments.forms_desk import OFF, CalendarField, LocalMomentField, MinutesField, RoomField, pk_of
from appointments.models import Calendar, CalendarReason, RequiredResource, Resource, VisitReason
from appointments.selectors.slots import Slot
from crypto.normalise import normalise_phone
from doctolib.forms import BirthDateField, CheckboxField, EmailField, Form, NameField, PhoneField
from patients.models import Patient

NEW = ("last_name", "first_name", "birth_date", "sex", "phone", "email")


class ReasonSelect(forms.Select):
    """Tells scripts how long each reason takes."""

    minutes: dict[int, int] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["data-minutes"] = self.minutes.get(value.value, "")
        return option


class ReasonChoices(forms.models.ModelChoiceIterator):
    """Where a room or device is wanted, the reasons that need it come first, by themselves."""

    def __iter__(self) -> Iterator[Any]:
        field = cast("ReasonField", self.field)
        if field.room is None:
            yield from super().__iter__()
            return
        yield ("", field.empty_label)
        reasons = list(self.queryset)
        for label, is_in in ((_("With %(room)s"), True), (_("Without %(room)s"), False)):
            choices = [self.choice(reason) for reason in reasons if (reason.pk in field.in_room) is is_in]
            if choices:
                yield (label % {"room": field.room.name}, choices)


class ReasonField(forms.ModelChoiceField):
    """The reasons of a calendar, each with how long it takes there."""

    iterator = ReasonChoices
    room: Resource | None = None  # the one wanted, and the reasons that need it
    in_room: Collection[int] = ()

    default_error_messages = {
        "required": _("Choose a reason."),
        "invalid_choice": _("This calendar does not offer this reason."),
    }
    minutes: dict[int, int]

    def label_from_instance(self, reason: VisitReason) -> str:
        return _("%(reason)s (%(minutes)d min)") % {"reason": reason.name, "minutes": self.minutes[reason.pk]}


class NewForm(Form):
    """``patient`` is a record that was found; without it, the fields of ``NEW`` make one."""

    calendar = CalendarField()
    start = LocalMomentField(label=_("Day and time"))
    reason = ReasonField(
        queryset=VisitReason.objects.none(), label=_("Reason"), empty_label=_("Please choose"), widget=ReasonSelect
    )
    minutes = MinutesField(required=False, help_text=_("Only if it is to be longer or shorter than usual."))
    room = RoomField(empty_label=_("Any that is free"))
    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, **OFF}),
        help_text=_("For your colleagues. The patient does not see it."),
    )
    q = forms.CharField(label=_("Patient"), required=False, max_length=200)
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    last_name = NameField(
        label=_("Last name"), autocomplete="off", error_messages={"required": _("Enter the last name.")}
    )
    first_name = NameField(
        label=_("First name"), autocomplete="off", error_messages={"required": _("Enter the first name.")}
    )
    birth_date = BirthDateField(label=_("Date of birth"), own=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, required=False, initial=Sex.UNKNOWN)
    phone = PhoneField(
        label=_("Phone"), required=False, widget=forms.TextInput(attrs={"type": "tel", "class": "width-20", **OFF})
    )
    email = EmailField(label=_("Email"), autocomplete="off", required=False)
    anyway = CheckboxField(label=_("This is somebody else. Make a new record."), required=False)

    def __init__(
        self,
        *args: Any,
        calendars: QuerySet[Calendar],
        equipment: QuerySet[Resource],
        patients: QuerySet[Patient],
        calendar_id: int | None,
        room_id: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.patients = patients
        self.fields["calendar"].queryset = calendars
        self.fields["room"].queryset = equipment
        shown = calendars.filter(pk=calendar_id).order_by()  # what may not be seen has no reasons to show
        offers = CalendarReason.objects.filter(calendar__in=shown, reason__is_archived=False).select_related("reason")
        field = self.fields["reason"]
        field.minutes = field.widget.minutes = {
            offer.reason_id: offer.duration or offer.reason.duration for offer in offers
        }
        field.room = equipment.filter(pk=room_id).first() if room_id else None
        if field.room is not None:
            needs = RequiredResource.objects.filter(resource=field.room, requirement__reason__in=field.minutes)
            field.in_room = set(needs.values_list("requirement__reason_id", flat=True))
        field.queryset = VisitReason.objects.filter(pk__in=field.minutes)

    def typed(self) -> "NewForm":
        """The same with what was typed and without any error: nothing has been asked for yet."""
        self._errors = ErrorDict()
        return self

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        try:
            return normalise_phone(text) if text else ""
        except ValueError:
            raise forms.ValidationError(_("Enter a phone number, like 0641 123456.")) from None

    def clean_patient(self) -> Patient | None:
        number: UUID | None = self.cleaned_data["patient"]
        if number is None:
            return None
        found = self.patients.filter(pk=number).first()
        if found is None:
            raise forms.ValidationError(_("This patient’s record is not there any more. Please search again."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.names_someone_new or data.get("patient"):
            for name in NEW:  # nobody has begun there, or it does not matter any more
                self.errors.pop(name, None)
        if not (self.names_someone_new or data.get("patient") or "patient" in self.errors):
            self.add_error("q", _("Choose a patient, or enter a new one."))
        return data

    @property
    def names_someone_new(self) -> bool:
        """Whether somebody has begun to enter a new patient."""
        parts = (f"birth_date_{part}" for part in range(3))
        return any(self.data.get(name, "").strip() for name in ("last_name", "first_name", *parts, "phone", "email"))

    def slot(self) -> Slot:
        data = self.cleaned_data
        return Slot(data["calendar"].pk, data["reason"].pk, data["start"], data["minutes"], pk_of(data["room"]))
