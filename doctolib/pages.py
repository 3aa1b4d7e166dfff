"""Pages that the law asks for, the same at every door: accessibility statement, privacy, imprint."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """``name``: a template in templates/pages/; the operator's particulars come from the settings."""
    return render(request, f"pages/{name}.html", {"operator": settings.OPERATOR})
