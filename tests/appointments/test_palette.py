"""The command palette: what it offers to whom, what it remembers, what it never tells."""

import pytest

from accounts.enums import Level, UserKind
from appointments.models import PaletteUse
from doctolib.audit.models import AuditEvent
from tests import factories, pro
from tests.appointments.test_pro_calendar import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def reader(clinic):
    user = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, user, Level.READ)
    return user


def offered(client, text=""):
    answer = client.post("/palette/", {"q": text}, headers={"HX-Request": "true"})
    return [(option.value, option.text) for option in answer.context["options"]]


def test_with_nothing_typed_all_pages_one_may_open_are_there(clinic, reader):
    everything = [value for value, _text in offered(clinic.client)]
    little = [value for value, _text in offered(pro.client_of(reader))]

    assert {"page:calendar-today", "page:waiting-list", "page:rights", "page:account-password"} <= set(everything)
    assert "page:calendar-today" in little
    assert not {"page:waiting-list", "page:rights", "page:appointment-new"} & set(little)


def test_words_find_pages_by_their_beginnings(clinic):
    assert offered(clinic.client, "kal mon") == [("page:calendar-month", "Kalender: Monat")]


def test_a_saved_selection_is_found_by_its_name(clinic):
    with clinic.scope():
        selection = factories.selection([clinic.calendar], name="Station 3", user_id=clinic.professional.pk)

    assert offered(clinic.client, "station") == [(f"selection:{selection.pk}", "Station 3")]


def test_a_date_leads_to_the_day_and_a_time_to_the_form(clinic, reader):
    assert [value[:5] for value, _text in offered(clinic.client, "24.12.")] == ["date:"]
    assert [(value[-6:], text[-9:]) for value, text in offered(clinic.client, "mi 14:30")] == [("T14:30", "14:30 Uhr")]

    day = clinic.client.post("/palette/", {"choose": "date:2026-12-24"})
    form = clinic.client.post("/palette/", {"choose": "date:2026-12-02T14:30"})
    only_day = pro.client_of(reader).post("/palette/", {"choose": "date:2026-12-02T14:30"})

    assert [answer["Location"] for answer in (day, form, only_day)] == [
        "/day/?date=2026-12-24",
        "/appointments/new/?start=2026-12-02T14:30",
        "/day/?date=2026-12-02",
    ]


def test_patients_are_found_from_three_letters_and_the_search_is_in_the_trail(clinic):
    with clinic.scope():
        patient = factories.patient()

    assert offered(clinic.client, "mü") == []
    assert offered(clinic.client, "mül") == [(f"patient:{patient.pk}", "von Müller-Lüdenscheidt, Änne")]
    with clinic.scope():
        events = list(AuditEvent.objects.values_list("action", "details"))
    assert events == [("patients.searched", None)]


def test_who_may_only_read_finds_no_patients(clinic, reader):
    with clinic.scope():
        patient = factories.patient()
    client = pro.client_of(reader)

    assert offered(client, "müller") == []
    assert client.post("/palette/", {"choose": f"patient:{patient.pk}"}).status_code == 409
    with clinic.scope():
        assert not AuditEvent.objects.exists()


def test_another_clinics_patient_is_not_to_be_had(clinic):
    stranger = pro.clinic()
    with stranger.scope():
        patient = factories.patient()

    assert offered(clinic.client, "müller") == []
    assert clinic.client.post("/palette/", {"choose": f"patient:{patient.pk}"}).status_code == 409


def test_what_was_chosen_comes_first_the_next_time_and_is_kept_on_the_server(clinic):
    with clinic.scope():
        patient = factories.patient()
    for value in ("page:calendar-month", f"patient:{patient.pk}", "page:calendar-month"):
        assert clinic.client.post("/palette/", {"choose": value}).status_code == 303

    assert [value for value, _text in offered(clinic.client)][:2] == ["page:calendar-month", f"patient:{patient.pk}"]
    with clinic.scope():
        assert PaletteUse.objects.count() == 2
    assert offered(pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)))[0] != (
        "page:calendar-month"
    )


@pytest.mark.parametrize("value", ["page:nothing", "page:", "patient:x", "selection:1", "date:2026-13-01", "x"])
def test_what_is_not_to_be_had_is_said(clinic, value):
    answer = clinic.client.post("/palette/", {"choose": value})

    assert answer.status_code == 409
    assert "Das gibt es nicht mehr." in answer.content.decode()


def test_without_scripts_there_is_a_page_with_a_button_for_each_entry(clinic):
    page = clinic.client.get("/palette/").content.decode()

    assert '<button type="submit" class="palette-option" name="choose" value="page:calendar-today">' in page
    assert "Nichts passt dazu." in clinic.client.post("/palette/", {"q": "qqq"}).content.decode()


def test_nobody_signed_in_is_led_to_the_sign_in():
    answers = [pro.client_of(None).get("/palette/"), pro.client_of(None).post("/palette/", {"q": "mül"})]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_the_number_of_queries_does_not_depend_on_the_number_of_patients(clinic):
    counts = []
    for _round in range(2):
        with clinic.scope():
            factories.patient()
            factories.selection([clinic.calendar], user_id=clinic.professional.pk)
        counts.append(queries_of(lambda: offered(clinic.client, "müller")))

    assert counts[0] == counts[1]
