"""Minutes between two sites, on the page of either."""

import pytest
from django.db import IntegrityError

from accounts.models import Site, TravelTime
from doctolib.audit.models import AuditEvent
from tests import factories, pro
from tests.accounts.test_set_up import SITE, text
from tests.appointments.pages import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    """With three sites."""
    clinic = pro.clinic()
    with clinic.scope():
        factories.site(name="Campus Nord")
        factories.site(name="Praxis am Markt")
    return clinic


def sites(clinic) -> list[int]:
    with clinic.scope():
        return list(Site.objects.order_by("pk").values_list("pk", flat=True))


def send(clinic, site: int, **ways):
    """The page of a site; its name is its own again."""
    with clinic.scope():
        name = Site.objects.get(pk=site).name
    return clinic.client.post(f"/settings/sites/{site}/", {**SITE, "name": name, **ways})


def ways(clinic) -> list[tuple[int, int, int]]:
    with clinic.scope():
        return list(TravelTime.objects.order_by("pk").values_list("site", "other", "minutes"))


def test_a_pair_is_one_row_from_whichever_side_it_is_written(clinic):
    first, second, third = sites(clinic)

    send(clinic, second, **{f"way-{first}": "15", f"way-{third}": ""})
    send(clinic, first, **{f"way-{second}": "20", f"way-{third}": "30"})

    assert ways(clinic) == [(first, second, 20), (first, third, 30)]


def test_both_pages_show_the_way(clinic):
    first, second, third = sites(clinic)
    send(clinic, first, **{f"way-{second}": "25"})

    shown = [text(clinic.client.get(f"/settings/sites/{site}/")) for site in (first, second, third)]

    assert ['value="25"' in page for page in shown] == [True, True, False]


def test_an_empty_way_is_none(clinic):
    first, second, third = sites(clinic)
    send(clinic, first, **{f"way-{second}": "25", f"way-{third}": "30"})

    send(clinic, second, **{f"way-{first}": "", f"way-{third}": ""})

    assert ways(clinic) == [(first, third, 30)]


def test_a_new_site_gets_its_ways_at_once(clinic):
    first, *_others = sites(clinic)

    clinic.client.post("/settings/sites/add/", {**SITE, "name": "Außenstelle", f"way-{first}": "40"})

    assert ways(clinic) == [(first, sites(clinic)[-1], 40)]


@pytest.mark.parametrize("wrong", ["0", "-5", "481", "7,5", "bald"])
def test_wrong_minutes_are_refused_with_what_was_typed(clinic, wrong):
    first, second, third = sites(clinic)

    answer = send(clinic, first, **{f"way-{second}": "30", f"way-{third}": wrong})

    assert (answer.status_code, ways(clinic)) == (422, [])
    assert f'value="{wrong}"' in text(answer)
    assert "Praxis am Markt: Geben Sie ganze Minuten von 1 bis 480 ein, oder lassen Sie das Feld leer." in text(answer)


@pytest.mark.parametrize("minutes", [0, 481])
def test_the_database_takes_no_way_that_is_none(clinic, minutes):
    first, second, _third = sites(clinic)
    with pytest.raises(IntegrityError, match="travel_time_minutes"), clinic.scope():
        TravelTime.objects.create(site_id=first, other_id=second, minutes=minutes)


def test_the_trail_has_changed_ways_and_nothing_where_none_changed(clinic):
    first, second, third = sites(clinic)

    send(clinic, first, **{f"way-{second}": "25"})
    send(clinic, second, **{f"way-{first}": "25", f"way-{third}": ""})

    with clinic.scope():
        trail = list(AuditEvent.objects.order_by("at").values_list("action", "subject"))
    assert trail == [
        ("site.changed", f"site:{first}"),
        ("site.ways_changed", f"site:{first}"),
        ("site.changed", f"site:{second}"),
    ]


def test_another_clinic_s_site_is_no_other_end(clinic):
    stranger = pro.clinic(slug="fremd")
    with stranger.scope():
        theirs = factories.site(name="Fremd").pk
    first, *_others = sites(clinic)

    send(clinic, first, **{f"way-{theirs}": "25"})

    assert (ways(clinic), ways(stranger)) == ([], [])


def test_a_clinic_s_only_site_has_no_ways():
    alone = pro.clinic()

    assert "Wege zu anderen Standorten" not in text(alone.client.get(f"/settings/sites/{sites(alone)[0]}/"))


def test_more_sites_need_no_more_queries(clinic):
    first, *_others = sites(clinic)
    page = f"/settings/sites/{first}/"
    three = queries(lambda: clinic.client.get(page))

    with clinic.scope():
        factories.travel(factories.site(name="A"), factories.site(name="B"), 10)

    assert queries(lambda: clinic.client.get(page)) == three
