"""What an account's owner types in the account's own area."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.enums import Sex
from accounts.forms import OwnNameField, PasswordField
from doctolib.forms import BirthDateField, Form, RadioField


class OthersBirthDateField(BirthDateField):
    """Someone else's: the browser does not fill it in, and the words do not say "your"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(own=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        try:
            return super().clean(value)
        except ValidationError as error:
            if getattr(error, "code", None) != "required":
                raise
            raise ValidationError(_("Enter the date of birth."), code="required", params=error.params) from None


class RelativeForm(Form):
    first_name = OwnNameField(
        autocomplete="off", label=_("First name"), error_messages={"required": _("Enter the first name.")}
    )
    last_name = OwnNameField(
        autocomplete="off", label=_("Last name"), error_messages={"required": _("Enter the last name.")}
    )
    birth_date = OthersBirthDateField(label=_("Date of birth"), help_text=_("For example 27 3 1980."))
    sex = RadioField(
        required=False,
        label=_("Sex"),
        choices=[(Sex.FEMALE, _("Female")), (Sex.MALE, _("Male")), (Sex.OTHER, _("Diverse"))],
    )

    def clean_sex(self) -> str:
        return self.cleaned_data["sex"] or Sex.UNKNOWN


class DeleteAccountForm(Form):
    password = PasswordField(label=_("Password"), help_text=_("So that nobody else deletes your account."))
