from django.urls import path

from .views import CalendarEvents

urlpatterns = [path("calendar/events", CalendarEvents.as_view(), name="calendar-events")]
