"""Questions to patients. Words and patterns: docs/design-system.md."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.selectors import PersonView
from appointments.enums import QuestionKind, Referral
from appointments.models import Question
from appointments.selectors.languages import language_name
from appointments.selectors.preferences import SEXES, Differing, Preference
from appointments.selectors.public import ReasonOffer
from appointments.selectors.times import PEOPLE_COMPARED, NextFree
from appointments.services.answers import LONGEST_ANSWER
from appointments.services.drafts import EMPTY, Draft
from doctolib.forms import CheckboxesField, Form, RadioField, month_named
from doctolib.templatetags.ui import clock_text, day_short
from patients.enums import Insurance

SOMEONE_ELSE = "other"
INSURANCES = [
    (Insurance.STATUTORY, gettext_lazy("Statutory health insurance")),
    (Insurance.PRIVATE, gettext_lazy("Private health insurance")),
    (Insurance.SELF_PAYER, gettext_lazy("I pay myself")),
]


def _unless_chosen(message: str | Promise) -> dict[str, str | Promise]:
    """One sentence for no answer and for one that is not to be had."""
    return {"required": message, "invalid_choice": message}


def insurance_field() -> RadioField:
    return RadioField(
        label=gettext_lazy("How are you insured?"),
        choices=INSURANCES,
        error_messages=_unless_chosen(gettext_lazy("Choose how you are insured.")),
    )


class AboutYouForm(Form):
    """Asked before the reason, where a reason depends on the answers, and only what one depends on."""

    insurance = insurance_field()
    known = RadioField(
        label=gettext_lazy("Have you been to this clinic before?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, this is my first time"))],
        error_messages=_unless_chosen(gettext_lazy("Choose whether you have been to this clinic before.")),
    )

    def __init__(self, *args, asked: Collection[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(asked):
            del self.fields[name]


class ReasonForm(Form):
    """Why someone comes: duration and preparation stand under each reason."""

    reason = RadioField(
        label=gettext_lazy("Why do you need an appointment?"),
        error_messages=_unless_chosen(gettext_lazy("Choose a reason for your visit.")),
    )

    def __init__(self, *args, offers: Sequence[ReasonOffer], insurance: str = "", **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(str(offer.id), offer.name) for offer in offers]
        self.fields["reason"].hints = {str(offer.id): _reason_hint(offer, insurance) for offer in offers}


def minutes_text(shortest: int, longest: int | None = None) -> str:
    """``30 Minuten``, or ``20 bis 30 Minuten`` where people take differently long."""
    if longest is None or longest == shortest:
        return ngettext("%(count)d minute", "%(count)d minutes", shortest) % {"count": shortest}
    return _("%(shortest)d to %(longest)d minutes") % {"shortest": shortest, "longest": longest}


def price_text(price: Decimal) -> str:
    """``45,00 €``, in English ``€45.00``."""
    return _("%(amount)s €") % {"amount": number_format(price, 2, use_l10n=True)}


def _reason_hint(offer: ReasonOffer, insurance: str) -> str:
    referral = {Referral.BRING: _("You need a referral. Please bring it."),
                Referral.UPLOAD: _("You need a referral. You can upload it before your visit, or bring it."),
                }.get(Referral(offer.rules.referral), "")  # fmt: skip
    price = offer.rules.price
    costs = ""
    if price is not None and insurance in ("", Insurance.SELF_PAYER):
        costs = _("Costs if you pay yourself: %(price)s") % {"price": price_text(price)}
    parts = (minutes_text(offer.shortest, offer.longest), offer.instructions, referral, costs)
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


class DayField(forms.Field):
    """A day to come, as people write it: 26.11.2026, 26.11., 26. November, 2026-11-26.

    Without a year the next such day is meant. ``today`` is set by the form.
    """

    today: date
    NUMBERS = re.compile(r"(\d{1,2})[./](\d{1,2})[./]?(\d{4}|\d{2})?")
    NAMED = re.compile(r"(\d{1,2})\.?([^\W\d_]{3,})\.?(\d{4})?")
    ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")

    default_error_messages = {"invalid": gettext_lazy("Enter a date, like 26 November 2026 or 26.11.2026.")}

    def to_python(self, value: str | None) -> date | None:
        text = re.sub(r"\s", "", value or "")
        if not text:
            return None
        try:
            return self._read(text)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def _read(self, text: str) -> date:
        if match := self.ISO.fullmatch(text):
            return date(*map(int, match.groups()))
        if match := self.NUMBERS.fullmatch(text):
            return self._day(int(match[1]), int(match[2]), match[3])
        if match := self.NAMED.fullmatch(text):
            return self._day(int(match[1]), month_named(match[2]), match[3])
        raise ValueError(text)

    def _day(self, day: int, month: int | None, year: str | None) -> date:
        if month is None:
            raise ValueError(month)
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        for candidate in range(self.today.year, self.today.year + 9):  # 29 February is rare
            try:
                found = date(candidate, month, day)
            except ValueError:
                continue
            if found >= self.today:
                return found
        raise ValueError(day)


class AnyoneAllowed:
    """The empty value means anyone: an answer as well, so the question is not marked optional."""

    def validate(self, value: str) -> None:
        if value:
            super().validate(value)


class PersonField(AnyoneAllowed, RadioField):
    """One of the people, each with their next free time."""


class PersonListField(AnyoneAllowed, forms.ChoiceField):
    """One of many people, by name."""


class PreferenceField(AnyoneAllowed, forms.ChoiceField):
    """Whom someone would rather see, unless they choose a person."""

    def __init__(self, **kwargs) -> None:
        messages = {"invalid_choice": _("Choose one of the answers.")}
        super().__init__(help_text=_("Counts if you do not choose a person."), error_messages=messages, **kwargs)


class TimesForm(Form):
    """From which day on, with whom, or with whom rather. ``differing``: what can be preferred."""

    def __init__(
        self, *args, people: Iterable[NextFree], today: date, differing: Differing, preference: Preference, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self._ask_day(today)
        self._ask_person(list(people))
        self._ask_preference(differing, preference)

    def _ask_day(self, today: date) -> None:
        self.fields["from"] = DayField(  # a word of Python: it cannot be an attribute of the class
            label=_("From date"),
            help_text=_("For example 26 November or 26.11.2026."),
            required=False,
            widget=forms.TextInput(attrs={"class": "width-10", "autocomplete": "off"}),
        )
        self.fields["from"].today = today

    def _ask_person(self, people: list[NextFree]) -> None:
        if len(people) < 2:
            return
        label = _("Who would you like to see?")
        choices = [("", _("Anyone")), *((str(person.id), person.who) for person in people)]
        if len(people) > PEOPLE_COMPARED:
            self.fields["calendar"] = PersonListField(label=label, choices=choices)
            return
        hints = {"": _next_hint(people), **{str(person.id): _next_hint([person]) for person in people}}
        self.fields["calendar"] = PersonField(label=label, choices=choices, hints=hints)

    def _ask_preference(self, differing: Differing, preference: Preference) -> None:
        """What is preferred already stays a choice, also when nobody has it any more."""
        if differing.sexes:
            sexes = [(sex, name) for sex, name in SEXES.items() if sex in (*differing.sexes, preference.sex)]
            choices = [("", _("Either")), *sexes]
            self.fields["sex"] = PreferenceField(label=_("Would you rather see a woman or a man?"), choices=choices)
        if differing.languages:
            codes = sorted({*differing.languages, preference.language} - {""}, key=language_name)
            choices = [("", _("Any language")), *((code, language_name(code)) for code in codes)]
            self.fields["language"] = PreferenceField(label=_("Which language should they speak?"), choices=choices)


def _next_hint(people: Sequence[NextFree]) -> str | Promise:
    starts = [person.starts_at for person in people if person.starts_at]
    if not starts:
        return _("No free time online at the moment.")
    first = min(starts)
    return _("Next free time: %(day)s, %(time)s") % {"day": day_short(first), "time": clock_text(first)}


class CheckForm(Form):
    """The last page: how someone is insured, unless they said so before, and what the clinic asks."""

    insurance = insurance_field()

    def __init__(
        self,
        *args,
        ask_insurance: bool = True,
        questions: Sequence[Question] = (),
        draft: Draft = EMPTY,
        channels: Sequence[tuple[str, str]] = (),
        **kwargs,
    ) -> None:
        typed = {f"question-{pk}": answer for pk, answer in draft.answers.items()}
        super().__init__(*args, initial={"insurance": draft.insurance, **typed}, **kwargs)
        if not ask_insurance:
            del self.fields["insurance"]
        for question in questions:
            self.fields[question_name(question)] = _question_field(question)
        if channels:  # consent: never ticked beforehand, not kept with what was typed
            self.fields["remind"] = CheckboxesField(
                label=_("Would you like to be reminded?"),
                help_text=_("You can stop reminders at any time."),
                choices=channels,
                required=False,
            )


def answers_in(sent: Mapping[str, str]) -> dict[int, str]:
    """The answers of a sent check page by the question's id, whatever they say."""
    pattern = re.compile(r"question-(\d{1,18})")
    return {int(found[1]): value for name, value in sent.items() if (found := pattern.fullmatch(name))}


