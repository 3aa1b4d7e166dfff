"""What professionals type to save a selection of calendars."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Unit
from appointments.enums import CalendarView, Colouring
from appointments.models import ZOOMS
from doctolib.forms import Form

ZOOM_WORDS = (
    pgettext_lazy("row height", "Compact"),
    pgettext_lazy("row height", "Medium"),
    pgettext_lazy("row height", "Large"),
)


class SelectionForm(Form):
    name = forms.CharField(label=_("Name"), max_length=60, error_messages={"required": _("Enter a name.")})
    view = forms.ChoiceField(label=_("View"), choices=CalendarView.choices)
    colours = forms.ChoiceField(label=_("Colours stand for"), choices=Colouring.choices)
    zoom = forms.TypedChoiceField(label=_("Row height"), coerce=int, choices=list(zip(ZOOMS, ZOOM_WORDS, strict=True)))
    unit = forms.ModelChoiceField(
        label=_("Who sees it"),
        queryset=None,
        required=False,
        empty_label=_("only me"),
        help_text=_("Everybody sees only the calendars that they have a right on."),
    )

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])
        self.fields["unit"].choices = [("", _("only me")), *((unit.pk, unit.name) for unit in units)]
