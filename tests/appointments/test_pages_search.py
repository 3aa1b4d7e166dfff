"""The page of the search over clinics, and what search engines are told."""

import json

from accounts.models import Organisation, Practitioner, Unit
from accounts.services.directory import publish
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import at_nine, clinic, make_clinic, text, title, visitor

from .test_directory import listed

__all__ = ["at_nine", "clinic"]


def test_a_hit_says_who_where_when_and_leads_into_booking(clinic):
    publish(clinic.organisation)
    with organisation_scope(clinic.organisation):
        unit = Unit.objects.get()

    page = visitor().get("/", what="herz", place="Berlin")

    assert title(page) == "1 Treffer – Termin online buchen – Doctolib"
    assert text(page).partition("1 Treffer")[2] == (
        " Sortiert danach, wie gut Ihre Wörter passen, dann nach Ort, dann nach Name."
        " Niemand kann für einen besseren Platz bezahlen. So sortieren wir"
        " Klinikum Musterstadt Allgemeinmedizin Musterstraße 1, 10115 Berlin"
        " Nächster freier Termin: Montag, 23. November, 09:00 Uhr"
        " Termin buchen : Herzambulanz, Klinikum Musterstadt"
    )
    assert f'href="/{clinic.slug}/book/?unit={unit.slug}"' in page.content.decode()


def test_a_chosen_insurance_is_not_asked_again(clinic):
    publish(clinic.organisation)

    assert "&amp;insurance=private" in visitor().get("/", insurance="private").content.decode()


def test_hits_come_ten_a_page_and_the_pages_keep_the_question(db):
    for number in range(12):
        listed(f"Klinik {number:02}")

    first, second = visitor().get("/", what="klinik"), visitor().get("/", what="klinik", page="2")

    assert len(first.context["found"].page) == 10
    assert 'href="?what=klinik&amp;page=2#hits"' in first.content.decode()
    assert [hit.organisation.name for hit in second.context["found"].page] == ["Klinik 10", "Klinik 11"]
    assert visitor().get("/", page="x").status_code == 200


def test_nothing_found_shows_ways_on(clinic):
    publish(clinic.organisation)

    page = visitor().get("/", what="xylophon", place="Berlin")

    assert page.status_code == 200
    assert "Nichts gefunden" in text(page)
    assert 'href="/?what=xylophon"' in page.content.decode()


def test_a_wrong_choice_is_named_and_the_rest_still_answers(clinic):
    publish(clinic.organisation)

    page = visitor().get("/", what="herz", insurance="gold")

    assert (page.status_code, title(page).startswith("Fehler: ")) == (422, True)
    assert "Klinikum Musterstadt" in text(page)


def test_what_is_typed_is_shown_as_text_only(db):
    typed = visitor().get("/", what='"><script>alert(1)</script>').content.decode()

    assert "<script>alert" not in typed


def test_how_we_sort_is_one_click_from_the_hits(clinic):
    publish(clinic.organisation)
    assert 'href="/search/ranking/"' in visitor().get("/").content.decode()

    page = visitor().get("/search/ranking/")

    assert (page.status_code, title(page)) == (200, "So sortieren wir – Doctolib")


# Search engines ------------------------------------------------------------------------------------------------------


def test_the_sitemap_has_every_page_of_published_clinics(clinic):
    with organisation_scope(clinic.organisation):
        kaya = Practitioner.objects.get()
        unit = Unit.objects.get()
        other = factories.unit(name_de="Labor", position=1)
    hidden = make_clinic(is_published=False)
    publish(clinic.organisation), publish(hidden.organisation)

    page = visitor().get("/sitemap.xml")

    assert page["Content-Type"] == "application/xml"
    found = [line.partition("</loc>")[0] for line in page.content.decode().split("<loc>")[1:]]
    assert [address.partition("localhost")[2] for address in found] == [
        "/",
        "/search/ranking/",
        f"/{clinic.slug}/",
        f"/{clinic.slug}/units/{unit.slug}/",
        f"/{clinic.slug}/people/{kaya.pk}/",
        f"/{clinic.slug}/units/{other.slug}/",
    ]


def test_robots_are_kept_out_of_booking_and_shown_the_sitemap(db):
    page = visitor().get("/robots.txt")

    lines = page.content.decode().splitlines()
    assert "Disallow: /*/book/" in lines
    assert lines[-1].startswith("Sitemap: http") and lines[-1].endswith("/sitemap.xml")


def test_booking_steps_ask_not_to_be_indexed_and_public_pages_do_not(clinic):
    noindex = '<meta name="robots" content="noindex">'
    with organisation_scope(clinic.organisation):
        unit = Unit.objects.get()

    assert noindex in visitor().get(clinic.url("book/"), unit=unit.slug).content.decode()
    assert noindex in visitor().get(clinic.url("book/times/"), reason=clinic.reason.pk).content.decode()
    for url in ("/", clinic.url(), "/search/ranking/"):
        page = visitor().get(url, utm="x").content.decode()
        assert noindex not in page
        assert f'localhost{url}">' in page.partition('<link rel="canonical"')[2].partition("\n")[0]


def test_structured_data_cannot_end_its_element(clinic):
    Organisation.objects.update(name="</script><b>&")

    page = visitor().get(clinic.url()).content.decode()

    block = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert "<" not in block
    assert json.loads(block)["name"] == "</script><b>&"
