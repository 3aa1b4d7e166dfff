"""An account's own rows, and housekeeping."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts import tasks
from accounts.models import Person, SignUp, Specialty, TermsAcceptance, Throttle, User
from accounts.selectors import contact_of, linked_clinics, owner_person, specialties
from accounts.services.persons import create_owner, link_clinic
from accounts.throttling import take
from crypto import keyring
from crypto.errors import KeyUnavailable
from doctolib.tenancy.scopes import person_scope
from tests.accounts.conftest import EMAIL, SignUpWalk

pytestmark = pytest.mark.django_db

DETAILS = {"first_name": "Ada", "last_name": "Łukasiewicz-Öz", "birth_date": date(1961, 3, 3), "terms_version": "1"}


@pytest.fixture
def account(keys, now):
    account_id = uuid4()
    create_owner(account_id=account_id, **DETAILS, terms_accepted_at=now)
    return account_id


def test_the_owner_is_found_by_the_account(account):
    person = owner_person(account)

    assert (person.first_name, person.last_name, person.birth_date) == ("Ada", "Łukasiewicz-Öz", date(1961, 3, 3))
    assert "Ada" not in repr(person)


def test_an_account_without_a_person_has_none(keys):
    assert owner_person(uuid4()) is None


def test_a_version_is_accepted_once(account, now):
    create_owner(account_id=account, **{**DETAILS, "last_name": "Byron"}, terms_accepted_at=now)

    assert owner_person(account).last_name == "Byron"
    with person_scope(account):
        assert TermsAcceptance.objects.count() == 1
    with pytest.raises(IntegrityError), person_scope(account):
        TermsAcceptance.objects.create(document="terms", version="1", accepted_at=now)


def test_a_stranger_sees_no_ones_person(account, keys):
    stranger = uuid4()
    with person_scope(stranger):
        assert list(Person.objects.all()) == []

    with pytest.raises(DatabaseError), transaction.atomic(using="pool"):
        Person.objects.count()  # without a scope there is no right at all


def test_a_person_that_was_read_gives_nothing_away_outside_its_scope(account):
    with person_scope(account):
        person = Person.objects.get()

    with pytest.raises(KeyUnavailable):
        _ = person.identity


def test_a_clinic_is_linked_once(account):
    person, clinic = owner_person(account), uuid4()

    link_clinic(account, person.id, clinic)
    link_clinic(account, person.id, clinic)

    assert linked_clinics(account) == [(person.id, clinic)]
    assert linked_clinics(uuid4()) == []


def test_nobody_links_another_ones_person(account, keys):
    stranger = uuid4()

    link_clinic(stranger, owner_person(account).id, uuid4())

    assert linked_clinics(stranger) == linked_clinics(account) == []


def test_contact_is_lent_for_a_moment(patient):
    assert contact_of(patient).email == EMAIL
    fresh = User.objects.get()
    with pytest.raises(KeyUnavailable):
        _ = fresh.contact


def test_what_nobody_finished_is_removed(keys, www, clock):
    walk = SignUpWalk(www).until_person()
    row = SignUp.objects.get()
    create_owner(account_id=row.pk, **DETAILS, terms_accepted_at=row.created_at)  # as a broken last click leaves it
    clock(timedelta(hours=20, minutes=30))
    tasks.remove_stale()
    kept = SignUp.objects.count()
    clock(timedelta(hours=4))

    tasks.remove_stale()

    assert kept == 1
    assert (SignUp.objects.count(), Throttle.objects.count(), owner_person(row.pk)) == (0, 0, None)
    assert walk.get("person/").status_code == 302


def test_live_counters_stay(keys):
    from django.utils import timezone

    take("live", limit=1, window=timedelta(minutes=5), now=timezone.now())
    tasks.remove_stale()

    assert Throttle.objects.filter(key="live").exists()


def test_all_specialties_of_the_code_system_are_there(db):
    names = dict(Specialty.objects.values_list("code", "name_de"))

    assert len(names) == 78
    assert (names["HNOH"], names["KARD"], names["UROL"]) == ("Hals-Nasen-Ohrenheilkunde", "Kardiologie", "Urologie")
    assert {len(code) for code in names} == {4}
    assert not Specialty.objects.filter(name_en="").exists()
    assert "HIST" in names and "HIST" not in {specialty.code for specialty in specialties()}


def test_a_new_account_needs_the_keys(keys):
    with pytest.raises(KeyUnavailable):
        User.objects.create_account(kind="patient", email=EMAIL, password="x")
    with keyring.platform_keys():
        user = User.objects.create_account(kind="patient", email=EMAIL, password="x" * 8)
    assert EMAIL not in str(User.objects.filter(pk=user.pk).values())
