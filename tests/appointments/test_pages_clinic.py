"""The start page, and the public pages of a clinic, its units and its people."""

import json
import re

from accounts.models import Organisation, Practitioner, Unit
from accounts.services.directory import publish
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import NOW, at_nine, clinic, make_clinic, queries, text, title, visitor

__all__ = ["at_nine", "clinic"]


def test_the_start_page_lists_published_clinics_only(clinic):
    hidden = make_clinic(name="Praxis Verborgen", is_published=False)
    publish(clinic.organisation), publish(hidden.organisation)

    page = visitor().get("/")

    assert (page.status_code, [hit.organisation for hit in page.context["found"].page]) == (200, [clinic.organisation])
    assert "Verborgen" not in text(page)


def test_the_start_page_asks_each_clinic_on_it_and_no_other(db, at_nine):
    for _number in range(3):
        publish(make_clinic().organisation)
    three = queries(lambda: visitor().get("/"))
    for number in range(12):
        publish(make_clinic(name=f"Klinik {number:02}").organisation)

    fifteen = queries(lambda: visitor().get("/"))

    per_clinic = 7  # savepoint and its release, role and its end, agreement, reasons, free times
    assert fifteen - three == 7 * per_clinic  # ten hits a page


def test_a_clinic_shows_address_hours_phone_units_and_people(clinic):
    shown = text(visitor().get(clinic.url()))

    assert shown == (
        "Krankenhaus Klinikum Musterstadt Musterstraße 1, 10115 Berlin"
        " Auf der Karte zeigen : Musterstraße 1, 10115 Berlin"
        " Eingang ohne Stufen. Sprechzeiten Montag bis Freitag: 08:00 bis 12:00 Uhr"
        " Termine Herzambulanz Allgemeinmedizin"
        " Termin buchen : Herzambulanz Unser Team"
        " Dr. Selin Kaya Allgemeinmedizin Termin buchen : Dr. Selin Kaya"
    )


def test_a_clinic_speaks_english(clinic):
    page = visitor(HTTP_ACCEPT_LANGUAGE="en").get(clinic.url())

    assert "Monday to Friday: 08:00 to 12:00" in text(page)
    assert "Book appointment : Heart clinic" in text(page)


def test_days_with_other_hours_have_a_line_of_their_own(clinic):
    with organisation_scope(clinic.organisation):
        factories.hours(clinic.calendar, weekdays=[2], starts="13:00", ends="17:00")
        factories.hours(clinic.calendar, weekdays=[1], starts="11:00", ends="13:00")

    assert (
        "Montag: 08:00 bis 13:00 Uhr Dienstag: 08:00 bis 12:00 Uhr und 13:00 bis 17:00 Uhr"
        " Mittwoch bis Freitag: 08:00 bis 12:00 Uhr"
    ) in text(visitor().get(clinic.url()))


def test_an_unknown_or_unpublished_clinic_is_not_found_in_words(clinic):
    hidden = make_clinic(is_published=False)

    for url in ("/no-such-clinic/", hidden.url(), hidden.url("book/"), hidden.url("book/times/?reason=1")):
        page = visitor().get(url)
        assert (page.status_code, title(page)) == (404, "Diese Seite haben wir nicht gefunden – Doctolib")


def test_without_an_agreement_every_page_names_the_phone(db, at_nine):
    clinic = make_clinic(agreement=False)

    page = visitor().get(clinic.url())
    assert "Zurzeit können Sie hier nicht online buchen" in text(page)
    assert "book/" not in page.content.decode()
    for url in (clinic.url("book/"), clinic.url(f"book/times/?reason={clinic.reason.pk}")):
        page = visitor().get(url)
        assert page.status_code == 200
        assert "Bitte rufen Sie für einen Termin an: Telefon 030 23125 000" in text(page)
    refused = visitor().post(clinic.url("book/hold/"), clinic.chosen())
    assert refused.status_code == 409
    assert clinic.appointments() == []


def test_a_unit_without_online_reasons_is_reached_by_phone(clinic):
    with organisation_scope(clinic.organisation):
        factories.unit(name_de="Notaufnahme")

    shown = text(visitor().get(clinic.url()))

    assert "Notaufnahme Allgemeinmedizin Termine nur am Telefon." in shown


