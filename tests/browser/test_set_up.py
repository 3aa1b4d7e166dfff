"""Setting up in Chromium: every page at two sizes, a reason until it is online, a profile until it is published."""

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Practitioner, ProfilePhoto, PublishedProfile, Site, Unit
from appointments.models import VisitReason
from doctolib.pictures import size_of
from tests import factories, pro
from tests.documents import picture

from .pro_clinic import look
from .tools import PHONE, axe, opened, sideways, small_targets

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"width": 1280, "height": 900}
LONG = "Interdisziplinäre Spezialsprechstunde für Herzrhythmusstörungen"  # 62 characters


@pytest.fixture
def clinic(transactional_db):
    """Two units, long names, a reason with everything, a photo."""
    made = pro.clinic(name="Universitätsklinikum Hohenleimbach-Waldenburg")
    with made.scope():
        unit, other = made.calendar.unit, factories.unit(name_de="Hals-Nasen-Ohren-Heilkunde", position=1)
        rooms = [factories.room(name=f"Behandlungsraum {number}", unit=unit) for number in range(4)]
        long = factories.reason(
            name_de=LONG, calendars=[made.calendar], code="HRST", unit=unit, instructions_de="Bitte nüchtern kommen.",
            edge="rust", position=1, price="45.00", seen_within=6, audience="known", age_from=18,
        )  # fmt: skip
        factories.requirement(long, rooms[:3], name="Raum")
        factories.question(long, kind="choice", text_de="Welches Bein?", options_de=["links", "rechts"])
        factories.reason(name_de="Alt", unit=unit, is_archived=True, is_online=False)
        factories.calendar(name="Prof. Öztürk-Hagenbach", unit=other)
        content = picture(size=(800, 500))
        width, height = size_of(content)
        photo = ProfilePhoto.objects.create(content=content, width=width, height=height, is_public=True)
        texts = {
            "text_de": "Medizin auf dem Berg, mit kurzen Wegen.\n\nWir freuen uns auf Sie.",
            "accessibility_de": "Eingang ohne Stufen. Der Aufzug spricht.",
            "directions_de": "Bus 7 bis „Klinikum“. Das Parkhaus Ost ist drei Minuten entfernt.",
            "languages": "de en tr",
            "photo_text_de": "Das Haupthaus",
        }
        for about in ({}, {"unit": unit}, {"practitioner": Practitioner.objects.get()}):
            PublishedProfile.objects.create(published_at=timezone.now(), photo=photo, **about, **texts)
        made.made = [long]
    made.client.post("/settings/profile/clinic/", {"text_de": "Neu: die Ambulanz am See."})
    return made


def paths(clinic) -> list[str]:
    with clinic.scope():
        site, unit, person = Site.objects.get().pk, clinic.calendar.unit_id, Practitioner.objects.get().pk
    reason = f"/settings/reasons/{clinic.made[0].pk}/"
    sections = ["names", "time", "online", "who", "limits", "visit", "after", "calendars", "needs", "questions"]
    return [
        "/settings/sites/",
        f"/settings/sites/{site}/",
        "/settings/units/",
        f"/settings/units/{unit}/",
        f"/settings/units/{unit}/change/",
        "/settings/practitioners/",
        f"/settings/practitioners/{person}/",
        "/settings/calendars/",
        f"/settings/calendars/{clinic.calendar.pk}/",
        "/settings/reasons/",
        "/settings/reasons/add/",
        reason,
        *(f"{reason}{section}/" for section in sections),
        "/settings/profile/",
        "/settings/profile/contact/",
        "/settings/profile/clinic/",
        f"/settings/profile/person-{person}/",
        "/settings/profile/clinic/discard/",
        "/settings/profile/clinic/preview/",
        f"/settings/profile/unit-{unit}/preview/",
        f"/settings/profile/person-{person}/preview/",
    ]


