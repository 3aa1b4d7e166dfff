"""Copy, order, archive and remove; the overview; who may."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import (
    OpeningHoursReason,
    RequiredResource,
    VisitReason,
)
from tests import factories, pro

from .tools import SECTIONS, actions, fresh, names, new, path, text

pytestmark = pytest.mark.django_db


def act(clinic, what: str, reason: VisitReason | None = None):
    return clinic.client.post(f"/settings/reasons/{(reason or clinic.reason).pk}/act/", {"act": what})


# Copy, order, archive, remove


def test_a_copy_has_all_of_it_but_is_not_online(clinic):
    with clinic.scope():
        factories.question(clinic.reason)
        factories.requirement(clinic.reason, [factories.room(), factories.room()])

    answer = act(clinic, "copy")

    with clinic.scope():
        copy = VisitReason.objects.get(name_de="Erstgespräch (Kopie)")
        parts = [
            copy.offers.count(),
            copy.questions.count(),
            RequiredResource.objects.filter(requirement__reason=copy).count(),
        ]
        original = [clinic.reason.offers.count(), clinic.reason.questions.count()]
    assert (answer.status_code, answer["Location"]) == (303, f"/settings/reasons/{copy.pk}/names/")
    assert (parts, original) == ([1, 1, 2], [1, 1])
    assert (copy.is_online, copy.duration, copy.name_en, copy.position) == (False, 20, "Consultation (copy)", 1)
    assert actions(clinic) == ["reason.copied"]


def test_a_copy_that_is_sent_twice_is_there_once(clinic):
    act(clinic, "copy")

    again = act(clinic, "copy")

    assert (again.status_code, "Diesen Namen gibt es schon." in text(again)) == (409, True)
    assert names(clinic) == ["Erstgespräch", "Erstgespräch (Kopie)"]


def test_reasons_change_places_within_their_unit(clinic):
    with clinic.scope():
        second, third = factories.reason(name_de="Zwei", position=1), factories.reason(name_de="Drei", position=2)
        factories.reason(name_de="Anderswo", unit=factories.unit(), position=0)

    act(clinic, "up", third), act(clinic, "down", second)

    with clinic.scope():
        rows = VisitReason.objects.filter(unit=clinic.calendar.unit).values_list("name_de", "position")
        assert list(rows) == [("Erstgespräch", 0), ("Drei", 1), ("Zwei", 2)]


def test_an_archived_reason_is_booked_by_nobody_and_kept_by_appointments(clinic):
    appointment = clinic.book(timezone.now() + timedelta(days=1))

    answer = act(clinic, "archive")

    saved = fresh(clinic)
    assert (answer.status_code, saved.is_archived, saved.is_online) == (303, True, False)
    with clinic.scope():
        appointment.refresh_from_db()
    assert appointment.reason_id == clinic.reason.pk
    assert actions(clinic) == ["reason.archived"]
    assert "Erstgespräch" not in text(clinic.client.get("/why/"))


def test_an_archived_reason_cannot_be_put_online_but_brought_back(clinic):
    act(clinic, "archive")
    refused = clinic.client.post(path(clinic, "online/"), SECTIONS["online"][0])
    back = act(clinic, "restore")
    online = clinic.client.post(path(clinic, "online/"), SECTIONS["online"][0])

    assert [answer.status_code for answer in (refused, back, online)] == [422, 303, 303]
    assert (fresh(clinic).is_archived, fresh(clinic).is_online) == (False, True)


def test_a_name_is_free_again_when_its_reason_is_archived(clinic):
    act(clinic, "archive")
    clinic.client.post("/settings/reasons/add/", new(clinic, name_de="Erstgespräch"))

    back = act(clinic, "restore")

    assert (back.status_code, names(clinic)) == (409, ["Erstgespräch", "Erstgespräch"])


def test_a_reason_that_someone_waits_for_is_not_archived(clinic):
    with clinic.scope():
        factories.waiting(factories.patient(), clinic.reason)

    answer = act(clinic, "archive")

    assert (answer.status_code, "Warteliste" in text(answer), fresh(clinic).is_archived) == (409, True, False)


def test_a_reason_that_was_never_used_can_go(clinic):
    answer = act(clinic, "remove")

    assert (answer.status_code, names(clinic), actions(clinic)) == (303, [], ["reason.removed"])


def test_a_reason_with_an_appointment_stays(clinic):
    clinic.book()

    answer = act(clinic, "remove")

    assert (answer.status_code, names(clinic), actions(clinic)) == (409, ["Erstgespräch"], [])


def test_a_reason_that_opening_hours_name_stays(clinic):
    """Without it the block would be open for every reason."""
    with clinic.scope():
        factories.hours(clinic.calendar, weekdays=[6], reasons=[clinic.reason])

    answer = act(clinic, "remove")

    with clinic.scope():
        assert (answer.status_code, OpeningHoursReason.objects.count()) == (409, 1)


# The overview, who may


def test_the_overview_says_why_patients_cannot_book(clinic):
    shown = clinic.client.get(path(clinic))
    assert shown.context["hindrances"] == []
    assert shown.context["public_address"].endswith(
        f"/{clinic.organisation.slug}/book/times/?reason={clinic.reason.pk}"
    )

    clinic.client.post(path(clinic, "calendars/"), {})
    act(clinic, "archive")

    shown = clinic.client.get(path(clinic))
    assert shown.context["hindrances"] == [
        "Der Besuchsgrund ist archiviert.",
        "Kein Kalender, der online gebucht werden kann, bietet ihn an.",
        "Es gibt keine Sprechzeiten für Online-Buchungen.",
    ]


def test_the_overview_needs_as_many_queries_for_three_parts_as_for_one(clinic):
    from tests.appointments.pages import queries

    def grow() -> int:
        with clinic.scope():
            factories.question(clinic.reason)
            factories.requirement(clinic.reason, [factories.room()])
            factories.offer(factories.calendar(), clinic.reason)
        return queries(lambda: clinic.client.get(path(clinic)))

    one, _two, three = grow(), grow(), grow()

    assert three == one


PARTS = ["", "names/", "time/", "online/", "who/", "limits/", "visit/", "after/", "calendars/", "needs/", "questions/"]


def test_every_page_opens_in_both_languages(clinic):
    pages = {
        language: [clinic.client.get(path(clinic, part), headers={"accept-language": language}) for part in PARTS]
        for language in ("de", "en")
    }
    for_developers = [field.help_text for field in VisitReason._meta.fields if field.help_text]

    assert {page.status_code for both in pages.values() for page in both} == {200}
    assert [hint for hint in for_developers if any(hint in text(page) for page in pages["de"])] == []
    assert clinic.client.get(path(clinic, "nothing/")).status_code == 404
    assert act(clinic, "explode").status_code == 404


def test_only_administrators_set_reasons_up_and_strangers_find_nothing(clinic):
    colleague = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, colleague, Level.FULL)
    clients = {"colleague": pro.client_of(colleague), "stranger": pro.clinic().client, "nobody": pro.client_of(None)}

    found = {
        name: {client.get(path(clinic, part)).status_code for part in PARTS}
        | {client.post(path(clinic, "act/"), {"act": act}).status_code for act in ("archive", "remove", "copy")}
        for name, client in clients.items()
    }

    assert found == {"colleague": {403}, "stranger": {404}, "nobody": {302}}
    assert (names(clinic), actions(clinic)) == (["Erstgespräch"], [])