def test_a_clinic_with_three_units_needs_as_many_queries_as_with_one(clinic):
    one = queries(lambda: visitor().get(clinic.url()))
    with organisation_scope(clinic.organisation):
        for _number in range(2):
            unit = factories.unit()
            calendar = factories.calendar(unit=unit, practitioner=factories.practitioner())
            factories.hours(calendar)
            factories.reason(unit=unit, calendars=[calendar])

    assert queries(lambda: visitor().get(clinic.url())) == one


def test_a_clinic_in_a_database_of_its_own_has_the_same_page(db, at_nine):
    clinic = make_clinic(database="dedicated")

    assert "Herzambulanz" in text(visitor().get(clinic.url()))


def test_hours_of_single_days_and_of_every_other_week_are_no_opening_hours(clinic):
    with organisation_scope(clinic.organisation):
        today = NOW.date()
        factories.hours(
            clinic.calendar, weekdays=[1], starts="18:00", ends="20:00", valid_from=today, valid_until=today
        )
        factories.hours(clinic.calendar, weekdays=[2], starts="18:00", ends="20:00", every_weeks=2)

    assert "Montag bis Freitag: 08:00 bis 12:00 Uhr" in text(visitor().get(clinic.url()))


# Units and people ----------------------------------------------------------------------------------------------------


def two_units(clinic) -> tuple[Unit, Unit]:
    """The clinic's own, and a laboratory without anything to book."""
    with organisation_scope(clinic.organisation):
        unit = Unit.objects.get()
        return unit, factories.unit(name_de="Labor", name_en="Laboratory", position=1, phone="030 23125 222")


def kaya_of(clinic) -> Practitioner:
    with organisation_scope(clinic.organisation):
        Practitioner.objects.update(languages="en tr de")
        return Practitioner.objects.get()


def data_of(page) -> dict:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page.content.decode())[1])


def test_a_unit_shows_where_when_who_and_leads_into_booking(clinic):
    unit, _labor = two_units(clinic)
    kaya = kaya_of(clinic)

    page = visitor().get(clinic.url(f"units/{unit.slug}/"))

    assert title(page) == "Herzambulanz – Klinikum Musterstadt – Doctolib"
    assert text(page) == (
        "Zurück Klinikum Musterstadt Herzambulanz Allgemeinmedizin Termin buchen Musterstraße 1, 10115 Berlin"
        " Auf der Karte zeigen : Musterstraße 1, 10115 Berlin Eingang ohne Stufen."
        " Sprechzeiten Montag bis Freitag: 08:00 bis 12:00 Uhr Telefon 030 23125 000"
        " Sprachen: Deutsch, Englisch, Türkisch"
        " Unser Team Dr. Selin Kaya Allgemeinmedizin Termin buchen : Dr. Selin Kaya"
    )
    html = page.content.decode()
    assert f'href="/{clinic.slug}/book/?unit={unit.slug}"' in html
    assert f'href="/{clinic.slug}/people/{kaya.pk}/"' in html


def test_a_unit_that_is_not_booked_online_has_its_own_number(clinic):
    _unit, labor = two_units(clinic)

    page = visitor().get(clinic.url(f"units/{labor.slug}/"))

    assert "Labor Allgemeinmedizin Termine nur am Telefon." in text(page)
    assert "Telefon 030 23125 222" in text(page)
    assert "/book/" not in page.content.decode()


def test_the_only_unit_has_the_clinic_s_page(clinic):
    with organisation_scope(clinic.organisation):
        unit = Unit.objects.get()

    page = visitor().get(clinic.url(f"units/{unit.slug}/"))

    assert (page.status_code, page["Location"]) == (303, clinic.url())


def test_someone_s_page_shows_where_they_work_and_books_with_them(clinic):
    kaya = kaya_of(clinic)
    with organisation_scope(clinic.organisation):
        unit = Unit.objects.get()

    page = visitor().get(clinic.url(f"people/{kaya.pk}/"))

    assert title(page) == "Dr. Selin Kaya – Klinikum Musterstadt – Doctolib"
    assert text(page) == (
        "Zurück Klinikum Musterstadt Dr. Selin Kaya Allgemeinmedizin Herzambulanz"
        " Termin buchen : Dr. Selin Kaya, Herzambulanz Musterstraße 1, 10115 Berlin"
        " Auf der Karte zeigen : Musterstraße 1, 10115 Berlin Eingang ohne Stufen."
        " Sprechzeiten Montag bis Freitag: 08:00 bis 12:00 Uhr Telefon 030 23125 000"
        " Sprachen: Deutsch, Englisch, Türkisch"
    )
    assert f'href="/{clinic.slug}/book/?unit={unit.slug}&amp;calendar={clinic.calendar.pk}"' in page.content.decode()


