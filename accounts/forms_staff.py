"""What administrators type about the accounts and the profile of their organisation."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField, OwnNameField, PasswordField
from accounts.models import Organisation, Unit
from accounts.passwords import refuse_weak
from doctolib.forms import CheckboxesField, Form, ModelForm

LANGUAGES = [("de", "Deutsch"), ("en", "English")]


class NameForm(Form):
    first_name = OwnNameField(
        autocomplete="off", label=_("First name"), error_messages={"required": _("Enter the first name.")}
    )
    last_name = OwnNameField(
        autocomplete="off", label=_("Last name"), error_messages={"required": _("Enter the last name.")}
    )


class InviteForm(NameForm):
    email = AddressField(
        autocomplete="off", label=_("Email address"), help_text=_("The link to the new account goes there.")
    )
    language = forms.ChoiceField(label=_("Language of the messages"), choices=LANGUAGES)
    units = CheckboxesField(
        label=_("Units"),
        required=False,
        help_text=_("The person has what these units were given. You can give more under “Rights”."),
    )

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._units = {str(unit.pk): unit for unit in units}
        self.fields["units"].choices = [(pk, unit.name) for pk, unit in self._units.items()]

    def chosen_units(self) -> list[Unit]:
        return [self._units[pk] for pk in self.cleaned_data["units"]]


class EndForm(Form):
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From the day after nobody can sign in with this account. Empty: without an end."),
    )


class AcceptForm(Form):
    """The invited person's own names and password."""

    first_name = OwnNameField(
        autocomplete="given-name", label=_("First name"), error_messages={"required": _("Enter your first name.")}
    )
    last_name = OwnNameField(
        autocomplete="family-name", label=_("Last name"), error_messages={"required": _("Enter your last name.")}
    )
    password = PasswordField(
        new=True,
        label=_("Password"),
        help_text=_("At least 8 characters. Choose one that you use nowhere else."),
        error_messages={"required": _("Choose a password.")},
    )

    def __init__(self, *args: Any, known: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = known

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            try:
                refuse_weak(password, known=[*self._known, data.get("first_name", ""), data.get("last_name", "")])
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class ContactForm(ModelForm):
    """How patients reach the organisation; what they read of it is a profile (forms_profile)."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Organisation
        fields = ["name", "phone", "email", "website"]
        labels = {"name": _("Name"), "phone": _("Phone"), "email": _("Email address")}
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "class": "width-20"})}
