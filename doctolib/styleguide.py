"""/styleguide/: every element of the design system with its states. Invented names only, no data is read."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms as django_forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from doctolib import forms
from doctolib.charts import Chart, Series, Words, lines, stacked_bars
from doctolib.templatetags.ui import FLAGS, NOTICE_ICONS, STATUS

ZONE = ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 26)
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewiss"  # 60 letters and one
EDGES = ("sky", "amber", "indigo", "plum", "mauve", "rust", "sage", "olive")
FRAMES = {"www": "public/base_public.html", "pro": "pro/base_pro.html"}


class SampleForm(forms.Form):
    """One field of each kind."""

    reason = forms.RadioField(
        label=_("Why do you need an appointment?"),
        choices=[("first", _("First visit")), ("check", _("Check-up")), ("ent", "Hals-Nasen-Ohren-Heilkunde (HNO)")],
        hints={"first": _("30 minutes. Bring your referral and your insurance card."), "check": _("15 minutes.")},
        error_messages={"required": _("Choose a reason.")},
    )
    last_name = forms.NameField(
        label=_("Last name"),
        autocomplete="family-name",
        help_text=_("As on your insurance card."),
        error_messages={"required": _("Enter your last name.")},
    )
    born = forms.BirthDateField(label=_("Date of birth"), help_text=_("For example 27 3 1980"))
    email = forms.EmailField(label=_("Email address"))
    mobile = forms.PhoneField(label=_("Mobile number"), help_text=_("We send you a code by text message."))
    password = forms.PasswordField(label=_("Password"), new=True, help_text=_("8 characters or more."))
    code = forms.CodeField(label=_("Code from the text message"))
    insurance = django_forms.ChoiceField(
        label=_("Insurance"), choices=[("", _("Choose …")), ("statutory", _("Statutory")), ("private", _("Private"))]
    )
    note = django_forms.CharField(
        label=_("Anything the clinic should know"), required=False, widget=django_forms.Textarea(attrs={"rows": 3})
    )
    terms = forms.CheckboxField(
        label=_("I accept the terms of use."), error_messages={"required": _("Accept the terms to go on.")}
    )


def _sample_slots() -> list[datetime]:
    start = datetime.combine(DAY, time(8), ZONE)
    return [start + timedelta(minutes=20 * step) for step in range(26) if step not in (3, 4, 12, 13, 14)]


def _sample_cards() -> list[dict]:
    people = ("Kaya, Elif", "Müller-Lüdenscheidt, Ömer", "von der Heide, Ännchen", f"{LONG_NAME}, Jo", "عبد الله, سارة")
    statuses = [*STATUS, "booked"]
    return [
        {
            "edge": EDGES[at % len(EDGES)],
            "status": status,
            "name": people[at % len(people)],
            "code": "KON",
            "line": "08:15 bis 08:45",
            "more": "Kontrolle, Raum 204",
            "flags": list(FLAGS)[at : at + 2],
            "overbooked": at == len(statuses) - 1,
            "spoken": f", Montag, 23. November, Dr. Kaya, {STATUS[status][1]}",
        }
        for at, status in enumerate(statuses)
    ]


def _sample_charts() -> list[Chart]:
    """Bars, and lines with a gap."""
    days = ["23.11.", "24.11.", "25.11.", "26.11.", "27.11."]
    names = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday")]

    def words(id: str, title: Promise) -> Words:
        return Words(id, str(title), str(_("Monday to Friday.")), str(_("Day")), [str(day) for day in names], days, str)

    def series(name: Promise | str, *values: float | None) -> Series:
        return Series(str(name), values, ["" if value is None else str(value) for value in values])

    bars = [series(_("online"), 12, 9, 14, 3, 8), series(_("on the phone"), 7, 11, 2, 5, 6)]
    waiting = [
        series("Dr. Kaya", 7, 12, 9, None, 11),
        series("Dr. Brandt", 3, 4, 6, 5, 2),
        series(LONG_NAME, 9, 8, 1, 2, 3),
    ]
    return [
        stacked_bars(words("sample-bars", _("Appointments")), bars),
        lines(words("sample-lines", _("Waiting time in minutes")), waiting, whole=True),
    ]


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """``?door=pro`` shows the staff's frame, ``?theme=dark`` or ``light`` overrules the system's choice."""
    door = request.GET.get("door") or getattr(request, "door", "www")
    theme = request.GET.get("theme", "")
    wrong = SampleForm({"born_0": "27", "born_1": "", "born_2": "1980", "code": "12", "email": "anna@"})
    wrong.is_valid()
    return render(
        request,
        "styleguide.html",
        {
            "frame": FRAMES.get(door, FRAMES["www"]),
            "is_pro": door == "pro",
            "theme": theme if theme in ("light", "dark") else "",
            "clinic_name": "Universitätsklinikum Musterstadt",
            "clinic_phone": "030 23125 000",
            "empty_form": SampleForm(prefix="empty"),
            "wrong_form": wrong,
            "day": DAY,
            "starts_at": datetime.combine(DAY, time(14, 30), ZONE),
            "ends_at": datetime.combine(DAY, time(15, 0), ZONE),
            "slots": _sample_slots(),
            "few_slots": _sample_slots()[:2],
            "notices": NOTICE_ICONS,
            "statuses": STATUS,
            "flags": FLAGS,
            "edges": EDGES,
            "cards": _sample_cards(),
            "charts": _sample_charts() if door == "pro" else [],
            "page": Paginator(range(90), 10).page(2),
            "long_name": LONG_NAME,
            "heading": pgettext_lazy("page title", "Style guide"),
        },
    )
