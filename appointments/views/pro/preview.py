"""A web profile as patients will see it: their own templates, with what is still a draft."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.selectors_profile import About, about_key, draft_of
from accounts.staff import administrator_page
from appointments.selectors.public import OrganisationPage, organisation_page
from appointments.views.patient.clinics import clinic_context, person_context, unit_context
from doctolib.hosts import links_to

LANGUAGES = ("de", "en")


@administrator_page
@require_safe
def profile(request: HttpRequest, key: str) -> HttpResponse:
    """In German or English, whatever the administrator's own language is. Links lead to the public pages."""
    about = about_key(key)
    if about is None:
        raise Http404
    own = get_language() or "de"
    language = request.GET.get("language", own[:2])
    if language not in LANGUAGES:
        language = "de"
    bar = {
        "preview": about.key,
        "preview_language": language,
        "preview_edit": reverse("profile-edit", args=[key]),
        "preview_publish": reverse("profile-publish", args=[key]) if draft_of(about) else "",
        "preview_self": reverse("profile-preview", args=[key]),
        "photos": f"{reverse('clinic-profile')}photos/",
        "own_language": own,
    }
    try:
        with override(language):
            return HttpResponse(_rendered(request, about, bar))
    except Http404:
        messages.info(request, _("There is no page yet: it is there as soon as a calendar in use is this person’s."))
        return HttpResponseRedirect(reverse("profile-edit", args=[key]), status=303)


def _rendered(request: HttpRequest, about: About, bar: dict[str, Any]) -> str:
    organisation = request.user.organisation
    shown = organisation_page(organisation, now=timezone.now(), drafts=True)
    template, context = _page_of(about, shown)
    context |= {
        "organisation": organisation,
        "clinic_name": organisation.name,
        "clinic_phone": organisation.phone,
        "structured": "",
        **bar,
    }
    with links_to("www"):
        return render_to_string(f"appointments/{template}.html", context, request)


def _page_of(about: About, shown: OrganisationPage) -> tuple[str, dict[str, Any]]:
    """Template and context. The only unit of a clinic is shown on the clinic's page; here it has one of its own."""
    if about.unit:
        return "unit", unit_context(shown, about.unit.slug)
    if about.practitioner:
        return "practitioner", person_context(shown, about.practitioner.pk)
    return "organisation", clinic_context(shown)
