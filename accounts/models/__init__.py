from .closing import Unlinking
from .directory import DirectoryEntry
from .organisations import Organisation, Practitioner, Site, TravelTime, Unit
from .persons import AccountConsent, ClinicLink, Person, TermsAcceptance
from .signups import SignUp, SignUpCode, Throttle
from .specialties import Specialty
from .users import ContactChange, User

__all__ = [
    "AccountConsent",
    "ClinicLink",
    "ContactChange",
    "DirectoryEntry",
    "Organisation",
    "Person",
    "Practitioner",
    "SignUp",
    "SignUpCode",
    "Site",
    "Specialty",
    "TermsAcceptance",
    "Throttle",
    "TravelTime",
    "Unit",
    "Unlinking",
    "User",
]
