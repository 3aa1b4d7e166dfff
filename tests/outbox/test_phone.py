"""The phone page: what development shows instead of sending."""

import re
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.db import connections
from django.urls import reverse

from crypto import keyring
from doctolib.outbox import channels
from doctolib.outbox.channels import PhoneEmailBackend, PhoneSMS
from doctolib.outbox.checks import channels_lead_out_of_the_house
from doctolib.outbox.kinds import Rendered
from doctolib.outbox.models import PhoneMessage

pytestmark = pytest.mark.django_db

REFERENCE = channels.Reference("platform", uuid4(), "sms")


@pytest.fixture(autouse=True)
def phone(db, settings):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    settings.PHONE_PAGE = True
    settings.SECURE_SSL_REDIRECT = False
    settings.SMS_BACKEND = "doctolib.outbox.channels.PhoneSMS"
    settings.EMAIL_BACKEND = "doctolib.outbox.channels.PhoneEmailBackend"


@pytest.fixture
def messages():
    channels.send(Rendered("sms", "+4915112345678", "", "Ihr Code: 123456"), reference=REFERENCE)
    text = "Guten Tag,\nhttps://localhost/my/appointments/ <b>"
    channels.send(
        Rendered("email", "ada@example.org", "Ihr Termin", text, '<p style="color:red">HTML</p>'), reference=REFERENCE
    )


def shown(response):
    return re.findall(r'data-channel="(\w+)"', response.content.decode())


def test_the_page_shows_the_newest_messages_first_and_can_choose(client, messages):
    assert shown(client.get("/dev/phone/")) == ["email", "sms"]
    assert shown(client.get("/dev/phone/?channel=sms")) == ["sms"]
    assert shown(client.get("/dev/phone/?channel=email")) == ["email"]
    assert shown(client.get("/dev/phone/?channel=pigeon")) == ["email", "sms"]


def test_texts_can_be_read_and_links_followed(client, messages):
    page = client.get("/dev/phone/").content.decode()

    assert "Ihr Code: 123456" in page and "+4915112345678" in page
    assert 'href="https://localhost/my/appointments/"' in page
    assert "&lt;b&gt;" in page


def test_the_html_of_an_e_mail_has_a_page_of_its_own_where_nothing_runs(client, messages):
    sms, mail = PhoneMessage.objects.order_by("created_at")

    response = client.get(reverse("phone-html", args=[mail.pk]))

    assert response.content == b'<p style="color:red">HTML</p>'
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
    assert response["Content-Security-Policy"] == policy
    assert client.get(reverse("phone-html", args=[sms.pk])).status_code == 404


def test_an_htmx_request_gets_the_list_alone(client, messages):
    response = client.get("/dev/phone/", headers={"HX-Request": "true"})
    assert response.content.decode().startswith('<div id="phone-messages"')


def test_an_empty_phone_says_so(client):
    assert "phone-messages" in client.get("/dev/phone/").content.decode()
    assert shown(client.get("/dev/phone/")) == []


def test_fifty_messages_are_shown_under_one_number_of_queries(client, django_assert_num_queries):
    for number in range(52):
        PhoneSMS().send("+49151", f"Nachricht {number}", reference=REFERENCE)
    client.get("/dev/phone/")
    with django_assert_num_queries(1):
        response = client.get("/dev/phone/")
    assert len(shown(response)) == 50
    assert "Nachricht 51" in response.content.decode() and "Nachricht 1<" not in response.content.decode()


def test_anything_that_was_not_made_for_production_refuses_there(client, settings, messages):
    mail = PhoneMessage.objects.get(channel="email")
    settings.PHONE_PAGE = False

    assert client.get("/dev/phone/").status_code == 404
    assert client.get(reverse("phone-html", args=[mail.pk])).status_code == 404
    for backend in (PhoneSMS, PhoneEmailBackend):
        with pytest.raises(ImproperlyConfigured):
            backend()


def test_the_page_cannot_be_written_to(client):
    assert client.post("/dev/phone/").status_code in (403, 405)


def test_the_database_holds_nothing_readable(messages):
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT string_agg(encode(message_sealed, 'escape'), ' ') FROM outbox_phonemessage")
        [[stored]] = cursor.fetchall()
    assert "123456" not in stored and "ada@" not in stored


def test_several_recipients_and_plain_mails_are_shown_too():
    EmailMultiAlternatives("s", "b", to=["a@example.org"], cc=["b@example.org"]).send()
    with keyring.platform_keys():
        assert PhoneMessage.objects.get().message == {
            "to": "a@example.org, b@example.org",
            "subject": "s",
            "body": "b",
            "html": "",
        }


def test_without_a_provider_an_sms_is_a_failure_and_not_lost():
    with pytest.raises(channels.ProviderAway):
        channels.NoSMS().send("+49151", "x", reference=REFERENCE)


def test_a_deployment_that_would_send_nothing_is_found(settings):
    assert [problem.id for problem in channels_lead_out_of_the_house(None)] == ["outbox.E002", "outbox.E002"]
    settings.SMS_BACKEND = "nobody.sends.this"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert [problem.id for problem in channels_lead_out_of_the_house(None)] == ["outbox.E001"]
    settings.SMS_BACKEND = "doctolib.outbox.channels.NoSMS"
    assert channels_lead_out_of_the_house(None) == []