@pytest.mark.parametrize(
    ("size", "theme", "locale"), [(PHONE, "light", "de-DE"), (WIDE, "dark", "en-GB")], ids=["360-de", "1280-en"]
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(clinic, walk, size, theme, locale):
    found = {}
    for number, (path, page) in enumerate(walk(paths(clinic), viewport=size, color_scheme=theme, locale=locale)):
        look(page, f"set-up-{number:02}-{size['width']}", full_page=True)
        found[path] = [axe(page), sideways(page), page.complaints, page.locator(".pro-nav, .preview-bar").count()]
    assert found == {path: [[], [], [], 1] for path in found}


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["360", "1280"])
def test_an_empty_clinic_is_led_on(visit, clinic, size):
    with clinic.scope():
        PublishedProfile.objects.all().delete()

    page = visit("/settings/", viewport=size)
    look(page, f"set-up-guide-{size['width']}", full_page=True)

    assert page.locator(".set-up-steps li[aria-current]").inner_text().startswith("Fehlt:\nIhr Webprofil")
    assert [axe(page), sideways(page), page.complaints] == [[], [], []]


@pytest.mark.parametrize("path", ["", "units/{unit}/", "people/{person}/"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["360", "1280"])
def test_public_pages_look_well(browser, live_server, clinic, path, size):
    with clinic.scope():
        known = {"unit": Unit.objects.first().slug, "person": Practitioner.objects.get().pk}
    base = f"http://{settings.WWW_HOST.split(':')[0]}:{live_server.thread.port}/{clinic.organisation.slug}/"
    with opened(browser, viewport=size) as page:
        page.goto(base + path.format(**known))
        look(page, f"profile-{path[:5].strip('/') or 'clinic'}-{size['width']}", full_page=True)

        broken = (
            "images => images.filter(image => image.loading !== 'lazy' && !image.naturalWidth).map(image => image.src)"
        )
        assert page.locator("img").evaluate_all(broken) == []
        assert [axe(page), sideways(page), small_targets(page), page.complaints] == [[], [], [], []]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_a_reason_from_nothing_to_online(clinic, visit, scripts):
    page = visit("/settings/reasons/", java_script_enabled=scripts)
    page.get_by_role("link", name="Besuchsgrund anlegen").click()
    page.get_by_label("Einheit").select_option(str(clinic.calendar.unit_id))
    page.get_by_label("Name auf Deutsch").fill("Kontrolle")
    page.get_by_label("Dauer in Minuten").fill("15")
    page.get_by_role("button", name="Hinzufügen").click()
    page.get_by_label("Sprechstunde Dr. Kaya").check()
    page.get_by_role("button", name="Speichern").click()
    assert "Die Online-Buchung ist nicht freigegeben." in page.locator("main").inner_text()
    page.locator("section[aria-labelledby=online] .page-head a").click()
    page.get_by_label("Patienten können online buchen").check()
    page.get_by_role("button", name="Speichern").click()

    assert page.get_by_role("link", name="Ansehen wie ein Patient").is_visible()
    with clinic.scope():
        made = VisitReason.objects.get(name_de="Kontrolle")
        assert (made.is_online, made.offers.count()) == (True, 1)


def test_a_profile_is_written_previewed_and_published(clinic, visit):
    page = visit("/settings/profile/clinic/")
    page.locator("#id_text_de").fill("Alles neu am See.")
    page.get_by_role("button", name="Speichern und ansehen").click()
    assert "Alles neu am See." in page.locator("main").inner_text()
    page.get_by_role("link", name="Auf Englisch").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="Entwurf veröffentlichen").click()

    assert "Veröffentlicht." in page.locator("#messages").inner_text()
    with clinic.scope():
        current = PublishedProfile.objects.get(unit=None, practitioner=None, is_current=True)
        assert current.text_de == "Alles neu am See."


def test_wrong_input_is_summed_up_and_kept(clinic, visit):
    page = visit(f"/settings/reasons/{clinic.made[0].pk}/time/")
    page.get_by_label("Dauer in Minuten").fill("bald")
    page.get_by_role("button", name="Speichern").click()

    assert page.locator(".error-summary li").all_inner_texts() == ["Geben Sie eine ganze Zahl ein."]
    assert page.get_by_label("Dauer in Minuten").input_value() == "bald"
    assert axe(page) == []
