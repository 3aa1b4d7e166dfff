"""Values everyone may import."""

from enum import StrEnum

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class UserKind(TextChoices):
    PATIENT = "patient", _("Patient")
    PROFESSIONAL = "professional", _("Professional")
    PLATFORM = "platform", _("Platform staff")


DOOR_OF_KIND = {UserKind.PATIENT: "www", UserKind.PROFESSIONAL: "pro", UserKind.PLATFORM: "admin"}
KIND_OF_DOOR = {door: kind for kind, door in DOOR_OF_KIND.items()}


class ProArea(StrEnum):
    """Where a page of the pro portal belongs beside the daily work."""

    OWN = "own"  # the professional's own account
    CLINIC = "clinic"  # settings of the organisation


class AccountState(TextChoices):
    """Whether a professional can sign in, and why not."""

    ACTIVE = "active", _("active")
    INVITED = "invited", _("invited")
    EXPIRED = "expired", _("invitation expired")
    LOCKED = "locked", _("locked")
    ENDED = "ended", _("ended")


class Level(IntegerChoices):
    """What someone may do in a calendar. Each level holds everything before it."""

    NONE = 0, _("No access")
    READ = 1, _("Read only")
    INSIDE = 2, _("Appointments inside opening hours")
    APPOINTMENTS = 3, _("Appointments")
    ABSENCES = 4, _("Appointments and absences")
    FULL = 5, _("Full access")


class CriticalAction(StrEnum):
    """What an organisation's administrators are told of at once; words: accounts/critical_actions.py."""

    ACCOUNT_CREATED = "account_created"
    ACCOUNT_LOCKED = "account_locked"  # by wrong passwords
    ACCOUNT_CLOSED = "account_closed"  # locked by an administrator
    ACCOUNT_UNLOCKED = "account_unlocked"
    ACCOUNT_UNUSED = "account_unused"  # and locked for it
    ACCOUNT_DELETION_PROPOSED = "account_deletion_proposed"
    ACCOUNT_DELETED = "account_deleted"
    PASSWORD_CHANGED = "password_changed"
    ADMINISTRATOR_ADDED = "administrator_added"
    ADMINISTRATOR_REMOVED = "administrator_removed"
    ZONE_ADDED = "zone_added"
    ZONE_CHANGED = "zone_changed"
    ZONE_REMOVED = "zone_removed"
    PATIENTS_EXPORTED = "patients_exported"
    RIGHTS_REVIEW_DUE = "rights_review_due"


class LockReason(TextChoices):
    """Why an account is locked. Only the first kind opens again by a link in a mail to its owner."""

    FAILURES = "failures", _("10 wrong passwords in a row")
    ADMINISTRATOR = "administrator", _("locked by an administrator")
    UNUSED = "unused", _("not used for 2 months")


class ContactStep(TextChoices):
    """A change of an account's e-mail address or number that waits for its owner."""

    EMAIL = "email"  # the new address, until its link is used
    EMAIL_UNDO = "email_undo"  # the former address, while its owner can take it back
    PHONE = "phone"  # the new number, until its code is typed


class OrganisationKind(TextChoices):
    HOSPITAL = "hospital", _("Hospital")
    PRACTICE = "practice", _("Practice")


class FederalState(TextChoices):
    """ISO 3166-2 subdivisions of Germany, without the prefix: they decide the public holidays."""

    BW = "BW", "Baden-Württemberg"
    BY = "BY", "Bayern"
    BE = "BE", "Berlin"
    BB = "BB", "Brandenburg"
    HB = "HB", "Bremen"
    HH = "HH", "Hamburg"
    HE = "HE", "Hessen"
    MV = "MV", "Mecklenburg-Vorpommern"
    NI = "NI", "Niedersachsen"
    NW = "NW", "Nordrhein-Westfalen"
    RP = "RP", "Rheinland-Pfalz"
    SL = "SL", "Saarland"
    SN = "SN", "Sachsen"
    ST = "ST", "Sachsen-Anhalt"
    SH = "SH", "Schleswig-Holstein"
    TH = "TH", "Thüringen"


class Sex(TextChoices):
    """Administrative gender, the codes of HL7 FHIR."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Diverse")
    UNKNOWN = "unknown", _("Not given")


class ConsentPurpose(TextChoices):
    """What an account's owner can allow and withdraw."""

    PAST_APPOINTMENTS = "past_appointments", _("Past appointments")


class Outcome(TextChoices):
    """How a try to sign in ended."""

    SIGNED_IN = "signed_in", _("Signed in")
    WRONG_PASSWORD = "wrong_password", _("Wrong password")
    LOCKED = "locked", _("Refused: the account is locked")
    ZONE_REFUSED = "zone_refused", _("Refused: outside the access zones")
    FACTOR_FAILED = "factor_failed", _("Second step failed")


class Ending(StrEnum):
    """Why a session was ended by itself."""

    IDLE = "idle"
    OLD = "old"


class Factor(StrEnum):
    """What stands beside the password. The order is how they are offered, best first."""

    PASSKEY = "passkey"
    APP = "app"
    SMS = "sms"
    RECOVERY = "recovery"


STRONG = frozenset({Factor.PASSKEY, Factor.APP, Factor.RECOVERY})


class AttemptPurpose(TextChoices):
    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    ADD_PHONE = "add_phone"
