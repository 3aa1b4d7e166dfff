"""A message can be taken back as long as nobody has begun to send it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from doctolib.outbox.models import OutboxMessage
from doctolib.outbox.withdrawing import were_all_dropped, withdraw
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def about():
    clinic = factories.organisation()
    factories.agreement(clinic)
    with organisation_scope(clinic):
        yield factories.patient()


def message(about, **fields) -> OutboxMessage:
    return OutboxMessage.objects.create(kind="test", about=str(about.pk), payload={"note": "x"}, **fields)


def test_what_waits_is_dropped_with_what_it_would_have_said(about):
    waits = message(about)

    assert withdraw("test", about=about)
    waits.refresh_from_db()
    assert (waits.status, waits.payload, were_all_dropped("test", about=about)) == ("dropped", None, True)


@pytest.mark.parametrize(
    "fields",
    [
        {"leased_until": timezone.now() + timedelta(minutes=1)},
        {"attempts": 1},
        {"status": "sent"},
        {"status": "unknown"},
    ],
    ids=["leased", "tried", "sent", "unknown"],
)
def test_what_is_leaving_or_has_left_is_not(about, fields):
    leaves = message(about, **fields)

    assert not withdraw("test", about=about)
    leaves.refresh_from_db()
    assert (leaves.status, were_all_dropped("test", about=about)) == (fields.get("status", "waiting"), False)


def test_only_the_last_one_of_a_kind_is(about):
    first = message(about, created_at=timezone.now() - timedelta(minutes=1))
    message(about)

    assert withdraw("test", about=about)
    first.refresh_from_db()
    assert first.status == "waiting"
    assert not withdraw("other", about=about) and not were_all_dropped("other", about=about)
