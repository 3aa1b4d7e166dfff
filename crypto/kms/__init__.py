"""Key management services: whoever wraps data keys. One small port (base.py), one module a provider."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from .base import KeyManagementService

PROVIDERS = {"local": "crypto.kms.local.LocalKms"}


@cache
def service() -> KeyManagementService:
    """The provider that settings.KMS_PROVIDER names (or the class, by dotted path).

    Raises ImproperlyConfigured, in words for the operator.
    """
    path = PROVIDERS.get(settings.KMS_PROVIDER, settings.KMS_PROVIDER)
    try:
        provider = import_string(path)
    except ImportError:
        known = ", ".join(sorted(PROVIDERS))
        raise ImproperlyConfigured(f"KMS_PROVIDER is {settings.KMS_PROVIDER!r}; it must be one of: {known}.") from None
    return provider.from_settings(settings)


def _forget_service(*, setting: str, **_: object) -> None:
    if setting.startswith("KMS_") or setting == "DEBUG":
        service.cache_clear()


setting_changed.connect(_forget_service)
