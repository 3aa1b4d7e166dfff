"""A patient at the keyboard: Tab to what is wanted, press it, and look at each page on the way."""

from playwright.sync_api import Page

from tests.appointments.pages import Visitor

from .tools import axe, sideways, small_targets


def keep_signed_in(page: Page, patient: Visitor, base: str) -> None:
    value = patient.client.cookies["patient_session"].value
    page.context.add_cookies([{"name": "patient_session", "value": value, "url": base}])


FOCUS = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element.closest(".choice") || element);
    const box = element.getBoundingClientRect();
    const inside = box.top < innerHeight && box.bottom > 0;
    return {
        name: (element.labels?.length ? element.labels[0].textContent : element.textContent || "")
            .trim().replace(/\\s+/g, " "),
        id: element.id, tag: element.tagName, outline: parseFloat(style.outlineWidth) || 0, inside,
    };
}"""


def tab_to(page: Page, wanted: str) -> dict:
    """Press Tab until what has the focus is named ``wanted`` (or has this #id). Every stop must be seen."""
    seen = []
    for _press in range(60):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        seen.append(focus["name"])
        assert focus["tag"] == "BODY" or (focus["outline"] >= 2 and focus["inside"]), focus
        if focus["name"].startswith(wanted) or f"#{focus['id']}" == wanted:
            return focus
    raise AssertionError(f"{wanted!r} cannot be reached by Tab: {seen[:40]}")


def press(page: Page, wanted: str, key: str = "Enter") -> None:
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press(key)


def type_into(page: Page, field: str, text: str) -> None:
    tab_to(page, field)
    page.keyboard.type(text)


def look(page: Page, twin: Page | None = None) -> str:
    """Nothing for axe, nothing sideways, nothing too small to tap, one h1. Returns the page's title.

    axe needs scripts; for a page without them ``twin`` has them and loads the same address with the same cookies.
    """
    if twin:
        twin.context.clear_cookies()
        twin.context.add_cookies(page.context.cookies())
        twin.goto(page.url)
        assert twin.title() == page.title()
    found = axe(twin or page), sideways(page), small_targets(page), page.locator("h1").count()
    assert found == ([], [], [], 1), (page.title(), found)
    assert page.complaints == [], page.title()  # type: ignore[attr-defined]
    return page.title()
