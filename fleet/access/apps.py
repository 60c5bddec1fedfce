"""The app's configuration."""

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    """Who may do what, and the log of who did."""

    name = "fleet.access"

    def ready(self) -> None:
        """Keep roles equal to their table, and tell the OpenAPI generator about our credential."""
        from allauth.account.signals import user_logged_in  # noqa: PLC0415 - idem

        from fleet.access.accounts import doors, second_factor  # noqa: PLC0415 - idem
        from fleet.access.accounts.roles_sync import roles_sync  # noqa: PLC0415 - idem
        from fleet.access.accounts.signin_log import signed_out  # noqa: PLC0415 - idem
        from fleet.access.rest import openapi  # noqa: F401, PLC0415 - must wait for the app registry

        user_logged_out.connect(signed_out, dispatch_uid="fleet.access.signed_out")
        # Their pages would show and change what is decided by people and by the provider.
        for app in ("account", "mfa", "socialaccount", "usersessions"):
            for model in apps.get_app_config(app).get_models():
                if admin.site.is_registered(model):
                    admin.site.unregister(model)
        user_logged_in.connect(doors.signed_in, dispatch_uid="fleet.access.signed_in")
        second_factor.listen()
        post_migrate.connect(roles_sync, dispatch_uid="fleet.access.accounts.roles_sync")
