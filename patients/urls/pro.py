from django.urls import path

from patients.views import pro

urlpatterns = [path("<uuid:patient_id>/", pro.card, name="patient-card")]
