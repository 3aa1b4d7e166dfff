"""Web profiles of the clinic, its units and its people: drafts, photos, publishing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms_profile import PhotoForm, PhotoTextForm, ProfileForm
from accounts.models import Organisation, ProfilePhoto, User
from accounts.photos import photo_answer
from accounts.rules import may_administer
from accounts.selectors import contact_of
from accounts.selectors_profile import About, about_key, current_of, draft_of, history_of, profile_states, publishers
from accounts.services import web_profile as services
from accounts.staff import administrator_page, staff_only, staff_scope
from doctolib.hosts import address
from doctolib.pictures import UploadRefused

asks = require_http_methods(["GET", "HEAD", "POST"])


@administrator_page
@require_safe
def profiles(request: HttpRequest) -> HttpResponse:
    organisation = request.user.organisation
    states = profile_states(organisation.name)
    kinds = {kind: [state for state in states if state.key.startswith(kind)] for kind in ("clinic", "unit", "person")}
    context = {"kinds": kinds, "public_address": address("www", f"/{organisation.slug}/")}
    return _page(request, "pro/profiles.html", context)


@administrator_page
@asks
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The texts. "Save and preview" goes on to what patients will see."""
    about = _about(key)
    if request.method != "POST":
        return _edit(request, about)
    form = _form(request, about, request.POST)
    if not form.is_valid():
        return _edit(request, about, form=form, status=422)
    words = form.words()
    changed = services.save_draft(about=about, words=words, **_who(request))
    if request.POST.get("then") == "preview":
        return _see_other("profile-preview", about)
    if changed:
        messages.success(request, _("The draft is saved. Patients see it when you publish it."))
    else:
        messages.info(request, _("Nothing was changed."))
    return _see_other("profile-edit", about)


@staff_only
@require_POST
def photo(request: HttpRequest, key: str) -> HttpResponse:
    """A new photo. It is looked at and drawn anew outside of the scope: that takes a while."""
    with staff_scope(request):
        _administrators(request)
        _about(key)
    form = PhotoForm.sent(request)
    if form.is_valid():
        try:
            picture = services.picture_of(form.cleaned_data["photo"])
        except UploadRefused as refusal:
            form.refuse(refusal)
        else:
            with staff_scope(request):
                services.set_photo(about=_about(key), picture=picture, **_who(request))
            messages.success(request, _("The photo is in the draft."))
            return HttpResponseRedirect(reverse("profile-edit", args=[key]), status=303)
    with staff_scope(request):
        return _edit(request, _about(key), photo_form=form, status=form.status)


@administrator_page
@require_POST
def photo_remove(request: HttpRequest, key: str) -> HttpResponse:
    about = _about(key)
    services.set_photo(about=about, picture=None, **_who(request))
    messages.success(request, _("The photo is no longer in the draft."))
    return _see_other("profile-edit", about)


@administrator_page
@require_POST
def photo_text(request: HttpRequest, key: str) -> HttpResponse:
    """What the photo shows, in words."""
    about = _about(key)
    form = PhotoTextForm(request.POST)
    if not form.is_valid():
        return _edit(request, about, text_form=form, status=422)
    services.save_draft(about=about, words=form.cleaned_data, **_who(request))
    messages.success(request, _("The draft is saved. Patients see it when you publish it."))
    return _see_other("profile-edit", about)


@administrator_page
@require_POST
def publish(request: HttpRequest, key: str) -> HttpResponse:
    about = _about(key)
    try:
        services.publish_draft(about=about, **_who(request))
    except services.NothingToPublish:
        return _edit(request, about, refused=_("There is no draft: it was published or discarded already."), status=409)
    messages.success(request, _("Published. Patients see it from now on."))
    return _see_other("profile-edit", about)


@administrator_page
@asks
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Ask once, then forget the draft."""
    about = _about(key)
    if request.method != "POST":
        if draft_of(about) is None:
            return _see_other("profile-edit", about)
        context = {"about": about, "name": _name(request, about), "current": current_of(about)}
        return _page(request, "pro/profile_discard.html", context)
    try:
        services.discard_draft(about=about, organisation=_organisation(request))
    except services.NothingToPublish:
        return _edit(request, about, refused=_("There is no draft: it was published or discarded already."), status=409)
    messages.success(request, _("The draft is discarded."))
    return _see_other("profile-edit", about)


@administrator_page
@require_safe
def photo_file(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """A photo of a draft or of what is published, for previews."""
    found = get_object_or_404(ProfilePhoto, pk=photo_id)
    return photo_answer(found, cache="private, max-age=600")


def _administrators(request: HttpRequest) -> None:
    if not may_administer(request.user, request.user.organisation_id):
        raise PermissionDenied(_("Only administrators can open this page."))


def _about(key: str) -> About:
    about = about_key(key)
    if about is None:
        raise Http404
    return about


def _organisation(request: HttpRequest) -> Organisation:
    return get_object_or_404(Organisation, pk=request.user.organisation_id)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"organisation": _organisation(request), "user": request.user, "now": timezone.now()}


def _name(request: HttpRequest, about: About) -> str:
    return str(about.unit or about.practitioner or request.user.organisation.name)


def _see_other(name: str, about: About) -> HttpResponse:
    return HttpResponseRedirect(reverse(name, args=[about.key]), status=303)


def _form(request: HttpRequest, about: About, data: Any = None) -> ProfileForm:
    shown = draft_of(about)
    initial = None if shown else services.content_to_edit(about, request.user.organisation)
    return ProfileForm(data, kind=about.kind, instance=shown, initial=initial)


def _edit(
    request: HttpRequest,
    about: About,
    *,
    form: ProfileForm | None = None,
    photo_form: PhotoForm | None = None,
    text_form: PhotoTextForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    draft = draft_of(about)
    content = draft or current_of(about)
    history = history_of(about)
    people = User.objects.filter(organisation=request.user.organisation, pk__in=publishers(history))
    names = {user.pk: contact_of(user).name for user in people}
    texts = {name: getattr(content, name, "") for name in PhotoTextForm.base_fields}
    context = {
        "about": about,
        "name": _name(request, about),
        "draft": draft,
        "history": [(version, names.get(version.published_by, "")) for version in history],
        "photo_id": content.photo_id if content else None,
        "profile_form": form or _form(request, about),
        "photo_form": photo_form or PhotoForm(),
        "text_form": text_form or PhotoTextForm(initial=texts),
        "form": form or photo_form or text_form,  # whose errors stand above the page
        "refused": refused,
    }
    return _page(request, "pro/profile.html", context, status=status)


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, template, {**shared, **context}, status=status)
