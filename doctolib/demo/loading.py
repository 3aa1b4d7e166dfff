"""Load the demo: two clinics around today, always the same for the same day and seed."""

import random
from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Least, Now

from accounts.models import Organisation, Practitioner, Site, TravelTime, Unit
from accounts.services import directory
from appointments.enums import AppointmentStatus, CancelledBy, Edge, OccupancyStatus, Origin, ResourceKind
from appointments.models import (
    Absence,
    Appointment,
    BookingRules,
    Calendar,
    CalendarReason,
    Occupancy,
    OpeningHours,
    Question,
    RequiredResource,
    Requirement,
    Resource,
    VisitReason,
)
from crypto import keyring
from doctolib.tenancy.scopes import organisation_scope, support_scope
from patients.models import Patient, PatientToken
from patients.services.records import tokens_of
from retention.models import ProcessingAgreement

from . import clinics, names, people, profiles, waiting

SEED = 20261123
PATIENTS = {"hospital": 4400, "practice": 600}
PAST, COMING = 49, 80  # days
HOURS = ((time(8), time(12)), (time(13), time(16, 30)))
BRANCH = (2, HOURS[0][0])  # weekday and opening time of the blocks that may be at the second place
EDGES = list(Edge)
NOTES = (
    "Kommt mit dem Rollstuhl, braucht Hilfe beim Umkleiden.",
    "Bringt die Tochter als Dolmetscherin mit.",
    "Vorbefunde aus Gießen sind angefordert.",
    "Möchte vorher kurz anrufen.",
)


@dataclass
class Busy:
    """What is taken of one resource, as sorted starts and ends."""

    starts: list[datetime] = field(default_factory=list)
    ends: dict[datetime, datetime] = field(default_factory=dict)

    def free(self, starts: datetime, ends: datetime) -> bool:
        place = bisect_right(self.starts, starts)
        before = place and self.ends[self.starts[place - 1]] > starts
        after = place < len(self.starts) and self.starts[place] < ends
        return not (before or after)

    def take(self, starts: datetime, ends: datetime) -> None:
        insort(self.starts, starts)
        self.ends[starts] = ends


def load(*, today: date) -> dict[str, int]:
    """Make both clinics and the demo accounts. Returns counts. The database must have no organisation yet."""
    keyring.create_keys(keyring.PLATFORM_OWNER)
    counts = {"organisations": 0, "patients": 0, "appointments": 0}
    for clinic in clinics.CLINICS:
        randomness = random.Random(f"{SEED}{clinic.slug}")
        organisation = _organisation(clinic, today)
        with organisation_scope(organisation, actor="demo"):
            plan = _set_up(clinic, today, randomness)
            profiles.load(clinic, today=today)
            patients = _patients(PATIENTS[clinic.kind], today, randomness)
            counts["appointments"] += _appointments(organisation, plan, patients, today, randomness)
            waiting.load(patients=patients, today=today, randomness=randomness)
        directory.publish(organisation)
        counts["patients"] += len(patients)
        counts["organisations"] += 1
    people.load()
    return counts


def _organisation(clinic: clinics.Clinic, today: date) -> Organisation:
    organisation = Organisation.objects.create(
        slug=clinic.slug,
        name=clinic.name,
        kind=clinic.kind,
        phone=clinic.phone,
        email=clinic.email,
        federal_state=clinic.federal_state,
        profile_de=clinic.profile_de,
        profile_en=clinic.profile_en,
        database=clinic.database if clinic.database in settings.DATABASES else "pool",
    )
    keyring.create_keys(organisation.pk)
    start = datetime.combine(today - timedelta(days=365), time(), tzinfo=UTC)
    with support_scope(organisation, actor="demo"), keyring.lend(keyring.Access.sealing(organisation.pk)):
        ProcessingAgreement.objects.create(
            version="2026-1", signed_on=start.date(), signatory="Dr. Martina Vertrag", valid_from=start
        )
    return organisation


@dataclass
class Plan:
    """One calendar with what it offers: (reason, sets of alternative resources)."""

    calendar: Calendar
    offers: list[tuple[VisitReason, list[list[Resource]]]]
    weekdays: set[int]
    branch: Site | None = None  # where its Tuesday mornings are

    def site_id(self, opens: datetime) -> int:
        """Where a block that opens at this local time is."""
        there = self.branch and (opens.isoweekday(), opens.time()) == BRANCH
        return self.branch.pk if there else self.calendar.site_id


