from .access import AccessZone, Connection, Session
from .closing import Unlinking
from .directory import DirectoryEntry
from .factors import AuthenticatorDevice, FactorAttempt, FactorCode, KnownDevice, PhoneDevice, RecoveryCode
from .organisations import Organisation, Practitioner, Site, TravelTime, Unit, UnitMember
from .persons import AccountConsent, ClinicLink, Person, TermsAcceptance
from .profiles import ProfileContent, ProfileDraft, ProfilePhoto, PublishedProfile
from .signups import SignUp, SignUpCode, Throttle
from .specialties import Specialty
from .users import ContactChange, User

__all__ = [
    "AccessZone",
    "AccountConsent",
    "AuthenticatorDevice",
    "ClinicLink",
    "Connection",
    "ContactChange",
    "DirectoryEntry",
    "FactorAttempt",
    "FactorCode",
    "KnownDevice",
    "Organisation",
    "Person",
    "PhoneDevice",
    "Practitioner",
    "ProfileContent",
    "ProfileDraft",
    "ProfilePhoto",
    "PublishedProfile",
    "RecoveryCode",
    "Session",
    "SignUp",
    "SignUpCode",
    "Site",
    "Specialty",
    "TermsAcceptance",
    "Throttle",
    "TravelTime",
    "Unit",
    "UnitMember",
    "Unlinking",
    "User",
]
