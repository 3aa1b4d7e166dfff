"""Platform staff."""

from django.contrib import admin
from django.urls import path

from . import handlers, shared

globals().update(handlers)

urlpatterns = [*shared, path("", admin.site.urls)]
