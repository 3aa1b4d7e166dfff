"""What all pages of patients share: whose rows they see, the clinic's line, redirects."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import Organisation
from appointments.models import Appointment
from appointments.selectors.patient import person_of
from appointments.services.holds import KEPT, is_spent, new_token
from crypto import keyring
from doctolib import prepared
from doctolib.tenancy.middleware import asking
from doctolib.tenancy.scopes import Scope, patient_scope, visitor_scope

HOLD_COOKIE = "hold"
VISIT = Signer(salt="appointments.visit")  # only ids that were made here


def ask_clinic(request: HttpRequest, slug: str, **_: Any) -> None:
    request.asked_clinic = prepared.ask_for(Organisation, "slug = $1", [slug])


def _clinic_of(request: HttpRequest, slug: str) -> Organisation:
    if not hasattr(request, "asked_clinic"):  # without a session
        ask_clinic(request, slug)
    found = request.asked_clinic.first()
    if found is None:
        raise Http404
    return found


@asking(ask_clinic)
@contextmanager
def at_clinic(request: HttpRequest, slug: str, **_: Any) -> Iterator[None]:
    """The clinic of the address and its time zone, without a scope: services enter their own. Unknown: 404."""
    request.organisation = _clinic_of(request, slug)
    if not request.organisation.is_published:
        raise Http404
    with timezone.override(request.organisation.zone):
        yield None


@asking(ask_clinic)
@contextmanager
def visiting(request: HttpRequest, slug: str, **_: Any) -> Iterator[Scope]:
    """What anybody may see of the clinic of the address."""
    with at_clinic(request, slug), visitor_scope(request.organisation) as scope:
        yield scope


@asking(ask_clinic)
@contextmanager
def at_known_clinic(request: HttpRequest, slug: str, **_: Any) -> Iterator[None]:
    """As ``at_clinic``, also when it is no longer published: patients keep what they have there."""
    request.organisation = _clinic_of(request, slug)
    with timezone.override(request.organisation.zone):
        yield None


@asking(ask_clinic)
@contextmanager
def as_patient(
    request: HttpRequest,
    slug: str,
    appointment_id: UUID | None = None,
    *,
    model: type[Model] = Appointment,
    **_: Any,
) -> Iterator[Scope | None]:
    """The signed-in patient's own rows at the clinic, also when it is no longer published. Never been there: 404.

    With an appointment (or another row, of ``model``) it is the person of the account whose it is; ``request.person``
    says who.

    Who is not signed in gets no scope: the view sends them to sign in first.
    """
    request.organisation = _clinic_of(request, slug)
    with timezone.override(request.organisation.zone):
        if not request.user.is_authenticated:
            yield None
            return
        request.person = person_of(request.user, request.organisation, appointment_id, model=model)
        if request.person is None:
            raise Http404
        if request.method == "POST":  # what is written gets sealed: no call to the key management inside the scope
            keyring.warm(request.organisation.pk, ("data", "audit"))
        with patient_scope(request.organisation, request.person.id, actor=request.user.actor) as scope:
            yield scope


def page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Render a page of patients with the clinic's name and number on it."""
    clinic = getattr(request, "organisation", None)
    if clinic:
        context = {"organisation": clinic, "clinic_name": clinic.name, "clinic_phone": clinic.phone, **context}
    return render(request, f"appointments/{name}.html", context, status=status)


def visit_field() -> str:
    """What a form of times carries: a token for the hold that a click will make. Sent twice, it makes one hold."""
    return VISIT.sign(new_token())


def visitor_token(request: HttpRequest) -> str:
    """The visitor's token: their live hold's, else the one of the page they chose on; empty when there is none."""
    token = request.COOKIES.get(HOLD_COOKIE, "")
    if token and not is_spent(token):
        return token
    try:
        return VISIT.unsign(request.POST.get("visit", ""))
    except BadSignature:  # a form of elsewhere
        return ""


@lru_cache(maxsize=1000)
def home_of(slug: str) -> str:
    """Path of a clinic's public pages; all of them begin with it, and their cookies are kept to it."""
    return reverse("organisation", args=[slug])


def set_cookie(response: HttpResponse, name: str, value: str, slug: str) -> None:
    """A cookie of this clinic's pages, which scripts cannot read, for as long as a hold is remembered."""
    response.set_cookie(
        name,
        value,
        max_age=KEPT,
        path=home_of(slug),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def see_other(url: str, **query: Any) -> HttpResponse:
    """303: whatever was sent here, get the next page. Empty values of the query are left out."""
    return HttpResponseRedirect(address(url, **query), status=303)


def address(url: str, **query: Any) -> str:
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{url}?{urlencode(given)}" if given else url


def whole_number(text: str | None) -> int | None:
    """A row's id as it comes in an address; None when it cannot be one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
