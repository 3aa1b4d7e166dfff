"""Profiles of a clinic, its units and its people: what is published, and what is still a draft."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.models import Practitioner, ProfileContent, ProfileDraft, PublishedProfile, Unit

CLINIC = "clinic"
Key = tuple[int | None, int | None]  # a unit's id, a practitioner's; neither: the clinic


@dataclass(frozen=True, slots=True)
class About:
    """Whom a profile is about: a unit, a practitioner, or (neither) the whole clinic."""

    unit: Unit | None = None
    practitioner: Practitioner | None = None

    @property
    def key(self) -> str:
        """For addresses: ``clinic``, ``unit-7``, ``person-12``."""
        if self.unit:
            return f"unit-{self.unit.pk}"
        return f"person-{self.practitioner.pk}" if self.practitioner else CLINIC

    @property
    def kind(self) -> str:
        return self.key.partition("-")[0]

    @property
    def rows(self) -> dict[str, Unit | Practitioner | None]:
        """As a filter."""
        return {"unit": self.unit, "practitioner": self.practitioner}


def about_key(key: str) -> About | None:
    """Whom an address is about; None when there is nobody."""
    kind, _dash, number = key.partition("-")
    if key == CLINIC:
        return About()
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    if kind == "unit":
        unit = Unit.objects.filter(pk=int(number)).first()
        return About(unit=unit) if unit else None
    person = Practitioner.objects.filter(pk=int(number)).first() if kind == "person" else None
    return About(practitioner=person) if person else None


def draft_of(about: About) -> ProfileDraft | None:
    return ProfileDraft.objects.filter(**_filter(about)).first()


def current_of(about: About) -> PublishedProfile | None:
    return PublishedProfile.objects.filter(is_current=True, **_filter(about)).first()


def history_of(about: About, *, most: int = 10) -> list[PublishedProfile]:
    """The last versions that were published, the newest first."""
    return list(PublishedProfile.objects.filter(**_filter(about))[:most])


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles to show, each found by what it is about."""

    found: dict[Key, ProfileContent] = field(default_factory=dict)

    @property
    def clinic(self) -> ProfileContent | None:
        return self.found.get((None, None))

    def unit(self, unit_id: int) -> ProfileContent | None:
        return self.found.get((unit_id, None))

    def person(self, practitioner_id: int) -> ProfileContent | None:
        return self.found.get((None, practitioner_id))


def profiles(*, drafts: bool = False) -> Profiles:
    """All profiles of the scope's organisation as they are published; with ``drafts`` as they would be.

    One query, or two; photos are named, not read.
    """
    rows = PublishedProfile.objects.filter(is_current=True).select_related("photo").defer("photo__content")
    found: dict[Key, ProfileContent] = {(row.unit_id, row.practitioner_id): row for row in rows}
    if drafts:
        waiting = ProfileDraft.objects.select_related("photo").defer("photo__content")
        found |= {(row.unit_id, row.practitioner_id): row for row in waiting}
    return Profiles(found)


@dataclass(frozen=True, slots=True)
class ProfileState:
    """A line of the list of profiles."""

    key: str
    name: str
    published_at: datetime | None
    changed_at: datetime | None  # of the draft; None without one


def profile_states(name: str) -> list[ProfileState]:
    """Clinic, units, people: what is published, and since when there is a draft. Four queries."""
    published: dict[Key, datetime] = {
        (unit_id, person_id): at
        for unit_id, person_id, at in PublishedProfile.objects.filter(is_current=True)
        .order_by()
        .values_list("unit_id", "practitioner_id", "published_at")
    }
    drafts: dict[Key, datetime] = {
        (unit_id, person_id): at
        for unit_id, person_id, at in ProfileDraft.objects.values_list("unit_id", "practitioner_id", "changed_at")
    }
    rows: list[tuple[Key, About, str]] = [((None, None), About(), name)]
    rows += [((unit.pk, None), About(unit=unit), unit.name) for unit in Unit.objects.all()]
    rows += [((None, each.pk), About(practitioner=each), str(each)) for each in Practitioner.objects.all()]
    return [ProfileState(about.key, called, published.get(key), drafts.get(key)) for key, about, called in rows]


def anything_published() -> bool:
    return PublishedProfile.objects.filter(unit=None, practitioner=None).exists()


def publishers(history: list[PublishedProfile]) -> set[UUID]:
    return {version.published_by for version in history if version.published_by}


def _filter(about: About) -> dict[str, object]:
    return {f"{name}_id": row.pk if row else None for name, row in about.rows.items()}
