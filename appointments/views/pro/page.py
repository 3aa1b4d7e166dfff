"""What the calendar's pages have in common: which calendars, which days, and the addresses of their neighbours."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Organisation
from appointments.models import Calendar
from appointments.rules import may_set_hours, may_set_up_hours
from appointments.selectors.calendar import Span, span_text
from appointments.selectors.visible import visible_calendars

AT_FIRST = 6  # calendars shown to someone who has not chosen any and has none of their own
REMEMBERED = "calendars"  # session key: calendar numbers, no personal data
PATHS = {"day": "calendar-day", "week": "calendar-week", "list": "calendar-list"}


@dataclass
class CalendarPage:
    """One page of the calendar, as asked for by its address."""

    view: str  # day, week or list
    organisation: Organisation
    day: date
    today: date
    days: int  # how many days it shows
    all_calendars: list[Calendar]
    chosen: list[Calendar]
    wrong_day: str = ""  # what was typed and is no date
    may_set_up_hours: bool = False
    sets_hours_of: int | None = None  # the one calendar shown, if the user may set its hours
    ids: str = field(init=False)

    def __post_init__(self) -> None:
        self.ids = ",".join(str(calendar.pk) for calendar in self.chosen)

    @property
    def path(self) -> str:
        """The name of its address."""
        return PATHS[self.view]

    @property
    def calendar_ids(self) -> list[int]:
        return [calendar.pk for calendar in self.chosen]

    @property
    def span(self) -> Span:
        first = self.day if self.days == 1 else self.day - timedelta(days=self.day.weekday())
        return Span(first, first + timedelta(days=self.days - 1), self.organisation.zone)

    @property
    def title(self) -> str:
        return span_text(self.span)

    def address(self, *, view: str = "", day: date | None = None, days: int | None = None) -> str:
        view = view or self.view
        query: dict[str, Any] = {"date": (day or self.day).isoformat(), "calendars": self.ids}
        days = days or self.days
        if view == "list" and days != 1:
            query["days"] = days
        return f"{reverse(PATHS[view])}?{urlencode(query, safe=',')}"

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
    def to_today(self) -> str:
        return self.address(day=self.today)

    @property
    def previous_text(self) -> str:
        return _("Previous day") if self.days == 1 else _("Previous week")

    @property
    def next_text(self) -> str:
        return _("Next day") if self.days == 1 else _("Next week")

    @property
    def switches(self) -> list[dict[str, Any]]:
        """Day, week, list: name, address, whether it is this one."""
        names = {"day": pgettext("calendar view", "Day"), "week": pgettext("calendar view", "Week")}
        names["list"] = pgettext("calendar view", "List")
        return [
            {"view": view, "name": name, "address": self.address(view=view), "current": view == self.view}
            for view, name in names.items()
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
    def units(self) -> list[dict[str, Any]]:
        """The picker's choice, by unit."""
        chosen = set(self.calendar_ids)
        return [
            {
                "unit": unit,
                "calendars": (group := [{"calendar": item, "chosen": item.pk in chosen} for item in calendars]),
                "chosen": sum(item["chosen"] for item in group),
            }
            for unit, calendars in groupby(self.all_calendars, key=lambda calendar: calendar.unit)
        ]

    @property
    def chosen_text(self) -> str:
        if len(self.chosen) == 1:
            return self.chosen[0].name
        return _("%(chosen)d of %(all)d calendars") % {"chosen": len(self.chosen), "all": len(self.all_calendars)}

    def _shifted(self, steps: int) -> date:
        try:
            return self.day + timedelta(days=self.days * steps)
        except OverflowError:
            return self.day


def page_of(request: HttpRequest, view: str) -> CalendarPage:
    """The page that the request asks for. Raises Http404 for a calendar that is not there to be seen."""
    organisation = request.user.organisation
    today = timezone.localdate(timezone=organisation.zone)
    text = request.GET.get("date", "")
    day = _day(text)
    calendars = list(
        visible_calendars(request.user)
        .select_related("unit", "practitioner")
        .order_by("unit__position", "unit__name_de", "unit_id", "position", "name", "id")
    )
    chosen = _chosen(request, calendars)
    one = chosen[0] if len(chosen) == 1 else None
    return CalendarPage(
        view=view,
        organisation=organisation,
        day=day or today,
        today=today,
        days=7 if view == "week" or (view == "list" and request.GET.get("days") == "7") else 1,
        all_calendars=calendars,
        chosen=chosen,
        wrong_day="" if day or not text else text[:40],
        may_set_up_hours=may_set_up_hours(request.user, organisation.pk),
        sets_hours_of=one.pk if one and may_set_hours(request.user, one) else None,
    )


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:  # well written, but there is no such day
        return None
    return day if day and date(1900, 1, 8) < day < date(9000, 1, 1) else None


def _chosen(request: HttpRequest, calendars: list[Calendar]) -> list[Calendar]:
    """The calendars asked for; else those last chosen in this session, one's own, or the first unit's."""
    by_id = {calendar.pk: calendar for calendar in calendars}
    asked = [part for text in request.GET.getlist("calendars") for part in text.split(",") if part]
    if asked:
        ids = list(dict.fromkeys(int(part) if part.isascii() and part.isdecimal() else 0 for part in asked))
        if not set(ids) <= by_id.keys():
            raise Http404
        if request.session.get(REMEMBERED) != ids:
            request.session[REMEMBERED] = ids
        return [calendar for calendar in calendars if calendar.pk in set(ids)]
    remembered = set(request.session.get(REMEMBERED, ())) & by_id.keys()
    if remembered:
        return [calendar for calendar in calendars if calendar.pk in remembered]
    own = [item for item in calendars if item.practitioner and item.practitioner.user_id == request.user.pk]
    return own or [item for item in calendars if item.unit_id == calendars[0].unit_id][:AT_FIRST]