def _set_up(clinic: clinics.Clinic, today: date, randomness: random.Random) -> list[Plan]:
    site = Site.objects.create(**clinic.site)
    branch = _branch(clinic, site)
    if clinic.limits:
        BookingRules.objects.create(**clinic.limits)
    plans: list[Plan] = []
    for position, described in enumerate(clinic.units):
        unit = Unit.objects.create(
            site=site,
            slug=described.slug,
            name_de=described.name_de,
            name_en=described.name_en,
            specialty=described.specialty,
            position=position,
        )
        resources = {
            key: [
                Resource.objects.create(
                    kind=ResourceKind(kind), name=name, site=site, unit=unit, position=500 + position
                )
                for name in resource_names
            ]
            for key, (kind, resource_names) in described.resources.items()
        }
        offers = [_reason(unit, reason, number, resources) for number, reason in enumerate(described.reasons)]
        _follow_ups(described, [reason for reason, _needs in offers])
        for title, first_name, last_name, languages in described.practitioners:
            practitioner = Practitioner.objects.create(
                title=title,
                first_name=first_name,
                last_name=last_name,
                specialty=described.specialty,
                languages=languages,
            )
            calendar = Calendar.objects.create(
                kind=ResourceKind.CALENDAR,
                name=" ".join(filter(None, [title, first_name, last_name])),
                site=site,
                unit=unit,
                practitioner=practitioner,
                edge=EDGES[len(plans) % len(EDGES)],
                position=len(plans),
            )
            away = branch if last_name in clinic.at_branch else None
            plans.append(_calendar(calendar, offers, described.held_back, away, today, randomness))
    return plans


def _branch(clinic: clinics.Clinic, site: Site) -> Site | None:
    if not clinic.branch:
        return None
    branch = Site.objects.create(**clinic.branch)
    TravelTime.objects.create(site=site, other=branch, minutes=clinic.way)
    return branch


def _follow_ups(unit: clinics.Unit, reasons: list[VisitReason]) -> None:
    by_code = {reason.code: reason for reason in reasons}
    for described in unit.reasons:
        if described.leads_to:
            code, first, last = described.leads_to
            reason = by_code[described.code]
            reason.follow_up, reason.follow_up_from, reason.follow_up_until = by_code[code], first, last
            reason.save(update_fields=["follow_up", "follow_up_from", "follow_up_until"])


def _reason(unit, described, position, resources) -> tuple[VisitReason, list[list[Resource]]]:
    reason = VisitReason.objects.create(
        unit=unit,
        name_de=described.name_de,
        name_en=described.name_en,
        code=described.code,
        duration=described.duration,
        buffer_after=described.buffer_after,
        step=described.step,
        edge=described.edge,
        instructions_de=described.instructions_de,
        instructions_en=described.instructions_en,
        is_online=described.online,
        position=position,
        **described.rules,
    )
    Question.objects.bulk_create(
        Question(
            reason=reason,
            kind=asked.kind,
            text_de=asked.text_de,
            text_en=asked.text_en,
            options_de=list(asked.options_de),
            options_en=list(asked.options_en),
            is_required=asked.is_required,
            position=number,
        )
        for number, asked in enumerate(described.questions)
    )
    for key in described.needs:
        requirement = Requirement.objects.create(reason=reason, name=key)
        for resource in resources[key]:
            RequiredResource.objects.create(requirement=requirement, resource=resource)
    return reason, [resources[key] for key in described.needs]


def _calendar(
    calendar: Calendar,
    offers: list,
    held_back: tuple[int, int],
    branch: Site | None,
    today: date,
    randomness: random.Random,
) -> Plan:
    CalendarReason.objects.bulk_create(CalendarReason(calendar=calendar, reason=reason) for reason, _needs in offers)
    weekdays = {1, 2, 3, 4, 5} - {randomness.choice([3, 5, 0])}
    OpeningHours.objects.bulk_create(
        OpeningHours(
            calendar=calendar,
            weekday=day,
            starts=starts,
            ends=ends,
            valid_from=today - timedelta(days=365),
            site=branch if (day, starts) == BRANCH else None,
            late_share=held_back[0] if starts == HOURS[0][0] else 0,
            late_hours=held_back[1],
        )
        for day in weekdays
        for starts, ends in (HOURS if day != 5 else HOURS[:1])
    )
    away = datetime.combine(today + timedelta(days=randomness.randrange(20, 60)), time(), tzinfo=UTC)
    if randomness.random() < 0.4:
        Absence.objects.create(resource_id=calendar.pk, starts_at=away, ends_at=away + timedelta(days=5), note="Urlaub")
    return Plan(calendar, offers, weekdays, branch)


def _patients(count: int, today: date, randomness: random.Random) -> list[Patient]:
    facts = [names.person(randomness, today=today) for _ in range(count)]
    patients = Patient.objects.bulk_create([Patient(**fact) for fact in facts], batch_size=1000)
    tokens = [
        PatientToken(patient=patient, kind=kind, token=token)
        for patient, fact in zip(patients, facts, strict=True)
        for kind, token in tokens_of(
            first_name=fact["name"]["first_name"],
            last_name=fact["name"]["last_name"],
            birth_date=date.fromisoformat(fact["name"]["birth_date"]),
            phone=fact["contact"]["phone"],
            email=fact["contact"]["email"],
        ).items()
    ]
    PatientToken.objects.bulk_create(tokens, batch_size=2000)
    return patients


