"""The frame itself as an app: its template tags, and the Celery app that every process needs."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from doctolib.celery import app as celery_app

__all__ = ["FrameConfig", "PlatformAdminConfig", "celery_app"]


class FrameConfig(AppConfig):
    name = "doctolib"
    label = "frame"


class PlatformAdminConfig(AdminConfig):
    default_site = "doctolib.platform_admin.PlatformAdminSite"
