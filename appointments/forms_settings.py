"""What administrators type to set calendars and units up."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms_set_up import plain
from accounts.models import Practitioner, Site, Unit
from accounts.selectors import Professional
from appointments.enums import ResourceKind
from appointments.models import Resource
from doctolib.forms import CheckboxField, Form, ModelForm, RadioField


class ResourceForm(Form):
    kind = RadioField(label=_("Kind"), choices=ResourceKind.choices, initial=ResourceKind.CALENDAR)
    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("Enter a name.")})
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=None, empty_label=None)
    site = forms.ModelChoiceField(label=_("Site"), queryset=None, empty_label=None)
    practitioner = forms.ModelChoiceField(
        label=_("Practitioner"),
        queryset=None,
        required=False,
        empty_label=_("nobody"),
        help_text=_("Whose calendar it is. Rooms and devices have nobody."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.all()
        self.fields["site"].queryset = Site.objects.all()
        self.fields["practitioner"].queryset = Practitioner.objects.all()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("practitioner") and data.get("kind") != ResourceKind.CALENDAR:
            raise ValidationError({"practitioner": _("Only a calendar belongs to a practitioner.")})
        return data


class ResourceChangeForm(ModelForm):
    """A calendar, room or device as it is; what kind it is stays."""

    is_active = CheckboxField(
        label=_("In use"),
        required=False,
        help_text=_("What is not in use is not booked any more. Appointments that are there stay."),
    )
    is_online = CheckboxField(label=_("Patients can book it online"), required=False)

    class Meta:
        model = Resource
        fields = ["name", "unit", "site", "practitioner", "edge", "is_online", "is_active"]
        labels = {
            "name": _("Name"),
            "unit": _("Unit"),
            "site": _("Site"),
            "practitioner": _("Practitioner"),
            "edge": _("Colour"),
        }
        help_texts = {"practitioner": _("Whose calendar it is.")}
        widgets = {"name": plain()}
        error_messages = {"name": {"required": _("Enter a name.")}, "unit": {"required": _("Choose a unit.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("unit", Unit), ("site", Site), ("practitioner", Practitioner)):
            self.fields[name].queryset = rows.objects.all()
        self.fields["site"].empty_label = None
        self.fields["practitioner"].empty_label = _("nobody")
        if self.instance.kind == ResourceKind.CALENDAR:
            self.fields["unit"].required, self.fields["unit"].empty_label = True, None
        else:
            del self.fields["practitioner"], self.fields["is_online"]
            self.fields["unit"].empty_label = _("no unit")


class MemberForm(Form):
    """Someone who is not in the unit yet."""

    person = forms.TypedChoiceField(label=_("Add a person"), coerce=UUID)

    def __init__(self, *args: Any, people: list[Professional], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(str(each.id), each.sorted) for each in people]
