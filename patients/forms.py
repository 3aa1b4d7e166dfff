"""What may be typed and chosen about patients."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from doctolib.forms import Form, RadioField
from doctolib.uploads import too_large
from patients.enums import DocumentKind
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
