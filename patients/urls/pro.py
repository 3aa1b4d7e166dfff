from django.urls import path

from patients.views import consents, documents, find, pro

urlpatterns = [
    path("find/", find.find, name="patient-find"),
    path("<uuid:patient_id>/", pro.card, name="patient-card"),
    path("<uuid:patient_id>/consents/", consents.consents, name="patient-consents"),
    path("<uuid:patient_id>/documents/", documents.documents, name="patient-documents"),
    path("<uuid:patient_id>/documents/<uuid:document_id>/", documents.document, name="patient-document"),
    path("<uuid:patient_id>/documents/<uuid:document_id>/delete/", documents.delete, name="patient-document-delete"),
]
