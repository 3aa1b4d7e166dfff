"""Links from a clinic's own website land in the right step; the small page for its frames shows only what is public."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Organisation
from appointments.models import VisitReason
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import at_nine, clinic, make_clinic, queries, signed_in, text, title, visitor

__all__ = ["at_nine", "clinic"]
SITE = "https://www.klinikum.example"


@pytest.fixture
def unit(clinic) -> str:
    return clinic.reason.unit.slug


def change(clinic, **values) -> None:
    with organisation_scope(clinic.organisation):
        VisitReason.objects.filter(pk=clinic.reason.pk).update(**values)


def book(clinic, **query):
    return visitor().get(clinic.url("book/"), **query)


# Links ---------------------------------------------------------------------------------------------------------------


def test_a_link_with_a_reason_leads_to_its_times(clinic, unit):
    for query in ({"unit": unit, "reason": clinic.reason.pk}, {"reason": clinic.reason.pk}):
        answer = book(clinic, **query)
        assert (answer.status_code, answer["Location"]) == (303, clinic.url(f"book/times/?reason={clinic.reason.pk}"))


def test_a_link_without_the_last_slash_works(clinic, unit):
    answer = visitor().get(f"/{clinic.slug}/book", unit=unit, reason=clinic.reason.pk)

    assert answer["Location"] == f"/{clinic.slug}/book/?unit={unit}&reason={clinic.reason.pk}"


def test_person_day_and_answers_of_a_link_go_on(clinic, unit):
    query = {"calendar": clinic.calendar.pk, "from": "2026-12-01", "insurance": "private", "known": "no"}

    answer = book(clinic, unit=unit, reason=clinic.reason.pk, **query)

    expected = f"?reason={clinic.reason.pk}&calendar={clinic.calendar.pk}&from=2026-12-01&insurance=private&known=no"
    assert answer["Location"] == clinic.url(f"book/times/{expected}")


def test_a_link_to_a_unit_leads_to_its_reasons(clinic, unit):
    assert title(book(clinic, unit=unit)).startswith("Grund wählen")


def test_what_a_reason_depends_on_is_asked_first_and_then_its_times_are_shown(clinic, unit):
    change(clinic, audience="known")
    link = {"unit": unit, "reason": clinic.reason.pk, "from": "2026-12-01"}
    asked = book(clinic, **link)
    assert title(asked).startswith("Über Sie")
    assert '<input type="hidden" name="from" value="2026-12-01">' in asked.content.decode()

    answer = book(clinic, **link, insurance="statutory", known="yes", next="reason")

    assert answer["Location"].startswith(clinic.url(f"book/times/?reason={clinic.reason.pk}&from=2026-12-01"))


def test_what_only_another_reason_depends_on_is_not_asked(clinic, unit):
    with organisation_scope(clinic.organisation):
        factories.reason(unit=clinic.reason.unit, calendars=[clinic.calendar], audience="known")

    assert book(clinic, unit=unit, reason=clinic.reason.pk).status_code == 303


def test_a_reason_can_be_chosen_again(clinic, unit):
    page = book(clinic, unit=unit, reason=clinic.reason.pk, change=1)

    assert page.status_code == 200
    assert f'value="{clinic.reason.pk}"' in page.content.decode() and "checked" in page.content.decode()
    back = visitor().get(clinic.url("book/times/"), reason=clinic.reason.pk).content.decode()
    assert f"{clinic.url('book/')}?unit={unit}&amp;reason={clinic.reason.pk}&amp;change=1" in back


def test_a_reason_that_is_not_for_them_says_why(clinic, unit):
    change(clinic, insurances=["private"])

    page = book(clinic, unit=unit, reason=clinic.reason.pk, insurance="statutory", known="no")

    assert (page.status_code, "Dieser Termin ist nur für privat Versicherte." in text(page)) == (200, True)


@pytest.mark.parametrize("reason", ["999999", "x", "-1", "9" * 30])
def test_a_reason_that_is_not_there_any_more_leads_to_those_that_are(clinic, unit, reason):
    page = book(clinic, unit=unit, reason=reason)

    assert page.status_code == 200
    assert "Den Grund aus Ihrem Link können Sie zurzeit nicht online buchen." in text(page)
    assert "Erstgespräch" in text(page)
    assert book(clinic, reason=reason).status_code in (200, 303)


def test_another_clinic_s_ids_are_unknown_ids(clinic, unit):
    other = make_clinic(name="Praxis Fern")
    with organisation_scope(other.organisation):
        factories.unit(slug="fern")

    assert "Den Grund aus Ihrem Link" in text(book(clinic, unit=unit, reason=other.reason.pk))
    assert book(clinic, unit="fern")["Location"] == clinic.url()
    assert "Zurzeit gibt es online keine Termine" in text(book(clinic, unit=unit, calendar=other.calendar.pk))


def test_an_unknown_unit_leads_to_the_clinic(clinic):
    assert book(clinic, unit="nowhere")["Location"] == clinic.url()
    assert visitor().get("/nowhere/book/").status_code == 404


# The small page ------------------------------------------------------------------------------------------------------


def embed(clinic, **query):
    return visitor().get(clinic.url("embed/"), **query)


def links(page) -> list[tuple[str, str]]:
    """Where its links lead, and in which window."""
    parts = [part.split(">")[0] for part in page.content.decode().split("<a ")[1:]]
    attributes = [
        dict(each.split("=", 1) for each in part.replace('"', "").split(" ") if "=" in each) for part in parts
    ]
    return [
        (each["href"].replace("&amp;", "&"), each.get("target", ""))
        for each in attributes
        if "tel:" not in each["href"]
    ]


def test_it_shows_the_reasons_of_a_unit(clinic, unit):
    expected = clinic.url(f"book/?reason={clinic.reason.pk}&unit={unit}")

    for page in (embed(clinic), embed(clinic, unit=unit)):
        assert "Erstgespräch" in text(page)
        assert links(page) == [(expected, "_top")]


def test_it_shows_the_units_where_there_are_several(clinic, unit):
    with organisation_scope(clinic.organisation):
        hidden = factories.unit(name_de="Nur am Telefon")

    page = embed(clinic)

    assert links(page) == [(clinic.url(f"book/?unit={unit}"), "_top")]
    assert hidden.name_de not in text(page)


def test_it_shows_the_next_free_days_of_a_reason(clinic, unit):
    page = embed(clinic, reason=clinic.reason.pk, calendar=clinic.calendar.pk)

    way = f"book/?unit={unit}&reason={clinic.reason.pk}&calendar={clinic.calendar.pk}"
    days = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
    assert links(page) == [(clinic.url(f"{way}&from={day}"), "_top") for day in days] + [(clinic.url(way), "_top")]
    assert "Montag, 23. November 2026 9 Zeiten" in text(page)


@pytest.mark.parametrize("query", [{"reason": "999999"}, {"reason": "x"}, {"calendar": "999999"}])
def test_what_is_unknown_is_chosen_one_step_before(clinic, unit, query):
    page = embed(clinic, unit=unit, **query)

    assert links(page) == [(clinic.url(f"book/?reason={clinic.reason.pk}&unit={unit}"), "_top")]


def test_with_an_unknown_person_it_shows_everyone_s_days(clinic):
    assert links(embed(clinic, reason=clinic.reason.pk, calendar="999999")) == links(
        embed(clinic, reason=clinic.reason.pk)
    )


def test_an_unknown_unit_leads_to_those_that_are_there(clinic, unit):
    assert links(embed(clinic, unit="nowhere")) == [(clinic.url(f"book/?unit={unit}"), "_top")]


def test_another_clinic_s_rows_are_not_in_it(clinic):
    other = make_clinic(name="Praxis Fern")

    page = embed(clinic, reason=other.reason.pk, unit=other.reason.unit.slug)

    assert other.reason.unit.slug not in page.content.decode()
    assert visitor().get("/nowhere/embed/").status_code == 404


def test_it_reads_no_session_and_sets_no_cookie(clinic):
    patient = signed_in()

    page = patient.get(clinic.url("embed/"))

    assert page.cookies == {}
    assert "Cookie" not in page.headers["Vary"]
    for word in ("csrf", "Abmelden", "Meine Termine", "<script"):
        assert word not in page.content.decode()
    page = visitor().get(clinic.url("embed/"), HTTP_ACCEPT_LANGUAGE="en")
    assert page.cookies == {}


def test_without_an_agreement_it_names_the_phone(db, at_nine):
    page = embed(make_clinic(agreement=False))

    assert "Zurzeit können Sie hier nicht online buchen." in text(page) and "030 23125 000" in text(page)
    assert links(page) == []


def framing(response) -> tuple:
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    return policy["frame-ancestors"], response.headers.get("X-Frame-Options")


def test_no_page_may_be_framed_unless_the_clinic_allows_it(clinic):
    assert framing(embed(clinic)) == ("'none'", "DENY")


def test_the_websites_that_the_clinic_names_may_frame_this_page_alone(clinic):
    clinic.organisation.frame_origins = [SITE, "https://intranet.klinikum.example:8443"]
    clinic.organisation.save()

    page = embed(clinic)

    assert framing(page) == (f"{SITE} https://intranet.klinikum.example:8443", None)
    assert "default-src 'none'" in page["Content-Security-Policy"]
    for path in ("", "book/", f"book/times/?reason={clinic.reason.pk}"):
        assert framing(visitor().get(clinic.url(path))) == ("'none'", "DENY")
    assert framing(embed(make_clinic(name="Praxis Fern"))) == ("'none'", "DENY")


@pytest.mark.parametrize(
    "origin",
    [
        "http://www.klinikum.example",
        "https://www.klinikum.example/",
        "https://www.klinikum.example/termine",
        "https://*.klinikum.example",
        "https://ada@klinikum.example",
        "https://klinikum",
        "https://klinikum.example:0",
        "https://klinikum.example; script-src *",
        "https://klinikum.example\n",
        "https://KLINIKUM.example",
        "*",
        "",
    ],
)
def test_only_plain_https_origins_can_be_named(clinic, origin):
    clinic.organisation.frame_origins = [origin]

    with pytest.raises(ValidationError) as error:
        clinic.organisation.full_clean()

    assert list(error.value.error_dict) == ["frame_origins"]


def test_at_most_ten_can_be_named(clinic):
    for count, fine in ((10, True), (11, False)):
        clinic.organisation.frame_origins = [f"https://site-{number}.example" for number in range(count)]
        try:
            clinic.organisation.full_clean()
        except ValidationError as error:
            assert not fine and list(error.error_dict) == ["frame_origins"]
        else:
            assert fine
    assert Organisation.objects.get(pk=clinic.organisation.pk).frame_origins == []


def test_it_needs_as_many_queries_for_many_reasons_as_for_one(clinic):
    one = queries(lambda: embed(clinic))
    with organisation_scope(clinic.organisation):
        for _ in range(3):
            factories.reason(unit=clinic.reason.unit, calendars=[clinic.calendar])

    assert queries(lambda: embed(clinic)) == one
