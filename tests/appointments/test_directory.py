"""The search over clinics: who is listed, what is found, in which order, and what each hit says."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from accounts.models import DirectoryEntry, Organisation, Practitioner, Unit
from accounts.services import directory as publishing
from accounts.services.directory import publish, withdraw
from accounts.tasks import publish_directory
from accounts.words import asked_words, words_of
from appointments.models import VisitReason
from appointments.selectors import directory
from appointments.selectors.directory import Asked, search
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import NOW, at_nine, clinic, make_clinic, queries, text, visitor

__all__ = ["at_nine", "clinic"]


def listed(name: str, specialty: str = "ALLG", *, city: str = "Berlin", code: str = "10115", **fields):
    """A published clinic with one unit and its entry; without calendars."""
    made = factories.organisation(name=name, **fields)
    with organisation_scope(made):
        site = factories.site(city=city, postal_code=code)
        factories.unit(name_de=f"Ambulanz {name}", name_en="", specialty=specialty, site=site)
    publish(made)
    return made


def names(**asked) -> list[str]:
    return [hit.organisation.name for hit in search(Asked(**asked), page=None, now=NOW).page]


def looked_up(what: str = "", place: str = "") -> list[str]:
    return names(what=what, place=place)


# Publishing ----------------------------------------------------------------------------------------------------------


def test_an_entry_copies_what_the_clinic_s_own_pages_show(clinic):
    with organisation_scope(clinic.organisation):
        Practitioner.objects.update(languages="tr de")
        VisitReason.objects.update(insurances=["private"])
        unit = Unit.objects.get()
        kaya = Practitioner.objects.get()

    assert publish(clinic.organisation) == 1

    entry = DirectoryEntry.objects.get()
    assert (
        entry.organisation,
        entry.unit_slug,
        (entry.unit_de, entry.unit_en),
        (entry.specialty, entry.specialty_de, entry.specialty_en),
        entry.address,
        entry.federal_state,
        entry.phone,
        entry.access_de,
        (entry.languages, entry.insurances, entry.people),
        entry.is_only,
    ) == (
        clinic.organisation,
        unit.slug,
        ("Herzambulanz", "Heart clinic"),
        ("ALLG", "Allgemeinmedizin", "General practice"),
        "Musterstraße 1, 10115 Berlin",
        "BE",
        "030 23125 000",
        "Eingang ohne Stufen.",
        (["de", "tr"], ["private"], [[kaya.pk, "Dr. Selin Kaya"]]),
        True,
    )


def test_people_and_reasons_that_nobody_can_book_are_not_copied(clinic):
    with organisation_scope(clinic.organisation):
        factories.practitioner(last_name="Ohnekalender")
        factories.calendar(practitioner=factories.practitioner(last_name="Fort"), is_active=False)
        VisitReason.objects.update(insurances=["statutory"])
        factories.reason(insurances=["self"], is_online=False)

    publish(clinic.organisation)

    entry = DirectoryEntry.objects.get()
    assert ([name for _id, name in entry.people], entry.insurances) == (["Dr. Selin Kaya"], ["statutory"])


def test_publishing_again_replaces_the_entries(clinic):
    publish(clinic.organisation)
    with organisation_scope(clinic.organisation):
        Unit.objects.update(name_de="Herzzentrum")
        factories.unit(name_de="Labor", position=1)

    assert publish(clinic.organisation) == 2

    assert [(entry.unit_de, entry.is_only) for entry in DirectoryEntry.objects.all()] == [
        ("Herzzentrum", False),
        ("Labor", False),
    ]


def test_an_unpublished_clinic_leaves_the_directory_whatever_the_instance_says(clinic):
    publish(clinic.organisation)
    Organisation.objects.update(is_published=False)

    assert clinic.organisation.is_published
    assert publish(clinic.organisation) == 0
    assert not DirectoryEntry.objects.exists()


def test_a_withdrawn_clinic_is_not_found_and_others_stay(clinic):
    other = listed("Praxis Nebenan")
    publish(clinic.organisation)

    assert withdraw(clinic.organisation) == 1
    assert names() == [other.name]


def test_a_clinic_is_hidden_at_once_when_it_is_no_longer_published(clinic):
    publish(clinic.organisation)
    assert names() == ["Klinikum Musterstadt"]

    Organisation.objects.update(is_published=False)

    assert names() == []
    assert clinic.slug not in visitor().get("/sitemap.xml").content.decode()


def test_the_command_publishes_all_or_one(clinic, capsys):
    hidden = make_clinic(is_published=False)
    call_command("publish_directory")
    lines = {f"organisation={clinic.slug} units=1", f"organisation={hidden.slug} units=0"}
    assert set(capsys.readouterr().out.splitlines()) == lines

    call_command("publish_directory", organisation=clinic.slug)
    assert capsys.readouterr().out == f"organisation={clinic.slug} units=1\n"
    with pytest.raises(CommandError):
        call_command("publish_directory", organisation="no-such-clinic")


def test_every_hour_the_directory_catches_up_and_an_outage_of_one_database_stops_nothing(clinic, monkeypatch):
    away = make_clinic(name="A fern", database="dedicated")
    publish(away.organisation), publish(clinic.organisation)
    for each in (away, clinic):
        with organisation_scope(each.organisation):
            Unit.objects.update(name_de="Herzzentrum")
    enter = publishing.visitor_scope

    def scope(organisation):
        if organisation.database == "dedicated":
            raise OperationalError("connection refused")
        return enter(organisation)

    monkeypatch.setattr(publishing, "visitor_scope", scope)
    publish_directory()

    assert dict(DirectoryEntry.objects.values_list("organisation__name", "unit_de")) == {
        "A fern": "Herzambulanz",
        "Klinikum Musterstadt": "Herzzentrum",
    }


def test_a_clinic_in_a_database_of_its_own_is_found_with_its_next_free_time(db, at_nine):
    clinic = make_clinic(database="dedicated")
    publish(clinic.organisation)

    [hit] = search(Asked(), page=None, now=NOW).page

    assert (hit.organisation, hit.next_free) == (clinic.organisation, NOW)


# Words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müller Mueller Muller", ["muller"]),
        ("Hals-Nasen-Ohrenheilkunde (HNO)", ["hals", "nasen", "ohrenheilkunde", "hno"]),
        ("Groß Łukasz Çelik", ["gross", "lukasz", "celik"]),
        ("", []),
        ("%_'", []),
    ],
)
def test_many_spellings_are_one_word(text, words):
    assert words_of(text) == words


def test_words_that_every_doctor_has_are_dropped_unless_there_is_no_other():
    assert asked_words("Facharzt für Haut") == ["haut"]
    assert asked_words("Arzt") == ["arzt"]


@pytest.mark.parametrize(
    ("what", "specialty"),
    [
        ("HNO", "HNOH"),
        ("hno arzt", "HNOH"),
        ("Hals-Nasen-Ohren-Heilkunde", "HNOH"),
        ("Herz", "KARD"),
        ("kardio", "KARD"),
        ("Kardiologin", "KARD"),
        ("Kardiologe Berlin", "KARD"),
        ("heart", "KARD"),
        ("Hautärztin", "HAUT"),
        ("Gynaekologie", "FRAU"),
        ("gynakologie", "FRAU"),
        ("unfall", "UNFC"),
        ("chirurgie", "UNFC"),
        ("Zahnarzt", "MZKH"),
        ("Kinderarzt", "KIJU"),
    ],
)
def test_patients_words_find_the_specialty(db, what, specialty):
    for number, code in enumerate({"HNOH", "KARD", "HAUT", "FRAU", "UNFC", "MZKH", "KIJU"}):
        listed(code, code, slug=f"haus-{number}")

    assert looked_up(what)[:1] == [specialty]


def test_a_mistyped_word_finds_the_nearest_and_says_so(db):
    listed("Herzhaus", "KARD"), listed("Hauthaus", "HAUT")

    found = search(Asked(what="Kardilogie"), page=None, now=NOW)

    assert ([hit.organisation.name for hit in found.page], found.is_similar) == (["Herzhaus"], True)
    assert looked_up("Xylophonbauer") == []


def test_every_word_must_fit(db):
    listed("Klinik am See", "KARD"), listed("Klinik am Berg", "HAUT")

    assert looked_up("Klinik See") == ["Klinik am See"]
    assert looked_up("Herz Berg") == []


def test_a_person_s_name_finds_their_unit_and_is_shown(clinic):
    publish(clinic.organisation)

    [hit] = search(Asked(what="Kaya"), page=None, now=NOW).page
    assert [name for _id, name in hit.people] == ["Dr. Selin Kaya"]
    [hit] = search(Asked(what="Klinikum"), page=None, now=NOW).page
    assert hit.people == []


def test_signs_of_a_pattern_match_nothing_by_themselves(db):
    listed("Klinik am See")

    assert looked_up("zz%") == []
    assert looked_up("zz_") == []


# Place, choices, order -----------------------------------------------------------------------------------------------


def test_a_place_is_a_town_a_federal_state_or_a_postal_code(db):
    listed("In Gießen", city="Gießen", code="35390", federal_state="HE")
    listed("In Marburg", city="Marburg", code="35043", federal_state="HE")
    listed("In Köln", city="Köln", code="50667", federal_state="NW")

    assert looked_up(place="giessen") == ["In Gießen"]
    assert looked_up(place="Gie") == ["In Gießen"]
    assert looked_up(place="Koeln") == ["In Köln"]
    assert looked_up(place="hessen") == ["In Gießen", "In Marburg"]
    assert looked_up(place="50667") == ["In Köln"]
    assert looked_up(place="35043 Marburg") == ["In Marburg"]


def test_the_nearer_postal_code_comes_first(db):
    for name, code in (("A", "35999"), ("B", "35390"), ("C", "35043"), ("D", "35037"), ("E", "60311")):
        listed(name, code=code)

    assert looked_up(place="35043") == ["C", "D", "A", "B"]


def test_the_order_is_fit_then_place_then_name(db):
    listed("Zentrum Haut", "HAUT", code="35037")
    listed("Abteilung Hautschutz", "ARBE", code="35043")  # the beginning of a word alone
    listed("Mitte Haut", "HAUT", code="35043")
    listed("Anfang Haut", "HAUT", code="35037")

    assert looked_up("haut", "35043") == ["Mitte Haut", "Anfang Haut", "Zentrum Haut", "Abteilung Hautschutz"]


def test_insurance_and_language_leave_only_who_takes_and_speaks_them(clinic):
    with organisation_scope(clinic.organisation):
        Practitioner.objects.update(languages="de tr")
        VisitReason.objects.update(insurances=["private", "self"])
    publish(clinic.organisation)

    assert names(insurance="private", language="tr") == ["Klinikum Musterstadt"]
    assert names(insurance="statutory") == []
    assert names(language="fr") == []
    assert directory.languages_spoken() == [("de", "Deutsch"), ("tr", "Türkisch")]


def test_sorted_by_next_free_the_earliest_comes_first_and_none_comes_last(db, at_nine):
    late, early = make_clinic(name="A spät"), make_clinic(name="B früh")
    with organisation_scope(late.organisation):
        VisitReason.objects.update(minimum_notice=24 * 60)
    for each in (late, early):
        publish(each.organisation)
    listed("Am Telefon")

    assert names() == ["A spät", "Am Telefon", "B früh"]
    assert names(next_free_first=True) == ["B früh", "A spät", "Am Telefon"]


def test_only_the_best_matches_are_asked_for_their_next_free_time(db, monkeypatch):
    monkeypatch.setattr(directory, "COMPARED", 2)
    for name in "CAB":
        listed(name)

    found = search(Asked(next_free_first=True), page=None, now=NOW)

    assert ([hit.organisation.name for hit in found.page], found.compared, found.count) == (["A", "B"], 2, 3)


# Next free -----------------------------------------------------------------------------------------------------------


def test_next_free_is_of_the_first_online_reason_over_all_its_calendars(clinic):
    with organisation_scope(clinic.organisation):
        factories.busy(clinic.calendar, NOW - timedelta(hours=1), NOW + timedelta(hours=8))
        other = factories.calendar()
        factories.hours(other, starts="10:40", ends="12:00")
        factories.offer(other, clinic.reason)
        hidden = factories.calendar(is_online=False)
        factories.hours(hidden, starts="08:00", ends="16:00")
        factories.offer(hidden, clinic.reason)
        factories.reason(calendars=[hidden], name_de="A vorn, aber nicht online", is_online=False)
    publish(clinic.organisation)

    [hit] = search(Asked(), page=None, now=NOW).page

    assert (hit.is_online, hit.next_free) == (True, NOW + timedelta(minutes=100))


def test_next_free_is_for_someone_new_and_for_the_insurance_asked_for(clinic):
    with organisation_scope(clinic.organisation):
        VisitReason.objects.update(position=2, minimum_notice=60, insurances=["statutory"])
        first = {"calendars": [clinic.calendar], "position": 0}
        factories.reason(name_de="Kontrolle", audience="known", **first)
        factories.reason(name_de="Nachsorge", only_as_follow_up=True, **first)
        factories.reason(calendars=[clinic.calendar], position=3, minimum_notice=120, insurances=["private"])
    publish(clinic.organisation)

    def next_free(insurance: str):
        return search(Asked(insurance=insurance), page=None, now=NOW).page[0].next_free

    assert next_free("") == next_free("statutory") == NOW + timedelta(minutes=60)
    assert next_free("private") == NOW + timedelta(minutes=120)
    with organisation_scope(clinic.organisation):
        VisitReason.objects.filter(audience="anyone", only_as_follow_up=False).update(is_online=False)
    assert next_free("") == NOW


def test_without_an_agreement_a_hit_names_the_phone(db, at_nine):
    publish(make_clinic(agreement=False).organisation)

    page = visitor().get("/")

    assert "Termine nur am Telefon. Telefon 030 23125 000" in text(page)
    assert "/book/" not in page.content.decode()


def test_a_clinic_whose_database_is_away_stays_without_a_time(clinic, monkeypatch):
    far, further = (make_clinic(name=name, database="dedicated") for name in ("Praxis Fern", "Praxis Ferner"))
    for each in (clinic, far, further):
        publish(each.organisation)
    enter, refused = directory.visitor_scope, []

    def away(organisation):
        if organisation.database == "dedicated":
            refused.append(organisation.name)
            raise OperationalError("connection refused")
        return enter(organisation)

    monkeypatch.setattr(directory, "visitor_scope", away)
    page = visitor().get("/")

    assert page.status_code == 200
    assert [(hit.organisation.name, hit.next_free) for hit in page.context["found"].page] == [
        ("Klinikum Musterstadt", NOW),
        ("Praxis Fern", None),
        ("Praxis Ferner", None),
    ]
    assert refused == ["Praxis Fern"]  # one wait a database
    assert "Freie Zeiten dieser Klinik können wir gerade nicht zeigen." in text(page)


def test_ten_units_of_a_clinic_cost_one_question_each_and_nothing_else(clinic):
    publish(clinic.organisation)
    one = queries(lambda: visitor().get("/"))
    with organisation_scope(clinic.organisation):
        for number in range(9):
            factories.unit(position=number)  # without anything to book
    publish(clinic.organisation)

    assert queries(lambda: visitor().get("/")) == one
