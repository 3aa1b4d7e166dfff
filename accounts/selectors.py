"""What screens and other apps read of an account."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from accounts.enums import AccountState, ConsentPurpose, Factor, Sex, UserKind
from accounts.models import (
    AccountConsent,
    AuthenticatorDevice,
    ClinicLink,
    KnownDevice,
    Organisation,
    Person,
    PhoneDevice,
    RecoveryCode,
    Site,
    Specialty,
    TravelTime,
    UnitMember,
    User,
)
from accounts.models.users import INVITATION
from accounts.rights import entries
from accounts.rules import access_is_over
from crypto import keyring
from crypto.normalise import bare_name
from doctolib import prepared
from doctolib.tenancy.scopes import person_scope, require_scope

OWNER_FIRST = ("-is_owner", "created_at", "pk")


@dataclass(frozen=True, slots=True, repr=False)  # a traceback shows no name
class PersonView:
    id: UUID
    first_name: str
    last_name: str
    birth_date: date
    sex: str
    is_owner: bool = True

    @property
    def child(self) -> bool:
        """Under 18 today."""
        return not is_of_age(self.birth_date, timezone.localdate())

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    email: str
    phone: str  # E.164; empty where none is kept
    first_name: str = ""  # professionals
    last_name: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


def owner_person(account_id: UUID) -> PersonView | None:
    """The account's owner; None while a sign-up is not finished. Enters the account's own scope."""
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        return owner_here()


def owner_here() -> PersonView | None:
    """The owner of the account whose scope this is."""
    person = prepared.first(Person, "account_id = $1 AND is_owner", [require_scope("person").account_id])
    return person and person_view(person)


def persons_of(account_id: UUID) -> list[PersonView]:
    """The account's owner, then relatives in the order they were added. Enters the account's own scope."""
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        return [person_view(person) for person in Person.objects.order_by(*OWNER_FIRST)]


def persons_at(account_id: UUID, organisation_id: UUID) -> list[PersonView]:
    """As ``persons_of``, those who are linked to this organisation."""
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        linked = Person.objects.filter(clinics__organisation_id=organisation_id)
        return [person_view(person) for person in linked.order_by(*OWNER_FIRST)]


def person_view(person: Person) -> PersonView:
    """What others see of a person's row. Runs in the account's scope."""
    identity = person.identity
    return PersonView(
        person.id,
        identity["first_name"],
        identity["last_name"],
        date.fromisoformat(identity["birth_date"]),
        identity.get("sex", Sex.UNKNOWN),
        person.is_owner,
    )


def is_of_age(birth_date: date, today: date) -> bool:
    """18 or older; who was born on 29 February comes of age on 1 March."""
    return (today.year - birth_date.year, today.month, today.day) >= (18, birth_date.month, birth_date.day)


def has_consent(account_id: UUID, purpose: ConsentPurpose) -> bool:
    """Whether the account's owner allows this now. Enters the account's own scope."""
    with person_scope(account_id):
        return AccountConsent.objects.filter(purpose=purpose, withdrawn_at=None).exists()


def linked_clinics(account_id: UUID) -> list[tuple[UUID, UUID]]:
    """Person and organisation of each clinic where someone of this account has, or had, something."""
    with person_scope(account_id):
        links = ClinicLink.objects.filter(account_id=account_id).order_by("pk")
        return list(links.values_list("person_id", "organisation_id"))


def contact_of(user: User) -> Contact:
    """How to reach an account. Lends itself the platform's keys for just this."""
    with keyring.platform_keys():
        contact = user.contact
    return Contact(
        contact["email"], contact.get("phone", ""), contact.get("first_name", ""), contact.get("last_name", "")
    )


def known_of(user: User) -> list[str]:
    """What others know of an account's owner, and so no password of theirs: address, number and name."""
    contact = contact_of(user)
    person = owner_person(user.pk) if user.kind == UserKind.PATIENT else None
    names = [person.first_name, person.last_name] if person else [contact.first_name, contact.last_name]
    clinic = [user.organisation.name] if user.organisation else []
    return [contact.email, contact.phone, *names, *clinic]


