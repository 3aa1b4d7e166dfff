"""Committed events are chained, once each, by one sealer at a time."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from django.utils import timezone

from crypto import keyring
from crypto.errors import KmsUnavailable
from crypto.models import DataKey
from doctolib import audit
from doctolib.audit import sealing, tasks
from doctolib.audit.models import AuditEvent, AuditSeal
from doctolib.audit.sealing import FORM, FORMS, seal_due
from doctolib.audit.verifying import verify
from doctolib.celery import app
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.outbox.tools import together

pytestmark = pytest.mark.django_db


def seal(clinic, **options):
    return seal_due(clinic, now=timezone.now(), **options)


def chain(clinic):
    with organisation_scope(clinic):
        return list(AuditSeal.objects.order_by("sequence").values_list("sequence", "event_id"))


def test_a_chain_starts_at_a_checkpoint_and_holds_every_event_once(clinic, recorded):
    first, second = recorded("a", "b")
    assert seal(clinic) == 2
    [third] = recorded("c")
    assert (seal(clinic), seal(clinic)) == (1, 0)

    assert chain(clinic) == [(0, None), (1, first.pk), (2, second.pk), (3, third.pk)]
    assert verify(clinic, now=timezone.now()).breaks == []


def test_a_chain_is_longer_than_a_batch(clinic, recorded, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    recorded(*"abcdefgh")

    assert seal(clinic) == 8
    assert [sequence for sequence, _event in chain(clinic)] == list(range(9))
    assert verify(clinic, now=timezone.now()).breaks == []


def test_every_organisation_has_a_chain_of_its_own_in_its_own_database(clinic, recorded):
    elsewhere = factories.organisation(database="dedicated")
    recorded("a")
    recorded("b", "c", at=elsewhere)

    assert tasks.seal_all() == 3

    assert [len(chain(one)) for one in (clinic, elsewhere)] == [2, 3]
    with organisation_scope(clinic):
        here = bytes(AuditSeal.objects.get(sequence=0).mac)
    with organisation_scope(elsewhere):
        assert bytes(AuditSeal.objects.get(sequence=0).mac) != here


def test_an_organisation_in_trouble_does_not_stop_the_others(recorded, monkeypatch, caplog):
    clinics = [factories.organisation() for _ in range(4)]
    for clinic in clinics:
        recorded("a", at=clinic)
    keyless, kms_away, database_away, healthy = clinics
    DataKey.objects.filter(owner=keyless.pk).delete()
    keyring.forget_all()
    real = sealing.seal_due

    def troubled(organisation, **options):
        if organisation == kms_away:
            raise KmsUnavailable
        if organisation == database_away:
            raise OperationalError("connection refused")
        return real(organisation, **options)

    monkeypatch.setattr(tasks, "seal_due", troubled)

    assert tasks.seal_all() == 1

    assert [len(chain(clinic)) for clinic in clinics] == [0, 0, 0, 2]
    assert [record.getMessage().split("problem=")[1] for record in caplog.records if record.levelname == "ERROR"] == [
        *("UnknownKey", "KmsUnavailable", "OperationalError"),
    ]


def test_an_event_that_was_committed_late_is_sealed(clinic, recorded):
    recorded("new")
    seal(clinic)
    with organisation_scope(clinic):
        AuditEvent.objects.create(at=timezone.now() - timedelta(minutes=20), action="late", actor="x", subject="y:1")

    assert seal(clinic) == 1
    assert verify(clinic, now=timezone.now()).breaks == []


def test_after_a_long_pause_everything_is_sealed(clinic, recorded, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 2)
    now = timezone.now()
    with organisation_scope(clinic):
        for days in range(5):
            AuditEvent.objects.create(at=now - timedelta(days=days), action="x", actor="x", subject="y:1")

    assert seal(clinic) == 5


def test_an_event_from_long_ago_is_left_for_an_operator(clinic, recorded, capsys):
    recorded("new")
    seal(clinic)
    with organisation_scope(clinic):
        AuditEvent.objects.create(at=timezone.now() - timedelta(days=2), action="old", actor="x", subject="y:1")
    assert seal(clinic) == 0
    assert [found.fault for found in verify(clinic, now=timezone.now()).breaks] == ["unsealed"]

    call_command("audit", "seal", "--organisation", clinic.slug)

    assert capsys.readouterr().out == f"organisation={clinic.slug} sealed=1\n"
    report = verify(clinic, now=timezone.now())
    assert (report.breaks, report.late) == ([], 1)


def test_a_new_audit_key_goes_on_with_the_same_chain(clinic, recorded):
    recorded("a")
    seal(clinic)
    keyring.rotate(clinic.pk, "audit")
    recorded("b")
    seal(clinic)

    with organisation_scope(clinic):
        assert list(AuditSeal.objects.order_by("sequence").values_list("key_version", flat=True)) == [1, 1, 2]
    assert verify(clinic, now=timezone.now()).breaks == []


def test_every_column_of_an_event_is_chained():
    assert sorted(FORMS[FORM]) == sorted(field.attname for field in AuditEvent._meta.concrete_fields)


def test_looking_for_new_events_does_not_read_the_whole_trail(clinic, recorded, django_assert_num_queries):
    recorded("a")
    seal(clinic)
    # The transaction's two, the scope's two, the lock, the last seal, its event, new events.
    with django_assert_num_queries(8, using="pool"):
        seal(clinic)


def test_the_head_of_the_chain_goes_to_the_log(clinic, recorded, caplog):
    recorded("a")
    with caplog.at_level("INFO"):
        seal(clinic)
    with organisation_scope(clinic):
        mac = bytes(AuditSeal.objects.get(sequence=1).mac).hex()
    assert f"audit trail sealed: organisation={clinic.pk} sequence=1 mac={mac}" in caplog.text


def test_beat_seals_every_five_seconds():
    entry = app.conf.beat_schedule["audit-seal"]
    assert (entry["task"], entry["schedule"]) == (tasks.seal_all.name, timedelta(seconds=5))


@pytest.mark.django_db(transaction=True)
def test_sealers_at_the_same_time_make_one_chain(clinic, recorded, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 7)
    recorded(*(f"a{number}" for number in range(60)))

    def work():
        return sum(seal(clinic) for _ in range(4))

    counts = together([work] * 4)
    seal(clinic)

    assert len(chain(clinic)) == 61
    assert sum(counts) <= 60
    assert verify(clinic, now=timezone.now()).breaks == []


@pytest.mark.django_db(transaction=True)
def test_a_second_sealer_leaves_at_once(clinic, recorded):
    recorded("a")
    with organisation_scope(clinic):
        assert sealing._our_turn()
        [count] = together([lambda: seal(clinic)])
    assert count == 0
    assert seal(clinic) == 1


@pytest.mark.django_db(transaction=True)
def test_writers_never_wait_for_the_sealer_and_nothing_uncommitted_is_sealed(clinic, recorded):
    recorded("committed")
    with organisation_scope(clinic):
        audit.record("uncommitted", clinic)
        with connections["pool"].cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
        [count] = together([lambda: seal(clinic)])
        audit.record("meanwhile", clinic)
    assert count == 1
    assert seal(clinic) == 2
    assert verify(clinic, now=timezone.now()).breaks == []
