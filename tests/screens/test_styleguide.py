"""The style guide and the pages that the law asks for, at every door; no database is read."""

import re

import pytest
from django.test import Client
from django.utils import translation

DOORS = ("WWW_HOST", "PRO_HOST", "ADMIN_HOST")
pytestmark = pytest.mark.django_db  # the door's session middleware may ask for one


@pytest.fixture(params=DOORS)
def door(request, settings) -> str:
    return getattr(settings, request.param)


@pytest.mark.parametrize("query", ["", "?door=pro", "?theme=dark"])
def test_the_style_guide_is_shown_at_every_door(door, query):
    response = Client().get(f"/styleguide/{query}", headers={"host": door}, secure=True)

    assert response.status_code == 200
    assert len(re.findall(rb"<h1\b", response.content)) == 1


@pytest.mark.parametrize("name", ["accessibility", "privacy", "imprint"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_page_that_the_law_asks_for_is_linked_and_shown(door, name, language):
    headers = {"host": door, "accept-language": language}
    response = Client().get(f"/pages/{name}/", headers=headers, secure=True)

    assert response.status_code == 200
    assert f'<html lang="{language}"'.encode() in response.content
    for other in ("accessibility", "privacy", "imprint"):
        assert f'href="/pages/{other}/"'.encode() in response.content


def test_the_language_switch_returns_to_the_same_step(settings):
    headers = {"host": settings.WWW_HOST}
    client = Client()
    page = client.get("/styleguide/?theme=dark", headers=headers, secure=True)
    assert b'name="next" value="/styleguide/?theme=dark"' in page.content

    there = {"language": "en", "next": "/styleguide/?theme=dark"}
    answer = client.post("/i18n/setlang/", there, headers=headers, secure=True)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/styleguide/?theme=dark")
    page = client.get(answer.headers["Location"], headers=headers, secure=True)
    assert b'<html lang="en" data-bs-theme="dark">' in page.content
    translation.activate("de")
