"""What administrators type to set calendars and units up."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Practitioner, Site, Unit
from accounts.selectors import Professional
from appointments.enums import ResourceKind
from doctolib.forms import Form, RadioField


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


class MemberForm(Form):
    """Someone who is not in the unit yet."""

    person = forms.TypedChoiceField(label=_("Add a person"), coerce=UUID)

    def __init__(self, *args: Any, people: list[Professional], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(str(each.id), each.sorted) for each in people]
