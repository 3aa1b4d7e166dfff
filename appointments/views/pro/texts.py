"""A clinic's own texts and its notices, for administrators."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.staff import administrator_page
from appointments.forms_texts import NamesVisitForm, NoticesForm, TextForm
from appointments.models import MessageSettings, MessageText, VisitReason
from appointments.selectors.texts import all_own_texts, message_settings, own_texts
from appointments.services.notices import set_notices
from appointments.services.texts import back_to_standard, let_texts_name_visit, save_text
from appointments.text_filling import Rules, problems
from appointments.text_kinds import KINDS, LANGUAGES, MEANINGS, TextKind
from appointments.text_previews import preview, sample_values
from appointments.writing import Words, start_of
from doctolib.outbox.kinds import kind_of
from patients.enums import Channel

asks = require_http_methods(["GET", "HEAD", "POST"])
CHANNELS = (Channel.SMS, Channel.EMAIL)  # as pages show them


@administrator_page
@asks
def texts(request: HttpRequest) -> HttpResponse:
    """Every message with the state of its texts, and the switch that lets them name the visit."""
    settings = message_settings()
    form = NamesVisitForm(
        request.POST if request.method == "POST" else None, initial={"names_visit": settings.names_visit}
    )
    if form.is_valid():
        let_texts_name_visit(form.cleaned_data["names_visit"])
        return _saved(request, reverse("texts"))
    return _show(request, "texts", form=form, rows=_rows(settings), languages=LANGUAGES.values())


def _rows(settings: MessageSettings) -> list[dict[str, Any]]:
    own = {(text.kind, text.language, text.channel): text for text in all_own_texts()}

    def state(kind: TextKind, language: str, channel: Channel) -> str:
        text = own.get((kind.kind, language, channel))
        if text is None:
            return "standard"
        rules = Rules(kind, channel, language, settings.names_visit)
        return "broken" if problems(text.subject, rules, subject=True) or problems(text.body, rules) else "own"

    return [
        {
            "kind": kind.kind,
            "title": kind_of(kind.kind).title,
            "cells": [
                {
                    "language": language,
                    "name": name,
                    "states": [(channel.label, state(kind, language, channel)) for channel in CHANNELS],
                }
                for language, name in LANGUAGES.items()
            ],
        }
        for kind in KINDS.values()
    ]


@administrator_page
@asks
def text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Edit both ways of one message. With ``preview`` nothing is saved; htmx gets the preview alone."""
    found, settings = _kind(kind, language), message_settings()
    rules = {channel: Rules(found, channel, language, settings.names_visit) for channel in CHANNELS}
    own = own_texts(kind, language)
    words = {channel: _words(own.get(channel), found, channel, language) for channel in CHANNELS}
    form = TextForm(request.POST if request.method == "POST" else None, rules=rules, texts=words)
    if form.is_valid() and "preview" not in request.POST:
        for channel, given in form.words().items():
            save_text(kind=found, channel=channel, language=language, subject=given.subject, body=given.body)
        return _saved(request, reverse("text", args=[kind, language]))
    status = 422 if form.errors else 200
    values = sample_values(kind, language, request.user.organisation, settings, now=timezone.now())
    previews = [preview(form.typed(channel), rules[channel], values) for channel in CHANNELS]
    context = {"previews": previews, "language": language}
    if "HX-Request" in request.headers:
        return render(request, "pro/_text_preview.html", context, status=status)
    more = {
        "form": form,
        "kind": kind,
        "kind_title": kind_of(kind).title,
        "placeholders": _placeholders(rules),
        "languages": list(LANGUAGES.items()),
        "language_name": LANGUAGES[language],
        "own": [channel for channel in CHANNELS if channel in own],
    }
    return _show(request, "text", status=status, **context, **more)


def _words(own: MessageText | None, kind: TextKind, channel: Channel, language: str) -> Words:
    return Words(own.body, own.subject) if own else start_of(kind, channel, language)


def _placeholders(rules: dict[Channel, Rules]) -> list[dict[str, Any]]:
    """What may be used, and in which way it must or can."""
    mail = rules[Channel.EMAIL]
    allowed = {channel: each.allowed() for channel, each in rules.items()}
    return [
        {
            "spelled": mail.spelled(name),
            "meaning": MEANINGS[name],
            "needed": [channel.label for channel in CHANNELS if name in rules[channel].needed],
            "mail_only": name not in allowed[Channel.SMS],
            "may_lack": name in mail.kind.may_lack,
        }
        for name in allowed[Channel.EMAIL]
    ]


@administrator_page
@require_POST
def standard(request: HttpRequest, kind: str, language: str, channel: str) -> HttpResponse:
    found = _kind(kind, language)
    if channel not in Channel:
        raise Http404
    back_to_standard(kind=found, channel=Channel(channel), language=language)
    messages.success(request, _("The standard text is sent again."))
    return HttpResponseRedirect(reverse("text", args=[kind, language]), status=303)


def _kind(kind: str, language: str) -> TextKind:
    if kind not in KINDS or language not in LANGUAGES:
        raise Http404
    return KINDS[kind]


@administrator_page
@asks
def notices(request: HttpRequest) -> HttpResponse:
    reasons = list(VisitReason.objects.select_related("unit").order_by("unit__position", "position", "name_de", "pk"))
    data = request.POST if request.method == "POST" else None
    form = NoticesForm(data, settings=message_settings(), reasons=reasons)
    if form.is_valid():
        set_notices(days=form.days(), **form.settings())
        return _saved(request, reverse("notices"))
    return _show(request, "notices", status=422 if form.errors else 200, form=form)


def _saved(request: HttpRequest, url: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(url, status=303)


def _show(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, f"pro/{name}.html", {**shared, **context}, status=status)
