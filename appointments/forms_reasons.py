"""What administrators say about a visit reason, a section a form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.forms_set_up import NUMBER, plain, textarea
from accounts.models import Unit
from appointments.enums import Audience, HorizonUnit, Referral
from appointments.models import VisitReason
from appointments.selectors.spans import minutes_text
from doctolib.forms import CheckboxesField, CheckboxField, ModelForm, RadioField
from patients.enums import Insurance

HOUR, DAY = 60, 24 * 60
SPANS = [0, 15, 30, *(h * HOUR for h in (1, 2, 3, 4, 6, 8, 12, 18)), *(d * DAY for d in (1, 2, 3, 4, 5, 7, 10, 14, 28))]
WHOLE = {name: _("Enter a whole number.") for name in ("required", "invalid")}


def number(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={**NUMBER, **attrs})


class SpanField(forms.TypedChoiceField):
    """Minutes, chosen from usual spans; what stands there already can stay."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, **kwargs)

    def offer(self, kept: int) -> None:
        self.choices = [(span, minutes_text(span)) for span in sorted({*SPANS, kept})]


class SectionForm(ModelForm):
    """Some fields of a reason. ``title`` heads the page, ``text`` says what they are for."""

    title: Promise
    text: Promise | str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name not in self.declared_fields and name not in (self._meta.help_texts or {}):
                field.help_text = ""  # the table's own is for developers
            if isinstance(field, SpanField):
                field.offer(getattr(self.instance, name) or 0)

    def clean(self) -> dict[str, Any]:
        return super().clean() or self.cleaned_data


class NamesForm(SectionForm):
    title = _("Name and colour")

    class Meta:
        model = VisitReason
        fields = ["name_de", "name_en", "code", "edge"]
        labels = {
            "name_de": _("Name in German"),
            "name_en": _("Name in English"),
            "code": _("Short code"),
            "edge": _("Colour in the calendar"),
        }
        help_texts = {
            "name_de": _("As patients call it, like “First consultation”."),
            "name_en": _("Empty: patients read the German name."),
            "code": _("At most 6 characters, for the cards of the calendar."),
        }
        widgets = {
            "name_de": plain(lang="de"),
            "name_en": plain(lang="en"),
            "code": plain(**{"class": "width-5"}),
        }
        error_messages = {"name_de": {"required": _("Enter a name.")}}


