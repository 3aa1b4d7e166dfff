"""Web profiles as patients see them, and as administrators see them before."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import UserKind
from accounts.models import Practitioner, ProfilePhoto, Unit
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro
from tests.appointments.pages import at_nine, clinic, queries, text, visitor
from tests.documents import picture

__all__ = ["at_nine", "clinic"]


@pytest.fixture
def desk(clinic):
    """An administrator's browser at the pro door."""
    account = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation, is_organisation_admin=True)
    return pro.client_of(account)


def write(desk, key: str = "clinic", **words) -> None:
    assert desk.post(f"/settings/profile/{key}/", words).status_code == 303


def publish(desk, key: str = "clinic") -> None:
    assert desk.post(f"/settings/profile/{key}/publish/").status_code == 303


def upload(desk, key: str = "clinic", size=(300, 400)) -> None:
    file = SimpleUploadedFile("foto.jpg", picture(size=size), "image/jpeg")
    assert desk.post(f"/settings/profile/{key}/photo/", {"photo": file}).status_code == 303


def english(clinic, path: str = "") -> str:
    return visitor(HTTP_ACCEPT_LANGUAGE="en").get(clinic.url(path)).content.decode()


def keys(clinic) -> tuple[str, str]:
    with organisation_scope(clinic.organisation):
        return f"unit-{Unit.objects.get().pk}", f"person-{Practitioner.objects.get().pk}"


PLACE = {
    "text_de": "Medizin am Wasser.\n\nSeit 1904.",
    "directions_de": "Bus 7. Parkhaus Süd.",
    "accessibility_de": "Eingang ohne Stufen.",
    "hours_de": "Telefon bis 18 Uhr.",
    "languages": ["de", "tr"],
}


def test_a_clinic_s_page_shows_what_was_published(clinic, desk):
    write(desk, **PLACE)
    before = text(visitor().get(clinic.url()))
    publish(desk)

    shown = text(visitor().get(clinic.url()))

    assert "Medizin am Wasser." not in before
    assert "Medizin am Wasser. Seit 1904." in shown
    assert (
        "Barrierefreiheit Eingang ohne Stufen. Anfahrt und Parken Bus 7. Parkhaus Süd."
        " Zu den Sprechzeiten Telefon bis 18 Uhr. Sprachen: Deutsch, Türkisch"
    ) in shown


def test_a_later_draft_changes_nothing_for_patients(clinic, desk):
    write(desk, text_de="Erste Fassung."), publish(desk), write(desk, text_de="Zweite Fassung.")

    shown = visitor().get(clinic.url()).content.decode()

    assert ("Erste Fassung." in shown, "Zweite Fassung." in shown) == (True, False)


def test_english_falls_back_to_german_and_says_so(clinic, desk):
    write(desk, text_de="Auf Deutsch.", text_en="In English.", hours_de="Bis 18 Uhr."), publish(desk)

    page = english(clinic)

    assert '<div class="profile-text"><p>In English.</p></div>' in page
    assert '<div class="profile-text" lang="de"><p>Bis 18 Uhr.</p></div>' in page
    assert '<div lang="de">Eingang ohne Stufen.</div>' in page  # the site's
    assert "Auf Deutsch." not in page


def test_what_is_written_is_text_and_no_markup(clinic, desk):
    write(desk, text_de="<script>alert(1)</script> & mehr"), publish(desk)

    page = visitor().get(clinic.url()).content.decode()

    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; mehr</p>" in page


def test_units_and_people_have_their_own_and_a_unit_takes_the_rest_from_the_clinic(clinic, desk):
    unit, person = keys(clinic)
    write(desk, directions_de="Bus 7.", accessibility_de="Mit Rampe."), publish(desk)
    write(desk, unit, text_de="Wir sind das Herz.", accessibility_de="Mit Aufzug."), publish(desk, unit)
    write(desk, person, text_de="Ich bin Frau Kaya."), publish(desk, person)
    with organisation_scope(clinic.organisation):
        factories.unit(name_de="Labor", position=1)
        slug, pk = Unit.objects.get(name_de="Herzambulanz").slug, Practitioner.objects.get().pk

    of_unit, of_person = (
        text(visitor().get(clinic.url(f"units/{slug}/"))),
        text(visitor().get(clinic.url(f"people/{pk}/"))),
    )

    assert "Wir sind das Herz." in of_unit
    assert "Barrierefreiheit Mit Aufzug. Anfahrt und Parken Bus 7." in of_unit
    assert "Ich bin Frau Kaya." in of_person
    assert "Mit Rampe." not in of_unit + of_person


# Photos --------------------------------------------------------------------------------------------------------------


def photo_of(clinic, **fields) -> str:
    with organisation_scope(clinic.organisation):
        return clinic.url(f"photos/{ProfilePhoto.objects.get(**fields).pk}.jpg")


