"""What must hold before production sends anything."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string

HOUSE = "doctolib.outbox.channels."


@register(Tags.security, deploy=True)
def channels_lead_out_of_the_house(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``check --deploy``: every channel can be imported, and none ends on the phone page of development."""
    problems: list[CheckMessage] = []
    for path in (*settings.OUTBOX_CHANNELS.values(), settings.SMS_BACKEND, settings.EMAIL_BACKEND):
        try:
            import_string(path)
        except ImportError:
            problems.append(Error(f"{path} cannot be imported.", id="outbox.E001"))
        if path.startswith(f"{HOUSE}Phone"):
            problems.append(Error(f"{path} is for development.", id="outbox.E002"))
    return problems
