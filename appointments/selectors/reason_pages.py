"""Visit reasons as their editors show them: lists, a summary in words, and why patients (do not) see one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from accounts.models import Organisation, Unit
from appointments.enums import AppointmentStatus, HorizonUnit
from appointments.models import Appointment, Calendar, CalendarReason, OpeningHours, Question, Resource, VisitReason
from doctolib.templatetags.ui import clock_text
from patients.enums import Insurance

from .needs import Need, needs_of
from .public import agreement_in_force
from .spans import minutes_text

Line = tuple[str, str]  # label, value


@dataclass(frozen=True, slots=True)
class UnitReasons:
    unit: Unit
    live: list[VisitReason]  # each with ``calendar_count``
    archived: list[VisitReason]


def reasons_by_unit(unit_id: int | None = None) -> list[UnitReasons]:
    """All reasons with the number of calendars in use that offer them. One query."""
    rows: QuerySet[VisitReason] = VisitReason.objects.select_related("unit").annotate(
        calendar_count=Count("offers", filter=Q(offers__calendar__is_active=True))
    )
    if unit_id is not None:
        rows = rows.filter(unit=unit_id)
    rows = rows.order_by("unit__position", "unit__name_de", "unit_id", "position", "name_de", "pk")
    found = []
    for _unit_id, of_unit in groupby(rows, key=lambda reason: reason.unit_id):
        reasons = list(of_unit)
        live = [reason for reason in reasons if not reason.is_archived]
        found.append(UnitReasons(reasons[0].unit, live, [reason for reason in reasons if reason.is_archived]))
    return found


def details(reason: VisitReason) -> dict[str, list[Line]]:
    """The fields of each section of the editor, in words."""
    return {
        "names": [
            (_("Name in German"), reason.name_de),
            (_("Name in English"), reason.name_en or _("as in German")),
            (_("Short code"), reason.code or _("no code")),
            (_("Colour in the calendar"), reason.get_edge_display()),
        ],
        "time": [
            (_("Duration"), _count_minutes(reason.duration)),
            (_("Kept free"), _buffers(reason)),
            (_("A time is offered every"), _count_minutes(reason.step)),
            (_("Patients at one time"), str(reason.capacity)),
        ],
        "online": [
            (_("Booking online"), _("yes") if reason.is_online else _("no")),
            (_("At the latest"), _("%(span)s before the visit") % {"span": minutes_text(reason.minimum_notice)}),
            (_("How far ahead"), _horizon(reason)),
        ],
        "who": [
            (_("New or known patients"), _audience(reason)),
            (_("Insurance"), ", ".join(str(Insurance(each).label) for each in reason.insurances) or _("nobody")),
            (_("Age"), _ages(reason)),
        ],
        "limits": [
            (_("Coming appointments of one patient"), _most(reason.most_live)),
            (_("Moving"), _until(reason.move_until)),
            (_("Cancelling"), _until(reason.cancel_until)),
            (_("Moves"), _most(reason.most_moves)),
        ],
        "visit": [
            (_("Referral"), reason.get_referral_display()),
            (_("Price"), _price(reason)),
            (_("Please note"), reason.instructions or _("nothing")),
        ],
        "after": [
            (_("Leads to"), _follow_up(reason)),
            (_("Invitation"), _months_after(reason.recall_after)),
        ],
    }


def parts(reason: VisitReason) -> dict[str, list[Line]]:
    """Calendars, rooms and devices, questions. Four queries."""
    offers = reason.offers.select_related("calendar").order_by("calendar__position", "calendar__name", "pk")
    needs = needs_of(reason)
    wanted = {pk for need in needs for pk in need.resources}
    names = dict(Resource.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return {
        "calendars": [(offer.calendar.name, _terms(offer)) for offer in offers],
        "needs": [(need.name, _need(need, names)) for need in needs],
        "questions": [(question.text, _question(question)) for question in reason.questions.all()],
    }


def hindrances(reason: VisitReason, *, organisation: Organisation, now: datetime) -> list[str]:
    """Why patients cannot book the reason online, each in a sentence. Nothing: they can."""
    calendars = Calendar.objects.filter(offers__reason=reason, is_active=True, is_online=True)
    found = [
        (reason.is_archived, _("It is archived.")),
        (not reason.is_online and not reason.is_archived, _("It is not released for booking online.")),
        (not calendars.exists(), _("No calendar in use that can be booked online offers it.")),
        (reason.only_as_follow_up, _("It is only for a follow-up: patients see it after a visit that leads to it.")),
        *_of_clinic(calendars, organisation, now),
    ]
    return [text for hinders, text in found if hinders]


def calendar_hindrances(calendar: Resource, *, organisation: Organisation, now: datetime) -> list[str]:
    """Why patients cannot book this calendar online, each in a sentence. Nothing: they can."""
    offered = CalendarReason.objects.filter(calendar=calendar.pk, reason__is_online=True).exists()
    calendars = Calendar.objects.filter(pk=calendar.pk)
    found = [
        (not calendar.is_active, _("It is not in use.")),
        (not calendar.is_online, _("It is not released for booking online.")),
        (not offered, _("It offers no visit reason that can be booked online.")),
        *_of_clinic(calendars, organisation, now),
    ]
    return [text for hinders, text in found if hinders]


def coming_count(calendar: Resource, *, now: datetime) -> int:
    """Appointments in this calendar that are still to come."""
    booked = Appointment.objects.filter(calendar=calendar.pk, status=AppointmentStatus.BOOKED, starts_at__gt=now)
    return booked.count()


def _of_clinic(calendars: Iterable[Any], organisation: Organisation, now: datetime) -> list[tuple[bool, str]]:
    open_online = OpeningHours.objects.filter(calendar__in=calendars, is_online=True)
    open_online = open_online.filter(Q(valid_until=None) | Q(valid_until__gte=now.astimezone(organisation.zone).date()))
    return [
        (not open_online.exists(), _("There are no opening hours online.")),
        (not organisation.is_published, _("Your clinic’s pages are not published yet.")),
        (not agreement_in_force(now), _("There is no processing agreement in force.")),
    ]


def _count_minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


def _buffers(reason: VisitReason) -> str:
    if not reason.buffer_before and not reason.buffer_after:
        return _("nothing before or afterwards")
    return _("%(before)d minutes before, %(after)d minutes afterwards") % {
        "before": reason.buffer_before,
        "after": reason.buffer_after,
    }


def _horizon(reason: VisitReason) -> str:
    words = {
        HorizonUnit.DAYS: ngettext_lazy("%(count)d day", "%(count)d days", "count"),
        HorizonUnit.WEEKS: ngettext_lazy("%(count)d week", "%(count)d weeks", "count"),
        HorizonUnit.MONTHS: ngettext_lazy("%(count)d calendar month", "%(count)d calendar months", "count"),
    }
    text = words[HorizonUnit(reason.horizon_unit)] % {"count": reason.horizon}
    if reason.opens_at is None:
        return text
    return _("%(span)s, a new day opens at %(clock)s") % {"span": text, "clock": clock_text(reason.opens_at)}


def _price(reason: VisitReason) -> str:
    if reason.price is None:
        return _("no price")
    return _("%(amount)s €") % {"amount": number_format(reason.price, 2, use_l10n=True)}


def _audience(reason: VisitReason) -> str:
    text = reason.get_audience_display()
    if reason.seen_within is not None:
        text += "; " + _("seen within %(months)d months") % {"months": reason.seen_within}
    if reason.only_as_follow_up:
        text += "; " + _("only as a follow-up")
    return text


def _ages(reason: VisitReason) -> str:
    first, last = reason.age_from, reason.age_until
    if first is not None and last is not None:
        return _("from %(first)d to %(last)d years") % {"first": first, "last": last}
    if first is not None:
        return _("from %(first)d years") % {"first": first}
    return _("until %(last)d years") % {"last": last} if last is not None else _("any")


def _most(count: int | None) -> str:
    return _("no limit") if count is None else _("at most %(count)d") % {"count": count}


def _until(minutes: int) -> str:
    return (
        _("until %(span)s before the visit") % {"span": minutes_text(minutes)}
        if minutes
        else _("until the visit begins")
    )


def _follow_up(reason: VisitReason) -> str:
    if not reason.follow_up_id:
        return _("nothing")
    days = {"name": reason.follow_up, "first": reason.follow_up_from, "last": reason.follow_up_until}
    return _("%(name)s, %(first)s to %(last)s days after the visit") % days


def _months_after(months: int | None) -> str:
    return _("no invitation") if months is None else _("after %(months)d months") % {"months": months}


def _question(question: Question) -> str:
    text = str(question.get_kind_display())
    return text if question.is_required else text + ", " + _("need not be answered")


def _terms(offer: CalendarReason) -> str:
    texts = [_count_minutes(offer.duration)] if offer.duration else [_("duration of the reason")]
    texts += [_("at most %(count)d a day") % {"count": offer.most_a_day}] if offer.most_a_day else []
    texts += [] if offer.calendar.is_active else [_("not in use")]
    return ", ".join(texts)


def _need(need: Need, names: dict[int, str]) -> str:
    words = ", ".join(sorted(names[pk] for pk in need.resources if pk in names))
    if need.quantity == 1:
        return _("one of: %(names)s") % {"names": words}
    return _("%(count)d of: %(names)s") % {"count": need.quantity, "names": words}