def specialties() -> list[Specialty]:
    """All specialties that may be chosen, in the order of their German names."""
    return list(Specialty.objects.filter(is_deprecated=False))


FACTOR_MODELS: dict[Factor, type[Device]] = {
    Factor.PASSKEY: WebAuthnCredential,
    Factor.APP: AuthenticatorDevice,
    Factor.SMS: PhoneDevice,
}


def factors_of(user: User) -> set[Factor]:
    """The second factors that an account has; recovery codes count only beside another one."""
    has = {factor for factor, model in FACTOR_MODELS.items() if model.objects.devices_for_user(user, True).exists()}
    if has and recovery_codes_left(user):
        has.add(Factor.RECOVERY)
    return has


def devices_of(user: User) -> list[tuple[Factor, Device]]:
    """Each second factor of an account that can be removed by itself, oldest first of its kind."""
    found: list[tuple[Factor, Device]] = []
    for factor, model in FACTOR_MODELS.items():
        oldest = "pk" if factor is Factor.SMS else "created_at"
        found += [(factor, device) for device in model.objects.devices_for_user(user, True).order_by(oldest)]
    return found


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def known_devices_of(user: User) -> list[KnownDevice]:
    """Browsers that need no second factor, the last used first."""
    return list(KnownDevice.objects.filter(user=user, expires_at__gt=timezone.now()).order_by("-last_used_at"))


@dataclass(frozen=True, slots=True, repr=False)
class Professional:
    """One who works at an organisation, as its administrators see them."""

    id: UUID
    first_name: str
    last_name: str
    email: str
    state: AccountState
    is_administrator: bool
    invitation_ends_at: datetime | None
    access_until: date | None
    last_login: datetime | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def key(self) -> str:
        """For addresses."""
        return str(self.id)

    @property
    def sorted(self) -> str:
        """Surname first, for lists."""
        return ", ".join(filter(None, [self.last_name, self.first_name])) or self.email


def professional_view(user: User, *, now: datetime) -> Professional:
    contact = contact_of(user)
    return Professional(
        user.pk,
        contact.first_name,
        contact.last_name,
        contact.email,
        state_of(user, now=now),
        user.is_organisation_admin,
        user.invitation_ends_at,
        user.access_until,
        user.last_login,
    )


def state_of(user: User, *, now: datetime) -> AccountState:
    if user.invited_at:
        return AccountState.INVITED if now < user.invited_at + INVITATION else AccountState.EXPIRED
    if not user.is_active:
        return AccountState.LOCKED
    return AccountState.ENDED if access_is_over(user, now) else AccountState.ACTIVE


def professionals_of(organisation: Organisation, *, now: datetime) -> list[Professional]:
    """Everybody who works at an organisation, by name. One query."""
    keyring.warm(keyring.PLATFORM_OWNER)
    found = [professional_view(user, now=now) for user in organisation.professionals.all()]
    return sorted(found, key=lambda each: (bare_name(each.sorted), each.id))


def ways_from(site: Site) -> dict[int, int]:
    """Minutes to other sites, by their ids; none from a site that is not saved yet."""
    if not site.pk:
        return {}
    rows = TravelTime.objects.filter(Q(site=site) | Q(other=site)).values_list("site_id", "other_id", "minutes")
    return {other if one == site.pk else one: minutes for one, other, minutes in rows}


def unit_names() -> dict[UUID, list[str]]:
    """The units of everybody who is in any. One query, in the organisation's scope."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for member in UnitMember.objects.select_related("unit").order_by("unit__position", "unit__name_de", "pk"):
        found[member.user_id].append(member.unit.name)
    return found


def rights_in_words() -> Mapping[UUID, str]:
    """How many calendars, and what at most, by professional who was given any. In the organisation's scope."""
    return entries().summaries()


def led_units(user: User) -> list[int]:
    """The units whose members someone may give rights. In the organisation's scope."""
    return list(UnitMember.objects.filter(user_id=user.pk, is_unit_admin=True).values_list("unit_id", flat=True))


def leads_a_unit(user: User) -> bool:
    """Whether someone may give rights to the members of any unit. In the organisation's scope."""
    return UnitMember.objects.filter(user_id=user.pk, is_unit_admin=True).exists()
