from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "doctolib.outbox"
    label = "outbox"
