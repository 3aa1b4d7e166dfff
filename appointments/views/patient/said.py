"""What someone has said on their way to a booking: how they are insured, known here or new, for whom it is, and whom
they would rather see.

It travels in the addresses of the pages before a time is held, so Back, a reload and a second tab keep it, and in a
signed cookie of this clinic after that.
"""

import re
from dataclasses import asdict, dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse

from appointments.selectors.preferences import SEXES, Preference
from appointments.services.holds import KEPT
from patients.enums import Insurance

from .frame import set_cookie

COOKIE = "said"
SALT = "appointments.said"
LANGUAGE = re.compile("[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Said:
    """Empty: not said yet."""

    insurance: str = ""  # a value of Insurance
    known: str = ""  # yes or no
    person: str = ""  # the id of one of the account's persons
    sex: str = ""  # of the practitioner, a value of Sex
    language: str = ""  # of the practitioner, as ISO 639 has it

    @property
    def is_known(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.known)

    @property
    def answers(self) -> dict[str, str]:
        """What decides which appointments may be booked."""
        return {"insurance": self.insurance, "known": self.known}

    @property
    def preference(self) -> Preference:
        return Preference(self.sex, self.language)

    @property
    def query(self) -> dict[str, str]:
        """What goes into addresses; for whom it is does not."""
        return {**self.answers, "sex": self.sex, "language": self.language}


def said_by(request: HttpRequest) -> Said:
    """From the address or the form, else from the cookie. A preference that stands in neither was taken back."""
    sent = request.POST if request.method == "POST" else request.GET
    before = said_before(request)
    insurance, known = sent.get("insurance", ""), sent.get("known", "")
    sex, language = sent.get("sex", ""), sent.get("language", "")
    return Said(
        insurance=insurance if insurance in Insurance.values else before.insurance,
        known=known if known in ("yes", "no") else before.known,
        person=before.person,
        sex=sex if sex in SEXES else "",
        language=language if LANGUAGE.fullmatch(language) else "",
    )


def keep(response: HttpResponse, said: Said, slug: str) -> None:
    set_cookie(response, COOKIE, signing.dumps(asdict(said), salt=SALT), slug)


def said_before(request: HttpRequest) -> Said:
    """As it was kept, whatever the address says."""
    if not hasattr(request, "said_before"):  # its signature is checked once
        try:
            request.said_before = Said(**signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT))
        except (signing.BadSignature, TypeError):  # none, another's, or of an older version
            request.said_before = Said()
    return request.said_before
