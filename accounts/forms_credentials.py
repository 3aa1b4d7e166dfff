"""What people type to change what they sign in with."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField, MobileField, PasswordField
from accounts.passwords import refuse_weak
from crypto.normalise import normalise_email
from doctolib.forms import Form


class CurrentPasswordForm(Form):
    """A change asks for the password that is: an open browser is not enough."""

    current = PasswordField(
        label=_("Current password"), error_messages={"required": _("Enter the password you have now.")}
    )


class ChangePasswordForm(CurrentPasswordForm):
    new = PasswordField(
        new=True,
        label=_("New password"),
        help_text=_("8 characters or more. Several words in a row are easy to remember."),
        error_messages={"required": _("Choose a password.")},
    )

    def __init__(self, *args: Any, known: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean_new(self) -> str:
        new = self.cleaned_data["new"]
        refuse_weak(new, known=self.known)
        if new == self.cleaned_data.get("current"):
            raise ValidationError(_("This is the password you have now. Choose another one."), code="same")
        return new


class ChangeEmailForm(CurrentPasswordForm):
    email = AddressField(label=_("New email address"))
    field_order = ("email", "current")

    def __init__(self, *args: Any, current_email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current_email = current_email

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if normalise_email(email) == normalise_email(self.current_email):
            raise ValidationError(_("This is the address you have now. Enter another one."), code="same")
        return email


class ChangePhoneForm(CurrentPasswordForm):
    phone = MobileField(label=_("New mobile number"), help_text=_("We send a code to this number."))
    field_order = ("phone", "current")
