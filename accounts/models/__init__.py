from .organisations import Organisation, Practitioner, Site, Unit
from .persons import ClinicLink, Person, TermsAcceptance
from .signups import SignUp, SignUpCode, Throttle
from .specialties import Specialty
from .users import User

__all__ = [
    "ClinicLink",
    "Organisation",
    "Person",
    "Practitioner",
    "SignUp",
    "SignUpCode",
    "Site",
    "Specialty",
    "TermsAcceptance",
    "Throttle",
    "Unit",
    "User",
]
