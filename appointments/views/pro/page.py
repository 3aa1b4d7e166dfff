"""What the calendar's pages have in common: which calendars, which days, and the addresses of their neighbours."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Organisation, Unit
from appointments.enums import CalendarView, Colouring, ResourceKind
from appointments.models import Resource
from appointments.rules import may_create, may_set_hours, may_set_up_hours
from appointments.selectors.calendar import ONE_DAY, Span, span_text
from appointments.selectors.selections import Choice

from .chosen import Chosen, chosen_by

PATHS = {view: f"calendar-{view}" for view in CalendarView.values}
SWITCHES = (CalendarView.DAY, CalendarView.WORK_WEEK, CalendarView.WEEK, CalendarView.MONTH, CalendarView.LIST)
GRIDS = {CalendarView.DAY, CalendarView.WORK_WEEK, CalendarView.WEEK}
DAYS: dict[str, int] = {CalendarView.WORK_WEEK: 5, CalendarView.WEEK: 7}  # of the views that are not one day
WEEK = timedelta(days=7)
FIRST_HOUR = 8  # of a new appointment on a day ahead


@dataclass
class CalendarPage:
    """One page of the calendar, as asked for by its address."""

    view: str  # of CalendarView
    organisation: Organisation
    day: date
    today: date
    days: int  # how many days it shows; a month's page: as many as its weeks have
    shown: Chosen
    wrong_day: str = ""  # what was typed and is no date
    may_set_up_hours: bool = False
    sets_hours_of: int | None = None  # the one calendar shown, if the user may set its hours
    books_in: int | None = None  # the first calendar in which the user may book, of those shown if there are any
    keep: dict[str, Any] = field(init=False)  # what every address carries beside the date

    def __post_init__(self) -> None:
        self.keep = {"selection": self.choice.pk} if self.choice else {"calendars": self.ids}
        if self.shown.colours and not (self.choice and self.choice.selection.colours == self.shown.colours):
            self.keep["colours"] = self.shown.colours

    @property
    def all_resources(self) -> list[Resource]:
        return self.shown.all_resources

    @property
    def all_calendars(self) -> list[Resource]:
        return _calendars(self.shown.all_resources)

    @property
    def chosen(self) -> list[Resource]:
        """Calendars, rooms and devices in the order of the columns."""
        return self.shown.resources

    @property
    def calendars(self) -> list[Resource]:
        """Those among what is chosen: a month, today's list and figures are about them alone."""
        return _calendars(self.chosen)

    @property
    def choice(self) -> Choice | None:
        """The saved selection that is shown."""
        return self.shown.choice

    @property
    def ids(self) -> str:
        return ",".join(str(resource.pk) for resource in self.chosen)

    @property
    def path(self) -> str:
        """The name of its address."""
        return PATHS[self.view]

    @property
    def calendar_ids(self) -> list[int]:
        return [calendar.pk for calendar in self.calendars]

    @property
    def equipment_ids(self) -> list[int]:
        return [each.pk for each in self.chosen if each.kind != ResourceKind.CALENDAR]

    @property
    def is_grid(self) -> bool:
        return self.view in GRIDS

    @property
    def colours(self) -> str:
        """What colours stand for. Unless chosen: the calendar where several share a column, else the reason."""
        mixed = self.view in DAYS and len(self.chosen) > 1
        return self.shown.colours or (Colouring.CALENDAR if mixed else Colouring.REASON)

    @property
    def zoom(self) -> int | None:
        return self.choice.selection.zoom if self.choice else None

    @property
    def span(self) -> Span:
        if self.view == CalendarView.MONTH:
            first = self.day.replace(day=1)
            last = _month_later(first, 1) - timedelta(days=1)
            return Span(_monday(first), _monday(last) + timedelta(days=6), self.organisation.zone)
        first = self.day if self.days == 1 else _monday(self.day)
        return Span(first, first + timedelta(days=self.days - 1), self.organisation.zone)

    @property
    def title(self) -> str:
        if self.view == CalendarView.MONTH:
            return date_format(self.day, pgettext("date format: month, year", "F Y"))
        return span_text(self.span)

    def address(self, *, view: str = "", day: date | None = None, days: int | None = None, **keep: Any) -> str:
        view = view or self.view
        query: dict[str, Any] = {"date": (day or self.day).isoformat(), **self.keep, **keep}
        days = days or self.days
        if view == CalendarView.TODAY:
            query.pop("date")
        if view == CalendarView.LIST and days in (5, 7):
            query["days"] = 7
        return f"{reverse(PATHS[view])}?{urlencode(query, safe=',')}"

    @property
    def events_address(self) -> str:
        """Of the feed, for these calendars and days."""
        span = self.span
        query = {"calendars": self.ids, "from": span.first.isoformat(), "to": (span.last + ONE_DAY).isoformat()}
        return f"{reverse('calendar-events')}?{urlencode(query, safe=',')}"

    @property
    def previous(self) -> str:
        return self.address(day=self._shifted(-1))

    @property
    def next(self) -> str:
        return self.address(day=self._shifted(1))

    @property
    def list_address(self) -> str:
        return self.address(view="list")

    @property
    def print_address(self) -> str:
        week = {"days": 7} if self.view in DAYS or self.days == 7 else {}
        query = {"date": self.day.isoformat(), **self.keep, **week}
        return f"{reverse('calendar-print')}?{urlencode(query, safe=',')}"

    @property
    def save_address(self) -> str:
        query = {"calendars": self.ids, "view": self.view, "colours": self.colours}
        return f"{reverse('selection-add')}?{urlencode(query, safe=',')}"

    @property
    def new_address(self) -> str:
        """The form of a new appointment on the day shown: today it begins with the next quarter of an hour."""
        if self.books_in is None:
            return ""
        clock = timezone.localtime(timezone=self.organisation.zone) + timedelta(minutes=15)
        is_later = self.day == self.today == clock.date() and clock.hour >= FIRST_HOUR
        start = f"{clock:%H}:{clock.minute // 15 * 15:02}" if is_later else f"{FIRST_HOUR:02}:00"
        query = {"calendar": self.books_in, "start": f"{self.day}T{start}"}
        return f"{reverse('appointment-new')}?{urlencode(query, safe=':')}"

    @property
    def to_today(self) -> str:
        return self.address(day=self.today)

    @property
    def previous_text(self) -> str:
        return self._step_texts[0]

    @property
    def next_text(self) -> str:
        return self._step_texts[1]

    @property
    def _step_texts(self) -> tuple[str, str]:
        if self.view == CalendarView.MONTH:
            return _("Previous month"), _("Next month")
        return (_("Previous day"), _("Next day")) if self.days == 1 else (_("Previous week"), _("Next week"))

    @property
    def switches(self) -> list[dict[str, Any]]:
        """The views: name, address, whether it is this one."""
        return [
            {"view": view, "name": view.label, "address": self.address(view=view), "current": view == self.view}
            for view in SWITCHES
        ]

    @property
    def colourings(self) -> list[dict[str, Any]]:
        return [
            {"name": each.label, "address": self.address(colours=each.value), "current": each == self.colours}
            for each in Colouring
        ]

    @property
    def lengths(self) -> list[dict[str, Any]]:
        """How many days the list may show."""
        names = {1: _("One day"), 7: _("One week")}
        return [
            {"name": name, "address": self.address(days=days), "current": days == self.days}
            for days, name in names.items()
        ]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The picker's choice: calendars by unit, then rooms, then devices."""
        chosen = {resource.pk for resource in self.chosen}
        return [
            {"title": _title(kind, unit), "resources": [{"of": each, "chosen": each.pk in chosen} for each in group]}
            for (kind, unit), group in groupby(self.shown.all_resources, key=_kind_and_unit)
        ]

    @property
    def chosen_text(self) -> str:
        if self.choice:
            return self.choice.name
        if len(self.chosen) == 1:
            return self.chosen[0].name
        words = []
        if self.calendars or not self.equipment_ids:
            counts = {"chosen": len(self.calendars), "all": len(self.all_calendars)}
            words.append(_("%(chosen)d of %(all)d calendars") % counts)
        if count := len(self.equipment_ids):
            words.append(ngettext("%(count)d room or device", "%(count)d rooms or devices", count) % {"count": count})
        return ", ".join(words)

    @property
    def selections(self) -> list[dict[str, Any]]:
        """The saved ones, each with the address that shows it in its own view."""
        return [
            {"choice": choice, "address": selection_address(choice), "current": choice is self.choice}
            for choice in self.shown.choices
        ]

    def _shifted(self, steps: int) -> date:
        try:
            if self.view == CalendarView.MONTH:
                return _month_later(self.day.replace(day=1), steps)
            return self.day + (timedelta(days=steps) if self.days == 1 else WEEK * steps)
        except (OverflowError, ValueError):
            return self.day


