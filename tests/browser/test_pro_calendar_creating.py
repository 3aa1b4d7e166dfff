"""New appointments from the grid: by drag, by click and by keys the form gets calendar, time and length; nothing typed is lost."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Appointment

from .desk_clinic import BERG, KAYA, at, day, desk_clinic, drag_to, on_body, opened_day, point
from .pro_clinic import card, focused, look
from .tools import axe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return desk_clinic()


def asked(page: Page, act) -> dict[str, str]:
    """What the form was asked for."""
    with page.expect_request(lambda request: "/appointments/new/" in request.url) as found:
        act()
    query = parse_qs(urlsplit(found.value.url).query)
    expect(page.locator("#panel")).to_be_visible()
    return {name: values[0] for name, values in query.items()}


def test_dragging_over_free_time_opens_the_form_for_it_and_escape_returns(clinic, visit):
    page = opened_day(visit, clinic)

    def drag():
        page.mouse.move(*point(page, KAYA, "12:00"))
        page.mouse.down()
        drag_to(page, KAYA, "12:45", drop=False)
        expect(page.locator(".ec-preview .ghost-time")).to_have_text("12:00–13:00")
        look(page, "selecting")
        page.mouse.up()

    query = asked(page, drag)

    assert query == {"calendar": str(clinic.made[KAYA].pk), "start": f"{day()}T12:00", "minutes": "60"}
    expect(page.locator(".slot-ghost")).to_contain_text("12:00–13:00")
    look(page, "creating")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".slot-ghost")).to_have_count(0)
    assert focused(page) == "Dienstag, 12:00 bis 13:00 Uhr, Dr. Grace Hopper, frei"


def test_a_click_on_free_time_and_with_shift_a_range(clinic, visit):
    page = opened_day(visit, clinic)
    one = asked(page, lambda: page.mouse.click(*point(page, BERG, "11:15")))
    page.keyboard.press("Escape")
    page.keyboard.down("Shift")
    two = asked(page, lambda: page.mouse.click(*point(page, BERG, "11:45")))
    page.keyboard.up("Shift")

    berg = str(clinic.made[BERG].pk)
    assert one == {"calendar": berg, "start": f"{day()}T11:15", "minutes": "15"}
    assert two == {"calendar": berg, "start": f"{day()}T11:15", "minutes": "45"}


def test_enter_at_the_cursor_opens_the_form(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Groß, Bruno").focus()
    for key in ("ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    query = asked(page, lambda: page.keyboard.press("Enter"))

    assert query == {"calendar": str(clinic.made[KAYA].pk), "start": f"{day()}T10:30", "minutes": "30"}
    page.wait_for_function("() => document.activeElement.closest('#panel') !== null")


def test_copy_and_paste_open_the_form_with_the_same_patient(clinic, visit):
    page = opened_day(visit, clinic)
    with clinic.scope():
        gross = Appointment.objects.get(starts_at=at("10:00"))
    card(page, "Groß, Bruno").focus()
    for key in ("Control+c", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    query = asked(page, lambda: page.keyboard.press("Control+v"))

    kaya = str(clinic.made[KAYA].pk)
    assert query == {"calendar": kaya, "start": f"{day()}T10:45", "minutes": "30", "copy": str(gross.pk)}


def test_what_changes_elsewhere_takes_neither_focus_nor_scroll(clinic, visit):
    page = opened_day(visit, clinic, viewport={"width": 1200, "height": 420})
    card(page, "Groß, Bruno").focus()
    page.evaluate("() => document.querySelector('.ec-main').scrollTo(0, 150)")
    with clinic.scope():
        for clock in ("09:00", "10:00"):
            Appointment.objects.filter(starts_at=at(clock)).update(status="no_show")
    page.evaluate("() => document.dispatchEvent(new Event('appointments-changed'))")

    expect(page.locator(".ec-event.is-no_show")).to_have_count(3)
    assert focused(page) == "Groß, Bruno"
    assert not on_body(page)
    assert page.evaluate("() => document.querySelector('.ec-main').scrollTop") == 150
