"""The invited person: from the mail's link to an account of their own."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.forms_staff import AcceptForm
from accounts.models.users import INVITATION
from accounts.selectors import contact_of
from accounts.services import invitations

from .common import page

# The link's account and token for the form behind it, so that no address, history or log keeps a link that works.
COOKIE = "invitation"
SECONDS = int(INVITATION.total_seconds())


@require_safe
def link(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    """The mail's link: goes on to an address without the token. Looking at it, as mail programs do, uses nothing."""
    response = HttpResponseRedirect(reverse("invitation"))
    response.set_signed_cookie(
        COOKIE,
        f"{user_id}:{token}",
        salt=COOKIE,
        max_age=SECONDS,
        path=reverse("invitation"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def invitation(request: HttpRequest) -> HttpResponse:
    cookie = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=SECONDS) or ""
    user_id, _colon, token = cookie.partition(":")
    try:
        user = invitations.owner_of_invitation(user_id=UUID(user_id), token=token, now=timezone.now())
    except (ValueError, invitations.InvitationWorn):
        return page(request, "accounts/invitation_worn.html", {}, status=410)
    contact = contact_of(user)
    names = {"first_name": contact.first_name, "last_name": contact.last_name}
    known = [contact.email, contact.email.split("@")[0]]
    form = AcceptForm(request.POST or None, known=known, initial=names)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "email": contact.email, "clinic": user.organisation}
        return page(request, "accounts/invitation.html", context, status=422 if form.is_bound else 200)
    try:
        invitations.accept(user_id=user.pk, token=token, now=timezone.now(), **form.cleaned_data)
    except invitations.InvitationWorn:
        return page(request, "accounts/invitation_worn.html", {}, status=410)
    messages.success(request, _("Your account is ready. Sign in with it now."))
    response = HttpResponseRedirect(reverse("sign-in"))
    response.delete_cookie(COOKIE, path=reverse("invitation"))
    return response
