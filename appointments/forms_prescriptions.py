"""What staff say of a prescription."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from appointments.models import Appointment, Prescription
from appointments.selectors.prescriptions import prescriptions_of
from appointments.selectors.recurrence import MOST_DATES
from appointments.services.prescriptions import Prescribed
from doctolib.forms import CheckboxField, Form

from .forms_series import day_field, number_field, prescription_text


class PrescriptionForm(Form):
    what = forms.CharField(
        label=gettext_lazy("What is prescribed?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter what is prescribed.")},
    )
    sessions = number_field(gettext_lazy("Number of sessions"), most=MOST_DATES)
    a_week = number_field(gettext_lazy("Sessions a week"), most=14, initial=1)
    counts_no_shows = CheckboxField(label=gettext_lazy("A missed session is used up"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["issued_on"] = day_field(_("Issued on"), today=today, help_text=_("For example 26.11.2026."))
        self.fields["valid_until"] = day_field(_("Valid until"), today=today, help_text=_("For example 26.11.2026."))
        order = ["what", "sessions", "a_week", "issued_on", "valid_until", "counts_no_shows"]
        self.order_fields(order)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        issued, until = given.get("issued_on"), given.get("valid_until")
        if issued and until and until < issued:
            self.add_error("valid_until", _("The last day must not be before the day of issue."))
        return given

    def prescribed(self) -> Prescribed:
        return Prescribed(**{name: self.cleaned_data[name] for name in Prescribed.__slots__})

    @staticmethod
    def initial_of(prescription: Prescription) -> dict[str, Any]:
        values = {name: getattr(prescription, name) for name in Prescribed.__slots__}
        for name in ("issued_on", "valid_until"):
            values[name] = values[name].strftime("%d.%m.%Y")
        return values


class TieForm(Form):
    """For which prescription an appointment counts."""

    def __init__(self, *args: Any, found: Appointment, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        views = prescriptions_of(found.patient_id, today=today)
        usable = [each for each in views if each.can_be_used or each.prescription.pk == found.prescription_id]
        choices = [(str(each.prescription.pk), prescription_text(each)) for each in usable]
        self.fields["prescription"] = forms.ChoiceField(
            label=_("Counts for this prescription"),
            required=False,
            choices=[("", pgettext("in a list", "None")), *choices],
        )
