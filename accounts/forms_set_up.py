"""What administrators type about their sites, units and practitioners."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import languages
from accounts.models import Practitioner, Site, Unit
from accounts.models.organisations import LONGEST_WAY
from accounts.selectors import Professional, specialties, ways_from
from doctolib.forms import CheckboxesField, CheckboxField, ModelForm

NUMBER = {"inputmode": "numeric", "autocomplete": "off", "class": "width-4"}
POSTAL_CODE = RegexValidator(r"^[0-9]{5}$", _("A postal code has 5 digits, like 10115."))


def textarea(lang: str, rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "lang": lang})


def plain(kind: str = "text", **attrs: str) -> forms.TextInput:
    """An input that no browser fills with the administrator's own data."""
    return forms.TextInput(attrs={"type": kind, "autocomplete": "off", **attrs})


class LanguagesField(CheckboxesField):
    """Codes separated by blanks, as the tables keep them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def offer(self, kept: str) -> None:
        """What may be chosen, with what was chosen before."""
        self.choices = languages.choices(kept.split())

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value))


class SiteForm(ModelForm):
    class Meta:
        model = Site
        fields = ["name", "street", "postal_code", "city", "access_de", "access_en"]
        labels = {
            "name": _("Name"),
            "street": _("Street and number"),
            "postal_code": _("Postal code"),
            "city": _("Town"),
            "access_de": _("The way in, in German"),
            "access_en": _("The way in, in English"),
        }
        help_texts = {
            "name": _("As people call it, like “Main building”."),
            "access_de": _("In plain words, like “Step-free entrance on the east side”. Patients read it."),
            "access_en": _("Empty: patients read the German text."),
        }
        widgets = {
            "name": plain(),
            "street": plain(),
            "postal_code": plain(inputmode="numeric", **{"class": "width-5"}),
            "city": plain(),
            "access_de": textarea("de"),
            "access_en": textarea("en"),
        }
        error_messages = {
            "name": {"required": _("Enter a name.")},
            "street": {"required": _("Enter the street and number.")},
            "postal_code": {"required": _("Enter the postal code.")},
            "city": {"required": _("Enter the town.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = list(Site.objects.exclude(pk=self.instance.pk))
        minutes = ways_from(self.instance)
        for other in self.others:
            self.fields[f"way-{other.pk}"] = _way_field(other, minutes.get(other.pk))

    def clean_postal_code(self) -> str:
        POSTAL_CODE(self.cleaned_data["postal_code"])
        return self.cleaned_data["postal_code"]

    def own_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    def way_fields(self) -> list[tuple[Site, forms.BoundField]]:
        """The other sites with the minutes to each."""
        return [(other, self[f"way-{other.pk}"]) for other in self.others]

    def ways(self) -> dict[int, int | None]:
        return {other.pk: self.cleaned_data[f"way-{other.pk}"] for other in self.others}


def _way_field(other: Site, minutes: int | None) -> forms.IntegerField:
    wrong = gettext("%(site)s: enter whole minutes from 1 to %(most)d, or leave it empty.")
    message = wrong % {"site": other.name, "most": LONGEST_WAY}
    return forms.IntegerField(
        label=other.name,
        required=False,
        min_value=1,
        max_value=LONGEST_WAY,
        initial=minutes,
        widget=forms.TextInput(attrs=NUMBER),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), message),
    )


class SpecialtyForm(ModelForm):
    """A form with a specialty: a code, because a reference table is never joined."""

    specialty = forms.ChoiceField(label=_("Specialty"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(each.code, str(each)) for each in specialties()]
        kept = self.instance.specialty
        if kept and kept not in dict(offered):  # no longer offered, but chosen before
            offered.append((kept, kept))
        first = [] if kept else [("", _("Please choose"))]
        self.fields["specialty"].choices = [*first, *sorted(offered, key=lambda pair: pair[1].casefold())]
        self.fields["specialty"].error_messages["required"] = _("Choose a specialty.")


class UnitForm(SpecialtyForm):
    class Meta:
        model = Unit
        fields = ["name_de", "name_en", "specialty", "site", "phone"]
        labels = {
            "name_de": _("Name in German"),
            "name_en": _("Name in English"),
            "site": _("Site"),
            "phone": _("Phone"),
        }
        help_texts = {
            "name_en": _("Empty: patients read the German name."),
            "phone": _("Empty: patients read the clinic’s number."),
        }
        widgets = {
            "name_de": plain(lang="de"),
            "name_en": plain(lang="en"),
            "phone": plain("tel", **{"class": "width-20"}),
        }
        error_messages = {"name_de": {"required": _("Enter a name.")}, "site": {"required": _("Choose a site.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Site.objects.all()
        chosen = self.instance.pk or self.fields["site"].queryset.count() == 1
        self.fields["site"].empty_label = None if chosen else _("Please choose")


class PractitionerForm(SpecialtyForm):
    languages = LanguagesField(
        label=_("Languages"), help_text=_("Patients can look for them, and wish for them when they book with anyone.")
    )
    user_id = forms.TypedChoiceField(
        label=_("Account"),
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text=_("Whose account this is: the calendar opens with it by itself."),
    )
    is_another = CheckboxField(label=_("This is somebody else with the same name."), required=False)

    class Meta:
        model = Practitioner
        fields = ["title", "first_name", "last_name", "specialty", "languages", "sex", "user_id"]
        labels = {
            "title": _("Title"),
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "sex": _("Sex"),
        }
        help_texts = {
            "title": _("Like “Dr.” or “Prof. Dr.”"),
            "sex": _("For patients who wish for a woman or a man. It is not shown."),
        }
        widgets = {
            "title": plain(**{"class": "width-10"}),
            "first_name": plain(dir="auto", spellcheck="false"),
            "last_name": plain(dir="auto", spellcheck="false"),
        }
        error_messages = {
            "first_name": {"required": _("Enter the first name.")},
            "last_name": {"required": _("Enter the last name.")},
        }

    def __init__(self, *args: Any, people: list[Professional], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"].offer(self.instance.languages)
        self.fields["user_id"].choices = [("", _("no account")), *((str(each.id), each.sorted) for each in people)]
        self.asks_again = False  # whether the box about namesakes is shown

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.asks_again = bool(data.get("is_another"))
        return data

    def ask_again(self) -> None:
        """There is someone with this name: the box says that it is somebody else."""
        self.asks_again = True
        message = _("There is already somebody with this name. Tick the box if it is somebody else.")
        self.add_error("is_another", ValidationError(message, code="twin"))
