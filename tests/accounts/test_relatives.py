"""Relatives of an account: who may be added, found, linked and removed."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Organisation, Person, Unlinking
from accounts.selectors import linked_clinics, owner_person, persons_at, persons_of
from accounts.services import persons
from accounts.services.persons import (
    ClinicAway,
    HasAppointments,
    NoSuchRelative,
    TooManyRelatives,
    add_relative,
    change_relative,
    create_owner,
    link_clinic,
    link_owner,
    link_person,
    remove_relative,
)
from appointments.models import Appointment
from doctolib.tenancy.scopes import organisation_scope, person_scope
from patients.models import Patient
from tests import factories

pytestmark = pytest.mark.django_db

MIA = {"first_name": "Mia", "last_name": "Łukasiewicz", "birth_date": date(2015, 5, 4), "sex": "female"}


def owner_of_account(now):
    account_id = uuid4()
    details = {"first_name": "Ada", "last_name": "Öz", "birth_date": date(1961, 3, 3), "terms_version": "1"}
    create_owner(account_id=account_id, **details, terms_accepted_at=now)
    return account_id


@pytest.fixture
def account(keys, now):
    return owner_of_account(now)


@pytest.fixture
def other_account(keys, now):
    return owner_of_account(now)


@pytest.fixture
def clinic():
    clinic = factories.organisation(name="Praxis am Markt")
    factories.agreement(clinic)
    return clinic


def visit_of(clinic, person_id, starts_at, **fields):
    with organisation_scope(clinic):
        calendar = factories.calendar()
        record = factories.patient(person_id=person_id)
        reason = factories.reason(calendars=[calendar])
        return factories.appointment(calendar, reason, record, starts_at, person_id=person_id, **fields)


def test_persons_are_the_owner_and_then_relatives_as_they_were_added(account):
    add_relative(account, **MIA)
    add_relative(account, **{**MIA, "first_name": "Bob", "birth_date": date(1940, 1, 1)})

    found = [(person.name, person.is_owner, person.child) for person in persons_of(account)]

    assert found == [("Ada Öz", True, False), ("Mia Łukasiewicz", False, True), ("Bob Łukasiewicz", False, False)]


@pytest.mark.parametrize(("today", "child"), [(date(2033, 5, 3), True), (date(2033, 5, 4), False)])
def test_a_child_comes_of_age_on_the_18th_birthday(account, monkeypatch, today, child):
    add_relative(account, **MIA)
    monkeypatch.setattr(timezone, "localdate", lambda: today)

    assert persons_of(account)[1].child is child


def test_details_are_kept_and_a_relative_is_sealed(account):
    person_id = add_relative(account, **MIA)

    mia = persons_of(account)[1]

    assert (mia.id, mia.first_name, mia.birth_date, mia.sex) == (person_id, "Mia", date(2015, 5, 4), "female")
    with person_scope(account):
        assert b"Mia" not in bytes(Person.objects.get(pk=person_id).identity_sealed)


def test_the_same_relative_twice_is_one(account):
    first = add_relative(account, **MIA)
    second = add_relative(account, **{**MIA, "first_name": "MIA", "sex": "unknown"})

    assert (first, len(persons_of(account))) == (second, 2)


def test_an_account_has_at_most_ten_relatives(account):
    for number in range(10):
        add_relative(account, **{**MIA, "first_name": f"Kind {number}"})

    with pytest.raises(TooManyRelatives):
        add_relative(account, **MIA)

    assert len(persons_of(account)) == 11


def test_an_account_without_an_owner_has_no_relatives(keys):
    with pytest.raises(NoSuchRelative):
        add_relative(uuid4(), **MIA)


def test_details_are_corrected(account):
    person_id = add_relative(account, **MIA)

    change_relative(account, person_id, **{**MIA, "last_name": "Öz"})

    assert [person.name for person in persons_of(account)] == ["Ada Öz", "Mia Öz"]


def test_strangers_and_the_owner_are_no_relatives(account, other_account, now):
    mia = add_relative(other_account, **MIA)

    for person_id in (mia, owner_person(account).id, uuid4()):
        with pytest.raises(NoSuchRelative):
            change_relative(account, person_id, **MIA)
        with pytest.raises(NoSuchRelative):
            remove_relative(account, person_id, now=now)

    assert [person.name for person in persons_of(other_account)] == ["Ada Öz", "Mia Łukasiewicz"]


def test_a_relative_is_linked_to_a_clinic_and_found_there(account):
    mia, clinic = add_relative(account, **MIA), uuid4()

    person = link_person(account, mia, clinic)
    link_person(account, mia, clinic)

    assert (person.id, person.is_owner) == (mia, False)
    assert linked_clinics(account) == [(mia, clinic)]
    assert [person.id for person in persons_at(account, clinic)] == [mia]


def test_at_a_clinic_the_owner_comes_first(account):
    mia, clinic = add_relative(account, **MIA), uuid4()
    link_person(account, mia, clinic)

    owner = link_owner(account, clinic)

    assert [person.id for person in persons_at(account, clinic)] == [owner.id, mia]


def test_nobody_elses_relative_is_linked(account, other_account):
    mia = add_relative(other_account, **MIA)

    assert link_person(account, mia, uuid4()) is None
    assert (linked_clinics(account), linked_clinics(other_account)) == ([], [])


def test_a_relative_is_removed_and_clinics_are_left_to_be_told(account, clinic, now):
    mia = add_relative(account, **MIA)
    visit_of(clinic, mia, now - timedelta(days=1))
    link_clinic(account, mia, clinic.pk)

    remove_relative(account, mia, now=now)

    assert [person.name for person in persons_of(account)] == ["Ada Öz"]
    assert linked_clinics(account) == []
    assert list(Unlinking.objects.values_list("links", "is_whole_account")) == [([[str(mia), str(clinic.pk)]], False)]
    with organisation_scope(clinic):
        assert (Patient.objects.count(), Appointment.objects.count()) == (1, 1)


def test_a_relative_with_coming_appointments_stays(account, clinic, now):
    mia = add_relative(account, **MIA)
    visit_of(clinic, mia, now + timedelta(days=1))
    link_clinic(account, mia, clinic.pk)

    with pytest.raises(HasAppointments) as refusal:
        remove_relative(account, mia, now=now)

    assert refusal.value.clinic == "Praxis am Markt"
    assert len(persons_of(account)) == 2 and not Unlinking.objects.exists()


def test_a_cancelled_appointment_does_not_keep_a_relative(account, clinic, now):
    mia = add_relative(account, **MIA)
    visit_of(clinic, mia, now + timedelta(days=1), status="cancelled", cancelled_at=now)
    link_clinic(account, mia, clinic.pk)

    remove_relative(account, mia, now=now)

    assert len(persons_of(account)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_relative_stays_while_a_clinic_cannot_be_asked(account, now, monkeypatch):
    from django.db import OperationalError

    clinic = factories.organisation(name="Praxis am Markt")
    mia = add_relative(account, **MIA)
    link_clinic(account, mia, clinic.pk)

    def away(*_arguments, **_options):
        raise OperationalError("connection refused")

    monkeypatch.setattr(persons, "patient_scope", away)
    with pytest.raises(ClinicAway):
        remove_relative(account, mia, now=now)

    assert len(persons_of(account)) == 2 and Organisation.objects.count() == 1
