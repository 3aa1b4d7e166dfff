"""Whoever owns the database can change its rows, and cannot make the chain fit again."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crypto.errors import KmsUnavailable
from doctolib.audit import verifying
from doctolib.audit.models import AuditSeal
from doctolib.audit.sealing import seal_due
from doctolib.audit.verifying import Break, Fault, Head, verify
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def events(clinic, recorded):
    """Five sealed events, sequences 1 to 5."""
    found = recorded(*"abcde")
    seal_due(clinic, now=timezone.now())
    return found


def breaks(clinic, **options):
    return verify(clinic, now=timezone.now(), **options).breaks


def test_a_trail_that_nobody_touched_holds(clinic, events):
    report = verify(clinic, now=timezone.now())
    assert (report.seals, report.breaks, report.head.sequence) == (6, [], 5)


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'professional:2'",
        "action = 'patient.opened'",
        "subject = 'patient:2'",
        "about = 'patient:2'",
        "request = 'other'",
        "at = at + interval '1 microsecond'",
        "details = '\\x00'",
    ],
)
def test_a_changed_event_is_found(clinic, events, tamper, change):
    tamper(f"UPDATE audit_auditevent SET {change} WHERE id = %s", [events[2].pk])
    assert breaks(clinic) == [Break(Fault.CHANGED, 3, events[2].pk)]


def test_a_text_moved_from_one_column_to_the_next_is_found(clinic, events, tamper):
    tamper("UPDATE audit_auditevent SET actor = actor || action, action = '' WHERE id = %s", [events[0].pk])
    assert breaks(clinic) == [Break(Fault.CHANGED, 1, events[0].pk)]


def test_a_deleted_event_is_found(clinic, events, tamper):
    tamper("DELETE FROM audit_auditevent WHERE id = %s", [events[3].pk])
    assert breaks(clinic) == [Break(Fault.DELETED, 4, events[3].pk)]


def test_an_event_deleted_with_its_link_is_found(clinic, events, tamper):
    tamper("DELETE FROM audit_auditevent WHERE id = %s", [events[3].pk])
    tamper("DELETE FROM audit_auditseal WHERE event_id = %s", [events[3].pk])
    assert breaks(clinic) == [Break(Fault.MISSING_LINK, 4)]


def test_a_link_taken_out_and_the_gap_closed_is_found(clinic, events, tamper):
    tamper("DELETE FROM audit_auditevent WHERE id = %s", [events[3].pk])
    tamper("DELETE FROM audit_auditseal WHERE event_id = %s", [events[3].pk])
    tamper("UPDATE audit_auditseal SET sequence = 4 WHERE sequence = 5")
    assert breaks(clinic) == [Break(Fault.CHANGED, 4, events[4].pk)]


def test_two_links_in_each_others_place_are_found(clinic, events, tamper):
    tamper("UPDATE audit_auditseal SET sequence = 99 WHERE sequence = 2")
    tamper("UPDATE audit_auditseal SET sequence = 2 WHERE sequence = 3")
    tamper("UPDATE audit_auditseal SET sequence = 3 WHERE sequence = 99")
    assert breaks(clinic)[0] == Break(Fault.CHANGED, 2, events[2].pk)


def test_two_events_in_each_others_place_are_found(clinic, events, tamper):
    sql = "UPDATE audit_auditseal SET event_id = %s WHERE sequence = %s"
    for event, sequence in ((uuid.uuid4(), 2), (events[1].pk, 3), (events[2].pk, 2)):
        tamper(sql, [event, sequence])
    assert breaks(clinic) == [Break(Fault.CHANGED, 2, events[2].pk), Break(Fault.CHANGED, 3, events[1].pk)]


@pytest.mark.parametrize(
    "change",
    [
        "mac = decode(repeat('00', 32), 'hex')",
        "sealed_at = sealed_at - interval '1 day'",
        "key_version = 9",
        "form = 9",
    ],
)
def test_a_changed_link_is_found(clinic, events, tamper, change):
    tamper(f"UPDATE audit_auditseal SET {change} WHERE sequence = 5")
    assert breaks(clinic) == [Break(Fault.CHANGED, 5, events[4].pk)]


def test_a_chain_without_its_beginning_is_found(clinic, events, tamper):
    tamper("DELETE FROM audit_auditseal WHERE sequence < 2")
    assert breaks(clinic)[0] == Break(Fault.UNSTARTED, 2, events[1].pk)


def test_an_event_link_made_to_look_like_a_checkpoint_is_found(clinic, events, tamper):
    tamper("DELETE FROM audit_auditseal WHERE sequence < 2")
    tamper("UPDATE audit_auditseal SET event_id = NULL WHERE sequence = 2")
    assert breaks(clinic)[0] == Break(Fault.CHANGED, 2, None)


def test_an_event_moved_to_another_organisation_is_missed_where_it_was_and_foreign_where_it_is(clinic, events, tamper):
    other = factories.organisation()
    tamper("UPDATE audit_auditevent SET organisation_id = %s WHERE id = %s", [other.pk, events[2].pk])

    assert breaks(clinic) == [Break(Fault.DELETED, 3, events[2].pk)]
    later = timezone.now() + timedelta(hours=2)
    assert verify(other, now=later).breaks == [Break(Fault.UNSEALED, None, events[2].pk)]


def test_an_event_moved_to_another_organisation_with_its_link_is_found(clinic, events, recorded, tamper):
    other = factories.organisation()
    recorded("x", "y", at=other)
    seal_due(other, now=timezone.now())
    tamper("DELETE FROM audit_auditseal WHERE organisation_id = %s AND sequence = 2", [other.pk])
    for table, column in (("audit_auditevent", "id"), ("audit_auditseal", "event_id")):
        tamper(f"UPDATE {table} SET organisation_id = %s WHERE {column} = %s", [other.pk, events[1].pk])

    assert Break(Fault.CHANGED, 2, events[1].pk) in breaks(other)
    assert breaks(clinic) == [Break(Fault.MISSING_LINK, 2)]


def test_an_event_slipped_in_is_found_when_it_is_old(clinic, events, tamper):
    slipped = uuid.uuid4()
    tamper(
        "INSERT INTO audit_auditevent (id, organisation_id, at, actor, action, subject, about, request)"
        " VALUES (%s, %s, now() - interval '2 days', 'x', 'y', 'z', '', '')",
        [slipped, clinic.pk],
    )
    seal_due(clinic, now=timezone.now())
    assert breaks(clinic) == [Break(Fault.UNSEALED, None, slipped)]


def test_an_end_that_was_cut_off_is_found_by_the_head_that_was_kept(clinic, events, tamper):
    head = verify(clinic, now=timezone.now()).head
    tamper("DELETE FROM audit_auditevent WHERE id = %s", [events[4].pk])
    tamper("DELETE FROM audit_auditseal WHERE sequence = 5")

    assert breaks(clinic) == []
    assert breaks(clinic, known_head=head) == [Break(Fault.CUT_OFF, 5)]


def test_a_chain_that_was_begun_anew_is_found_by_the_head_that_was_kept(clinic, events, tamper):
    head = verify(clinic, now=timezone.now()).head
    tamper("DELETE FROM audit_auditseal")
    tamper("UPDATE audit_auditevent SET actor = 'nobody' WHERE id = %s", [events[0].pk])
    seal_due(clinic, now=timezone.now() + timedelta(days=1))

    report = verify(clinic, now=timezone.now(), known_head=head)
    assert (report.breaks, report.late) == ([Break(Fault.CUT_OFF, 5)], 5)


def test_an_end_that_was_replaced_and_half_put_back_is_found(clinic, events, recorded, tamper):
    """Each of these links was made by us at this very number, and only the one before tells that they never met."""
    move = "UPDATE audit_auditseal SET organisation_id = %s WHERE organisation_id = %s AND sequence {}"
    aside = factories.organisation()
    tamper(move.format(">= 4"), [aside.pk, clinic.pk])
    tamper("DELETE FROM audit_auditevent WHERE id = %s", [events[3].pk])
    tamper("UPDATE audit_auditevent SET organisation_id = %s WHERE id = %s", [aside.pk, events[4].pk])
    recorded("f", "g")
    seal_due(clinic, now=timezone.now())
    tamper("DELETE FROM audit_auditseal WHERE organisation_id = %s AND sequence = 5", [clinic.pk])
    tamper("DELETE FROM audit_auditevent WHERE organisation_id = %s AND action = 'g'", [clinic.pk])
    tamper(move.format("= 5"), [clinic.pk, aside.pk])
    tamper("UPDATE audit_auditevent SET organisation_id = %s WHERE id = %s", [clinic.pk, events[4].pk])

    assert breaks(clinic) == [Break(Fault.CHANGED, 5, events[4].pk)]


def test_a_chain_with_other_numbers_is_found(clinic, events, tamper):
    tamper("UPDATE audit_auditseal SET sequence = sequence + 100")
    assert breaks(clinic)[0] == Break(Fault.CHANGED, 100, None)


def test_a_long_chain_is_read_in_pieces(clinic, recorded, monkeypatch, tamper):
    monkeypatch.setattr(verifying, "CHUNK", 3)
    events = recorded(*"abcdefgh")
    seal_due(clinic, now=timezone.now())
    assert breaks(clinic) == []
    tamper("UPDATE audit_auditevent SET actor = 'x' WHERE id = %s", [events[6].pk])
    assert breaks(clinic) == [Break(Fault.CHANGED, 7, events[6].pk)]


def test_a_dedicated_database_is_verified_too(recorded, tamper):
    elsewhere = factories.organisation(database="dedicated")
    [event] = recorded("a", at=elsewhere)
    seal_due(elsewhere, now=timezone.now())
    assert breaks(elsewhere) == []
    tamper("UPDATE audit_auditevent SET actor = 'x'", alias="dedicated_owner")
    assert breaks(elsewhere) == [Break(Fault.CHANGED, 1, event.pk)]


# manage.py audit verify


def test_the_command_is_quiet_and_successful_when_all_chains_hold(clinic, events, capsys):
    call_command("audit", "verify")
    assert capsys.readouterr().out == f"organisation={clinic.slug} links=6 late=0 breaks=0\n"


def test_the_command_names_the_first_broken_row_and_fails(clinic, events, tamper, capsys):
    tamper("UPDATE audit_auditevent SET actor = 'x' WHERE id = ANY(%s)", [[events[1].pk, events[3].pk]])

    with pytest.raises(CommandError) as failure:
        call_command("audit", "verify", "--organisation", clinic.slug)

    first = f"organisation={clinic.slug} fault=changed sequence=2 event={events[1].pk}"
    assert str(failure.value) == f"The audit trail does not hold. First broken: {first}"
    assert failure.value.returncode == 1
    assert capsys.readouterr().out.splitlines()[1] == first


def test_the_command_keeps_heads_in_a_file_and_compares_with_them(clinic, events, recorded, tamper, tmp_path, capsys):
    file = tmp_path / "heads.json"
    call_command("audit", "verify", "--heads", str(file))
    assert json.loads(file.read_text())[str(clinic.pk)]["sequence"] == 5
    recorded("f")
    seal_due(clinic, now=timezone.now())
    call_command("audit", "verify", "--heads", str(file))
    assert json.loads(file.read_text())[str(clinic.pk)]["sequence"] == 6

    tamper("DELETE FROM audit_auditseal WHERE sequence = 6")
    with pytest.raises(CommandError, match="fault=cut-off sequence=6"):
        call_command("audit", "verify", "--heads", str(file))
    assert json.loads(file.read_text())[str(clinic.pk)]["sequence"] == 6


def test_the_command_refuses_an_unknown_organisation_and_keys_that_are_away(clinic, events, monkeypatch):
    with pytest.raises(CommandError, match="no organisation nowhere"):
        call_command("audit", "verify", "--organisation", "nowhere")
    monkeypatch.setattr(verifying.keyring, "warm", lambda *_: (_ for _ in ()).throw(KmsUnavailable()))
    with pytest.raises(CommandError, match="cannot be read: KmsUnavailable"):
        call_command("audit", "verify")


def test_a_head_names_the_newest_link(clinic, events):
    with organisation_scope(clinic):
        last = AuditSeal.objects.get(sequence=5)
    assert verify(clinic, now=timezone.now()).head == Head(5, bytes(last.mac).hex())
