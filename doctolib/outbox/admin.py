"""The outbox for platform staff: kinds and states, no recipient, no text. A dead letter can be sent again."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from doctolib.outbox.dead_letters import put_back
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.models import OutboxMessage, PlatformMessage
from doctolib.platform_admin import ReadOnlyAdmin, ReadOnlyTenantAdmin, log
from doctolib.tenancy.router import IDENTITY


class QueueAdmin(ReadOnlyAdmin):
    labels = {
        "kind": _("kind"),
        "status": _("status"),
        "attempts": _("tries"),
        "due_at": _("due"),
        "problem": _("last problem"),
        "created_at": _("created"),
        "finished_at": _("finished"),
    }
    list_display = ["id", "kind", "status", "attempts", "due_at", "problem", "created_at", "finished_at"]
    list_filter = ["status", "kind"]
    fields = list_display
    ordering = ["-created_at"]
    actions = ["replay"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"outbox.change_{self.opts.model_name}")

    @admin.action(description=_("Send dead letters again"), permissions=["replay"])
    def replay(self, request, queryset):
        dead = list(queryset.filter(status=MessageStatus.DEAD))
        with transaction.atomic(using=IDENTITY):
            count = put_back(queryset, now=timezone.now())
            for message in dead:
                log(request, message, CHANGE)
        messages.success(request, _("Messages put back: %(count)d") % {"count": count})


@admin.register(OutboxMessage)
class OutboxMessageAdmin(QueueAdmin, ReadOnlyTenantAdmin):
    called = _("message of the organisation"), _("messages of the organisation")


@admin.register(PlatformMessage)
class PlatformMessageAdmin(QueueAdmin):
    called = _("message of the platform"), _("messages of the platform")
