"""Photos of profiles, given out by both doors."""

from django.http import HttpResponse

from accounts.models import ProfilePhoto


def photo_answer(photo: ProfilePhoto, *, cache: str) -> HttpResponse:
    """The picture, which is nothing but a picture. A new one has a new address."""
    response = HttpResponse(bytes(photo.content), content_type="image/jpeg")
    response.headers["Cache-Control"] = cache
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = "inline"
    return response