def _appointments(organisation, plans, patients, today, randomness) -> int:
    busy: dict[int, Busy] = {}
    appointments: list[Appointment] = []
    occupancy: list[Occupancy] = []
    absent = {a.resource_id: (a.starts_at, a.ends_at) for a in Absence.objects.all()}
    for plan in plans:
        # A group is a time that several people share: the filler sells each time once.
        offers = [offer for offer in plan.offers if offer[0].capacity == 1]
        for opens, closes in _blocks(organisation, plan, today):
            site_id = plan.site_id(opens.astimezone(organisation.zone))
            # The nearer the day, the fuller it is.
            ahead = max((opens.date() - today).days, 0)
            fill = 0.92 if ahead < 3 else max(0.15, 0.85 - ahead / 80)
            moment = opens
            while moment < closes:
                reason, needs = randomness.choice(offers)
                ends = moment + timedelta(minutes=reason.duration)
                until = ends + timedelta(minutes=reason.buffer_after)
                away = absent.get(plan.calendar.pk)
                step = timedelta(minutes=15)
                if ends > closes or randomness.random() > fill or (away and away[0] < until and moment < away[1]):
                    moment += step
                    continue
                chosen = [
                    next((r.pk for r in group if busy.setdefault(r.pk, Busy()).free(moment, until)), None)
                    for group in needs
                ]
                if None in chosen:
                    moment += step
                    continue
                for resource in chosen:
                    busy[resource].take(moment, until)
                appointment = _appointment(plan, reason, randomness.choice(patients), moment, ends, randomness)
                appointments.append(appointment)
                is_live = appointment.status != AppointmentStatus.CANCELLED
                occupancy += [
                    Occupancy(
                        resource_id=resource,
                        starts_at=moment,
                        ends_at=until,
                        status=OccupancyStatus.BOOKED,
                        appointment=appointment,
                        reason=reason,
                        site_id=site_id,
                    )
                    for resource in (plan.calendar.pk, *chosen)
                    if is_live
                ]
                moment = opens + -((opens - until) // step) * step  # the next quarter after the buffer
    Appointment.objects.bulk_create(appointments, batch_size=2000)
    _booked_before(randomness)
    Occupancy.objects.bulk_create(occupancy, batch_size=2000)
    return len(appointments)


def _booked_before(randomness: random.Random) -> None:
    """A day to some weeks before the visit, and before now: statistics look at how far ahead people book."""
    for weekday, days in enumerate(randomness.choices(range(1, 60), k=7), 1):
        lead = timedelta(days=days, hours=randomness.randrange(10))
        found = Appointment.objects.filter(starts_at__iso_week_day=weekday)
        found.update(created_at=Least(F("starts_at") - lead, Now()))


def _blocks(organisation, plan: Plan, today: date) -> Iterator[tuple[datetime, datetime]]:
    for offset in range(-PAST, COMING + 1):
        day = today + timedelta(days=offset)
        if day.isoweekday() in plan.weekdays:
            for starts, ends in HOURS if day.isoweekday() != 5 else HOURS[:1]:
                yield tuple(datetime.combine(day, t, tzinfo=organisation.zone).astimezone(UTC) for t in (starts, ends))


def _appointment(plan, reason, patient, starts_at, ends_at, randomness) -> Appointment:
    origin = Origin.ONLINE if randomness.random() < 0.45 else Origin.STAFF
    note = randomness.choice(NOTES) if randomness.random() < 0.04 else ""
    return Appointment(
        calendar=plan.calendar,
        reason=reason,
        patient=patient,
        starts_at=starts_at,
        ends_at=ends_at,
        origin=origin,
        details={"note": note} if note else None,
        has_note=bool(note),
        **_so_far(starts_at, ends_at, randomness),
    )


def _so_far(starts_at: datetime, ends_at: datetime, randomness: random.Random) -> dict[str, Any]:
    """How far a visit is at this moment: most are done or ahead, some people sit in the waiting room."""
    now, early, late = datetime.now(UTC), randomness.randrange(3, 25), randomness.randrange(0, 12)
    fate = randomness.random()  # drawn always: what is drawn next must not depend on the time of day
    arrived_at = starts_at - timedelta(minutes=early)
    started_at = min(starts_at + timedelta(minutes=late), ends_at - timedelta(minutes=1))
    if ends_at <= now:
        if fate < 0.04:
            return {"status": AppointmentStatus.NO_SHOW}
        if fate < 0.1:
            by = CancelledBy.PATIENT if fate < 0.08 else CancelledBy.STAFF
            cancelled_at = starts_at - timedelta(hours=3 * early)
            return {"status": AppointmentStatus.CANCELLED, "cancelled_at": cancelled_at, "cancelled_by": by}
        return {"status": AppointmentStatus.DONE, "arrived_at": arrived_at, "started_at": started_at}
    if started_at <= now:
        return {"status": AppointmentStatus.IN_TREATMENT, "arrived_at": arrived_at, "started_at": started_at}
    if arrived_at <= now:
        return {"status": AppointmentStatus.ARRIVED, "arrived_at": arrived_at}
    return {"status": AppointmentStatus.BOOKED}
