"""Chromium for the browser tests: a page, axe-core, screenshots. Findings are plain data: compare with []."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
CHROMIUM = "/usr/bin/chromium-headless-shell"  # a sixth quicker than the whole browser without its window
ARGUMENTS = [  # as root and without a network: no sandbox, nothing in the background that would call home
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-smooth-scrolling",  # a key's scrolling is over when it is seen
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own. ``options``: Playwright's, such as viewport=PHONE, color_scheme="dark".

    Its refusals by the Content-Security-Policy and its script errors are in ``page.complaints``.
    """
    options.setdefault("viewport", DESK)
    options.setdefault("locale", "de-DE")
    context = browser.new_context(**options)
    try:
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda line: _complain(page, line))
        yield page
    finally:
        context.close()


def _complain(page: Page, line: Any) -> None:
    if line.type == "error" and "Failed to load resource" not in line.text:  # a 409 page is no error of the script
        page.complaints.append(line.text)  # type: ignore[attr-defined]


def axe(page: Page, *, include: str | None = None) -> list[tuple[str, str, str]]:
    """What axe-core finds: rule, element, why. ``include``: a selector to look at only a part.

    The script is evaluated through the debugger, so the page's Content-Security-Policy stays in force for the page.
    Style sheets and media are not read once more, which takes a tenth of a run: only css-orientation-lock, which is no
    rule of ours, and no-autoplay-audio, of which no page has any, would look at them.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    result = page.evaluate(
        "([include, tags]) => axe.run(include || document, {runOnly: tags, resultTypes: ['violations'], preload: false,"
        " rules: {'target-size': {enabled: true}, 'label-content-name-mismatch': {enabled: true}}})",
        [include, TAGS],
    )
    return [
        (violation["id"], ", ".join(map(str, node["target"])), node["failureSummary"])
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """Elements that make the page scroll sideways: the document must not be wider than its window."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.querySelectorAll("body *")]
                .filter((element) => element.getBoundingClientRect().right > width + 1)
                .map((element) => element.tagName + "." + element.className);
        }"""
    )


def small_targets(page: Page, *, least: int = 44, within: str = "main") -> list[tuple[str, int, int]]:
    """Buttons of patients' pages lower or narrower than ``least`` px: text, width, height."""
    return page.evaluate(
        """([least, within]) => [...document.querySelectorAll(`${within} :is(button, .btn, select, input[type=text])`)]
            .filter((element) => element.checkVisibility())
            .map((element) => [element, element.getBoundingClientRect()])
            .filter(([, box]) => box.height < least || box.width < least)
            .map(([element, box]) => [element.textContent.trim(), Math.round(box.width), Math.round(box.height)])""",
        [least, within],
    )


def shot(page: Page, path: Path | str, *, full_page: bool = True) -> Path:
    """A screenshot as a PNG file for people to look at, where SCREENSHOTS is set: taking one costs a second."""
    path = Path(path)
    if not os.environ.get("SCREENSHOTS"):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(path), full_page=full_page)
    return path
