"""New appointments from the grid: by drag, by click, by keys; the form gets the time, nothing typed is lost."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Appointment

from .desk_clinic import BERG, KAYA, at, column_of, day, desk_clinic, drag_to, on_body, opened_day, point
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
    assert one == {"calendar": berg, "start": f"{day()}T11:15"}
    assert two == {"calendar": berg, "start": f"{day()}T11:15", "minutes": "45"}


def test_enter_at_the_cursor_opens_the_form(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Groß, Bruno").focus()
    for key in ("ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    query = asked(page, lambda: page.keyboard.press("Enter"))

    assert query == {"calendar": str(clinic.made[KAYA].pk), "start": f"{day()}T10:30", "minutes": "30"}
    page.wait_for_function("() => document.activeElement.closest('#panel') !== null")


def test_by_keys_alone_from_the_cursor_to_the_card(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Groß, Bruno").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#new-q")).to_be_focused()
    page.keyboard.type("yıldırım")
    expect(page.locator("#patient-options [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("Grund").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".slot-ghost")).to_contain_text("10:45–11:15")
    expect(page.locator(".slot-ghost")).to_have_attribute("data-state", "free")
    look(page, "creating-by-keys")
    assert axe(page) == []
    page.get_by_role("button", name="Termin buchen", exact=True).focus()
    page.keyboard.press("Enter")

    expect(page.locator("#panel h2")).to_contain_text("Ayşe Yıldırım")
    expect(page.locator("button.card-button", has_text="Yıldırım")).to_have_count(2)
    expect(page.locator(".slot-ghost")).to_have_count(0)
    page.keyboard.press("Escape")
    assert focused(page) == "Yıldırım, Ayşe"
    assert column_of(page, "Groß, Bruno") == KAYA
    with clinic.scope():
        assert [str(row.reason) for row in Appointment.objects.filter(starts_at=at("10:45"))] == ["Sprechstunde"]
    assert page.complaints == []


def test_what_was_typed_stays_when_another_card_is_clicked(clinic, visit):
    page = opened_day(visit, clinic)
    page.mouse.click(*point(page, KAYA, "12:00"))
    page.get_by_label("Notiz").fill("Bringt Unterlagen mit")
    card(page, "Groß, Bruno").click()

    expect(page.get_by_role("button", name="Weiterschreiben")).to_be_focused()
    page.evaluate("() => document.dispatchEvent(new Event('appointments-changed'))")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Notiz")).to_have_value("Bringt Unterlagen mit")
    expect(page.locator(".slot-ghost")).to_have_count(1)


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
