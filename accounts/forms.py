"""What people type when they sign up or in. Words: docs/design-system.md; errors say what to do."""

import re
import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.passwords import refuse_weak
from accounts.services.signin import SignInRefused, check_credentials
from accounts.throttling import Throttled
from crypto.normalise import normalise_email, normalise_phone
from doctolib.forms import BirthDateField, CheckboxField, CodeField, EmailField, Form, NameField, PhoneField
from doctolib.forms import PasswordField as ShownPasswordField
from doctolib.templatetags.ui import clock_text

MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
NOT_RIGHT = _("The email address or password is not right. Check both.")


class AddressField(EmailField):
    """An e-mail address as it was typed; one that we could not look up again is refused."""

    def clean(self, value: Any) -> str:
        address = super().clean(value)
        try:
            normalise_email(address)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return address


class MobileField(PhoneField):
    """A mobile number in any spelling, as E.164; numbers without a country are German."""

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        try:
            number = phonenumbers.parse(normalise_phone(typed))
        except ValueError:
            raise ValidationError(self.error_messages["required"], code="invalid") from None
        if phonenumbers.number_type(number) not in MOBILE:
            raise ValidationError(
                _("This number cannot get text messages. Enter a mobile number, like 0152 28817386."), code="not_mobile"
            )
        if phonenumbers.region_code_for_number(number) not in settings.SMS_COUNTRIES:
            raise ValidationError(
                _("We send text messages to numbers from Germany, Austria and Switzerland only. Call the clinic."),
                code="country",
            )
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PasswordField(ShownPasswordField):
    """One spelling where keyboards send an umlaut in two ways; blanks count."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFC", super().to_python(value))


class OwnNameField(NameField):
    def to_python(self, value: Any) -> str:
        return re.sub(r"\s+", " ", super().to_python(value))

    def validate(self, value: str) -> None:
        super().validate(value)
        if not any(sign.isalpha() for sign in value) or any(unicodedata.category(sign) == "Cc" for sign in value):
            raise ValidationError(self.error_messages["required"], code="invalid")


class ContactForm(Form):
    email = AddressField(label=_("Email address"))
    phone = MobileField(
        label=_("Mobile number"),
        help_text=_("We send a code to this number, so that nobody else can book in your name."),
    )


class PhoneForm(Form):
    phone = MobileField(label=_("Mobile number"))


class NewPasswordForm(Form):
    """``known``: what stands beside the password and must not be the password."""

    password = PasswordField(
        new=True,
        label=_("Password"),
        help_text=_("8 characters or more. Several words in a row are easy to remember."),
        error_messages={"required": _("Choose a password.")},
    )

    def __init__(self, *args: Any, known: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        refuse_weak(password, known=self.known)
        return password


class SignUpPasswordForm(NewPasswordForm):
    terms = CheckboxField(
        label=_("I accept the terms of use."),
        error_messages={"required": _("Accept the terms of use to create an account.")},
    )


class SignUpCodeForm(Form):
    code = CodeField(label=_("Code"), help_text=_("The 6 digits from the text message."))


class PersonForm(Form):
    first_name = OwnNameField(
        autocomplete="given-name", label=_("First name"), error_messages={"required": _("Enter your first name.")}
    )
    last_name = OwnNameField(
        autocomplete="family-name", label=_("Last name"), error_messages={"required": _("Enter your last name.")}
    )
    birth_date = BirthDateField(label=_("Date of birth"), help_text=_("For example 27 3 1980."))


class SignInForm(Form):
    """Neither field says which of the two is wrong."""

    email = EmailField(autocomplete="username", label=_("Email address"))
    password = PasswordField(label=_("Password"))


class ResetForm(Form):
    email = EmailField(autocomplete="username", label=_("Email address"))


class EmailAuthenticationForm(AuthenticationForm):
    """For the log-in page of Django's admin: an e-mail address where Django has a user name."""

    username = forms.EmailField(
        label=_("Email address"), widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django takes the length of the stored name, which is a token.
        self.fields["username"].max_length = 320
        self.fields["username"].widget.attrs["maxlength"] = 320

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            password = unicodedata.normalize("NFC", password)
            try:
                self.user_cache = check_credentials(self.request, email=email, password=password, now=timezone.now())
            except SignInRefused:
                raise ValidationError(NOT_RIGHT, code="invalid_login") from None
            except Throttled as refusal:
                message = _("Too many tries. You can try again at %(clock)s.")
                params = {"clock": clock_text(refusal.retry_at)}
                raise ValidationError(message, code="throttled", params=params) from None
            if not self.user_cache.is_staff:  # the admin would turn them away with a sign-in page, again and again
                raise ValidationError(NOT_RIGHT, code="invalid_login")
        return self.cleaned_data
