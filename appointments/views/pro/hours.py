"""Opening hours of a calendar: the week, adding, changing from a day on, ending, copying."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.staff import staff_page
from appointments.forms_hours import AddForm, ChangeForm, CopyForm, EndForm, ExtraForm, initial_of
from appointments.models import Calendar, OpeningHours, VisitReason
from appointments.rules import may_set_absences, may_set_hours
from appointments.selectors.blocks import monday_of, next_such_day
from appointments.selectors.hours_week import block_list, blocks_of, reasons_of, settable_calendars, week_of
from appointments.selectors.visible import visible_calendars
from appointments.services import hours as services
from doctolib.forms import Form
from doctolib.hosts import address

EDIT = require_http_methods(["GET", "HEAD", "POST"])


@staff_page
@require_safe
def week(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """The week drawn to scale, and every block in a list."""
    calendar = _calendar(request, calendar_id)
    organisation, today = request.user.organisation, _today(request)
    blocks = blocks_of(calendar)
    shown = week_of(organisation, blocks, monday_of(_asked_day(request, "week") or today), today=today)
    reasons = reasons_of(calendar)
    context = {
        "week": shown,
        "list": block_list(blocks, today=today),
        "preview": _preview(request, calendar, reasons),
        "may_set_absences": may_set_absences(request.user, calendar),
    }
    return _show(request, "hours", calendar, context)


@staff_page
@EDIT
def add(request: HttpRequest, calendar_id: int) -> HttpResponse:
    calendar = _calendar(request, calendar_id)
    initial = {"is_online": True, "every_weeks": 1, "valid_from": _today(request), **_drawn(request)}
    form = AddForm(_sent(request), initial=initial, calendar=calendar, reasons=reasons_of(calendar))

    def save(form: AddForm, accepted: frozenset[UUID]) -> date:
        given = form.cleaned_data
        weekdays = [int(number) for number in given["weekdays"]]
        services.add_blocks(
            calendar=calendar,
            weekdays=weekdays,
            terms=form.terms(),
            valid_from=given["valid_from"],
            valid_until=given["valid_until"],
        )
        return min(next_such_day(given["valid_from"], weekday) for weekday in weekdays)

    title = _("Add opening hours")
    return _edit(request, calendar, form, save, title=title, done=_("The opening hours are added."))


@staff_page
@EDIT
def extra(request: HttpRequest, calendar_id: int) -> HttpResponse:
    calendar = _calendar(request, calendar_id)
    initial = {"is_online": True, "on_holidays": True, "day": _asked_day(request, "day"), **_drawn(request)}
    form = ExtraForm(_sent(request), initial=initial, calendar=calendar, reasons=reasons_of(calendar))

    def save(form: ExtraForm, accepted: frozenset[UUID]) -> date:
        day = form.cleaned_data["day"]
        services.add_blocks(
            calendar=calendar, weekdays=[day.isoweekday()], terms=form.terms(), valid_from=day, valid_until=day
        )
        return day

    title = _("Extra hours on one day")
    return _edit(request, calendar, form, save, title=title, done=_("The extra hours are added."))


@staff_page
@EDIT
def change(request: HttpRequest, calendar_id: int, block_id: int) -> HttpResponse:
    calendar = _calendar(request, calendar_id)
    block = _block(calendar, block_id)
    today = _today(request)
    if block.valid_until and block.valid_until < today:
        raise PermissionDenied(_("These hours are over. They are kept as they were."))
    initial = {**initial_of(block), "since": max(block.valid_from, today), **_drawn(request)}
    form = ChangeForm(_sent(request), initial=initial, calendar=calendar, reasons=reasons_of(calendar))

    def save(form: ChangeForm, accepted: frozenset[UUID]) -> date:
        given = form.cleaned_data
        changed = services.change_block(
            block=block,
            weekday=given["weekday"],
            terms=form.terms(),
            since=given["since"],
            valid_until=given["valid_until"],
            now=timezone.now(),
            accepted=accepted,
        )
        return next_such_day(changed.valid_from, changed.weekday)

    title = _("Change opening hours")
    return _edit(request, calendar, form, save, title=title, done=_("The opening hours are changed."), hours=block)


@staff_page
@EDIT
def end(request: HttpRequest, calendar_id: int, block_id: int) -> HttpResponse:
    calendar = _calendar(request, calendar_id)
    block = _block(calendar, block_id)
    form = EndForm(_sent(request), initial={"since": max(block.valid_from, _today(request))})

    def save(form: EndForm, accepted: frozenset[UUID]) -> None:
        since = form.cleaned_data["since"]
        services.end_block(block=block, since=since, now=timezone.now(), accepted=accepted)

    context = {"hours": block}
    return _edit(
        request,
        calendar,
        form,
        save,
        title=_("End opening hours"),
        done=_("The opening hours end."),
        template="hours_end",
        **context,
    )


@staff_page
@EDIT
def copy(request: HttpRequest, calendar_id: int) -> HttpResponse:
    calendar = _calendar(request, calendar_id)
    targets = settable_calendars(request.user)
    asked = request.GET.get("day", "")
    initial = {"since": _today(request), "what": asked if asked in set("1234567") else "week"}
    if initial["what"] != "week":
        initial["targets"] = [str(calendar.pk)]
    form = CopyForm(_sent(request), initial=initial, calendar=calendar, targets=targets)

    def save(form: CopyForm, accepted: frozenset[UUID]) -> None:
        given = form.cleaned_data
        chosen = set(given["targets"])
        services.copy_hours(
            calendar=calendar,
            weekday=None if given["what"] == "week" else int(given["what"]),
            to_weekdays=[int(number) for number in given["to_weekdays"]],
            targets=[each for each in targets if str(each.pk) in chosen],
            since=given["since"],
            replaces=given["replaces"],
            now=timezone.now(),
            accepted=accepted,
        )

    title = _("Copy opening hours")
    return _edit(
        request, calendar, form, save, title=title, done=_("The opening hours are copied."), template="hours_copy"
    )


def _edit(
    request: HttpRequest,
    calendar: Calendar,
    form: Form,
    save: Callable[[Any, frozenset[UUID]], date | None],
    *,
    title: str,
    done: str,
    template: str = "hours_form",
    **context: Any,
) -> HttpResponse:
    """Show the form, or save it: refused with what stands against it, or asked again with the appointments that would
    lie outside. ``save`` returns a day of the week to show then; None: this week."""
    context |= {"form": form, "title": title}
    if request.method != "POST" or not form.is_valid():
        return _show(request, template, calendar, context, status=422 if form.is_bound else 200)
    try:
        day = save(form, _accepted(request))
    except services.Meeting as refusal:
        return _show(request, template, calendar, {**context, "meeting": refusal}, status=409)
    except services.HoursRefused as refusal:
        return _show(request, template, calendar, {**context, "problem": refusal.message}, status=409)
    except services.LeavesOutside as question:
        return _show(request, template, calendar, {**context, "outside": question.appointments}, status=409)
    messages.success(request, done)
    if accepted := _accepted(request):
        text = ngettext(
            "%(count)d appointment stays outside the opening hours.",
            "%(count)d appointments stay outside the opening hours.",
            len(accepted),
        )
        messages.info(request, text % {"count": len(accepted)})
    shown = reverse("calendar-hours", args=[calendar.pk])
    if day and monday_of(day) != monday_of(_today(request)):
        shown = f"{shown}?week={day.isoformat()}"
    return HttpResponseRedirect(shown, status=303)


def _accepted(request: HttpRequest) -> frozenset[UUID]:
    """Appointments that somebody saw listed and lets lie outside."""
    found = set()
    for text in request.POST.getlist("outside"):
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return frozenset(found)


def _calendar(request: HttpRequest, calendar_id: int) -> Calendar:
    calendar = get_object_or_404(visible_calendars(request.user).select_related("unit", "site"), pk=calendar_id)
    if not may_set_hours(request.user, calendar):
        raise PermissionDenied(_("You may see this calendar, but not change its opening hours."))
    return calendar


def _block(calendar: Calendar, block_id: int) -> OpeningHours:
    blocks = OpeningHours.objects.filter(calendar=calendar).select_related("calendar", "site")
    return get_object_or_404(blocks.prefetch_related("allowed__reason"), pk=block_id)


def _today(request: HttpRequest) -> date:
    return timezone.localdate(timezone=request.user.organisation.zone)


def _asked_day(request: HttpRequest, name: str) -> date | None:
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:  # well written, but there is no such day
        return None
    return day if day and date(1900, 1, 8) < day < date(9000, 1, 1) else None


def _drawn(request: HttpRequest) -> dict[str, Any]:
    """What was drawn on the week, as the address of a form says it."""
    found: dict[str, Any] = {}
    if (weekday := request.GET.get("weekday", "")) and weekday in set("1234567"):
        found |= {"weekdays": [weekday], "weekday": int(weekday)}
    for name in ("starts", "ends"):
        try:
            clock = parse_time(request.GET.get(name, ""))
        except ValueError:
            continue
        if clock:
            found[name] = clock
    for name in ("valid_from", "since"):
        if day := _asked_day(request, name):
            found[name] = day
    return found


def _preview(request: HttpRequest, calendar: Calendar, reasons: list[VisitReason]) -> list[dict[str, str]]:
    """The public page of times for each reason that patients may book online."""
    if not calendar.is_online:
        return []
    start = f"/{request.user.organisation.slug}/book/"
    return [
        {
            "name": reason.name,
            "href": address("www", f"{start}?unit={reason.unit.slug}&reason={reason.pk}&calendar={calendar.pk}"),
        }
        for reason in reasons
        if reason.is_online and not reason.only_as_follow_up
    ]


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _show(
    request: HttpRequest, template: str, calendar: Calendar, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    shared = {"calendar": calendar, "section": "settings", "organisation": request.user.organisation}
    return render(request, f"pro/{template}.html", {**shared, **context}, status=status)
