"""A clinic's own texts: keep them, go back to the standard. docs/message-texts.md"""

from django.db import transaction

from appointments.models import MessageSettings, MessageText
from appointments.text_kinds import TextKind
from appointments.writing import Words, start_of
from doctolib import audit
from doctolib.tenancy.scopes import require_scope
from patients.enums import Channel


def save_text(*, kind: TextKind, channel: Channel, language: str, subject: str, body: str) -> None:
    """The clinic's own text from now on; one that is the standard's again is none. The caller has checked it."""
    if Words(body, subject) == start_of(kind, channel, language):
        return back_to_standard(kind=kind, channel=channel, language=language)
    with transaction.atomic(using=require_scope("organisation").database):
        row = _locked(kind, channel, language)
        before = (row.subject, row.body) if row else None
        if before == (subject, body):
            return
        row, _created = MessageText.objects.update_or_create(
            kind=kind.kind,
            channel=channel,
            language=language,
            defaults={"subject": subject, "body": body},
        )
        _note("text.changed", row, before=before, after=(subject, body))


def back_to_standard(*, kind: TextKind, channel: Channel, language: str) -> None:
    """Twice is once."""
    with transaction.atomic(using=require_scope("organisation").database):
        row = _locked(kind, channel, language)
        if row:
            _note("text.back_to_standard", row, before=(row.subject, row.body), after=None)
            row.delete()


def let_texts_name_visit(value: bool) -> None:
    """Whether own texts may name reason and specialty. Without it, texts that do are not sent: the standard is."""
    with transaction.atomic(using=require_scope("organisation").database):
        row, _created = MessageSettings.objects.get_or_create()
        if row.names_visit != value:
            row.names_visit = value
            row.save(update_fields=["names_visit"])
            audit.record("texts.may_name_visit" if value else "texts.must_not_name_visit", row)


def _locked(kind: TextKind, channel: Channel, language: str) -> MessageText | None:
    rows = MessageText.objects.select_for_update(no_key=True)
    return rows.filter(kind=kind.kind, channel=channel, language=language).first()


def _note(action: str, row: MessageText, **texts: tuple[str, str] | None) -> None:
    which = {"kind": row.kind, "channel": row.channel, "language": row.language}
    audit.record(action, row, about=row, details={**which, **texts})
