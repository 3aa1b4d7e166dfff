"""Visit reasons, set up by administrators."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import (
    CalendarReason,
    OpeningHoursReason,
    Question,
    RequiredResource,
    Requirement,
    VisitReason,
)
from doctolib.audit.models import AuditEvent
from tests import factories, pro

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return pro.clinic()


def actions(clinic) -> list[str]:
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def path(clinic, part: str = "") -> str:
    return f"/settings/reasons/{clinic.reason.pk}/{part}"


def fresh(clinic) -> VisitReason:
    with clinic.scope():
        return VisitReason.objects.get(pk=clinic.reason.pk)


def names(clinic) -> list[str]:
    with clinic.scope():
        return list(VisitReason.objects.values_list("name_de", flat=True))


def text(answer) -> str:
    return answer.content.decode()


def act(clinic, what: str, reason: VisitReason | None = None):
    return clinic.client.post(f"/settings/reasons/{(reason or clinic.reason).pk}/act/", {"act": what})


# Adding --------------------------------------------------------------------------------------------------------------


def new(clinic, **fields) -> dict:
    unit = clinic.calendar.unit_id
    return {"unit": unit, "name_de": "Kontrolle", "name_en": "Check-up", "code": "KO", "duration": "15", **fields}


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


# Sections ------------------------------------------------------------------------------------------------------------

SECTIONS = {
    "names": (
        {"name_de": "Gespräch", "name_en": "Talk", "code": "G", "edge": "rust"},
        {"name_de": "Gespräch", "name_en": "Talk", "code": "G", "edge": "rust"},
    ),
    "time": (
        {"duration": "45", "buffer_before": "5", "buffer_after": "10", "step": "30", "capacity": "8"},
        {"duration": 45, "buffer_before": 5, "buffer_after": 10, "step": 30, "capacity": 8},
    ),
    "online": (
        {"is_online": "on", "minimum_notice": "2880", "horizon": "3", "horizon_unit": "months", "opens_at": "08:00"},
        {"is_online": True, "minimum_notice": 2880, "horizon": 3, "horizon_unit": "months", "opens_at": time(8)},
    ),
    "who": (
        {
            "audience": "known",
            "seen_within": "6",
            "insurances": ["private", "self"],
            "age_from": "18",
            "age_until": "99",
        },
        {"audience": "known", "seen_within": 6, "insurances": ["private", "self"], "age_from": 18, "age_until": 99},
    ),
    "limits": (
        {"most_live": "1", "move_until": "1440", "cancel_until": "120", "most_moves": "2"},
        {"most_live": 1, "move_until": 1440, "cancel_until": 120, "most_moves": 2},
    ),
    "visit": (
        {"referral": "upload", "price": "19,50", "instructions_de": "Nüchtern.", "instructions_en": ""},
        {"referral": "upload", "price": Decimal("19.50"), "instructions_de": "Nüchtern.", "instructions_en": ""},
    ),
}


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


# Calendars, rooms, questions -----------------------------------------------------------------------------------------


def offers(clinic) -> dict[int, tuple]:
    with clinic.scope():
        rows = CalendarReason.objects.filter(reason=clinic.reason)
        return {row.calendar_id: (row.pk, row.duration, row.most_a_day) for row in rows}


def test_calendars_offer_a_reason_with_their_own_duration(clinic):
    with clinic.scope():
        other = factories.calendar()
    (kept, *_rest) = offers(clinic)[clinic.calendar.pk]
    sent = {f"on-{clinic.calendar.pk}": "on", f"duration-{clinic.calendar.pk}": "25", f"on-{other.pk}": "on"}

    answer = clinic.client.post(path(clinic, "calendars/"), {**sent, f"most-{other.pk}": "3"})

    found = offers(clinic)
    assert answer.status_code == 303
    assert found[clinic.calendar.pk] == (kept, 25, None)
    assert found[other.pk][1:] == (None, 3)
    assert actions(clinic) == ["reason.calendars_changed"]


def test_calendars_stop_offering_and_a_stranger_s_calendar_is_no_choice(clinic):
    stranger = pro.clinic()

    clinic.client.post(path(clinic, "calendars/"), {f"on-{stranger.calendar.pk}": "on"})

    assert offers(clinic) == {}


def test_a_duration_of_nothing_is_refused(clinic):
    sent = {f"on-{clinic.calendar.pk}": "on", f"duration-{clinic.calendar.pk}": "0"}

    answer = clinic.client.post(path(clinic, "calendars/"), sent)

    assert (answer.status_code, offers(clinic)[clinic.calendar.pk][1]) == (422, None)


def needs(clinic) -> list[tuple]:
    with clinic.scope():
        return [
            (need.name, need.quantity, sorted(need.alternatives.values_list("resource__name", flat=True)))
            for need in Requirement.objects.filter(reason=clinic.reason).order_by("pk")
        ]


def test_a_visit_takes_one_of_these_and_two_of_those(clinic):
    with clinic.scope():
        rooms = [factories.room(name=name) for name in ("Raum 1", "Raum 2")]
        devices = [factories.device(name=name) for name in ("EKG A", "EKG B", "EKG C")]
    sent = {
        "name-0": "Behandlungsraum", "quantity-0": "1", "resources-0": [room.pk for room in rooms],
        "name-1": "", "quantity-1": "2", "resources-1": [device.pk for device in devices],
    }  # fmt: skip

    answer = clinic.client.post(path(clinic, "needs/"), sent)

    assert answer.status_code == 303
    assert needs(clinic) == [
        ("Behandlungsraum", 1, ["Raum 1", "Raum 2"]),
        (
            f"EKG A (Gerät, {devices[0].unit.name if devices[0].unit else devices[0].site.name})",
            2,
            ["EKG A", "EKG B", "EKG C"],
        ),
    ]
    assert actions(clinic) == ["reason.needs_changed"]


def test_more_than_there_are_cannot_be_needed(clinic):
    with clinic.scope():
        room = factories.room()

    answer = clinic.client.post(path(clinic, "needs/"), {"quantity-0": "2", "resources-0": [room.pk]})

    assert (answer.status_code, "mindestens so viele" in text(answer), needs(clinic)) == (422, True, [])


def test_a_group_without_ticks_is_left_out_and_the_same_again_changes_nothing(clinic):
    with clinic.scope():
        room = factories.room()
        factories.requirement(clinic.reason, [room], name="Raum")
    same = {"name-0": "Raum", "quantity-0": "1", "resources-0": [room.pk]}

    clinic.client.post(path(clinic, "needs/"), same)
    unchanged = actions(clinic)
    clinic.client.post(path(clinic, "needs/"), {"name-0": "", "quantity-0": "1"})

    assert (unchanged, needs(clinic), actions(clinic)) == ([], [], ["reason.needs_changed"])


def question_data(*questions: dict) -> dict:
    sent = {"count": str(len(questions))}
    for at, question in enumerate(questions):
        sent |= {f"{at}-{name}": value for name, value in {"kind": "text", **question}.items()}
    return sent


def asked(clinic) -> list[tuple]:
    with clinic.scope():
        rows = Question.objects.filter(reason=clinic.reason)
        return [(q.pk, q.text_de, q.kind, q.options_de, q.is_required) for q in rows]


def test_questions_are_changed_added_and_taken_away(clinic):
    with clinic.scope():
        kept, gone = factories.question(clinic.reason), factories.question(clinic.reason, text_de="Weg damit?")
    choice = {"text_de": "Welches Bein?", "kind": "choice", "options_de": "links\nrechts", "is_required": "on"}

    answer = clinic.client.post(
        path(clinic, "questions/"),
        question_data({"id": kept.pk, "text_de": "Allergien?"}, {"id": gone.pk, "text_de": ""}, choice, {}),
    )

    found = asked(clinic)
    assert answer.status_code == 303
    assert found[0] == (kept.pk, "Allergien?", "text", [], False)
    assert [row[1:] for row in found[1:]] == [("Welches Bein?", "choice", ["links", "rechts"], True)]
    assert actions(clinic) == ["reason.questions_changed"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"text_de": "Welches?", "kind": "choice", "options_de": "links"}, "mindestens zwei Antworten"),
        ({"text_de": "", "text_en": "Which?"}, "auch auf Deutsch"),
        (
            {"text_de": "W?", "kind": "choice", "options_de": "a\nb", "options_en": "a"},
            "so viele Antworten wie auf Deutsch",
        ),
        ({"text_de": "W?", "kind": "choice", "options_de": "a\n" + "b" * 81}, "höchstens 80 Zeichen"),
    ],
)
def test_questions_that_nobody_could_answer_are_refused(clinic, question, words):
    answer = clinic.client.post(path(clinic, "questions/"), question_data(question))

    assert (answer.status_code, words in text(answer), asked(clinic)) == (422, True, [])


def test_a_stranger_s_question_stays_theirs(clinic):
    other = pro.clinic()
    with other.scope():
        theirs = factories.question(other.reason)

    clinic.client.post(path(clinic, "questions/"), question_data({"id": theirs.pk, "text_de": "Meine?"}))

    assert [row[1] for row in asked(other)] == ["Haben Sie Allergien?"]
    assert [row[1] for row in asked(clinic)] == ["Meine?"]


# Copy, order, archive, remove ----------------------------------------------------------------------------------------


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


# The overview, who may -----------------------------------------------------------------------------------------------


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
