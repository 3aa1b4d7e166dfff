"""Inviting a professional: the link, its 72 hours, its one use, and nobody in before that."""

import re
import threading
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from accounts.enums import UserKind
from accounts.messages_invitation import invited
from accounts.models import User
from accounts.selectors import contact_of
from accounts.services import invitations, professionals, resets
from crypto import keyring
from doctolib.outbox.models import PlatformMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import pro

pytestmark = pytest.mark.django_db
PASSWORD = "ein langes Kennwort"
PERSON = {"first_name": "Zoë", "last_name": "Ünal"}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)


@pytest.fixture
def clinic():
    return pro.clinic()


def invite(clinic, *, now=None, email="zoe@example.org") -> User:
    with clinic.scope():
        return invitations.invite(
            organisation=clinic.organisation, email=email, language="de", now=now or timezone.now(), **PERSON
        )


def link_of(user) -> str:
    return invitations.link_path(User.objects.get(pk=user.pk))


def take_up(user, *, now=None) -> User:
    token = link_of(user).rstrip("/").rpartition("/")[2]
    return invitations.accept(user_id=user.pk, token=token, password=PASSWORD, now=now or timezone.now(), **PERSON)


def test_an_administrator_invites_and_the_person_comes_in(clinic):
    unit = clinic.calendar.unit
    data = {**PERSON, "email": "Zoe@Example.org", "language": "de", "units": [unit.pk]}
    answer = clinic.client.post("/settings/accounts/invite/", data)
    with keyring.platform_keys():
        user = User.objects.with_email(UserKind.PROFESSIONAL, "zoe@example.org")
    browser = pro.client_of(None)

    opened = browser.get(link_of(user), follow=True)
    done = browser.post("/account/invitation/", {**PERSON, "first_name": "Zoé", "password": PASSWORD})
    signed_in = browser.post("/account/sign-in/", {"email": "zoe@example.org", "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, f"/settings/accounts/{user.pk}/")
    assert opened.redirect_chain == [("/account/invitation/", 302)]
    assert "Zoe@Example.org" in opened.content.decode()
    assert (done.status_code, done["Location"]) == (302, "/account/sign-in/")
    assert signed_in.status_code == 302
    assert contact_of(User.objects.get(pk=user.pk)).name == "Zoé Ünal"
    with clinic.scope():
        assert list(unit.members.values_list("user_id", flat=True)) == [user.pk]


def test_the_mail_has_a_link_that_works_and_no_password(clinic):
    user = invite(clinic)

    with keyring.platform_keys():
        (message,) = PlatformMessage.objects.filter(kind="account.invited")
        (mail,) = invited(message.about, message.payload)

    path = re.search(r"(/account/invitation/\S+/)", mail.body).group()
    assert (mail.to, mail.subject) == ("zoe@example.org", "Ihr Konto für die Arbeit mit Doctolib")
    assert pro.client_of(None).get(path, follow=True).status_code == 200
    assert not User.objects.get(pk=user.pk).has_usable_password()


def test_no_mail_goes_out_once_the_invitation_is_over(clinic):
    old = invite(clinic, now=timezone.now() - timedelta(hours=73))
    taken = invite(clinic, email="anna@example.org")
    take_up(taken)

    with keyring.platform_keys():
        assert [invited(str(user.pk), {}) for user in (old, taken)] == [[], []]


def test_the_link_works_for_72_hours(clinic):
    now = timezone.now()
    user = invite(clinic, now=now)

    with pytest.raises(invitations.InvitationWorn):
        take_up(user, now=now + timedelta(hours=72))
    assert take_up(user, now=now + timedelta(hours=72, seconds=-1)).is_active


def test_the_link_works_once(clinic):
    user = invite(clinic)
    path = link_of(user)
    take_up(user)

    assert pro.client_of(None).get(path, follow=True).status_code == 410


def test_a_new_link_ends_the_one_before(clinic):
    user = invite(clinic)
    before = link_of(user)

    answer = clinic.client.post(f"/settings/accounts/{user.pk}/invite-again/")

    assert answer.status_code == 302
    assert pro.client_of(None).get(before, follow=True).status_code == 410
    assert pro.client_of(None).get(link_of(user), follow=True).status_code == 200


def test_who_is_in_already_is_not_invited_again(clinic):
    user = invite(clinic)
    take_up(user)

    assert clinic.client.post(f"/settings/accounts/{user.pk}/invite-again/").status_code == 409


@pytest.mark.parametrize("token", ["x", "0" * 64])
def test_a_link_that_was_made_up_does_not_work(clinic, token):
    user = invite(clinic)

    assert pro.client_of(None).get(f"/account/invitation/{user.pk}/{token}/", follow=True).status_code == 410
    assert pro.client_of(None).get("/account/invitation/").status_code == 410


def test_before_it_is_taken_up_nobody_gets_in_another_way(clinic):
    """No reset link, no unlocking, and the database says so, too."""
    user = invite(clinic)
    resets.request_reset(door="pro", email="zoe@example.org", network="x", now=timezone.now())
    with clinic.scope():
        professionals.unlock(
            organisation=clinic.organisation, user_id=user.pk, by=clinic.professional, now=timezone.now()
        )

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)
    assert not User.objects.get(pk=user.pk).is_active
    with keyring.platform_keys():
        assert not PlatformMessage.objects.filter(kind="account.password_reset", about=str(user.pk)).exists()


@pytest.mark.parametrize("organisation", ["mine", "another"])
def test_an_address_that_is_taken_is_refused_and_nothing_is_left(clinic, organisation):
    invite(clinic if organisation == "mine" else pro.clinic())
    before = User.objects.count()

    answer = clinic.client.post("/settings/accounts/invite/", {**PERSON, "email": "ZOE@example.org", "language": "de"})

    assert answer.status_code == 422
    assert "Diese Adresse kann nicht eingeladen werden" in answer.content.decode()
    assert User.objects.count() == before


@pytest.mark.parametrize("wrong", [{"password": "kurz"}, {"password": "zoe@example.org"}, {"last_name": ""}])
def test_what_is_typed_wrong_is_said_and_the_link_still_works(clinic, wrong):
    user = invite(clinic)
    browser = pro.client_of(None)
    browser.get(link_of(user))

    answer = browser.post("/account/invitation/", {**PERSON, "password": PASSWORD, **wrong})

    assert answer.status_code == 422
    assert browser.post("/account/invitation/", {**PERSON, "password": PASSWORD}).status_code == 302


def test_a_deleted_invitation_is_withdrawn_and_its_address_is_free(clinic):
    user = invite(clinic)
    path = link_of(user)
    clinic.client.post(f"/settings/accounts/{user.pk}/delete/")

    assert pro.client_of(None).get(path, follow=True).status_code == 410
    assert invite(clinic).pk != user.pk


# Races ----------------------------------------------------------------------------------------------------------------


def at_once(*calls) -> list[str]:
    """What each call came to, run at the same moment: "" or the name of what it raised."""
    barrier, results = threading.Barrier(len(calls)), [""] * len(calls)

    def run(number, call):
        barrier.wait()
        try:
            call()
        except Exception as error:
            results[number] = type(error).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_an_invitation_used_twice_at_once_lets_one_in(clinic):
    user = invite(clinic)
    token = link_of(user).rstrip("/").rpartition("/")[2]

    def use(name):
        fields = {"first_name": name, "last_name": name, "password": f"{PASSWORD} {name}"}
        return lambda: invitations.accept(user_id=user.pk, token=token, now=timezone.now(), **fields)

    assert at_once(*(use(name) for name in ("Anna", "Bea", "Cem"))) == ["", "InvitationWorn", "InvitationWorn"]


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_demote_each_other_at_once_one_stays(clinic):
    other = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation, is_organisation_admin=True)

    def demote(user, by):
        def call():
            with organisation_scope(clinic.organisation, actor=by.actor):
                professionals.set_administrator(
                    organisation=clinic.organisation, user_id=user.pk, value=False, by=by, now=timezone.now()
                )

        return call

    found = at_once(demote(clinic.professional, other), demote(other, clinic.professional))

    assert found == ["", "LastAdministrator"]
    assert User.objects.filter(organisation=clinic.organisation, is_organisation_admin=True).count() == 1
