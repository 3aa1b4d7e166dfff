"""What people type for a second factor, and about it."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Factor
from accounts.forms import MobileField
from doctolib.forms import CodeField, Form


class SmsCodeForm(Form):
    code = CodeField(label=_("Code"), help_text=_("The 6 digits from the text message."))


class AppCodeForm(Form):
    code = CodeField(
        label=_("Code"),
        help_text=_("The 6 digits that your authenticator app shows now."),
        error_messages={"required": _("Enter the code from your app.")},
    )


class RecoveryCodeForm(Form):
    code = forms.CharField(
        label=_("Recovery code"),
        help_text=_("One of the codes that you have kept, 24 letters and digits."),
        error_messages={"required": _("Enter one of your recovery codes.")},
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        return re.sub(r"[\W_]", "", self.cleaned_data["code"]).upper()


class PasskeyForm(Form):
    """The answer is put in by a script (passkey.js)."""

    code = forms.CharField(
        widget=forms.HiddenInput,
        max_length=20_000,
        error_messages={"required": _("The passkey was not used. Try again, or choose another way.")},
    )


class NewPasskeyForm(Form):
    name = forms.CharField(
        label=_("Name of the passkey"),
        help_text=_("So that you know it again, for example: office computer."),
        error_messages={"required": _("Give the passkey a name.")},
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    answer = forms.CharField(
        widget=forms.HiddenInput,
        max_length=50_000,
        error_messages={"required": _("The passkey was not made. Try again.")},
    )


class NumberForm(Form):
    phone = MobileField(label=_("Mobile number"), help_text=_("We send a code to it when you sign in on a new device."))


FORMS: dict[Factor, type[Form]] = {
    Factor.PASSKEY: PasskeyForm,
    Factor.APP: AppCodeForm,
    Factor.SMS: SmsCodeForm,
    Factor.RECOVERY: RecoveryCodeForm,
}
