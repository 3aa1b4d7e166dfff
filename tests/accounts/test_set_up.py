"""Sites, units and practitioners, set up by administrators."""

import pytest

from accounts.enums import Level, UserKind
from accounts.models import Practitioner, Site, Unit
from doctolib.audit.models import AuditEvent
from tests import factories, pro

pytestmark = pytest.mark.django_db

SITE = {
    "name": "Campus Nord",
    "street": "Am Wald 3",
    "postal_code": "35043",
    "city": "Marburg",
    "access_de": "Eingang ohne Stufen.",
    "access_en": "",
}
PERSON = {
    "title": "Dr.",
    "first_name": "Ayşe",
    "last_name": "Yıldırım",
    "specialty": "KARD",
    "languages": ["de", "tr"],
    "sex": "female",
    "user_id": "",
}


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def empty():
    """A clinic that has nothing yet, with its administrator's browser."""
    organisation = factories.organisation()
    factories.agreement(organisation)
    account = pro.user(UserKind.PROFESSIONAL, organisation=organisation, is_organisation_admin=True)
    return pro.Clinic(organisation, None, None, account, pro.client_of(account))


def actions(clinic) -> list[str]:
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def rows(clinic, model, *fields):
    with clinic.scope():
        return list(model.objects.values_list(*fields))


def text(answer) -> str:
    return answer.content.decode()


# Sites ---------------------------------------------------------------------------------------------------------------


def test_a_site_is_added(empty):
    answer = empty.client.post("/settings/sites/add/", SITE)

    assert (answer.status_code, answer["Location"]) == (303, "/settings/sites/")
    assert rows(empty, Site, "name", "street", "postal_code", "city", "access_de") == [
        ("Campus Nord", "Am Wald 3", "35043", "Marburg", "Eingang ohne Stufen.")
    ]
    assert actions(empty) == ["site.added"]


def test_a_site_that_is_sent_twice_is_there_once(empty):
    empty.client.post("/settings/sites/add/", SITE)

    again = empty.client.post("/settings/sites/add/", {**SITE, "name": "campus nord"})

    assert again.status_code == 422
    assert "Diesen Namen gibt es schon." in text(again)
    assert rows(empty, Site, "name") == [("Campus Nord",)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"postal_code": "3504"}, "Eine Postleitzahl hat 5 Ziffern"),
        ({"name": " "}, "Bitte geben Sie einen Namen ein."),
        ({"city": ""}, "Geben Sie den Ort ein."),
    ],
)
def test_a_wrong_site_is_refused_with_what_was_typed(empty, wrong, words):
    answer = empty.client.post("/settings/sites/add/", {**SITE, **wrong})

    assert (answer.status_code, words in text(answer), "Eingang ohne Stufen." in text(answer)) == (422, True, True)
    assert rows(empty, Site, "pk") == []


def test_a_site_is_changed_and_nothing_but_it(clinic):
    with clinic.scope():
        site, other = Site.objects.get(), factories.site(name="Nebenhaus")

    answer = clinic.client.post(f"/settings/sites/{site.pk}/", {**SITE, "name": "Haupthaus"})

    assert answer.status_code == 303
    assert rows(clinic, Site, "pk", "street") == [(site.pk, "Am Wald 3"), (other.pk, "Musterstraße 1")]
    assert actions(clinic) == ["site.changed"]


def test_a_site_in_use_stays(clinic):
    with clinic.scope():
        site = Site.objects.get()

    answer = clinic.client.post(f"/settings/sites/{site.pk}/remove/")

    assert (answer.status_code, "Das wird noch benutzt" in text(answer)) == (409, True)
    assert rows(clinic, Site, "pk") == [(site.pk,)]
    assert actions(clinic) == []


def test_a_site_where_only_a_past_visit_was_stays(clinic):
    """The appointment's occupancy names it, and only the database knows to ask there."""
    with clinic.scope():
        site = factories.site(name="Früher")
        clinic_room = factories.room()
        factories.busy(clinic_room, pro.MONDAY, pro.MONDAY.replace(hour=9), site=site)

    assert clinic.client.post(f"/settings/sites/{site.pk}/remove/").status_code == 409
    assert (site.pk,) in rows(clinic, Site, "pk")


def test_an_unused_site_is_removed(clinic):
    with clinic.scope():
        site = factories.site(name="Nebenhaus")

    answer = clinic.client.post(f"/settings/sites/{site.pk}/remove/")

    assert answer.status_code == 303
    assert rows(clinic, Site, "name") == [("Haupthaus",)]
    assert actions(clinic) == ["site.removed"]


