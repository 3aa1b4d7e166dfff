"""A clinic for what staff do in the grid: two calendars, a day ahead with a few appointments, a hand for the mouse."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from playwright.sync_api import Locator, Page

from tests import factories, pro

MUELLER = {"first_name": "Jürgen", "last_name": "Müller"}
GROSS = {"first_name": "Bruno", "last_name": "Groß"}
YILDIRIM = {"first_name": "Ayşe", "last_name": "Yıldırım"}
KAYA, BERG = 0, 1  # columns
ROW = 24  # px, a quarter of an hour
FIRST_HOUR = 8


def day() -> date:
    """A Tuesday at least a week ahead."""
    ahead = timezone.localdate() + timedelta(days=7)
    return ahead + timedelta(days=(1 - ahead.weekday()) % 7)


def at(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime.combine(day(), time(int(hour), int(minute)), timezone.get_default_timezone())


def desk_clinic() -> pro.Clinic:
    """Dr. Kaya: Müller 9:00, Groß 10:00; Dr. Berg: Yıldırım 9:00. Half an hour each, open from 8 to 16."""
    clinic = pro.clinic(name="Klinik am Lahnberg", closed_on_holidays=False)
    with clinic.scope():
        clinic.reason.duration, clinic.reason.step, clinic.reason.name_de = 30, 15, "Sprechstunde"
        clinic.reason.save()
        who = factories.practitioner(first_name="Nora", last_name="Berg", title="Dr.")
        berg = factories.calendar(name="Sprechstunde Dr. Nora Berg", practitioner=who, edge="amber")
        factories.offer(berg, clinic.reason)
        factories.hours(berg)
        clinic.made = [clinic.calendar, berg]
        for calendar, clock, name in (
            (clinic.calendar, "09:00", MUELLER),
            (clinic.calendar, "10:00", GROSS),
            (berg, "09:00", YILDIRIM),
        ):
            patient = factories.patient(name={"title": "", "birth_date": "1961-02-03", "sex": "", **name})
            factories.appointment(calendar, clinic.reason, patient, at(clock))
    return clinic


def order(clinic: pro.Clinic) -> list[int]:
    """The calendars as the page puts them, from left to right: by name."""
    return [calendar.pk for calendar in sorted(clinic.made, key=lambda calendar: calendar.name)]


def opened_day(visit, clinic: pro.Clinic, view: str = "day", **options) -> Page:
    ids = ",".join(str(calendar.pk) for calendar in clinic.made)
    page = visit(f"/{view}/?date={day()}&calendars={ids}", **options)
    page.wait_for_selector(".ec [tabindex='0']")
    return page


def times(page: Page, name: str) -> str:
    """The times on someone's card."""
    return page.locator("button.card-button", has_text=name).locator(".card-line").first.inner_text()[:11]


def column_of(page: Page, name: str) -> int:
    style = page.locator(".ec-event:not(.ec-preview)", has_text=name).get_attribute("style")
    return int(style.split("grid-column:")[1].split(";")[0]) - 1


def point(page: Page, column: int, clock: str) -> tuple[float, float]:
    """Where a time of a column is on the screen, a little below its line."""
    box = page.locator(".ec-body .ec-day").nth(column).bounding_box()
    hour, minute = map(int, clock.split(":"))
    return box["x"] + box["width"] / 2, box["y"] + ((hour - FIRST_HOUR) * 4 + minute / 15) * ROW + 6


def grab(page: Page, card: Locator) -> None:
    box = card.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 6)
    page.mouse.down()


def grab_end(page: Page, card: Locator) -> None:
    box = card.locator("xpath=ancestor::article").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 3)
    page.mouse.down()


def drag_to(page: Page, column: int, clock: str, *, drop: bool = True) -> None:
    x, y = point(page, column, clock)
    page.mouse.move(x, y - 8, steps=4)
    page.mouse.move(x, y, steps=2)
    if drop:
        page.mouse.up()


def on_body(page: Page) -> bool:
    return page.evaluate("() => document.activeElement === document.body")
