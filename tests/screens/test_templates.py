"""All templates: they can be parsed, keep to the Content-Security-Policy, and say nothing in inline code."""

import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ON_SCREEN = [path for path in TEMPLATES if "emails" not in path.parts]  # mail clients need inline styles

FORBIDDEN = {
    "an inline style": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an event handler": r"<[^>]*\son\w+\s*=",
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "an hx-on handler": r"hx-on",
    "something loaded from another host": r"""(?:\bsrc|\baction|<link[^>]*href)=["']https?://""",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_can_be_parsed(path):
    engines["django"].get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what):
    pattern = re.compile(FORBIDDEN[what], re.IGNORECASE)
    found = [path.name for path in ON_SCREEN if pattern.search(path.read_text(encoding="utf-8"))]

    assert found == []


@pytest.mark.parametrize("code", [400, 403, 404, 409, 429, 500, 503])
@pytest.mark.parametrize("lang", ["de", "en"])
def test_an_error_page_needs_neither_a_request_nor_a_database(code, lang):
    from django.utils.translation import override

    with override(lang):
        html = engines["django"].get_template(f"errors/{code}.html").render({})

    assert f'<html lang="{lang}"' in html
    assert len(re.findall(r"<h1\b", html)) == 1


def test_the_frame_lets_htmx_swap_conflicts_and_wrong_forms_and_nothing_unsafe():
    import html as entities
    import json

    page = engines["django"].get_template("errors/404.html").render({})
    config = json.loads(entities.unescape(re.search(r"name=\"htmx-config\" content='([^']+)'", page)[1]))

    assert config["allowEval"] is False and config["includeIndicatorStyles"] is False
    assert [rule["code"] for rule in config["responseHandling"] if rule["swap"]] == ["[23]..", "409", "422"]
