"""What "My account" and "Settings" of the pro portal show."""

import pytest

from accounts import pro_pages
from accounts.enums import ProArea
from accounts.pro_pages import ProPage, register_page
from tests import pro

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(pro_pages, "_pages", {})
    register_page(ProPage(ProArea.OWN, "calendar", "Eigenes", "Nur für mich."))
    register_page(ProPage(ProArea.CLINIC, "calendar-why", "Für alle", "Das sehen alle."))
    register_page(ProPage(ProArea.CLINIC, "calendar-list", "Verborgenes", "Das sieht niemand.", lambda user: False))


def links(response) -> list[str]:
    return [page.title for page in response.context["pages"]]


def test_each_area_lists_what_one_may_open(clinic, registered):
    assert links(clinic.client.get("/account/")) == ["Eigenes"]
    assert links(clinic.client.get("/settings/")) == ["Für alle"]


def test_the_account_shows_whose_it_is(clinic):
    shown = clinic.client.get("/account/").content.decode()

    assert "Ute Empfang" in shown
    assert f"{clinic.professional.pk}@example.org" in shown


@pytest.mark.parametrize("path", ["/account/", "/settings/"])
def test_a_stranger_is_sent_to_sign_in(db, path):
    answer = pro.client_of(None).get(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/account/sign-in/?next={path}")
