"""The start page and a clinic's page."""

from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import at_nine, clinic, make_clinic, queries, text, title, visitor

__all__ = ["at_nine", "clinic"]


def test_the_start_page_lists_published_clinics_only(clinic):
    make_clinic(name="Praxis Verborgen", is_published=False)

    page = visitor().get("/")

    assert (page.status_code, text(page)) == (
        200,
        "Termin online buchen Wählen Sie eine Klinik oder Praxis. Klinikum Musterstadt Krankenhaus, Berlin",
    )


def test_the_start_page_needs_as_many_queries_for_three_clinics_as_for_one(clinic):
    one = queries(lambda: visitor().get("/"))
    make_clinic(), make_clinic()

    assert queries(lambda: visitor().get("/")) == one


def test_a_clinic_shows_address_hours_phone_units_and_people(clinic):
    shown = text(visitor().get(clinic.url()))

    assert shown == (
        "Krankenhaus Klinikum Musterstadt Musterstraße 1, 10115 Berlin"
        " Auf der Karte zeigen : Musterstraße 1, 10115 Berlin"
        " Eingang ohne Stufen. Sprechzeiten Montag bis Freitag: 08:00 bis 12:00 Uhr"
        " Termine Herzambulanz Allgemeinmedizin"
        " Termin buchen : Herzambulanz Unser Team Wählen Sie einen Namen, um bei dieser Person zu buchen."
        " Dr. Selin Kaya : Termin buchen Allgemeinmedizin"
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
