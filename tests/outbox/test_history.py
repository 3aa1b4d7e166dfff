"""What was sent about something, told to staff in words."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from crypto.testing import count_opened
from doctolib.outbox import history
from doctolib.outbox.enums import Fate, MessageStatus, Outcome
from doctolib.outbox.history import Part, messages_about
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

NOW = timezone.now()
SENT = {"status": MessageStatus.SENT, "finished_at": NOW}


def row(about, **columns) -> None:
    OutboxMessage.objects.create(**{"kind": "appointment.confirmed", "about": str(about), "payload": {}, **columns})


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        ({"parts_sent": "email sms", **SENT}, [("email", Fate.SENT), ("sms", Fate.SENT)]),
        (
            {"parts_sent": "email sms", "outcome": Outcome.DELIVERED, **SENT},
            [("email", Fate.SENT), ("sms", Fate.DELIVERED)],
        ),
        ({"parts_sent": "sms", "outcome": Outcome.ACCEPTED, **SENT}, [("sms", Fate.SENT)]),
        ({"parts_sent": "sms", "outcome": Outcome.FAILED, **SENT}, [("sms", Fate.NOT_DELIVERED)]),
        ({"parts_sent": "email email-2", **SENT}, [("email", Fate.SENT)] * 2),
        ({"status": MessageStatus.WAITING}, [("", Fate.WAITING)]),
        ({"parts_sent": "email", "sending": "sms"}, [("email", Fate.SENT), ("sms", Fate.WAITING)]),
        ({"status": MessageStatus.UNKNOWN, "sending": "sms"}, [("sms", Fate.UNKNOWN)]),
        ({"status": MessageStatus.DEAD, "sending": "sms", "finished_at": NOW}, [("sms", Fate.GIVEN_UP)]),
        ({"status": MessageStatus.DROPPED, "finished_at": NOW}, [("", Fate.DROPPED)]),
    ],
)
def test_each_part_of_a_message_has_its_fate(clinic, columns, parts):
    about = uuid4()
    with organisation_scope(clinic):
        row(about, **columns)
        [told] = messages_about([about])

    assert told.parts == [Part(*part) for part in parts]


def test_the_latest_comes_first_with_the_moment_it_left_or_is_due(clinic):
    about, later = uuid4(), NOW + timedelta(days=2)
    with organisation_scope(clinic):
        row(about, created_at=NOW - timedelta(hours=2), finished_at=NOW, status=MessageStatus.SENT)
        row(about, created_at=NOW - timedelta(hours=1), due_at=later, kind="appointment.cancelled")
        found = messages_about([about])

    with translation.override("de"):
        assert [(told.about, str(told.title), told.at) for told in found] == [
            (about, "Absage", later),
            (about, "Terminbestätigung", NOW),
        ]


def test_a_kind_that_nobody_registered_is_a_message_all_the_same(clinic):
    about = uuid4()
    with organisation_scope(clinic), translation.override("en"):
        row(about, kind="appointment.of_another_release")

        assert [str(told.title) for told in messages_about([about])] == ["Message"]


def test_nothing_of_others_is_told_and_no_payload_is_opened(clinic):
    about = uuid4()
    other = factories.organisation()
    with organisation_scope(other):
        row(about)
    with organisation_scope(clinic):
        row(uuid4())
        assert messages_about([about]) == messages_about([]) == []
        row(about)
        with count_opened() as opened:
            assert len(messages_about([about])) == 1

    assert opened.value == 0


def test_only_the_latest_are_told(clinic, monkeypatch):
    monkeypatch.setattr(history, "MOST", 2)
    about = uuid4()
    with organisation_scope(clinic):
        for hours in range(3):
            row(about, created_at=NOW + timedelta(hours=hours), due_at=NOW + timedelta(hours=hours))

        assert [told.at for told in messages_about([about])] == [NOW + timedelta(hours=2), NOW + timedelta(hours=1)]
