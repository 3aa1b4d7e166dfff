"""The questions of the search over clinics. Everything may stay empty."""

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.selectors.directory import Asked, languages_spoken
from doctolib.forms import BoundField, Form, RadioField
from patients.enums import Insurance

BEST_MATCH, NEXT_FREE = "", "next"
NO_SUCH_CHOICE = {"invalid_choice": _("Choose one of the answers.")}


class Unmarked(BoundField):
    """No field of a search is required, so none is marked as optional."""

    shows_optional = False


class SearchForm(Form):
    bound_field_class = Unmarked

    what = forms.CharField(
        label=_("Specialty or name"),
        help_text=_("For example heart or skin."),
        required=False,
        max_length=80,
        error_messages={"max_length": _("Write at most 80 characters.")},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    place = forms.CharField(
        label=_("Place or postal code"),
        help_text=_("For example Marburg or 35043."),
        required=False,
        max_length=60,
        error_messages={"max_length": _("Write at most 60 characters.")},
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "enterkeyhint": "search"}),
    )
    insurance = forms.ChoiceField(
        label=_("Insurance"),
        required=False,
        error_messages=NO_SUCH_CHOICE,
        choices=[
            ("", _("Any insurance")),
            (Insurance.STATUTORY, _("Statutory health insurance")),
            (Insurance.PRIVATE, _("Private health insurance")),
            (Insurance.SELF_PAYER, _("I pay myself")),
        ],
    )
    language = forms.ChoiceField(label=_("Language of the team"), required=False, error_messages=NO_SUCH_CHOICE)
    sort = RadioField(
        label=_("Sort by"),
        required=False,
        error_messages=NO_SUCH_CHOICE,
        choices=[(BEST_MATCH, _("Best match")), (NEXT_FREE, _("Next free appointment"))],
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("Any language")), *languages_spoken()]

    @property
    def has_more(self) -> bool:
        """Whether anything below the first two fields is chosen, or wrong."""
        return any(self.data.get(name) or name in self.errors for name in ("insurance", "language", "sort"))

    def asked(self) -> Asked:
        """What was understood; a wrong answer counts as none."""
        found = self.cleaned_data
        return Asked(
            what=found.get("what", ""),
            place=found.get("place", ""),
            insurance=found.get("insurance", ""),
            language=found.get("language", ""),
            next_free_first=found.get("sort") == NEXT_FREE,
        )