# Units ---------------------------------------------------------------------------------------------------------------


def unit_data(clinic, **fields) -> dict:
    with clinic.scope():
        site = Site.objects.first() or factories.site()
    return {"name_de": "Klinik für Öffnung", "name_en": "", "specialty": "KARD", "site": site.pk, "phone": "", **fields}


def test_a_unit_stands_last_under_an_address_made_of_its_name(clinic):
    answer = clinic.client.post("/settings/units/add/", unit_data(clinic))

    with clinic.scope():
        unit = Unit.objects.get(name_de="Klinik für Öffnung")
    assert (answer.status_code, answer["Location"]) == (303, f"/settings/units/{unit.pk}/")
    assert (unit.slug, unit.position, unit.specialty) == ("klinik-fuer-oeffnung", 1, "KARD")
    assert actions(clinic) == ["unit.added"]


def test_an_address_that_is_taken_gets_a_number(clinic):
    with clinic.scope():
        factories.unit(slug="klinik-fuer-oeffnung", name_de="Andere")

    clinic.client.post("/settings/units/add/", unit_data(clinic))

    with clinic.scope():
        assert Unit.objects.get(name_de="Klinik für Öffnung").slug == "klinik-fuer-oeffnung-2"


@pytest.mark.parametrize(("name", "slug"), [("Ö", "oe"), ("内科", "unit"), ("A & B", "a-b"), ("x", "unit")])
def test_every_name_makes_an_address(clinic, name, slug):
    clinic.client.post("/settings/units/add/", unit_data(clinic, name_de=name))

    with clinic.scope():
        unit = Unit.objects.get(name_de=name)
        unit.clean_fields()
    assert unit.slug == slug


def test_a_unit_keeps_its_address_when_it_is_renamed(clinic):
    with clinic.scope():
        unit = Unit.objects.get()

    clinic.client.post(f"/settings/units/{unit.pk}/change/", unit_data(clinic))

    assert rows(clinic, Unit, "name_de", "slug") == [("Klinik für Öffnung", unit.slug)]
    assert actions(clinic) == ["unit.changed"]


def test_a_unit_with_a_calendar_stays_and_an_empty_one_goes(clinic):
    with clinic.scope():
        used, empty = Unit.objects.get(), factories.unit()

    answers = [clinic.client.post(f"/settings/units/{unit.pk}/delete/").status_code for unit in (used, empty)]

    assert answers == [409, 303]
    assert rows(clinic, Unit, "pk") == [(used.pk,)]
    assert actions(clinic) == ["unit.removed"]


def test_units_change_places(clinic):
    with clinic.scope():
        first, second, third = Unit.objects.get(), factories.unit(position=5), factories.unit(position=5)

    clinic.client.post(f"/settings/units/{third.pk}/move/", {"to": "up"})
    clinic.client.post(f"/settings/units/{first.pk}/move/", {"to": "up"})

    assert rows(clinic, Unit, "pk", "position") == [(first.pk, 0), (third.pk, 1), (second.pk, 2)]
    assert actions(clinic) == ["unit.moved"]


def test_without_a_site_the_way_to_a_unit_leads_to_the_site(empty):
    answer = empty.client.get("/settings/units/add/")

    assert (answer.status_code, answer["Location"]) == (303, "/settings/sites/add/")


# Practitioners -------------------------------------------------------------------------------------------------------


def test_a_practitioner_is_added_with_an_account(clinic):
    colleague = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)

    answer = clinic.client.post("/settings/practitioners/add/", {**PERSON, "user_id": str(colleague.pk)})

    assert answer.status_code == 303
    with clinic.scope():
        made = Practitioner.objects.get(last_name="Yıldırım")
    assert (made.title, made.first_name, made.specialty, made.languages, made.sex, made.user_id) == (
        "Dr.", "Ayşe", "KARD", "de tr", "female", colleague.pk,
    )  # fmt: skip
    assert actions(clinic) == ["practitioner.added"]


def test_a_stranger_s_account_is_no_choice(clinic):
    stranger = pro.clinic().professional

    answer = clinic.client.post("/settings/practitioners/add/", {**PERSON, "user_id": str(stranger.pk)})

    assert answer.status_code == 422
    assert rows(clinic, Practitioner, "last_name") == [("Hopper",)]


def test_somebody_sent_twice_is_asked_about_and_there_once(clinic):
    clinic.client.post("/settings/practitioners/add/", PERSON)

    again = clinic.client.post("/settings/practitioners/add/", PERSON)

    assert (again.status_code, "Diesen Namen gibt es schon." in text(again)) == (422, True)
    assert len(rows(clinic, Practitioner, "pk")) == 2


