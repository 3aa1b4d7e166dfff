"""Profiles: written as drafts, published by copying. In the organisation's scope."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, ProfileDraft, ProfilePhoto, PublishedProfile, User
from accounts.models.profiles import CONTENT
from accounts.selectors_profile import About, current_of
from doctolib import audit
from doctolib.pictures import PICTURES, EmptyFile, TooLarge, UploadRefused, decoder_of, drawn_anew, size_of
from doctolib.tenancy.router import IDENTITY

from . import directory
from .set_up import one_at_a_time

ACCEPT = ",".join(PICTURES)
LONGEST_EDGE = 1600  # pixels: sharp on a wide screen of double density
SMALLEST_EDGE = 200


class NotAPicture(UploadRefused):
    message = _("This kind of file is not accepted. Choose a photo (JPEG, PNG or WebP).")


class TooSmall(UploadRefused):
    message = _("The photo is too small. It needs 200 pixels in each direction at least.")


class NothingToPublish(Exception):
    """There is no draft: someone has published or discarded it meanwhile."""


def save_draft(
    *, about: About, organisation: Organisation, words: Mapping[str, str], user: User, now: datetime
) -> bool:
    """Keep these texts as the draft; returns whether anything changed. ``words``: names of fields of CONTENT."""
    draft = _draft(about, organisation, user, now)
    if draft.pk and all(getattr(draft, name) == value for name, value in words.items()):
        return False
    if not draft.pk and _as_published(about, organisation, words):
        return False
    for name, value in words.items():
        setattr(draft, name, value)
    _keep(draft, about, organisation, user, now)
    return True


def picture_of(file: File) -> bytes:
    """A photo as it may be shown. Slow, so call it outside of a scope. Raises UploadRefused with words."""
    content = file.read(settings.UPLOAD_LIMIT + 1)
    if len(content) > settings.UPLOAD_LIMIT:
        raise TooLarge
    if not content:
        raise EmptyFile
    decoder = decoder_of(content)
    if decoder is None:
        raise NotAPicture
    drawn = drawn_anew(content, decoder, longest_edge=LONGEST_EDGE)
    if min(size_of(drawn)) < SMALLEST_EDGE:
        raise TooSmall
    return drawn


def set_photo(
    *, about: About, organisation: Organisation, picture: bytes | None, user: User, now: datetime
) -> ProfileDraft:
    """Put a picture (of ``picture_of``) into the draft, or (None) take it out."""
    draft = _draft(about, organisation, user, now)
    width, height = size_of(picture) if picture else (0, 0)
    draft.photo = ProfilePhoto.objects.create(content=picture, width=width, height=height) if picture else None
    _keep(draft, about, organisation, user, now)
    _forget_photos()
    return draft


def publish_draft(*, about: About, organisation: Organisation, user: User | None, now: datetime) -> PublishedProfile:
    """From now on visitors see the draft, which is one no longer. Raises NothingToPublish."""
    draft = ProfileDraft.objects.select_for_update(no_key=True).filter(**about.rows).first()
    if draft is None:
        raise NothingToPublish
    PublishedProfile.objects.filter(is_current=True, **about.rows).update(is_current=False, photo=None)
    published = PublishedProfile.objects.create(
        **about.rows,
        **{name: getattr(draft, name) for name in CONTENT},
        published_at=now,
        published_by=user.pk if user else None,
    )
    draft.delete()
    if published.photo_id:
        ProfilePhoto.objects.filter(pk=published.photo_id).update(is_public=True)
    _forget_photos()
    audit.record("profile.published", _subject(about, organisation))
    if about.kind != "person":
        _to_directory(about, organisation, published)
    return published


def discard_draft(*, about: About, organisation: Organisation) -> None:
    """Forget what was not published. Raises NothingToPublish."""
    draft = ProfileDraft.objects.select_for_update(no_key=True).filter(**about.rows).first()
    if draft is None:
        raise NothingToPublish
    draft.delete()
    _forget_photos()
    audit.record("profile.draft_discarded", _subject(about, organisation))


def content_to_edit(about: About, organisation: Organisation) -> dict[str, Any]:
    """What a new draft begins with: what is published, or the text that the clinic had before there were profiles."""
    current = current_of(about)
    if current:
        return {name: getattr(current, name) for name in CONTENT}
    if about.kind == "clinic":
        return {"text_de": organisation.profile_de, "text_en": organisation.profile_en}
    return {}


def _draft(about: About, organisation: Organisation, user: User, now: datetime) -> ProfileDraft:
    """The draft, locked; a new one with what is published where there is none."""
    one_at_a_time()
    found = ProfileDraft.objects.select_for_update(no_key=True).filter(**about.rows).first()
    new = ProfileDraft(**about.rows, **content_to_edit(about, organisation), changed_at=now, changed_by=user.pk)
    return found or new


def _as_published(about: About, organisation: Organisation, words: Mapping[str, str]) -> bool:
    before = content_to_edit(about, organisation)
    return all((before.get(name) or "") == value for name, value in words.items())


def _keep(draft: ProfileDraft, about: About, organisation: Organisation, user: User, now: datetime) -> None:
    draft.changed_at, draft.changed_by = now, user.pk
    draft.save()
    audit.record("profile.draft_changed", _subject(about, organisation))


def _forget_photos() -> None:
    """Photos of no draft and no current profile are gone for good."""
    used = [
        *ProfileDraft.objects.exclude(photo=None).values_list("photo_id", flat=True),
        *PublishedProfile.objects.filter(is_current=True).exclude(photo=None).values_list("photo_id", flat=True),
    ]
    ProfilePhoto.objects.exclude(pk__in=used).delete()


def _to_directory(about: About, organisation: Organisation, published: PublishedProfile) -> None:
    """The clinic's row keeps its text for search engines; the directory is copied anew."""
    with transaction.atomic(using=IDENTITY):
        if about.kind == "clinic":
            organisation.profile_de, organisation.profile_en = published.text_de, published.text_en
            organisation.save(update_fields=["profile_de", "profile_en"])
        directory.publish(organisation)


def _subject(about: About, organisation: Organisation) -> Model:
    return about.unit or about.practitioner or organisation
