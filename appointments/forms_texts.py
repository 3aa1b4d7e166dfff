"""What administrators type to put messages into their own words, and to set notices up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.models import CHECK_IN_MINUTES, MessageSettings, VisitReason
from appointments.text_filling import Rules, problems
from appointments.writing import Words
from doctolib.forms import CheckboxField, Form
from patients.enums import Channel

NUMBER = {"inputmode": "numeric", "class": "width-5", "autocomplete": "off"}
AREA = {"autocomplete": "off"}
LONGEST_SMS = 459  # three parts
LONGEST_FOLLOW_UP = 365  # days


class TextForm(Form):
    """Both ways of one message in one language."""

    sms = forms.CharField(label=_("Text message"), widget=forms.Textarea({**AREA, "rows": 5}), max_length=LONGEST_SMS)
    subject = forms.CharField(label=_("Subject of the email"), widget=forms.TextInput(AREA), max_length=120)
    email = forms.CharField(label=_("Email"), widget=forms.Textarea({**AREA, "rows": 16}), max_length=4000)

    def __init__(
        self, *args: Any, rules: Mapping[Channel, Rules], texts: Mapping[Channel, Words], **kwargs: Any
    ) -> None:
        mail = texts[Channel.EMAIL]
        initial = {"sms": texts[Channel.SMS].body, "subject": mail.subject, "email": mail.body}
        super().__init__(*args, initial=initial, **kwargs)
        self.rules = rules

    def clean_sms(self) -> str:
        return self._checked("sms", Channel.SMS)

    def clean_subject(self) -> str:
        return self._checked("subject", Channel.EMAIL, subject=True)

    def clean_email(self) -> str:
        return self._checked("email", Channel.EMAIL)

    def _checked(self, name: str, channel: Channel, *, subject: bool = False) -> str:
        text: str = one_newline(self.cleaned_data[name])
        if found := problems(text, self.rules[channel], subject=subject):
            raise ValidationError(found)
        return text

    def words(self) -> dict[Channel, Words]:
        """What is right, by way."""
        given = self.cleaned_data
        return {Channel.SMS: Words(given["sms"]), Channel.EMAIL: Words(given["email"], given["subject"])}

    def typed(self, channel: Channel) -> Words:
        """What stands in the fields just now, right or wrong."""
        if channel == Channel.SMS:
            return Words(self._value("sms"))
        return Words(self._value("email"), self._value("subject"))

    def _value(self, name: str) -> str:
        return one_newline(str(self[name].value() or ""))


def one_newline(text: str) -> str:
    """Browsers send CR LF."""
    return text.replace("\r\n", "\n").strip()


class NamesVisitForm(Form):
    names_visit = CheckboxField(
        label=_("Own texts may name reason and specialty of the visit"),
        help_text=_(
            "Then the placeholders for them can be used. Anybody who sees the patient’s phone or mailbox can read what"
            " the visit is for."
        ),
        required=False,
    )


class NoticesForm(Form):
    """Check-in, then a number of days for each reason, or nothing."""

    check_in_minutes = forms.IntegerField(
        label=_("Minutes before the visit"),
        help_text=_("Between 5 and 240. Empty: patients are not asked to check in."),
        min_value=CHECK_IN_MINUTES[0],
        max_value=CHECK_IN_MINUTES[1],
        required=False,
        widget=forms.TextInput(NUMBER),
    )
    desk_de = forms.CharField(
        label=_("Where to report, in German"),
        help_text=_("For example: Registration, ground floor on the left"),
        max_length=80,
        required=False,
        widget=forms.TextInput(AREA),
    )
    desk_en = forms.CharField(
        label=_("Where to report, in English"),
        help_text=_("Empty: as in German."),
        max_length=80,
        required=False,
        widget=forms.TextInput(AREA),
    )

    def __init__(self, *args: Any, settings: MessageSettings, reasons: Sequence[VisitReason], **kwargs: Any) -> None:
        initial = {name: getattr(settings, name) for name in ("check_in_minutes", "desk_de", "desk_en")}
        super().__init__(*args, initial=initial, **kwargs)
        self.ids = [reason.pk for reason in reasons]
        for reason in reasons:
            self.fields[f"days-{reason.pk}"] = forms.IntegerField(
                label=reason.name,
                min_value=1,
                max_value=LONGEST_FOLLOW_UP,
                required=False,
                initial=reason.notice_after,
                widget=forms.TextInput(NUMBER),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("check_in_minutes") and not data.get("desk_de"):
            self.add_error("desk_de", _("Say where patients report, for example at which desk."))
        return data

    def days_fields(self) -> list[forms.BoundField]:
        return [self[f"days-{reason_id}"] for reason_id in self.ids]

    def days(self) -> dict[int, int | None]:
        return {reason_id: self.cleaned_data[f"days-{reason_id}"] for reason_id in self.ids}

    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("check_in_minutes", "desk_de", "desk_en")}
