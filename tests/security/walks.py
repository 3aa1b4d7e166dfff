"""What a page's HTML must not hold under our Content-Security-Policy."""

from html.parser import HTMLParser

DATA = {"application/json", "application/ld+json"}  # script elements that are never run
LOADED = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("form", "action"), ("use", "href")}


class Page(HTMLParser):
    """Collects inline code and what would be loaded from elsewhere: element, attribute, value."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[tuple[str, str, str]] = []
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") not in DATA):
            self.faults.append((tag, "inline", ""))
        self.scripts += tag == "script"
        loads = values.get("rel") != "canonical"  # a name of the page itself
        for name, value in values.items():
            script = value.strip().lower().startswith(("javascript:", "vbscript:"))
            elsewhere = loads and (tag, name) in LOADED and value.startswith(("http:", "https:", "//"))
            if name == "style" or name.startswith("on") or name.startswith("hx-on") or script or elsewhere:
                self.faults.append((tag, name, value))


def faults(html: str) -> list[tuple[str, str, str]]:
    return Page(html).faults
