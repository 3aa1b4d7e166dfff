"""What this room writes to patients. Others may read an e-mail: it names the clinic, and nothing of a document."""

from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doctolib.hosts import address
from doctolib.outbox.kinds import Rendered, register
from doctolib.tenancy.scopes import require_scope
from doctolib.tenancy.tenants import tenant
from patients.enums import DocumentState
from patients.models import Document


def register_kinds() -> None:
    register("document.shared", shared, title=gettext_lazy("New document"))


def shared(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when it was deleted meanwhile, or the patient has no account any more to open it with."""
    found = Document.objects.filter(pk=UUID(about), state=DocumentState.READY, person_id__isnull=False)
    document = found.select_related("patient").first()
    email = document.patient.contact.get("email") if document else None
    if document is None or not email:
        return []
    organisation = tenant(id=require_scope("organisation").organisation_id)
    with translation.override(document.patient.language):
        title = _("New document for you")
        link = address("www", f"/{organisation.slug}/documents/")
        context = {"title": title, "organisation": organisation, "link": link}
        body = render_to_string("emails/document_shared.txt", context).strip() + "\n"
        html = render_to_string("emails/document_shared.html", context)
        return [Rendered("email", email, f"{title}: {organisation.name}", body, html)]
