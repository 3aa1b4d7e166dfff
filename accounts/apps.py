from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Organisations and accounts")

    def ready(self) -> None:
        from .messages import register_kinds
        from .own_pages import register_pages

        register_kinds()
        register_pages()