def selection_address(choice: Choice) -> str:
    return f"{reverse('calendar-selection')}?{urlencode({'selection': choice.pk})}"


def page_of(request: HttpRequest, view: str) -> CalendarPage:
    """The page that the request asks for. Raises Http404 for a calendar that is not there to be seen."""
    organisation = request.user.organisation
    today = timezone.localdate(timezone=organisation.zone)
    text = "" if view == CalendarView.TODAY else request.GET.get("date", "")
    day = _day(text)
    in_list = 7 if view == CalendarView.LIST and request.GET.get("days") == "7" else 1
    shown = chosen_by(request)
    calendars = _calendars(shown.resources)
    bookable = calendars or _calendars(shown.all_resources)  # of rooms alone: any
    one = calendars[0] if len(shown.resources) == len(calendars) == 1 else None
    return CalendarPage(
        view=view,
        organisation=organisation,
        day=day or today,
        today=today,
        days=DAYS.get(view, in_list),
        shown=shown,
        wrong_day="" if day or not text else text[:40],
        may_set_up_hours=may_set_up_hours(request.user, organisation.pk),
        sets_hours_of=one.pk if one and may_set_hours(request.user, one) else None,
        books_in=next((each.pk for each in bookable if may_create(request.user, each, inside=True)), None),
    )


def _calendars(resources: list[Resource]) -> list[Resource]:
    return [each for each in resources if each.kind == ResourceKind.CALENDAR]


def _kind_and_unit(resource: Resource) -> tuple[str, Unit | None]:
    return resource.kind, resource.unit if resource.kind == ResourceKind.CALENDAR else None


def _title(kind: str, unit: Unit | None) -> str:
    if unit is not None:
        return unit.name
    return _("Rooms") if kind == ResourceKind.ROOM else _("Devices")


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:  # well written, but there is no such day
        return None
    return day if day and date(1900, 1, 8) < day < date(9000, 1, 1) else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_later(first: date, months: int) -> date:
    """The first of another month."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
