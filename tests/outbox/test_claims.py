"""Leases: whose turn it is."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from doctolib import outbox
from doctolib.outbox import claims, dispatching, kicking
from doctolib.outbox.claims import LEASE, begin, claim_due, databases
from doctolib.outbox.enums import Priority
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import dispatcher_scope, organisation_scope
from tests import factories
from tests.outbox.tools import together

pytestmark = pytest.mark.django_db


def row(message, clinic):
    with organisation_scope(clinic):
        return OutboxMessage.objects.get(pk=message.pk)


def test_queues_are_in_the_platforms_and_every_organisations_database():
    assert databases() == ["default", "pool", "dedicated"]


def test_what_is_due_is_claimed_once_and_oldest_first(queued):
    now = timezone.now()
    later = queued(due_at=now - timedelta(minutes=1))
    earlier = queued(due_at=now - timedelta(minutes=2))
    queued(due_at=now + timedelta(seconds=1))

    first = claim_due("pool", now=now)
    second = claim_due("pool", now=now)

    assert [claim.message_id for claim in first] == [earlier.pk, later.pk]
    assert second == []


def test_an_organisation_of_a_dedicated_database_is_found_there(queued):
    elsewhere = factories.organisation(database="dedicated")
    message = queued(elsewhere)

    assert claim_due("pool", now=timezone.now()) == []
    [claim] = claim_due("dedicated", now=timezone.now())
    assert (claim.organisation_id, claim.message_id) == (elsewhere.pk, message.pk)


def test_a_lease_ends_and_the_next_claim_replaces_it(queued, clinic, claimed):
    message = queued()
    now = timezone.now()
    first = claimed(now=now)
    assert claim_due("pool", now=now + LEASE - timedelta(seconds=1)) == []

    second = claimed(now=now + LEASE)

    assert begin(first, now=now + LEASE) is None
    assert row(message, clinic).attempts == 0
    assert begin(second, now=now + LEASE) is not None
    assert row(message, clinic).attempts == 1


def test_two_tasks_with_one_claim_begin_once(queued, claimed):
    queued()
    now = timezone.now()
    claim = claimed(now=now)

    begun = [begin(claim, now=now), begin(claim, now=now)]

    assert begun[0] is not None and begun[0].lease > claim.lease
    assert begun[1] is None


def test_a_task_that_waited_longer_than_its_lease_still_begins_if_nobody_else_has(queued, claimed):
    queued()
    now = timezone.now()
    claim = claimed(now=now)

    assert begin(claim, now=now + 3 * LEASE) is not None


@pytest.mark.parametrize("column", ["payload_sealed", "about", "problem", "parts_sent", "created_at", "finished_at"])
def test_the_dispatcher_cannot_read_what_a_message_says_or_whom_it_is_about(queued, column):
    queued()

    with pytest.raises(ProgrammingError, match="permission denied"), dispatcher_scope("pool"):
        with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM outbox_outboxmessage")


@pytest.mark.parametrize("change", ["status = 'dead'", "attempts = 0", "payload_sealed = NULL", "due_at = now()"])
def test_the_dispatcher_can_only_lease(queued, change):
    queued()

    with pytest.raises(ProgrammingError, match="permission denied"), dispatcher_scope("pool"):
        with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
            cursor.execute(f"UPDATE outbox_outboxmessage SET {change}")


@pytest.mark.parametrize("statement", ["DELETE FROM outbox_outboxmessage", "SELECT 1 FROM patients_patient"])
def test_the_dispatcher_can_reach_nothing_else(queued, statement):
    queued()

    with pytest.raises(DatabaseError, match="permission denied"), dispatcher_scope("pool"):
        with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_dispatchers_at_the_same_time_share_the_queue_and_never_wait_for_each_other(queued):
    messages = {queued().pk for _ in range(230)}
    now = timezone.now()

    def work():
        mine = []
        while claims := claim_due("pool", now=now):
            mine += [claim.message_id for claim in claims]
        return mine

    shares = together([work] * 4)

    claimed = [pk for share in shares for pk in share]
    assert len(claimed) == len(messages)
    assert set(claimed) == messages


# Priorities ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def kinds_by_priority(kind):
    for priority in Priority:
        kind(f"test.{priority.name.lower()}", lambda about, payload: [], priority=priority)


def fill(clinic, *names):
    with organisation_scope(clinic):
        for name in names:
            outbox.queue(f"test.{name}", about=clinic)


def test_what_is_urgent_goes_first_and_reminders_last(clinic, kinds_by_priority):
    fill(clinic, "bulk", "soon", "bulk", "urgent", "soon")

    claimed = claims.claim_due("pool", now=timezone.now())

    assert [claim.priority for claim in claimed] == [
        Priority.URGENT,
        Priority.SOON,
        Priority.SOON,
        *[Priority.BULK] * 2,
    ]


def test_of_many_reminders_only_some_are_handed_over_at_a_time_and_a_code_passes_them(
    clinic, kinds_by_priority, monkeypatch
):
    monkeypatch.setattr(claims, "BULK_AT_ONCE", 2)
    fill(clinic, *["bulk"] * 5)
    now = timezone.now()
    first = claims.claim_due("pool", now=now)
    assert len(first) == 2
    assert claims.claim_due("pool", now=now) == []

    fill(clinic, "urgent")
    [code] = claims.claim_due("pool", now=timezone.now())
    assert code.priority == Priority.URGENT

    dispatching.deliver(first[0], clock=lambda: now)  # one is done: there is room for one more
    assert len(claims.claim_due("pool", now=timezone.now())) == 1


@pytest.mark.django_db(transaction=True)
def test_dispatchers_at_the_same_time_together_keep_the_bound(clinic, kinds_by_priority, monkeypatch):
    """The second one comes while the first has counted and not committed: it takes what is urgent and no reminder."""
    monkeypatch.setattr(claims, "BULK_AT_ONCE", 2)
    fill(clinic, *["bulk"] * 5)
    now, second = timezone.now(), []
    locked = claims._locked

    def slowly(due, columns, most):
        rows = locked(due, columns, most)
        if most == 2 and not second:  # the first one's reminders
            monkeypatch.setattr(claims, "_locked", locked)
            fill_elsewhere = [lambda: fill(clinic, "urgent"), lambda: claims.claim_due("pool", now=timezone.now())]
            for job in fill_elsewhere:
                second.extend(together([job]))
        return rows

    monkeypatch.setattr(claims, "_locked", slowly)
    first = claims.claim_due("pool", now=now)

    assert [claim.priority for claim in first] == [Priority.BULK] * 2
    assert [claim.priority for claim in second[1]] == [Priority.URGENT]
    assert claims.claim_due("pool", now=timezone.now()) == []


def test_a_reminder_that_is_done_asks_for_the_next(clinic, kinds_by_priority, kicks):
    fill(clinic, "bulk", "soon")
    asked = len(kicks)
    kicking.kick_for_bulk.reset()
    for claim in claims.claim_due("pool", now=timezone.now()):
        dispatching.deliver(claim)

    assert len(kicks) == asked + 1
