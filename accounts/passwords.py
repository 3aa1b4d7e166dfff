"""What a password must be: long enough, not everybody's, not the address beside it. Nothing else (NIST SP 800-63B)."""

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

LONGEST = 4096  # characters; every hash costs the same, reading a megabyte does not


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    def get_error_message(self) -> str:
        return ngettext(
            "Password must be %(count)d character or more.",
            "Password must be %(count)d characters or more.",
            self.min_length,
        ) % {"count": self.min_length}


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    def get_error_message(self) -> str:
        return _("Many people use this password, so it is easy to guess. Choose another one.")


class TooLongValidator:
    def validate(self, password: str, user: object = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_error_message(), code="password_too_long")

    def get_error_message(self) -> str:
        return _("Password must be %(count)d characters or fewer.") % {"count": LONGEST}

    def get_help_text(self) -> str:
        return self.get_error_message()


def refuse_weak(password: str, *, known: list[str]) -> None:
    """Raises ValidationError, with words for people, when the password is short, common or one of the ``known`` texts.

    ``known`` is what stands beside it: e-mail address, its first part, phone number.
    """
    password_validation.validate_password(password)
    if password.casefold() in {text.casefold() for text in known if text}:
        raise ValidationError(_("The password is your email address or phone number. Choose another one."))
