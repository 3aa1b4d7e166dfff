from django.urls import path

from . import views

urlpatterns = [
    path("", views.phone, name="phone"),
    path("<uuid:id>/", views.phone_html, name="phone-html"),
]
