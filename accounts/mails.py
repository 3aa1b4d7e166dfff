"""An e-mail of the platform, from its two templates."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from doctolib.outbox.kinds import Rendered


def mail(to: str, name: str, subject: str | Promise, context: dict[str, Any], *, language: str) -> Rendered:
    """The text and the HTML of ``emails/account_<name>``; a lazy subject or context reads in the mail's language."""
    with translation.override(language):
        title = str(subject)
        body = render_to_string(f"emails/account_{name}.txt", context).strip() + "\n"
        html = render_to_string(f"emails/account_{name}.html", {**context, "title": title})
    return Rendered("email", to, title, body, html)
