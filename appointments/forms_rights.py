"""A row of the matrix of rights, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Level
from appointments.selectors.board import Row
from appointments.services.rights import Change
from doctolib.forms import Form

LEVELS = [(str(level), Level(level).label) for level in Level.values]


class RowForm(Form):
    """A select for each calendar, and beside it, hidden, what stood there when the row was opened."""

    def __init__(self, *args: Any, row: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        without = _("no entry of its own") if row.is_unit else _("as the units")
        for calendar, effective in row.cells:
            said = "" if effective.own is None else str(int(effective.own))
            attrs = {"aria-label": f"{calendar.name}, {row.name}", "form": "row-form"}
            self.fields[f"level-{calendar.pk}"] = forms.ChoiceField(
                choices=[("", without), *LEVELS], initial=said, required=False, widget=forms.Select(attrs=attrs)
            )
            hidden = forms.HiddenInput(attrs={"form": "row-form"})
            self.fields[f"was-{calendar.pk}"] = forms.ChoiceField(
                choices=[("", ""), *LEVELS],
                initial=said,
                required=False,
                widget=hidden,
            )

    def cells(self) -> list[tuple[Any, Any]]:
        return [(self[f"level-{calendar.pk}"], self[f"was-{calendar.pk}"]) for calendar, _effective in self.row.cells]

    def changes(self) -> list[Change]:
        data = self.cleaned_data
        return [
            Change(calendar.pk, _level(data[f"was-{calendar.pk}"]), _level(data[f"level-{calendar.pk}"]))
            for calendar, _effective in self.row.cells
        ]


def _level(text: str) -> Level | None:
    return Level(int(text)) if text else None
