from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "doctolib.audit"
    label = "audit"