def test_who_sees_nobody_online_is_reached_by_phone(clinic):
    with organisation_scope(clinic.organisation):
        other = factories.practitioner(last_name="Arslan")
        factories.calendar(practitioner=other, is_online=False)

    page = visitor().get(clinic.url(f"people/{other.pk}/"))

    assert "Termine nur am Telefon." in text(page)
    assert "/book/" not in page.content.decode()


def test_pages_of_strangers_are_not_found(clinic):
    elsewhere, hidden = make_clinic(), make_clinic(is_published=False)
    unit, _labor = two_units(clinic)
    gone = nobody_s_colleague(clinic)

    for url in (
        clinic.url("units/no-such-unit/"),
        clinic.url(f"people/{kaya_of(elsewhere).pk}/"),
        clinic.url(f"people/{gone.pk}/"),
        clinic.url("people/99999999999999999999/"),
        elsewhere.url(f"units/{unit.slug}/"),
        hidden.url(f"people/{kaya_of(hidden).pk}/"),
        hidden.url(f"units/{unit.slug}/"),
    ):
        assert visitor().get(url).status_code == 404, url


def nobody_s_colleague(clinic) -> Practitioner:
    with organisation_scope(clinic.organisation):
        return factories.practitioner(last_name="Ohnekalender")


def test_without_an_agreement_units_and_people_are_reached_by_phone(db, at_nine):
    clinic = make_clinic(agreement=False)
    unit, _labor = two_units(clinic)

    for url in (f"units/{unit.slug}/", f"people/{kaya_of(clinic).pk}/"):
        page = visitor().get(clinic.url(url))
        assert "Zurzeit können Sie hier nicht online buchen" in text(page)
        assert "/book/" not in page.content.decode()


def test_units_and_people_need_as_many_queries_for_three_as_for_one(clinic):
    unit, _labor = two_units(clinic)
    urls = [clinic.url(f"units/{unit.slug}/"), clinic.url(f"people/{kaya_of(clinic).pk}/")]
    before = [queries(lambda url=url: visitor().get(url)) for url in urls]
    with organisation_scope(clinic.organisation):
        for _number in range(2):
            factories.hours(factories.calendar(unit=unit, practitioner=factories.practitioner()))

    assert [queries(lambda url=url: visitor().get(url)) for url in urls] == before


# For machines --------------------------------------------------------------------------------------------------------


def test_a_clinic_tells_search_engines_its_address_and_hours(clinic):
    Organisation.objects.update(website="https://klinikum.example/")

    assert data_of(visitor().get(clinic.url(), utm="x")) == {
        "@context": "https://schema.org",
        "@type": "Hospital",
        "name": "Klinikum Musterstadt",
        "url": f"http://localhost{clinic.url()}",
        "telephone": "030 23125 000",
        "sameAs": "https://klinikum.example/",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "Musterstraße 1",
            "postalCode": "10115",
            "addressLocality": "Berlin",
            "addressCountry": "DE",
        },
        "medicalSpecialty": ["Allgemeinmedizin"],
        "openingHoursSpecification": [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                "opens": "08:00",
                "closes": "12:00",
            }
        ],
    }


def test_a_unit_and_a_person_are_tied_to_their_clinic(clinic):
    unit, _labor = two_units(clinic)
    parent = {
        "@type": "Hospital",
        "name": "Klinikum Musterstadt",
        "url": f"http://localhost{clinic.url()}",
        "telephone": "030 23125 000",
    }

    shown = data_of(visitor().get(clinic.url(f"units/{unit.slug}/")))
    assert (shown["@type"], shown["name"], shown["parentOrganization"]) == ("MedicalClinic", "Herzambulanz", parent)
    shown = data_of(visitor().get(clinic.url(f"people/{kaya_of(clinic).pk}/")))
    assert (shown["@type"], shown["name"], shown["parentOrganization"]) == ("Physician", "Dr. Selin Kaya", parent)
    assert shown["knowsLanguage"] == ["en", "tr", "de"]
