"""Thirty calendars and names of sixty letters: what must stay readable, reachable and in sight."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import factories, pro

from .desk_clinic import at, day
from .pro_clinic import focused, look
from .tools import axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)
SURNAME = "Müller-Hohenlohe-Waldenburg-Schillingsfürst-Öhringen-Weikershe"  # 60 letters and an arm's length
ARABIC = {"first_name": "محمد", "last_name": "الأحمد"}


@pytest.fixture
def clinic(transactional_db):
    clinic = pro.clinic(name="Universitätsklinikum Musterstadt", closed_on_holidays=False)
    with clinic.scope():
        clinic.made = [clinic.calendar]
        for number in range(2, 31):
            clinic.made.append(factories.calendar(name=f"Sprechstunde {number:02}", edge=("sky", "plum")[number % 2]))
            factories.offer(clinic.made[-1], clinic.reason)
            factories.hours(clinic.made[-1])
        patients = [
            factories.patient(name={"title": "", "birth_date": "1961-02-03", "sex": "", **name})
            for name in ({"first_name": "Maximiliane", "last_name": SURNAME}, ARABIC)
        ]
        statuses = ("booked", "arrived", "in_treatment", "done", "no_show")
        for place, calendar in enumerate(clinic.made):
            for number in range(4):
                starts = at("08:00") + timedelta(minutes=60 * number + 15 * (place % 3))
                factories.appointment(
                    calendar,
                    clinic.reason,
                    patients[(place + number) % 2],
                    starts,
                    ends_at=starts + timedelta(minutes=(15, 30, 45, 60)[(place + number) % 4]),
                    status=statuses[(place + number) % 5],
                    origin="online" if number % 2 else "staff",
                    is_overbooked=number == 2 and place % 4 == 0,
                    is_outside=number == 1 and place % 4 == 1,
                )
        factories.hold(clinic.made[1], clinic.reason, at("14:00"), expires_at=timezone.now() + timedelta(minutes=9))
        factories.absence(clinic.made[2], at("12:00"), at("18:00"), note="Fortbildung")
    return clinic


def address(clinic: pro.Clinic) -> str:
    return f"/day/?date={day()}&calendars={','.join(str(calendar.pk) for calendar in clinic.made)}"


@pytest.mark.parametrize("width", [1280, 1920])
def test_thirty_columns_scroll_inside_the_grid_and_each_can_be_reached(clinic, visit, width):
    page = visit(address(clinic), viewport={"width": width, "height": 900})
    page.wait_for_selector(".ec [tabindex='0']")
    assert sideways(page) == []
    widths = page.evaluate("() => [...document.querySelectorAll('.ec-body .ec-day')].map((day) => day.offsetWidth)")
    assert len(widths) == 30
    assert min(widths) >= 160
    low = page.evaluate(
        "() => [...document.querySelectorAll('button.card-button')].filter((card) => card.offsetHeight < 20).length"
    )
    assert low == 0
    look(page, f"thirty-{width}")
    assert axe(page) == []

    page.locator(".ec [tabindex='0']").focus()
    page.keyboard.press("Control+End")
    box = page.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")
    assert box["left"] > 60
    assert box["right"] <= width
    look(page, f"thirty-end-{width}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+F10")
    menu = page.locator("#card-menu")
    if menu.is_visible():
        box = menu.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_a_long_name_ends_in_an_ellipsis_and_is_whole_for_ears(clinic, visit):
    page = visit(address(clinic), viewport={"width": 1280, "height": 900})
    card = page.locator("button.card-button", has_text="Müller-Hohenlohe").first
    cut = card.locator(".card-name").evaluate("(name) => [name.scrollWidth > name.clientWidth, name.textContent]")
    assert cut == [True, f"{SURNAME}, Maximiliane"]
    card.click()
    expect(page.locator("#panel h2")).to_contain_text(SURNAME)
    assert sideways(page) == []
    inner, outer = card.bounding_box(), page.locator(".ec-main").bounding_box()
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]  # the panel took room: its card is still in sight
    expect(page.locator(".ec-event.is-open")).to_have_count(1)
    look(page, "thirty-panel")
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert focused(page) == f"{SURNAME}, Maximiliane"


@pytest.mark.parametrize(("scheme", "colours"), [("dark", "none"), ("light", "active")])
def test_dark_and_with_forced_colours_nothing_is_lost(clinic, visit, scheme, colours):
    page = visit(address(clinic), color_scheme=scheme, forced_colors=colours, viewport={"width": 1280, "height": 900})
    page.wait_for_selector(".ec [tabindex='0']")
    page.locator("button.card-button", has_text="Müller").first.focus()
    for key in ("m", *["ArrowDown"] * 4):
        page.keyboard.press(key)
    ghost = page.locator(".slot-ghost")
    expect(ghost.locator(".ghost-state")).to_contain_text("Diese Zeit ist belegt")
    words, frame = ghost.locator(".ghost-inner").bounding_box(), ghost.bounding_box()
    assert frame["height"] == 24
    assert words["height"] > 40  # all that is said of a quarter of an hour is to be read, below its frame
    look(page, f"thirty-{scheme}-{colours}")
    borders = page.evaluate(
        "() => [...document.querySelectorAll('.ec-event:not(.ec-preview)')]"
        ".filter((card) => parseFloat(getComputedStyle(card).borderTopWidth) < 1).length"
    )
    assert borders == 0


@pytest.mark.parametrize(("width", "beside_panel"), [(1280, 72), (1440, 32), (1920, 32)])
def test_the_toolbar_is_one_row_of_buttons_and_two_where_the_panel_leaves_little(clinic, visit, width, beside_panel):
    page = visit(f"/week/?date=2026-09-28&calendars={clinic.calendar.pk}", viewport={"width": width, "height": 900})
    rows = "() => document.getElementById('toolbar').getBoundingClientRect().height"
    one = page.evaluate(rows)

    page.get_by_role("link", name="Neuer Termin").click()
    page.locator("#panel h2").wait_for()

    assert (one, page.evaluate(rows)) == (32, beside_panel)
