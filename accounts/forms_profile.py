"""What administrators write for a web profile."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.forms_set_up import LanguagesField, textarea
from accounts.models import ProfileDraft
from accounts.services.web_profile import ACCEPT
from doctolib.forms import Form, ModelForm
from doctolib.pictures import TooLarge, UploadRefused
from doctolib.uploads import too_large

PLACE = ("directions", "accessibility", "hours")
EMPTY = _("Empty: patients read the German text.")


class ProfileForm(ModelForm):
    """The texts in both languages. A person's profile has only the one about them: the rest is their units'."""

    languages = LanguagesField(
        label=_("Languages spoken"), help_text=_("Beside those of your practitioners, like at the front desk.")
    )

    class Meta:
        model = ProfileDraft
        fields = [f"{name}_{lang}" for name in ("text", *PLACE) for lang in ("de", "en")] + ["languages"]
        labels = {
            "text_de": _("About us, in German"),
            "text_en": _("About us, in English"),
            "directions_de": _("Getting there and parking, in German"),
            "directions_en": _("Getting there and parking, in English"),
            "accessibility_de": _("Accessibility, in German"),
            "accessibility_en": _("Accessibility, in English"),
            "hours_de": _("About the opening hours, in German"),
            "hours_en": _("About the opening hours, in English"),
        }
        help_texts = {
            "text_de": _("What you do, and for whom. Leave a line empty to begin a new paragraph."),
            "directions_de": _("Bus stops, car parks, the way from the gate."),
            "accessibility_de": _("In plain words, like “Entrance without steps. The lift speaks.”"),
            "hours_de": _("What the hours of your calendars do not say, like when the phone is answered."),
            **dict.fromkeys(("text_en", "directions_en", "accessibility_en", "hours_en"), EMPTY),
        }
        widgets = {
            **{f"text_{lang}": textarea(lang, 8) for lang in ("de", "en")},
            **{f"{name}_{lang}": textarea(lang) for name in PLACE for lang in ("de", "en")},
        }

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"].offer(self.initial.get("languages") or "")
        if kind == "person":
            self.fields = {name: self.fields[name] for name in ("text_de", "text_en")}
            self.fields["text_de"].label, self.fields["text_en"].label = _("Text in German"), _("Text in English")
            self.fields["text_de"].help_text = _("Training, focus, what patients may know.")

    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.fields}


class PhotoForm(Form):
    """``status`` is the answer's when the form is shown again."""

    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or WebP, 10 MB at most. Where and when it was taken is removed."),
        allow_empty_file=True,  # the words are the service's own
        widget=forms.FileInput(attrs={"accept": ACCEPT, "class": "form-control"}),
        error_messages={"required": _("Choose a photo.")},
    )
    status = 422

    @classmethod
    def sent(cls, request: HttpRequest) -> "PhotoForm":
        thrown_away = too_large(request)
        form = cls(request.POST, None if thrown_away else request.FILES)
        if thrown_away:
            form.fields["photo"].error_messages["required"] = str(TooLarge.message)
            form.status = TooLarge.status
        return form

    def refuse(self, refusal: UploadRefused) -> None:
        self.add_error("photo", str(refusal.message))
        self.status = refusal.status


class PhotoTextForm(Form):
    photo_text_de = forms.CharField(
        label=_("What the photo shows, in German"),
        required=False,
        max_length=200,
        help_text=_("For people who do not see it, like “The main entrance, with a ramp”. Empty: decoration."),
        widget=forms.TextInput(attrs={"lang": "de", "autocomplete": "off"}),
    )
    photo_text_en = forms.CharField(
        label=_("What the photo shows, in English"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"lang": "en", "autocomplete": "off"}),
    )
