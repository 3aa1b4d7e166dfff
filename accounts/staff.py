"""The pro door: who passes, and the scope they work in."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import UserKind
from accounts.rules import may_administer
from crypto import keyring
from doctolib.tenancy.middleware import in_scope
from doctolib.tenancy.scopes import organisation_scope


def staff_scope(request: HttpRequest, **arguments: Any) -> AbstractContextManager:
    """The organisation of the professional who is signed in. Nobody signed in: no scope, and the view turns them away.

    Raises PermissionDenied for an account of another kind, which the door's own authentication should have refused.
    """
    user = request.user
    if not user.is_authenticated:
        return nullcontext()
    if user.kind != UserKind.PROFESSIONAL or user.organisation is None:
        raise PermissionDenied
    keyring.warm(user.organisation.id)  # no call to the key management inside the transaction
    return organisation_scope(user.organisation, actor=user.actor)


def staff_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view for professionals: it runs in their organisation's scope; others go to the sign-in page."""
    return in_scope(staff_scope)(staff_only(view))


def staff_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As ``staff_page`` without a scope: for files and other slow work, which enters ``staff_scope`` by itself."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(request.user.organisation.zone):  # pages show the clinic's own times
                return view(request, *args, **kwargs)
        if "HX-Request" in request.headers:  # a fragment has no place for a sign-in page: the whole page goes there
            here = request.headers.get("HX-Current-URL", "/").partition("://")[2].partition("/")[2]
            address = redirect_to_login(f"/{here}", reverse("sign-in")).url
            return HttpResponse(status=401, headers={"HX-Redirect": address})
        return redirect_to_login(request.get_full_path(), reverse("sign-in"))

    guarded.for_staff = True  # type: ignore[attr-defined]  # StrongFactorMiddleware looks for it
    return guarded


def administrator_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As ``staff_page``, for the organisation's administrators alone; others are told so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_administer(request.user, request.user.organisation_id):
            raise PermissionDenied(_("Only administrators can open this page."))
        return view(request, *args, **kwargs)

    return staff_page(guarded)
