"""What belongs to a visit reason: the calendars that offer it, rooms and devices, questions."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms_set_up import NUMBER, plain
from appointments.enums import QuestionKind
from appointments.models import Calendar, Question, Resource
from appointments.selectors.needs import Need, Terms
from doctolib.forms import CheckboxesField, CheckboxField, Form

MINUTES = 24 * 60
MORE = 2  # empty rows below those that are there
MOST_ALIKE = 4  # rooms or devices of one kind, the database's own limit
MOST_QUESTIONS = 20


def whole(label: Any, most: int, **options: Any) -> forms.IntegerField:
    """A whole number from 1 on, or nothing."""
    message = _("Enter a whole number from 1 on, or leave it empty.")
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=most,
        required=False,
        widget=forms.TextInput(NUMBER),
        error_messages={"invalid": message, "min_value": message},
        **options,
    )


class OffersForm(Form):
    """A box, a duration and a number a day for each calendar."""

    def __init__(self, *args: Any, calendars: Sequence[Calendar], offers: Mapping[int, Terms], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendars = calendars
        for calendar in calendars:
            terms = offers.get(calendar.pk)
            self.fields[f"on-{calendar.pk}"] = CheckboxField(
                label=calendar.name, required=False, initial=terms is not None
            )
            self.fields[f"duration-{calendar.pk}"] = whole(
                _("Own duration in minutes"), MINUTES, initial=terms and terms.duration
            )
            self.fields[f"most-{calendar.pk}"] = whole(_("At most a day"), 999, initial=terms and terms.most_a_day)

    def units(self) -> Iterator[tuple[str, list[tuple[Calendar, list[forms.BoundField]]]]]:
        """The rows by unit."""
        for unit, calendars in groupby(self.calendars, key=lambda calendar: calendar.unit.name):
            names = ("on", "duration", "most")
            yield unit, [(each, [self[f"{name}-{each.pk}"] for name in names]) for each in calendars]

    def offers(self) -> dict[int, Terms]:
        data = self.cleaned_data
        return {
            pk: Terms(data[f"duration-{pk}"], data[f"most-{pk}"])
            for pk in (calendar.pk for calendar in self.calendars)
            if data[f"on-{pk}"]
        }


class NeedsForm(Form):
    """Groups: so many of these. A group without any room or device is left out."""

    def __init__(self, *args: Any, resources: Sequence[Resource], needs: Sequence[Need], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = len(needs) + MORE
        choices = [(str(each.pk), _resource_text(each)) for each in resources]
        for at in range(self.count):
            need = needs[at] if at < len(needs) else None
            self.fields[f"name-{at}"] = forms.CharField(
                label=_("What it is"),
                max_length=120,
                required=False,
                initial=need and need.name,
                widget=plain(**{"class": "width-20"}),
            )
            self.fields[f"quantity-{at}"] = whole(
                _("How many of them"), MOST_ALIKE, initial=need.quantity if need else 1
            )
            self.fields[f"resources-{at}"] = CheckboxesField(
                label=_("One of these"),
                choices=choices,
                required=False,
                initial=[str(pk) for pk in need.resources] if need else [],
            )

    def rows(self) -> Iterator[tuple[int, bool, list[forms.BoundField]]]:
        """Number, whether it is an empty one, and its fields."""
        for at in range(self.count):
            row = [self[f"{name}-{at}"] for name in ("name", "quantity", "resources")]
            yield at + 1, at >= self.count - MORE, row

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for at in range(self.count):
            chosen, quantity = data.get(f"resources-{at}") or [], data.get(f"quantity-{at}") or 1
            if chosen and len(chosen) < quantity:
                message = _("Choose at least as many rooms or devices as are needed.")
                self.add_error(f"resources-{at}", ValidationError(message, code="few"))
            if data.get(f"name-{at}") and not chosen and f"resources-{at}" not in self.errors:
                message = _("Choose the rooms or devices, or empty “What it is”.")
                self.add_error(f"resources-{at}", ValidationError(message, code="none"))
        return data

    def needs(self) -> list[Need]:
        data, names = self.cleaned_data, dict(self["resources-0"].field.choices)
        return [
            Need(
                data[f"name-{at}"] or names[chosen[0]][:120],
                data[f"quantity-{at}"] or 1,
                frozenset(int(pk) for pk in chosen),
            )
            for at in range(self.count)
            if (chosen := data[f"resources-{at}"])
        ]


class LinesField(forms.CharField):
    """One answer a line."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 3, "lang": kwargs.pop("lang")}
        super().__init__(widget=forms.Textarea(attrs=attrs), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if any(len(line) > 80 for line in lines):
            raise ValidationError(_("An answer can have 80 characters at most."), code="long")
        return list(dict.fromkeys(lines))


class QuestionForm(Form):
    """One question. Without a text it is left out."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text_de = forms.CharField(label=_("Question in German"), max_length=200, required=False, widget=plain(lang="de"))
    text_en = forms.CharField(label=_("Question in English"), max_length=200, required=False, widget=plain(lang="en"))
    kind = forms.ChoiceField(label=_("Answer"), choices=QuestionKind.choices)
    options_de = LinesField(label=_("Answers to choose from, in German"), lang="de", help_text=_("One a line."))
    options_en = LinesField(label=_("Answers to choose from, in English"), lang="en", help_text=_("In the same order."))
    is_required = CheckboxField(label=_("Has to be answered"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("text_de"):
            if data.get("text_en"):
                self.add_error("text_de", _("Enter the question in German, too."))
            return data
        german, english = data.get("options_de") or [], data.get("options_en") or []
        if data.get("kind") != QuestionKind.CHOICE:
            data["options_de"] = data["options_en"] = []
        elif len(german) < 2 and "options_de" not in self.errors:
            self.add_error("options_de", _("Enter at least two answers, one a line."))
        elif english and len(english) != len(german):
            self.add_error("options_en", _("Enter as many answers as in German, or none."))
        return data


class QuestionsForm:
    """All questions of a reason, in their order, and some empty rows."""

    def __init__(self, data: Any, *, questions: Sequence[Question]) -> None:
        given = [_said(question) for question in questions]
        count = _count(data) if data is not None else len(given) + MORE
        self.is_bound = data is not None
        self.forms = [
            QuestionForm(
                data,
                prefix=str(at),
                auto_id="question-%s",
                initial=given[at] if at < len(given) else {"is_required": True},
            )
            for at in range(count)
        ]

    def is_valid(self) -> bool:
        return self.is_bound and all([form.is_valid() for form in self.forms])

    @property
    def errors(self) -> bool:
        return self.is_bound and any(form.errors for form in self.forms)

    def summary(self) -> list[dict[str, str]]:
        return [entry for form in self.forms for entry in form.summary()]

    def questions(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if form.cleaned_data["text_de"]]


def _said(question: Question) -> dict[str, Any]:
    names = ("text_de", "text_en", "kind", "options_de", "options_en", "is_required")
    return {"id": question.pk, **{name: getattr(question, name) for name in names}}


def _count(data: Any) -> int:
    """How many rows were sent."""
    text = data.get("count", "")
    return min(int(text), MOST_QUESTIONS) if text.isascii() and text.isdigit() else 0


def _resource_text(resource: Resource) -> str:
    place = resource.unit.name if resource.unit else resource.site.name
    return f"{resource.name} ({resource.get_kind_display()}, {place})"
