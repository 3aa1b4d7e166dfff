"""The waiting list as pages show it: to a patient their own entries, to staff everybody's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.selectors import PersonView
from appointments.enums import OfferStatus, WaitingStatus
from appointments.models import Appointment, Calendar, WaitingEntry, WaitingOffer
from doctolib.templatetags.ui import date_text
from patients.selectors import Name, name_of

from .waiting import lost_offers, replaced

NEWEST = ("-made_at",)


@dataclass(frozen=True, slots=True)
class OfferView:
    id: UUID
    starts_at: datetime
    expires_at: datetime
    who: str
    address: str
    state: str  # a value of OfferStatus; ended: nobody answered, but no sweep has been there yet

    @property
    def open(self) -> bool:
        return self.state == OfferStatus.OPEN


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry in words. ``name`` is for staff alone, ``for_whom`` a relative's name for the account's owner."""

    id: UUID
    organisation: Organisation
    reason_id: int
    reason_name: str
    unit_name: str
    people: str  # empty: anyone
    days: str
    times: str  # empty: any
    status: str
    by_silence: bool
    joined_at: datetime
    priority: int
    appointment: Appointment | None  # to be replaced
    got: UUID | None  # the appointment that it led to
    offer: OfferView | None  # the newest
    patient_id: UUID
    name: Name | None = None
    for_whom: str = ""

    @property
    def live(self) -> bool:
        return self.status in (WaitingStatus.WAITING, WaitingStatus.PAUSED)

    @property
    def status_label(self) -> str:
        return str(WaitingStatus(self.status).label)


def days_text(entry: WaitingEntry, today: date) -> str:
    """``vom 26. November 2026 bis 5. Dezember 2026``; empty: any day from now on."""
    first, last = entry.from_day, entry.until_day
    if last is None:
        return _("from %(first)s") % {"first": date_text(first)} if first > today else ""
    if first <= today:
        return _("until %(last)s") % {"last": date_text(last)}
    return _("from %(first)s until %(last)s") % {"first": date_text(first), "last": date_text(last)}


def half_days_text(half_days: Iterable[int]) -> str:
    """``Montag, Mittwoch; Dienstag bis Freitag vormittags``; empty: any time."""
    chosen = set(half_days)
    kinds: dict[str, list[int]] = {"%s": [], _("%s mornings"): [], _("%s afternoons"): []}
    whole, mornings, afternoons = kinds
    for day in range(7):
        morning, afternoon = 2 * day in chosen, 2 * day + 1 in chosen
        if morning or afternoon:
            kinds[whole if morning and afternoon else mornings if morning else afternoons].append(day)
    return "" if len(chosen) == 14 else "; ".join(kind % _weekdays_text(days) for kind, days in kinds.items() if days)


def _weekdays_text(days: list[int]) -> str:
    """Three in a row and more are a span."""
    texts = []
    for _start, group in groupby(enumerate(days), key=lambda item: item[1] - item[0]):
        run = [str(WEEKDAYS[day]) for _at, day in group]
        texts += [_("%(first)s to %(last)s") % {"first": run[0], "last": run[-1]}] if len(run) > 2 else run
    return ", ".join(texts)


def entries(found: QuerySet[WaitingEntry] | None = None, **conditions) -> QuerySet[WaitingEntry]:
    """With all that a view of them shows: together with ``views`` five queries, however many they are."""
    offers = WaitingOffer.objects.select_related("calendar__practitioner", "calendar__site").order_by(*NEWEST)
    return (
        (WaitingEntry.objects.all() if found is None else found)
        .filter(**conditions)
        .select_related("reason__unit", "patient", "appointment")
        .prefetch_related(Prefetch("offers", queryset=offers, to_attr="all_offers"))
    )


def views(
    found: Iterable[WaitingEntry], organisation: Organisation, *, now: datetime, names: bool = False, for_whom: str = ""
) -> list[EntryView]:
    found = list(found)
    today = now.astimezone(organisation.zone).date()
    who = Calendar.objects.select_related("practitioner").in_bulk({pk for entry in found for pk in entry.calendar_ids})
    lost = lost_offers(offer for entry in found for offer in entry.all_offers)
    return [
        EntryView(
            id=entry.pk,
            organisation=organisation,
            reason_id=entry.reason_id,
            reason_name=entry.reason.name,
            unit_name=entry.reason.unit.name,
            people=", ".join(_called(who[pk]) for pk in entry.calendar_ids if pk in who),
            days=days_text(entry, today),
            times=half_days_text(entry.half_days),
            status=entry.status,
            by_silence=entry.silences > 0,
            joined_at=entry.joined_at,
            priority=entry.priority,
            appointment=replaced(entry, now),
            got=entry.appointment_id if entry.status == WaitingStatus.BOOKED else None,
            offer=_offer(entry.all_offers[0], lost, now) if entry.all_offers else None,
            patient_id=entry.patient_id,
            name=name_of(entry.patient.name) if names else None,
            for_whom=for_whom,
        )
        for entry in found
    ]


def _offer(offer: WaitingOffer, lost: set[UUID], now: datetime) -> OfferView:
    state: str = offer.status
    if offer.status == OfferStatus.OPEN and offer.expires_at <= now:
        state = OfferStatus.SILENT
    elif offer.pk in lost:
        state = OfferStatus.LOST
    return OfferView(
        offer.pk, offer.starts_at, offer.expires_at, _called(offer.calendar), offer.calendar.site.address, state
    )


def _called(calendar: Calendar) -> str:
    return str(calendar.practitioner or calendar.name)


def entry_view(entry_id: UUID, organisation: Organisation, *, now: datetime, **kind) -> EntryView | None:
    """One entry; in the patient's own scope a stranger's id is None."""
    return next(iter(views(entries(pk=entry_id), organisation, now=now, **kind)), None)


def entries_of(organisation: Organisation, person: PersonView, *, now: datetime) -> list[EntryView]:
    """What one person waits for at one clinic. In their own scope."""
    for_whom = "" if person.is_owner else person.name
    return views(entries(person_id=person.id, closed_at=None), organisation, now=now, for_whom=for_whom)


def waiting_list(organisation: Organisation, found: QuerySet[WaitingEntry], *, now: datetime):
    """Live entries by unit and reason, each group in its order of turn."""
    in_order = entries(found, closed_at=None).order_by(
        "reason__unit__position", "reason__unit__name_de", "reason__position", "reason_id",
        "-priority", "joined_at", "id",
    )  # fmt: skip
    shown = views(in_order, organisation, now=now, names=True)
    return [
        {"unit": unit, "reason": reason, "entries": list(group)}
        for (unit, reason, _id), group in groupby(shown, key=lambda e: (e.unit_name, e.reason_name, e.reason_id))
    ]
