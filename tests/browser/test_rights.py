"""The pages of administrators in Chromium: 30 calendars and 60 people, keyboard, axe, narrow and wide, no scripts."""

import pytest

from accounts.enums import Level, UserKind
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro

from .pro_clinic import look
from .tools import DESK, PHONE, axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)
RIGHTS = "/settings/rights/"


@pytest.fixture
def clinic(transactional_db):
    """30 calendars of two units, 60 people."""
    made = pro.clinic()
    people = [pro.user(UserKind.PROFESSIONAL, organisation=made.organisation) for _number in range(59)]
    with made.scope():
        units = [made.calendar.unit, factories.unit(name_de="Hals-Nasen-Ohren-Heilkunde", position=1)]
        for number in range(29):
            calendar = factories.calendar(name=f"Dr. Friederike von der Heydt {number}", unit=units[number % 2])
            factories.right(calendar, units[number % 2], Level.READ)
            factories.right(calendar, people[number], Level(number % 6))
        for number, user in enumerate(people):
            factories.member(units[number % 2], user)
    made.made = people
    return made


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "light"), (DESK, "dark")], ids=["360", "1440"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(clinic, visit, size, theme):
    someone = clinic.made[0].pk
    pages = [
        RIGHTS,
        f"{RIGHTS}?row=person-{someone}",
        "/settings/accounts/",
        f"/settings/accounts/{someone}/",
        f"/settings/accounts/{someone}/delete/",
        "/settings/accounts/invite/",
        "/settings/units/",
        f"/settings/units/{clinic.calendar.unit_id}/",
        "/settings/calendars/",
        "/settings/calendars/add/",
        "/settings/review/",
        "/settings/profile/",
    ]
    found = {}
    page = visit(pages[0], viewport=size, color_scheme=theme)
    for number, path in enumerate(pages):
        page.goto(page.url.partition("/settings/")[0] + path)
        look(page, f"rights-{number}-{size['width']}-{theme}")
        # Beside the row that is open, the matrix was looked at on the page before: it has 1,800 cells.
        part = f"#person-{someone}" if "?row=" in path else None
        found[path] = [axe(page, include=part), sideways(page)]
    assert found == {path: [[], []] for path in pages}
    assert page.complaints == []


def test_heads_stay_in_sight_while_the_matrix_scrolls_in_its_box(clinic, visit):
    page = visit(RIGHTS)
    box = page.locator(".rights-box")
    box.focus()
    for key, side in (("End", "scrollTop"), ("ArrowRight", "scrollLeft")):
        page.keyboard.press(key)
        page.wait_for_function("side => document.querySelector('.rights-box')[side] > 0", arg=side)
    box.evaluate("box => box.scrollTo(2000, 1500)")

    places = box.evaluate(
        """box => {
            const outer = box.getBoundingClientRect();
            const top = box.querySelector("thead th:nth-child(20)").getBoundingClientRect();
            const side = box.querySelector("tbody:last-child tr:nth-child(40) th").getBoundingClientRect();
            const [down, right] = [Math.round(top.top - outer.top), Math.round(side.left - outer.left)];
            return [box.scrollLeft, box.scrollTop > 0, down, right];
        }"""
    )
    assert places == [2000, True, 1, 1]


def test_a_row_is_changed_without_scripts(clinic, visit):
    someone = clinic.made[59 - 1]
    page = visit(RIGHTS, java_script_enabled=False)
    page.locator(f"#person-{someone.pk} a").click()
    page.locator(f"select[name='level-{clinic.calendar.pk}']").select_option(str(Level.FULL.value))
    page.locator(f"#person-{someone.pk} button").click()

    assert "Gespeichert" in page.locator("#messages").inner_text()
    with organisation_scope(clinic.organisation):
        assert clinic.calendar.rights.get(user_id=someone.pk).level == Level.FULL
