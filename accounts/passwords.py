"""What a password must be: long enough, and not what a guesser tries first. Nothing else (NIST SP 800-63B)."""

import re
from collections.abc import Iterable

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.guessing import cost, folded, is_listed

LONGEST = 4096  # characters; every hash costs the same, reading a megabyte does not
GUESSED = 2  # pieces: two everyday words, or one and a letter, with as many patterns as you like
SHORTEST_PART = 3  # of a name or an address
NATIONAL = 10  # digits of a number that its owner's country writes


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    def get_error_message(self) -> str:
        return ngettext(
            "Password must be %(count)d character or more.",
            "Password must be %(count)d characters or more.",
            self.min_length,
        ) % {"count": self.min_length}


class CommonPasswordValidator:
    """Refuses what many people use, in any length: Django's list, and what is made of few everyday pieces."""

    def validate(self, password: str, user: object = None) -> None:
        if is_listed(password) or cost(password[:LONGEST], enough=GUESSED + 1) <= GUESSED:
            raise ValidationError(self.get_error_message(), code="password_too_common")

    def get_error_message(self) -> str:
        return _("Many people use this password or one like it, so it is easy to guess. Choose another one.")

    def get_help_text(self) -> str:
        return self.get_error_message()


class TooLongValidator:
    def validate(self, password: str, user: object = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_error_message(), code="password_too_long")

    def get_error_message(self) -> str:
        return _("Password must be %(count)d characters or fewer.") % {"count": LONGEST}

    def get_help_text(self) -> str:
        return self.get_error_message()


def refuse_weak(password: str, *, known: list[str]) -> None:
    """Raises ValidationError, with words for people, when the password is short, common or made of what is known.

    ``known`` is what others know of the owner: e-mail address, phone number, name, clinic.
    """
    password_validation.validate_password(password)
    parts = parts_of(known)
    text = folded(password)
    mostly = any(2 * len(part) >= len(text) and part in text for part in parts)
    if mostly or cost(password, free=parts, enough=GUESSED + 1) <= GUESSED:
        message = _("The password is made of your name, email address, phone number or clinic. Choose another one.")
        raise ValidationError(message, code="password_known")


def parts_of(known: Iterable[str]) -> set[str]:
    """The folded words of these texts, the texts without blanks and signs, and a number without its country."""
    parts = set()
    for text in map(folded, known):
        words = re.findall(r"[^\W_]+", text)
        parts |= {*words, "".join(words), *re.findall(r"[a-z]+", text)}
        parts |= {word[-NATIONAL:] for word in words if word.isdigit() and len(word) > NATIONAL}
    return {part for part in parts if len(part) >= SHORTEST_PART}
