"""A reason is added; what a section saves, shows and refuses."""

import pytest

from accounts.enums import UserKind
from appointments.models import VisitReason
from tests import factories, pro

from .tools import SECTIONS, actions, fresh, names, new, path, text

pytestmark = pytest.mark.django_db


# Adding


def test_a_new_reason_stands_last_and_is_not_online(clinic):
    answer = clinic.client.post("/settings/reasons/add/", new(clinic))

    with clinic.scope():
        made = VisitReason.objects.get(name_de="Kontrolle")
    assert (answer.status_code, answer["Location"]) == (303, f"/settings/reasons/{made.pk}/calendars/")
    assert (made.position, made.is_online, made.duration, made.code) == (1, False, 15, "KO")
    assert actions(clinic) == ["reason.added"]


def test_a_reason_that_is_sent_twice_is_there_once(clinic):
    clinic.client.post("/settings/reasons/add/", new(clinic))

    again = clinic.client.post("/settings/reasons/add/", new(clinic, name_de="KONTROLLE"))

    assert (again.status_code, "Diesen Namen gibt es schon." in text(again)) == (422, True)
    assert sorted(names(clinic)) == ["Erstgespräch", "Kontrolle"]


@pytest.mark.parametrize("duration", ["", "0", "-5", "lang", "40000"])
def test_a_duration_must_be_some_minutes(clinic, duration):
    answer = clinic.client.post("/settings/reasons/add/", new(clinic, duration=duration))

    assert (answer.status_code, names(clinic)) == (422, ["Erstgespräch"])


def test_without_a_unit_the_way_leads_to_the_unit():
    organisation = factories.organisation()
    account = pro.user(UserKind.PROFESSIONAL, organisation=organisation, is_organisation_admin=True)

    answer = pro.client_of(account).get("/settings/reasons/add/")

    assert (answer.status_code, answer["Location"]) == (303, "/settings/units/add/")


# Sections


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_saved_and_audited(clinic, section):
    sent, wanted = SECTIONS[section]

    answer = clinic.client.post(path(clinic, f"{section}/"), sent)

    assert (answer.status_code, answer["Location"]) == (303, f"{path(clinic)}#{section}")
    saved = fresh(clinic)
    assert {name: getattr(saved, name) for name in wanted} == wanted
    assert actions(clinic) == [f"reason.{section}_changed"]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_shows_what_it_would_save(clinic, section):
    """Sent back as it is shown, nothing changes."""
    with clinic.scope():
        VisitReason.objects.filter(pk=clinic.reason.pk).update(**SECTIONS[section][1])
    form = clinic.client.get(path(clinic, f"{section}/")).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: form[name].field.prepare_value(value) for name, value in shown.items()}
    sent = {name: "on" if value is True else value for name, value in sent.items() if value not in (None, False)}
    if "price" in sent:
        sent["price"] = "19,50"

    answer = clinic.client.post(path(clinic, f"{section}/"), sent)

    assert (answer.status_code, actions(clinic)) == (303, [])


@pytest.mark.parametrize(
    ("section", "changes", "words"),
    [
        ("time", {"step": "0"}, "Mindestens 1 Minute."),
        ("time", {"capacity": "0"}, "Mindestens 1 Patient."),
        ("time", {"duration": ""}, "Geben Sie eine ganze Zahl ein."),
        ("who", {"age_from": "18", "age_until": "17"}, "Das darf nicht kleiner sein als"),
        ("who", {"insurances": []}, "Wählen Sie mindestens eine Versicherung."),
        ("who", {"audience": "new", "seen_within": "6"}, "Neue Patienten waren noch nie hier."),
        ("limits", {"most_live": "0"}, "Mit 0 könnte niemand buchen."),
        ("online", {"minimum_notice": "7"}, ""),
        ("visit", {"price": "viel"}, ""),
    ],
)
def test_what_cannot_be_is_refused_in_words(clinic, section, changes, words):
    before = fresh(clinic)

    answer = clinic.client.post(path(clinic, f"{section}/"), {**SECTIONS[section][0], **changes})

    assert (answer.status_code, words in text(answer)) == (422, True)
    after = fresh(clinic)
    assert {n: getattr(after, n) for n in SECTIONS[section][1]} == {n: getattr(before, n) for n in SECTIONS[section][1]}
    assert actions(clinic) == []


def test_an_unusual_span_can_stay(clinic):
    with clinic.scope():
        VisitReason.objects.update(minimum_notice=75)

    answer = clinic.client.post(
        path(clinic, "online/"), {"is_online": "on", "minimum_notice": "75", "horizon": "30", "horizon_unit": "days"}
    )

    assert (answer.status_code, fresh(clinic).minimum_notice, fresh(clinic).horizon) == (303, 75, 30)


def test_a_follow_up_needs_its_days(clinic):
    with clinic.scope():
        after = factories.reason(name_de="Fäden ziehen")
    sent = {"follow_up": after.pk, "follow_up_from": "10", "follow_up_until": "", "recall_after": ""}

    missing = clinic.client.post(path(clinic, "after/"), sent)
    wrong = clinic.client.post(path(clinic, "after/"), {**sent, "follow_up_until": "9"})
    right = clinic.client.post(path(clinic, "after/"), {**sent, "follow_up_until": "14"})

    assert [answer.status_code for answer in (missing, wrong, right)] == [422, 422, 303]
    saved = fresh(clinic)
    assert (saved.follow_up_id, saved.follow_up_from, saved.follow_up_until) == (after.pk, 10, 14)


def test_without_a_follow_up_there_are_no_days(clinic):
    sent = {"follow_up": "", "follow_up_from": "10", "follow_up_until": "14", "recall_after": "12"}

    clinic.client.post(path(clinic, "after/"), sent)

    saved = fresh(clinic)
    assert (saved.follow_up_id, saved.follow_up_from, saved.follow_up_until, saved.recall_after) == (
        None,
        None,
        None,
        12,
    )


def test_a_name_that_another_reason_has_is_refused(clinic):
    with clinic.scope():
        factories.reason(name_de="Kontrolle")

    answer = clinic.client.post(path(clinic, "names/"), {"name_de": "Kontrolle", "edge": "sky"})

    assert (answer.status_code, fresh(clinic).name_de) == (422, "Erstgespräch")
