"""Settings: a clinic's own texts, check-in and follow-up."""

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.enums import UserKind
from appointments.models import MessageSettings, MessageText, VisitReason
from appointments.text_kinds import KINDS, LANGUAGES
from doctolib.audit.models import AuditEvent
from tests import pro
from tests.appointments.pages import queries, text

pytestmark = pytest.mark.django_db
URL = "/settings/texts/appointment.reminder/de/"
GOOD = {
    "sms": "{Klinik}: Bis {Datum}, {Uhrzeit}!",
    "subject": "Bis bald: {Klinik}",
    "email": "Guten Tag,\r\n\r\n{Datum}, {Uhrzeit}\r\n\r\nAbbestellen: {Abmeldelink}",
}


@pytest.fixture
def clinic():
    return pro.clinic(name="Klinikum Lahnberg", slug="lahnberg")


@pytest.fixture
def colleague(clinic):
    """Not an administrator."""
    return pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation))


def rows(clinic) -> list[tuple]:
    with clinic.scope():
        found = MessageText.objects.order_by("channel")
        return list(found.values_list("kind", "channel", "language", "subject", "body"))


def test_the_list_names_every_message_and_how_its_texts_stand(clinic):
    assert text(clinic.client.get("/settings/texts/")).count("SMS: Standard") == len(KINDS) * len(LANGUAGES)
    clinic.client.post(URL, GOOD)
    with clinic.scope():
        MessageText.objects.create(kind="waiting.offered", channel="sms", language="en", body="{reason} {link}")

    shown = text(clinic.client.get("/settings/texts/"))

    assert "Erinnerung SMS: eigener Text E-Mail: eigener Text Bearbeiten : Erinnerung, Deutsch SMS: Standard" in shown
    assert shown.count("eigener Text, nicht mehr möglich: Der Standard wird gesendet") == 1


def test_every_text_has_a_page_that_shows_the_standard_and_can_be_saved_as_it_is(clinic):
    for kind in KINDS:
        for language in LANGUAGES:
            url = f"/settings/texts/{kind}/{language}/"
            form = clinic.client.get(url).context["form"]
            data = {name: form[name].value() for name in ("sms", "subject", "email")}
            assert clinic.client.post(url, data).status_code == 303, url
    assert rows(clinic) == []


def test_an_own_text_is_saved_shown_and_taken_back(clinic):
    answer = clinic.client.post(URL, GOOD)
    assert (answer.status_code, answer["Location"]) == (303, URL)
    mail = GOOD["email"].replace("\r\n", "\n")
    assert rows(clinic) == [
        ("appointment.reminder", "email", "de", GOOD["subject"], mail),
        ("appointment.reminder", "sms", "de", "", GOOD["sms"]),
    ]
    shown = clinic.client.get(URL)
    assert shown.context["form"]["sms"].value() == GOOD["sms"]
    assert "SMS: wieder den Standardtext senden" in text(shown)

    for _click in range(2):
        assert clinic.client.post(f"{URL}standard/sms/")["Location"] == URL
    assert [row[1] for row in rows(clinic)] == ["email"]
    with clinic.scope():
        assert AuditEvent.objects.filter(action="text.back_to_standard").count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("sms", "{Datm} {Datum} {Uhrzeit}", "{Datm} ist nicht bekannt."),
        ("sms", "{Datum}", "{Uhrzeit} fehlt."),
        ("sms", "{Datum} {Uhrzeit", "Eine geschweifte Klammer hat keine zweite: „um {Uhrzeit“."),
        ("sms", "{Datum} {Uhrzeit} {Grund}", "{Grund} verrät, worum es bei dem Besuch geht."),
        ("sms", "{Datum} {Uhrzeit} " + "x" * 459, "459"),
        ("sms", "", "SMS"),
        ("subject", "{Link}", "{Link} ist hier nicht möglich."),
        ("subject", "", "Betreff"),
        ("email", "{Datum}, {Uhrzeit}", "{Abmeldelink} fehlt."),
        ("email", "{% now %} {Datum} {Uhrzeit} {Abmeldelink}", "{% now %} ist nicht bekannt."),
    ],
)
def test_what_cannot_be_sent_is_named_and_nothing_is_saved_or_lost(clinic, field, typed, said):
    typed = typed.replace("{Uhrzeit", "um {Uhrzeit") if typed.endswith("{Uhrzeit") else typed
    answer = clinic.client.post(URL, {**GOOD, field: typed})
    assert answer.status_code == 422
    assert said in text(answer)
    assert answer.context["form"][field].value() == typed
    assert rows(clinic) == []


def test_the_preview_saves_nothing_and_shows_both_ways_with_values_of_nobody(clinic):
    page = clinic.client.post(URL, {**GOOD, "preview": "1"})
    assert page.status_code == 200 and rows(clinic) == []
    shown = text(page)
    assert "Klinikum Lahnberg: Bis " in shown and ", 09:00 Uhr! " in shown and "GSM-7, 1 Teil" in shown
    assert "Bis bald: Klinikum Lahnberg Guten Tag," in shown


