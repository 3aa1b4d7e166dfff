"""Forms as the design system shows them: label, hint, error, in this order, tied together for screen readers.

Use ``Form``/``ModelForm`` from here, write ``{{ form.field.as_field_group }}`` in the template, and
``<form method="post" novalidate>``. Errors are found on submit only, by the server; answers are kept.
Settings: ``FORM_RENDERER = "doctolib.forms.Renderer"``. Source of the patterns: docs/design-system.md.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates
from django.template.backends.django import DjangoTemplates as Backend
from django.utils.dates import MONTHS
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.MultiWidget)
BOXES = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.FileInput)


class Renderer(DjangoTemplates):
    """Django's widgets, our field templates, with the design system's tags built in."""

    field_template_name = "components/field.html"
    form_template_name = "components/form.html"

    @cached_property
    def engine(self) -> Backend:
        return self.backend(
            {
                "APP_DIRS": True,
                "DIRS": [settings.BASE_DIR / "templates", Path(forms.__file__).parent / "templates"],
                "NAME": "forms",
                "OPTIONS": {"builtins": ["doctolib.templatetags.ui", "django.templatetags.i18n"]},
            }
        )


class BoundField(forms.BoundField):
    """Adds Bootstrap's classes and ARIA; no ``required``: browsers' own bubbles cannot be styled or kept on screen."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        attrs.pop("required", None)
        if widget.is_hidden:
            return attrs
        if self.field.required and not isinstance(widget, GROUPS):
            attrs["aria-required"] = "true"  # on a group it belongs to the fieldset, see the template
        if isinstance(widget, forms.RadioSelect):
            attrs.pop("aria-invalid", None)  # not allowed on role=radio
        if not isinstance(widget, (*BOXES, forms.MultiWidget)):
            own = "form-select" if isinstance(widget, forms.Select) else "form-control"
            attrs["class"] = " ".join(filter(None, [own, widget.attrs.get("class"), attrs.get("class")]))
        return attrs

    def target(self, error: ValidationError) -> str:
        """The id that the error summary's link jumps to: the first wrong part, the first option, or the field."""
        if isinstance(self.field.widget, BirthDateInput):
            return f"{self.auto_id}_{_parts(error)[0]}"
        if isinstance(self.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
            return f"{self.auto_id}_0"
        return self.auto_id

    @property
    def parts(self) -> list[dict[str, Any]]:
        """A birth date's three inputs for the template; only the part that an error is about is marked."""
        wrong = {part for error in self._problems() for part in _parts(error)}
        value = self.value()
        values = value if isinstance(value, list) else self.field.widget.decompress(value)
        inputs = zip(PARTS, self.field.widget.widgets, values, strict=True)
        return [
            {
                "id": f"{self.auto_id}_{at}",
                "name": f"{self.html_name}_{at}",
                "label": label,
                "value": "" if part is None else part,
                "attrs": widget.attrs,
                "wrong": at in wrong,
            }
            for at, (label, widget, part) in enumerate(inputs)
        ]

    def _problems(self) -> list[ValidationError]:
        return self.form.errors.as_data().get(self.name, [])

    def problems(self) -> list[tuple[str, str]]:
        """Target id and message of each error."""
        return [(self.target(error), message) for error in self._problems() for message in error.messages]

    @property
    def shows_optional(self) -> bool:
        """Few fields are optional, so those are marked, and the many required ones are not."""
        return not self.field.required and not isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Options of radios or check boxes with their hints, for the template."""
        options = []
        for option in self.subwidgets:
            hint = getattr(self.field, "hints", {}).get(str(option.data["value"]), "")
            if hint:
                option.data["attrs"]["aria-describedby"] = f"{option.id_for_label}_hint"
            options.append({"widget": option, "hint": hint})
        return options

    @property
    def is_radio(self) -> bool:
        return isinstance(self.field.widget, forms.RadioSelect)


class FormMixin:
    """What every form of ours shares."""

    use_required_attribute = False
    bound_field_class = BoundField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def summary(self) -> list[dict[str, str]]:
        """Errors in the order of the fields, then those of the whole form: target id ("" for none) and message."""
        entries = [
            {"target": "" if bound.is_hidden else target, "message": message}
            for bound in (self[name] for name in self.fields)
            for target, message in bound.problems()
        ]
        return entries + [{"target": "", "message": message} for message in self.non_field_errors()]


class Form(FormMixin, forms.Form):
    pass


class ModelForm(FormMixin, forms.ModelForm):
    pass


# Fields --------------------------------------------------------------------------------------------------------------


class RadioField(forms.ChoiceField):
    """One of a few, as big rows. ``hints``: value -> a sentence under the option."""

    widget = forms.RadioSelect
    template_name = "components/choices.html"

    def __init__(self, *, hints: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("template_name", self.template_name)
        super().__init__(**kwargs)
        self.hints = hints or {}


class CheckboxesField(forms.MultipleChoiceField):
    """Some of a few, as big rows."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, hints: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("template_name", "components/choices.html")
        super().__init__(**kwargs)
        self.hints = hints or {}


class CheckboxField(forms.BooleanField):
    """One box with its sentence: consent, terms. Never ticked beforehand."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("template_name", "components/checkbox.html")
        super().__init__(**kwargs)


class NameField(forms.CharField):
    """A person's name: every character allowed, no spell checking, its own writing direction."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 100)
        attrs = {"autocomplete": autocomplete, "spellcheck": "false", "dir": "auto", "autocapitalize": "words"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFC", super().to_python(value))


class EmailField(forms.EmailField):
    """``autocomplete="email"`` where one gives it, ``username`` where one signs in."""

    default_error_messages = {
        "required": _("Enter your email address."),
        "invalid": _("Enter an email address in the right form, like name@example.com."),
    }

    def __init__(self, *, autocomplete: str = "email", **kwargs: Any) -> None:
        attrs = {"autocomplete": autocomplete, "spellcheck": "false", "autocapitalize": "none"}
        kwargs.setdefault("widget", forms.EmailInput(attrs=attrs))
        super().__init__(**kwargs)


class PhoneField(forms.CharField):
    """Any way of writing a number; nothing is reformatted while typing. Checking it is the caller's task."""

    default_error_messages = {"required": _("Enter a mobile number, like 0152 28817386.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "width-20"}))
        super().__init__(**kwargs)


class PasswordField(forms.CharField):
    """One field with "show"; paste is welcome. ``new=True`` where a password is chosen (8 or more, no maximum)."""

    default_error_messages = {"required": _("Enter your password.")}

    def __init__(self, *, new: bool = False, **kwargs: Any) -> None:
        attrs = {
            "autocomplete": "new-password" if new else "current-password",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        kwargs.setdefault("strip", False)
        kwargs.setdefault("widget", forms.PasswordInput(attrs=attrs))
        kwargs.setdefault("template_name", "components/password.html")
        super().__init__(**kwargs)


class CodeField(forms.CharField):
    """A code of digits from a text message: one field, blanks and hyphens ignored, no ``maxlength``."""

    default_error_messages = {"required": _("Enter the code from the text message.")}

    def __init__(self, *, digits: int = 6, **kwargs: Any) -> None:
        self.digits = digits
        attrs = {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false", "class": "code-input"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return re.sub(r"[\s\-\u2010-\u2015.]", "", super().to_python(value))

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value.isdecimal() or len(value) != self.digits:
            raise ValidationError(_("The code has %(digits)d digits."), code="digits", params={"digits": self.digits})


class BirthDateInput(forms.MultiWidget):
    """Day, month, year: three text fields, no jumping between them."""

    use_fieldset = True

    def __init__(self, *, own: bool = True) -> None:
        def part(name: str, width: str, numeric: bool = True) -> forms.TextInput:
            attrs = {"autocomplete": f"bday-{name}" if own else "off", "class": width}
            return forms.TextInput(attrs=attrs | ({"inputmode": "numeric"} if numeric else {}))

        super().__init__([part("day", "width-2"), part("month", "width-4"), part("year", "width-4")])

    def decompress(self, value: date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]


PARTS = (_("day"), _("month"), _("year"))
MISSING = (
    _("Date of birth must include a day."),
    _("Date of birth must include a month."),
    _("Date of birth must include a year."),
)


class BirthDateField(forms.MultiValueField):
    """A birth date in three parts; month names in German and English are understood.

    Errors name the missing part and mark only that one. ``own=False`` for someone else's date (no autofill).
    """

    def __init__(self, *, own: bool = True, **kwargs: Any) -> None:
        fields = [forms.CharField(required=False) for _part in PARTS]
        kwargs.setdefault("widget", BirthDateInput(own=own))
        kwargs.setdefault("template_name", "components/birth_date.html")
        super().__init__(fields, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        raw = [str(part or "").strip() for part in (value or ["", "", ""])]
        if not any(raw):
            if self.required:
                raise ValidationError(_("Enter your date of birth."), code="required", params={"parts": [0, 1, 2]})
            return None
        missing = [at for at, part in enumerate(raw) if not part]
        if missing:
            raise ValidationError([ValidationError(MISSING[at], params={"parts": [at]}) for at in missing])
        return self._date(raw)

    def _date(self, raw: list[str]) -> date:
        day, month, year = _number(raw[0]), _month(raw[1]), _number(raw[2])
        if day is None or not 1 <= day <= 31:
            raise ValidationError(_("The day must be a number from 1 to 31."), params={"parts": [0]})
        if month is None:
            raise ValidationError(_("The month must be a number from 1 to 12 or a name."), params={"parts": [1]})
        if year is None or len(raw[2]) != 4 or year < 1900:
            raise ValidationError(_("The year must have 4 digits, like 1980."), params={"parts": [2]})
        try:
            born = date(year, month, day)
        except ValueError:
            raise ValidationError(_("This day does not exist in this month."), params={"parts": [0, 1]}) from None
        if born > date.today():
            raise ValidationError(_("Date of birth must be in the past."), params={"parts": [0, 1, 2]})
        return born

    def compress(self, data_list: list[str]) -> date | None:
        return self.clean(data_list)


def _parts(error: ValidationError) -> list[int]:
    """Which of day (0), month (1), year (2) an error of a birth date is about; a foreign error is about the first."""
    return (error.params or {}).get("parts") or [0]


def _number(text: str) -> int | None:
    text = text.rstrip(".")
    return int(text) if text.isascii() and text.isdigit() else None


def _month(text: str) -> int | None:
    """1 to 12 from a number or the first three or more letters of a month's name."""
    number = _number(text)
    if number is None:
        return month_named(text)
    return number if 1 <= number <= 12 else None


def month_named(text: str) -> int | None:
    """1 to 12 from the first three or more letters of a month's name, in German or English."""
    typed = _plain(text)
    for language in ("de", "en"):
        with override(language):
            for month, name in MONTHS.items():
                if len(typed) >= 3 and _plain(str(name)).startswith(typed):
                    return month
    return None


def _plain(text: str) -> str:
    return text.casefold().rstrip(".").replace("ä", "a").replace("ae", "a")