def draft_in(sent: Mapping[str, str]) -> Draft | None:
    """What was typed on a sent check page, right or wrong; None where it asks nothing."""
    draft = Draft(sent.get("insurance", ""), answers_in(sent))
    return draft if draft != EMPTY else None


def question_name(question: Question) -> str:
    return f"question-{question.pk}"


def _question_field(question: Question) -> forms.Field:
    if question.kind == QuestionKind.TEXT:
        return forms.CharField(
            label=question.text,
            required=question.is_required,
            max_length=LONGEST_ANSWER,
            widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
            error_messages={
                "required": _("Answer this question."),
                "max_length": _("Write at most 500 characters."),
            },
        )
    if question.kind == QuestionKind.YES_NO:
        choices = [("yes", _("Yes")), ("no", _("No"))]
    else:
        choices = [(option, option) for option in question.options]
    messages = _unless_chosen(_("Choose an answer."))
    return RadioField(label=question.text, required=question.is_required, choices=choices, error_messages=messages)


class WhomForm(Form):
    """For whom the appointment is: one of the account's persons, or somebody who is not there yet."""

    whom = RadioField(
        label=gettext_lazy("Who is the appointment for?"),
        error_messages=_unless_chosen(gettext_lazy("Choose who the appointment is for.")),
    )

    def __init__(self, *args, persons: Sequence[PersonView], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        own = _("Me: %(name)s")
        self.fields["whom"].choices = [
            *((str(each.id), own % {"name": each.name} if each.is_owner else each.name) for each in persons),
            (SOMEONE_ELSE, _("Another person")),
        ]


class CancelForm(Form):
    reason = forms.CharField(
        label=gettext_lazy("Why are you cancelling?"),
        help_text=gettext_lazy("Only the clinic reads this."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={"max_length": gettext_lazy("Write at most 500 characters.")},
    )