class AddForm(NamesForm):
    """A new reason: the rest has sensible values and is shown next."""

    class Meta(NamesForm.Meta):
        fields = ["unit", "name_de", "name_en", "code", "duration"]
        labels = {**NamesForm.Meta.labels, "unit": _("Unit"), "duration": _("Duration in minutes")}
        widgets = {**NamesForm.Meta.widgets, "duration": number()}
        error_messages = {**NamesForm.Meta.error_messages, "duration": WHOLE, "unit": {"required": _("Choose a unit.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.all()
        self.fields["unit"].empty_label = None if self.fields["unit"].queryset.count() == 1 else _("Please choose")

    def clean_duration(self) -> int:
        return _some_minutes(self.cleaned_data["duration"])


class TimeForm(SectionForm):
    title = _("Duration")
    text = _("Calendars can have a duration of their own.")

    class Meta:
        model = VisitReason
        fields = ["duration", "buffer_before", "buffer_after", "step", "capacity"]
        labels = {
            "duration": _("Duration in minutes"),
            "buffer_before": _("Minutes kept free before"),
            "buffer_after": _("Minutes kept free afterwards"),
            "step": _("A time is offered every so many minutes"),
            "capacity": _("Patients at one time"),
        }
        help_texts = {
            "buffer_before": _("To prepare. Patients do not see them."),
            "buffer_after": _("To clean up or to write."),
            "step": _("With 15: 9:00, 9:15, 9:30."),
            "capacity": _("More than 1 is a group: all who book that time come together."),
        }
        widgets = {name: number() for name in fields}
        error_messages = dict.fromkeys(fields, WHOLE)

    def clean_duration(self) -> int:
        return _some_minutes(self.cleaned_data["duration"])

    def clean_step(self) -> int:
        return _some_minutes(self.cleaned_data["step"])

    def clean_capacity(self) -> int:
        if self.cleaned_data["capacity"] < 1:
            raise ValidationError(_("At least 1 patient."), code="least")
        return self.cleaned_data["capacity"]


class OnlineForm(SectionForm):
    title = _("Booking online")
    text = _("For patients. You can book any free time.")
    is_online = CheckboxField(label=_("Patients can book it online"), required=False)
    minimum_notice = SpanField(
        label=_("At the latest so long before the visit"), help_text=_("0 minutes: until the visit begins.")
    )
    horizon_unit = RadioField(
        label=_("Counted in"),
        choices=HorizonUnit.choices,
        hints={HorizonUnit.MONTHS: _("Months end with a month: 1 is to the end of next month.")},
    )

    class Meta:
        model = VisitReason
        fields = ["is_online", "minimum_notice", "horizon", "horizon_unit", "opens_at"]
        labels = {"horizon": _("How far ahead"), "opens_at": _("A new day opens at")}
        help_texts = {
            "horizon": _("With 90 days, times in the next 90 days are offered."),
            "opens_at": _("Like 08:00: the next day can be booked from 8 o’clock on. Empty: at midnight."),
        }
        widgets = {
            "horizon": number(),
            "opens_at": forms.TimeInput(attrs={"type": "time", "class": "width-5"}, format="%H:%M"),
        }
        error_messages = {"horizon": WHOLE}

    def clean_is_online(self) -> bool:
        if self.cleaned_data["is_online"] and self.instance.is_archived:
            raise ValidationError(_("The reason is archived. Bring it back first."), code="archived")
        return self.cleaned_data["is_online"]


class WhoForm(SectionForm):
    title = _("Who may book online")
    text = _("You can book it for everybody.")
    audience = RadioField(
        label=_("New or known patients"),
        choices=Audience.choices,
        hints={Audience.KNOWN: _("Known is who had an appointment here, or has one.")},
    )
    insurances = CheckboxesField(
        label=_("Insurance"),
        choices=Insurance.choices,
        error_messages={"required": _("Choose at least one insurance.")},
    )
    only_as_follow_up = CheckboxField(
        label=_("Only as a follow-up"),
        required=False,
        help_text=_("It stands in no list. It is offered to patients after a visit that leads to it."),
    )

    class Meta:
        model = VisitReason
        fields = ["audience", "seen_within", "insurances", "age_from", "age_until", "only_as_follow_up"]
        labels = {
            "seen_within": _("Seen here within so many months"),
            "age_from": _("Age from"),
            "age_until": _("Age until"),
        }
        help_texts = {
            "seen_within": _("Empty: it does not matter."),
            "age_from": _("Years on the day of the visit. Empty: any age."),
            "age_until": _("This year included. 17: until the day before the 18th birthday."),
        }
        widgets = {name: number() for name in ("seen_within", "age_from", "age_until")}
        error_messages = dict.fromkeys(("seen_within", "age_from", "age_until"), WHOLE)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("age_from"), data.get("age_until")
        if first is not None and last is not None and last < first:
            self.add_error("age_until", _("This must not be less than “Age from”."))
        if data.get("audience") == Audience.NEW and data.get("seen_within") is not None:
            self.add_error("seen_within", _("New patients were not seen before. Leave it empty, or choose others."))
        return data


class LimitsForm(SectionForm):
    title = _("Limits, moving and cancelling")
    text = _("For patients online. You can always move and cancel.")
    move_until = SpanField(label=_("Moving until so long before the visit"))
    cancel_until = SpanField(label=_("Cancelling until so long before the visit"))

    class Meta:
        model = VisitReason
        fields = ["most_live", "move_until", "cancel_until", "most_moves"]
        labels = {
            "most_live": _("Coming appointments of one patient, at most"),
            "most_moves": _("How often an appointment can be moved"),
        }
        help_texts = {"most_live": _("Empty: no limit."), "most_moves": _("0: never. Empty: no limit.")}
        widgets = {name: number() for name in ("most_live", "most_moves")}
        error_messages = dict.fromkeys(("most_live", "most_moves"), WHOLE)

    def clean_most_live(self) -> int | None:
        if self.cleaned_data["most_live"] == 0:
            raise ValidationError(_("With 0 nobody could book. Leave it empty, or take it off the web."), code="least")
        return self.cleaned_data["most_live"]


class VisitForm(SectionForm):
    title = _("Before the visit")
    referral = RadioField(label=_("Referral"), choices=Referral.choices)

    class Meta:
        model = VisitReason
        fields = ["referral", "price", "instructions_de", "instructions_en"]
        labels = {
            "price": _("Price in euros"),
            "instructions_de": _("Please note, in German"),
            "instructions_en": _("Please note, in English"),
        }
        help_texts = {
            "price": _("Shown to those who pay themselves. Empty: no price is shown."),
            "instructions_de": _("Patients read it before and after booking, like “Please do not eat for six hours”."),
            "instructions_en": _("Empty: patients read the German text."),
        }
        widgets = {
            "price": forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "width-5"}),
            "instructions_de": textarea("de"),
            "instructions_en": textarea("en"),
        }
        localized_fields = ["price"]


class AfterForm(SectionForm):
    title = _("After the visit")

    class Meta:
        model = VisitReason
        fields = ["follow_up", "follow_up_from", "follow_up_until", "recall_after"]
        labels = {
            "follow_up": _("Leads to"),
            "follow_up_from": _("From so many days after the visit"),
            "follow_up_until": _("Until so many days after the visit"),
            "recall_after": _("Invite again after so many months"),
        }
        help_texts = {
            "follow_up": _("The reason of the next visit, like “Removing stitches”."),
            "recall_after": _("Empty: never. Only patients who allowed it are asked."),
        }
        widgets = {name: number() for name in ("follow_up_from", "follow_up_until", "recall_after")}
        error_messages = dict.fromkeys(("follow_up_from", "follow_up_until", "recall_after"), WHOLE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = VisitReason.objects.filter(unit=self.instance.unit_id, is_archived=False).exclude(pk=self.instance.pk)
        kept = VisitReason.objects.filter(pk=self.instance.follow_up_id)
        self.fields["follow_up"].queryset = others | kept
        self.fields["follow_up"].empty_label = _("nothing")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("follow_up_from"), data.get("follow_up_until")
        if data.get("follow_up"):
            for name in ("follow_up_from", "follow_up_until"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Enter a number of days."))
            if first is not None and last is not None and last < first:
                self.add_error("follow_up_until", _("The last day must not be before the first."))
        elif "follow_up" in data:
            data["follow_up_from"] = data["follow_up_until"] = None
        if data.get("recall_after") == 0:
            self.add_error("recall_after", _("At least 1 month. Empty: never."))
        return data


SECTIONS: dict[str, type[SectionForm]] = {
    "names": NamesForm,
    "time": TimeForm,
    "online": OnlineForm,
    "who": WhoForm,
    "limits": LimitsForm,
    "visit": VisitForm,
    "after": AfterForm,
}


def _some_minutes(minutes: int) -> int:
    if minutes < 1:
        raise ValidationError(_("At least 1 minute."), code="least")
    return minutes
