"""The frame itself as an app: its template tags, and the Celery app that every process needs."""

from django.apps import AppConfig

from doctolib.celery import app as celery_app

__all__ = ["FrameConfig", "celery_app"]


class FrameConfig(AppConfig):
    name = "doctolib"
    label = "frame"
