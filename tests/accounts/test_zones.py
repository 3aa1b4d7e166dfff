"""Access zones: from where professionals come in, checked with every request."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessZone, Organisation, Session
from accounts.networks import read_address
from accounts.selectors_access import lets_in
from accounts.services.zones import Lockout, NameTaken, WouldLockOut, ZoneDetails, add_zone, remove_zone
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.accounts.access import (
    CLINIC_NETWORK,
    ELSEWHERE,
    HERE,
    browser,
    clinic,
    member,
    outcomes,
    sign_in,
    signed_in,
    trail,
    zone,
)
from tests.accounts.conftest import written

pytestmark = pytest.mark.django_db

LIST, ADD = "/settings/zones/", "/settings/zones/add/"


@pytest.fixture
def house():
    return clinic()


@pytest.fixture
def ada(house):
    """An administrator, whom no zone binds."""
    return member(house, "Ada", admin=True)


@pytest.fixture
def bob(house):
    return member(house, "Bob")


@pytest.fixture
def eve(house):
    return member(house, "Eve")


def fresh(user):
    return type(user).objects.select_related("organisation").get(pk=user.pk)


# Who is let in


@pytest.mark.parametrize(
    ("network", "address", "inside"),
    [
        (CLINIC_NETWORK, HERE, True),
        (CLINIC_NETWORK, ELSEWHERE, False),
        (f"{HERE}/32", HERE, True),
        (f"{HERE}/32", "203.0.113.8", False),
        (CLINIC_NETWORK, f"::ffff:{HERE}", True),
        ("2001:db8:1::/48", "2001:db8:1::5", True),
        ("2001:db8:1::/48", "2001:db8:2::5", False),
        (CLINIC_NETWORK, "", False),
    ],
)
def test_a_zone_lets_in_from_its_networks_alone(ada, bob, network, address, inside):
    zone(ada, network)

    assert lets_in(fresh(bob), read_address(address)) is inside


def test_a_zone_for_some_binds_only_them(ada, bob, eve):
    zone(ada, CLINIC_NETWORK, members=(bob,))

    assert [lets_in(fresh(user), read_address(ELSEWHERE)) for user in (ada, bob, eve)] == [True, False, True]


def test_who_is_bound_twice_comes_in_from_both(ada, bob, eve):
    zone(ada, CLINIC_NETWORK)
    zone(ada, f"{ELSEWHERE}/32", name="Zuhause", members=(bob,))

    assert lets_in(fresh(bob), read_address(HERE)) and lets_in(fresh(bob), read_address(ELSEWHERE))
    assert not lets_in(fresh(eve), read_address(ELSEWHERE))


def test_another_clinic_is_not_bound(ada):
    zone(ada, CLINIC_NETWORK)
    stranger = member(factories.organisation(), "Otto")

    assert lets_in(fresh(stranger), read_address(ELSEWHERE))


# Every request


def test_an_open_session_is_refused_as_soon_as_it_comes_from_elsewhere(ada, bob):
    client = signed_in("Bob")
    zone(ada, CLINIC_NETWORK, members=(bob,))
    assert client.get("/account/").status_code == 200

    refused = client.get("/account/", REMOTE_ADDR=ELSEWHERE)

    assert refused.status_code == 403
    page = refused.content.decode()
    assert "Klinik am See lässt Sie nur aus bestimmten Netzen herein." in page
    assert ELSEWHERE in page and "Fragen Sie eine Administratorin oder einen Administrator Ihrer Klinik" in page
    assert "Bob" not in page


def test_a_zone_added_now_refuses_the_next_request(ada, bob):
    client = signed_in("Bob", ELSEWHERE)
    assert client.get("/account/").status_code == 200

    zone(ada, CLINIC_NETWORK)

    assert client.get("/account/").status_code == 403


@pytest.mark.parametrize("path", ["/", "/settings/", "/api/calendar/events", "/account/session/"])
def test_every_page_refuses(ada, bob, path):
    client = signed_in("Bob")
    zone(ada, CLINIC_NETWORK, members=(bob,))

    assert client.get(path, REMOTE_ADDR=ELSEWHERE).status_code == 403


def test_a_fragment_sends_the_whole_page_to_the_refusal(ada, bob):
    client = signed_in("Bob")
    zone(ada, CLINIC_NETWORK, members=(bob,))

    refused = client.get("/account/", REMOTE_ADDR=ELSEWHERE, headers={"HX-Request": "true"})

    assert (refused.status_code, refused["HX-Refresh"], refused.content) == (403, "true", b"")


def test_the_session_stays_for_its_owner_and_is_not_kept_awake(ada, bob):
    client = signed_in("Bob")
    zone(ada, CLINIC_NETWORK, members=(bob,))
    seen = Session.objects.get(user=bob).seen_at

    client.get("/account/", REMOTE_ADDR=ELSEWHERE)

    assert Session.objects.get(user=bob).seen_at == seen
    assert client.get("/account/").status_code == 200


def test_who_is_refused_may_sign_out(ada, bob):
    client = signed_in("Bob")
    zone(ada, CLINIC_NETWORK, members=(bob,))

    assert client.post("/account/sign-out/", REMOTE_ADDR=ELSEWHERE).status_code == 302
    assert not Session.objects.filter(user=bob).exists()


def test_signing_in_from_elsewhere_is_refused_with_the_reason(ada, bob):
    zone(ada, CLINIC_NETWORK, members=(bob,))
    client = browser(ELSEWHERE)

    refused = sign_in(client, "Bob")

    assert refused.status_code == 403
    assert "nur aus bestimmten Netzen" in refused.content.decode()
    assert not Session.objects.filter(user=bob).exists()
    assert sign_in(browser(ELSEWHERE), "Bob", "wrong").status_code == 422  # of zones hears who knows the password


def test_a_forged_header_does_not_help(ada, bob):
    zone(ada, CLINIC_NETWORK, members=(bob,))

    assert sign_in(browser(ELSEWHERE), "Bob").status_code == 403
    client = signed_in("Bob")
    assert client.get("/account/", REMOTE_ADDR=ELSEWHERE, HTTP_X_FORWARDED_FOR=HERE).status_code == 403


def test_a_refusal_is_in_the_history_and_in_the_trail_once_an_hour_and_address(ada, bob):
    zone(ada, CLINIC_NETWORK, members=(bob,))
    client = signed_in("Bob")

    for _ in range(3):
        client.get("/account/", REMOTE_ADDR=ELSEWHERE)
    client.get("/account/", REMOTE_ADDR="198.51.100.10")

    assert outcomes(bob) == ["signed_in", "zone_refused", "zone_refused"]
    assert trail(bob.organisation)[1:] == [(bob.actor, "access_zone.refused")] * 2


# Queries


def queries(client, path: str = "/account/") -> list[str]:
    with CaptureQueriesContext(connections["default"]) as caught:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in caught]


def test_zones_cost_one_query_and_none_where_there_are_none(ada, bob):
    client = signed_in("Bob")
    queries(client)
    without = queries(client)
    zone(ada, CLINIC_NETWORK)
    with_one = queries(client)
    for number in range(5):
        zone(ada, f"192.0.2.{number}/32", name=f"Haus {number}", members=(bob,))

    assert not any("accesszone" in sql for sql in without)
    assert len(with_one) == len(without) + 1
    assert len(queries(client)) == len(with_one)


# The editor


def typed(**fields) -> dict:
    return {"name": "Haupthaus", "networks": f"{CLINIC_NETWORK}\n2001:db8::/48", "binds": "everybody", **fields}


@pytest.fixture
def client(ada):
    return signed_in("Ada")


def test_an_administrator_adds_changes_and_removes_a_zone(ada, bob, eve, client):
    added = client.post(ADD, typed(binds="chosen", members=[str(bob.pk)]))
    kept = AccessZone.objects.get()
    assert (added.status_code, added["Location"]) == (303, LIST)
    assert (kept.networks, kept.is_for_everybody) == ([CLINIC_NETWORK, "2001:db8::/48"], False)
    assert list(kept.members.all()) == [bob]
    assert "203.0.113.0/24" in client.get(LIST).content.decode()

    client.post(f"{LIST}{kept.pk}/", typed(name="Neubau", networks=HERE, binds="chosen", members=[str(eve.pk)]))
    kept.refresh_from_db()
    assert (kept.name, kept.networks, list(kept.members.all())) == ("Neubau", [f"{HERE}/32"], [eve])

    assert "„Neubau“ entfernen?" in client.get(f"{LIST}{kept.pk}/remove/").content.decode()
    client.post(f"{LIST}{kept.pk}/remove/", {})
    assert not AccessZone.objects.exists()
    assert not Organisation.objects.get(pk=ada.organisation_id).has_zones


def test_each_change_is_in_the_trail_and_told_to_the_administrators(ada, bob, client):
    client.post(ADD, typed(binds="chosen", members=[str(bob.pk)]))
    kept = AccessZone.objects.get()
    client.post(f"{LIST}{kept.pk}/", typed(name="Neubau", binds="chosen", members=[str(bob.pk)]))
    client.post(f"{LIST}{kept.pk}/remove/", {})

    actions = ["access_zone.added", "access_zone.changed", "access_zone.removed"]
    assert trail(ada.organisation) == [(ada.actor, action) for action in actions]
    mails = [(part.to, part.subject) for part in written()]
    assert mails == [
        ("ada@example.org", "Klinik am See: Eine neue Zugriffszone wurde angelegt"),
        ("ada@example.org", "Klinik am See: Eine Zugriffszone wurde geändert"),
        ("ada@example.org", "Klinik am See: Eine Zugriffszone wurde entfernt"),
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": ""}, "Geben Sie einen Namen ein"),
        ({"networks": ""}, "Geben Sie mindestens ein Netz ein."),
        ({"networks": "Keller"}, "„Keller“ ist kein Netz."),
        ({"networks": "203.0.113.7/24"}, "Das Netz ist 203.0.113.0/24."),
        ({"networks": "0.0.0.0/0"}, "„0.0.0.0/0“ ist das ganze Internet."),
        ({"networks": "::/0"}, "„::/0“ ist das ganze Internet."),
        ({"networks": "\n".join(f"192.0.2.{n}" for n in range(51))}, "Eine Zone kann 50 Netze haben."),
        ({"binds": ""}, "Wählen Sie, für wen die Zone gilt."),
        ({"binds": "chosen"}, "Wählen Sie mindestens eine Person."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client, fields, problem):
    refused = client.post(ADD, typed(**fields))

    assert refused.status_code == 422
    assert problem in refused.content.decode()
    assert not AccessZone.objects.exists()


def test_a_name_is_taken_once_in_a_clinic(ada, bob, client):
    zone(ada, CLINIC_NETWORK, members=(bob,))

    refused = client.post(ADD, typed(binds="chosen", members=[str(bob.pk)]))

    assert refused.status_code == 422
    assert "Es gibt schon eine Zone mit diesem Namen." in refused.content.decode()
    zone(member(factories.organisation(), "Otto", admin=True), CLINIC_NETWORK)  # another clinic's is its own


def test_another_clinics_professional_cannot_be_bound(client):
    stranger = member(factories.organisation(), "Otto")

    assert client.post(ADD, typed(binds="chosen", members=[str(stranger.pk)])).status_code == 422


@pytest.mark.parametrize("page", ["", "remove/"])
def test_another_clinics_zone_is_not_to_be_found(client, page):
    theirs = zone(member(factories.organisation(), "Otto", admin=True), CLINIC_NETWORK)

    assert client.get(f"{LIST}{theirs.pk}/{page}").status_code == 404
    assert client.post(f"{LIST}{theirs.pk}/{page}", typed()).status_code == 404
    assert AccessZone.objects.filter(pk=theirs.pk, name="Haupthaus").exists()


@pytest.mark.parametrize("path", [LIST, ADD, "/settings/sign-in/"])
def test_only_administrators_see_the_editor(bob, path):
    assert signed_in("Bob").get(path).status_code == 403
    assert browser().get(path)["Location"] == f"/account/sign-in/?next={path}"
    assert "Zugriffszonen" not in signed_in("Bob").get("/settings/").content.decode()


# Nobody locks the last way in by accident


def lockouts(ada, *networks, address=HERE, members=(), name="Haupthaus") -> list[Lockout]:
    details = ZoneDetails(name, networks, not members, frozenset(member.pk for member in members))
    try:
        with organisation_scope(ada.organisation):
            add_zone(details, by=ada, address=read_address(address))
    except WouldLockOut as refusal:
        return refusal.lockouts
    return []


def test_a_zone_for_others_locks_nobody_out(ada, bob):
    assert lockouts(ada, CLINIC_NETWORK, address=ELSEWHERE, members=(bob,)) == []


def test_an_administrator_outside_the_new_zone_is_warned(ada, house):
    member(house, "Free", admin=True)

    assert lockouts(ada, CLINIC_NETWORK, address=ELSEWHERE, members=(ada,)) == [Lockout.YOU]
    assert not AccessZone.objects.exists() and not Organisation.objects.get(pk=house.pk).has_zones


def test_the_last_administrator_who_is_free_is_warned(ada, house):
    other = member(house, "Free", admin=True)

    assert lockouts(ada, CLINIC_NETWORK, members=(other,)) == []
    assert lockouts(ada, CLINIC_NETWORK, members=(ada,), name="Neubau") == [Lockout.ALL_BOUND]


def test_a_locked_administrator_is_no_way_in(ada, house):
    member(house, "Gone", admin=True, is_active=False)

    assert lockouts(ada, CLINIC_NETWORK, members=(ada,)) == [Lockout.ALL_BOUND]


def test_removing_one_of_two_zones_may_lock_out(ada, house):
    zone(ada, CLINIC_NETWORK)
    home = zone(ada, f"{ELSEWHERE}/32", name="Zuhause", members=(ada,))

    with organisation_scope(house), pytest.raises(WouldLockOut) as refusal:
        remove_zone(home, by=ada, address=read_address(ELSEWHERE))

    assert refusal.value.lockouts == [Lockout.YOU]
    assert AccessZone.objects.count() == 2


def test_the_warning_comes_first_and_what_was_typed_is_kept(ada, client):
    warned = client.post(ADD, typed(networks="192.0.2.0/24"))

    page = warned.content.decode()
    assert warned.status_code == 409 and not AccessZone.objects.exists()
    assert f"Ihre Adresse ist gerade {HERE}" in page
    assert "keine Administratorin und kein Administrator" in page
    assert written() == []

    back = client.post(ADD, typed(networks="192.0.2.0/24", edit="yes"))
    assert "192.0.2.0/24</textarea>" in back.content.decode() and not AccessZone.objects.exists()
    confirmed = client.post(ADD, typed(networks="192.0.2.0/24", confirmed="yes"))
    assert confirmed.status_code == 303
    assert client.get(LIST).status_code == 403  # as they were told


def test_the_same_name_twice_at_once_is_kept_once(ada, house, bob):
    zone(ada, CLINIC_NETWORK, members=(bob,))

    with organisation_scope(house), pytest.raises(NameTaken):
        details = ZoneDetails("Haupthaus", (f"{HERE}/32",), False, frozenset({bob.pk}))
        add_zone(details, by=ada, address=None)
