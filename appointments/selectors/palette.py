"""What the command palette offers: pages, days, saved selections, patients, and what was used last."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.enums import ProArea
from accounts.models import User
from accounts.pro_pages import everybody, pages_for
from appointments.models import PaletteUse
from appointments.rules import may_book_anywhere, may_see_any, may_steer
from appointments.typed_dates import Typed, read_date
from doctolib.templatetags.ui import clock_text, day_text
from patients.rules import may_open_patients
from patients.selectors import visible_patients
from patients.selectors_search import Asked, Match, find_patients, match_of, read_query

from .selections import visible_selections
from .visible import shows_figures

MOST = 12  # options at once
RECENT = 6
LEAST_LETTERS = 3  # of a patient's name


def _opens_patients(user: User) -> bool:
    return may_open_patients(user, user.organisation_id)


class Page(NamedTuple):
    """A page that is in no menu of ``accounts.pro_pages``."""

    url_name: str
    title: Promise | str
    icon: str
    may: Callable[[User], bool] = everybody


PAGES = (
    Page("calendar-day", pgettext_lazy("command", "Calendar: day"), "calendar3", may_see_any),
    Page("calendar-work-week", pgettext_lazy("command", "Calendar: work week"), "calendar-week", may_see_any),
    Page("calendar-week", pgettext_lazy("command", "Calendar: week"), "calendar-week", may_see_any),
    Page("calendar-month", pgettext_lazy("command", "Calendar: month"), "calendar3", may_see_any),
    Page("calendar-list", pgettext_lazy("command", "Calendar: list"), "list", may_see_any),
    Page("calendar-today", gettext_lazy("Today’s patients"), "person-check", may_see_any),
    Page("appointment-new", gettext_lazy("New appointment"), "calendar-plus", may_book_anywhere),
    Page("calendar-changes", gettext_lazy("Last changes"), "arrow-counterclockwise", may_book_anywhere),
    Page("calendar-print", pgettext_lazy("command", "Print the day"), "printer", may_see_any),
    Page("selections", gettext_lazy("Saved selections"), "people", may_see_any),
    Page("patient-list", gettext_lazy("Patients"), "people", _opens_patients),
    Page("waiting-list", gettext_lazy("Waiting list"), "hourglass-split", may_steer),
    Page("statistics", gettext_lazy("Statistics"), "bar-chart", shows_figures),
    Page("settings", gettext_lazy("Settings"), "gear"),
    Page("account", gettext_lazy("My account"), "person"),
)


@dataclass(frozen=True, slots=True, repr=False)  # a traceback shows no name
class Option:
    """One line. ``value`` is what the browser sends back; ``address`` where it leads, found anew by the server."""

    value: str
    icon: str
    text: str
    more: str
    address: str
    patient_id: UUID | None = None


def options(*, user: User, text: str, now: datetime) -> list[Option]:
    """What fits the typed words, best first; with nothing typed, what was used last and then all pages."""
    words = " ".join(text.split())
    if not words:
        recent = _recent(user)
        known = {option.value for option in recent}
        return recent + [option for option in _pages(user) if option.value not in known]
    found = [*_dates(user, words, now), *_matching(words, [*_pages(user), *_selections(user)]), *_patients(user, words)]
    return found[:MOST]


def chosen(*, user: User, value: str) -> Option | None:
    """The option that the browser sent back, if the user may have it."""
    kind, _colon, key = value.partition(":")
    if kind == "page":
        return next((option for option in _pages(user) if option.value == value), None)
    if kind == "selection":
        return next((option for option in _selections(user) if option.value == value), None)
    if kind == "patient":
        return next(iter(_patients_by_id(user, [key])), None)
    return _moment(user, key) if kind == "date" and may_see_any(user) else None


def _pages(user: User) -> list[Option]:
    """Every page that the user may open; those that are not built here are left out."""
    own = [page for page in PAGES if page.may(user)]
    found = [_page(page.url_name, str(page.title), page.icon) for page in own]
    for area, icon in ((ProArea.CLINIC, "gear"), (ProArea.OWN, "person")):
        found += [_page(page.url_name, str(page.title), icon) for page in pages_for(user, area)]
    return [option for option in found if option is not None]


def _page(url_name: str, title: str, icon: str) -> Option | None:
    try:
        return Option(f"page:{url_name}", icon, title, "", reverse(url_name))
    except NoReverseMatch:
        return None


def _selections(user: User) -> list[Option]:
    return [
        Option(
            f"selection:{pk}", "people", name, _("Saved selection"), f"{reverse('calendar-selection')}?selection={pk}"
        )
        for pk, name in visible_selections(user).order_by("name", "id").values_list("pk", "name")
    ]


def _matching(words: str, found: Sequence[Option]) -> list[Option]:
    """Options with every typed word at the beginning of one of theirs."""
    typed = words.casefold().split()
    return [option for option in found if all(_begins(option.text, word) for word in typed)]


def _begins(text: str, word: str) -> bool:
    return any(part.startswith(word) for part in text.casefold().replace(":", " ").replace("-", " ").split())


def _dates(user: User, words: str, now: datetime) -> list[Option]:
    typed = read_date(words, today=timezone.localdate(now))
    if typed is None or not may_see_any(user):
        return []
    text = f"{typed.day.isoformat()}{f'T{typed.clock:%H:%M}' if typed.clock else ''}"
    option = _moment(user, text)
    return [option] if option else []


def _moment(user: User, text: str) -> Option | None:
    """A day, or the form for a new appointment at a time of it."""
    try:
        typed = Typed(date.fromisoformat(text[:10]), time.fromisoformat(text[11:]) if text[10:] else None)
    except ValueError:
        return None
    day = f"{reverse('calendar-day')}?{urlencode({'date': typed.day.isoformat()})}"
    if typed.clock is None:
        return Option(f"date:{text}", "calendar3", day_text(typed.day), _("Show this day"), day)
    said = f"{day_text(typed.day)}, {clock_text(datetime.combine(typed.day, typed.clock))}"
    form = _page("appointment-new", "", "") if may_book_anywhere(user) else None
    if form is None:
        return Option(f"date:{text}", "calendar3", said, _("Show this day"), day)
    address = f"{form.address}?{urlencode({'start': text}, safe=':')}"
    return Option(f"date:{text}", "calendar-plus", said, _("New appointment"), address)


def asks_for_patients(user: User, text: str) -> bool:
    """Whether so much was typed that records are looked through, by someone who may open them."""
    is_long = len(text.replace(" ", "")) >= LEAST_LETTERS
    return is_long and _opens_patients(user) and _asked(text).is_enough


def _asked(text: str) -> Asked:
    return read_query(text, today=timezone.localdate())


def _patients(user: User, words: str) -> list[Option]:
    if not asks_for_patients(user, words):
        return []
    matches, _more = find_patients(_asked(words))
    return [_patient(match) for match in matches]


def _patients_by_id(user: User, ids: Iterable[str]) -> list[Option]:
    try:
        wanted = [UUID(text) for text in ids]
    except ValueError:
        return []
    rows = {patient.pk: patient for patient in visible_patients(user).filter(pk__in=wanted)}
    return [_patient(match_of(rows[pk])) for pk in wanted if pk in rows]


def _patient(match: Match) -> Option:
    born = _("born %(date)s") % {"date": f"{match.birth_date:%d.%m.%Y}"} if match.birth_date else ""
    more = ", ".join(filter(None, (born, match.phone)))
    return Option(
        f"patient:{match.id}", "person", match.name.sorted, more, reverse("patient-card", args=[match.id]), match.id
    )


def _recent(user: User) -> list[Option]:
    """What was used last, as far as it may still be had."""
    uses = list(PaletteUse.objects.filter(user_id=user.pk).order_by("-used_at")[:RECENT])
    pages = {option.value: option for option in _pages(user)}
    patients = {
        option.patient_id: option for option in _patients_by_id(user, [str(u.patient_id) for u in uses if u.patient_id])
    }
    found = [pages.get(f"page:{use.target}") if use.target else patients.get(use.patient_id) for use in uses]
    return [option for option in found if option is not None]
