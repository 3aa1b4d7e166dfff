"""Load the demo: two clinics around today, always the same for the same day and seed."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Least, Now

from accounts.models import Organisation, Practitioner, Site, TravelTime, Unit
from accounts.services import directory
from appointments.enums import Edge, ResourceKind
from appointments.models import (
    Absence,
    Appointment,
    BookingRules,
    Calendar,
    CalendarReason,
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

from . import clinics, names, people, profiles, together, waiting
from .visits import Book, Plan

SEED = 20261123
PATIENTS = {"hospital": 4400, "practice": 600}
PAST, COMING = 49, 80  # days
HOURS = ((time(8), time(12)), (time(13), time(16, 30)))
BRANCH = (2, HOURS[0][0])  # weekday and opening time of the blocks that may be at the second place
EDGES = list(Edge)
QUARTER = timedelta(minutes=15)


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


def _appointments(
    organisation: Organisation, plans: list[Plan], patients: list[Patient], today: date, randomness: random.Random
) -> int:
    book = Book(randomness)
    together.load(book, organisation=organisation, plans=plans, patients=patients, today=today)
    absent = {a.resource_id: (a.starts_at, a.ends_at) for a in Absence.objects.all()}
    for plan in plans:
        for opens, closes in _blocks(organisation, plan, today):
            # The nearer the day, the fuller it is.
            ahead = max((opens.date() - today).days, 0)
            fill = 0.92 if ahead < 3 else max(0.15, 0.85 - ahead / 80)
            site_id = _site_id(plan, opens.astimezone(organisation.zone))
            _fill(book, plan, patients, (opens, closes), fill, site_id, absent.get(plan.calendar.pk))
    book.write()
    _booked_before(randomness)
    return len(book.appointments)


def _fill(book: Book, plan: Plan, patients, block, fill: float, site_id: int, away) -> None:
    """Visits at quarters of a block, of which ``fill`` is the part that is booked."""
    (opens, closes), randomness = block, book.randomness
    # A group is a time that several people share: the filler sells each time once.
    offers = [offer for offer in plan.offers if offer[0].capacity == 1]
    moment = opens
    while moment < closes:
        offer = randomness.choice(offers)
        ends = moment + timedelta(minutes=offer[0].duration)
        is_away = away and away[0] < ends + timedelta(minutes=offer[0].buffer_after) and moment < away[1]
        until = None
        if ends <= closes and randomness.random() <= fill and not is_away:
            until = book.enter(plan, offer, randomness.choice(patients), moment, site_id=site_id)
        # The next quarter after the buffer.
        moment = opens + -((opens - until) // QUARTER) * QUARTER if until else moment + QUARTER


def _site_id(plan: Plan, opens: datetime) -> int:
    """Where a block that opens at this local time is."""
    there = plan.branch and (opens.isoweekday(), opens.time()) == BRANCH
    return plan.branch.pk if there else plan.calendar.site_id


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