def test_two_people_may_have_one_name(clinic):
    clinic.client.post("/settings/practitioners/add/", PERSON)
    clinic.client.post("/settings/practitioners/add/", {**PERSON, "is_another": "on"})
    with clinic.scope():
        second = Practitioner.objects.filter(last_name="Yıldırım").last()

    changed = clinic.client.post(f"/settings/practitioners/{second.pk}/", {**PERSON, "languages": ["en"]})

    assert changed.status_code == 303
    assert sorted(rows(clinic, Practitioner, "last_name", "languages")) == [
        ("Hopper", ""), ("Yıldırım", "de tr"), ("Yıldırım", "en"),
    ]  # fmt: skip


def test_whose_calendar_is_in_use_stays(clinic):
    with clinic.scope():
        used, unused = Practitioner.objects.get(), factories.practitioner(last_name="Ohnekalender")

    answers = [clinic.client.post(f"/settings/practitioners/{p.pk}/remove/").status_code for p in (used, unused)]

    assert answers == [409, 303]
    assert rows(clinic, Practitioner, "pk") == [(used.pk,)]


# Who may, empty clinics ----------------------------------------------------------------------------------------------


def paths(clinic) -> list[tuple[str, str]]:
    with clinic.scope():
        site, unit, person = Site.objects.get().pk, Unit.objects.get().pk, Practitioner.objects.get().pk
    return [
        ("get", f"/settings/sites/{site}/"),
        ("post", f"/settings/sites/{site}/remove/"),
        ("get", f"/settings/units/{unit}/change/"),
        ("post", f"/settings/units/{unit}/delete/"),
        ("post", f"/settings/units/{unit}/move/"),
        ("get", f"/settings/practitioners/{person}/"),
        ("post", f"/settings/practitioners/{person}/remove/"),
    ]


def test_only_administrators_set_up_and_strangers_find_nothing(clinic):
    colleague = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, colleague, Level.FULL)
    found = {
        name: {getattr(client, method)(path).status_code for method, path in paths(clinic)}
        for name, client in {
            "colleague": pro.client_of(colleague),
            "stranger": pro.clinic().client,
            "nobody": pro.client_of(None),
        }.items()
    }

    assert found == {"colleague": {403}, "stranger": {404}, "nobody": {302}}
    assert actions(clinic) == []


def test_a_new_clinic_is_led_through_what_is_missing(empty):
    def guide() -> list[tuple[str, bool, bool]]:
        steps = empty.client.get("/settings/").context["steps"]
        return [(step.url_name, is_done, is_next) for step, is_done, is_next in steps]

    before = guide()
    empty.client.post("/settings/sites/add/", SITE)
    after = guide()

    names = ["sites", "clinic-units", "clinic-calendars", "reasons", "hours-set-up", "clinic-profile"]
    assert before == [(name, False, at == 0) for at, name in enumerate(names)]
    assert after == [(name, at == 0, at == 1) for at, name in enumerate(names)]


def test_the_guide_is_the_administrators_and_goes_when_all_is_there(clinic):
    with clinic.scope():
        from accounts.models import PublishedProfile

        colleague = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
        missing = [
            len(client.get("/settings/").context["steps"]) for client in (clinic.client, pro.client_of(colleague))
        ]
        PublishedProfile.objects.create(published_at=pro.MONDAY)

    assert missing == [6, 0]
    assert clinic.client.get("/settings/").context["steps"] == []


@pytest.mark.parametrize("path", ["sites", "units", "practitioners", "calendars", "reasons", "profile"])
def test_lists_of_an_empty_clinic_lead_on(empty, path):
    answer = empty.client.get(f"/settings/{path}/")

    assert answer.status_code == 200
    assert ('class="empty"' in text(answer)) == (path != "profile")


@pytest.mark.parametrize("path", ["sites", "units", "practitioners", "calendars", "reasons", "profile"])
def test_lists_need_as_many_queries_for_three_rows_as_for_one(clinic, path):
    from tests.appointments.pages import queries

    one = queries(lambda: clinic.client.get(f"/settings/{path}/"))
    with clinic.scope():
        for number in range(2):
            unit = factories.unit(site=factories.site(name=f"Haus {number}"))
            calendar = factories.calendar(unit=unit, practitioner=factories.practitioner())
            factories.reason(unit=unit, calendars=[calendar])

    assert queries(lambda: clinic.client.get(f"/settings/{path}/")) == one
