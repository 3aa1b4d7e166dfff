"""The style guide in Chromium: axe, no sideways scrolling, big targets, dark, forced colours, print, keyboard."""

import pytest

from .tools import DESK, PHONE, axe, opened, sideways, small_targets

pytestmark = pytest.mark.django_db(transaction=True)
SMALLEST = {"width": 320, "height": 640}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [SMALLEST, PHONE, DESK], ids=["320", "360", "1440"])
@pytest.mark.parametrize("door", ["www", "pro"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser, live_server, door, viewport, scheme):
    with opened(browser, viewport=viewport, color_scheme=scheme) as page:
        page.goto(f"{live_server.url}/styleguide/?door={door}")

        assert axe(page) == []
        assert sideways(page) == []
        assert page.complaints == []


def test_axe_would_find_something(browser, live_server):
    with opened(browser) as page:
        page.goto(f"{live_server.url}/styleguide/")
        page.evaluate("document.querySelector('main').append(document.createElement('img'))")

        assert [rule for rule, _target, _why in axe(page)] == ["image-alt"]


def test_patients_targets_are_44_pixels(browser, live_server):
    with opened(browser, viewport=PHONE) as page:
        page.goto(f"{live_server.url}/styleguide/")

        assert small_targets(page) == []


def test_three_times_stand_beside_each_other_on_a_phone(browser, live_server):
    with opened(browser, viewport=PHONE) as page:
        page.goto(f"{live_server.url}/styleguide/")
        boxes = [page.locator(".time-button").nth(at).bounding_box() for at in range(4)]

    assert len({round(box["y"]) for box in boxes[:3]}) == 1 and boxes[3]["y"] > boxes[0]["y"]


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}], ids=str)
@pytest.mark.parametrize("door", ["www", "pro"])
def test_everything_that_takes_the_focus_shows_an_outline(browser, live_server, door, options):
    """The outline of a radio's row is drawn on the row."""
    outline = """() => {
        const at = document.activeElement;
        const drawn = at.closest(".choice") || at;
        const style = getComputedStyle(drawn);
        return [at.outerHTML.slice(0, 80), style.outlineStyle, parseFloat(style.outlineWidth)];
    }"""
    with opened(browser, viewport=DESK, **options) as page:
        page.goto(f"{live_server.url}/styleguide/?door={door}")
        seen = []
        for _step in range(70):
            page.keyboard.press("Tab")
            seen.append(page.evaluate(outline))

    assert "skip-link" in seen[0][0]
    bare = [entry for entry in seen if not entry[0].startswith("<body") and (entry[1] == "none" or entry[2] < 2)]
    assert bare == []


def test_the_skip_link_leads_to_the_content(browser, live_server):
    with opened(browser, viewport=PHONE) as page:
        page.goto(f"{live_server.url}/styleguide/")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        assert page.evaluate("document.activeElement.id") == "main"


def test_the_error_summarys_links_reach_the_fields_without_scripts(browser, live_server):
    with opened(browser, java_script_enabled=False) as page:
        page.goto(f"{live_server.url}/styleguide/")
        links = page.locator(".error-summary a")
        for at in range(links.count()):
            target = links.nth(at).get_attribute("href")
            assert page.locator(target).count() == 1, target
        links.nth(2).click()
        page.keyboard.type("3")

        assert page.locator("#id_born_1").input_value() == "3"


def test_a_password_can_be_shown_and_is_hidden_again_before_it_is_sent(browser, live_server):
    with opened(browser) as page:
        page.goto(f"{live_server.url}/styleguide/")
        field = page.locator("#id_empty-password")
        page.locator("[data-password=id_empty-password]").click()
        assert field.get_attribute("type") == "text"

        page.evaluate("""() => {
            const form = document.getElementById("id_empty-password").form;
            form.addEventListener("submit", (event) => event.preventDefault());
            form.requestSubmit();
        }""")

        assert field.get_attribute("type") == "password"


def test_text_at_200_percent_and_wide_spacing_stay_on_the_page(browser, live_server):
    wide = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    with opened(browser, viewport=PHONE, bypass_csp=True) as page:
        page.goto(f"{live_server.url}/styleguide/")
        page.add_style_tag(content=wide)
        assert sideways(page) == []

    with opened(browser, viewport={"width": 320, "height": 256}) as page:  # 1280 x 1024 at 400 %
        page.goto(f"{live_server.url}/styleguide/")
        assert sideways(page) == []


def test_reduced_motion_has_no_transition(browser, live_server):
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{live_server.url}/styleguide/")
        moving = page.evaluate(
            "() => [...document.querySelectorAll('*')]"
            ".filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
        )

    assert moving == 0


def test_dark_has_no_pure_white_area(browser, live_server):
    with opened(browser, color_scheme="dark") as page:
        page.goto(f"{live_server.url}/styleguide/?door=pro")
        white = page.evaluate(
            "() => [...document.querySelectorAll('*')]"
            ".filter((e) => getComputedStyle(e).backgroundColor === 'rgb(255, 255, 255)')"
            ".map((e) => e.outerHTML.slice(0, 60))"
        )

    assert white == []
