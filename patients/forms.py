"""What may be typed and chosen about patients."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from doctolib.forms import CheckboxesField, Form, RadioField
from doctolib.uploads import too_large
from patients.enums import Channel, ContactPurpose, DocumentKind
from patients.selectors_consents import Consent
from patients.uploads import ACCEPT, TooLarge, UploadRefused


class UploadForm(Form):
    """One file, and what it is. ``status`` is the answer's when the form is shown again."""

    kind = RadioField(
        label=_("What kind of document is it?"),
        choices=DocumentKind.choices,
        error_messages={"required": _("Choose what kind of document it is.")},
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("A PDF file or a photo (JPEG or PNG), 10 MB at most."),
        allow_empty_file=True,  # the words are patients.uploads' own
        widget=forms.FileInput(attrs={"accept": ACCEPT, "class": "form-control"}),
        error_messages={"required": _("Choose a file, or take a photo.")},
    )
    status = 422

    @classmethod
    def sent(cls, request: HttpRequest, **options: Any) -> "UploadForm":
        """The form that this request sends."""
        thrown_away = too_large(request)
        form = cls(request.POST, None if thrown_away else request.FILES, **options)
        if thrown_away:
            form.fields["file"].error_messages["required"] = str(TooLarge.message)
            form.status = TooLarge.status
        return form

    def refuse(self, refusal: UploadRefused) -> None:
        self.add_error("file", str(refusal.message))
        self.status = refusal.status


class ConsentForm(Form):
    """By which channels reminders and recalls may come: a field for each purpose."""

    def __init__(self, *args: Any, given: Collection[Consent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for purpose in ContactPurpose:
            self.fields[purpose.value] = CheckboxesField(
                label=purpose.label,
                choices=Channel.choices,
                required=False,
                initial=[consent.channel for consent in given if consent.purpose == purpose],
            )

    def wanted(self) -> set[Consent]:
        return {Consent(purpose, channel) for purpose in self.fields for channel in self.cleaned_data[purpose]}
