"""The outbox for platform staff: kinds and states, no recipient, no text. A dead letter can be sent again."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from doctolib.outbox.dead_letters import put_back
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.models import OutboxMessage, PlatformMessage
from doctolib.platform_admin import ReadOnlyAdmin, ReadOnlyTenantAdmin


class QueueAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "status", "attempts", "due_at", "problem", "created_at", "finished_at"]
    list_filter = ["status", "kind"]
    fields = list_display
    ordering = ["-created_at"]
    actions = ["replay"]

    @admin.action(description=_("Send dead letters again"), permissions=["view"])
    def replay(self, request, queryset):
        for message in queryset.filter(status=MessageStatus.DEAD):
            self.log_change(request, message, "")
        put_back(queryset, now=timezone.now())


@admin.register(OutboxMessage)
class OutboxMessageAdmin(QueueAdmin, ReadOnlyTenantAdmin):
    pass


@admin.register(PlatformMessage)
class PlatformMessageAdmin(QueueAdmin):
    pass
