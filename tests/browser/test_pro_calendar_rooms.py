"""Rooms as columns beside a calendar: one visit, two cards; by mouse into another room, by keys to another time."""

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Appointment, Resource
from appointments.selectors.calendar import room_ids_of
from tests import factories

from .desk_clinic import at, day, desk_clinic, drag_to, grab
from .pro_clinic import look
from .tools import axe

pytestmark = pytest.mark.django_db(transaction=True)
CALENDAR, ECHO, LAB = 0, 1, 2  # columns


@pytest.fixture
def clinic(transactional_db):
    clinic = desk_clinic()
    with clinic.scope():
        rooms = [factories.room(name="Echo 1"), factories.room(name="Echo 2"), factories.room(name="Labor")]
        factories.requirement(clinic.reason, rooms[:2])
        for visit in Appointment.objects.filter(calendar=clinic.calendar):
            factories.busy(rooms[0], visit.starts_at, visit.ends_at, status="booked", appointment=visit)
    return clinic


def rooms_of(clinic) -> list[str]:
    with clinic.scope():
        visit = Appointment.objects.get(starts_at=at("09:00"), calendar=clinic.calendar)
        return list(Resource.objects.filter(pk__in=room_ids_of(visit.pk)).values_list("name", flat=True))


def columns_of(page: Page, name: str) -> list[str]:
    """The columns in which somebody has a card, with its times."""
    return page.evaluate(
        """(name) => [...document.querySelectorAll("button.card-button")]
            .filter((card) => card.querySelector(".card-name")?.innerText === name)
            .map((card) => `${card.closest(".ec-event").style.gridColumn} ${card.title.match(/[0-9:]+/)[0]}`).sort()""",
        name,
    )


def test_a_visit_stands_in_its_calendar_and_in_its_room_and_both_follow(clinic, visit):
    with clinic.scope():
        ids = [clinic.calendar.pk, *Resource.objects.filter(kind="room").order_by("name").values_list("pk", flat=True)]
    page = visit(f"/day/?date={day()}&calendars={','.join(map(str, ids))}")
    page.wait_for_selector(".ec [tabindex='0']")
    assert columns_of(page, "Müller, Jürgen") == ["1 09:00", "2 09:00"]
    look(page, "rooms")
    assert axe(page) == []

    grab(page, page.locator("button.card-button", has_text="Müller").nth(ECHO))
    drag_to(page, LAB + 1, "09:00")  # the laboratory does not do for this reason
    notice = page.get_by_role("region", name="Meldung zur letzten Änderung")
    expect(notice.locator(".notice-text")).to_contain_text("Für diesen Besuchsgrund geht nur: Echo 1, Echo 2.")
    assert (columns_of(page, "Müller, Jürgen"), rooms_of(clinic)) == (["1 09:00", "2 09:00"], ["Echo 1"])

    grab(page, page.locator("button.card-button", has_text="Müller").nth(ECHO))
    drag_to(page, LAB, "09:00")
    expect(notice.locator(".notice-text")).to_contain_text("In Echo 2")
    assert (columns_of(page, "Müller, Jürgen"), rooms_of(clinic)) == (["1 09:00", "3 09:00"], ["Echo 2"])

    notice.get_by_role("button", name="Rückgängig").click()
    expect(notice.locator(".notice-text")).to_contain_text("Rückgängig gemacht")
    assert (columns_of(page, "Müller, Jürgen"), rooms_of(clinic)) == (["1 09:00", "2 09:00"], ["Echo 1"])

    # By keys: from the room's card an hour later, in both columns.
    page.locator("button.card-button", has_text="Müller").nth(ECHO).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("m")
    for _row in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(notice.locator(".notice-text")).to_contain_text("10:30 Uhr")
    assert columns_of(page, "Müller, Jürgen") == ["1 10:30", "2 10:30"]

    # Free time in the room's column: the form wishes for that room.
    x, y = page.locator(".ec-body .ec-day").nth(LAB).bounding_box()["x"] + 40, 0
    box = page.locator(".ec-body .ec-day").nth(LAB).bounding_box()
    page.mouse.click(x, box["y"] + (4 * 4) * 24 + 6 + y)
    expect(page.locator("#panel select[name=room] option:checked")).to_have_text("Echo 2")
    expect(page.locator("#panel select[name=calendar] option:checked")).to_have_text("Sprechstunde Dr. Kaya")
    look(page, "room-wished")
    assert page.complaints == []
