from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Organisations and accounts")

    def ready(self) -> None:
        from .messages import register_kinds
        from .own_pages import register_pages, register_steps
        from .services import sessions

        register_kinds()
        register_pages()
        register_steps()
        user_logged_in.connect(sessions.begin, dispatch_uid="accounts.sessions.begin")
