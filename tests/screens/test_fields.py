"""Fields: what a person may type, what is said when it is wrong, and what a screen reader is told."""

from datetime import date

import pytest
from django import forms as django_forms
from django.utils.translation import override

from doctolib import forms


class Person(forms.Form):
    last_name = forms.NameField(
        label="Last name",
        autocomplete="family-name",
        help_text="As on your card.",
        error_messages={"required": "Enter your last name."},
    )
    born = forms.BirthDateField(label="Date of birth")
    note = django_forms.CharField(label="Note", required=False)


class Choice(forms.Form):
    reason = forms.RadioField(
        label="Reason", choices=[("a", "First visit"), ("b", "Check-up")], hints={"a": "30 minutes."}
    )


def born(day: str, month: str, year: str) -> Person:
    form = Person({"last_name": "Ada", "born_0": day, "born_1": month, "born_2": year})
    form.is_valid()
    return form


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


@pytest.mark.parametrize(
    ("day", "month"),
    [("27", "3"), ("27.", "03"), (" 27 ", "März"), ("27", "maerz"), ("27", "Mar."), ("27", "march")],
)
def test_a_birth_date_may_be_written_in_many_ways(day, month):
    assert born(day, month, "1980").cleaned_data["born"] == date(1980, 3, 27)


@pytest.mark.parametrize(
    ("parts", "message", "target"),
    [
        (("", "", ""), "Enter your date of birth.", "id_born_0"),
        (("27", "", "1980"), "Date of birth must include a month.", "id_born_1"),
        (("27", "3", ""), "Date of birth must include a year.", "id_born_2"),
        (("32", "3", "1980"), "The day must be a number from 1 to 31.", "id_born_0"),
        (("27", "Foo", "1980"), "The month must be a number from 1 to 12 or a name.", "id_born_1"),
        (("27", "3", "80"), "The year must have 4 digits, like 1980.", "id_born_2"),
        (("30", "2", "1980"), "This day does not exist in this month.", "id_born_0"),
        (("1", "1", "2999"), "Date of birth must be in the past.", "id_born_0"),
    ],
)
def test_a_wrong_birth_date_says_what_is_wrong_and_where(parts, message, target):
    assert born(*parts).summary() == [{"target": target, "message": message}]


def test_two_missing_parts_are_two_links():
    assert [entry["target"] for entry in born("27", "", "").summary()] == ["id_born_1", "id_born_2"]


def test_only_the_wrong_part_of_a_birth_date_is_marked_and_all_answers_stay():
    parts = born("27", "", "1980")["born"].parts

    assert [(part["value"], part["wrong"]) for part in parts] == [("27", False), ("", True), ("1980", False)]


def test_a_birth_date_can_be_filled_in_beforehand():
    form = Person(initial={"born": date(1980, 3, 27)})

    assert [part["value"] for part in form["born"].parts] == [27, 3, 1980]


@pytest.mark.parametrize("typed", ["123456", "123 456", "123-456", " 123 456 ", "123\u2013456"])
def test_a_code_may_be_typed_with_blanks_and_hyphens(typed):
    assert forms.CodeField(label="Code").clean(typed) == "123456"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a"])
def test_a_code_of_another_length_is_refused(typed):
    with pytest.raises(django_forms.ValidationError, match="The code has 6 digits."):
        forms.CodeField(label="Code").clean(typed)


def test_a_field_is_tied_to_its_hint_and_its_error():
    form = Person({"last_name": "", "born_0": "27", "born_1": "3", "born_2": "1980"})
    html = form["last_name"].as_field_group()

    assert 'aria-describedby="id_last_name_helptext id_last_name_error"' in html
    assert 'id="id_last_name_helptext"' in html and 'id="id_last_name_error"' in html
    assert 'aria-invalid="true"' in html and 'aria-required="true"' in html
    assert '<span class="visually-hidden">Error: </span>Enter your last name.' in html


def test_no_field_carries_the_browsers_own_required():
    html = str(Person()) + str(Choice())

    assert " required" not in html and "maxlength=" not in str(Choice())


def test_optional_fields_are_marked_and_required_ones_are_not():
    form = Person()

    assert "(optional)" in form["note"].as_field_group()
    assert "(optional)" not in form["last_name"].as_field_group()


def test_radios_are_a_group_with_hints_and_the_summary_links_to_the_first():
    form = Choice({})
    html = form["reason"].as_field_group()

    assert '<fieldset class="field field-invalid" role="radiogroup" aria-required="true" aria-invalid="true"' in html
    assert 'aria-describedby="id_reason_0_hint"' in html and 'id="id_reason_0_hint">30 minutes.' in html
    assert form.summary() == [{"target": "id_reason_0", "message": "This field is required."}]


def test_a_name_keeps_every_character_and_its_composed_form():
    assert forms.NameField(autocomplete="name").clean("  A\u0308nne O’Neill-Şahin ") == "\u00c4nne O’Neill-Şahin"


def test_a_password_is_not_trimmed_and_never_sent_back():
    class SignIn(forms.Form):
        password = forms.PasswordField(label="Password")

    form = SignIn({"password": " secret  "})

    assert form.is_valid() and form.cleaned_data == {"password": " secret  "}
    assert "secret" not in str(form)