def test_scripts_get_the_preview_alone_wrong_texts_too(clinic):
    sent = {**GOOD, "sms": "{Datum}, {Uhrzeit} – „bis bald“" + " ja" * 20, "preview": "1"}
    good = clinic.client.post(URL, sent, headers={"HX-Request": "true"})
    html = good.content.decode()
    assert good.status_code == 200 and html.lstrip().startswith('<section id="text-preview"') and "<h1" not in html
    assert "UCS-2, 2 Teile" in html and "Mit diesen Zeichen fasst ein Teil 70 statt 160: –„“" in html

    wrong = clinic.client.post(URL, {**sent, "sms": "{Datum}"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422 and "{Uhrzeit} fehlt." in wrong.content.decode()
    assert rows(clinic) == []


def test_a_preview_escapes_what_was_typed(clinic):
    sent = {**GOOD, "sms": "<script>{Datum} {Uhrzeit}", "email": "<script>" + GOOD["email"], "preview": "1"}
    html = clinic.client.post(URL, sent, headers={"HX-Request": "true"}).content.decode()
    assert "<script" not in html and html.count("&lt;script&gt;") == 2


def test_reason_and_specialty_can_be_used_once_the_clinic_has_switched_them_on(clinic):
    sent = {**GOOD, "sms": "{Grund}, {Fachgebiet}: {Datum}, {Uhrzeit}"}
    assert clinic.client.post(URL, sent).status_code == 422
    assert clinic.client.post("/settings/texts/", {"names_visit": "on"}).status_code == 303
    assert clinic.client.post(URL, sent).status_code == 303
    assert clinic.client.post("/settings/texts/", {}).status_code == 303
    with clinic.scope():
        assert MessageSettings.objects.get().names_visit is False


@pytest.mark.parametrize("url", [URL, "/settings/texts/", "/settings/notices/", f"{URL}standard/sms/"])
def test_only_administrators_change_texts(clinic, colleague, url):
    assert colleague.post(url, GOOD).status_code == 403
    if "standard" not in url:
        assert colleague.get(url).status_code == 403
    assert pro.client_of(None).post(url, GOOD).status_code == 302
    assert rows(clinic) == []


@pytest.mark.parametrize(
    "url",
    ["/settings/texts/account.code/de/", "/settings/texts/appointment.reminder/fr/", f"{URL}standard/fax/"],
)
def test_what_has_no_text_of_its_own_is_not_there(clinic, url):
    assert clinic.client.post(url, GOOD).status_code == 404


def test_the_list_takes_the_same_queries_for_one_text_and_for_many(clinic):
    def own(*which):
        with clinic.scope():
            for kind in which:
                MessageText.objects.create(kind=kind, channel="sms", language="de", body="x")
        return queries(lambda: clinic.client.get("/settings/texts/"))

    assert own("appointment.moved") == own("appointment.reminder", "waiting.offered", "waiting.paused")


def test_the_database_keeps_one_text_each_and_subjects_for_mails_alone(clinic):
    good = {"kind": "waiting.paused", "channel": "sms", "language": "de", "body": "{Link}"}
    for more in ({"subject": "x"}, {"channel": "email"}):
        with pytest.raises(IntegrityError), clinic.scope(), transaction.atomic(using="pool"):
            MessageText.objects.create(**{**good, **more})
    with clinic.scope():
        MessageText.objects.create(**good)
    with pytest.raises(IntegrityError), clinic.scope(), transaction.atomic(using="pool"):
        MessageText.objects.create(**good)


# Check-in and follow-up ----------------------------------------------------------------------------------------------

NOTICES = {"check_in_minutes": "30", "desk_de": "Anmeldung, Erdgeschoss", "desk_en": ""}


def test_check_in_and_follow_up_are_set_for_the_own_clinic(clinic):
    other = pro.clinic(slug="andere")
    days = f"days-{clinic.reason.pk}"
    assert clinic.reason.name in text(clinic.client.get("/settings/notices/"))

    sent = {**NOTICES, days: "14", f"days-{other.reason.pk}": "3"}
    assert clinic.client.post("/settings/notices/", sent)["Location"] == "/settings/notices/"

    with clinic.scope():
        found = MessageSettings.objects.get()
        assert (found.check_in_minutes, found.desk_de, found.desk_en) == (30, "Anmeldung, Erdgeschoss", "")
        assert VisitReason.objects.get().notice_after == 14
        actions = AuditEvent.objects.filter(action__startswith="notice").order_by("at")
        assert list(actions.values_list("action", flat=True)) == ["notices.set_up", "notice.set_up"]
    with other.scope():
        assert VisitReason.objects.get().notice_after is None and not MessageSettings.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"check_in_minutes": "4"}, "5"),
        ({"check_in_minutes": "241"}, "240"),
        ({"desk_de": ""}, "Sagen Sie, wo sich Patienten melden"),
        ({"desk_de": "x" * 81}, "80"),
    ],
)
def test_a_wrong_notice_is_said_and_nothing_is_saved(clinic, changed, said):
    answer = clinic.client.post("/settings/notices/", {**NOTICES, **changed})
    assert answer.status_code == 422 and said in text(answer)
    with clinic.scope():
        assert not MessageSettings.objects.exists()


def test_settings_link_to_both_pages_for_administrators_alone(clinic, colleague):
    for url in ("/settings/texts/", "/settings/notices/"):
        shown = [f'href="{url}"' in who.get("/settings/").content.decode() for who in (clinic.client, colleague)]
        assert shown == [True, False]
    assert settings.LANGUAGE_CODE == "de"
