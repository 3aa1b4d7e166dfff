"""Setting up twice at once: a double click makes one row, a draft is published once."""

from collections import Counter

import pytest
from django.utils import timezone

from accounts.models import ProfileDraft, PublishedProfile, Site, Unit
from accounts.selectors_profile import About
from accounts.services import set_up, web_profile
from appointments.models import VisitReason
from appointments.services import reasons
from doctolib.tenancy.scopes import organisation_scope
from tests import pro

from .test_booking_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return pro.clinic()


def kinds(outcomes: list) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def at(clinic, work):
    """In a thread, in the clinic's scope."""

    def run():
        try:
            with organisation_scope(clinic.organisation, actor="professional:1"):
                return work()
        except (set_up.SetUpRefused, web_profile.NothingToPublish) as refusal:
            return refusal

    return run


def new_site():
    return set_up.save_site(site=Site(name="Nord", street="Weg 1", postal_code="10115", city="Berlin"))


def test_a_site_that_is_sent_many_times_at_once_is_there_once(clinic):
    outcomes = in_threads([at(clinic, new_site)] * 8, workers=8)

    assert kinds(outcomes) == {"Site": 1, "AlreadyThere": 7}
    with clinic.scope():
        assert Site.objects.filter(name="Nord").count() == 1


def test_without_the_queue_they_are_many(clinic, monkeypatch):
    """The guard counts: without it, each looks before any has written."""
    import threading

    barrier, real = threading.Barrier(4, timeout=20), set_up._refuse_twin

    def look_together(*arguments):
        real(*arguments)
        barrier.wait()

    monkeypatch.setattr(set_up, "one_at_a_time", lambda: None)
    monkeypatch.setattr(set_up, "_refuse_twin", look_together)

    outcomes = in_threads([at(clinic, new_site)] * 4, workers=4)

    assert kinds(outcomes) == {"Site": 4}


def test_a_reason_that_is_copied_many_times_at_once_is_there_once(clinic):
    outcomes = in_threads([at(clinic, lambda: reasons.copy_reason(reason=clinic.reason))] * 6, workers=6)

    assert kinds(outcomes) == {"VisitReason": 1, "AlreadyThere": 5}
    with clinic.scope():
        assert VisitReason.objects.count() == 2


def test_first_drafts_of_two_administrators_are_one(clinic):
    def write(text: str):
        return at(
            clinic,
            lambda: web_profile.save_draft(
                about=About(),
                organisation=clinic.organisation,
                words={"text_de": text},
                user=clinic.professional,
                now=timezone.now(),
            ),
        )

    outcomes = in_threads([write(str(number)) for number in range(6)], workers=6)

    assert outcomes == [True] * 6
    with clinic.scope():
        assert ProfileDraft.objects.count() == 1


def test_a_draft_is_published_once(clinic):
    with clinic.scope():
        unit = Unit.objects.get()
        ProfileDraft.objects.create(
            unit=unit, text_de="x", changed_at=timezone.now(), changed_by=clinic.professional.pk
        )
    publish = at(
        clinic,
        lambda: web_profile.publish_draft(
            about=About(unit=unit), organisation=clinic.organisation, user=clinic.professional, now=timezone.now()
        ),
    )

    outcomes = in_threads([publish] * 6, workers=6)

    assert kinds(outcomes) == {"PublishedProfile": 1, "NothingToPublish": 5}
    with clinic.scope():
        assert PublishedProfile.objects.count() == 1