def test_a_published_photo_is_public_and_nothing_but_a_picture(clinic, desk):
    upload(desk), publish(desk)

    page, answer = visitor().get(clinic.url()), visitor().get(photo_of(clinic))

    assert f'src="{photo_of(clinic)}" width="300" height="400"' in page.content.decode()
    headers = (
        "Content-Type",
        "Cache-Control",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Content-Disposition",
    )
    assert [answer[name] for name in headers] == [
        "image/jpeg", "public, max-age=86400", "nosniff", "sandbox; default-src 'none'", "inline",
    ]  # fmt: skip
    assert (answer.status_code, answer.content[:3], "Set-Cookie" in answer) == (200, b"\xff\xd8\xff", False)


def test_what_a_photo_shows_is_said_and_a_person_s_is_their_name(clinic, desk):
    _unit, person = keys(clinic)
    upload(desk), upload(desk, person)
    desk.post("/settings/profile/clinic/photo/text/", {"photo_text_de": "Der Eingang", "photo_text_en": ""})
    publish(desk), publish(desk, person)
    with organisation_scope(clinic.organisation):
        pk = Practitioner.objects.get().pk

    assert 'alt="Der Eingang" lang="de">' in english(clinic)
    assert 'alt="Der Eingang">' in visitor().get(clinic.url()).content.decode()
    assert 'alt="Dr. Selin Kaya">' in english(clinic, f"people/{pk}/")


def test_photos_of_drafts_former_profiles_and_other_clinics_are_not_found(clinic, desk):
    upload(desk)
    draft = photo_of(clinic)
    publish(desk)
    first = photo_of(clinic)
    upload(desk, size=(500, 500)), publish(desk)
    other = pro.clinic()

    found = [
        visitor().get(path).status_code
        for path in (first, photo_of(clinic).replace(clinic.slug, other.organisation.slug))
    ]

    assert (draft, found) == (first, [404, 404])
    upload(desk, size=(600, 600))
    assert visitor().get(photo_of(clinic, is_public=False)).status_code == 404


def test_an_unpublished_clinic_shows_no_photo(clinic, desk):
    upload(desk), publish(desk)
    clinic.organisation.is_published = False
    clinic.organisation.save()

    assert visitor().get(photo_of(clinic)).status_code == 404


def test_photos_cost_no_query_each(clinic, desk):
    one = queries(lambda: visitor().get(clinic.url()))
    unit, person = keys(clinic)
    for key in ("clinic", unit, person):
        upload(desk, key), publish(desk, key)

    assert queries(lambda: visitor().get(clinic.url())) == one


# Previews ------------------------------------------------------------------------------------------------------------


def preview(desk, key: str = "clinic", **query) -> str:
    answer = desk.get(f"/settings/profile/{key}/preview/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_preview_is_the_patients_page_with_the_draft(clinic, desk):
    write(desk, **PLACE), upload(desk)
    with organisation_scope(clinic.organisation):
        photo = ProfilePhoto.objects.get().pk

    shown = preview(desk)

    assert "Patienten sehen diesen Entwurf noch nicht." in shown
    assert "<p>Medizin am Wasser.</p>" in shown and "Parkhaus Süd." in shown
    assert f'src="/settings/profile/photos/{photo}.jpg"' in shown
    assert "Medizin am Wasser." not in visitor().get(clinic.url()).content.decode()


def test_links_of_a_preview_lead_to_the_patients_door(clinic, desk, settings):
    shown = preview(desk)

    assert (
        f'href="http://{settings.WWW_HOST}/{clinic.slug}/book/' in shown
        or f"//{settings.WWW_HOST}/{clinic.slug}/book/" in shown
    )
    assert f'href="/{clinic.slug}/' not in shown
    assert desk.get("/settings/").content.decode().count("/settings/profile/") >= 1  # addresses are this door's again


def test_a_preview_speaks_the_language_that_is_asked_for(clinic, desk):
    write(desk, text_de="Auf Deutsch.", text_en="In English.")

    german, other = preview(desk, language="de"), preview(desk, language="en")

    assert ("Auf Deutsch." in german, "In English." in german) == (True, False)
    assert ("In English." in other, "Termin buchen" in other, "Book appointment" in other) == (True, False, True)
    assert "Patienten sehen diesen Entwurf noch nicht." in other  # the bar is the administrator's
    assert "Auf Deutsch." in preview(desk, language="xx")


def test_units_and_people_have_previews_too(clinic, desk):
    unit, person = keys(clinic)
    write(desk, unit, text_de="Wir sind das Herz."), write(desk, person, text_de="Ich bin Frau Kaya.")

    assert "Wir sind das Herz." in preview(desk, unit)
    assert "Ich bin Frau Kaya." in preview(desk, person)
    assert "Das sehen Patienten. Es gibt keinen Entwurf." in preview(desk)


def test_who_has_no_calendar_has_no_page_yet(clinic, desk):
    with organisation_scope(clinic.organisation):
        nobody = factories.practitioner(last_name="Ohnekalender")

    answer = desk.get(f"/settings/profile/person-{nobody.pk}/preview/", follow=True)

    assert "Es gibt noch keine Seite." in answer.content.decode()


def test_previews_are_the_administrators_of_this_clinic(clinic, desk):
    unit, _person = keys(clinic)
    colleague = pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation))
    clients = [colleague, pro.clinic().client, pro.client_of(None)]

    assert [client.get(f"/settings/profile/{unit}/preview/").status_code for client in clients] == [403, 404, 302]
