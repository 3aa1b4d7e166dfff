"""The calendars, rooms and questions of a reason."""

import pytest

from appointments.models import (
    CalendarReason,
    Question,
    Requirement,
)
from tests import factories, pro

from .tools import actions, path, text

pytestmark = pytest.mark.django_db


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
