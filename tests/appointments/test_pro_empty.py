"""A clinic in which nothing is set up yet: each page says what is missing, and who may do it is led there."""

import pytest

from accounts.enums import UserKind
from tests import factories, pro

pytestmark = pytest.mark.django_db
PAGES = ["/", "/day/", "/week/", "/calendar/work-week/", "/calendar/month/", "/calendar/today/", "/list/", "/why/"]


@pytest.fixture
def organisation():
    made = factories.organisation()
    factories.agreement(made)
    return made


def client(organisation, **fields):
    return pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=organisation, **fields))


def test_an_administrator_is_led_to_the_set_up(organisation):
    browser = client(organisation, is_organisation_admin=True)

    pages = [browser.get(path) for path in PAGES]

    assert [page.status_code for page in pages] == [200] * len(PAGES)
    assert all(">Klinik einrichten</a>" in page.content.decode() for page in pages)


def test_others_read_whom_to_ask(organisation):
    browser = client(organisation)

    pages = [browser.get(path, follow=True) for path in PAGES[1:]]

    assert [page.status_code for page in pages] == [200] * len(pages)
    assert all("Es gibt keinen Kalender, den Sie sehen dürfen." in page.content.decode() for page in pages)
    assert not any("Klinik einrichten" in page.content.decode() for page in pages)


@pytest.mark.parametrize("path", ["/appointments/new/", "/settings/hours/"])
def test_what_needs_a_calendar_says_so(organisation, path):
    led = client(organisation, is_organisation_admin=True).get(path, follow=True)
    denied = client(organisation).get(path)

    assert (led.redirect_chain, denied.status_code) == ([("/settings/", 303)], 403)
    assert "Es gibt noch keinen Kalender. Richten Sie zuerst einen ein." in led.content.decode()
